//! What arrives: messages, pings, HTTP, garbage.

use crate::support::{Fixture, MOMENT};
use crate::{assert_closed, connect, message, read_exactly, tcp};
use net::{ClosedBy, ConnectionEventKind, NetConfig};
use sip::framing::FramingError;
use std::io::{Read, Write};

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
fn what_speaks_http_and_cannot_be_taken_is_refused() {
    let fixture = Fixture::tcp(NetConfig::default());
    let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    for (bad, status) in [
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
        ("GET HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/x\r\n\r\n", "400 Bad Request"),
        (chunked, "411 Length Required"),
    ] {
        let mut stream = connect(&fixture);
        stream.write_all(bad.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
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
fn garbage_ends_the_connection() {
    let fixture = Fixture::tcp(NetConfig::default());
    let mut stream = connect(&fixture);
    fixture.opened();
    stream.write_all(b"garbage garbage\r\n\r\n").unwrap();
    assert_eq!(
        fixture.event().kind,
        ConnectionEventKind::Closed(ClosedBy::Framing(FramingError::NotSip))
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
        ConnectionEventKind::Closed(ClosedBy::TooLarge { limit: 1000 })
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
        ConnectionEventKind::Closed(ClosedBy::Framing(FramingError::NoContentLength))
    );
    let lenient = Fixture::tcp(tcp(|tcp| tcp.accept_no_cl = true));
    connect(&lenient).write_all(octets).unwrap();
    assert_eq!(&lenient.message().bytes[..], octets);
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
    let mut direct = connect(&fixture);
    direct.write_all(&message("no header")).unwrap();
    assert_eq!(fixture.message().bytes, message("no header"));
    let mut other = connect(&fixture);
    other.write_all(b"PROXY nothing\r\n").unwrap();
    // What was not read turns the close into a reset.
    let end = other.read(&mut [0; 10]).map_err(|error| error.kind());
    assert!(
        matches!(end, Ok(0) | Err(std::io::ErrorKind::ConnectionReset)),
        "{end:?}"
    );
    assert_closed(&mut connect(&fixture));
    assert_eq!(fixture.network.connections().counts().local_reject, 2);
    assert_eq!(fixture.network.connections().len(), 2);
}
