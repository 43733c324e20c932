//! How connections end, and what keeps and limits them.

use crate::sending::unresponsive;
use crate::support::{Fixture, MOMENT, PATIENCE};
use crate::{assert_closed, connect, message, read_exactly, reset, tcp};
use net::{
    ClosedBy, ConnectionEventKind, ConnectionState, KeepAlive, Limit, NetConfig, Overdue,
    SendError, Sent,
};
use sip::Transport;
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

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
    let to = fixture.delivery(Transport::Tcp, listener.local_addr().unwrap());
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
fn places_that_do_not_answer_leave_room_for_who_connects_to_us() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.max_connections = 8));
    let (_listener, _fillers, silent) = unresponsive();
    let sender = fixture.network.sender();
    let send = |number: u8| {
        let peer = SocketAddr::from(([127, 0, 9, number], silent.port()));
        sender.send(&fixture.delivery(Transport::Tcp, peer), b"x")
    };
    for number in 1..=4 {
        assert_eq!(send(number), Ok(Sent::Queued));
    }
    assert_eq!(send(5), Err(SendError::TooManyConnections));
    let _four = [(); 4].map(|()| {
        let stream = connect(&fixture);
        fixture.opened();
        stream
    });
    assert_closed(&mut connect(&fixture));
}

#[test]
fn what_we_have_opened_is_not_counted_to_what_we_are_opening() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.max_connections = 3));
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for number in 1..=3 {
        let peer = SocketAddr::from(([127, 0, 9, number], port));
        let to = fixture.delivery(Transport::Tcp, peer);
        assert!(fixture.network.sender().send(&to, b"x").is_ok());
        fixture.opened();
    }
}

#[test]
fn closing_lets_the_last_message_leave() {
    let fixture = Fixture::tcp(tcp(|tcp| tcp.conn_wq_max = 10_000_000));
    let mut stream = connect(&fixture);
    let opened = fixture.opened();
    let mut to = fixture.delivery(Transport::Tcp, opened.peer);
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
    let mut to = fixture.delivery(Transport::Tcp, opened.peer);
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
    let mut to = fixture.delivery(Transport::Tcp, opened.peer);
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
    let mut to = fixture.delivery(Transport::Tcp, opened.peer);
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
