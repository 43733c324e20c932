//! Lines of text: stderr and syslog.

use std::io::Write;

use stdx::number::{Decimal, push_decimal};

use crate::level::COLOUR_END;
use crate::{LogOrigin, LogRecord};

/// Who writes: shown as `index(pid)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Kamailio's number of the process; 0 is the main one.
    pub index: u16,
    /// The system's number of the process.
    pub pid: u32,
}

/// Whether lines on stderr are coloured (`-e`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour<'a> {
    /// Plain text.
    Off,
    /// Escape sequences around each line, those of its level.
    On,
    /// This escape sequence before the line.
    Sequence(&'a str),
}

/// A point in local time, as RFC 3164 §4.1.2 shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
}

/// Appends a line for stderr: ` 0(1234) ERROR: text`. The line end is added where
/// the text has none.
pub fn stderr_line(
    out: &mut Vec<u8>,
    process: Process,
    colour: Colour<'_>,
    origin: &LogOrigin<'_>,
    record: &LogRecord<'_>,
) {
    match colour {
        Colour::Off => {}
        Colour::On => out.extend_from_slice(record.level.colour().as_bytes()),
        Colour::Sequence(sequence) => out.extend_from_slice(sequence.as_bytes()),
    }
    push_padded(out, process.index, b' ');
    out.push(b'(');
    push_decimal(out, process.pid);
    out.extend_from_slice(b") ");
    push_text(out, origin, record);
    if out.last() != Some(&b'\n') {
        out.push(b'\n');
    }
    if colour != Colour::Off {
        out.extend_from_slice(COLOUR_END.as_bytes());
    }
}

/// Who writes, as syslog shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogSource {
    /// The program's name.
    pub ident: String,
    /// The system's number of the process.
    pub pid: u32,
    /// The facility of records that name none, such as 3 for daemon.
    pub facility: u8,
}

/// Appends a datagram for the local syslog daemon:
/// `<155>Nov 21 01:49:50 kamailio[1234]: ERROR: text`.
pub fn syslog_packet(
    out: &mut Vec<u8>,
    source: &SyslogSource,
    time: LocalTime,
    origin: &LogOrigin<'_>,
    record: &LogRecord<'_>,
) {
    push_syslog_head(out, source, time, record);
    push_text(out, origin, record);
}

/// What stands before the text of a syslog datagram.
pub(super) fn push_syslog_head(
    out: &mut Vec<u8>,
    source: &SyslogSource,
    time: LocalTime,
    record: &LogRecord<'_>,
) {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let facility = u32::from(record.facility.unwrap_or(source.facility));
    let month = usize::from(time.month).wrapping_sub(1);
    out.push(b'<');
    push_decimal(out, facility * 8 + u32::from(record.level.severity()));
    out.push(b'>');
    out.extend_from_slice(MONTHS.get(month).unwrap_or(&"Jan").as_bytes());
    out.push(b' ');
    push_padded(out, time.day, b' ');
    for (separator, value) in [(b' ', time.hour), (b':', time.minute), (b':', time.second)] {
        out.push(separator);
        push_padded(out, value, b'0');
    }
    out.push(b' ');
    out.extend_from_slice(source.ident.as_bytes());
    out.push(b'[');
    push_decimal(out, source.pid);
    out.extend_from_slice(b"]: ");
}

fn push_text(out: &mut Vec<u8>, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
    let level = origin.level_name.unwrap_or(record.level.word());
    out.extend_from_slice(level.as_bytes());
    let written = write!(out, ": {origin}{}", record.message);
    stdx::never!(written.is_err(), "writing to memory failed");
}

/// At least two characters.
fn push_padded(out: &mut Vec<u8>, value: impl Into<Decimal>, padding: u8) {
    let digits = value.into();
    if digits.as_bytes().len() < 2 {
        out.push(padding);
    }
    out.extend_from_slice(digits.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogLevel, LogPlace};
    use std::fmt;
    use std::time::Duration;

    const SCRIPT: LogOrigin<'static> = LogOrigin {
        prefix: "{1 cid@1} ",
        module: "xlog",
        place: None,
        label: Some("PFX "),
        call_id: None,
        level_name: None,
    };

    fn stderr(
        index: u16,
        colour: Colour<'_>,
        level: LogLevel,
        message: fmt::Arguments<'_>,
    ) -> String {
        let mut out = Vec::new();
        let record = LogRecord {
            level,
            time: Duration::ZERO,
            facility: None,
            message,
        };
        stderr_line(
            &mut out,
            Process { index, pid: 13283 },
            colour,
            &SCRIPT,
            &record,
        );
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn stderr_lines_are_those_observed() {
        let alert = stderr(1, Colour::Off, LogLevel::Alert, format_args!("T alert\n"));
        assert_eq!(alert, " 1(13283) ALERT: {1 cid@1} PFX T alert\n");
        let tenth = stderr(
            10,
            Colour::Off,
            LogLevel::Error,
            format_args!("no line end"),
        );
        assert_eq!(tenth, "10(13283) ERROR: {1 cid@1} PFX no line end\n");
        let colour = stderr(1, Colour::On, LogLevel::Alert, format_args!("T alert\n"));
        assert_eq!(
            colour,
            "\x1b[1;31;49m 1(13283) ALERT: {1 cid@1} PFX T alert\n\x1b[0;39;49m"
        );
        let own = Colour::Sequence("\x1b[0;36;41m");
        let own = stderr(1, own, LogLevel::Error, format_args!("T\n"));
        assert_eq!(
            own,
            "\x1b[0;36;41m 1(13283) ERROR: {1 cid@1} PFX T\n\x1b[0;39;49m"
        );
    }

    #[test]
    fn syslog_packets_are_those_observed() {
        let time = LocalTime {
            month: 11,
            day: 2,
            hour: 1,
            minute: 49,
            second: 50,
        };
        let mut out = Vec::new();
        let mut record = LogRecord {
            level: LogLevel::Bug,
            time: Duration::ZERO,
            facility: None,
            message: format_args!("T bug\n"),
        };
        let source = |ident: &str, pid| SyslogSource {
            ident: ident.to_owned(),
            pid,
            facility: 19,
        };
        let long = source("/usr/sbin/kamailio", 13780);
        syslog_packet(&mut out, &long, time, &SCRIPT, &record);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "<154>Nov  2 01:49:50 /usr/sbin/kamailio[13780]: BUG: {1 cid@1} PFX T bug\n"
        );
        out.clear();
        record.facility = Some(3);
        let place = LogPlace {
            file: "sl.c",
            line: 180,
            function: "mod_init",
        };
        let origin = LogOrigin {
            module: "sl",
            place: Some(place),
            ..LogOrigin::default()
        };
        syslog_packet(&mut out, &source("k", 1), time, &origin, &record);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "<26>Nov  2 01:49:50 k[1]: BUG: sl [sl.c:180]: mod_init(): T bug\n"
        );
    }
}
