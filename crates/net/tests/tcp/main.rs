//! Stream connections through real sockets on the loopback.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod lifetime;
mod receiving;
mod sending;
#[path = "../support/mod.rs"]
mod support;

use net::{NetConfig, TcpConfig};
use socket2::SockRef;
use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;
use support::{Fixture, PATIENCE};

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
