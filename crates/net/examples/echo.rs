//! Sends every datagram and every stream message back, or on to another address: what the sockets alone cost.
//!
//!     cargo run --release -p net --example echo -- 127.0.0.1:5060 [--to ADDRESS] [--one-by-one] [--readers NUMBER]
//!
//! Ends when its standard input does.

use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use net::{ConnectionEvent, Delivery, Handler, ListenSpec, NetConfig, Received, Sender, Turn};
use sip::Transport;

struct Echo {
    sender: Sender,
    to: Option<SocketAddr>,
    is_batched: bool,
}

impl Echo {
    fn delivery(&self, received: &Received) -> Delivery {
        let peer = self.to.unwrap_or(received.peer);
        let mut to = Delivery::new(received.socket, received.transport, peer);
        to.connection = received.connection;
        to
    }
}

impl Handler for Echo {
    fn received(&self, received: Received) {
        // Who does not take his echo goes without.
        let _ = self.sender.send(&self.delivery(&received), &received.bytes);
    }

    fn received_batch(&self, batch: &mut Vec<Received>, turn: Turn<'_>) {
        drop(turn);
        if !self.is_batched {
            return batch.drain(..).for_each(|received| self.received(received));
        }
        let messages: Vec<(Delivery, &[u8])> = batch
            .iter()
            .map(|received| (self.delivery(received), &*received.bytes))
            .collect();
        self.sender.send_all(&messages, |_, _| {});
        drop(messages);
        batch.clear();
    }

    fn connection_event(&self, _: ConnectionEvent) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen: SocketAddr = arguments
        .next()
        .ok_or("usage: echo LISTEN [--to ADDRESS] [--one-by-one] [--readers NUMBER]")?
        .parse()?;
    let (mut to, mut is_batched, mut config) = (None, true, NetConfig::default());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--to" => to = Some(arguments.next().ok_or("--to needs an address")?.parse()?),
            "--one-by-one" => is_batched = false,
            "--readers" => {
                config.udp.readers_max = arguments
                    .next()
                    .ok_or("--readers needs a number")?
                    .parse()?
            }
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let specs = vec![
        ListenSpec::new(Transport::Udp, listen),
        ListenSpec::new(Transport::Tcp, listen),
    ];
    let bound = net::bind(specs, config, move || handle.clone())?;
    let handler = Arc::new(Echo {
        sender: bound.sender(),
        to,
        is_batched,
    });
    let network = bound.start(handler)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    network.shutdown(Duration::from_secs(1));
    Ok(())
}
