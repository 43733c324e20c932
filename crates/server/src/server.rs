//! A server from its draft to its end.

use crate::draft::Draft;
use crate::engine::Engine;
use crate::figures;
use crate::loading::{self, Loaded, Surroundings};
use crate::names::Resolver;
use crate::real::{Door, LazyRuntime, RealWorld};
use crate::refusals::Refusals;
use crate::timers::{self, Alarm};
use crate::{listen, network};
use module_api::{ModuleExport, Sockets};
use net::{BindError, Network};
use sip::identifiers::Identifiers;
use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use telemetry::{LogLevel, Logger};

/// How long queued messages may take to leave when the server stops.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long what has arrived before the server stops may take to be answered.
const LAST_ANSWERS: Duration = Duration::from_millis(400);

/// How long to wait before looking once more whether all is answered.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration has errors; they are in the draft.
    #[error("the configuration has errors")]
    Configuration,
    /// A socket could not be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system refuses what a server needs.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// A server at work.
pub struct Server {
    engine: Arc<Engine>,
    world: Arc<RealWorld>,
    network: Network,
    alarm: Arc<Alarm>,
    timer_thread: JoinHandle<()>,
}

/// Checks a draft by loading it without opening a socket. Whether it would start; why not is in its diagnostics.
pub fn check(draft: &mut Draft, modules: &[&'static ModuleExport], logger: Arc<Logger>) -> bool {
    listen::report_foreign(draft);
    let sockets = Arc::new(listen::describe_specs(
        &draft.listens,
        draft.aliases.clone(),
    ));
    let world = RealWorld::new(LazyRuntime::new(Duration::ZERO), Arc::default());
    let engine = Engine::new(world, 0);
    let surroundings = Surroundings {
        modules,
        sockets,
        host: engine,
        logger,
        identifiers: Identifiers::new([0; 16]),
        only_checks: true,
        previous: None,
    };
    loading::load(draft, surroundings).is_some()
}

fn load(
    draft: &mut Draft,
    modules: &[&'static ModuleExport],
    sockets: Arc<Sockets>,
    engine: &Arc<Engine>,
    logger: Arc<Logger>,
    secret: [u8; 16],
) -> Option<Loaded> {
    loading::load(
        draft,
        Surroundings {
            modules,
            sockets,
            host: engine.clone(),
            logger,
            identifiers: Identifiers::new(secret),
            only_checks: false,
            previous: None,
        },
    )
}

/// Opens the sockets, loads the configuration and starts to serve. No thread exists before this is called.
pub fn start(
    draft: &mut Draft,
    modules: &[&'static ModuleExport],
    logger: Arc<Logger>,
    tidy: fn(),
) -> Result<Server, StartError> {
    if draft.has_errors() {
        return Err(StartError::Configuration);
    }
    let runtime = LazyRuntime::new(network::receive_wait_max(&draft.settings.ip));
    let streams = runtime.clone();
    let config = network::net_config(&draft.settings);
    let bound = net::bind(draft.listens.clone(), config, move || {
        streams.handle().cloned()
    })?;
    let alarm: Arc<Alarm> = Arc::default();
    let world = RealWorld::new(runtime.clone(), alarm.clone());
    world.connect(bound.sender());
    let mut secret = [0u8; 24];
    getrandom::fill(&mut secret).map_err(|error| std::io::Error::other(error.to_string()))?;
    let (key, seed) = secret.split_at(16);
    let seed = u64::from_le_bytes(seed.try_into().unwrap_or_default());
    let resolver = Resolver::new(
        runtime.clone(),
        logger.clone(),
        &draft.settings,
        &draft.listens,
        seed.rotate_left(32),
    );
    world.resolve_with(resolver.clone());
    let engine = Engine::new(world.clone(), seed);
    let sockets = Arc::new(listen::describe(bound.sockets(), draft.aliases.clone()));
    let key = key.try_into().unwrap_or_default();
    let Some(loaded) = load(draft, modules, sockets, &engine, logger, key) else {
        return Err(StartError::Configuration);
    };
    let statistics = loaded.runtime.statistics.clone();
    figures::of_names(&statistics, &resolver);
    engine.begin(Arc::new(loaded));
    let door = Arc::new(Door {
        engine: engine.clone(),
        runtime,
        refusals: Refusals::default(),
        tidy,
    });
    let network = bound.start(door)?;
    figures::of_connections(&statistics, &network.connections());
    let (driven, rung) = (engine.clone(), alarm.clone());
    let timer_thread = std::thread::Builder::new()
        .name("kahea-timers".to_owned())
        .spawn(move || timers::drive(&driven, &rung))?;
    Ok(Server {
        engine,
        world,
        network,
        alarm,
        timer_thread,
    })
}

impl Server {
    /// The lanes.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Whether the server was asked to stop from inside.
    pub fn is_stopping(&self) -> bool {
        self.world.is_stopping()
    }

    /// Writes all statistics to the log.
    pub fn report(&self) {
        let Some(loaded) = self.engine.current() else {
            return;
        };
        let runtime = &loaded.runtime;
        for (group, name, value) in runtime.statistics.list() {
            runtime.log(LogLevel::Notice, format_args!("{group}:{name} = {value}"));
        }
    }

    /// Logs what happens to the server as a whole.
    pub fn note(&self, message: fmt::Arguments<'_>) {
        if let Some(loaded) = self.engine.current() {
            loaded.runtime.log(LogLevel::Notice, message);
        }
    }

    /// Stops: answers what has arrived, reads no more, lets what is queued leave, ends all threads.
    pub fn stop(self) {
        let last = Instant::now() + LAST_ANSWERS;
        self.network.read_last_datagrams(LAST_ANSWERS);
        while self.engine.has_calls_waiting() && Instant::now() < last {
            std::thread::park_timeout(LOOK_AGAIN);
        }
        self.network.shutdown(PATIENCE);
        self.alarm.stop();
        let _ = self.timer_thread.join();
        if let Some(loaded) = self.engine.current() {
            // Those that were loaded last use those before them.
            for instance in loaded.runtime.loaded.instances().rev() {
                instance.stop();
            }
        }
    }
}
