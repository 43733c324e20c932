//! A place to listen on, as the parameter `binrpc` writes it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// A place to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix stream socket.
    UnixStream(PathBuf),
    /// A Unix datagram socket.
    UnixDatagram(PathBuf),
    /// A TCP socket.
    Tcp(SocketAddr),
    /// A UDP socket.
    Udp(SocketAddr),
}

/// The port of an address without one.
const PORT: u16 = 2049;

impl Endpoint {
    /// The one that serves when none is given.
    pub fn standard(folder: &str) -> Endpoint {
        Endpoint::UnixStream(Path::new(folder).join("kamailio_ctl"))
    }

    /// Reads `[PROTOCOL:]PLACE`; a path that is not absolute is below `folder`.
    pub fn parse(text: &str, folder: &str) -> Result<Endpoint, String> {
        let file = |path: &str| match path {
            "" => Err(format!("`{text}` has no path")),
            _ => Ok(Path::new(folder).join(path)),
        };
        match text.split_once(':') {
            Some(("unix" | "unixs", path)) => file(path).map(Endpoint::UnixStream),
            Some(("unixd", path)) => file(path).map(Endpoint::UnixDatagram),
            Some(("tcp", place)) => address(place).map(Endpoint::Tcp),
            Some(("udp", place)) => address(place).map(Endpoint::Udp),
            _ if text.starts_with('/') => file(text).map(Endpoint::UnixStream),
            _ => address(text).map(Endpoint::Udp),
        }
    }

    /// The protocol's name in the replies of RPC commands.
    pub fn protocol(&self) -> &'static str {
        match self {
            Endpoint::UnixStream(_) => "unix_stream",
            Endpoint::UnixDatagram(_) => "unix_dgram",
            Endpoint::Tcp(_) => "tcp",
            Endpoint::Udp(_) => "udp",
        }
    }

    /// The place in two texts: address and port, or a path and nothing.
    pub fn place(&self) -> (String, String) {
        match self {
            Endpoint::UnixStream(path) | Endpoint::UnixDatagram(path) => {
                (path.display().to_string(), String::new())
            }
            Endpoint::Tcp(address) | Endpoint::Udp(address) => {
                (address.ip().to_string(), address.port().to_string())
            }
        }
    }

    /// The file of a Unix socket.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Endpoint::UnixStream(path) | Endpoint::UnixDatagram(path) => Some(path),
            Endpoint::Tcp(_) | Endpoint::Udp(_) => None,
        }
    }
}

/// Reads `ADDRESS:PORT`, `ADDRESS` or `PORT`.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
    }
    if let Some(ip) = host(text) {
        return Ok(SocketAddr::new(ip, PORT));
    }
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let ip = host(name).ok_or_else(|| format!("`{name}` is no address"))?;
    let port = port
        .parse::<u16>()
        .map_err(|_| format!("`{port}` is no port"))?;
    Ok(SocketAddr::new(ip, port))
}

fn host(name: &str) -> Option<IpAddr> {
    match name {
        "" | "*" => Some(Ipv4Addr::UNSPECIFIED.into()),
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        _ => {
            let bare = name
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            bare.unwrap_or(name).parse().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_the_manual_is_read() {
        let tcp = |text: &str| Endpoint::Tcp(text.parse().unwrap());
        let udp = |text: &str| Endpoint::Udp(text.parse().unwrap());
        let stream = |text: &str| Endpoint::UnixStream(text.into());
        let table = [
            ("unix:/run/k/ctl", stream("/run/k/ctl")),
            ("unixs:/tmp/s", stream("/tmp/s")),
            ("unixs:s", stream("/run/k/s")),
            ("unixd:/tmp/d", Endpoint::UnixDatagram("/tmp/d".into())),
            ("/tmp/test", stream("/tmp/test")),
            ("udp:localhost:2046", udp("127.0.0.1:2046")),
            ("localhost:3000", udp("127.0.0.1:3000")),
            ("tcp:localhost:2046", tcp("127.0.0.1:2046")),
            ("tcp:3012", tcp("0.0.0.0:3012")),
            ("udp:*:3012", udp("0.0.0.0:3012")),
            ("tcp:[::1]:3012", tcp("[::1]:3012")),
        ];
        for (text, expected) in table {
            assert_eq!(Endpoint::parse(text, "/run/k"), Ok(expected), "{text}");
        }
        for text in ["unix:", "tcp:nobody:1", "udp:127.0.0.1:99999"] {
            assert!(Endpoint::parse(text, "/run/k").is_err(), "{text}");
        }
    }
}
