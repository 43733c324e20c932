//! How long a large script takes to be read: `cargo bench -p script-syntax`.
//!
//! The script has about 5,000 lines: route blocks in the manner of the default configuration, conditions, defines
//! and texts with variables. Prints the median of several rounds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use script_syntax::ast::TextPlace;
use script_syntax::{MemoryLoader, Options, parse, parse_format};

const ROUNDS: usize = 51;

const BLOCK: &str = r#"
# Routing of calls, block @
#!ifdef WITH_BLOCK
route[BLOCK@] {
    if (is_method("INVITE|SUBSCRIBE") && !has_totag()) {
        $var(target) = "sip:" + $rU + "@" + $sel(cfg_get.gateway.host);   // built here
        if ($(ru{uri.host}{s.len}) > MAX_LENGTH || src_ip == 10.0.0.0/8) {
            xlog("L_INFO", "block @: $rm from $fu to $(ru{uri.user}) via $si:$sp\n");
            sl_send_reply("403", "Not allowed");
            exit;
        }
        $sht(calls=>$ci::count) = $sht(calls=>$ci::count) + 1;
    } else if (uri == myself || $hdr(X-Route) =~ "^sip:[0-9]+@") {
        switch ($var(target)) {
            case "one":
                route(RELAY);
                break;
            case /"^two.*":
                setflag(FLT_ACC);
            default:
                $avp(s:result) = (($var(i) & 0xff) << 2) | 1;
        }
    }
    while ($var(i) < 10 and defined $avp(next)) {
        $var(i) = $var(i) + 1;
    }
    /* the end of
       the block */
    if (!t_relay()) { sl_reply_error(); }
    return 1;
}
#!else
route[BLOCK@] { drop; }
#!endif
"#;

fn script() -> String {
    let mut text = String::from(
        "#!KAMAILIO\n#!define WITH_BLOCK\n#!define MAX_LENGTH 255\n#!define FLT_ACC 1\n\
         debug=2\nlisten=udp:127.0.0.1:5060 name \"s1\"\nloadmodule \"tm.so\"\n",
    );
    for number in 0..145 {
        text.push_str(&BLOCK.replace('@', &number.to_string()));
    }
    text.push_str("request_route {\n    route(BLOCK0);\n}\n");
    text
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn main() {
    let text = script();
    let (loader, options) = (MemoryLoader::new(), Options::default());
    let parsed = parse("bench.cfg", &text, &loader, &options);
    assert!(
        parsed.diagnostics.is_empty(),
        "{:?}",
        parsed.diagnostics.first()
    );
    let (lines, tokens) = (text.lines().count(), parsed.tokens.tokens.len());
    let whole = median(|| {
        black_box(parse("bench.cfg", black_box(&text), &loader, &options));
    });
    println!(
        "parse   {lines} lines, {} bytes, {tokens} tokens: {:.2} ms",
        text.len(),
        whole.as_secs_f64() * 1e3
    );
    let format = "call $ci from $fu ($si:$sp) to $(ru{uri.user}) with $hdr(User-Agent), $(hdr(Via)[-1]{s.len})\n";
    let one = median(|| {
        for _ in 0..1_000 {
            let place = TextPlace::Whole(Default::default());
            black_box(parse_format(black_box(format), place, &mut Vec::new()));
        }
    });
    println!(
        "format  {} bytes, 7 variables: {:.0} ns",
        format.len(),
        one.as_secs_f64() * 1e6
    );
}
