//! What is accounted of a request.

use crate::times::Times;
use db::Value;
use mod_tm::{Finished, view};
use module_api::{Call, RouteKind, Text, relay};
use sip::{HeaderId, Message, Method};
use std::time::Duration;

/// What is accounted of a request.
pub struct Record {
    /// When, since 1970.
    pub time: Duration,
    /// The request's method.
    pub method: Text,
    /// The tag in From.
    pub from_tag: Text,
    /// The tag in To: that of the response, if it has one.
    pub to_tag: Text,
    /// The Call-ID.
    pub call_id: Text,
    /// The status in three digits; empty when there is none.
    pub code: Text,
    /// The reason phrase.
    pub reason: Text,
    /// The response that it is about, if one has come.
    pub response: Option<Message>,
}

impl Record {
    fn of_request(call: &Call, code: Text, reason: Text) -> Record {
        let message = &call.message;
        Record {
            time: call.unix_time,
            method: Text::from(message.method_name()),
            from_tag: Text::from(message.from_tag().unwrap_or_default()),
            to_tag: Text::from(message.to_tag().unwrap_or_default()),
            call_id: Text::from(message.call_id().unwrap_or_default()),
            code,
            reason,
            response: None,
        }
    }

    /// The record of what has become of a request.
    pub fn of_finished(call: &Call, finished: &Finished) -> Record {
        let code = Text::from(i64::from(finished.status));
        // COMPAT: a response of our own is accounted with the usual reason, whatever it goes out with (observed on 5.6.3).
        let reason = match &finished.response {
            Some(_) => finished.reason.clone(),
            None => Text::from_static(usual_reason(finished.status)),
        };
        let mut record = Record::of_request(call, code, reason);
        record.response = finished.response.clone();
        // COMPAT: the 200 to a CANCEL is accounted without the tag that it goes out with (observed on 5.6.3).
        if call.message.method() == Method::Cancel && finished.response.is_none() {
            return record;
        }
        match &finished.response {
            Some(response) => {
                if let Some(tag) = response.to_tag() {
                    record.to_tag = Text::from(tag);
                }
            }
            None => return record.with_own_tag(call),
        }
        record
    }

    /// The record with the tag in To that all of our responses have, if it has none.
    fn with_own_tag(mut self, call: &Call) -> Record {
        if self.to_tag.is_empty() {
            let facts = relay::facts(&call.message);
            let tag = call.runtime.identifiers.stateful_tag(&facts);
            self.to_tag = Text::from(tag.as_bytes());
        }
        self
    }

    /// The record of an ACK to an INVITE that was answered with a status. The reason is the usual one (observed on 5.6.3).
    pub fn of_ack(call: &Call, status: u16) -> Record {
        let code = Text::from(i64::from(status));
        Record::of_request(call, code, Text::from_static(usual_reason(status)))
    }

    /// The record of the request at hand, with what the script says of it: `404 not found`, or a reason alone.
    pub fn of_comment(call: &mut Call, comment: &Text) -> Record {
        let (code, reason) = split_comment(comment);
        let record = Record::of_request(call, Text::from(code), Text::from(reason));
        // Observed on 5.6.3: nobody has answered, so that the response will be ours.
        let is_unanswered = call.route == RouteKind::Failure
            && view::reply(call).is_some_and(|reply| reply.is_local);
        match is_unanswered {
            true => record.with_own_tag(call),
            false => record,
        }
    }

    /// The record of what has become of a request, with the reason that the response gives in a header field of that name.
    pub fn with_reason_field(mut self, finished: &Finished) -> Record {
        let response = finished.response.as_ref();
        if let Some(reason) = response.and_then(|response| response.value_of(HeaderId::Reason)) {
            self.reason = Text::from(reason);
        }
        self
    }

    /// The record with the tags as the request had them that began the dialog.
    pub fn turned(mut self) -> Record {
        std::mem::swap(&mut self.from_tag, &mut self.to_tag);
        self
    }

    fn seconds(&self) -> i64 {
        i64::try_from(self.time.as_secs()).unwrap_or(0)
    }

    /// The record as it stands in the log.
    pub fn line(&self, times: &Times) -> Vec<u8> {
        let mut line = Vec::with_capacity(256);
        line.extend_from_slice(b"timestamp=");
        stdx::number::push_decimal(&mut line, self.seconds());
        times.append(self.time, &mut line);
        for (name, value) in [
            ("method", &self.method),
            ("from_tag", &self.from_tag),
            ("to_tag", &self.to_tag),
            ("call_id", &self.call_id),
            ("code", &self.code),
            ("reason", &self.reason),
        ] {
            push_named(&mut line, name.as_bytes(), value);
        }
        line
    }

    /// The record as cells, in the order of [`crate::params::Params::columns`].
    pub fn values(&self) -> Vec<Value> {
        vec![
            Value::Text(self.method.clone()),
            Value::Text(self.from_tag.clone()),
            Value::Text(self.to_tag.clone()),
            Value::Text(self.call_id.clone()),
            Value::Text(self.code.clone()),
            Value::Text(self.reason.clone()),
            Value::Time(self.seconds()),
        ]
    }
}

/// The reason phrase that a status is accounted with when the response is ours.
fn usual_reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 | 606 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        417 => "Bad Extension",
        421 => "Extension Required",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-Out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => match status / 100 {
            ..=2 => "Successful",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

/// Appends `;name=value`. What would break the line is replaced.
pub fn push_named(line: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    line.push(b';');
    push_part(line, name, value);
}

/// Appends `name=value`. What would break the line is replaced.
pub fn push_part(line: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    line.extend_from_slice(name);
    line.push(b'=');
    line.extend(value.iter().map(|byte| match byte {
        b'\r' | b'\n' => b' ',
        byte => *byte,
    }));
}

/// A status, which is three digits in front, and what follows it; a text that does not begin with one is a reason.
///
/// COMPAT: the digits are taken whatever stands behind them (observed on 5.6.3).
fn split_comment(comment: &[u8]) -> (&[u8], &[u8]) {
    match comment.split_at_checked(3) {
        Some((code, reason)) if code.iter().all(u8::is_ascii_digit) => {
            (code, reason.trim_ascii_start())
        }
        _ => (b"", comment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_may_begin_with_a_status() {
        // Observed on 5.6.3.
        for (comment, code, reason) in [
            ("404 not here", "404", "not here"),
            ("custom text", "", "custom text"),
            ("40 x", "", "40 x"),
            ("707 odd", "707", "odd"),
            ("404", "404", ""),
            ("404  two  spaces ", "404", "two  spaces "),
            ("404\tbehind a tab", "404", "behind a tab"),
            ("404: not here", "404", ": not here"),
            ("1234 digits", "123", "4 digits"),
            (" 404 late", "", " 404 late"),
        ] {
            assert_eq!(
                split_comment(comment.as_bytes()),
                (code.as_bytes(), reason.as_bytes())
            );
        }
    }

    #[test]
    fn a_value_stays_on_its_line() {
        let mut line = Vec::new();
        push_named(&mut line, b"a", b"x\r\ny");
        assert_eq!(line, b";a=x  y");
    }
}
