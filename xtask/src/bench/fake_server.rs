//! A server for the tests of the loads: datagrams in, datagrams out, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::load::{Load, fresh_run};
use super::message::Response;
use super::udp::local_address;
use super::workload::Exchange;

/// Answers until it is dropped.
pub struct FakeServer {
    /// Where it listens.
    pub address: SocketAddrV4,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FakeServer {
    /// A server that sends what `handle` makes of each datagram and its sender.
    pub fn start(
        mut handle: impl FnMut(&[u8], SocketAddrV4) -> Vec<(Vec<u8>, SocketAddrV4)> + Send + 'static,
    ) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let address = local_address(&socket).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, std::net::SocketAddr::V4(peer))) = socket.recv_from(&mut buffer)
                else {
                    continue;
                };
                for (message, to) in handle(&buffer[..length], peer) {
                    socket.send_to(&message, to).unwrap();
                }
            }
        });
        Self {
            address,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// An address that nobody listened on a moment ago.
pub fn free_address() -> SocketAddrV4 {
    local_address(&UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).unwrap()
}

/// A response to `request` with `status` and further header lines.
pub fn reply(request: &[u8], status: &str, headers: &str) -> Vec<u8> {
    let (mut message, body) = (Vec::new(), "");
    let response = Response {
        status,
        headers,
        body,
    };
    response.write(&mut message, request, "server").unwrap();
    message
}

/// Twenty units at 2000 per second.
pub fn load(exchange: Exchange, server: SocketAddrV4, far_end: Option<SocketAddrV4>) -> Load {
    Load {
        exchange,
        server,
        far_end,
        rate: 2000.0,
        count: 20,
        patience: Duration::from_secs(1),
        run: fresh_run(),
    }
}
