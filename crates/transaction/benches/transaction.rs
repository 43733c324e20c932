//! CPU time of the machines: `cargo bench -p transaction`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per operation.

use benchkit::bench;
use bytes::Bytes;
use sip::Message;
use std::hint::black_box;
use transaction::key::{Matching, identity};
use transaction::{Effects, Kind, Tick, Times, Transaction};

/// An INVITE that is relayed, rings and is answered.
fn call(now: Tick) -> Transaction {
    let mut transaction = Transaction::new(Kind::Invite, false, Times::default(), now);
    let mut effects = Effects::new();
    transaction.respond(100, now);
    transaction.add_branch(false, now, &mut effects);
    for status in [180, 200] {
        transaction.receive(0, status, now, &mut effects);
        black_box(transaction.choose(0, status));
        transaction.respond(status, now);
        black_box(transaction.next_deadline());
    }
    transaction
}

fn main() {
    bench("an INVITE: 100, branch, 180, 200", 1_000_000, |index| {
        call(Tick(index))
    });
    let text = "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds\r\n\
        From: <sip:a@example.org>;tag=a\r\nTo: <sip:bob@example.org>\r\nCall-ID: c@192.0.2.1\r\nCSeq: 1 INVITE\r\n\r\n";
    let Ok(request) = Message::parse(Bytes::from_static(text.as_bytes())) else {
        return;
    };
    let matching = Matching::default();
    let mut octets = Vec::new();
    bench("the identity of a request", 1_000_000, |_| {
        identity(black_box(&request), false, matching, &mut octets);
    });
}
