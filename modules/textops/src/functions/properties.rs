//! Asking what a message has.

use crate::functions::removal::matching;
use crate::header_name::HeaderName;
use crate::method_set::MethodSet;
use crate::pattern::{BY_LINES, compiled};
use diagnostics::codes::params::WRONG_ARGUMENT;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, Literal, Regex, ScriptArg, Text,
    Verdict, script_function,
};
use sip::sdp::{Hold, Sdp};
use sip::{HeaderId, multipart};

/// Whether the method is one of `methods`, which are separated by bars; of a response, that in its CSeq.
///
/// ```cfg
/// if (!is_method("INVITE|ACK|BYE")) xinfo("no part of a call\n");
/// ```
#[script_function(is_method, routes = ANY)]
fn is_method(call: &mut Call, methods: MethodSet) -> Verdict {
    Verdict::of(methods.contains(&call.message))
}

/// Whether the message as received has a header field of that name.
///
/// ```cfg
/// if (is_present_hf("From")) xinfo("somebody sent it\n");   # log: somebody sent it
/// ```
#[script_function(is_present_hf, routes = ANY)]
fn is_present_hf(call: &mut Call, header: HeaderName) -> Verdict {
    Verdict::of(header.is_in(&call.message))
}

/// As `is_present_hf`, with variables in the name.
///
/// ```cfg
/// $var(name) = "f";
/// if (is_present_hf_pv("$var(name)")) xinfo("somebody sent it\n");   # log: somebody sent it
/// ```
#[script_function(is_present_hf_pv, routes = ANY)]
fn is_present_hf_pv(call: &mut Call, header: Text) -> Verdict {
    Verdict::of(HeaderName::new(&header).is_in(&call.message))
}

/// Whether the message as received has a header field whose name matches the pattern.
///
/// ```cfg
/// if (is_present_hf_re("^P-")) xinfo("it has private header fields\n");
/// ```
#[script_function(is_present_hf_re, routes = ANY)]
fn is_present_hf_re(call: &mut Call, pattern: Regex) -> Verdict {
    Verdict::of(matching(&call.message, &pattern.0).next().is_some())
}

/// As `is_present_hf_re`, with variables in the pattern.
///
/// ```cfg
/// $var(prefix) = "P-";
/// if (is_present_hf_re_pv("^$var(prefix)")) xinfo("it has private header fields\n");
/// ```
#[script_function(is_present_hf_re_pv, routes = ANY)]
fn is_present_hf_re_pv(call: &mut Call, pattern: Text) -> Verdict {
    match compiled(call, &pattern, BY_LINES) {
        Some(regex) => Verdict::of(matching(&call.message, &regex).next().is_some()),
        None => Verdict::FALSE,
    }
}

/// Whether the message has a body, and one of type `media_type` if that is given.
///
/// False without a Content-Length, which can be missing where the end of a datagram is the end of the body.
///
/// ```cfg
/// if (has_body("application/sdp")) xinfo("an offer or an answer\n");
/// ```
#[script_function(has_body, routes = ANY)]
fn has_body(call: &mut Call, media_type: Option<Literal>) -> Verdict {
    let message = &call.message;
    // COMPAT: without a Content-Length there is none, whatever follows (manual; observed on 5.6.3).
    if message.body().is_empty() || !message.has(HeaderId::ContentLength) {
        return Verdict::FALSE;
    }
    let Some(wanted) = media_type.filter(|wanted| !wanted.0.is_empty()) else {
        return Verdict::TRUE;
    };
    // Without a Content-Type it is SDP (RFC 3261 §7.4.1 leaves it open, Kamailio decides so).
    let Some(given) = message.content_type() else {
        return Verdict::of(wanted.0.eq_ignore_ascii_case(b"application/sdp"));
    };
    Verdict::of(without_params(given).eq_ignore_ascii_case(without_params(&wanted.0)))
}

/// A media type without its parameters.
fn without_params(media_type: &[u8]) -> &[u8] {
    let end = media_type.iter().position(|byte| *byte == b';');
    let media_type = &media_type[..end.unwrap_or(media_type.len())];
    stdx::ascii::trim(media_type)
}

/// Whether an audio stream of the session description is on hold.
///
/// The return code is 1 when its address is 0.0.0.0 (RFC 2543), 2 when it is `inactive` or `sendonly` (RFC 3264).
///
/// ```cfg
/// if (is_audio_on_hold()) xinfo("on hold\n");
/// ```
#[script_function(is_audio_on_hold, routes = ANY)]
fn is_audio_on_hold(call: &mut Call) -> Verdict {
    let message = &call.message;
    let mut span = message.body_span();
    if let Some(boundary) = message.content_type().and_then(multipart::boundary) {
        match multipart::Parts::new(message.buffer(), span, boundary).of_type(b"application/sdp") {
            Some(part) => span = part.content,
            None => return Verdict::FALSE,
        }
    }
    match Sdp::parse(message.buffer(), span)
        .ok()
        .filter(|sdp| sdp.check().is_ok())
        .and_then(|sdp| sdp.audio_hold())
    {
        Some(Hold::NullAddress) => Verdict(1),
        Some(Hold::Direction) => Verdict(2),
        None => Verdict::FALSE,
    }
}

/// What a Privacy header field may list.
const PRIVACY_KINDS: [&str; 7] = [
    "id", "header", "session", "user", "none", "critical", "history",
];

/// One of them; constant text.
#[derive(Clone)]
struct PrivacyKind(Text);

impl ScriptArg for PrivacyKind {
    type Bound = PrivacyKind;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<PrivacyKind, Diagnostic> {
        let Some(kind) = source.literal() else {
            return Err(source.error("a constant text is needed here"));
        };
        if !PRIVACY_KINDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(kind))
        {
            let message = format!("`{kind}` is no kind of privacy: upstream refuses it");
            let warning = Diagnostic::warning(WRONG_ARGUMENT, source.span(), message);
            let known = PRIVACY_KINDS.join(", ");
            binder
                .diagnostics
                .push(warning.help(format!("the kinds are {known}")));
        }
        Ok(PrivacyKind(Text::from(kind)))
    }

    fn eval(bound: &PrivacyKind, _: &mut Call) -> Result<PrivacyKind, ArgError> {
        Ok(bound.clone())
    }
}

/// Whether the Privacy header fields list `kind`: `id`, `header`, `session`, `user`, `none`, `critical` or `history`.
///
/// ```cfg
/// if (is_privacy("id")) remove_hf("P-Asserted-Identity");
/// ```
#[script_function(is_privacy, routes = ANY)]
fn is_privacy(call: &mut Call, kind: PrivacyKind) -> Verdict {
    let message = &call.message;
    let mut fields = message.headers_of(HeaderId::Privacy);
    Verdict::of(fields.any(|field| {
        let mut values = message
            .value(field)
            .split(|byte| matches!(byte, b';' | b','));
        values.any(|value| stdx::ascii::trim(value).eq_ignore_ascii_case(&kind.0))
    }))
}
