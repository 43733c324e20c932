//! Runs pieces of script on messages, without a server.

use crate::MODULE;
use diagnostics::SourceMap;
use module_api::ast::TextPlace;
use module_api::{
    Binder, BoxFuture, Call, Catalog, ConnectionId, CoreSettings, CustomSetting, CustomSettings,
    Delivery, Diagnostic, Hooks, Host, Loaded, Loader, LogRecord, LogSink, Logger, ParamValue,
    ParkedRun, PlaceInfo, Reception, RouteId, RouteNames, RouteRun, Runtime, SocketId, SocketInfo,
    Sockets, Span, Statistics, Template, Text, VariableSlots, World,
};
use parking_lot::Mutex;
use script_syntax::{MemoryLoader, Options};
use script_vm::{Program, PureCompiler, Run};
use sip::identifiers::Identifiers;
use sip::{Message, Transport};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When everything happens: 2026-11-21 01:12:59 UTC and a bit.
pub const UNIX_TIME: Duration = Duration::new(1_795_223_579, 649_460_000);

/// One line of a table: code that is run, a format that is shown then, and what it shows.
pub type Row = (&'static str, &'static str, &'static str);

/// How a message comes in, and what is loaded.
pub struct Bench {
    /// Module parameters by name.
    pub params: Vec<(&'static str, &'static str)>,
    /// The transport the message comes over.
    pub transport: Transport,
    /// Changes the context before anything runs.
    pub prepare: fn(&mut Call),
}

impl Default for Bench {
    fn default() -> Bench {
        Bench {
            params: Vec::new(),
            transport: Transport::Udp,
            prepare: |_| {},
        }
    }
}

/// What a run of rows left behind.
pub struct Outcome {
    /// The context.
    pub call: Call,
    /// What was logged.
    pub log: Vec<String>,
}

impl Bench {
    /// Runs the rows one after the other on one message and compares what they show.
    #[track_caller]
    pub fn check(&self, message: &str, rows: &[Row]) -> Outcome {
        let (mut call, program, formats, log) = self.load(message, rows);
        let mut wrong = Vec::new();
        for (number, (row, format)) in rows.iter().zip(&formats).enumerate() {
            if !row.0.is_empty() {
                let route = route(&call, number);
                Run::default().start(&program, &mut call, route);
            }
            let mut out = Vec::new();
            format.append_to(&mut call, &mut out);
            let shown = String::from_utf8_lossy(&out).into_owned();
            if shown != row.2 {
                wrong.push(format!(
                    "{} ; {}\n   expected {:?}\n   found    {shown:?}",
                    row.0, row.1, row.2
                ));
            }
        }
        let log = log.lock().clone();
        assert!(wrong.is_empty(), "{}\nlog: {log:#?}", wrong.join("\n"));
        Outcome { call, log }
    }

    /// What is wrong with a piece of script; empty when nothing is.
    pub fn mistakes(&self, format: &str) -> Vec<String> {
        let logger = Arc::new(Logger::new(3, Box::new(Memory(Arc::default()))));
        match Parts::load(self, "request_route { exit; }", logger) {
            Ok(mut parts) => match parts.template(format) {
                Ok(_) => Vec::new(),
                Err(mistake) => vec![mistake],
            },
            Err(mistakes) => mistakes,
        }
    }

    fn load(
        &self,
        message: &str,
        rows: &[Row],
    ) -> (Call, Program, Vec<Template>, Arc<Mutex<Vec<String>>>) {
        let mut script = "flags FLG:3\nrequest_route { exit; }\n".to_owned();
        for (number, (code, _, _)) in rows.iter().enumerate() {
            script.push_str(&format!("route[R{number}] {{ {code}; return 1; }}\n"));
        }
        let log = Arc::new(Mutex::new(Vec::new()));
        let logger = Arc::new(Logger::new(3, Box::new(Memory(log.clone()))));
        let mut parts =
            Parts::load(self, &script, logger).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        let formats = rows.iter().map(|row| {
            parts
                .template(row.1)
                .unwrap_or_else(|mistake| panic!("{}: {mistake}", row.1))
        });
        let formats: Vec<Template> = formats.collect();
        let (runtime, program) = parts.finish();
        let message = Message::parse(message.replace('\n', "\r\n").into_bytes().into()).unwrap();
        let reception = Reception {
            transport: self.transport,
            local: "127.0.0.1:5060".parse().unwrap(),
            socket: SocketId(if self.transport == Transport::Udp {
                0
            } else {
                1
            }),
            peer: "127.0.0.2:45678".parse().unwrap(),
            connection: (self.transport != Transport::Udp).then_some(ConnectionId(1)),
        };
        let mut call = Call::new(
            Arc::new(runtime),
            message,
            reception,
            Instant::now(),
            UNIX_TIME,
        );
        (self.prepare)(&mut call);
        (call, program, formats, log)
    }
}

fn route(call: &Call, number: usize) -> RouteId {
    call.runtime
        .routes
        .route(format!("R{number}").as_bytes())
        .unwrap()
}

/// A configuration on its way to a runtime.
struct Parts {
    loaded: Loaded,
    routes: RouteNames,
    slots: VariableSlots,
    flags: BTreeMap<String, u8>,
    sources: SourceMap,
    program: Program,
    places: Box<[PlaceInfo]>,
    hooks: Hooks,
    statistics: Arc<Statistics>,
    settings: CoreSettings,
    logger: Arc<Logger>,
}

impl Parts {
    fn load(bench: &Bench, script: &str, logger: Arc<Logger>) -> Result<Parts, Vec<String>> {
        let parsed = script_syntax::parse(
            "test.cfg",
            script,
            &MemoryLoader::new(),
            &Options::default(),
        );
        let shown = |mistakes: Vec<Diagnostic>| {
            mistakes
                .into_iter()
                .map(|mistake| mistake.message)
                .collect::<Vec<_>>()
        };
        if !parsed.is_sound() {
            return Err(shown(parsed.diagnostics));
        }
        let routes = script_vm::route_names(&parsed.tree);
        let mut loaded = Loaded::new(Arc::new(Catalog::new([&MODULE.entry])));
        loaded.add_exports(&mod_core::MODULE);
        loaded.add_exports(&MODULE);
        let mut slots = VariableSlots::default();
        let (mut hooks, mut found) = (Hooks::default(), Vec::new());
        let statistics = Arc::new(Statistics::default());
        statistics.counter("core", "rcv_requests").add(7);
        let flags = BTreeMap::from([("FLG".to_owned(), 3)]);
        let settings = CoreSettings::default();
        let mut set = (MODULE.params)();
        for (name, value) in &bench.params {
            let assigned = set.assign(name, &ParamValue::Text(Text::from(*value)), Span::default());
            assigned.map_err(|error| vec![error.to_string()])?;
        }
        let mut loader = Loader {
            binder: Binder {
                loaded: &loaded,
                routes: &routes,
                slots: &mut slots,
                flags: &flags,
                sources: &parsed.sources,
                diagnostics: &mut found,
                compiler: &PureCompiler,
                asks: Vec::new(),
            },
            settings: &settings,
            hooks: &mut hooks,
            statistics: &statistics,
            previous: None,
        };
        let core =
            (mod_core::MODULE.load)((mod_core::MODULE.params)(), &mut loader).map_err(shown)?;
        let instance = (MODULE.load)(set, &mut loader).map_err(shown)?;
        loaded.add_instance("core", core);
        loaded.add_instance("pv", instance);
        let mut binder = Binder {
            loaded: &loaded,
            routes: &routes,
            slots: &mut slots,
            flags: &flags,
            sources: &parsed.sources,
            diagnostics: &mut found,
            compiler: &PureCompiler,
            asks: Vec::new(),
        };
        let (program, places) =
            script_vm::compile(&parsed.tree, &mut binder, script_vm::Options::default());
        if found.iter().any(Diagnostic::is_error) {
            return Err(shown(found));
        }
        let sources = parsed.sources;
        Ok(Parts {
            loaded,
            routes,
            slots,
            flags,
            sources,
            program,
            places,
            hooks,
            statistics,
            settings,
            logger,
        })
    }

    fn template(&mut self, text: &str) -> Result<Template, String> {
        let mut binder = Binder {
            loaded: &self.loaded,
            routes: &self.routes,
            slots: &mut self.slots,
            flags: &self.flags,
            sources: &self.sources,
            diagnostics: &mut Vec::new(),
            compiler: &PureCompiler,
            asks: Vec::new(),
        };
        binder
            .template_at(text, TextPlace::Whole(Span::default()))
            .map_err(|mistake| mistake.message)
    }

    fn finish(self) -> (Runtime, Program) {
        let (initial_variables, null_variables) = self.slots.values();
        let custom = CustomSettings::default();
        for (name, value) in [
            ("sval", ParamValue::Text(Text::from("hello"))),
            ("ival", ParamValue::Int(10)),
        ] {
            let setting = CustomSetting {
                value,
                description: Text::default(),
            };
            custom.declare(Text::from("gv"), Text::from(name), setting);
        }
        let runtime = Runtime {
            variables: module_api::Variables::new(&self.settings, BTreeMap::new()),
            settings: self.settings,
            custom,
            loaded: self.loaded,
            routes: self.routes,
            initial_variables,
            null_variables,
            sockets: Arc::new(sockets()),
            log_prefix: None,
            hooks: self.hooks,
            defines: BTreeMap::new(),
            places: self.places,
            host: Arc::new(NoHost(Instant::now())),
            logger: self.logger,
            identifiers: Identifiers::new([7; 16]),
            traffic: module_api::Traffic::new(&self.statistics),
            late_answers: Arc::default(),
            blocklist: Arc::default(),
            statistics: self.statistics,
        };
        (runtime, self.program)
    }
}

fn sockets() -> Sockets {
    let socket = |id, transport, name: Option<&str>| SocketInfo {
        id: SocketId(id),
        transport,
        address: "127.0.0.1:5060".parse().unwrap(),
        host: Text::from("127.0.0.1"),
        given_host: Text::from("127.0.0.1"),
        advertised: (id == 1).then(|| (Text::from("adv.example.org"), 5090)),
        name: name.map(Text::from),
    };
    Sockets {
        list: vec![
            socket(0, Transport::Udp, Some("main")),
            socket(1, Transport::Tcp, None),
        ],
        ..Sockets::default()
    }
}

/// Keeps what is logged.
struct Memory(Arc<Mutex<Vec<String>>>);

impl LogSink for Memory {
    fn write(&self, record: &LogRecord<'_>) {
        self.0.lock().push(record.message.to_string());
    }
}

/// A server whose clock stands still.
struct NoHost(Instant);

impl World for NoHost {
    fn now(&self) -> Instant {
        self.0
    }

    fn unix_time(&self) -> Duration {
        UNIX_TIME
    }

    fn spawn(&self, _: BoxFuture<()>) {}

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

impl Host for NoHost {
    fn run_route(&self, _: RouteRun) {}

    fn lanes(&self) -> usize {
        0
    }

    fn on_lane(&self, _: module_api::LaneKey<'_>, _: module_api::LaneTask) {}

    fn send(&self, _: &Delivery, _: &[u8]) -> bool {
        false
    }

    fn run_route_in_order(&self, _: RouteRun) {}

    fn parked(&self, tell: Box<dyn FnOnce(Vec<ParkedRun>) + Send + Sync>) {
        tell(Vec::new());
    }
}
