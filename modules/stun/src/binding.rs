//! Binding requests and their answers (RFC 5389 §6, §7, §15).

use std::net::{IpAddr, SocketAddr};

const HEADER_OCTETS: usize = 20;
const COOKIE: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const MAPPED_ADDRESS: u16 = 0x0001;
/// From where it is to be answered (RFC 5780 §7.2).
const CHANGE_REQUEST: u16 = 0x0003;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
const REALM: u16 = 0x0014;
const NONCE: u16 = 0x0015;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const FINGERPRINT: u16 = 0x8028;
/// Attributes from here on may be passed over.
const OPTIONAL: u16 = 0x8000;
/// What a fingerprint is XORed with.
const FINGERPRINT_XOR: u32 = 0x5354_554E;

/// Whether octets are a STUN message: no SIP message begins so.
pub fn is_stun(octets: &[u8]) -> bool {
    let Some((header, rest)) = octets.split_first_chunk::<HEADER_OCTETS>() else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    header[0] & 0b1100_0000 == 0 && length.is_multiple_of(4) && length == rest.len()
}

/// The answer to a message from `peer`; none to what is no binding request.
pub fn answer(octets: &[u8], peer: SocketAddr) -> Option<Vec<u8>> {
    let (header, attributes) = octets.split_first_chunk::<HEADER_OCTETS>()?;
    if u16::from_be_bytes([header[0], header[1]]) != BINDING_REQUEST {
        return None;
    }
    let has_cookie = header.get(4..8)? == COOKIE.to_be_bytes();
    let identity: [u8; 16] = *header.last_chunk()?;
    let request = Attributes::read(attributes)?;
    // RFC 3489 knows no comprehension rules, and no XOR.
    let unknown = if has_cookie {
        &request.unknown[..]
    } else {
        &[]
    };
    let mut out = Vec::with_capacity(64);
    let kind = if unknown.is_empty() {
        BINDING_SUCCESS
    } else {
        BINDING_ERROR
    };
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&identity);
    if !unknown.is_empty() {
        push(&mut out, ERROR_CODE, b"\0\0\x04\x14Unknown Attribute");
        let list: Vec<u8> = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
        push(&mut out, UNKNOWN_ATTRIBUTES, &list);
    } else if has_cookie {
        push(&mut out, XOR_MAPPED_ADDRESS, &address(peer, &identity));
    } else {
        push(&mut out, MAPPED_ADDRESS, &address(peer, &[0; 16]));
    }
    set_length(&mut out, 0);
    if request.has_fingerprint {
        set_length(&mut out, 8);
        let print = stdx::hash::crc32(&out) ^ FINGERPRINT_XOR;
        push(&mut out, FINGERPRINT, &print.to_be_bytes());
    }
    Some(out)
}

/// What is looked at in a request.
struct Attributes {
    unknown: Vec<u16>,
    has_fingerprint: bool,
}

impl Attributes {
    /// Reads them; none when they are broken.
    fn read(mut octets: &[u8]) -> Option<Attributes> {
        let mut read = Attributes {
            unknown: Vec::new(),
            has_fingerprint: false,
        };
        while !octets.is_empty() {
            let ([first, second, third, fourth], rest) = octets.split_first_chunk::<4>()?;
            let kind = u16::from_be_bytes([*first, *second]);
            let length = usize::from(u16::from_be_bytes([*third, *fourth]));
            let value = rest.get(..length)?;
            octets = rest.get(length.next_multiple_of(4)..)?;
            match kind {
                // Observed on 5.6.3, which answers from here whatever is asked: who does not ask for another address gets an answer.
                CHANGE_REQUEST if value.iter().all(|octet| *octet == 0) => {}
                USERNAME | MESSAGE_INTEGRITY | REALM | NONCE => {}
                FINGERPRINT => read.has_fingerprint = true,
                kind if kind < OPTIONAL => read.unknown.push(kind),
                _ => {}
            }
        }
        Some(read)
    }
}

/// Family, port and address, XORed with the octets behind the length of the header.
fn address(peer: SocketAddr, key: &[u8; 16]) -> Vec<u8> {
    let mut out = vec![0, if peer.is_ipv4() { 1 } else { 2 }];
    let xor = |out: &mut Vec<u8>, octets: &[u8]| {
        out.extend(octets.iter().zip(key).map(|(octet, key)| octet ^ key));
    };
    xor(&mut out, &peer.port().to_be_bytes());
    match peer.ip() {
        IpAddr::V4(address) => xor(&mut out, &address.octets()),
        IpAddr::V6(address) => xor(&mut out, &address.octets()),
    }
    out
}

fn push(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

/// Writes the length into the header, as if `more` octets were to come.
fn set_length(out: &mut [u8], more: usize) {
    let length = (out.len() + more).saturating_sub(HEADER_OCTETS) as u16;
    if let Some(place) = out.get_mut(2..4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cookie: u32, attributes: &[u8]) -> Vec<u8> {
        let length = (attributes.len() as u16).to_be_bytes();
        let mut out = vec![0, 1, length[0], length[1]];
        out.extend_from_slice(&cookie.to_be_bytes());
        out.extend_from_slice(&[
            0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
        ]);
        out.extend_from_slice(attributes);
        out
    }

    /// The addresses are those of RFC 5769 §2.2 and §2.3.
    #[test]
    fn the_source_is_told_xored() {
        let asked = request(COOKIE, &[]);
        assert!(is_stun(&asked));
        let answered = answer(&asked, "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(answered[..4], [1, 1, 0, 12]);
        assert_eq!(
            answered[20..],
            [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
        );
        let peer = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
        let answered = answer(&asked, peer.parse().unwrap()).unwrap();
        let expected = [
            0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc,
            0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(answered[20..], expected);
    }

    #[test]
    fn without_the_cookie_it_is_told_plainly() {
        let answered = answer(&request(7, &[]), "192.0.2.1:258".parse().unwrap()).unwrap();
        assert_eq!(answered[20..], [0, 1, 0, 8, 0, 1, 1, 2, 192, 0, 2, 1]);
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_refused() {
        let asked = request(COOKIE, &[0, 0x24, 0, 4, 1, 2, 3, 4]);
        let answered = answer(&asked, "192.0.2.1:1".parse().unwrap()).unwrap();
        assert_eq!(answered[..2], [1, 0x11]);
        assert!(answered.windows(4).any(|window| window == [0, 0x24, 0, 0]));
        let change = |flags| request(COOKIE, &[0, 3, 0, 4, 0, 0, 0, flags]);
        let kind = |flags| answer(&change(flags), "192.0.2.1:1".parse().unwrap()).unwrap()[1];
        assert_eq!([kind(0), kind(6)], [1, 0x11]);
    }

    #[test]
    fn other_octets_are_left_alone() {
        for octets in [
            &b""[..],
            b"\0\0\0\0",
            b"OPTIONS sip:a SIP/2.0\r\n\r\n",
            &[0; 19],
            &[0x80; 20],
        ] {
            assert!(!is_stun(octets));
        }
        let broken = request(COOKIE, &[0x80, 0x22, 0, 200]);
        assert!(is_stun(&broken) && answer(&broken, "192.0.2.1:1".parse().unwrap()).is_none());
        assert_eq!(stdx::hash::crc32(b"123456789"), 0xCBF4_3926);
    }
}
