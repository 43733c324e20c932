//! Calls through a proxy of a few lines, as it should be and with one thing wrong at a time.

use super::*;
use crate::bench::fake_server::{FakeServer, free_address, load, reply};
use crate::bench::load;
use crate::bench::tally::Outcome;
use crate::bench::workload::Exchange;

/// What the proxy sends in place of the message it should, which is its argument.
type Spoil = fn(String) -> String;

fn text(message: &[u8]) -> String {
    String::from_utf8(message.to_vec()).unwrap()
}

/// The request as it goes on: one Via more, one hop less, recorded, without the Route that led here.
fn forwarded(request: &[u8], server: SocketAddrV4) -> String {
    let own = format!("\r\nVia: SIP/2.0/UDP {server};branch=z9hG4bKp\r\nVia:");
    let route = format!("Route: <sip:{server};lr>\r\n");
    let text = text(request)
        .replacen("\r\nVia:", &own, 1)
        .replace(&route, "")
        .replace("Max-Forwards: 70", "Max-Forwards: 69");
    match text.starts_with("INVITE") {
        true => text.replacen("\r\nVia:", &format!("\r\nRecord-{route}Via:"), 1),
        false => text,
    }
}

/// A response without its first Via.
fn returned(response: &[u8]) -> String {
    let text = text(response);
    let start = text.find("Via:").unwrap();
    let end = start + text[start..].find("\r\n").unwrap() + 2;
    format!("{}{}", &text[..start], &text[end..])
}

/// Calls through a proxy that spoils what it sends to the callee and to the caller.
fn calls(to_callee: Spoil, to_caller: Spoil) -> Outcome {
    let callee = free_address();
    let (mut caller, mut server) = (callee, None);
    let (tell, told) = std::sync::mpsc::channel();
    let proxy = FakeServer::start(move |message, peer| {
        let server = *server.get_or_insert_with(|| told.recv().unwrap());
        if status(message).is_some() {
            let response = to_caller(returned(message));
            return vec![(response.into_bytes(), caller)];
        }
        caller = peer;
        let request = to_callee(forwarded(message, server));
        let mut sent = vec![(request.into_bytes(), callee)];
        if first_line_word(message, 0) == b"INVITE" {
            let trying = to_caller(text(&reply(message, "100 Trying", "")));
            sent.push((trying.into_bytes(), peer));
        }
        sent
    });
    tell.send(proxy.address).unwrap();
    let mut load = load(Exchange::Call, proxy.address, Some(callee));
    load.patience = Duration::from_millis(300);
    load::run(load).unwrap()
}

fn as_it_is(message: String) -> String {
    message
}

#[test]
fn a_call_that_goes_as_it_should_is_one_unit() {
    let outcome = calls(as_it_is, as_it_is);
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    assert_eq!((outcome.sent, outcome.answered), (20, 20));
    assert_eq!(outcome.forwarded, 60);
    let least = outcome.latencies_us.first().copied().unwrap();
    assert!(least >= RINGING.as_micros() as u32, "{least}");
}

#[test]
fn what_a_proxy_spoils_is_a_fault() {
    let cases: &[(Spoil, Spoil, &str)] = &[
        (
            |text| text.replace("Record-Route:", "X-Route:"),
            as_it_is,
            "a call without exactly one Record-Route",
        ),
        (
            |text| text.replace(";lr>", ">"),
            as_it_is,
            "a Record-Route other than the server's",
        ),
        (
            |text| text.replace("a=ptime:20", "a=ptime:30"),
            as_it_is,
            "an INVITE with another body",
        ),
        (
            |text| text.replace("BYE sip:callee", "BYE sip:nobody"),
            as_it_is,
            "a request in the dialog with another request URI",
        ),
        (
            |text| text.replacen("ACK ", "INFO ", 1),
            as_it_is,
            "a call without ACK at the callee",
        ),
        (
            as_it_is,
            |text| text.replacen("SIP/2.0 180", "SIP/2.0 183", 1),
            "another status than the right one",
        ),
        (
            as_it_is,
            |text| text.replacen("SIP/2.0 100", "SIP/2.0 180", 1),
            "a call without 100",
        ),
        (
            as_it_is,
            |text| text.replace("a=ptime:20", "a=ptime:30"),
            "a response with another body",
        ),
    ];
    for (to_callee, to_caller, fault) in cases {
        let outcome = calls(*to_callee, *to_caller);
        assert_eq!(outcome.answered, 0, "{fault}: {:?}", outcome.faults);
        assert!(
            outcome.faults.contains_key(fault),
            "{fault}: {:?}",
            outcome.faults
        );
    }
}

#[test]
fn a_call_that_is_refused_ends_without_success() {
    let server = FakeServer::start(|request, peer| {
        vec![(reply(request, "503 Service Unavailable", ""), peer)]
    });
    let outcome = load::run(load(Exchange::Call, server.address, Some(free_address()))).unwrap();
    assert_eq!((outcome.sent, outcome.answered), (20, 0));
    assert_eq!(outcome.faults["another status than the right one"], 20);
}

#[test]
fn what_another_run_left_behind_is_answered() {
    let callee = free_address();
    let stray =
        text(b"BYE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP z\r\nCall-ID: 1.0@bench.invalid\r\n\r\n");
    let server = FakeServer::start(move |message, _| match status(message) {
        Some(code) => {
            assert_eq!(code, 481);
            vec![]
        }
        None => vec![(stray.clone().into_bytes(), callee)],
    });
    let mut load = load(Exchange::Call, server.address, Some(callee));
    load.patience = Duration::from_millis(100);
    let outcome = load::run(load).unwrap();
    assert_eq!(outcome.answered, 0);
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
}
