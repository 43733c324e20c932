//! CPU time of finding destinations: `cargo bench -p locate`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per URI.

use std::hint::black_box;
use std::time::Instant;

use benchkit::bench;
use locate::{Answer, CacheSettings, DnsCache, Families, Record, Settings, Start, Step, start};
use sip::Uri;
use stdx::Text;
use stdx::hash::Seed;

fn main() {
    let settings = Settings {
        families: Families::V4ThenV6,
        ..Settings::default()
    };
    let mut cache = DnsCache::new(CacheSettings::default(), Seed::default());
    let now = Instant::now();
    let first = |uri: &str, cache: &mut DnsCache, seed: u64| {
        let Ok(uri) = Uri::parse(uri.as_bytes()) else {
            return None;
        };
        match start(&uri, &settings, seed) {
            Ok(Start::Ready(destination)) => Some(destination),
            Ok(Start::Resolve(mut locator)) => loop {
                match locator.next(cache, now) {
                    Step::Destination(destination) => return Some(destination),
                    Step::Ask(query) => {
                        let answer = match query.name.as_bytes() {
                            b"_sip._udp.example.com" => {
                                let target = Text::from("gateway.example.com");
                                Record::Srv {
                                    priority: 1,
                                    weight: 1,
                                    port: 5060,
                                    target,
                                }
                            }
                            _ => Record::v4([127, 0, 0, 1].into()),
                        };
                        locator.answer(Answer::Records(vec![(answer, 3600)]), cache, now);
                    }
                    Step::End(_) => return None,
                }
            },
            Err(_) => None,
        }
    };
    let uri = "sip:alice@192.0.2.7:5060;transport=udp";
    bench("parsing that URI alone", 2_000_000, |_| {
        Uri::parse(black_box(uri.as_bytes())).is_ok()
    });
    for (name, uri) in [
        ("numeric host", "sip:alice@192.0.2.7:5060;transport=udp"),
        (
            "name and port, in the cache",
            "sip:alice@gateway.example.com:5060",
        ),
        (
            "name with SRV records, in the cache",
            "sip:alice@example.com",
        ),
    ] {
        bench(name, 500_000, |seed| {
            first(black_box(uri), &mut cache, seed)
        });
    }
}
