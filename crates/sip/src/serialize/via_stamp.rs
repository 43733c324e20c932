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

    /// What has to be done to `via`, in the order of the places. Parameters that are there are replaced, others go behind the
    /// last one, `rport` first.
    pub(super) fn changes(&self, via: &Via, buffer: &[u8]) -> SmallVec<[(Span, Stamp); 2]> {
        let mut changes: SmallVec<[(Span, Stamp); 2]> = SmallVec::new();
        let stamps = [
            self.rport.map(Stamp::Rport),
            self.received.map(Stamp::Received),
        ];
        for stamp in stamps.into_iter().flatten() {
            let there = via.param(buffer, stamp.name()).map(|param| param.span);
            changes.push((there.unwrap_or(Span::point(via.params.end)), stamp));
        }
        changes.sort_by_key(|(span, _)| span.start);
        changes
    }
}

/// One parameter of a [`ViaStamp`].
#[derive(Clone, Copy)]
pub(super) enum Stamp {
    Rport(u16),
    Received(IpAddr),
}

impl Stamp {
    fn name(self) -> &'static [u8] {
        match self {
            Stamp::Rport(_) => b"rport",
            Stamp::Received(_) => b"received",
        }
    }

    pub fn write(self, out: &mut Vec<u8>) {
        out.push(b';');
        out.extend_from_slice(self.name());
        out.push(b'=');
        match self {
            Stamp::Rport(port) => stdx::number::push_decimal(out, port),
            Stamp::Received(address) => push_address(out, address),
        }
    }
}
