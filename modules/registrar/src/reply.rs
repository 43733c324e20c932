//! The header fields of the answer to a REGISTER, and sending it.

use crate::Registrar;
use crate::refusal::Refusal;
use crate::request::Supports;
use mod_usrloc::Binding;
use module_api::{Call, RouteOutcome, Step, Verdict};
use stdx::hash::core_hash;
use stdx::number::push_decimal;

/// An answer that is ready to be sent, kept until `reg_send_reply`.
pub struct PendingReply {
    status: i64,
    reason: &'static [u8],
    /// Its header fields, unless they have been put into every response.
    headers: Vec<u8>,
}

/// What of the request shows in the list of contacts.
pub struct Listing<'a> {
    /// The time, in seconds since 1970.
    pub now: u32,
    /// The name of the address-of-record.
    pub aor: &'a [u8],
    /// What GRUUs are made of; none when the other side does not want any.
    pub gruu: Option<Gruu<'a>>,
}

/// What GRUUs are made of (RFC 5627).
pub struct Gruu<'a> {
    /// User and host of a public one.
    pub public: Vec<u8>,
    /// The host of a temporary one.
    pub host: &'a [u8],
}

/// Appends the Contact header field with all bindings that have not expired.
pub fn write_contacts(
    registrar: &Registrar,
    listing: &Listing<'_>,
    bindings: &[Binding],
    out: &mut Vec<u8>,
) {
    let mut is_first = true;
    for binding in bindings {
        if !binding.facts.is_valid(listing.now) {
            continue;
        }
        out.extend_from_slice(if is_first { b"Contact: " } else { b", " });
        is_first = false;
        write_contact(registrar, listing, binding, out);
    }
    if !is_first {
        out.extend_from_slice(b"\r\n");
    }
}

fn write_contact(
    registrar: &Registrar,
    listing: &Listing<'_>,
    binding: &Binding,
    out: &mut Vec<u8>,
) {
    let (texts, facts) = (binding.texts(), &binding.facts);
    out.push(b'<');
    out.extend_from_slice(texts.contact);
    out.push(b'>');
    if let Ok(q) = u16::try_from(facts.q) {
        out.extend_from_slice(b";q=");
        push_q(out, q);
    }
    out.extend_from_slice(b";expires=");
    push_decimal(out, facts.expires.saturating_sub(listing.now));
    if !texts.received.is_empty() && !registrar.params.received_param.is_empty() {
        out.push(b';');
        out.extend_from_slice(&registrar.params.received_param);
        push_quoted(out, &[texts.received]);
    }
    if texts.instance.is_empty() {
        return;
    }
    if let Some(Gruu { public, host }) = &listing.gruu {
        let bare = texts.instance.strip_prefix(b"<").unwrap_or(texts.instance);
        let bare = bare.strip_suffix(b">").unwrap_or(bare);
        out.extend_from_slice(b";pub-gruu");
        push_quoted(out, &[b"sip:", public, b";gr=", bare]);
        out.extend_from_slice(b";temp-gruu");
        let mut hash = Vec::with_capacity(8);
        stdx::hex::push_number(&mut hash, u64::from(core_hash(listing.aor)));
        push_quoted(out, &[b"sip:", texts.ruid, b"-", &hash, b"@", host, b";gr"]);
    }
    out.extend_from_slice(b";+sip.instance");
    push_quoted(out, &[texts.instance]);
    if facts.reg_id != 0 {
        out.extend_from_slice(b";reg-id=");
        push_decimal(out, facts.reg_id);
    }
}

fn push_quoted(out: &mut Vec<u8>, parts: &[&[u8]]) {
    out.extend_from_slice(b"=\"");
    for part in parts {
        out.extend_from_slice(part);
    }
    out.push(b'"');
}

/// A priority in thousandths in its shortest form: `1`, `0.5`, `0.05`.
fn push_q(out: &mut Vec<u8>, q: u16) {
    push_decimal(out, q / 1000);
    let mut rest = q % 1000;
    if rest == 0 {
        return;
    }
    out.push(b'.');
    let mut unit = 100;
    while rest > 0 && unit > 0 {
        out.push(b'0' + (rest / unit % 10) as u8);
        rest %= unit;
        unit /= 10;
    }
}

/// Appends what a 200 has besides its contacts.
pub fn write_accepted(registrar: &Registrar, supports: &Supports, path: &[u8], out: &mut Vec<u8>) {
    let params = &registrar.params;
    let shows_path = match params.path_mode {
        0 => false,
        1 => supports.path,
        _ => true,
    };
    if shows_path && !path.is_empty() {
        push_line(out, b"Path: ", path);
    }
    write_outbound(registrar, supports, out);
}

/// Appends what a response says of RFC 5626.
fn write_outbound(registrar: &Registrar, supports: &Supports, out: &mut Vec<u8>) {
    let params = &registrar.params;
    match params.outbound_mode {
        0 => return,
        1 => {
            out.extend_from_slice(b"Supported: outbound\r\n");
            if !supports.outbound {
                return;
            }
            out.extend_from_slice(b"Require: outbound\r\n");
        }
        _ => out.extend_from_slice(b"Require: outbound\r\nSupported: outbound\r\n"),
    }
    if params.flow_timer.value > 0 {
        out.extend_from_slice(b"Flow-Timer: ");
        push_decimal(out, params.flow_timer.value);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends what a refusal says of its reason.
pub fn write_refused(
    registrar: &Registrar,
    refusal: Refusal,
    supports: &Supports,
    path: &[u8],
    out: &mut Vec<u8>,
) {
    let params = &registrar.params;
    match refusal {
        Refusal::PathUnsupported => {
            out.extend_from_slice(b"Unsupported: path\r\n");
            push_line(out, b"Path: ", path);
            write_outbound(registrar, supports, out);
        }
        Refusal::OutboundUnsupported => out.extend_from_slice(b"Unsupported: outbound\r\n"),
        Refusal::OutboundNotSupported => {
            out.extend_from_slice(b"Require: outbound\r\nSupported: outbound\r\n");
        }
        Refusal::TooBrief => {
            out.extend_from_slice(b"Min-Expires: ");
            push_decimal(out, params.min_expires.get());
            out.extend_from_slice(b"\r\n");
        }
        _ => {}
    }
    push_line(out, b"P-Registrar-Error: ", refusal.text());
    if refusal.status().0 >= 500 && params.retry_after.get() > 0 {
        out.extend_from_slice(b"Retry-After: ");
        push_decimal(out, params.retry_after.get());
        out.extend_from_slice(b"\r\n");
    }
}

fn push_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// How the answer of a `save` is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// It is sent.
    Now,
    /// It is left to `reg_send_reply`.
    Later,
    /// The same, and unless it is a refusal its header fields go into any other response too.
    LaterWithHeaders,
    /// There is none: a response was handled.
    Never,
}

/// The buffer that the header fields of an answer are written to; to be handed back to [`finish`].
pub fn headers(call: &mut Call, answering: Answering) -> Vec<u8> {
    match answering {
        Answering::Now => std::mem::take(&mut call.response_extras.headers),
        _ => Vec::new(),
    }
}

/// Answers, or keeps the answer; the verdict of the function is `code`.
pub fn finish(
    registrar: &Registrar,
    call: &mut Call,
    answering: Answering,
    headers: Vec<u8>,
    refusal: Option<Refusal>,
    code: i64,
) -> Step {
    let (status, reason): (i64, &'static [u8]) = match refusal {
        None => {
            registrar.accepted.increment();
            (200, b"OK")
        }
        Some(refusal) => {
            registrar.rejected.increment();
            refusal.status()
        }
    };
    match answering {
        Answering::Now => {
            call.response_extras.headers = headers;
            match registrar.respond(call, status, reason) {
                // The answer did not leave as it was meant.
                Step::Done(Verdict::FALSE) if code > 0 => Verdict::FALSE.into(),
                step => with_verdict(step, Verdict(code)),
            }
        }
        Answering::Never => Verdict(code).into(),
        Answering::Later | Answering::LaterWithHeaders => {
            // What is refused says so in its own answer only (observed on 5.6.3).
            let is_shown = answering == Answering::LaterWithHeaders && refusal.is_none();
            if is_shown {
                call.response_extras.headers.extend_from_slice(&headers);
            }
            call.notes.set(PendingReply {
                status,
                reason,
                headers: if is_shown { Vec::new() } else { headers },
            });
            Verdict(code).into()
        }
    }
}

/// Sends the answer that `save` has prepared.
pub fn send_pending(registrar: &Registrar, call: &mut Call) -> Step {
    let Some(pending) = call.notes.take::<PendingReply>() else {
        call.error(format_args!(
            "there is no answer of save() to be sent: it needs the flag 0x02"
        ));
        return Verdict::FALSE.into();
    };
    call.response_extras
        .headers
        .extend_from_slice(&pending.headers);
    let step = registrar.respond(call, pending.status, pending.reason);
    with_verdict(step, Verdict::TRUE)
}

/// The step with another verdict at its end.
fn with_verdict(step: Step, verdict: Verdict) -> Step {
    match step {
        Step::Done(_) | Step::Unrecorded(_) => verdict.into(),
        Step::Wait(mut waiting) => {
            let then = waiting.then;
            waiting.then = Box::new(move |call, answer| with_verdict(then(call, answer), verdict));
            Step::Wait(waiting)
        }
        Step::Enter(mut entry) => {
            let then = entry.then;
            entry.then = Box::new(move |call: &mut Call, outcome: RouteOutcome| {
                with_verdict(then(call, outcome), verdict)
            });
            Step::Enter(entry)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_written_as_by_5_6_3() {
        for (q, text) in [
            (0, "0"),
            (1000, "1"),
            (500, "0.5"),
            (250, "0.25"),
            (50, "0.05"),
            (123, "0.123"),
            (1, "0.001"),
        ] {
            let mut out = Vec::new();
            push_q(&mut out, q);
            assert_eq!(std::str::from_utf8(&out), Ok(text));
        }
    }
}
