//! From a message to a line: levels, and who writes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI8, AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::LogLevel;

/// One message to the operator.
pub struct LogRecord<'a> {
    /// How important it is.
    pub level: LogLevel,
    /// When, since 1970.
    pub time: Duration,
    /// The syslog facility, where it is not the usual one.
    pub facility: Option<u8>,
    /// The text, with or without line end.
    pub message: fmt::Arguments<'a>,
}

/// Where a message comes from, for the formats that show it.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOrigin<'a> {
    /// The evaluated `log_prefix` of the SIP message that is being handled.
    pub prefix: &'a str,
    /// The module, without angle brackets: `core`, `xlog`, `usrloc`.
    pub module: &'a str,
    /// Where in a file; the script's, if the script logs.
    pub place: Option<LogPlace<'a>>,
    /// What plain lines show between prefix and text. `None` shows module and place.
    pub label: Option<&'a str>,
    /// The Call-ID of the SIP message that is being handled.
    pub call_id: Option<&'a str>,
    /// What stands for the name of the level.
    pub level_name: Option<&'a str>,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace<'a> {
    /// The file's name.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The function or route block.
    pub function: &'a str,
}

impl fmt::Display for LogOrigin<'_> {
    /// What a plain line shows before the text, observed on 5.6.3: the prefix, then
    /// either the label or `<core> [file:line]: function(): `.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.prefix)?;
        if let Some(label) = self.label {
            return formatter.write_str(label);
        }
        match self.module {
            "" => return Ok(()),
            "core" => formatter.write_str("<core>")?,
            module => formatter.write_str(module)?,
        }
        match self.place {
            Some(LogPlace {
                file,
                line,
                function,
            }) => {
                write!(formatter, " [{file}:{line}]: {function}(): ")
            }
            None => formatter.write_str(": "),
        }
    }
}

/// What writes log records: to stderr, to syslog, into a test's memory.
pub trait LogSink: Send + Sync {
    /// Writes one record. Never waits for long; what cannot be written is counted
    /// by the sink.
    fn write(&self, record: &LogRecord<'_>);

    /// Writes one record with its origin. Sinks that show no more than a text need
    /// not implement it.
    fn write_from(&self, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
        self.write(&LogRecord {
            level: record.level,
            time: record.time,
            facility: record.facility,
            message: format_args!("{origin}{}", record.message),
        });
    }

    /// Has records of a level begin with this escape sequence, where they are coloured at all.
    fn set_colour(&self, _level: LogLevel, _sequence: &str) {}

    /// How many records could not be written.
    fn dropped(&self) -> u64 {
        0
    }
}

/// What is no facility: the sink has one of its own.
const FACILITY_OF_SINK: u16 = 256;

/// Hands messages whose level is on to the sink.
///
/// Levels can be set for the whole and for single modules while the server runs. A
/// message of a level that is off costs one relaxed load, of a module a second one, and
/// a lock while any module has a level of its own.
pub struct Logger {
    threshold: AtomicI8,
    /// The thresholds that modules have of their own, by name.
    own: Mutex<BTreeMap<String, i8>>,
    /// Whether there are any that count.
    has_own: AtomicBool,
    /// Whether they count.
    uses_own: AtomicBool,
    /// The syslog facilities that modules have of their own, by name.
    facilities: Mutex<BTreeMap<String, u8>>,
    /// Whether there are any that count.
    has_facilities: AtomicBool,
    /// Whether they count.
    uses_facilities: AtomicBool,
    /// The syslog facility of what has none of its own; [`FACILITY_OF_SINK`] leaves it to the sink.
    facility: AtomicU16,
    sink: Box<dyn LogSink>,
}

impl Logger {
    /// A logger that hands on what is at or below `threshold`.
    pub fn new(threshold: i8, sink: Box<dyn LogSink>) -> Logger {
        Logger {
            threshold: AtomicI8::new(threshold),
            own: Mutex::default(),
            has_own: AtomicBool::new(false),
            uses_own: AtomicBool::new(true),
            facilities: Mutex::default(),
            has_facilities: AtomicBool::new(false),
            uses_facilities: AtomicBool::new(true),
            facility: AtomicU16::new(FACILITY_OF_SINK),
            sink,
        }
    }

    /// Whether messages of `level` are handed on.
    #[inline]
    pub fn enabled(&self, level: LogLevel) -> bool {
        level.number() <= self.threshold.load(Ordering::Relaxed)
    }

    /// The threshold.
    pub fn threshold(&self) -> i8 {
        self.threshold.load(Ordering::Relaxed)
    }

    /// Sets the threshold of the whole.
    pub fn set_threshold(&self, threshold: i8) {
        self.threshold.store(threshold, Ordering::Relaxed);
    }

    /// Whether messages of `level` from a module are handed on: its own threshold
    /// decides, where it has one.
    #[inline]
    pub fn enabled_for(&self, module: &str, level: LogLevel) -> bool {
        match self.has_own.load(Ordering::Relaxed) {
            false => self.enabled(level),
            true => level.number() <= self.threshold_of(module),
        }
    }

    #[cold]
    fn threshold_of(&self, module: &str) -> i8 {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.get(module).copied().unwrap_or_else(|| self.threshold())
    }

    /// Gives a module a threshold of its own, or takes it away with `None`
    /// (`debugger`'s `mod_level`).
    pub fn set_module_threshold(&self, name: &str, threshold: Option<i8>) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        match threshold {
            Some(threshold) => own.insert(name.to_owned(), threshold),
            None => own.remove(name),
        };
        let counts = self.uses_own.load(Ordering::Relaxed) && !own.is_empty();
        self.has_own.store(counts, Ordering::Relaxed);
    }

    /// Whether the thresholds that modules have of their own count (`debugger`'s `mod_level_mode`).
    pub fn uses_module_thresholds(&self) -> bool {
        self.uses_own.load(Ordering::Relaxed)
    }

    /// Has the thresholds that modules have of their own count, or not.
    pub fn use_module_thresholds(&self, counts: bool) {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        self.uses_own.store(counts, Ordering::Relaxed);
        self.has_own
            .store(counts && !own.is_empty(), Ordering::Relaxed);
    }

    /// The thresholds that modules have of their own, by name.
    pub fn module_thresholds(&self) -> Vec<(String, i8)> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.iter()
            .map(|(name, threshold)| (name.clone(), *threshold))
            .collect()
    }

    /// Has everything that has no syslog facility of its own go to this one.
    pub fn set_facility(&self, facility: u8) {
        self.facility.store(facility.into(), Ordering::Relaxed);
    }

    /// The facility that was set for the whole.
    fn common_facility(&self) -> Option<u8> {
        u8::try_from(self.facility.load(Ordering::Relaxed)).ok()
    }

    /// Gives what a module logs a syslog facility of its own, or takes it away with `None` (`debugger`'s `mod_facility`).
    pub fn set_module_facility(&self, name: &str, facility: Option<u8>) {
        let own = self.facilities.lock();
        let mut own = own.unwrap_or_else(PoisonError::into_inner);
        match facility {
            Some(facility) => own.insert(name.to_owned(), facility),
            None => own.remove(name),
        };
        let counts = self.uses_module_facilities() && !own.is_empty();
        self.has_facilities.store(counts, Ordering::Relaxed);
    }

    /// Whether the facilities that modules have of their own count (`debugger`'s `mod_facility_mode`).
    pub fn uses_module_facilities(&self) -> bool {
        self.uses_facilities.load(Ordering::Relaxed)
    }

    /// Has the facilities that modules have of their own count, or not.
    pub fn use_module_facilities(&self, counts: bool) {
        let own = self.facilities.lock();
        let own = own.unwrap_or_else(PoisonError::into_inner);
        self.uses_facilities.store(counts, Ordering::Relaxed);
        self.has_facilities
            .store(counts && !own.is_empty(), Ordering::Relaxed);
    }

    /// The syslog facility that a module has of its own.
    pub fn module_facility(&self, name: &str) -> Option<u8> {
        if !self.has_facilities.load(Ordering::Relaxed) {
            return None;
        }
        let own = self.facilities.lock();
        own.unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .copied()
    }

    /// Logs a message if its level is on.
    pub fn log(&self, level: LogLevel, time: Duration, message: fmt::Arguments<'_>) {
        if self.enabled(level) {
            self.write(&LogRecord {
                level,
                time,
                facility: None,
                message,
            });
        }
    }

    /// Writes a record whatever its level.
    pub fn write(&self, record: &LogRecord<'_>) {
        self.sink.write(&LogRecord {
            facility: record.facility.or_else(|| self.common_facility()),
            ..*record
        });
    }

    /// Writes a record with its origin whatever its level.
    pub fn write_from(&self, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
        let own = record.facility;
        let facility = own
            .or_else(|| self.module_facility(origin.module))
            .or_else(|| self.common_facility());
        self.sink.write_from(
            origin,
            &LogRecord {
                facility,
                ..*record
            },
        );
    }

    /// Has records of a level begin with this escape sequence, where they are coloured at all.
    pub fn set_colour(&self, level: LogLevel, sequence: &str) {
        self.sink.set_colour(level, sequence);
    }

    /// How many records the sink could not write.
    pub fn dropped(&self) -> u64 {
        self.sink.dropped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<String>>>);

    impl LogSink for Memory {
        fn write(&self, record: &LogRecord<'_>) {
            self.0
                .lock()
                .unwrap()
                .push(format!("{}: {}", record.level.word(), record.message));
        }
    }

    fn record(message: fmt::Arguments<'_>) -> LogRecord<'_> {
        LogRecord {
            level: LogLevel::Error,
            time: Duration::ZERO,
            facility: None,
            message,
        }
    }

    #[test]
    fn only_levels_that_are_on_are_written() {
        let memory = Memory::default();
        let logger = Logger::new(0, Box::new(memory.clone()));
        logger.log(LogLevel::Error, Duration::ZERO, format_args!("a"));
        logger.log(LogLevel::Info, Duration::ZERO, format_args!("b"));
        logger.set_threshold(2);
        logger.log(LogLevel::Info, Duration::ZERO, format_args!("c"));
        assert_eq!(*memory.0.lock().unwrap(), ["ERROR: a", "INFO: c"]);
    }

    #[test]
    fn a_module_follows_the_whole_until_it_has_its_own_threshold() {
        let logger = Logger::new(0, Box::new(Memory::default()));
        let usrloc = |level| logger.enabled_for("usrloc", level);
        assert!(!usrloc(LogLevel::Info));
        logger.set_threshold(2);
        assert!(usrloc(LogLevel::Info));
        logger.set_module_threshold("usrloc", Some(-1));
        assert!(!usrloc(LogLevel::Info));
        logger.set_threshold(3);
        assert!(!usrloc(LogLevel::Warning) && logger.enabled_for("tm", LogLevel::Debug));
        assert_eq!(logger.module_thresholds(), [("usrloc".to_owned(), -1)]);
        logger.set_module_threshold("usrloc", None);
        assert!(usrloc(LogLevel::Debug));
    }

    #[test]
    fn a_plain_sink_shows_the_origin_in_the_text() {
        let memory = Memory::default();
        let logger = Logger::new(0, Box::new(memory.clone()));
        let place = LogPlace {
            file: "core/route.c",
            line: 7,
            function: "fix",
        };
        let core = LogOrigin {
            module: "core",
            place: Some(place),
            ..LogOrigin::default()
        };
        logger.write_from(&core, &record(format_args!("x")));
        let script = LogOrigin {
            prefix: "{1} ",
            module: "xlog",
            label: Some("<script>: "),
            ..LogOrigin::default()
        };
        logger.write_from(&script, &record(format_args!("y")));
        let module = LogOrigin {
            module: "sl",
            ..LogOrigin::default()
        };
        logger.write_from(&module, &record(format_args!("z")));
        assert_eq!(
            *memory.0.lock().unwrap(),
            [
                "ERROR: <core> [core/route.c:7]: fix(): x",
                "ERROR: {1} <script>: y",
                "ERROR: sl: z"
            ]
        );
        assert_eq!(logger.dropped(), 0);
    }

    /// Keeps the facilities of records.
    #[derive(Clone, Default)]
    struct Facilities(Arc<Mutex<Vec<Option<u8>>>>);

    impl LogSink for Facilities {
        fn write(&self, record: &LogRecord<'_>) {
            self.0.lock().unwrap().push(record.facility);
        }
    }

    #[test]
    fn a_module_may_have_a_facility_of_its_own() {
        let seen = Facilities::default();
        let logger = Logger::new(0, Box::new(seen.clone()));
        let write = |module, facility| {
            let origin = LogOrigin {
                module,
                ..LogOrigin::default()
            };
            logger.write_from(
                &origin,
                &LogRecord {
                    level: LogLevel::Error,
                    time: Duration::ZERO,
                    facility,
                    message: format_args!("x"),
                },
            );
        };
        write("tm", None);
        logger.set_module_facility("tm", Some(17));
        write("tm", None);
        write("tm", Some(18));
        write("sl", None);
        assert_eq!(logger.module_facility("tm"), Some(17));
        logger.set_module_facility("tm", None);
        write("tm", None);
        assert_eq!(
            *seen.0.lock().unwrap(),
            [None, Some(17), Some(18), None, None]
        );
        seen.0.lock().unwrap().clear();
        logger.set_module_facility("tm", Some(17));
        logger.set_facility(20);
        write("sl", None);
        write("tm", None);
        write("sl", Some(18));
        logger.use_module_facilities(false);
        write("tm", None);
        assert_eq!(
            *seen.0.lock().unwrap(),
            [Some(20), Some(17), Some(18), Some(20)]
        );
    }
}
