//! Script functions.

use crate::status::{Code, Reason};
use crate::{Sl, reply};
use module_api::relay::{self, ChangedStatus};
use module_api::{Call, Step, Text, Verdict, script_function};
use sip::Method;

/// Answers the request with `code` and `reason`, without a transaction.
///
/// The `code` is 100 to 699; any below 1000 is sent. Where one of both has no value, or the `code` is negative, `default_code` or
/// `default_reason` takes its place. Nothing is sent for an ACK.
///
/// ```cfg
/// sl_send_reply("404", "Not here");
/// ```
#[script_function(sl_send_reply, aliases(sl_reply), routes = REQUEST | EVENT | FAILURE, waits, answers)]
fn sl_send_reply(sl: &Sl, call: &mut Call, code: Code, reason: Reason) -> Step {
    let (code, reason) = (code.or_default(sl), reason.or_default(sl));
    reply::send(sl, call, code, &reason)
}

/// Answers the request with `code` and `reason`: in its transaction when there is one, else without.
///
/// ```cfg
/// send_reply("480", "Away");
/// ```
#[script_function(send_reply, routes = REQUEST | FAILURE | REPLY | EVENT, waits, answers)]
fn send_reply(sl: &Sl, call: &mut Call, code: Code, reason: Reason) -> Step {
    let (code, reason) = (code.or_default(sl), reason.or_default(sl));
    sl.respond(call, code, &reason)
}

/// Answers as `send_reply` does, with what the bits of `mode` ask for: 1 opens no connection for the response, 2 closes the
/// connection behind it.
///
/// ```cfg
/// send_reply_mode("404", "Not here", "3");
/// ```
#[script_function(send_reply_mode, routes = REQUEST | FAILURE | REPLY, waits, answers)]
fn send_reply_mode(sl: &Sl, call: &mut Call, code: Code, reason: Reason, mode: i64) -> Step {
    let (code, reason) = (code.or_default(sl), reason.or_default(sl));
    let marks = &mut call.flags.marks;
    marks.reply_no_connect |= mode & 1 != 0;
    marks.reply_close |= mode & 2 != 0;
    sl.respond(call, code, &reason)
}

/// Sends the response on to the next Via at once, with another `code` of the same class and another `reason` if given.
///
/// Without a `drop` it is sent on again, as it came, when the route ends.
///
/// ```cfg
/// reply_route {
///     if (status == "408") {
///         sl_forward_reply("486", "Busy");
///         drop;
///     }
/// }
/// ```
#[script_function(sl_forward_reply, routes = REPLY)]
fn sl_forward_reply(call: &mut Call, code: Option<Text>, reason: Option<Text>) -> Verdict {
    if call.message.is_request() {
        call.error(format_args!("a request cannot be sent on as a response"));
        return Verdict::FALSE;
    }
    let received = call.message.status();
    let status = match code.filter(|code| !code.is_empty()) {
        None => received,
        Some(code) => {
            let number = stdx::number::parse_u64(&code).and_then(|code| u16::try_from(code).ok());
            let Some(status) = number.filter(|status| status / 100 == received / 100) else {
                call.error(format_args!(
                    "a response {received} cannot go on as {code}: that is no status of its class"
                ));
                return Verdict::FALSE;
            };
            status
        }
    };
    let reason = reason.filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| Text::from(call.message.reason()));
    let before = call.notes.take::<ChangedStatus>();
    call.notes.set(ChangedStatus { status, reason });
    let is_sent = relay::forward_response(call);
    call.notes.take::<ChangedStatus>();
    if let Some(before) = before {
        call.notes.set(before);
    }
    Verdict::of(is_sent)
}

/// Answers the request with the status that fits the last error, without a transaction.
///
/// A request that has a transaction is answered there when its script ends; nothing is sent for it here (-3). An ACK is not
/// answered either, which is no failure.
///
/// ```cfg
/// sl_reply_error();
/// ```
#[script_function(sl_reply_error, routes = REQUEST, waits, answers)]
fn sl_reply_error(sl: &Sl, call: &mut Call) -> Step {
    if call.transaction.is_some() {
        return Verdict(-3).into();
    }
    if call.message.method() == Method::Ack {
        // Observed on 5.6.3.
        return Verdict::TRUE.into();
    }
    let (code, reason) = last_error(call);
    sl.counters.errors.increment();
    reply::send(sl, call, code, &Text::from_static(reason))
}

/// What is said of why the request could not be forwarded, in the words of 5.6.3.
fn last_error(call: &Call) -> (i64, &'static str) {
    let forwarded = call.notes.get::<relay::NotForwarded>();
    match forwarded.map(|not| not.0.0) {
        Some(-477) => (
            477,
            "Unfortunately error on sending to next hop occurred (477/SL)",
        ),
        Some(-478) => (478, "Unresolvable destination (478/SL)"),
        Some(-479) => (
            479,
            "Regretfully, we were not able to process the URI (479/SL)",
        ),
        _ => (500, "I'm terribly sorry, server error occurred (1/SL)"),
    }
}

/// Answers the request with the status that fits the last error: in its transaction when there is one, else without.
///
/// ```cfg
/// send_reply_error();
/// ```
#[script_function(send_reply_error, routes = REQUEST, waits, answers)]
fn send_reply_error(sl: &Sl, call: &mut Call) -> Step {
    let (code, reason) = (sl.params.default_code, sl.params.default_reason.clone());
    if let Some(verdict) = sl.respond_stateful(call, code, &reason) {
        return verdict.into();
    }
    sl.counters.errors.increment();
    reply::send(sl, call, code, &reason)
}

#[cfg(test)]
mod tests {
    use testkit::Bench;

    /// Whether a response of this mode may open no connection, and closes its own.
    fn treatment(mode: u8) -> (bool, bool) {
        let configuration =
            format!("request_route {{ send_reply_mode(\"404\", \"Not here\", \"{mode}\"); }}");
        let configuration = format!("loadmodule \"sl.so\"\n{configuration}\n");
        let mut bench = Bench::new(&configuration, &[&crate::MODULE], 1).unwrap();
        let request = "OPTIONS sip:bob@example.org SIP/2.0\r\n\
            Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n\
            From: <sip:alice@example.org>;tag=a\r\n\
            To: <sip:bob@example.org>\r\n\
            Call-ID: 1\r\n\
            CSeq: 1 OPTIONS\r\n\r\n";
        assert!(bench.receive("127.0.0.1:5060".parse().unwrap(), request));
        let sent = bench.take_sent();
        assert_eq!(sent.len(), 1);
        (sent[0].delivery.no_connect, sent[0].delivery.close_after)
    }

    #[test]
    fn the_mode_says_how_the_connection_of_a_response_is_treated() {
        assert_eq!(treatment(0), (false, false));
        assert_eq!(treatment(1), (true, false));
        assert_eq!(treatment(2), (false, true));
        assert_eq!(treatment(3), (true, true));
    }

    /// Observed on 5.6.3.
    #[test]
    fn an_ack_that_was_waited_for_passes_the_event_route_before_the_script_and_not_the_script() {
        let configuration = "loadmodule \"sl.so\"\nloadmodule \"xlog.so\"\n\
            event_route[core:pre-routing] { xnotice(\"before\"); }\n\
            request_route { xnotice(\"route\"); sl_send_reply(\"404\", \"Not here\"); }\n";
        let modules = [&crate::MODULE, &mod_xlog::MODULE];
        let mut bench = Bench::new(configuration, &modules, 1).unwrap();
        let peer = "127.0.0.1:5060".parse().unwrap();
        let request = |method, tag: &str| {
            format!(
                "{method} sip:bob@example.org SIP/2.0\r\n\
                Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n\
                From: <sip:alice@example.org>;tag=a\r\n\
                To: <sip:bob@example.org>{tag}\r\n\
                Call-ID: 1\r\n\
                CSeq: 1 {method}\r\n\r\n"
            )
        };
        assert!(bench.receive(peer, &request("INVITE", "")));
        let sent = bench.take_sent();
        let response = &sent[0].text;
        let (_, rest) = response.split_once("To: <sip:bob@example.org>").unwrap();
        let (tag, _) = rest.split_once("\r\n").unwrap();
        assert!(bench.receive(peer, &request("ACK", tag)));
        let log = bench.log();
        let said = |word: &str| log.iter().filter(|line| line.ends_with(word)).count();
        assert_eq!((said("before"), said("route")), (2, 1), "{log:?}");
    }
}
