//! `wasi:sockets`: on the loopback address of this machine, and nowhere else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};

use interfuse::component::{ResourceAny, Val, wave};
use interfuse::wasi::{SocketAddrUse, WasiCtx};

use crate::guest::{Arg, Guest, bytes, handles, list};

/// The own address of the machine, and a port that nobody has.
pub(crate) const ANY_PORT: &str = "ipv4({port: 0, address: (127, 0, 0, 1)})";

pub(crate) fn address(port: u16) -> String {
    format!("ipv4({{port: {port}, address: (127, 0, 0, 1)}})")
}

/// A guest that may use the loopback address, and a handle of its network.
pub(crate) fn start() -> (Guest, ResourceAny) {
    let mut builder = WasiCtx::builder();
    builder.socket_addr_check(|addr, _| addr.ip().is_loopback());
    builder.ip_name_check(|name| name == "localhost" || name == "127.0.0.1" || name == "::1");
    let mut guest = Guest::new(builder.build());
    let network = guest.handle("sockets/instance-network#instance-network", &[]);
    (guest, network)
}

impl Guest {
    #[track_caller]
    pub(crate) fn tcp(&mut self, func: &str, args: &[Arg<'_>]) -> Val {
        self.call(&format!("sockets/tcp#tcp-socket.{func}"), args)
    }

    #[track_caller]
    pub(crate) fn tcp_text(&mut self, func: &str, args: &[Arg<'_>]) -> String {
        wave::to_string(&self.tcp(func, args))
    }

    #[track_caller]
    pub(crate) fn udp_text(&mut self, func: &str, args: &[Arg<'_>]) -> String {
        self.text(&format!("sockets/udp#udp-socket.{func}"), args)
    }

    /// Waits for a resource of an interface.
    #[track_caller]
    pub(crate) fn wait(&mut self, resource: &str, handle: ResourceAny) {
        let pollable = self.handle(&format!("{resource}.subscribe"), &[handle.into()]);
        self.call("io/poll#pollable.block", &[pollable.into()]);
        self.drop(pollable);
    }

    #[track_caller]
    pub(crate) fn new_tcp(&mut self) -> ResourceAny {
        let create = "sockets/tcp-create-socket#create-tcp-socket";
        self.handle(create, &["ipv4".into()])
    }

    #[track_caller]
    pub(crate) fn new_udp(&mut self, network: ResourceAny) -> ResourceAny {
        let create = "sockets/udp-create-socket#create-udp-socket";
        let socket = self.handle(create, &["ipv4".into()]);
        let args = [socket.into(), network.into(), ANY_PORT.into()];
        assert_eq!(self.udp_text("start-bind", &args), "ok");
        assert_eq!(self.udp_text("finish-bind", &[socket.into()]), "ok");
        socket
    }
}

/// Returns the port in an address as text.
pub(crate) fn port(text: &str) -> u16 {
    let (_, rest) = text.split_once("port: ").unwrap();
    rest.split_once(',').unwrap().0.parse().unwrap()
}

#[test]
fn a_guest_connects() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = address(listener.local_addr().unwrap().port());
    let (mut guest, network) = start();
    let socket = guest.new_tcp();
    assert_eq!(
        guest.tcp_text("finish-connect", &[socket.into()]),
        "err(not-in-progress)"
    );
    assert_eq!(
        guest.tcp_text("local-address", &[socket.into()]),
        "err(invalid-state)"
    );
    let args = [socket.into(), network.into(), (&*to).into()];
    assert_eq!(guest.tcp_text("start-connect", &args), "ok");
    guest.wait("sockets/tcp#tcp-socket", socket);
    let streams = handles(&guest.tcp("finish-connect", &[socket.into()]));
    let [input, output] = streams[..] else {
        panic!("{streams:?}")
    };
    assert_eq!(
        guest.tcp_text("remote-address", &[socket.into()]),
        format!("ok({to})")
    );
    let (mut peer, from) = listener.accept().unwrap();
    let own = guest.tcp_text("local-address", &[socket.into()]);
    assert_eq!(port(&own), from.port());
    let write = "io/streams#output-stream.blocking-write-and-flush";
    assert_eq!(guest.text(write, &[output.into(), list(b"ping")]), "ok");
    let mut read = [0; 4];
    peer.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"ping");
    peer.write_all(b"pong").unwrap();
    let blocking_read = "io/streams#input-stream.blocking-read";
    let read = guest.call(blocking_read, &[input.into(), "9".into()]);
    assert_eq!(bytes(&read), b"pong");
    assert_eq!(
        guest.tcp_text("shutdown", &[socket.into(), "send".into()]),
        "ok"
    );
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    assert_eq!(
        guest.text(write, &[output.into(), list(b"x")]),
        "err(closed)"
    );
    drop(peer);
    assert_eq!(
        guest.text(blocking_read, &[input.into(), "9".into()]),
        "err(closed)"
    );
    let args = [socket.into(), network.into(), (&*to).into()];
    assert_eq!(guest.tcp_text("start-connect", &args), "err(invalid-state)");
}

#[test]
fn a_guest_accepts() {
    let (mut guest, network) = start();
    let socket = guest.new_tcp();
    assert_eq!(
        guest.tcp_text("start-listen", &[socket.into()]),
        "err(invalid-state)"
    );
    let args = [socket.into(), network.into(), ANY_PORT.into()];
    assert_eq!(guest.tcp_text("start-bind", &args), "ok");
    assert_eq!(guest.tcp_text("finish-bind", &[socket.into()]), "ok");
    assert_eq!(
        guest.tcp_text("set-listen-backlog-size", &[socket.into(), "7".into()]),
        "ok"
    );
    assert_eq!(guest.tcp_text("start-listen", &[socket.into()]), "ok");
    assert_eq!(guest.tcp_text("is-listening", &[socket.into()]), "false");
    assert_eq!(guest.tcp_text("finish-listen", &[socket.into()]), "ok");
    assert_eq!(guest.tcp_text("is-listening", &[socket.into()]), "true");
    assert_eq!(
        guest.tcp_text("accept", &[socket.into()]),
        "err(would-block)"
    );
    let own = guest.tcp_text("local-address", &[socket.into()]);
    let mut peer = TcpStream::connect(("127.0.0.1", port(&own))).unwrap();
    guest.wait("sockets/tcp#tcp-socket", socket);
    let accepted = handles(&guest.tcp("accept", &[socket.into()]));
    let [connection, input, _] = accepted[..] else {
        panic!("{accepted:?}")
    };
    let remote = guest.tcp_text("remote-address", &[connection.into()]);
    assert_eq!(port(&remote), peer.local_addr().unwrap().port());
    peer.write_all(b"hello").unwrap();
    let read = guest.call(
        "io/streams#input-stream.blocking-read",
        &[input.into(), "9".into()],
    );
    assert_eq!(bytes(&read), b"hello");
}

#[test]
fn nobody_there_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = address(listener.local_addr().unwrap().port());
    drop(listener);
    let (mut guest, network) = start();
    let socket = guest.new_tcp();
    let args = [socket.into(), network.into(), (&*to).into()];
    let started = guest.tcp_text("start-connect", &args);
    if started == "ok" {
        guest.wait("sockets/tcp#tcp-socket", socket);
        assert_eq!(
            guest.tcp_text("finish-connect", &[socket.into()]),
            "err(connection-refused)"
        );
    } else {
        assert_eq!(started, "err(connection-refused)");
    }
    assert_eq!(guest.tcp_text("start-connect", &args), "err(invalid-state)");
}

#[test]
fn settings_are_kept() {
    let (mut guest, _) = start();
    let socket = guest.new_tcp();
    assert_eq!(guest.tcp_text("address-family", &[socket.into()]), "ipv4");
    for (name, value, expected) in [
        ("keep-alive-enabled", "true", "ok(true)"),
        ("keep-alive-idle-time", "1500000000", "ok(2000000000)"),
        (
            "keep-alive-interval",
            "18446744073709551615",
            "ok(32767000000000)",
        ),
        ("keep-alive-count", "1000", "ok(127)"),
        ("hop-limit", "42", "ok(42)"),
        ("receive-buffer-size", "65536", "ok(65536)"),
        ("send-buffer-size", "65536", "ok(65536)"),
    ] {
        let set = guest.tcp_text(&format!("set-{name}"), &[socket.into(), value.into()]);
        assert_eq!(set, "ok", "{name}");
        assert_eq!(guest.tcp_text(name, &[socket.into()]), expected, "{name}");
        if value != "true" {
            let zero = guest.tcp_text(&format!("set-{name}"), &[socket.into(), "0".into()]);
            assert_eq!(zero, "err(invalid-argument)", "{name}");
        }
    }
}

#[test]
fn datagrams_come_and_go() {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = address(peer.local_addr().unwrap().port());
    let (mut guest, network) = start();
    let socket = guest.new_udp(network);
    let streams = handles(&guest.call(
        "sockets/udp#udp-socket.stream",
        &[socket.into(), "none".into()],
    ));
    let [incoming, outgoing] = streams[..] else {
        panic!("{streams:?}")
    };
    let send = "sockets/udp#outgoing-datagram-stream.send";
    let datagram = format!("[{{data: [1, 2], remote-address: some({to})}}]");
    let trap = guest.trap(send, &[outgoing.into(), (&*datagram).into()]);
    assert_eq!(trap, "1 datagrams to a stream that permitted 0");
    let permit = guest.text(
        "sockets/udp#outgoing-datagram-stream.check-send",
        &[outgoing.into()],
    );
    assert_eq!(permit, "ok(16)");
    assert_eq!(
        guest.text(send, &[outgoing.into(), (&*datagram).into()]),
        "ok(1)"
    );
    let nowhere = guest.text(send, &[outgoing.into(), "[{data: [1]}]".into()]);
    assert_eq!(nowhere, "err(invalid-argument)");
    let mut buffer = [0; 9];
    let (len, from) = peer.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..len], [1, 2]);
    let receive = "sockets/udp#incoming-datagram-stream.receive";
    assert_eq!(
        guest.text(receive, &[incoming.into(), "9".into()]),
        "ok([])"
    );
    peer.send_to(&[3], from).unwrap();
    guest.wait("sockets/udp#incoming-datagram-stream", incoming);
    let received = guest.text(receive, &[incoming.into(), "9".into()]);
    assert_eq!(
        received,
        format!("ok([{{data: [3], remote-address: {to}}}])")
    );
}

#[test]
fn datagrams_of_others_are_not_heard() {
    let [peer, other] = [(), ()].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let to = address(peer.local_addr().unwrap().port());
    let (mut guest, network) = start();
    let socket = guest.new_udp(network);
    let own = guest.udp_text("local-address", &[socket.into()]);
    let own = ("127.0.0.1", port(&own));
    other.send_to(&[9], own).unwrap();
    let remote = format!("some({to})");
    let args = [socket.into(), (&*remote).into()];
    let streams = handles(&guest.call("sockets/udp#udp-socket.stream", &args));
    let [incoming, outgoing] = streams[..] else {
        panic!("{streams:?}")
    };
    assert_eq!(
        guest.udp_text("remote-address", &[socket.into()]),
        format!("ok({to})")
    );
    peer.send_to(&[1], own).unwrap();
    guest.wait("sockets/udp#incoming-datagram-stream", incoming);
    let received = guest.text(
        "sockets/udp#incoming-datagram-stream.receive",
        &[incoming.into(), "9".into()],
    );
    assert_eq!(
        received,
        format!("ok([{{data: [1], remote-address: {to}}}])")
    );
    guest.call(
        "sockets/udp#outgoing-datagram-stream.check-send",
        &[outgoing.into()],
    );
    let send = "sockets/udp#outgoing-datagram-stream.send";
    assert_eq!(
        guest.text(send, &[outgoing.into(), "[{data: [7]}]".into()]),
        "ok(1)"
    );
    let elsewhere = format!("[{{data: [7], remote-address: some({})}}]", address(1));
    assert_eq!(
        guest.text(send, &[outgoing.into(), (&*elsewhere).into()]),
        "err(invalid-argument)"
    );
}

#[test]
fn only_the_last_streams_of_a_socket_work() {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let remote = format!("some({})", address(peer.local_addr().unwrap().port()));
    let (mut guest, network) = start();
    let socket = guest.new_udp(network);
    let stream = "sockets/udp#udp-socket.stream";
    let old = handles(&guest.call(stream, &[socket.into(), "none".into()]));
    let check = "sockets/udp#outgoing-datagram-stream.check-send";
    assert_eq!(guest.text(check, &[old[1].into()]), "ok(16)");
    // What fails changes nothing.
    let nowhere = format!("some({})", address(0));
    let args = [socket.into(), (&*nowhere).into()];
    assert_eq!(guest.text(stream, &args), "err(invalid-argument)");
    assert_eq!(guest.text(check, &[old[1].into()]), "ok(16)");

    let new = handles(&guest.call(stream, &[socket.into(), (&*remote).into()]));
    let receive = "sockets/udp#incoming-datagram-stream.receive";
    let send = "sockets/udp#outgoing-datagram-stream.send";
    let datagram = "[{data: [7]}]";
    for (streams, expected) in [
        (&old, ["err(invalid-state)"; 3]),
        (&new, ["ok([])", "ok(16)", "ok(1)"]),
    ] {
        let received = guest.text(receive, &[streams[0].into(), "9".into()]);
        let permit = guest.text(check, &[streams[1].into()]);
        let sent = guest.text(send, &[streams[1].into(), datagram.into()]);
        assert_eq!([received, permit, sent], expected);
    }
    // Nobody waits for what never comes.
    guest.wait("sockets/udp#incoming-datagram-stream", old[0]);
}

#[test]
fn names_have_addresses() {
    let (mut guest, network) = start();
    let resolve = "sockets/ip-name-lookup#resolve-addresses";
    let next = "sockets/ip-name-lookup#resolve-address-stream.resolve-next-address";
    let literal = guest.handle(resolve, &[network.into(), "\"127.0.0.1\"".into()]);
    assert_eq!(
        guest.text(next, &[literal.into()]),
        "ok(some(ipv4((127, 0, 0, 1))))"
    );
    assert_eq!(guest.text(next, &[literal.into()]), "ok(none)");
    let literal = guest.handle(resolve, &[network.into(), "\"::1\"".into()]);
    assert_eq!(
        guest.text(next, &[literal.into()]),
        "ok(some(ipv6((0, 0, 0, 0, 0, 0, 0, 1))))"
    );
    let name = guest.handle(resolve, &[network.into(), "\"localhost\"".into()]);
    guest.wait("sockets/ip-name-lookup#resolve-address-stream", name);
    let found = guest.text(next, &[name.into()]);
    assert!(found.starts_with("ok(some(ipv"), "{found}");
    let refused = guest.text(resolve, &[network.into(), "\"example.org\"".into()]);
    assert_eq!(refused, "err(access-denied)");
}

#[test]
fn names_are_of_any_script() {
    let mut builder = WasiCtx::builder();
    builder.ip_name_check(|name| name == "localhost" || !name.starts_with("xn--"));
    let mut guest = Guest::new(builder.build());
    let network = guest.handle("sockets/instance-network#instance-network", &[]);
    let resolve = "sockets/ip-name-lookup#resolve-addresses";
    let next = "sockets/ip-name-lookup#resolve-address-stream.resolve-next-address";
    // In letters as wide as Chinese ones.
    let wide = "\"\u{ff4c}\u{ff4f}\u{ff43}\u{ff41}\u{ff4c}\u{ff48}\u{ff4f}\u{ff53}\u{ff54}\"";
    let name = guest.handle(resolve, &[network.into(), wide.into()]);
    guest.wait("sockets/ip-name-lookup#resolve-address-stream", name);
    let found = guest.text(next, &[name.into()]);
    assert!(found.starts_with("ok(some(ipv"), "{found}");
    // What resolvers know it by is what has to be permitted.
    let refused = guest.text(resolve, &[network.into(), "\"b\u{fc}cher.example\"".into()]);
    assert_eq!(refused, "err(access-denied)");
    let long = format!("\"{}\"", "a.".repeat(128));
    for name in ["\"\u{fffd}.example\"", "\"a b\"", "\"\"", &long] {
        let refused = guest.text(resolve, &[network.into(), name.into()]);
        assert_eq!(refused, "err(invalid-argument)", "{name}");
    }
}

#[test]
fn without_permission_nothing_works() {
    let mut guest = Guest::new(WasiCtx::default());
    let network = guest.handle("sockets/instance-network#instance-network", &[]);
    for kind in ["tcp", "udp"] {
        let create = format!("sockets/{kind}-create-socket#create-{kind}-socket");
        assert_eq!(guest.text(&create, &["ipv4".into()]), "err(access-denied)");
        assert_eq!(guest.text(&create, &["ipv6".into()]), "err(access-denied)");
    }
    let resolve = "sockets/ip-name-lookup#resolve-addresses";
    let refused = guest.text(resolve, &[network.into(), "\"localhost\"".into()]);
    assert_eq!(refused, "err(access-denied)");
}

#[test]
fn each_use_is_permitted_by_itself() {
    let mut builder = WasiCtx::builder();
    builder.socket_addr_check(|addr, what| what == SocketAddrUse::UdpBind && addr.port() == 0);
    let mut guest = Guest::new(builder.build());
    let network = guest.handle("sockets/instance-network#instance-network", &[]);
    let tcp = guest.new_tcp();
    let args = [tcp.into(), network.into(), ANY_PORT.into()];
    assert_eq!(guest.tcp_text("start-bind", &args), "err(access-denied)");
    let to = address(1);
    let args = [tcp.into(), network.into(), (&*to).into()];
    assert_eq!(guest.tcp_text("start-connect", &args), "err(access-denied)");
    let ipv6 =
        "ipv6({port: 1, flow-info: 0, address: (0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), scope-id: 0})";
    let ipv6 = ipv6.replace("0xffff", "65535").replace("0x7f00", "32512");
    let args = [tcp.into(), network.into(), (&*ipv6).into()];
    assert_eq!(
        guest.tcp_text("start-connect", &args),
        "err(invalid-argument)"
    );
    let udp = guest.new_udp(network);
    let remote = format!("some({to})");
    let args = [udp.into(), (&*remote).into()];
    assert_eq!(guest.udp_text("stream", &args), "err(access-denied)");
    let streams = handles(&guest.call(
        "sockets/udp#udp-socket.stream",
        &[udp.into(), "none".into()],
    ));
    guest.call(
        "sockets/udp#outgoing-datagram-stream.check-send",
        &[streams[1].into()],
    );
    let datagram = format!("[{{data: [1], remote-address: {remote}}}]");
    let args = [streams[1].into(), (&*datagram).into()];
    assert_eq!(
        guest.text("sockets/udp#outgoing-datagram-stream.send", &args),
        "err(access-denied)"
    );
}
