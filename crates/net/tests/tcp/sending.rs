//! Connections that are opened to send, and what waits to leave.

use crate::support::{Fixture, MOMENT, PATIENCE, spec};
use crate::{connect, message, read_exactly, reset, tcp};
use net::{
    ClosedBy, ConnectionEventKind, ConnectionState, Delivery, NetConfig, Overdue, SendError, Sent,
    TakenAlias,
};
use sip::Transport;
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn a_connection_is_opened_for_a_message_and_used_again() {
    let fixture = Fixture::tcp(NetConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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
    let to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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

/// A listener on all addresses whose queue of connections is full: the system answers no further SYN. And where it is.
pub fn unresponsive() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    SockRef::from(&listener).listen(0).unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut fillers = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        fillers.push(stream);
        assert!(fillers.len() < 10);
    }
    (listener, fillers, address)
}

#[test]
fn what_waits_for_a_connection_that_never_opens_is_handed_back() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.connect_timeout = MOMENT));
    let (_listener, _fillers, address) = unresponsive();
    let to = fixture.delivery(Transport::Tcp, address);
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
    let (listener, fillers, address) = unresponsive();
    let to = fixture.delivery(Transport::Tcp, address);
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
    let mut to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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
    let mut to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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
    let mut to = fixture.delivery(Transport::Tcp, stream.local_addr().unwrap());
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

/// A network that sends back what it gets, a connection to it whose messages wait to leave together, and where it leads.
fn gathering() -> (Fixture, TcpStream, Delivery) {
    let fixture = Fixture::tcp(NetConfig::default()).echo();
    fixture.network.sender().gathered().let_go(true);
    let stream = connect(&fixture);
    let mut to = fixture.delivery(Transport::Tcp, stream.local_addr().unwrap());
    to.connection = Some(fixture.opened().id);
    (fixture, stream, to)
}

fn assert_silent(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    assert!(stream.read(&mut [0]).is_err());
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
}

#[test]
fn what_waits_to_leave_together_leaves_in_order() {
    let (fixture, mut stream, _) = gathering();
    let both = [message("a"), message("b")].concat();
    stream.write_all(&both).unwrap();
    fixture.message();
    fixture.message();
    assert_silent(&mut stream);
    let waiting = || {
        let counts = fixture.network.connections().counts();
        counts.current_write_queue_size
    };
    assert_eq!(waiting(), both.len() as u64);
    fixture.network.sender().gathered().let_go(false);
    assert_eq!(read_exactly(&mut stream, both.len()), both);
    assert_eq!(waiting(), 0);
    let alone = message("c");
    stream.write_all(&alone).unwrap();
    assert_eq!(read_exactly(&mut stream, alone.len()), alone);
}

#[test]
fn what_is_sent_at_once_leaves_behind_what_waits() {
    let (fixture, mut stream, to) = gathering();
    let first = message("a");
    stream.write_all(&first).unwrap();
    fixture.message();
    assert_eq!(
        fixture.network.sender().send(&to, b"second"),
        Ok(Sent::Written)
    );
    let both = [&first[..], b"second"].concat();
    assert_eq!(read_exactly(&mut stream, both.len()), both);
}

#[test]
fn what_waits_leaves_in_order_where_the_peer_is_slow_to_take_it() {
    let (fixture, mut stream, to) = gathering();
    let sender = fixture.network.sender();
    let echo = message(&"x".repeat(10_000));
    // Nothing is read here until neither of the two ends has room.
    let mut queued = false;
    let mut sent = Vec::new();
    while !queued {
        stream.write_all(&echo).unwrap();
        fixture.message();
        sent.extend_from_slice(&echo);
        let direct = vec![b'y'; 4_000];
        queued = sender.send(&to, &direct).unwrap() == Sent::Queued;
        sent.extend_from_slice(&direct);
    }
    sender.gathered().let_go(false);
    assert_eq!(read_exactly(&mut stream, sent.len()), sent);
}

#[test]
fn what_has_waited_too_long_leaves_before_more_is_handled() {
    let (fixture, mut stream, _) = gathering();
    let (first, second) = (message("a"), message("b"));
    stream.write_all(&first).unwrap();
    fixture.message();
    assert_silent(&mut stream);
    stream.write_all(&second).unwrap();
    assert_eq!(read_exactly(&mut stream, first.len()), first);
}

#[test]
fn what_waits_for_a_peer_that_is_gone_is_handed_back() {
    let (fixture, mut stream, _) = gathering();
    let lost = message("a");
    stream.write_all(&lost).unwrap();
    fixture.message();
    reset(stream);
    let event = fixture.event();
    assert_eq!(event.kind, ConnectionEventKind::Reset);
    assert_eq!(event.unsent, [&lost[..]]);
}

#[test]
fn a_peer_that_reads_nothing_is_closed_when_its_queue_is_full() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 200_000));
    let stream = connect(&fixture);
    let mut to = fixture.delivery(Transport::Tcp, stream.local_addr().unwrap());
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
        let mut to = fixture.delivery(Transport::Tcp, opened.peer);
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
    let mut to = fixture.delivery(Transport::Tcp, stream.local_addr().unwrap());
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

/// Observed on 5.6.3.
#[test]
fn an_alias_that_another_connection_has_stays_is_shared_or_moves() {
    let who_has_it = |taken_alias, last_closes: bool| {
        let fixture = Fixture::tcp(tcp(|tcp| tcp.taken_alias = taken_alias));
        let streams = [connect(&fixture), connect(&fixture)];
        let ids = [fixture.opened().id, fixture.opened().id];
        let peer = streams[0].local_addr().unwrap().ip();
        let connections = fixture.network.connections();
        let granted = ids.map(|id| connections.alias(id, 5));
        if last_closes {
            connections.close(ids[1]);
            fixture.event();
        }
        let found = connections.find(Transport::Tcp, SocketAddr::new(peer, 5), None);
        let position = found.and_then(|found| ids.iter().position(|id| *id == found));
        (granted, position)
    };
    let stays = who_has_it(TakenAlias::Stays, false);
    assert_eq!(stays, ([true, false], Some(0)));
    let shared = who_has_it(TakenAlias::Shared, false);
    assert_eq!(shared, ([true, true], Some(1)));
    let left = who_has_it(TakenAlias::Shared, true);
    assert_eq!(left, ([true, true], Some(0)));
    let moved = who_has_it(TakenAlias::Moves, true);
    assert_eq!(moved, ([true, true], None));
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
    let to = fixture.delivery(Transport::Tcp, alias);
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
fn an_outgoing_connection_can_come_from_the_listening_port() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.reuse_port = true));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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
    let to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
    fixture.network.sender().send(&to, b"x").unwrap();
    assert_eq!(read_exactly(&mut listener.accept().unwrap().0, 1), b"x");
}
