//! Values of arguments that have a form of their own.

use std::path::PathBuf;
use std::str::FromStr;
#[cfg(feature = "wasi")]
use std::time::Duration;

/// The caller's and the callee's component instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Between {
    /// The name of the caller's.
    pub(crate) from: String,
    /// The name of the callee's.
    pub(crate) to: String,
}

impl FromStr for Between {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once(',').ok_or("expected FROM,TO")?;
        Ok(Between {
            from: from.into(),
            to: to.into(),
        })
    }
}

/// A folder for a program.
#[cfg(feature = "wasi")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderArg {
    /// Where it is.
    pub(crate) host: PathBuf,
    /// By what path the program finds it.
    pub(crate) guest: String,
    /// Whether the program must not change it.
    pub(crate) is_read_only: bool,
}

#[cfg(feature = "wasi")]
impl FromStr for FolderArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (paths, is_read_only) = match text.strip_suffix(":ro") {
            Some(paths) => (paths, true),
            None => (text, false),
        };
        let (host, guest) = paths.split_once("::").unwrap_or((paths, paths));
        if host.is_empty() || guest.is_empty() {
            return Err("expected HOST, HOST::GUEST, or one of them with `:ro`");
        }
        Ok(FolderArg {
            host: host.into(),
            guest: guest.into(),
            is_read_only,
        })
    }
}

/// What a program may use of the network.
#[cfg(feature = "wasi")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NetArg {
    /// All of it.
    All,
    /// The addresses of a host, and a port.
    Place {
        /// The host's name or address.
        host: String,
        /// Both, as they are written.
        text: String,
    },
}

#[cfg(feature = "wasi")]
impl FromStr for NetArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(NetArg::Place {
                    host: host.into(),
                    text: text.into(),
                })
            }
            None if text == "all" => Ok(NetArg::All),
            _ => Err("expected HOST:PORT"),
        }
    }
}

/// Reads a time: a number and a unit.
#[cfg(feature = "wasi")]
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "expected a number and `ms`, `s`, `m` or `h`";
    let end = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(end.ok_or(wrong)?);
    let seconds: f64 = number.parse().map_err(|_| wrong)?;
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong),
    };
    Duration::try_from_secs_f64(seconds * scale).map_err(|_| "too short or too long a time")
}

/// Reads a number of bytes, which may have a unit.
#[cfg(feature = "wasi")]
pub(crate) fn size(text: &str) -> Result<u64, &'static str> {
    let wrong = "expected a number, or one with `K`, `M` or `G`";
    let (number, shift) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = number.parse().map_err(|_| wrong)?;
    number.checked_mul(1 << shift).ok_or("too many bytes")
}

/// A component for an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Supply {
    /// The name of the import.
    pub(crate) name: String,
    /// The file with the component.
    pub(crate) file: PathBuf,
}

impl FromStr for Supply {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Names may hold `=`, as in `url=<https://…>`; names of files seldom do.
        match text.rsplit_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok(Supply {
                name: name.into(),
                file: file.into(),
            }),
            _ => Err("expected NAME=FILE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Supply;

    #[test]
    fn name_of_a_supply_may_hold_equals_signs() {
        let supply: Supply = "url=<https://x/?a=b>=c.wasm".parse().unwrap();
        assert_eq!(supply.name, "url=<https://x/?a=b>");
        assert_eq!(supply.file.to_str(), Some("c.wasm"));
        for bad in ["", "=", "a=", "=b", "ab"] {
            assert!(bad.parse::<Supply>().is_err(), "{bad}");
        }
    }
}
