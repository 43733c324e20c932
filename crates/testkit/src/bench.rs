//! A server in virtual time.

use crate::world::VirtualWorld;
use module_api::{Answered, Delivery, Fault, ModuleExport, Reception, RpcValue, SocketId, Sockets};
use parking_lot::Mutex;
use script_syntax::MemoryLoader;
use server::{Engine, Loaded, Overrides, Periodic, Surroundings};
use sip::identifiers::Identifiers;
use sip::{Message, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use telemetry::{LogOrigin, LogRecord, LogSink, Logger};

/// The address of the server in stories. Its port is not 5060, which our headers leave out.
pub const SERVER: &str = "127.0.0.1:5070";

/// Something the server has sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// How long after the start.
    pub at: Duration,
    /// Whom it says it comes from, if that is not one of our sockets.
    pub from: Option<SocketAddr>,
    /// To whom.
    pub to: SocketAddr,
    /// By which way.
    pub delivery: Delivery,
    /// What.
    pub text: String,
}

/// Lines of the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl LogSink for Lines {
    fn write(&self, record: &LogRecord<'_>) {
        let text = record.message.to_string();
        self.0
            .lock()
            .push(format!("{}: {}", record.level.word(), text.trim_end()));
    }

    fn write_from(&self, origin: &LogOrigin<'_>, record: &LogRecord<'_>) {
        let level = origin.level_name.unwrap_or(record.level.word());
        let text = format!("{level}: {origin}{}", record.message);
        self.0.lock().push(text.trim_end().to_owned());
    }
}

/// A whole server without sockets, threads or clocks.
pub struct Bench {
    world: Arc<VirtualWorld>,
    engine: Arc<Engine>,
    loaded: Arc<Loaded>,
    periodic: Periodic,
    lines: Lines,
    /// What is wrong with the configuration without keeping it from running.
    pub warnings: String,
}

impl Bench {
    /// Loads a configuration; the error is what its author would be shown.
    pub fn new(
        configuration: &str,
        modules: &[&'static ModuleExport],
        seed: u64,
    ) -> Result<Bench, String> {
        let mut draft = server::read(
            "kamailio.cfg",
            configuration,
            &MemoryLoader::new(),
            &script_syntax::Options::default(),
            &Overrides::default(),
        );
        let world = VirtualWorld::new();
        let engine = Engine::new(world.clone(), seed);
        let lines = Lines::default();
        let debug = draft.settings.debug.clamp(2, 10) as i8;
        let table = server::describe_specs(&draft.listens, draft.aliases.clone());
        let loaded = server::load(
            &mut draft,
            Surroundings {
                modules,
                sockets: Arc::new(table),
                host: engine.clone(),
                logger: Arc::new(Logger::new(debug, Box::new(lines.clone()))),
                identifiers: Identifiers::new([7; 16]),
                only_checks: false,
                previous: None,
            },
        );
        let shown: String = draft
            .diagnostics
            .iter()
            .map(|d| diagnostics::render_text(d, &draft.sources, diagnostics::Color::Never) + "\n")
            .collect();
        let Some(loaded) = loaded else {
            return Err(shown);
        };
        let loaded = Arc::new(loaded);
        engine.begin(loaded.clone());
        let periodic = Periodic::new(loaded.runtime.clone(), world.instant(Duration::ZERO));
        let mut bench = Bench {
            world,
            engine,
            loaded,
            periodic,
            lines,
            warnings: shown,
        };
        bench.settle();
        Ok(bench)
    }

    /// Our sockets.
    pub fn sockets(&self) -> &Sockets {
        &self.loaded.runtime.sockets
    }

    /// Hands a message to the server as a datagram from `peer`; false when it is no message.
    pub fn receive(&mut self, peer: SocketAddr, text: &str) -> bool {
        self.receive_by(SocketId(0), peer, text)
    }

    /// As [`Bench::receive`], by another than the first of the server's sockets.
    pub fn receive_by(&mut self, socket: SocketId, peer: SocketAddr, text: &str) -> bool {
        let bytes = bytes::Bytes::copy_from_slice(text.as_bytes());
        if Message::parse(bytes.clone()).is_err() {
            return false;
        }
        self.deliver(socket, peer, bytes);
        true
    }

    /// Hands the server a datagram from `peer`, whatever is in it.
    pub fn receive_octets(&mut self, peer: SocketAddr, bytes: bytes::Bytes) {
        self.deliver(SocketId(0), peer, bytes);
    }

    fn deliver(&mut self, socket: SocketId, peer: SocketAddr, bytes: bytes::Bytes) {
        let info = self.sockets().get(socket);
        let reception = Reception {
            transport: Transport::Udp,
            local: info.map_or(peer, |info| info.address),
            socket,
            peer,
            connection: None,
        };
        self.engine.receive(bytes, reception);
        self.settle();
    }

    /// Lets time pass; everything that is due on the way happens at its own moment.
    pub fn pass(&mut self, time: Duration) {
        let end = self.world.elapsed() + time;
        loop {
            let start = self.world.instant(Duration::ZERO);
            let due = [
                self.engine
                    .next_deadline()
                    .map(|at| at.saturating_duration_since(start)),
                self.periodic
                    .next()
                    .map(|at| at.saturating_duration_since(start)),
                self.world.next_alarm(),
            ];
            match due.into_iter().flatten().min() {
                Some(at) if at <= end => self.world.set_elapsed(at.max(self.world.elapsed())),
                _ => break,
            }
            self.settle();
        }
        self.world.set_elapsed(end);
        self.settle();
    }

    /// How long the story has lasted.
    pub fn elapsed(&self) -> Duration {
        self.world.elapsed()
    }

    /// Takes what was sent since the last call.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        let sent = self.world.take_sent();
        sent.into_iter()
            .map(|sent| Sent {
                at: sent.at,
                from: sent.from,
                to: sent.delivery.peer,
                delivery: sent.delivery,
                text: String::from_utf8_lossy(&sent.bytes).into_owned(),
            })
            .collect()
    }

    /// The lines logged so far, each with its level.
    pub fn log(&self) -> Vec<String> {
        self.lines.0.lock().clone()
    }

    /// Carries out an RPC command.
    pub fn rpc(&mut self, command: &str, arguments: Vec<RpcValue>) -> Result<Vec<RpcValue>, Fault> {
        let outcome = self.loaded.runtime.rpc(command.as_bytes(), arguments);
        let outcome = outcome.ok_or_else(|| Fault::new(500, "command not found"))?;
        self.settle();
        match outcome {
            Answered::Now(outcome) => Ok(outcome?.values),
            Answered::Later(mut outcome) => {
                let mut context = Context::from_waker(Waker::noop());
                match outcome.as_mut().poll(&mut context) {
                    Poll::Ready(outcome) => Ok(outcome?.values),
                    Poll::Pending => Err(Fault::new(500, "the command has not answered yet")),
                }
            }
        }
    }

    /// Lets everything happen that is due now.
    fn settle(&mut self) {
        let now = self.world.instant(self.world.elapsed());
        self.periodic.run_due(now);
        self.engine.wake(now);
        while self.world.poll_tasks() {}
    }
}
