//! What is no message.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use bytes::Bytes;
use std::time::Duration;
use testkit::Bench;

const PEER: &str = "127.0.0.2:5060";

fn bench(settings: &str) -> Bench {
    let configuration = format!("{settings}\nrequest_route {{ exit; }}");
    Bench::new(&configuration, &[], 1).unwrap()
}

fn receive(bench: &mut Bench, octets: impl Into<Bytes>) {
    bench.receive_octets(PEER.parse().unwrap(), octets.into());
}

/// As observed on 5.6.3, which speaks of what has 32 octets and more.
#[test]
fn what_keeps_a_way_through_nat_open_is_not_told_of() {
    let mut bench = bench("corelog=1");
    for silent in [&b"\r\n\r\n"[..], b"jaK", b"\0\0\0\0", &[b'A'; 31]] {
        receive(&mut bench, silent);
    }
    assert!(bench.log().is_empty(), "{:?}", bench.log());
    receive(&mut bench, vec![b'A'; 32]);
    let log = bench.log();
    let expected = "32 octets from 127.0.0.2:5060 are no message: ";
    assert!(log.len() == 1 && log[0].contains(expected), "{log:?}");
}

#[test]
fn a_level_above_that_of_the_log_silences_what_is_told_of_octets() {
    let mut bench = bench("debug=2\ncorelog=3");
    receive(&mut bench, vec![b'A'; 32]);
    assert!(bench.log().is_empty(), "{:?}", bench.log());
}

/// A configuration of 5.6, which has no `msg_recv_max_size`, takes larger messages by `tcp_rd_buf_size`.
#[test]
fn the_largest_message_is_as_long_as_what_is_read_of_a_connection() {
    for (settings, most) in [
        ("", 32_767),
        ("tcp_rd_buf_size=20000", 32_767),
        ("tcp_rd_buf_size=50000", 50_000),
        ("tcp_rd_buf_size=50000\nmsg_recv_max_size=40000", 40_000),
    ] {
        let mut bench = bench(settings);
        receive(&mut bench, message(most));
        assert!(bench.log().is_empty(), "{:?}", bench.log());
        receive(&mut bench, message(most + 1));
        let log = bench.log();
        let expected = format!("are no message: more than {most} (msg_recv_max_size)");
        assert!(log.len() == 1 && log[0].contains(&expected), "{log:?}");
    }
}

/// A message of so many octets.
fn message(length: usize) -> Vec<u8> {
    let mut message = b"OPTIONS sip:here SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
        .to_vec();
    message.resize(length, b'x');
    message
}

#[test]
fn a_stranger_cannot_fill_the_log_with_octets() {
    let mut bench = bench("");
    for _ in 0..1000 {
        receive(&mut bench, vec![b'A'; 32]);
    }
    let told = bench.log().len();
    assert!((1..100).contains(&told), "{told}");
    bench.pass(Duration::from_secs(10));
    receive(&mut bench, vec![b'A'; 32]);
    assert_eq!(bench.log().len(), told + 1);
}
