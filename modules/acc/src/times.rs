//! What is said of the time beside the second (`time_mode`).

use crate::params::Params;
use db::Value;
use module_api::Text;
use module_api::calendar::{Calendar, Zone};
use std::ffi::CString;
use std::time::Duration;

/// What is said of the time beside the second.
pub enum Times {
    /// Nothing.
    Nothing,
    /// Seconds in one attribute, which the log does without, and microseconds in another.
    Micros([Text; 2]),
    /// Seconds with milliseconds in an attribute.
    Millis(Text),
    /// A formatted time in an attribute.
    Formatted(Text, CString, Zone),
}

impl Times {
    /// As the parameters say.
    pub fn new(params: &Params) -> Times {
        let attribute = params.time_attr.clone();
        let formatted = |zone| match CString::new(params.time_format.to_vec()) {
            Ok(format) => Times::Formatted(params.time_attr.clone(), format, zone),
            Err(_) => Times::Nothing,
        };
        match params.time_mode {
            1 => Times::Micros([attribute, params.time_exten.clone()]),
            2 => Times::Millis(attribute),
            3 => formatted(Zone::Local),
            4 => formatted(Zone::Utc),
            _ => Times::Nothing,
        }
    }

    /// The columns it takes.
    pub fn columns(&self) -> Vec<Text> {
        match self {
            Times::Nothing => Vec::new(),
            Times::Micros(names) => names.to_vec(),
            Times::Millis(name) | Times::Formatted(name, ..) => vec![name.clone()],
        }
    }

    /// The cells of these columns.
    pub fn cells(&self, time: Duration) -> Vec<Value> {
        match self {
            Times::Nothing => Vec::new(),
            Times::Micros(_) => vec![
                Value::Int(i64::try_from(time.as_secs()).unwrap_or(0)),
                Value::Int(i64::from(time.subsec_micros())),
            ],
            Times::Millis(_) => vec![Value::Double(time.as_millis() as f64 / 1000.0)],
            Times::Formatted(_, format, zone) => {
                let text = Calendar::at(time, *zone).format(format);
                vec![Value::Text(Text::from(text))]
            }
        }
    }

    /// Appends `;name=value` as it stands behind the time in the log (observed on 5.6.3).
    pub fn append(&self, time: Duration, line: &mut Vec<u8>) {
        let (name, value) = match self {
            Times::Nothing => return,
            Times::Micros([_, name]) => {
                let micros = i64::from(time.subsec_micros());
                (name, Text::from(micros))
            }
            Times::Millis(name) => (name, millis(time)),
            Times::Formatted(name, format, zone) => {
                let text = Calendar::at(time, *zone).format(format);
                (name, Text::from(text))
            }
        };
        crate::record::push_named(line, name, &value);
    }
}

/// Seconds with three digits behind the point.
pub fn millis(time: Duration) -> Text {
    Text::from(format!("{}.{:03}", time.as_secs(), time.subsec_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mode: i64) -> String {
        let params = Params {
            time_mode: mode,
            ..Params::default()
        };
        let mut line = Vec::new();
        let time = Duration::from_micros(1_795_243_310_888_045);
        Times::new(&params).append(time, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn the_log_has_what_5_6_3_has() {
        for (mode, expected) in [
            (0, ""),
            (1, ";time_exten=888045"),
            (2, ";time_attr=1795243310.888"),
            (4, ";time_attr=2026-11-21 06:41:50"),
        ] {
            assert_eq!(line(mode), expected);
        }
    }
}
