//! Tokens: a flow's addresses in octets behind the first ten octets of their HMAC-SHA1, in base64 (RFC 5626 §5.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use module_api::Text;
use sha1::{Digest, Sha1};
use sip::Transport;
use std::net::{IpAddr, SocketAddr};

const MAC_OCTETS: usize = 10;
const BLOCK_OCTETS: usize = 64;

/// The way a request came: transport and both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// Their end.
    pub peer: SocketAddr,
}

/// Why a text names no flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// It does not look like a token.
    #[error("it is no flow token")]
    NotAToken,
    /// It looks like one, but it was not made with our key.
    #[error("the flow token was not made by us")]
    Tampered,
}

impl Flow {
    /// The URI of their end: `sip:192.0.2.1:5060;transport=tcp`.
    pub fn uri(&self) -> Text {
        let mut out = Vec::with_capacity(48);
        out.extend_from_slice(b"sip:");
        sip::serialize::push_host(&mut out, self.peer.ip());
        out.push(b':');
        stdx::number::push_decimal(&mut out, i64::from(self.peer.port()));
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(self.transport.name().as_bytes());
        Text::from(out)
    }

    /// Transport and address family, then both ends.
    fn octets(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(40);
        out.push(self.transport as u8 | u8::from(self.peer.is_ipv6()) << 7);
        for end in [self.local, self.peer] {
            match end.ip() {
                IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
                IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
            }
            out.extend_from_slice(&end.port().to_be_bytes());
        }
        out
    }

    fn from_octets(octets: &[u8]) -> Option<Flow> {
        let (first, ends) = octets.split_first()?;
        let transport = Transport::ALL
            .into_iter()
            .find(|transport| *transport as u8 == first & 0x7f)?;
        let is_v6 = first & 0x80 != 0;
        let expected = if is_v6 { 36 } else { 12 };
        if ends.len() != expected {
            return None;
        }
        let (local, peer) = ends.split_at_checked(expected / 2)?;
        Some(Flow {
            transport,
            local: end(local)?,
            peer: end(peer)?,
        })
    }
}

fn end(octets: &[u8]) -> Option<SocketAddr> {
    let (address, port) = octets.split_last_chunk::<2>()?;
    let address: IpAddr = match address.len() {
        4 => <[u8; 4]>::try_from(address).ok()?.into(),
        _ => <[u8; 16]>::try_from(address).ok()?.into(),
    };
    Some(SocketAddr::new(address, u16::from_be_bytes(*port)))
}

/// What tokens are signed with.
#[derive(Clone, Copy)]
pub struct Key([u8; 20]);

impl Key {
    /// The key that a phrase stands for.
    pub fn from_phrase(phrase: &[u8]) -> Key {
        Key(Sha1::digest(phrase).into())
    }

    /// A key that nobody knows.
    pub fn random() -> Key {
        let mut octets = [0; 20];
        if getrandom::fill(&mut octets).is_err() {
            stdx::never!("the system has no randomness");
        }
        Key(octets)
    }

    /// The token of a flow.
    pub fn sign(&self, flow: &Flow) -> Text {
        let octets = flow.octets();
        let token = [&self.mac(&octets)[..], &octets].concat();
        Text::from(URL_SAFE_NO_PAD.encode(token))
    }

    /// The flow that a token names.
    pub fn open(&self, token: &[u8]) -> Result<Flow, FlowError> {
        let octets = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| FlowError::NotAToken)?;
        let (mac, octets) = octets
            .split_first_chunk::<MAC_OCTETS>()
            .ok_or(FlowError::NotAToken)?;
        let flow = Flow::from_octets(octets).ok_or(FlowError::NotAToken)?;
        // Every octet is looked at, so that the time it takes tells nothing.
        let differs = mac
            .iter()
            .zip(self.mac(octets))
            .fold(0, |differs, (left, right)| differs | (left ^ right));
        if differs == 0 {
            Ok(flow)
        } else {
            Err(FlowError::Tampered)
        }
    }

    /// HMAC-SHA1-80 (RFC 2104).
    fn mac(&self, octets: &[u8]) -> [u8; MAC_OCTETS] {
        let padded = |pad: u8| {
            let mut block = [pad; BLOCK_OCTETS];
            for (octet, key) in block.iter_mut().zip(self.0) {
                *octet ^= key;
            }
            block
        };
        let inner = Sha1::new()
            .chain_update(padded(0x36))
            .chain_update(octets)
            .finalize();
        let outer = Sha1::new()
            .chain_update(padded(0x5c))
            .chain_update(inner)
            .finalize();
        let mut mac = [0; MAC_OCTETS];
        mac.iter_mut().zip(outer).for_each(|(to, from)| *to = from);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(local: &str, peer: &str) -> Flow {
        Flow {
            transport: Transport::Tcp,
            local: local.parse().unwrap(),
            peer: peer.parse().unwrap(),
        }
    }

    #[test]
    fn a_token_names_its_flow_to_whoever_has_the_key() {
        let key = Key::from_phrase(b"secret");
        for flow in [
            flow("127.0.0.1:5060", "192.0.2.1:40000"),
            flow("[::1]:5060", "[2001:db8::1]:40000"),
        ] {
            let token = key.sign(&flow);
            assert_eq!(key.open(&token), Ok(flow));
            let other = Key::from_phrase(b"other");
            assert_eq!(other.open(&token), Err(FlowError::Tampered));
        }
        for text in [&b""[..], b"alice", b"+++", b"QUJDREVGR0hJSktMTU5PUA"] {
            assert_eq!(key.open(text), Err(FlowError::NotAToken));
        }
    }

    #[test]
    fn the_mac_is_that_of_rfc_2202() {
        let key = Key([0x0b; 20]);
        let expected = [0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b];
        assert_eq!(key.mac(b"Hi There"), expected);
    }

    #[test]
    fn a_flow_is_reached_by_its_uri() {
        let flow = flow("[::1]:5060", "[2001:db8::1]:40000");
        assert_eq!(
            flow.uri().to_str(),
            Some("sip:[2001:db8::1]:40000;transport=tcp")
        );
    }
}
