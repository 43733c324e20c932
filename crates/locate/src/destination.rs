//! Where a message can be sent.

use std::net::SocketAddr;

use sip::Transport;

/// Transport, address and port of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// What carries the message.
    pub transport: Transport,
    /// Address and port.
    pub address: SocketAddr,
}

/// A set of transports: those that this server has sockets for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportSet(u8);

impl TransportSet {
    /// The set of these transports.
    pub fn of(transports: impl IntoIterator<Item = Transport>) -> TransportSet {
        TransportSet(
            transports
                .into_iter()
                .fold(0, |bits, one| bits | 1 << one as u8),
        )
    }

    /// Whether the transport is in the set.
    pub const fn contains(self, transport: Transport) -> bool {
        self.0 >> transport as u8 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_made_of() {
        let set = TransportSet::of([Transport::Udp, Transport::Wss]);
        let members: Vec<_> = Transport::ALL
            .into_iter()
            .filter(|transport| set.contains(*transport))
            .collect();
        assert_eq!(members, [Transport::Udp, Transport::Wss]);
    }
}
