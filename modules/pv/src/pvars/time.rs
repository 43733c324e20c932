//! Time, and how long things last.

use crate::Pv;
use crate::pvars::{Key, Keyed};
use diagnostics::codes::names;
use module_api::calendar::{Calendar, Zone};
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Text, Value, pvar};
use sip::Contact;
use std::ffi::CString;
use std::time::Duration;

/// When the message came, in seconds since 1970.
#[pvar("Ts")]
fn message_seconds(call: &mut Call) -> Value {
    Value::Int(call.unix_time.as_secs() as i64)
}

/// The time, in seconds since 1970.
#[pvar("TS")]
fn seconds(call: &mut Call) -> Value {
    Value::Int(call.runtime.host.unix_time().as_secs() as i64)
}

/// When the message came, as `Sat Nov 21 01:13:00 2026`.
#[pvar("Tf")]
fn message_text(call: &mut Call) -> Value {
    Value::from(Calendar::at(call.unix_time, Zone::Local).text().as_str())
}

/// The time, as `Sat Nov 21 01:13:00 2026`.
#[pvar("TF")]
fn text(call: &mut Call) -> Value {
    Value::from(
        Calendar::at(call.runtime.host.unix_time(), Zone::Local)
            .text()
            .as_str(),
    )
}

/// A field of a date or a time of day.
#[derive(Clone, Copy)]
pub struct TimeField(fn(&Calendar) -> i64);

impl Key for TimeField {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("sec", TimeField(Calendar::second)),
        ("min", TimeField(Calendar::minute)),
        ("hour", TimeField(Calendar::hour)),
        ("mday", TimeField(Calendar::day)),
        ("mon", TimeField(Calendar::month)),
        ("year", TimeField(Calendar::year)),
        ("wday", TimeField(Calendar::weekday)),
        ("yday", TimeField(Calendar::day_of_year)),
        ("isdst", TimeField(Calendar::is_daylight_saving)),
    ];
}

/// A field of the local time: `sec`, `min`, `hour`, `mday`, `mon` (from 1), `year`, `wday` (1 is Sunday), `yday` (from 1),
/// `isdst`.
#[pvar("time")]
fn local_field(call: &mut Call, field: &Keyed<TimeField>) -> Value {
    Value::Int((field.0.0)(&Calendar::at(
        call.runtime.host.unix_time(),
        Zone::Local,
    )))
}

/// A field of the time in UTC; the fields are those of `$time`.
#[pvar("utime")]
fn utc_field(call: &mut Call, field: &Keyed<TimeField>) -> Value {
    Value::Int((field.0.0)(&Calendar::at(
        call.runtime.host.unix_time(),
        Zone::Utc,
    )))
}

/// A format of `strftime(3)`.
pub struct TimeFormat(CString);

impl PvarInner for TimeFormat {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        CString::new(spec.inner()).map(TimeFormat).map_err(|_| {
            Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                "a format cannot hold a NUL",
            )
        })
    }
}

/// The local time as `strftime(3)` formats it, `$timef(%Y-%m-%d)`.
#[pvar("timef")]
fn local_format(call: &mut Call, format: &TimeFormat) -> Value {
    Value::from(Calendar::at(call.runtime.host.unix_time(), Zone::Local).format(&format.0))
}

/// The time in UTC as `strftime(3)` formats it, `$utimef(%H:%M)`.
#[pvar("utimef")]
fn utc_format(call: &mut Call, format: &TimeFormat) -> Value {
    Value::from(Calendar::at(call.runtime.host.unix_time(), Zone::Utc).format(&format.0))
}

/// The forms of `$TV`.
#[derive(Clone, Copy)]
pub enum Precise {
    /// `s`
    MessageSeconds,
    /// `u`
    MessageMicroseconds,
    /// `sn`
    Seconds,
    /// `un`
    Microseconds,
    /// `Sn`
    SecondsText,
    /// `Fn`
    Formatted,
    /// `Sm`
    Monotonic,
}

impl Key for Precise {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("s", Precise::MessageSeconds),
        ("u", Precise::MessageMicroseconds),
        ("sn", Precise::Seconds),
        ("un", Precise::Microseconds),
        ("Sn", Precise::SecondsText),
        ("Fn", Precise::Formatted),
        ("Sm", Precise::Monotonic),
    ];
}

/// The time that `$TV(sn)` showed last, as a note: `$TV(un)` belongs to it.
struct ShownTime(Duration);

/// Time with microseconds.
///
/// `s`, `u`: seconds and microseconds of when the message came. `sn`, `un`: of the time; `un` is that of the last `sn`.
/// `Sn`: both as `seconds.microseconds`. `Fn`: date and time with microseconds. `Sm`: a count that only ever grows.
#[pvar("TV")]
fn precise(call: &mut Call, form: &Keyed<Precise>) -> Value {
    match form.0 {
        Precise::MessageSeconds => Value::Int(call.unix_time.as_secs() as i64),
        Precise::MessageMicroseconds => Value::Int(i64::from(call.unix_time.subsec_micros())),
        Precise::Seconds => {
            let now = call.runtime.host.unix_time();
            call.notes.set(ShownTime(now));
            Value::Int(now.as_secs() as i64)
        }
        Precise::Microseconds => {
            let shown = call.notes.get::<ShownTime>().map(|shown| shown.0);
            let time = shown.unwrap_or_else(|| call.runtime.host.unix_time());
            Value::Int(i64::from(time.subsec_micros()))
        }
        Precise::SecondsText => seconds_text(call.runtime.host.unix_time()),
        Precise::Formatted => {
            let now = call.runtime.host.unix_time();
            let date = Calendar::at(now, Zone::Local).format(&c"%Y-%m-%d %H:%M:%S".to_owned());
            Value::from(format!("{}.{:06}", Text::from(date), now.subsec_micros()).as_str())
        }
        Precise::Monotonic => {
            let now = call.runtime.host.now();
            let start = call.runtime.module::<Pv>().map_or(now, |pv| pv.started.at);
            seconds_text(now.saturating_duration_since(start))
        }
    }
}

fn seconds_text(time: Duration) -> Value {
    Value::from(format!("{}.{:06}", time.as_secs(), time.subsec_micros()).as_str())
}

/// Which of several lifetimes is meant.
#[derive(Clone, Copy)]
pub enum Extreme {
    /// `min`
    Least,
    /// `max`
    Most,
}

impl Key for Extreme {
    const NAMES: &'static [(&'static str, Self)] =
        &[("min", Extreme::Least), ("max", Extreme::Most)];
}

/// The least or the most of the lifetimes in the message, `$expires(min)`, `$expires(max)`.
///
/// A Contact without `expires` counts with the Expires header field, which is 0 when it cannot be read; null when there is neither.
#[pvar("expires")]
fn expires(call: &mut Call, wanted: &Keyed<Extreme>) -> Value {
    let message = &call.message;
    let general = match message.expires() {
        Err(sip::FieldError::Missing(_)) => None,
        general => Some(general.unwrap_or(0)),
    };
    let own = message.contacts().filter_map(|contact| match contact {
        Ok(contact @ Contact::Address(_)) => contact.expires(message.buffer()).or(general),
        _ => None,
    });
    let found = match wanted.0 {
        Extreme::Least => own.min(),
        Extreme::Most => own.max(),
    };
    found
        .or(general)
        .map_or(Value::Null, |seconds| Value::Int(i64::from(seconds)))
}
