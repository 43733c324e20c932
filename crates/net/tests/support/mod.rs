//! A handler that hands everything to the test, and a network to go with it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use net::{
    BoundNetwork, ConnectionEvent, ConnectionEventKind, Delivery, Handler, Limit, ListenSpec,
    NetConfig, Network, Received, Sender, SocketId,
};
use sip::Transport;
use tokio::runtime::Runtime;

/// No test waits longer than this for something that has to come.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test looks that nothing comes.
pub const MOMENT: Duration = Duration::from_millis(60);

/// Passes on what it is told; answers messages if it was given a sender.
pub struct Probe {
    messages: SyncSender<Received>,
    events: SyncSender<ConnectionEvent>,
    pub echo: OnceLock<Sender>,
    pub refused: Mutex<Vec<Limit>>,
}

impl Handler for Probe {
    fn received(&self, received: Received) {
        if let Some(sender) = self.echo.get() {
            let mut to = Delivery::new(received.socket, received.transport, received.peer);
            to.connection = received.connection;
            let _ = sender.send(&to, &received.bytes);
        }
        let _ = self.messages.try_send(received);
    }

    fn connection_event(&self, event: ConnectionEvent) {
        let _ = self.events.try_send(event);
    }

    fn connection_refused(&self, _peer: SocketAddr, limit: Limit) {
        self.refused.lock().unwrap().push(limit);
    }
}

/// A network and what its handler was told.
pub struct Fixture {
    pub network: Network,
    pub probe: Arc<Probe>,
    pub messages: Receiver<Received>,
    pub events: Receiver<ConnectionEvent>,
    pub runtime: Arc<Runtime>,
}

pub fn spec(transport: Transport, address: &str) -> ListenSpec {
    ListenSpec::new(transport, address.parse().unwrap())
}

pub fn runtime() -> Arc<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Arc::new(builder.worker_threads(2).enable_all().build().unwrap())
}

pub fn bind(specs: Vec<ListenSpec>, config: NetConfig, runtime: &Arc<Runtime>) -> BoundNetwork {
    let handle = runtime.handle().clone();
    net::bind(specs, config, move || handle.clone()).unwrap()
}

impl Fixture {
    pub fn start(specs: Vec<ListenSpec>, config: NetConfig) -> Fixture {
        let runtime = runtime();
        let (messages_in, messages) = sync_channel(100_000);
        let (events_in, events) = sync_channel(100_000);
        let probe = Arc::new(Probe {
            messages: messages_in,
            events: events_in,
            echo: OnceLock::new(),
            refused: Mutex::default(),
        });
        let network = bind(specs, config, &runtime)
            .start(Arc::clone(&probe) as Arc<dyn Handler>)
            .unwrap();
        Fixture {
            network,
            probe,
            messages,
            events,
            runtime,
        }
    }

    pub fn tcp(config: NetConfig) -> Fixture {
        Fixture::start(vec![spec(Transport::Tcp, "127.0.0.1:0")], config)
    }

    pub fn udp() -> Fixture {
        Fixture::start(
            vec![spec(Transport::Udp, "127.0.0.1:0")],
            NetConfig::default(),
        )
    }

    /// From now on every message is sent back.
    pub fn echo(self) -> Fixture {
        assert!(self.probe.echo.set(self.network.sender()).is_ok());
        self
    }

    pub fn address(&self) -> SocketAddr {
        self.network.sockets().get(SocketId(0)).unwrap().address()
    }

    pub fn message(&self) -> Received {
        self.messages.recv_timeout(PATIENCE).unwrap()
    }

    pub fn event(&self) -> ConnectionEvent {
        self.events.recv_timeout(PATIENCE).unwrap()
    }

    /// The next event must be that the connection opened.
    pub fn opened(&self) -> ConnectionEvent {
        let event = self.event();
        assert!(
            matches!(event.kind, ConnectionEventKind::Opened { .. }),
            "{event:?}"
        );
        event
    }

    pub fn delivery(&self, transport: Transport, peer: SocketAddr) -> Delivery {
        Delivery::new(SocketId(0), transport, peer)
    }
}
