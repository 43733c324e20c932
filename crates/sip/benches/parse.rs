//! CPU time and allocations of the hot paths: `cargo bench -p sip`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per operation. `to routing` is the point
//! where method, Request-URI, top Via, Call-ID, CSeq, From and To tag and Content-Length are known.

#![allow(clippy::expect_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sip::framing::{FramingLimits, StreamFramer};
use sip::serialize::nothing_deferred;
use sip::serialize::{
    Delimited, ForwardedRequest, ForwardedResponse, Response, RportPolicy, ViaStamp,
};
use sip::{Edits, HeaderId, Message, Uri};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: hands every call on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const INVITE: &str = concat!(
    "INVITE sip:bob@biloxi.example.com;user=phone SIP/2.0\r\n",
    "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds8a7sdf7as8d;rport\r\n",
    "Max-Forwards: 70\r\n",
    "From: \"Alice Liddell\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n",
    "To: Bob <sip:bob@biloxi.example.com>\r\n",
    "Call-ID: a84b4c76e66710-8a1e-4f2c-9d53-1c2b3a4d5e6f@192.0.2.4\r\n",
    "CSeq: 314159 INVITE\r\n",
    "Contact: <sip:alice@192.0.2.4:5060;transport=udp>\r\n",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY\r\n",
    "Supported: replaces, timer, 100rel\r\n",
    "Session-Expires: 1800\r\n",
    "User-Agent: ExamplePhone/1.2.3 (build 4567)\r\n",
    "Content-Type: application/sdp\r\n",
    "Content-Length: 190\r\n",
    "\r\n",
    "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n",
    "m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n",
    "a=sendrecv\r\na=ptime:20\r\na=mid:1\r\n",
);

const OPTIONS: &str = concat!(
    "OPTIONS sip:server.example.com SIP/2.0\r\n",
    "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKhjhs8ass877\r\n",
    "Max-Forwards: 70\r\n",
    "From: <sip:ping@192.0.2.4>;tag=1928301774\r\n",
    "To: <sip:server.example.com>\r\n",
    "Call-ID: a84b4c76e66710@192.0.2.4\r\n",
    "CSeq: 63104 OPTIONS\r\n",
    "Content-Length: 0\r\n",
    "\r\n",
);

const RESPONSE: &str = concat!(
    "SIP/2.0 200 OK\r\n",
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2d4790.1c2b3a4d5e6f70819203a4b5c6d7e8f9.0\r\n",
    "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds8a7sdf7as8d;rport=5060;received=192.0.2.4\r\n",
    "Record-Route: <sip:192.0.2.1;lr;ftag=1928301774>\r\n",
    "From: \"Alice Liddell\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n",
    "To: Bob <sip:bob@biloxi.example.com>;tag=a6c85cf\r\n",
    "Call-ID: a84b4c76e66710-8a1e-4f2c-9d53-1c2b3a4d5e6f@192.0.2.4\r\n",
    "CSeq: 314159 INVITE\r\n",
    "Contact: <sip:bob@192.0.2.8>\r\n",
    "Content-Length: 0\r\n",
    "\r\n",
);

const ROUNDS: usize = 9;
const PER_ROUND: u32 = 100_000;

fn main() {
    let invite = bytes_of(INVITE);
    let options = bytes_of(OPTIONS);
    println!(
        "INVITE {} octets, OPTIONS {} octets",
        invite.len(),
        options.len()
    );
    println!("{:<44} {:>9} {:>7}", "operation", "ns", "allocs");
    bench("INVITE: index", || {
        drop(black_box(Message::parse(invite.clone())))
    });
    bench("INVITE: index, to routing", || to_routing(&invite));
    bench("OPTIONS: index", || {
        drop(black_box(Message::parse(options.clone())))
    });
    bench("OPTIONS: index, to routing", || to_routing(&options));

    let message = Message::parse(invite.clone()).expect("a message");
    bench("clone a message", || drop(black_box(message.clone())));
    bench("header by id, last", || {
        black_box(message.header(black_box(HeaderId::ContentLength)));
    });
    bench("URI", || {
        black_box(Uri::parse(black_box(
            b"sip:+12125551212@gw.example.com:5060;user=phone;transport=tcp",
        )))
        .ok();
    });
    serialization(&message);
    framing(INVITE.as_bytes());
}

fn serialization(message: &Message) {
    let mut out = Vec::with_capacity(4096);
    let source: SocketAddr = ([192, 0, 2, 4], 5060).into();
    let via = message.top_via().expect("a Via");
    let stamp = ViaStamp::new(via, message.buffer(), source, RportPolicy::AsAsked);
    let mut edits = Edits::new();
    let own_via = b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2d4790.1c2b3a4d5e6f70819203a4b5c6d7e8f9.0\r\n";
    let forward = |edits: &Edits, out: &mut Vec<u8>| {
        out.clear();
        ForwardedRequest {
            message,
            edits,
            uri: Some(b"sip:bob@192.0.2.8:5060"),
            via: own_via,
            stamp,
            delimited: Delimited::ByTransport,
        }
        .write(out, &mut nothing_deferred);
        black_box(out);
    };
    bench("forward request, no edits", || forward(&edits, &mut out));
    edits.insert_header_first(
        message,
        "Record-Route: <sip:192.0.2.1;lr;ftag=1928301774>\r\n",
    );
    edits.replace_value(message.header(HeaderId::MaxForwards).expect("there"), "69");
    edits.append_header(message, "X-Added: 1\r\n");
    bench("forward request, three edits", || forward(&edits, &mut out));
    bench("response to a request", || {
        out.clear();
        let response = Response {
            to_tag: Some(b"5497176f96ac98204aead303f19a0d17.49107677"),
            stamp,
            server: b"Server: kahea\r\n",
            ..Response::new(message, 200, b"OK")
        };
        response.write(&mut out);
        black_box(&out);
    });
    let response = Message::parse(bytes_of(RESPONSE)).expect("a response");
    let none = Edits::new();
    bench("forward response", || {
        out.clear();
        ForwardedResponse {
            message: &response,
            edits: &none,
            status: None,
            delimited: Delimited::ByTransport,
        }
        .write(&mut out, &mut nothing_deferred);
        black_box(&out);
    });
}

fn framing(octets: &[u8]) {
    let mut framer = StreamFramer::new(FramingLimits::default());
    bench("cut one INVITE from a stream", || {
        framer.feed(octets);
        while let Ok(Some(frame)) = framer.next() {
            black_box(frame);
        }
    });
}

/// Everything a stateful proxy asks of any request before it routes it.
fn to_routing(octets: &Bytes) {
    let message = Message::parse(octets.clone()).expect("a message");
    black_box((message.method(), message.uri().expect("a URI").host()));
    black_box(message.top_via().expect("a Via").branch);
    black_box(message.call_id().expect("a Call-ID"));
    black_box(message.cseq().expect("a CSeq").number);
    black_box((message.from_tag(), message.to_tag()));
    black_box(message.content_length()).ok();
}

/// As a receive buffer becomes [`Bytes`]: later clones only count.
fn bytes_of(text: &str) -> Bytes {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    drop(bytes.clone());
    bytes
}

/// Measures `operation`, unless the command line names others.
fn bench(name: &str, mut operation: impl FnMut()) {
    let mut wanted = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .peekable();
    if wanted.peek().is_some() && !wanted.any(|part| name.contains(&part)) {
        return;
    }
    for _ in 0..PER_ROUND / 10 {
        operation();
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = cpu_nanoseconds();
            for _ in 0..PER_ROUND {
                operation();
            }
            (cpu_nanoseconds() - start) / f64::from(PER_ROUND)
        })
        .collect();
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    rounds.sort_by(f64::total_cmp);
    let per_operation = allocations as f64 / (ROUNDS as f64 * f64::from(PER_ROUND));
    println!(
        "{name:<44} {:>9.1} {per_operation:>7.2}",
        rounds[ROUNDS / 2]
    );
}

fn cpu_nanoseconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
