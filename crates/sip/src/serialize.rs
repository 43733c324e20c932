//! Messages to bytes: forwarded requests and responses, responses to requests, CANCEL and ACK of one hop.
//!
//! Everything is written into a buffer of the caller's, in one pass, as slices of the received message and of the edits.

mod forward;
mod hop_by_hop;
mod response;
mod splice;
mod via_stamp;

pub use forward::{ForwardedRequest, ForwardedResponse, write_edited};
pub use hop_by_hop::{HopByHop, HopByHopRequest};
pub use response::{Body, Response};
pub use via_stamp::{RportPolicy, ViaStamp};

use std::net::IpAddr;

use crate::Deferred;

/// Fills in [`crate::Content::Deferred`] pieces while a message is written.
pub type FillDeferred<'a> = &'a mut dyn FnMut(&Deferred, &mut Vec<u8>);

/// A [`FillDeferred`] for messages without deferred pieces: writes nothing.
pub fn nothing_deferred(_: &Deferred, _: &mut Vec<u8>) {}

/// How the message will be delimited on its way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delimited {
    /// By the datagram or WebSocket frame that carries it: a missing Content-Length stays missing.
    ByTransport,
    /// By its Content-Length, which is added when missing (RFC 3261 §18.3) and corrected when wrong.
    ByContentLength,
}

/// Appends an address as SIP writes it outside of hosts (`received=`): no brackets around IPv6.
pub fn push_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                push_octet(out, octet);
            }
        }
        IpAddr::V6(address) => {
            use std::io::Write;
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{address}");
        }
    }
}

/// Appends a number of so few digits that copying them from elsewhere is more work.
#[inline]
fn push_octet(out: &mut Vec<u8>, octet: u8) {
    if octet >= 100 {
        out.push(b'0' + octet / 100);
    }
    if octet >= 10 {
        out.push(b'0' + octet / 10 % 10);
    }
    out.push(b'0' + octet % 10);
}

/// Appends an address as a host: IPv6 in brackets.
pub fn push_host(out: &mut Vec<u8>, address: IpAddr) {
    if address.is_ipv6() {
        out.push(b'[');
        push_address(out, address);
        out.push(b']');
    } else {
        push_address(out, address);
    }
}

#[cfg(test)]
mod tests;
