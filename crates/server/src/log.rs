//! Where log records go: stderr or syslog.

use parking_lot::Mutex;
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::{LogRecord, LogSink};

/// Writes to stderr in Kamailio's form: ` 0(1234) ERROR: text`.
pub struct Stderr {
    pid: u32,
}

impl Stderr {
    /// A sink that shows this process's id.
    pub fn new() -> Stderr {
        Stderr {
            pid: std::process::id(),
        }
    }
}

impl Default for Stderr {
    fn default() -> Self {
        Stderr::new()
    }
}

impl LogSink for Stderr {
    fn write(&self, record: &LogRecord<'_>) {
        let mut line = Vec::with_capacity(160);
        let _ = write!(
            line,
            " 0({}) {}: {}",
            self.pid,
            record.level.word(),
            record.message
        );
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        let _ = std::io::stderr().lock().write_all(&line);
    }
}

/// Writes to the system's log daemon (RFC 3164 over `/dev/log`). What it does not take is counted and dropped.
pub struct Syslog {
    name: String,
    pid: u32,
    facility: u8,
    socket: Mutex<Option<UnixDatagram>>,
    dropped: AtomicU64,
}

impl Syslog {
    /// A sink under a program name; `facility` is its number, such as 3 for daemon.
    pub fn new(name: &str, facility: u8) -> Syslog {
        Syslog {
            name: name.to_owned(),
            pid: std::process::id(),
            facility,
            socket: Mutex::new(open()),
            dropped: AtomicU64::new(0),
        }
    }

    /// How many records the daemon did not take.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
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
        // RFC 3164 severities: 1 alert, 2 critical, 3 error, 4 warning, 5 notice, 6 info, 7 debug.
        let severity = match record.level.number() {
            ..=-4 => 1,
            -3 | -2 => 2,
            -1 => 3,
            0 => 4,
            1 => 5,
            2 => 6,
            3.. => 7,
        };
        let facility = record.facility.unwrap_or(self.facility);
        let priority = u16::from(facility) * 8 + severity;
        let line = format!(
            "<{priority}>{}[{}]: {}: {}",
            self.name,
            self.pid,
            record.level.word(),
            record.message
        );
        let mut socket = self.socket.lock();
        if socket.is_none() {
            *socket = open();
        }
        let sent = socket
            .as_ref()
            .is_some_and(|socket| socket.send(line.trim_end().as_bytes()).is_ok());
        if !sent {
            *socket = None;
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
