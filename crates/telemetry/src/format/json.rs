//! Lines of JSON (`--log-engine=json`).

use std::io::Write;

use stdx::json::push_string;
use stdx::number::push_decimal;

use super::plain::{LocalTime, Process, SyslogSource, push_syslog_head};
use crate::{LogOrigin, LogRecord};

/// What follows the colon of `--log-engine=json:`, one letter each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonFlags {
    /// `a`: every name begins with `kamailio.`.
    pub has_name_prefix: bool,
    /// `c`: the Call-ID has a field of its own.
    pub has_call_id: bool,
    /// `j`: log prefix and text are structures, taken as they are when they are in
    /// braces.
    pub is_structured: bool,
    /// `M`: the line end of the text is left out.
    pub strips_line_end: bool,
    /// `N`: no line end after the document.
    pub has_no_line_end: bool,
    /// `p`: a log prefix that begins with a comma is a list of fields.
    pub has_prefix_fields: bool,
}

impl JsonFlags {
    /// The flags of the letters; unknown ones are ignored, as observed.
    pub fn from_letters(letters: &str) -> JsonFlags {
        JsonFlags {
            has_name_prefix: letters.contains('a'),
            has_call_id: letters.contains('c'),
            is_structured: letters.contains('j'),
            strips_line_end: letters.contains('M'),
            has_no_line_end: letters.contains('N'),
            has_prefix_fields: letters.contains('p'),
        }
    }
}

/// Appends a record as one JSON object. `process` is shown where it is known;
/// lines for syslog have it outside the object.
///
/// COMPAT: fields and their order are Kamailio's; prefix and call-id are escaped,
/// where 5.6.3 writes them raw and thereby broken JSON.
pub fn json_line(
    out: &mut Vec<u8>,
    flags: JsonFlags,
    process: Option<Process>,
    origin: &LogOrigin<'_>,
    record: &LogRecord<'_>,
) {
    let mut object = Object {
        out,
        flags,
        is_first: true,
    };
    object.out.extend_from_slice(b"{ ");
    if let Some(Process { index, pid }) = process {
        object.number("idx", u32::from(index));
        object.number("pid", pid);
    }
    object.text("level", origin.level_name.unwrap_or(record.level.word()));
    object.text("module", origin.module);
    let (file, line, function) = match origin.place {
        Some(place) => (place.file, place.line, place.function),
        None => ("", 0, ""),
    };
    object.text("file", file);
    object.number("line", line);
    object.text("function", function);
    if flags.has_call_id {
        object.text("callid", origin.call_id.unwrap_or_default());
    }
    if flags.has_prefix_fields && origin.prefix.is_empty() {
        // No fields to add.
    } else if flags.has_prefix_fields && origin.prefix.starts_with(',') {
        object
            .out
            .extend_from_slice(origin.prefix.trim_end().as_bytes());
    } else {
        object.structure("logprefix", origin.prefix);
    }
    let mut message = Vec::new();
    let written = write!(message, "{}", record.message);
    stdx::never!(written.is_err(), "writing to memory failed");
    let mut message = String::from_utf8_lossy(&message);
    if flags.strips_line_end && message.ends_with('\n') {
        message.to_mut().pop();
    }
    object.structure("message", &message);
    out.extend_from_slice(b" }");
    if !flags.has_no_line_end {
        out.push(b'\n');
    }
}

/// Appends a datagram for the local syslog daemon whose text is the record as a JSON object.
pub fn syslog_json_packet(
    out: &mut Vec<u8>,
    source: &SyslogSource,
    time: LocalTime,
    flags: JsonFlags,
    origin: &LogOrigin<'_>,
    record: &LogRecord<'_>,
) {
    push_syslog_head(out, source, time, record);
    json_line(out, flags, None, origin, record);
}

struct Object<'a> {
    out: &'a mut Vec<u8>,
    flags: JsonFlags,
    is_first: bool,
}

impl Object<'_> {
    fn name(&mut self, name: &str) {
        if !self.is_first {
            self.out.extend_from_slice(b", ");
        }
        self.is_first = false;
        self.out.push(b'"');
        if self.flags.has_name_prefix {
            self.out.extend_from_slice(b"kamailio.");
        }
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\": ");
    }

    fn number(&mut self, name: &str, value: u32) {
        self.name(name);
        push_decimal(self.out, value);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_string(self.out, value.as_bytes());
    }

    /// A text or, if so configured, a structure with it.
    fn structure(&mut self, name: &str, value: &str) {
        if !self.flags.is_structured {
            return self.text(name, value);
        }
        self.name(name);
        if value.starts_with('{') && value.ends_with('}') {
            self.out.extend_from_slice(value.as_bytes());
        } else {
            self.out.extend_from_slice(b"{ \"text\": ");
            push_string(self.out, value.as_bytes());
            self.out.extend_from_slice(b" }");
        }
    }
}

#[cfg(test)]
mod tests;
