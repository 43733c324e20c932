//! Stream connections through real sockets on the loopback.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

mod support;

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use net::{
    ClosedBy, ConnectionEventKind, ConnectionState, KeepAlive, Limit, NetConfig, Overdue,
    SendError, Sent, TcpConfig,
};
use sip::Transport;
use socket2::SockRef;

use support::{Fixture, MOMENT, PATIENCE, spec};

fn message(body: &str) -> Vec<u8> {
    format!(
        "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: {}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
        body.len()
    )
    .into_bytes()
}

fn connect(fixture: &Fixture) -> TcpStream {
    let stream = TcpStream::connect(fixture.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn tcp(change: impl FnOnce(&mut TcpConfig)) -> NetConfig {
    let mut config = NetConfig::default();
    change(&mut config.tcp);
    config
}

fn reset(stream: TcpStream) {
    SockRef::from(&stream)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(stream);
}

fn read_exactly(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut room = vec![0; length];
    stream.read_exact(&mut room).unwrap();
    room
}

fn assert_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{rest:?}");
}

#[test]
fn a_message_arrives_and_is_answered_on_its_connection() {
    let fixture = Fixture::tcp(NetConfig::default()).echo();
    let mut stream = connect(&fixture);
    let opened = fixture.opened();
    assert_eq!(opened.kind, ConnectionEventKind::Opened { accepted: true });
    assert_eq!(opened.id.number(), 1);
    assert_eq!(opened.peer, stream.local_addr().unwrap());
    stream.write_all(&message("hello")).unwrap();
    let received = fixture.message();
    assert_eq!(received.bytes, message("hello"));
    assert_eq!(received.connection, Some(opened.id));
    assert_eq!(
        (received.local, received.peer),
        (fixture.address(), opened.peer)
    );
    assert_eq!(
        read_exactly(&mut stream, received.bytes.len()),
        message("hello")
    );
}

#[test]
fn messages_are_cut_wherever_the_stream_is_cut() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    stream.set_nodelay(true).unwrap();
    let long = "x".repeat(9_000);
    let mut octets = Vec::new();
    for body in ["one", &long, "", "three"] {
        octets.extend(message(body));
    }
    for piece in octets.chunks(997) {
        stream.write_all(piece).unwrap();
    }
    for body in ["one", &long, "", "three"] {
        assert_eq!(fixture.message().bytes, message(body));
    }
}

#[test]
fn http_on_the_sip_port_is_delivered_as_it_came() {
    let fixture = Fixture::tcp(NetConfig::default());
    let request = b"POST /RPC HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    connect(&fixture).write_all(request).unwrap();
    assert_eq!(&fixture.message().bytes[..], request);
}

#[test]
fn what_speaks_http_and_is_no_request_is_refused() {
    let fixture = Fixture::tcp(NetConfig::default());
    for bad in [
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET HTTP/1.1\r\n\r\n",
        "GET / HTTP/x\r\n\r\n",
    ] {
        let mut stream = connect(&fixture);
        stream.write_all(bad.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{bad}: {answer}"
        );
    }
}

#[test]
fn a_double_line_end_is_answered_by_one() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    stream.write_all(b"\r\n\r\n").unwrap();
    assert_eq!(read_exactly(&mut stream, 2), b"\r\n");
    stream.write_all(b"\r\n\r\n\r\n\r\n").unwrap();
    assert_eq!(read_exactly(&mut stream, 4), b"\r\n\r\n");
    assert!(fixture.messages.try_recv().is_err());
}

#[test]
fn a_double_line_end_is_ignored_where_pings_are_off() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.crlf_ping = false)).echo();
    let mut stream = connect(&fixture);
    stream.write_all(b"\r\n\r\n").unwrap();
    stream.write_all(&message("x")).unwrap();
    assert_eq!(read_exactly(&mut stream, 3), b"OPT");
}

#[test]
fn a_peer_that_closes_is_an_event() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    let id = fixture.opened().id;
    stream.write_all(&message("x")[..20]).unwrap();
    assert!(fixture.network.connections().set_mark(id, 7));
    stream.shutdown(Shutdown::Write).unwrap();
    let event = fixture.event();
    assert_eq!(
        (event.id, event.kind),
        (id, ConnectionEventKind::Closed(ClosedBy::Peer))
    );
    assert_eq!(event.mark, 7);
    assert!(fixture.messages.try_recv().is_err());
    assert!(!fixture.network.connections().is_alive(id));
    assert_eq!(fixture.network.connections().state(id), None);
    assert_closed(&mut stream);
}

#[test]
fn a_message_before_the_end_is_delivered_before_the_event() {
    let fixture = Fixture::tcp(NetConfig::default()).echo();
    let mut stream = connect(&fixture);
    stream.write_all(&message("last")).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    fixture.opened();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Peer)
    );
    assert_eq!(fixture.messages.try_recv().unwrap().bytes, message("last"));
    assert_eq!(read_exactly(&mut stream, 7), b"OPTIONS");
}

#[test]
fn a_reset_is_an_event_of_its_own() {
    let fixture = Fixture::tcp(NetConfig::default());
    let stream = connect(&fixture);
    fixture.opened();
    reset(stream);
    assert_eq!(fixture.event().kind, ConnectionEventKind::Reset);
    assert_eq!(fixture.network.connections().counts().con_reset, 1);
}

#[test]
fn garbage_ends_the_connection() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    fixture.opened();
    stream.write_all(b"garbage garbage\r\n\r\n").unwrap();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Framing)
    );
    assert_closed(&mut stream);
}

#[test]
fn a_message_larger_than_the_buffer_ends_the_connection() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.rd_buf_size = 1000));
    let mut stream = connect(&fixture);
    fixture.opened();
    stream.write_all(&message(&"x".repeat(900))).unwrap();
    assert_eq!(
        fixture.message().bytes.len(),
        message(&"x".repeat(900)).len()
    );
    stream.write_all(&message(&"x".repeat(1000))).unwrap();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Framing)
    );
}

#[test]
fn without_content_length_a_message_is_refused_or_has_no_body() {
    let octets = b"OPTIONS sip:a@b SIP/2.0\r\n\r\n";
    let strict = Fixture::tcp(NetConfig::default());
    connect(&strict).write_all(octets).unwrap();
    strict.opened();
    assert_eq!(
        strict.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Framing)
    );
    let lenient = Fixture::tcp(tcp(|tcp| tcp.accept_no_cl = true));
    connect(&lenient).write_all(octets).unwrap();
    assert_eq!(&lenient.message().bytes[..], octets);
}

#[test]
fn a_connection_is_opened_for_a_message_and_used_again() {
    let fixture = Fixture::tcp(NetConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    let sender = fixture.network.sender();
    sender.send(&to, b"first").unwrap();
    let (mut stream, peer) = listener.accept().unwrap();
    assert_eq!(read_exactly(&mut stream, 5), b"first");
    let opened = fixture.opened();
    assert_eq!(opened.kind, ConnectionEventKind::Opened { accepted: false });
    assert_eq!(opened.local, peer);
    assert_eq!(sender.send(&to, b"second"), Ok(Sent::Written));
    assert_eq!(read_exactly(&mut stream, 6), b"second");
    stream.write_all(&message("back")).unwrap();
    let received = fixture.message();
    assert_eq!(
        (received.connection, received.local),
        (Some(opened.id), peer)
    );
    assert_eq!(fixture.network.connections().len(), 1);
    let counts = fixture.network.connections().counts();
    assert_eq!(
        (
            counts.connect_success,
            counts.passive_open,
            counts.established
        ),
        (1, 0, 1)
    );
}

#[test]
fn a_refused_connection_is_an_error_of_the_send() {
    let fixture = Fixture::tcp(NetConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    drop(listener);
    let sender = fixture.network.sender();
    assert_eq!(
        sender.send(&to, b"x"),
        Err(SendError::System(libc::ECONNREFUSED))
    );
    assert!(fixture.events.recv_timeout(MOMENT).is_err());
    let connections = fixture.network.connections();
    assert_eq!(
        (connections.len(), connections.counts().connect_failed),
        (0, 1)
    );
    assert_eq!(connections.counts().current_write_queue_size, 0);
}

/// A listener whose queue of connections is full: the system answers no further SYN.
fn unresponsive() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        fillers.push(stream);
        assert!(fillers.len() < 10);
    }
    (listener, fillers)
}

#[test]
fn what_waits_for_a_connection_that_never_opens_is_handed_back() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.connect_timeout = MOMENT));
    let (listener, _fillers) = unresponsive();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    let sender = fixture.network.sender();
    assert_eq!(sender.send(&to, b"one"), Ok(Sent::Queued));
    assert_eq!(sender.send(&to, b"two"), Ok(Sent::Queued));
    let connections = fixture.network.connections();
    assert_eq!(connections.list()[0].state, ConnectionState::Connecting);
    assert_eq!(connections.counts().current_write_queue_size, 6);
    let event = fixture.event();
    let errno = libc::ETIMEDOUT;
    assert_eq!(event.kind, ConnectionEventKind::ConnectFailed { errno });
    assert_eq!(event.unsent, [&b"one"[..], b"two"]);
    assert_eq!(connections.counts().current_write_queue_size, 0);
    assert!(connections.is_empty());
}

#[test]
fn what_is_queued_while_connecting_leaves_in_order_when_it_opens() {
    let fixture = Fixture::tcp(NetConfig::default());
    let (listener, fillers) = unresponsive();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    let sender = fixture.network.sender();
    for number in 0..10_u8 {
        assert_eq!(sender.send(&to, &[number]), Ok(Sent::Queued));
    }
    for _ in &fillers {
        drop(listener.accept().unwrap());
    }
    // The system repeats its SYN after a second.
    let opened = fixture.opened();
    let mut stream = loop {
        let (stream, peer) = listener.accept().unwrap();
        if peer == opened.local {
            break stream;
        }
    };
    assert_eq!(read_exactly(&mut stream, 10), (0..10).collect::<Vec<u8>>());
}

#[test]
fn no_connection_is_opened_where_that_is_not_wanted() {
    let fixture = Fixture::tcp(NetConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    to.flags.no_connect = true;
    let sender = fixture.network.sender();
    assert_eq!(sender.send(&to, b"x"), Err(SendError::NoConnection));
    to.flags.no_connect = false;
    sender.send(&to, b"x").unwrap();
    fixture.opened();
    let connections = fixture.network.connections();
    connections.set_config(tcp(|tcp| tcp.no_connect = true).tcp);
    assert_eq!(sender.send(&to, b"y"), Ok(Sent::Written));
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    to.peer = other.local_addr().unwrap();
    assert_eq!(sender.send(&to, b"z"), Err(SendError::NoConnection));
}

#[test]
fn a_connection_that_ended_is_replaced() {
    let fixture = Fixture::tcp(NetConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    let stream = connect(&fixture);
    to.connection = Some(fixture.opened().id);
    drop(stream);
    fixture.event();
    fixture.network.sender().send(&to, b"x").unwrap();
    assert_eq!(read_exactly(&mut listener.accept().unwrap().0, 1), b"x");
}

#[test]
fn a_slow_reader_gets_everything_in_order() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.conn_wq_max = 50_000_000;
        tcp.wq_max = 50_000_000;
    }));
    let mut stream = connect(&fixture);
    let mut to = fixture.destination(Transport::Tcp, stream.local_addr().unwrap());
    to.connection = Some(fixture.opened().id);
    let sender = fixture.network.sender();
    let piece: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let mut queued = 0;
    for _ in 0..200 {
        queued += usize::from(sender.send(&to, &piece) == Ok(Sent::Queued));
    }
    assert!(queued > 0);
    for _ in 0..200 {
        assert_eq!(read_exactly(&mut stream, piece.len()), piece);
    }
    assert_eq!(sender.send(&to, b"end"), Ok(Sent::Written));
    assert_eq!(read_exactly(&mut stream, 3), b"end");
    assert_eq!(
        fixture
            .network
            .connections()
            .counts()
            .current_write_queue_size,
        0
    );
}

#[test]
fn a_peer_that_reads_nothing_is_closed_when_its_queue_is_full() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 200_000));
    let stream = connect(&fixture);
    let mut to = fixture.destination(Transport::Tcp, stream.local_addr().unwrap());
    to.connection = Some(fixture.opened().id);
    to.flags.no_connect = true;
    let sender = fixture.network.sender();
    let piece = vec![b'x'; 50_000];
    let error = (0..1000).find_map(|_| sender.send(&to, &piece).err());
    assert_eq!(error, Some(SendError::QueueFull));
    let event = fixture.event();
    assert_eq!(event.kind, ConnectionEventKind::Closed(ClosedBy::QueueFull));
    assert!(!event.unsent.is_empty() && event.unsent.len() <= 4);
    assert_eq!(sender.send(&to, b"x"), Err(SendError::NoConnection));
    assert_eq!(fixture.network.connections().counts().sendq_full, 1);
}

#[test]
fn all_queues_together_are_bounded() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.conn_wq_max = 10_000_000;
        tcp.wq_max = 300_000;
    }));
    let streams: Vec<TcpStream> = (0..3).map(|_| connect(&fixture)).collect();
    let ids: Vec<_> = streams.iter().map(|_| fixture.opened()).collect();
    let sender = fixture.network.sender();
    let piece = vec![b'x'; 50_000];
    let mut refused = 0;
    for opened in &ids {
        let mut to = fixture.destination(Transport::Tcp, opened.peer);
        to.connection = Some(opened.id);
        refused += (0..500)
            .filter(|_| sender.send(&to, &piece).is_err())
            .count();
    }
    assert!(refused > 0);
    assert!(
        fixture
            .network
            .connections()
            .counts()
            .current_write_queue_size
            <= 300_000
    );
}

#[test]
fn a_peer_that_takes_nothing_times_out() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.conn_wq_max = 10_000_000;
        tcp.send_timeout = MOMENT;
    }));
    let stream = connect(&fixture);
    let mut to = fixture.destination(Transport::Tcp, stream.local_addr().unwrap());
    to.connection = Some(fixture.opened().id);
    let sender = fixture.network.sender();
    let piece = vec![b'x'; 1_000_000];
    for _ in 0..9 {
        sender.send(&to, &piece).unwrap();
    }
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::TimedOut(Overdue::Writing)
    );
    assert_eq!(fixture.network.connections().counts().send_timeout, 1);
}

#[test]
fn silence_ends_a_connection_but_traffic_keeps_it() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.connection_lifetime = Duration::from_millis(300)
    }));
    let mut busy = connect(&fixture);
    fixture.opened();
    let mut silent = connect(&fixture);
    let silent_id = fixture.opened().id;
    silent.write_all(&message("x")).unwrap();
    let began = Instant::now();
    loop {
        busy.write_all(&message("x")).unwrap();
        if let Ok(event) = fixture.events.recv_timeout(Duration::from_millis(50)) {
            assert_eq!(
                (event.id, event.kind),
                (silent_id, ConnectionEventKind::TimedOut(Overdue::Traffic))
            );
            break;
        }
        assert!(began.elapsed() < PATIENCE);
    }
    assert_closed(&mut silent);
    assert_eq!(fixture.network.connections().len(), 1);
    assert_eq!(fixture.network.connections().counts().con_timeout, 1);
}

#[test]
fn the_lifetime_of_one_connection_can_be_changed() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    let id = fixture.opened().id;
    stream.write_all(&message("x")).unwrap();
    fixture.message();
    let connections = fixture.network.connections();
    assert_eq!(
        connections.get(id).unwrap().lifetime,
        Duration::from_secs(120)
    );
    assert!(connections.set_lifetime(id, MOMENT));
    assert_eq!(connections.get(id).unwrap().lifetime, MOMENT);
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::TimedOut(Overdue::Traffic)
    );
}

#[test]
fn a_connection_without_data_and_a_half_message_time_out() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.msg_data_timeout = MOMENT;
        tcp.msg_read_timeout = MOMENT;
    }));
    let _silent = connect(&fixture);
    fixture.opened();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::TimedOut(Overdue::FirstData)
    );
    let mut half = connect(&fixture);
    half.write_all(&message("whole")).unwrap();
    half.write_all(b"\r\n").unwrap();
    fixture.opened();
    fixture.message();
    assert!(fixture.events.recv_timeout(MOMENT * 4).is_err());
    half.write_all(&message("half")[..30]).unwrap();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::TimedOut(Overdue::RestOfMessage)
    );
}

#[test]
fn connections_are_limited_altogether_and_per_peer() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.max_connections = 2));
    let _two = [connect(&fixture), connect(&fixture)];
    fixture.opened();
    fixture.opened();
    assert_closed(&mut connect(&fixture));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    assert_eq!(
        fixture.network.sender().send(&to, b"x"),
        Err(SendError::TooManyConnections)
    );
    assert_eq!(*fixture.probe.refused.lock().unwrap(), [Limit::All]);

    let fixture = Fixture::tcp(tcp(|tcp| tcp.accept_iplimit = 1));
    let first = connect(&fixture);
    fixture.opened();
    assert_closed(&mut connect(&fixture));
    drop(first);
    fixture.event();
    let _again = connect(&fixture);
    fixture.opened();
    assert_eq!(fixture.network.connections().counts().local_reject, 1);
    assert_eq!(*fixture.probe.refused.lock().unwrap(), [Limit::PerAddress]);
}

#[test]
fn a_balancer_says_whose_connection_it_is() {
    let fixture = Fixture::tcp(tcp(|tcp| {
        tcp.accept_haproxy = true;
        tcp.wait_data = MOMENT;
    }));
    let mut stream = connect(&fixture);
    let mut octets = b"PROXY TCP4 203.0.113.9 198.51.100.1 56324 5060\r\n".to_vec();
    octets.extend(message("x"));
    stream.write_all(&octets).unwrap();
    assert_eq!(fixture.opened().peer.to_string(), "203.0.113.9:56324");
    let received = fixture.message();
    assert_eq!(received.bytes, message("x"));
    assert_eq!(received.local.to_string(), "198.51.100.1:5060");
    let mut other = connect(&fixture);
    other.write_all(&message("no header")).unwrap();
    // What was not read turns the close into a reset.
    let end = other.read(&mut [0; 10]).map_err(|error| error.kind());
    assert!(
        matches!(end, Ok(0) | Err(std::io::ErrorKind::ConnectionReset)),
        "{end:?}"
    );
    assert_closed(&mut connect(&fixture));
    assert_eq!(fixture.network.connections().counts().local_reject, 2);
    assert_eq!(fixture.network.connections().len(), 1);
}

#[test]
fn closing_lets_the_last_message_leave() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 10_000_000));
    let mut stream = connect(&fixture);
    let opened = fixture.opened();
    let mut to = fixture.destination(Transport::Tcp, opened.peer);
    to.connection = Some(opened.id);
    to.flags.close_after = true;
    let last = vec![b'x'; 8_000_000];
    assert_eq!(fixture.network.sender().send(&to, &last), Ok(Sent::Queued));
    assert_eq!(
        fixture.network.connections().state(opened.id),
        Some(ConnectionState::Closing)
    );
    assert!(!fixture.network.connections().is_alive(opened.id));
    assert_eq!(read_exactly(&mut stream, last.len()), last);
    assert_closed(&mut stream);
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Request)
    );
}

#[test]
fn a_connection_is_closed_on_request() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    // Unread data must not turn the close into a reset.
    stream.write_all(&message("x")).unwrap();
    let opened = fixture.opened();
    let mut to = fixture.destination(Transport::Tcp, opened.peer);
    to.connection = Some(opened.id);
    fixture.network.sender().send(&to, b"bye").unwrap();
    assert!(fixture.network.connections().close(opened.id));
    stream.write_all(&message("late")).unwrap();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Request)
    );
    assert_eq!(read_exactly(&mut stream, 3), b"bye");
    assert_closed(&mut stream);
    assert!(!fixture.network.connections().close(opened.id));
}

#[test]
fn closing_by_reset_is_possible() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.close_rst = true));
    let mut stream = connect(&fixture);
    fixture.network.connections().close(fixture.opened().id);
    let error = stream.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn an_alias_makes_an_accepted_connection_reachable_by_another_port() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    let opened = fixture.opened();
    let connections = fixture.network.connections();
    let alias = SocketAddr::new(opened.peer.ip(), 5);
    assert_eq!(connections.find(Transport::Tcp, alias, None), None);
    assert!(connections.alias(opened.id, 5));
    assert!(connections.alias(opened.id, 5));
    assert_eq!(
        connections.find(Transport::Tcp, alias, None),
        Some(opened.id)
    );
    let to = fixture.destination(Transport::Tcp, alias);
    assert_eq!(
        fixture.network.sender().send(&to, b"by alias"),
        Ok(Sent::Written)
    );
    assert_eq!(read_exactly(&mut stream, 8), b"by alias");
    drop(stream);
    fixture.event();
    assert_eq!(connections.find(Transport::Tcp, alias, None), None);
    assert!(!connections.alias(opened.id, 6));
}

#[test]
fn keepalive_probes_are_set_per_connection() {
    let fixture = Fixture::tcp(NetConfig::default());
    let _stream = connect(&fixture);
    let id = fixture.opened().id;
    let connections = fixture.network.connections();
    let probes = KeepAlive {
        idle: Duration::from_secs(1),
        interval: Duration::from_secs(1),
        count: 3,
    };
    assert!(connections.set_keepalive(id, Some(probes)).unwrap());
    assert!(connections.set_keepalive(id, None).unwrap());
    let gone = net::ConnectionId::new(99).unwrap();
    assert!(!connections.set_keepalive(gone, None).unwrap());
}

#[test]
fn an_outgoing_connection_can_come_from_the_listening_port() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.reuse_port = true));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    fixture.network.sender().send(&to, b"x").unwrap();
    assert_eq!(listener.accept().unwrap().1, fixture.address());
}

#[test]
fn a_datagram_server_opens_streams_when_it_has_to() {
    let fixture = Fixture::start(
        vec![spec(Transport::Udp, "127.0.0.1:0")],
        NetConfig::default(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.destination(Transport::Tcp, listener.local_addr().unwrap());
    fixture.network.sender().send(&to, b"x").unwrap();
    assert_eq!(read_exactly(&mut listener.accept().unwrap().0, 1), b"x");
}

#[test]
fn a_thousand_connections_come_talk_and_go() {
    const COUNT: usize = 1000;
    let fixture = Fixture::tcp(NetConfig::default()).echo();
    let mut streams: Vec<TcpStream> = (0..COUNT).map(|_| connect(&fixture)).collect();
    let ids: HashSet<u32> = (0..COUNT).map(|_| fixture.opened().id.number()).collect();
    assert_eq!(ids.len(), COUNT);
    assert_eq!(ids.iter().max(), Some(&1000));
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(&message(&number.to_string())).unwrap();
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let expected = message(&number.to_string());
        assert_eq!(read_exactly(stream, expected.len()), expected);
    }
    let list = fixture.network.connections().list();
    assert!(list.is_sorted_by_key(|info| info.id) && list.len() == COUNT);
    for (number, stream) in streams.into_iter().enumerate() {
        if number % 2 == 0 {
            reset(stream)
        } else {
            drop(stream)
        }
    }
    let resets = (0..COUNT)
        .filter(|_| fixture.event().kind == ConnectionEventKind::Reset)
        .count();
    assert_eq!(resets, COUNT / 2);
    assert!(fixture.network.connections().is_empty());
}

#[test]
fn a_stop_lets_what_is_queued_leave_and_closes() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 10_000_000));
    let mut stream = connect(&fixture);
    let opened = fixture.opened();
    let mut to = fixture.destination(Transport::Tcp, opened.peer);
    to.connection = Some(opened.id);
    let last = vec![b'x'; 8_000_000];
    let sender = fixture.network.sender();
    sender.send(&to, &last).unwrap();
    let address = fixture.address();
    let reader = std::thread::spawn(move || {
        assert_eq!(read_exactly(&mut stream, last.len()), last);
        assert_closed(&mut stream);
    });
    let Fixture {
        network,
        events,
        runtime,
        ..
    } = fixture;
    network.shutdown(PATIENCE);
    reader.join().unwrap();
    assert_eq!(
        events.recv_timeout(PATIENCE).unwrap().kind,
        ConnectionEventKind::Closed(ClosedBy::Shutdown)
    );
    assert!(TcpStream::connect(address).is_err());
    assert_eq!(sender.send(&to, b"x"), Err(SendError::NotStarted));
    drop(runtime);
}

#[test]
fn a_stop_does_not_wait_longer_than_it_may() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 10_000_000));
    let stream = connect(&fixture);
    let opened = fixture.opened();
    let mut to = fixture.destination(Transport::Tcp, opened.peer);
    to.connection = Some(opened.id);
    fixture
        .network
        .sender()
        .send(&to, &vec![b'x'; 8_000_000])
        .unwrap();
    let began = Instant::now();
    fixture.network.shutdown(MOMENT);
    assert!(began.elapsed() < Duration::from_secs(1));
    drop(stream);
}
