//! CPU time of the machines: `cargo bench -p transaction`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per operation.

use bytes::Bytes;
use sip::Message;
use std::hint::black_box;
use transaction::key::{Matching, identity};
use transaction::{Effects, Kind, Tick, Times, Transaction};

fn cpu_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists on Linux and `time` is writable.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn bench<R>(name: &str, operations: u64, mut operation: impl FnMut(u64) -> R) {
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let start = cpu_ns();
            for index in 0..operations {
                black_box(operation(index));
            }
            (cpu_ns() - start) as f64 / operations as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name:<40} {:>8.1} ns", rounds[4]);
}

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
    bench("the identity of a request", 1_000_000, |_| {
        identity(black_box(&request), false, matching)
    });
}
