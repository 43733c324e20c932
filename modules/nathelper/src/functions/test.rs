//! Finding out NATs.

use crate::private::Private;
use crate::{Nathelper, contact};
use module_api::{Call, Text, Verdict, script_function};
use sip::sdp::Sdp;
use sip::{Message, Rport, Transport, Uri};
use std::net::IpAddr;

/// One test of `nat_uac_test`, by its bit.
type Test = (i64, fn(Private, &Call) -> bool);

const TESTS: [Test; 10] = [
    (1, |private, call| {
        with_contact(call, |uri| private.is_host(uri.host()))
    }),
    (2, |_, call| differs_from_via(call)),
    (4, |private, call| {
        let message = &call.message;
        let via = message.top_via();
        via.is_ok_and(|via| private.is_host(message.text(via.host)))
    }),
    (8, |private, call| {
        with_description(&call.message, |sdp| {
            // A stream on hold, which has no address, ends the search (observed on 5.6.3).
            let mut addresses = addresses(sdp).take_while(|address| *address != b"0.0.0.0");
            addresses.any(|address| private.is_host(address))
        })
    }),
    (16, |_, call| {
        let via = call.message.top_via();
        via.is_ok_and(|via| via.port.unwrap_or(5060) != call.reception.peer.port())
    }),
    (32, |private, call| {
        private.contains(call.reception.peer.ip())
    }),
    (64, |_, call| is_web_socket(call.reception.transport)),
    (128, |_, call| {
        with_contact(call, |uri| {
            uri.port().unwrap_or(5060) != call.reception.peer.port()
        })
    }),
    (256, |_, call| {
        let source = call.reception.peer.ip();
        with_description(&call.message, |sdp| {
            let sessions = sdp.sessions().iter();
            let mut connections = sessions.filter_map(|session| sdp.connection(session.common));
            connections.any(|connection| {
                // A name is not compared (observed on 5.6.3).
                let address = sip::parse_address(sdp.text(connection.address));
                address.is_some_and(|address| address != source)
            })
        })
    }),
    (512, |_, call| {
        if call.message.is_request() {
            has_other_next_hop(call)
        } else {
            differs_from_upstream(&call.message)
        }
    }),
];

/// Whether the sender seems to be behind a NAT: whether one of the tests in `flags` says so.
///
/// 1: the Contact is a private address. 2: the top Via names another address than the source. 4: that is a private address.
/// 8: the session description has a private address. 16: the top Via has another port than the source. 32: the source is a private
/// address. 64: it came by WebSocket. 128: the Contact has another port than the source. 256: the session's address is not the
/// source. 512: `$du` and `$ru`, or in a response the second Via and its `received`, differ.
///
/// ```cfg
/// if (nat_uac_test("19")) force_rport();
/// ```
#[script_function(nat_uac_test, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn nat_uac_test(nathelper: &Nathelper, call: &mut Call, flags: i64) -> Verdict {
    let private = nathelper.private();
    let found = TESTS
        .iter()
        .any(|(bit, test)| flags & bit != 0 && test(private, call));
    Verdict::of(found)
}

/// Whether `address` is a private one.
///
/// ```cfg
/// if (is_rfc1918("192.168.1.1")) xinfo("private\n");   # log: private
/// ```
#[script_function(is_rfc1918, routes = ANY)]
fn is_rfc1918(nathelper: &Nathelper, call: &mut Call, address: Text) -> Verdict {
    match sip::parse_address(&address) {
        Some(address) => Verdict::of(nathelper.private().contains(address)),
        None => {
            call.error(format_args!("`{address}` is no address"));
            Verdict::FALSE
        }
    }
}

impl Nathelper {
    fn private(&self) -> Private {
        Private {
            with_reserved: self.params.nat_addr_mode,
        }
    }
}

/// Tests the URI of the Contact: the one that this module has put there, if it has (observed on 5.6.3).
fn with_contact(call: &Call, test: impl Fn(&Uri<'_>) -> bool) -> bool {
    let Some(address) = contact::address(&call.message) else {
        return false;
    };
    if let Some(changed) = call.edits.replacement(address.uri) {
        let changed = changed.strip_prefix(b"<").unwrap_or(changed);
        let changed = changed.strip_suffix(b">").unwrap_or(changed);
        return Uri::parse(changed).is_ok_and(|uri| test(&uri));
    }
    contact::uri(&call.message, &address).is_some_and(|uri| test(&uri))
}

fn with_description(message: &Message, test: impl Fn(&Sdp<'_>) -> bool) -> bool {
    let span = message.session_description();
    let sdp = span.and_then(|span| Sdp::parse(message.buffer(), span).ok());
    sdp.is_some_and(|sdp| sdp.check().is_ok() && test(&sdp))
}

/// The address of each stream: its own, else that of its session.
fn addresses<'s>(sdp: &'s Sdp<'_>) -> impl Iterator<Item = &'s [u8]> {
    sdp.media().iter().filter_map(|media| {
        let session = sdp.sessions().get(media.session)?;
        let connection = sdp.connection(media.whole);
        let connection = connection.or_else(|| sdp.connection(session.common))?;
        Some(sdp.text(connection.address))
    })
}

fn differs_from_via(call: &Call) -> bool {
    let via = call.message.top_via();
    via.is_ok_and(|via| {
        let address: Option<IpAddr> = via.host_address(call.message.buffer());
        address != Some(call.reception.peer.ip())
    })
}

fn is_web_socket(transport: Transport) -> bool {
    matches!(transport, Transport::Ws | Transport::Wss)
}

/// Whether the request goes elsewhere than its Request-URI says, or to a WebSocket.
fn has_other_next_hop(call: &Call) -> bool {
    let Ok(target) = Uri::parse(call.request_uri()) else {
        return false;
    };
    let is_web_socket = |uri: &Uri<'_>| uri.transport().is_some_and(is_web_socket);
    if is_web_socket(&target) {
        return true;
    }
    let next_hop = call.target.destination_uri.as_deref();
    next_hop
        .and_then(|uri| Uri::parse(uri).ok())
        .is_some_and(|hop| {
            hop.host() != target.host()
                || hop.port().unwrap_or(5060) != target.port().unwrap_or(5060)
                || is_web_socket(&hop)
        })
}

/// Whether the second Via of a response says that its request came from elsewhere.
fn differs_from_upstream(message: &Message) -> bool {
    let Some(Ok(via)) = message.vias().nth(1) else {
        return false;
    };
    let received = via.received.map(|received| message.text(received));
    let has_moved = received
        .is_some_and(|received| sip::parse_address(received) != via.host_address(message.buffer()));
    let is_mapped = match via.rport {
        Rport::Value(port) => port != via.port.unwrap_or(5060),
        _ => false,
    };
    has_moved || is_mapped || via.transport.is_some_and(is_web_socket)
}
