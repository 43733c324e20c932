//! Datagrams through real sockets on the loopback.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod support;

use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use net::{
    ConnectionEvent, Delivery, Handler, NetConfig, Received, SendError, Sent, SocketId, Turn,
};
use sip::Transport;

use support::{Fixture, MOMENT, PATIENCE, bind, runtime, spec};

fn client() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn next(socket: &UdpSocket) -> Vec<u8> {
    let mut room = [0; 2048];
    let length = socket.recv(&mut room).unwrap();
    room[..length].to_vec()
}

#[test]
fn a_datagram_arrives_and_is_answered() {
    let fixture = Fixture::udp().echo();
    let client = client();
    client.send_to(b"hello", fixture.address()).unwrap();
    let received = fixture.message();
    assert_eq!(&received.bytes[..], b"hello");
    assert_eq!(received.peer, client.local_addr().unwrap());
    assert_eq!(received.local, fixture.address());
    assert_eq!(
        (received.transport, received.socket),
        (Transport::Udp, SocketId(0))
    );
    assert_eq!(received.connection, None);
    assert_eq!(next(&client), b"hello");
    fixture.network.shutdown(PATIENCE);
}

#[test]
fn an_empty_datagram_is_not_delivered() {
    let fixture = Fixture::udp();
    let client = client();
    client.send_to(b"", fixture.address()).unwrap();
    client.send_to(b"x", fixture.address()).unwrap();
    assert_eq!(&fixture.message().bytes[..], b"x");
    assert_eq!(fixture.network.udp_counts(SocketId(0)).unwrap().received, 1);
}

#[test]
fn datagrams_of_several_sockets_tell_which() {
    let specs = vec![
        spec(Transport::Udp, "127.0.0.1:0"),
        spec(Transport::Tcp, "127.0.0.1:0"),
        spec(Transport::Udp, "127.0.0.2:0"),
    ];
    let fixture = Fixture::start(specs, NetConfig::default());
    let second = fixture
        .network
        .sockets()
        .get(SocketId(2))
        .unwrap()
        .address();
    client().send_to(b"x", second).unwrap();
    let received = fixture.message();
    assert_eq!((received.socket, received.local), (SocketId(2), second));
}

#[test]
fn a_wildcard_socket_answers_from_the_address_that_was_asked() {
    let fixture = Fixture::start(
        vec![spec(Transport::Udp, "0.0.0.0:0")],
        NetConfig::default(),
    );
    let client = client();
    let asked = format!("127.0.0.7:{}", fixture.address().port());
    client.send_to(b"x", &asked).unwrap();
    let received = fixture.message();
    assert_eq!(received.local.to_string(), asked);
    let mut to = fixture.delivery(Transport::Udp, received.peer);
    to.source = Some(received.local.ip());
    fixture.network.sender().send(&to, b"y").unwrap();
    let mut room = [0; 10];
    let (_, from) = client.recv_from(&mut room).unwrap();
    assert_eq!(from.to_string(), asked);
}

#[test]
fn a_port_in_use_fails_with_its_name() {
    let first = Fixture::udp();
    let specs = vec![spec(Transport::Udp, &first.address().to_string())];
    let handle = runtime();
    let result = net::bind(specs, NetConfig::default(), move || handle.handle().clone());
    let error = result.err().unwrap().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on udp:{}: ", first.address())),
        "{error}"
    );
    assert!(error.contains("; another program has it"), "{error}");
}

#[test]
fn a_batch_is_sent_in_order_to_everybody() {
    let fixture = Fixture::udp();
    let (one, two) = (client(), client());
    let to = |socket: &UdpSocket| fixture.delivery(Transport::Udp, socket.local_addr().unwrap());
    let numbers: Vec<[u8; 1]> = (0..100_u8).map(|number| [number]).collect();
    let mut batch: Vec<(Delivery, &[u8])> = Vec::new();
    for number in &numbers {
        let peer = if number[0] % 2 == 0 { &one } else { &two };
        batch.push((to(peer), number));
    }
    let nobody = Delivery::new(SocketId(9), Transport::Udp, one.local_addr().unwrap());
    batch.push((nobody, b"lost"));
    batch.push((nobody, b"lost"));
    let mut failures = Vec::new();
    let sender = fixture.network.sender();
    sender.send_all(&batch, |position, error| failures.push((position, error)));
    assert_eq!(
        failures,
        [(100, SendError::NoSocket), (101, SendError::NoSocket)]
    );
    for number in (0..100).step_by(2) {
        assert_eq!(next(&one), [number]);
        assert_eq!(next(&two), [number + 1]);
    }
}

#[test]
fn what_cannot_be_sent_is_an_error_at_once() {
    let fixture = Fixture::udp();
    let sender = fixture.network.sender();
    let peer = client().local_addr().unwrap();
    let to = fixture.delivery(Transport::Udp, peer);
    assert_eq!(
        sender.send(&to, &[0; 70_000]),
        Err(SendError::System(libc::EMSGSIZE))
    );
    assert_eq!(sender.send(&to, b"x"), Ok(Sent::Written));
    let to = fixture.delivery(Transport::Sctp, peer);
    assert_eq!(sender.send(&to, b"x"), Err(SendError::NoTransport));
}

#[test]
fn what_has_arrived_before_the_stop_is_delivered() {
    let fixture = Fixture::udp().echo();
    let (client, address) = (client(), fixture.address());
    for _ in 0..200 {
        client.send_to(b"x", address).unwrap();
    }
    fixture.network.shutdown(PATIENCE);
    for _ in 0..200 {
        assert_eq!(next(&client), b"x");
    }
}

#[test]
fn a_stopped_network_delivers_nothing_and_frees_its_port() {
    let fixture = Fixture::udp();
    let address = fixture.address();
    fixture.network.shutdown(PATIENCE);
    let again = UdpSocket::bind(address);
    client().send_to(b"x", address).unwrap();
    assert!(fixture.messages.recv_timeout(MOMENT).is_err());
    drop((again, fixture.probe));
}

#[test]
fn a_panic_of_the_handler_does_not_make_the_server_deaf() {
    struct Panics(SyncSender<Received>);
    impl Handler for Panics {
        fn received(&self, received: Received) {
            assert!(&received.bytes[..] != b"bad", "expected by the test");
            self.0.send(received).unwrap();
        }
        fn connection_event(&self, _: ConnectionEvent) {}
    }
    let (sender, receiver) = sync_channel(10);
    let runtime = runtime();
    let bound = bind(
        vec![spec(Transport::Udp, "127.0.0.1:0")],
        NetConfig::default(),
        &runtime,
    );
    let address = bound.sockets().get(SocketId(0)).unwrap().address();
    let network = bound.start(Arc::new(Panics(sender))).unwrap();
    client().send_to(b"bad", address).unwrap();
    // Those that were read together with the bad one are lost with it.
    let survived = (0..100).find_map(|_| {
        client().send_to(b"good", address).unwrap();
        receiver.recv_timeout(MOMENT).ok()
    });
    assert_eq!(&survived.unwrap().bytes[..], b"good");
    assert_eq!(network.udp_counts(SocketId(0)).unwrap().panics, 1);
}

#[test]
fn a_thread_without_datagrams_comes_to_rest_once() {
    struct Rests(SyncSender<&'static str>);
    impl Handler for Rests {
        fn received(&self, _: Received) {
            self.0.send("received").unwrap();
        }
        fn at_rest(&self) {
            self.0.send("at rest").unwrap();
        }
        fn connection_event(&self, _: ConnectionEvent) {}
    }
    let (sender, told) = sync_channel(10);
    let runtime = runtime();
    let mut config = NetConfig::default();
    config.udp.rest_after = Duration::from_millis(5);
    let bound = bind(vec![spec(Transport::Udp, "127.0.0.1:0")], config, &runtime);
    let address = bound.sockets().get(SocketId(0)).unwrap().address();
    let network = bound.start(Arc::new(Rests(sender))).unwrap();
    assert!(told.recv_timeout(MOMENT).is_err());
    for _ in 0..2 {
        client().send_to(b"x", address).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE), Ok("received"));
        assert_eq!(told.recv_timeout(PATIENCE), Ok("at rest"));
        assert!(told.recv_timeout(MOMENT).is_err());
    }
    assert_eq!(network.udp_counts(SocketId(0)).unwrap().receive_errors, 0);
}

/// Puts messages into a queue while it has the turn. Finishes its second batch only when another thread has begun a third.
struct Queueing {
    queue: Mutex<Vec<Vec<u8>>>,
    batches: AtomicUsize,
    third: (SyncSender<ThreadId>, Mutex<Receiver<ThreadId>>),
    helped: SyncSender<bool>,
}

impl Handler for Queueing {
    fn received(&self, _: Received) {}

    fn received_batch(&self, batch: &mut Vec<Received>, turn: Turn<'_>) {
        self.queue
            .lock()
            .unwrap()
            .extend(batch.drain(..).map(|received| received.bytes.to_vec()));
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        drop(turn);
        let me = thread::current().id();
        match number {
            1 => {
                let helper = self.third.1.lock().unwrap().recv_timeout(PATIENCE);
                self.helped
                    .send(helper.is_ok_and(|helper| helper != me))
                    .unwrap();
            }
            2 => self.third.0.send(me).unwrap(),
            _ => {}
        }
    }

    fn connection_event(&self, _: ConnectionEvent) {}
}

#[test]
fn a_second_thread_helps_a_busy_one_and_the_order_stays() {
    let (helped, was_helped) = sync_channel(1);
    let (third_in, third) = sync_channel(1);
    let handler = Arc::new(Queueing {
        queue: Mutex::default(),
        batches: AtomicUsize::new(0),
        third: (third_in, Mutex::new(third)),
        helped,
    });
    let mut config = NetConfig::default();
    config.udp.readers_max = 2;
    config.udp.help_after = Duration::ZERO;
    let runtime = runtime();
    let bound = bind(vec![spec(Transport::Udp, "127.0.0.1:0")], config, &runtime);
    let address = bound.sockets().get(SocketId(0)).unwrap().address();
    let client = client();
    // Before anybody reads, so that the batches are full: the second full one calls for help.
    let numbers: Vec<Vec<u8>> = (0..128).map(|number| vec![number]).collect();
    for number in &numbers {
        client.send_to(number, address).unwrap();
    }
    let network = bound
        .start(Arc::clone(&handler) as Arc<dyn Handler>)
        .unwrap();
    assert!(was_helped.recv_timeout(PATIENCE).unwrap());
    network.shutdown(PATIENCE);
    let queue = handler.queue.lock().unwrap();
    assert!(queue.len() >= 96);
    assert_eq!(queue[..], numbers[..queue.len()]);
}
