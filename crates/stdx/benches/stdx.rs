//! CPU time of the building blocks: `cargo bench -p stdx`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time
//! per operation.

#![expect(
    clippy::expect_used,
    reason = "a benchmark may stop at its first surprise"
)]

use std::hint::black_box;

use benchkit::bench;
use stdx::ere::{Ere, Flags};
use stdx::hash::{Map, Seed};
use stdx::number::{Decimal, push_decimal};
use stdx::{Text, Wheel, ascii};

fn main() {
    texts();
    numbers();
    regular_expressions();
    wheel();
}

fn texts() {
    let short = Text::from("sip:alice@example.com");
    let long = Text::from("sip:alice@registrar.example.com:5080;transport=tcp");
    let same = Text::from("sip:alice@example.com");
    bench("text: clone inline", 5_000_000, |_| {
        black_box(&short).clone()
    });
    bench("text: clone shared", 5_000_000, |_| {
        black_box(&long).clone()
    });
    bench("text: equal", 5_000_000, |_| {
        black_box(&short) == black_box(&same)
    });
    bench("text: from 21 bytes", 5_000_000, |_| {
        Text::from(black_box("sip:alice@example.com"))
    });
    let mut map: Map<Text, u64> = Map::with_hasher(Seed::new(3));
    for index in 0..1_000_u64 {
        map.insert(
            Text::concat(&[b"a84b4c76e66710-", Decimal::from(index).as_bytes()]),
            index,
        );
    }
    bench("map of 1000: get by 18 bytes", 2_000_000, |_| {
        map.get(black_box(&b"a84b4c76e66710-517"[..])).copied()
    });
    let agent = b"User-Agent: FriendlyPhone 1.2.3 (build 4567)";
    bench("ascii: find_ignore_case in 44 bytes", 2_000_000, |_| {
        ascii::find_ignore_case(black_box(agent), b"PHONE")
    });
}

fn numbers() {
    let mut out = Vec::with_capacity(32);
    bench("number: push_decimal, 10 digits", 5_000_000, |index| {
        out.clear();
        push_decimal(&mut out, 4_294_900_000 + index);
        out.len()
    });
    bench("number: parse_u64, 10 digits", 5_000_000, |_| {
        stdx::number::parse_u64(black_box(b"4294900017"))
    });
}

fn regular_expressions() {
    let icase = Flags {
        ignore_case: true,
        newline: false,
    };
    let scanner = b"^(friendly-scanner|sipvicious|sipcli)";
    let uri = b"sip:+14155550100@gateway.example.com:5060;user=phone;a=b";
    let cases: [(&str, &[u8], &[u8]); 6] = [
        (
            "scanner list, other agent",
            scanner,
            b"Linphone/5.2.1 (x86)",
        ),
        ("scanner list, scanner", scanner, b"friendly-scanner 1.0"),
        (
            "scanner list unanchored, other agent",
            b"(friendly-scanner|sipvicious|sipcli)",
            b"Linphone/5.2.1 (x86)",
        ),
        (
            "scanner list unanchored, 80 bytes",
            b"(friendly-scanner|sipvicious|sipcli)",
            b"Asterisk PBX 18.9.0~dfsg+~cs6.10.40431411-1 with something quite a bit longer to",
        ),
        ("digits in a URI", br"^sip:(\+|00)1[0-9]{10}@", uri),
        ("suffix of a URI", br"@.*\.example\.com", uri),
    ];
    for (name, pattern, text) in cases {
        let ere = Ere::compile(pattern, icase).expect("a pattern");
        ere.prepare_match();
        bench(&format!("ere: is_match, {name}"), 1_000_000, |_| {
            ere.is_match(black_box(text))
        });
    }
    let mut groups = [None, None, None, None, None];
    for (name, pattern) in [
        ("flat", &b"^sip:(.*)@(.*)$"[..]),
        ("deterministic", br"^sip:(\+)?([0-9]{11})@([^:]*)"),
        ("by the C library", b"^sips?:(.*)(@|%40)([^:]*)"),
    ] {
        let ere = Ere::compile(pattern, icase).expect("a pattern");
        ere.prepare_captures();
        bench(&format!("ere: captures, {name}"), 100_000, |_| {
            ere.captures(black_box(uri), &mut groups)
        });
        bench(&format!("ere: captures, {name}, no match"), 100_000, |_| {
            ere.captures(black_box(b"tel:0123"), &mut groups)
        });
    }
    bench("ere: compile and prepare, scanner list", 500, |_| {
        let ere = Ere::compile(scanner, icase).expect("a pattern");
        ere.prepare_match();
        ere
    });
    bench("ere: compile and prepare, digits in a URI", 500, |_| {
        let ere = Ere::compile(br"^sip:(\+|00)1[0-9]{10}@", icase).expect("a pattern");
        ere.prepare_match();
        ere
    });
}

fn wheel() {
    const LIVE: u64 = 100_000;
    let mut wheel = Wheel::new(0);
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let tokens: Vec<_> = (0..LIVE)
        .map(|index| wheel.arm(1 + next() % 32_000, index))
        .collect();
    bench("wheel of 100k: rearm", 1_000_000, |index| {
        wheel.rearm(
            tokens[(index.wrapping_mul(7_919) % LIVE) as usize],
            1 + next() % 32_000,
        )
    });
    bench("wheel of 100k: next_deadline", 1_000_000, |_| {
        wheel.next_deadline()
    });
    bench("wheel of 100k: arm and cancel", 1_000_000, |index| {
        let token = wheel.arm(500 + index % 4_000, index);
        wheel.cancel(token)
    });
    let mut now = 0;
    bench(
        "wheel of 100k: one tick, about 3 timers fire and rearm",
        100_000,
        |_| {
            now += 1;
            while let Some((_, payload)) = wheel.pop_due(now) {
                wheel.arm(now + 1 + next() % 64_000, payload);
            }
        },
    );
}
