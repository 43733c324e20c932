//! The PROXY header, by which a load balancer says whose connection it passes on.
//!
//! Both forms of <https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt>: the line of text (§2.1) and the binary one
//! (§2.2).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::TcpStream;

/// Octets of the longest header that is accepted. The longest line is 107 octets; binary ones may carry more beside the
/// addresses, which is skipped.
const LENGTH_MAX: usize = 2048;
/// What a binary header begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Octets of a binary header before the addresses.
const FIXED: usize = 16;

/// What a header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Proxied {
    /// The connection is the balancer's own, such as a health check.
    Own,
    /// It was opened from `peer` to `local`.
    Other { peer: SocketAddr, local: SocketAddr },
}

/// How much was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Parsed {
    Incomplete,
    Bad,
    /// What arrives is no header.
    Absent,
    Header {
        proxied: Proxied,
        length: usize,
    },
}

/// Reads the header; what was read beyond it. A connection that begins with none is the peer's own (observed on 5.6.3).
///
/// # Errors
/// `InvalidData` if it cannot be read, or what reading fails with.
pub(super) async fn read(stream: &TcpStream) -> io::Result<(Proxied, Vec<u8>)> {
    let mut octets = Vec::new();
    loop {
        stream.readable().await?;
        match stream.try_read_buf(&mut octets) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        match parse(&octets) {
            Parsed::Header { proxied, length } => return Ok((proxied, octets.split_off(length))),
            Parsed::Absent => return Ok((Proxied::Own, octets)),
            Parsed::Incomplete if octets.len() < LENGTH_MAX => {}
            Parsed::Incomplete | Parsed::Bad => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn parse(octets: &[u8]) -> Parsed {
    if SIGNATURE.starts_with(octets) || b"PROXY ".starts_with(octets) {
        Parsed::Incomplete
    } else if octets.starts_with(SIGNATURE) {
        parse_binary(octets)
    } else if octets.starts_with(b"PROXY ") {
        parse_line(octets)
    } else {
        Parsed::Absent
    }
}

fn parse_line(octets: &[u8]) -> Parsed {
    let line = octets.get(..octets.len().min(107)).unwrap_or_default();
    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else {
        return if line.len() < 107 {
            Parsed::Incomplete
        } else {
            Parsed::Bad
        };
    };
    let text = line
        .get(..end)
        .and_then(|line| std::str::from_utf8(line).ok());
    let proxied = text.and_then(addresses_of_line);
    match proxied {
        Some(proxied) => Parsed::Header {
            proxied,
            length: end + 2,
        },
        None => Parsed::Bad,
    }
}

/// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 5060`
fn addresses_of_line(line: &str) -> Option<Proxied> {
    let mut words = line.split(' ').skip(1);
    let family = words.next()?;
    let mut address = || match family {
        "TCP4" => Ipv4Addr::from_str(words.next()?).ok().map(IpAddr::V4),
        "TCP6" => Ipv6Addr::from_str(words.next()?).ok().map(IpAddr::V6),
        _ => None,
    };
    if family == "UNKNOWN" {
        return Some(Proxied::Own);
    }
    let (peer, local) = (address()?, address()?);
    let (peer_port, local_port) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Proxied::Other {
        peer: SocketAddr::new(peer, peer_port),
        local: SocketAddr::new(local, local_port),
    })
}

fn parse_binary(octets: &[u8]) -> Parsed {
    let Some(&[command, family, high, low]) = octets.get(SIGNATURE.len()..FIXED) else {
        return Parsed::Incomplete;
    };
    let length = FIXED + usize::from(u16::from_be_bytes([high, low]));
    let Some(addresses) = octets.get(FIXED..length) else {
        return Parsed::Incomplete;
    };
    let proxied = match (command, family) {
        // LOCAL, or a family that says nothing: the real end points count.
        (0x20, _) | (0x21, 0x00) => Some(Proxied::Own),
        (0x21, 0x11) => {
            binary_addresses(addresses, |octets: [u8; 4]| Ipv4Addr::from(octets).into())
        }
        (0x21, 0x21) => {
            binary_addresses(addresses, |octets: [u8; 16]| Ipv6Addr::from(octets).into())
        }
        _ => None,
    };
    match proxied {
        Some(proxied) => Parsed::Header { proxied, length },
        None => Parsed::Bad,
    }
}

/// Two addresses, then two ports.
fn binary_addresses<const N: usize>(
    octets: &[u8],
    ip: impl Fn([u8; N]) -> IpAddr,
) -> Option<Proxied> {
    let (peer, rest) = octets.split_first_chunk::<N>()?;
    let (local, rest) = rest.split_first_chunk::<N>()?;
    let (peer_port, rest) = rest.split_first_chunk::<2>()?;
    let local_port = rest.first_chunk::<2>()?;
    Some(Proxied::Other {
        peer: SocketAddr::new(ip(*peer), u16::from_be_bytes(*peer_port)),
        local: SocketAddr::new(ip(*local), u16::from_be_bytes(*local_port)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(proxied: Proxied, length: usize) -> Parsed {
        Parsed::Header { proxied, length }
    }

    fn other(peer: &str, local: &str) -> Proxied {
        Proxied::Other {
            peer: peer.parse().unwrap(),
            local: local.parse().unwrap(),
        }
    }

    fn binary(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, addresses].concat()
    }

    #[test]
    fn a_line_tells_both_ends() {
        let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 5060\r\nOPTIONS";
        let ends = other("192.0.2.1:56324", "198.51.100.1:5060");
        assert_eq!(parse(line), header(ends, 46));
        let line = b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n";
        assert_eq!(
            parse(line),
            header(other("[2001:db8::1]:1", "[2001:db8::2]:2"), 40)
        );
        assert_eq!(
            parse(b"PROXY UNKNOWN whatever\r\n"),
            header(Proxied::Own, 24)
        );
    }

    #[test]
    fn the_binary_form_tells_both_ends() {
        let four = binary(
            0x21,
            0x11,
            &[192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 4, 0x13, 0xc4],
        );
        assert_eq!(
            parse(&four),
            header(other("192.0.2.1:56324", "198.51.100.1:5060"), 28)
        );
        let mut addresses = [0; 40];
        addresses[..2].copy_from_slice(&[0x20, 1]);
        addresses[31] = 1;
        addresses[33] = 7;
        let six = binary(0x21, 0x21, &addresses);
        assert_eq!(parse(&six), header(other("[2001::]:7", "[::1]:0"), 56));
        assert_eq!(parse(&binary(0x20, 0, b"")), header(Proxied::Own, 16));
    }

    #[test]
    fn every_beginning_of_a_header_is_incomplete() {
        let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 5060\r\n".to_vec();
        let four = binary(0x21, 0x11, &[0; 12]);
        for whole in [line, four] {
            for length in 0..whole.len() {
                assert_eq!(parse(&whole[..length]), Parsed::Incomplete, "{length}");
            }
        }
    }

    #[test]
    fn a_connection_may_begin_without_a_header() {
        for octets in [
            &b"OPTIONS sip:a@b SIP/2.0\r\n"[..],
            b"PUBLISH sip:a@b SIP/2.0\r\n",
            b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n",
        ] {
            assert_eq!(parse(octets), Parsed::Absent);
        }
    }

    #[test]
    fn a_header_that_cannot_be_read_is_refused() {
        for bad in [
            &b"PROXY TCP4 192.0.2.1 nowhere 1 2\r\n"[..],
            b"PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
            b"PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
            &[b"PROXY TCP4 ".as_slice(), &[b'1'; 120]].concat(),
            &binary(0x21, 0x11, &[0; 11]),
            &binary(0x31, 0x11, &[0; 12]),
            &binary(0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(parse(bad), Parsed::Bad);
        }
    }
}
