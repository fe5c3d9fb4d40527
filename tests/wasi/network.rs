//! `wasi:sockets`: what the interfaces promise where the system does something else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};

use interfuse::component::ResourceAny;

use crate::guest::{Arg, Guest, handles, list};
use crate::sockets::{ANY_PORT, address, port, start};

/// Connects a new socket to a listener. Returns it with its streams, and the other end.
fn connected(
    guest: &mut Guest,
    network: ResourceAny,
) -> (ResourceAny, [ResourceAny; 2], TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = address(listener.local_addr().unwrap().port());
    let socket = guest.new_tcp();
    let args = [socket.into(), network.into(), (&*to).into()];
    assert_eq!(guest.tcp_text("start-connect", &args), "ok");
    guest.wait("sockets/tcp#tcp-socket", socket);
    let streams = handles(&guest.tcp("finish-connect", &[socket.into()]));
    let (peer, _) = listener.accept().unwrap();
    (socket, streams.try_into().unwrap(), peer)
}

#[test]
fn only_one_receiver_has_an_address() {
    let (mut guest, network) = start();
    for ip in ["255, 255, 255, 255", "224, 0, 0, 1"] {
        let to = format!("ipv4({{port: 9, address: ({ip})}})");
        for func in ["start-bind", "start-connect"] {
            let socket = guest.new_tcp();
            let args = [socket.into(), network.into(), (&*to).into()];
            assert_eq!(
                guest.tcp_text(func, &args),
                "err(invalid-argument)",
                "{func} {ip}"
            );
        }
    }
}

#[test]
fn a_socket_that_failed_to_listen_is_closed() {
    let (mut guest, network) = start();
    let [one, other] = [(); 2].map(|()| guest.new_tcp());
    let args = [one.into(), network.into(), ANY_PORT.into()];
    assert_eq!(guest.tcp_text("start-bind", &args), "ok");
    assert_eq!(guest.tcp_text("finish-bind", &[one.into()]), "ok");
    // Two may have the same address while nobody listens at it.
    let own = address(port(&guest.tcp_text("local-address", &[one.into()])));
    let args = [other.into(), network.into(), (&*own).into()];
    assert_eq!(guest.tcp_text("start-bind", &args), "ok");
    assert_eq!(guest.tcp_text("finish-bind", &[other.into()]), "ok");
    assert_eq!(guest.tcp_text("start-listen", &[one.into()]), "ok");
    assert_eq!(
        guest.tcp_text("start-listen", &[other.into()]),
        "err(address-in-use)"
    );
    for func in ["start-listen", "local-address"] {
        assert_eq!(guest.tcp_text(func, &[other.into()]), "err(invalid-state)");
    }
}

#[test]
fn two_connections_have_not_the_same_addresses() {
    let (mut guest, network) = start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = address(listener.local_addr().unwrap().port());
    let mut own = ANY_PORT.to_owned();
    for expected in ["ok", "err(address-in-use)"] {
        let socket = guest.new_tcp();
        let args = [socket.into(), network.into(), (&*own).into()];
        assert_eq!(guest.tcp_text("start-bind", &args), "ok");
        assert_eq!(guest.tcp_text("finish-bind", &[socket.into()]), "ok");
        let args = [socket.into(), network.into(), (&*to).into()];
        assert_eq!(guest.tcp_text("start-connect", &args), expected);
        if expected == "ok" {
            guest.wait("sockets/tcp#tcp-socket", socket);
            guest.tcp("finish-connect", &[socket.into()]);
            own = address(port(&guest.tcp_text("local-address", &[socket.into()])));
        }
    }
}

#[test]
fn who_wants_no_more_gets_no_more() {
    for direction in ["receive", "both"] {
        let (mut guest, network) = start();
        let (socket, [input, _], mut peer) = connected(&mut guest, network);
        peer.write_all(b"unread").unwrap();
        guest.wait("io/streams#input-stream", input);
        let args = [socket.into(), direction.into()];
        assert_eq!(guest.tcp_text("shutdown", &args), "ok");
        // What comes now is as little heard as what came before.
        let _ = peer.write_all(b"more");
        for func in ["read", "blocking-read", "blocking-skip"] {
            let func = format!("io/streams#input-stream.{func}");
            assert_eq!(
                guest.text(&func, &[input.into(), "9".into()]),
                "err(closed)"
            );
        }
        guest.wait("io/streams#input-stream", input);
    }
}

#[test]
fn who_has_said_all_says_no_more() {
    for direction in ["send", "both"] {
        let (mut guest, network) = start();
        let (socket, [_, output], mut peer) = connected(&mut guest, network);
        let write = "io/streams#output-stream.blocking-write-and-flush";
        assert_eq!(guest.text(write, &[output.into(), list(b"all")]), "ok");
        let check = "io/streams#output-stream.check-write";
        assert_eq!(guest.text(check, &[output.into()]), "ok(4096)");
        let args = [socket.into(), direction.into()];
        assert_eq!(guest.tcp_text("shutdown", &args), "ok");
        guest.wait("io/streams#output-stream", output);
        for func in ["check-write", "flush", "blocking-flush"] {
            let func = format!("io/streams#output-stream.{func}");
            assert_eq!(guest.text(&func, &[output.into()]), "err(closed)", "{func}");
        }
        let written = guest.text(write, &[output.into(), list(b"more")]);
        assert_eq!(written, "err(closed)");
        let mut heard = String::new();
        peer.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "all");
    }
}

#[test]
fn what_was_written_is_said_before_the_end() {
    for size in ["1", "3000", "10000", "100000"] {
        let (mut guest, network) = start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = address(listener.local_addr().unwrap().port());
        let socket = guest.new_tcp();
        let args = [socket.into(), size.into()];
        assert_eq!(guest.tcp_text("set-send-buffer-size", &args), "ok");
        let args = [socket.into(), network.into(), (&*to).into()];
        assert_eq!(guest.tcp_text("start-connect", &args), "ok");
        guest.wait("sockets/tcp#tcp-socket", socket);
        let streams = handles(&guest.tcp("finish-connect", &[socket.into()]));
        let (mut peer, _) = listener.accept().unwrap();
        let output = streams[1];
        let check = "io/streams#output-stream.check-write";
        let write = "io/streams#output-stream.write";
        let mut len = 0;
        let mut piece = 1;
        while guest.text(check, &[output.into()]) == "ok(4096)" {
            let bytes = vec![b'x'; piece];
            assert_eq!(guest.text(write, &[output.into(), list(&bytes)]), "ok");
            len += piece;
            piece = piece % 4096 + 1;
        }
        let args = [socket.into(), "send".into()];
        assert_eq!(guest.tcp_text("shutdown", &args), "ok");
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).unwrap();
        assert_eq!(heard.len(), len, "{size}");
    }
}

#[test]
fn a_direction_is_shut_down_as_often_as_one_likes() {
    let (mut guest, network) = start();
    let (socket, [input, _], peer) = connected(&mut guest, network);
    for direction in ["send", "send", "both"] {
        let args = [socket.into(), direction.into()];
        assert_eq!(guest.tcp_text("shutdown", &args), "ok");
    }
    drop(peer);
    guest.wait("io/streams#input-stream", input);
    for direction in ["receive", "send", "both"] {
        let args = [socket.into(), direction.into()];
        assert_eq!(guest.tcp_text("shutdown", &args), "ok", "{direction}");
    }
}

#[test]
fn errors_of_streams_of_sockets_have_codes() {
    let (mut guest, network) = start();
    let (_, [input, _], peer) = connected(&mut guest, network);
    // Who leaves without waiting for what was not sent yet resets the connection.
    rustix::net::sockopt::set_socket_linger(&peer, Some(std::time::Duration::ZERO)).unwrap();
    drop(peer);
    let read = "io/streams#input-stream.blocking-read";
    let failed = guest.handle(read, &[input.into(), "9".into()]);
    let code = guest.text("sockets/network#network-error-code", &[failed.into()]);
    assert_eq!(code, "some(connection-reset)");
    let closed = guest.text(read, &[input.into(), "9".into()]);
    assert_eq!(closed, "err(closed)");
}

#[test]
fn a_socket_keeps_its_address_when_it_talks_to_others() {
    let peers = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let (mut guest, network) = start();
    let socket = guest.new_udp(network);
    let own = guest.udp_text("local-address", &[socket.into()]);
    let [one, other] = peers.each_ref().map(|it| it.local_addr().unwrap().port());
    let to = |port: u16| format!("some({})", address(port));
    for remote in [
        to(one),
        "none".to_owned(),
        to(other),
        to(one),
        "none".to_owned(),
    ] {
        let args: [Arg<'_>; 2] = [socket.into(), (&*remote).into()];
        let streams = handles(&guest.call("sockets/udp#udp-socket.stream", &args));
        assert_eq!(
            guest.udp_text("local-address", &[socket.into()]),
            own,
            "{remote}"
        );
        peers[0]
            .send_to(b"heard", ("127.0.0.1", port(&own)))
            .unwrap();
        let receive = "sockets/udp#incoming-datagram-stream.receive";
        let args = [streams[0].into(), "1".into()];
        let heard = guest.text(receive, &args);
        let expected = if remote == to(other) {
            "ok([])".to_owned()
        } else {
            format!(
                "ok([{{data: {:?}, remote-address: {}}}])",
                b"heard",
                address(one)
            )
        };
        assert_eq!(heard, expected, "{remote}");
        streams.into_iter().for_each(|it| guest.drop(it));
    }
}
