//! Where log records go: stderr or syslog, as text or as JSON.

use module_api::calendar::{Calendar, Zone};
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use telemetry::format::{
    Colour, JsonFlags, LocalTime, Process, SyslogSource, json_line, stderr_line,
    syslog_json_packet, syslog_packet,
};
use telemetry::{LogLevel, LogOrigin, LogRecord, LogSink};

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// Kamailio's lines.
    Plain,
    /// One JSON object each (`--log-engine=json`).
    Json(JsonFlags),
}

impl LogForm {
    /// The form of a `--log-engine` value or `log_engine_type`, such as `json:aM`; none when it names no form we have.
    pub fn named(engine: &str) -> Option<LogForm> {
        let (name, letters) = engine.split_once(':').unwrap_or((engine, ""));
        match name {
            "" => Some(LogForm::Plain),
            "json" => Some(LogForm::Json(JsonFlags::from_letters(letters))),
            _ => None,
        }
    }
}

/// Writes to stderr.
pub struct Stderr {
    process: Process,
    is_coloured: bool,
    /// The colours of levels that have not those of [`LogLevel::colour`].
    colours: RwLock<BTreeMap<LogLevel, String>>,
    form: LogForm,
}

impl Stderr {
    /// A sink that shows this process's id.
    pub fn new(form: LogForm, colour: Colour<'_>) -> Stderr {
        Stderr {
            process: this_process(),
            is_coloured: colour != Colour::Off,
            colours: RwLock::default(),
            form,
        }
    }
}

impl Default for Stderr {
    fn default() -> Stderr {
        Stderr::new(LogForm::Plain, Colour::Off)
    }
}

fn this_process() -> Process {
    Process {
        index: 0,
        pid: std::process::id(),
    }
}

impl LogSink for Stderr {
    fn write(&self, record: &LogRecord<'_>) {
        self.write_from(&LogOrigin::default(), record);
    }

    fn write_from(&self, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
        let mut line = Vec::with_capacity(160);
        match self.form {
            LogForm::Plain => {
                let colours = self.colours.read();
                let colour = match colours.get(&record.level) {
                    _ if !self.is_coloured => Colour::Off,
                    Some(sequence) => Colour::Sequence(sequence),
                    None => Colour::On,
                };
                stderr_line(&mut line, self.process, colour, origin, record);
            }
            LogForm::Json(flags) => {
                json_line(&mut line, flags, Some(self.process), origin, record);
            }
        }
        let _ = std::io::stderr().lock().write_all(&line);
    }

    fn set_colour(&self, level: LogLevel, sequence: &str) {
        self.colours.write().insert(level, sequence.to_owned());
    }
}

/// Writes to the system's log daemon (RFC 3164 over `/dev/log`). What it does not take is counted and dropped.
pub struct Syslog {
    source: SyslogSource,
    form: LogForm,
    socket: Mutex<Option<UnixDatagram>>,
    dropped: AtomicU64,
}

impl Syslog {
    /// A sink under a program name; `facility` is its number, such as 3 for daemon.
    pub fn new(name: &str, facility: u8, form: LogForm) -> Syslog {
        Syslog {
            source: SyslogSource {
                ident: name.to_owned(),
                pid: std::process::id(),
                facility,
            },
            form,
            socket: Mutex::new(open()),
            dropped: AtomicU64::new(0),
        }
    }
}

fn open() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect("/dev/log").ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

impl LogSink for Syslog {
    fn write(&self, record: &LogRecord<'_>) {
        self.write_from(&LogOrigin::default(), record);
    }

    fn write_from(&self, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
        let mut packet = Vec::with_capacity(200);
        let time = local_time(record.time);
        match self.form {
            LogForm::Plain => syslog_packet(&mut packet, &self.source, time, origin, record),
            LogForm::Json(flags) => {
                syslog_json_packet(&mut packet, &self.source, time, flags, origin, record);
            }
        }
        let mut socket = self.socket.lock();
        if socket.is_none() {
            *socket = open();
        }
        let sent = socket
            .as_ref()
            .is_some_and(|socket| socket.send(packet.trim_ascii_end()).is_ok());
        if !sent {
            *socket = None;
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn local_time(time: Duration) -> LocalTime {
    let calendar = Calendar::at(time, Zone::Local);
    let field = |value: i64| u8::try_from(value).unwrap_or(0);
    LocalTime {
        month: field(calendar.month()),
        day: field(calendar.day()),
        hour: field(calendar.hour()),
        minute: field(calendar.minute()),
        second: field(calendar.second()),
    }
}
