//! CPU time and allocations of the hot paths: `cargo bench -p sip`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per operation. `to routing` is the point
//! where method, Request-URI, top Via, Call-ID, CSeq, From and To tag and Content-Length are known.

#![expect(
    clippy::expect_used,
    reason = "a benchmark ends where its input is wrong"
)]

use std::hint::black_box;
use std::net::SocketAddr;

use benchkit::Counting;
use bytes::Bytes;
use sip::framing::{FramingLimits, StreamFramer};
use sip::serialize::nothing_deferred;
use sip::serialize::{
    Delimited, ForwardedRequest, ForwardedResponse, Response, RportPolicy, ViaStamp,
};
use sip::{Edits, HeaderId, Message, Uri};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

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

/// How often each operation is done in a round.
const PER_ROUND: u64 = 100_000;

fn main() {
    let invite = bytes_of(INVITE);
    let options = bytes_of(OPTIONS);
    println!(
        "INVITE {} octets, OPTIONS {} octets",
        invite.len(),
        options.len()
    );
    ALLOCATOR.bench("INVITE: index", PER_ROUND, |_| {
        drop(black_box(Message::parse(invite.clone())))
    });
    ALLOCATOR.bench("INVITE: index, to routing", PER_ROUND, |_| {
        to_routing(&invite)
    });
    ALLOCATOR.bench("OPTIONS: index", PER_ROUND, |_| {
        drop(black_box(Message::parse(options.clone())))
    });
    ALLOCATOR.bench("OPTIONS: index, to routing", PER_ROUND, |_| {
        to_routing(&options)
    });

    let message = Message::parse(invite.clone()).expect("a message");
    ALLOCATOR.bench("clone a message", PER_ROUND, |_| {
        drop(black_box(message.clone()))
    });
    ALLOCATOR.bench("header by id, last", PER_ROUND, |_| {
        black_box(message.header(black_box(HeaderId::ContentLength)));
    });
    ALLOCATOR.bench("URI", PER_ROUND, |_| {
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
    ALLOCATOR.bench("forward request, no edits", PER_ROUND, |_| {
        forward(&edits, &mut out)
    });
    edits.insert_header_first(
        message,
        "Record-Route: <sip:192.0.2.1;lr;ftag=1928301774>\r\n",
    );
    edits.replace_value(message.header(HeaderId::MaxForwards).expect("there"), "69");
    edits.append_header(message, "X-Added: 1\r\n");
    ALLOCATOR.bench("forward request, three edits", PER_ROUND, |_| {
        forward(&edits, &mut out)
    });
    ALLOCATOR.bench("response to a request", PER_ROUND, |_| {
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
    ALLOCATOR.bench("forward response", PER_ROUND, |_| {
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
    ALLOCATOR.bench("cut one INVITE from a stream", PER_ROUND, |_| {
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
