//! Call detail records: one for each dialog, when it has ended.

use crate::database::{Database, watch};
use crate::extra::Extra;
use crate::params::CdrParams;
use crate::times::millis;
use mod_dialog::{Dialog, Moment};
use module_api::{Call, LogLevel, RouteKind, Text};
use std::sync::Arc;
use std::time::Duration;

/// What writes call detail records.
pub struct Records {
    /// What the configuration says.
    pub params: CdrParams,
    /// The level of the lines.
    pub level: LogLevel,
    /// The syslog facility of the lines.
    pub facility: Option<u8>,
    /// What is recorded beside the usual.
    pub extra: Extra,
    /// Where rows go, if there is a database and a table for them.
    pub database: Option<Database>,
}

/// When a call began and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: Duration,
    end: Duration,
}

/// A note: the record of a call whose BYE is at hand.
struct Due {
    dialog: Arc<Dialog>,
    span: Span,
}

impl Records {
    /// Does what happens to a dialog mean for its record.
    pub fn take(&self, call: &mut Call, dialog: &Arc<Dialog>, moment: Moment) {
        let params = &self.params;
        let starts_late = params.cdr_start_on_confirmed != 0;
        match moment {
            Moment::Begun if !starts_late => self.start(dialog, call.unix_time),
            Moment::Confirmed if starts_late => self.start(dialog, call.unix_time),
            Moment::Failed if params.cdr_on_failed != 0 => self.finish(call, dialog, false),
            Moment::Ended if call.route == RouteKind::Request => self.finish_later(call, dialog),
            Moment::Ended | Moment::Terminated => self.finish(call, dialog, true),
            Moment::Expired if params.cdr_expired_dlg_enable != 0 => {
                self.finish(call, dialog, true);
            }
            _ => {}
        }
    }

    /// The script of the BYE is still to say what is recorded. COMPAT: 5.6.3 waits for the response to it, and writes
    /// nothing where the script makes no transaction.
    fn finish_later(&self, call: &mut Call, dialog: &Arc<Dialog>) {
        let span = self.span(dialog, call.unix_time, true);
        self.note(dialog, span);
        call.notes.set(Due {
            dialog: dialog.clone(),
            span,
        });
    }

    /// The script of a request has ended.
    pub fn request_ended(&self, call: &mut Call) {
        if let Some(Due { dialog, span }) = call.notes.take::<Due>() {
            self.write(call, &dialog, span);
        }
    }

    fn span(&self, dialog: &Dialog, now: Duration, was_answered: bool) -> Span {
        let start = dialog
            .variable(&self.params.cdr_start_id)
            .and_then(|text| parse(&text))
            .unwrap_or(now);
        let end = if was_answered { now.max(start) } else { start };
        Span { start, end }
    }

    /// The times are variables of the dialog, so that scripts see them and the database keeps them (observed on 5.6.3).
    fn start(&self, dialog: &Dialog, now: Duration) {
        self.note(
            dialog,
            Span {
                start: now,
                end: now,
            },
        );
    }

    fn note(&self, dialog: &Dialog, span: Span) {
        let params = &self.params;
        dialog.set_variable(&params.cdr_start_id, Some(millis(span.start)));
        dialog.set_variable(&params.cdr_end_id, Some(millis(span.end)));
        dialog.set_variable(&params.cdr_duration_id, Some(self.duration(span)));
    }

    fn duration(&self, span: Span) -> Text {
        span.duration(self.params.cdr_duration_mode)
    }

    fn finish(&self, call: &mut Call, dialog: &Dialog, was_answered: bool) {
        let span = self.span(dialog, call.unix_time, was_answered);
        self.write(call, dialog, span);
    }

    fn write(&self, call: &mut Call, dialog: &Dialog, span: Span) {
        let skip = &self.params.cdr_skip;
        if !skip.is_empty() && dialog.variable(skip).is_some() {
            return;
        }
        self.note(dialog, span);
        if self.params.cdr_log_enable != 0 && call.runtime.logger.enabled_for("acc", self.level) {
            self.log(call, span);
        }
        if let Some(database) = &self.database {
            self.insert(call, database, span);
        }
    }

    /// `start_time=…; end_time=…; duration=…; name=value` (observed on 5.6.3).
    fn log(&self, call: &mut Call, span: Span) {
        let params = &self.params;
        let mut line = Vec::with_capacity(128);
        for (name, value) in [
            (&params.cdr_start_id, millis(span.start)),
            (&params.cdr_end_id, millis(span.end)),
            (&params.cdr_duration_id, self.duration(span)),
        ] {
            let separator: &[u8] = if line.is_empty() { b"" } else { b"; " };
            line.extend_from_slice(&[separator, name, b"=", &value].concat());
        }
        self.extra.append_parts(call, b"; ", &mut line);
        let text = Text::from(line);
        let text = text.to_str_lossy();
        call.log_of("acc", self.level, self.facility, format_args!("{text}"));
    }

    fn insert(&self, call: &mut Call, database: &Database, span: Span) {
        let params = &self.params;
        let time = |time: Duration| db::Value::Time(i64::try_from(time.as_secs()).unwrap_or(0));
        let duration = span.lasted(params.cdr_duration_mode).as_secs_f64();
        let mut row = vec![
            time(span.start),
            time(span.end),
            db::Value::Double(duration),
        ];
        let is_nullable = params.cdr_extra_nullable != 0;
        self.extra.append_values(call, &mut row, is_nullable);
        let table = self.params.cdrs_table.clone();
        let pending = database.add(&table, vec![row]);
        watch(call, table, pending);
    }
}

impl Span {
    /// How long it was, as exact as `mode` says.
    fn lasted(self, mode: i64) -> Duration {
        let whole = self.end.saturating_sub(self.start);
        match mode {
            0 => Duration::from_secs(whole.as_secs()),
            2 => Duration::from_micros(u64::try_from(whole.as_micros()).unwrap_or(u64::MAX)),
            _ => Duration::from_millis(u64::try_from(whole.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// Seconds with the digits behind the point that `mode` asks for; 0 has none (observed on 5.6.3).
    fn duration(self, mode: i64) -> Text {
        let lasted = self.lasted(mode);
        let seconds = lasted.as_secs();
        Text::from(match mode {
            _ if lasted.is_zero() => "0".to_owned(),
            0 => seconds.to_string(),
            2 => format!("{seconds}.{:06}", lasted.subsec_micros()),
            _ => format!("{seconds}.{:03}", lasted.subsec_millis()),
        })
    }
}

fn parse(text: &[u8]) -> Option<Duration> {
    let (seconds, part) = stdx::ascii::split_once(text, b'.').unwrap_or((text, b"0"));
    let seconds = u64::try_from(stdx::number::parse_i64(seconds)?).ok()?;
    let part = u64::try_from(stdx::number::parse_i64(part)?).ok()?;
    Some(Duration::from_secs(seconds) + Duration::from_millis(part.min(999)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_as_5_6_3_does() {
        let span = |start, end| Span {
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
        };
        assert_eq!(span(1_000, 1_317).duration(1), "0.317");
        assert_eq!(span(1_000, 1_000).duration(1), "0");
        assert_eq!(span(1_000, 62_020).duration(1), "61.020");
    }

    #[test]
    fn a_duration_is_as_exact_as_asked_for() {
        let span = Span {
            start: Duration::from_millis(1_000),
            end: Duration::from_micros(62_020_034),
        };
        assert_eq!(span.duration(0), "61");
        assert_eq!(span.duration(1), "61.020");
        assert_eq!(span.duration(2), "61.020034");
        assert_eq!(span.lasted(0), Duration::from_secs(61));
        let short = Span {
            end: Duration::from_millis(1_900),
            ..span
        };
        assert_eq!(short.duration(0), "0");
    }

    #[test]
    fn a_time_comes_back_from_its_text() {
        let time = Duration::from_millis(1_795_243_467_074);
        assert_eq!(parse(&millis(time)), Some(time));
        assert_eq!(parse(b"x"), None);
    }
}
