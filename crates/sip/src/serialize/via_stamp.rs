//! `received` and `rport`: what we know better than the sender about where its request came from.

use std::net::{IpAddr, SocketAddr};

use smallvec::SmallVec;

use super::push_address;
use crate::{Rport, Span, Via};

/// What is written into the top Via of a request (RFC 3261 §18.2.1, RFC 3581 §4): in its forwarded copy, and in responses to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ViaStamp {
    /// The address that the request came from.
    pub received: Option<IpAddr>,
    /// The port that the request came from.
    pub rport: Option<u16>,
}

/// Whether `rport` is filled in unasked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RportPolicy {
    /// Only into an `rport` parameter that is there.
    AsAsked,
    /// Always, as `force_rport()` and the `force_rport` core parameter want it.
    Forced,
}

impl ViaStamp {
    /// Nothing to be written.
    pub const NONE: ViaStamp = ViaStamp {
        received: None,
        rport: None,
    };

    /// What a request from `source` with that top Via gets: `received` when the Via's host is not the source address, when it
    /// asks for `rport`, or when it already claims a `received`; `rport` when asked for or forced.
    pub fn new(via: &Via, buffer: &[u8], source: SocketAddr, policy: RportPolicy) -> ViaStamp {
        let asks = via.rport != Rport::Absent;
        let is_elsewhere = via.host_address(buffer) != Some(source.ip());
        ViaStamp {
            received: (asks || is_elsewhere || via.received.is_some()).then_some(source.ip()),
            rport: (asks || policy == RportPolicy::Forced).then_some(source.port()),
        }
    }

    /// Whether there is nothing to write.
    pub fn is_none(&self) -> bool {
        *self == ViaStamp::NONE
    }

    /// What has to be done to `via`, in the order of the places. Parameters that are there are replaced, others are added,
    /// `rport` first.
    pub(super) fn changes(&self, via: &Via, added: Added) -> SmallVec<[(Span, Stamp); 2]> {
        let place = |param: Span| match added {
            _ if !param.is_empty() => param,
            Added::First => Span::point(via.params.start),
            Added::Last => Span::point(via.params.end),
        };
        let mut changes: SmallVec<[(Span, Stamp); 2]> = SmallVec::new();
        if let Some(port) = self.rport {
            changes.push((place(via.rport_param), Stamp::Rport(port)));
        }
        if let Some(address) = self.received {
            changes.push((place(via.received_param), Stamp::Received(address)));
        }
        // What is added at the place of another goes before it.
        if let [(rport, _), (received, _)] = &changes[..]
            && (received.start < rport.start
                || (received.start == rport.start && received.is_empty() && !rport.is_empty()))
        {
            changes.swap(0, 1);
        }
        changes
    }
}

/// Where parameters go that the Via does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Added {
    /// Before all others: in forwarded requests (observed on 5.6.3).
    First,
    /// Behind all others: in responses (observed on 5.6.3).
    Last,
}

/// One parameter of a [`ViaStamp`].
#[derive(Clone, Copy)]
pub(super) enum Stamp {
    Rport(u16),
    Received(IpAddr),
}

impl Stamp {
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Stamp::Rport(port) => {
                out.extend_from_slice(b";rport=");
                stdx::number::push_decimal(out, port);
            }
            Stamp::Received(address) => {
                out.extend_from_slice(b";received=");
                push_address(out, address);
            }
        }
    }
}
