//! What a message costs without the network: from the octets received to the octets to be sent.
//!
//! `cargo bench -p specs` prints nanoseconds and allocations per message.

use benchkit::{Counting, cpu_ns};
use bytes::Bytes;
use module_api::{BoxFuture, Delivery, Logger, Reception, SocketId, World};
use server::{Engine, Overrides, Platform, Surroundings};
use sip::Transport;
use sip::identifiers::Identifiers;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

/// A world that takes what is sent and does nothing else.
struct Nowhere(Instant, AtomicU64);

impl World for Nowhere {
    fn now(&self) -> Instant {
        self.0
    }

    fn unix_time(&self) -> Duration {
        Duration::from_secs(1_700_000_000)
    }

    fn spawn(&self, _: BoxFuture<()>) {}

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::pending())
    }
}

impl Platform for Nowhere {
    fn deadline_set(&self, _: Instant) {}

    fn send(&self, _: &Delivery, bytes: &[u8]) -> Result<(), server::SendError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        black_box(bytes);
        Ok(())
    }
}

const MODULES: &str = r#"
listen=udp:127.0.0.1:5060
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "sanity.so"
"#;

const ANSWER: &str = r#"
request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    if (!sanity_check("1511", "7")) {
        exit;
    }
    if (is_method("OPTIONS")) {
        sl_send_reply("200", "Keepalive");
        exit;
    }
}
"#;

const FORWARD: &str = r#"
request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    $du = "sip:127.0.0.1:5080";
    forward();
}
onreply_route {
    return 1;
}
"#;

const REQUEST: &str = "OPTIONS sip:service@127.0.0.1:5060 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK-524287-1---0123456789abcdef\r\n\
    Max-Forwards: 70\r\n\
    From: \"Caller\" <sip:caller@127.0.0.1>;tag=0123456789\r\n\
    To: <sip:service@127.0.0.1>\r\n\
    Call-ID: 0123456789abcdef0123456789@127.0.0.1\r\n\
    CSeq: 1 OPTIONS\r\n\
    Contact: <sip:caller@127.0.0.1:5070>\r\n\
    User-Agent: load\r\n\
    Accept: application/sdp\r\n\
    Content-Length: 0\r\n\r\n";

const RESPONSE: &str = "SIP/2.0 200 OK\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK0123.0123456789abcdef0123456789abcdef.0\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5070;rport=5070;branch=z9hG4bK-524287-1---0123456789abcdef\r\n\
    From: \"Caller\" <sip:caller@127.0.0.1>;tag=0123456789\r\n\
    To: <sip:service@127.0.0.1>;tag=abcdef\r\n\
    Call-ID: 0123456789abcdef0123456789@127.0.0.1\r\n\
    CSeq: 1 OPTIONS\r\n\
    Contact: <sip:service@127.0.0.1:5080>\r\n\
    Content-Length: 0\r\n\r\n";

fn engine(script: &str) -> Option<(Arc<Engine>, Arc<Nowhere>)> {
    let mut draft = server::read(
        "kamailio.cfg",
        &format!("{MODULES}{script}"),
        &script_syntax::MemoryLoader::default(),
        &script_syntax::Options::default(),
        &Overrides::default(),
    );
    let world = Arc::new(Nowhere(Instant::now(), AtomicU64::new(0)));
    let engine = Engine::new(world.clone(), 1);
    let sockets = server::describe_specs(&draft.listens, draft.aliases.clone());
    let loaded = server::load(
        &mut draft,
        Surroundings {
            modules: mod_all::MODULES,
            sockets: Arc::new(sockets),
            host: engine.clone(),
            logger: Arc::new(Logger::new(0, Box::new(server::Stderr::default()))),
            identifiers: Identifiers::new([7; 16]),
            previous: None,
            only_checks: false,
        },
    );
    for mistake in &draft.diagnostics {
        eprintln!("{}", mistake.message);
    }
    engine.begin(Arc::new(loaded?));
    Some((engine, world))
}

fn measure(name: &str, script: &str, message: &str) {
    const COUNT: u32 = 200_000;
    let Some((engine, world)) = engine(script) else {
        eprintln!("{name}: the configuration has errors");
        return;
    };
    let reception = Reception {
        transport: Transport::Udp,
        local: ([127, 0, 0, 1], 5060).into(),
        socket: SocketId(0),
        peer: ([127, 0, 0, 1], 5070).into(),
        connection: None,
    };
    let run = |count: u32| {
        for _ in 0..count {
            engine.receive(Bytes::copy_from_slice(message.as_bytes()), reception);
        }
    };
    run(COUNT / 10);
    let sent = world.1.load(Ordering::Relaxed);
    let (allocated, start) = (ALLOCATOR.allocations(), cpu_ns());
    run(COUNT);
    let each = (cpu_ns() - start) / u64::from(COUNT);
    let allocated = ALLOCATOR.allocations() - allocated;
    let sent = world.1.load(Ordering::Relaxed) - sent;
    println!(
        "{name}: {each} ns, {:.1} allocations, {:.1} sent",
        allocated as f64 / f64::from(COUNT),
        sent as f64 / f64::from(COUNT),
    );
}

fn main() {
    measure("answer", ANSWER, REQUEST);
    measure("forward request", FORWARD, REQUEST);
    measure("forward response", FORWARD, RESPONSE);
}
