use super::*;
use hickory_resolver::config::ConnectionConfig;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::Record as DnsRecord;
use hickory_resolver::proto::rr::rdata::{A, SRV};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use telemetry::format::Colour;
use telemetry::{LogOrigin, LogRecord, LogSink};

/// A name server with one zone; counts what it was asked.
fn name_server(asked: Arc<AtomicUsize>) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            asked.fetch_add(1, Ordering::SeqCst);
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let question = query.queries[0].clone();
            let mut answer = query.into_response();
            let name = question.name().clone();
            let shown = name.to_ascii();
            let data = match (shown.trim_end_matches('.'), question.query_type()) {
                ("_sip._udp.example.test", RecordType::SRV) => vec![
                    RData::SRV(SRV::new(20, 1, 5070, Name::from_ascii("b.test.").unwrap())),
                    RData::SRV(SRV::new(10, 1, 5080, Name::from_ascii("a.test.").unwrap())),
                ],
                ("a.test", RecordType::A) => vec![RData::A(A::new(127, 0, 1, 1))],
                ("b.test", RecordType::A) => vec![RData::A(A::new(127, 0, 1, 2))],
                _ => Vec::new(),
            };
            if data.is_empty() {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
            for data in data {
                answer.add_answer(DnsRecord::from_rdata(name.clone(), 300, data));
            }
            socket.send_to(&answer.to_vec().unwrap(), peer).unwrap();
        }
    });
    address
}

fn resolver(has_failover: bool, asked: Arc<AtomicUsize>) -> Resolver {
    let mut settings = CoreSettings::default();
    settings.dns.use_failover = has_failover;
    let log = Box::new(crate::Stderr::new(crate::LogForm::Plain, Colour::Off));
    resolver_with(&settings, log, name_server(asked))
}

fn resolver_with(settings: &CoreSettings, log: Box<dyn LogSink>, server: SocketAddr) -> Resolver {
    let listens = [ListenSpec::new(
        sip::Transport::Udp,
        (Ipv4Addr::LOCALHOST, 5060).into(),
    )];
    let logger = Arc::new(Logger::new(0, log));
    let runtime = LazyRuntime::new(Duration::ZERO);
    let resolver = Resolver::new(runtime, logger, settings, &listens, 1);
    let mut connection = ConnectionConfig::udp();
    connection.port = server.port();
    let server = NameServerConfig::new(server.ip(), true, vec![connection]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let client = resolver.0.build(config, ResolverOpts::default());
    *resolver.0.client.lock() = Some(client.map(Arc::new));
    resolver
}

fn places(resolver: &Resolver, uri: &str) -> Vec<String> {
    let hops = match resolver.locate(&Text::from(uri)) {
        Located::Ready(hops) => hops,
        Located::Later(answer) => resolver.0.runtime.handle().unwrap().block_on(answer),
    };
    hops.iter()
        .map(|hop| format!("{} {}", hop.transport, hop.address))
        .collect()
}

#[test]
fn a_service_is_found_and_then_known() {
    let asked = Arc::new(AtomicUsize::new(0));
    let resolver = resolver(true, asked.clone());
    let expected = ["udp 127.0.1.1:5080", "udp 127.0.1.2:5070"];
    assert_eq!(places(&resolver, "sip:u@example.test"), expected);
    let before = asked.load(Ordering::SeqCst);
    assert!(matches!(
        resolver.locate(&Text::from("sip:example.test")),
        Located::Ready(hops) if hops.len() == 2
    ));
    assert_eq!(asked.load(Ordering::SeqCst), before);
    assert!(resolver.with_cache(&mut |cache, _| assert!(cache.len() >= 3)));
}

#[test]
fn without_failover_the_best_place_is_all() {
    let resolver = resolver(false, Arc::default());
    assert_eq!(
        places(&resolver, "sip:u@example.test"),
        ["udp 127.0.1.1:5080"]
    );
}

#[test]
fn a_port_means_the_host_itself() {
    let resolver = resolver(false, Arc::default());
    assert_eq!(places(&resolver, "sip:a.test:5099"), ["udp 127.0.1.1:5099"]);
    assert!(places(&resolver, "sip:nobody.test:5099").is_empty());
}

/// The lines of a log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl LogSink for Lines {
    fn write(&self, record: &LogRecord<'_>) {
        self.0.lock().push(record.message.to_string());
    }

    fn write_from(&self, _: &LogOrigin<'_>, record: &LogRecord<'_>) {
        self.write(record);
    }
}

#[test]
fn a_question_that_takes_longer_than_the_limit_is_told_of() {
    let lines = Lines::default();
    let resolver = |limit| {
        let mut settings = CoreSettings::default();
        settings.dns.slow_query_ms = limit;
        let server = name_server(Arc::default());
        resolver_with(&settings, Box::new(lines.clone()), server)
    };
    let query = Query {
        name: Text::from("a.test"),
        kind: Kind::A,
    };
    let slow = Duration::from_millis(51);
    // Off, and in time.
    resolver(0).0.tell_if_slow(&query, slow);
    resolver(50)
        .0
        .tell_if_slow(&query, Duration::from_millis(50));
    assert!(lines.0.lock().is_empty());
    let resolver = resolver(50);
    for _ in 0..100 {
        resolver.0.tell_if_slow(&query, slow);
    }
    let told = std::mem::take(&mut *lines.0.lock());
    let expected = "the DNS took 51 ms to answer for a.test (A)";
    assert_eq!(told[0], expected);
    assert!(told.len() < 100, "a slow DNS does not fill the log");
}
