//! Network addresses as scripts see them.

use module_api::{Call, Ipv6Style, Text};
use sip::Transport;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use stdx::number::Decimal;

/// How the call's configuration has IPv6 addresses written.
pub fn style(call: &Call) -> Ipv6Style {
    call.runtime.settings.ip.ipv6_hex_style
}

/// An address; IPv6 without brackets.
pub fn ip(address: IpAddr, style: Ipv6Style) -> Text {
    match address {
        IpAddr::V4(address) => ipv4(address),
        IpAddr::V6(address) => Text::from(ipv6(address, style)),
    }
}

/// Dotted decimals, without a detour through formatting: this is in every log line.
fn ipv4(address: Ipv4Addr) -> Text {
    let mut out = [b'.'; 16];
    let mut end = 0;
    for octet in address.octets() {
        for (place, is_written) in [(100, octet >= 100), (10, octet >= 10), (1, true)] {
            if is_written {
                out[end] = b'0' + octet / place % 10;
                end += 1;
            }
        }
        end += 1;
    }
    Text::from(&out[..end - 1])
}

/// An address as the host of a URI; IPv6 in brackets.
pub fn host(address: IpAddr, style: Ipv6Style) -> Text {
    match address {
        IpAddr::V4(_) => ip(address, style),
        IpAddr::V6(address) => Text::from(format!("[{}]", ipv6(address, style))),
    }
}

fn ipv6(address: Ipv6Addr, style: Ipv6Style) -> String {
    let full = || {
        address
            .segments()
            .map(|group| format!("{group:x}"))
            .join(":")
    };
    match style {
        Ipv6Style::Compact => address.to_string(),
        Ipv6Style::Full => full(),
        Ipv6Style::FullUpper => full().to_ascii_uppercase(),
    }
}

/// `udp:10.0.0.1:5060`
pub fn socket(transport: Transport, host: &[u8], port: u16) -> Text {
    let port = Decimal::from(port);
    Text::concat(&[
        transport.name().as_bytes(),
        b":",
        host,
        b":",
        port.as_bytes(),
    ])
}

/// Whether a URI says that it means UDP, which it need not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum UdpParameter {
    /// `transport=udp` is left out.
    LeftOut,
    /// `transport=udp` is written.
    Written,
}

/// `sip:10.0.0.1:5060;transport=tcp`. WebSockets are `ws`, with TLS or without (RFC 7118).
pub fn uri(transport: Transport, host: &[u8], port: u16, udp: UdpParameter) -> Text {
    let port = Decimal::from(port);
    let name: &[u8] = match transport {
        Transport::Udp if udp == UdpParameter::LeftOut => {
            return Text::concat(&[b"sip:", host, b":", port.as_bytes()]);
        }
        Transport::Wss => b"ws",
        other => other.name().as_bytes(),
    };
    Text::concat(&[b"sip:", host, b":", port.as_bytes(), b";transport=", name])
}

/// The number scripts know a transport by (`$prid`, `$K(TCP)`).
pub const fn transport_id(transport: Transport) -> i64 {
    match transport {
        Transport::Udp => 1,
        Transport::Tcp => 2,
        Transport::Tls => 3,
        Transport::Sctp => 4,
        Transport::Ws => 5,
        Transport::Wss => 6,
    }
}

/// The number of IPv4 as an address family.
pub const FAMILY_IPV4: i64 = 2;

/// The number of IPv6 as an address family.
pub const FAMILY_IPV6: i64 = 10;

/// The number of an address's family.
pub fn family(address: SocketAddr) -> i64 {
    if address.is_ipv4() {
        FAMILY_IPV4
    } else {
        FAMILY_IPV6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_the_style_asked_for() {
        let six: IpAddr = "2001:db8::ab".parse().unwrap();
        for four in ["255.10.0.1", "0.0.0.0", "1.23.145.255", "255.255.255.255"] {
            assert_eq!(ip(four.parse().unwrap(), Ipv6Style::Compact), four);
        }
        assert_eq!(ip(six, Ipv6Style::Compact), "2001:db8::ab");
        assert_eq!(ip(six, Ipv6Style::Full), "2001:db8:0:0:0:0:0:ab");
        assert_eq!(host(six, Ipv6Style::FullUpper), "[2001:DB8:0:0:0:0:0:AB]");
    }

    #[test]
    fn uris_name_the_transport_unless_it_is_udp() {
        let write = |transport, udp| uri(transport, b"10.0.0.1", 5070, udp).to_string();
        assert_eq!(
            write(Transport::Udp, UdpParameter::LeftOut),
            "sip:10.0.0.1:5070"
        );
        assert_eq!(
            write(Transport::Udp, UdpParameter::Written),
            "sip:10.0.0.1:5070;transport=udp"
        );
        assert_eq!(
            write(Transport::Wss, UdpParameter::LeftOut),
            "sip:10.0.0.1:5070;transport=ws"
        );
        assert_eq!(socket(Transport::Tls, b"[::1]", 5061), "tls:[::1]:5061");
    }
}
