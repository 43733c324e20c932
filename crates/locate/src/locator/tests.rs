use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use sip::Uri;

use super::*;
use crate::{CacheSettings, Families, Kind, Start, TransportSet, start};
use stdx::hash::Seed;

/// A world of names: one line per record, `name KIND data…`.
fn zone(text: &str) -> BTreeMap<Query, Answer> {
    let mut zone: BTreeMap<Query, Answer> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| words[index].parse::<u16>().unwrap();
        let name = Text::from(words[0]);
        if words[1] == "CNAME" {
            for kind in [Kind::A, Kind::Aaaa, Kind::Srv, Kind::Naptr] {
                let alias = Answer::Alias {
                    target: Text::from(words[2]),
                    ttl: 60,
                };
                zone.insert(
                    Query {
                        name: name.clone(),
                        kind,
                    },
                    alias,
                );
            }
            continue;
        }
        let record = match words[1] {
            "A" | "AAAA" => Record::Address(words[2].parse().unwrap()),
            "SRV" => Record::Srv {
                priority: number(2),
                weight: number(3),
                port: number(4),
                target: Text::from(words[5]),
            },
            "NAPTR" => Record::Naptr {
                order: number(2),
                preference: number(3),
                flags: Text::from(words[4]),
                service: Text::from(words[5]),
                regexp: Text::default(),
                replacement: Text::from(words[6]),
            },
            other => panic!("{other}"),
        };
        let query = Query {
            name,
            kind: record.kind(),
        };
        let known = zone
            .entry(query)
            .or_insert_with(|| Answer::Records(Vec::new()));
        if let Answer::Records(records) = known {
            records.push((record, 60));
        }
    }
    zone
}

fn locator(uri: &str, settings: &Settings) -> Locator {
    match start(&Uri::parse(uri.as_bytes()).unwrap(), settings, 1).unwrap() {
        Start::Resolve(locator) => *locator,
        Start::Ready(destination) => panic!("{destination:?} needs no question"),
    }
}

fn cache() -> DnsCache {
    DnsCache::new(CacheSettings::default(), Seed::default())
}

/// Locates to the end and writes down what happened: `?` question, `>` destination.
fn trace(
    locator: &mut Locator,
    zone: &BTreeMap<Query, Answer>,
    cache: &mut DnsCache,
) -> Vec<String> {
    let now = Instant::now();
    let mut trace = Vec::new();
    loop {
        match locator.next(cache, now) {
            Step::Destination(Destination { transport, address }) => {
                trace.push(format!("> {transport} {address}"));
            }
            Step::Ask(query) => {
                trace.push(format!("? {:?} {}", query.kind, query.name));
                let answer = zone.get(&query).cloned().unwrap_or(Answer::NotFound);
                locator.answer(answer, cache, now);
            }
            Step::End(end) => {
                trace.push(format!("{end:?}"));
                return trace;
            }
        }
    }
}

const ZONE: &str = "
    a.test A 127.0.1.1
    b.test A 127.0.1.2
    c.test A 127.0.1.3
    ab.test A 127.0.1.1
    ab.test A 127.0.1.2
    dual.test A 127.0.1.2
    dual.test AAAA ::1
    v6.test AAAA ::1
    srv.test A 127.0.1.3
    _sip._udp.srv.test SRV 10 50 5070 a.test
    _sip._udp.srv.test SRV 20 50 5080 ab.test
    _sip._tcp.srv.test SRV 10 50 5080 c.test
    tcponly.test A 127.0.1.3
    _sip._tcp.tcponly.test SRV 10 50 5080 a.test
    _sip._udp.same.test SRV 10 10 5070 a.test
    _sip._udp.same.test SRV 10 60 5070 b.test
    _sip._udp.same.test SRV 10 30 5070 c.test
    _sip._udp.dead.test SRV 10 10 5070 missing.test
    _sip._udp.dead.test SRV 20 60 5070 b.test
    _sip._udp.gone.test SRV 1 1 5070 missing.test
    gone.test A 127.0.1.3
    _sip._udp.num.test SRV 0 0 5070 127.0.1.2
    _sip._udp.num6.test SRV 0 0 5070 ::1
    _sip._udp.dot.test SRV 0 0 5070 .
    dot.test A 127.0.1.3
    n1.test NAPTR 10 10 s SIP+D2T _sip._tcp.n1.test
    n1.test NAPTR 20 10 s SIP+D2U _sip._udp.n1.test
    _sip._tcp.n1.test SRV 1 50 5080 a.test
    _sip._udp.n1.test SRV 1 50 5070 b.test
    n5.test NAPTR 10 10 s SIP+D2U _sip._udp.nowhere.test
    n5.test A 127.0.1.3
    alias.test CNAME other.test
    other.test CNAME a.test
    loop1.test CNAME loop2.test
    loop2.test CNAME loop1.test
    _sip._udp.srvc.test CNAME _sip._udp.srv.test
";

fn check(settings: &Settings, uri: &str, expected: &[&str]) {
    let trace = trace(&mut locator(uri, settings), &zone(ZONE), &mut cache());
    assert_eq!(trace, expected, "{uri} with {settings:?}");
}

fn plain() -> Settings {
    Settings::default()
}

fn failover() -> Settings {
    Settings {
        has_failover: true,
        ..plain()
    }
}

#[test]
fn a_name_is_a_service_first_and_a_host_second() {
    check(
        &plain(),
        "sip:a.test",
        &[
            "? Srv _sip._udp.a.test",
            "? A a.test",
            "> udp 127.0.1.1:5060",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:srv.test",
        &[
            "? Srv _sip._udp.srv.test",
            "? A a.test",
            "> udp 127.0.1.1:5070",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:tcponly.test",
        &[
            "? Srv _sip._udp.tcponly.test",
            "? A tcponly.test",
            "> udp 127.0.1.3:5060",
            "Exhausted",
        ],
    );
}

#[test]
fn a_port_leaves_nothing_to_services() {
    check(
        &plain(),
        "sip:srv.test:5070",
        &["? A srv.test", "> udp 127.0.1.3:5070", "Exhausted"],
    );
    check(
        &plain(),
        "sip:srv.test:5070;transport=tcp",
        &["? A srv.test", "> tcp 127.0.1.3:5070", "Exhausted"],
    );
    let naptr = Settings {
        tries_naptr: true,
        ..plain()
    };
    check(&naptr, "sip:n1.test:5080", &["? A n1.test", "NotFound"]);
}

#[test]
fn a_named_transport_has_its_own_service() {
    let all = Settings {
        transports: TransportSet::of(Transport::ALL),
        tries_naptr: true,
        ..failover()
    };
    check(
        &all,
        "sip:srv.test;transport=tcp",
        &[
            "? Srv _sip._tcp.srv.test",
            "? A c.test",
            "> tcp 127.0.1.3:5080",
            "Exhausted",
        ],
    );
    check(
        &all,
        "sips:srv.test",
        &[
            "? Srv _sips._tcp.srv.test",
            "? A srv.test",
            "> tls 127.0.1.3:5061",
            "Exhausted",
        ],
    );
    check(
        &all,
        "sip:srv.test;transport=tls",
        &[
            "? Srv _sips._tcp.srv.test",
            "? A srv.test",
            "> tls 127.0.1.3:5061",
            "Exhausted",
        ],
    );
    check(
        &all,
        "sip:srv.test;transport=ws",
        &["? A srv.test", "> ws 127.0.1.3:5060", "Exhausted"],
    );
}

#[test]
fn failover_goes_through_addresses_and_servers() {
    check(
        &failover(),
        "sip:srv.test",
        &[
            "? Srv _sip._udp.srv.test",
            "? A a.test",
            "> udp 127.0.1.1:5070",
            "? A ab.test",
            "> udp 127.0.1.1:5080",
            "> udp 127.0.1.2:5080",
            "? Srv _sip._tcp.srv.test",
            "? A c.test",
            "> tcp 127.0.1.3:5080",
            "Exhausted",
        ],
    );
    check(
        &failover(),
        "sip:same.test;transport=udp",
        &[
            "? Srv _sip._udp.same.test",
            "? A b.test",
            "> udp 127.0.1.2:5070",
            "? A c.test",
            "> udp 127.0.1.3:5070",
            "? A a.test",
            "> udp 127.0.1.1:5070",
            "Exhausted",
        ],
    );
    check(
        &failover(),
        "sip:ab.test",
        &[
            "? Srv _sip._udp.ab.test",
            "? Srv _sip._tcp.ab.test",
            "? A ab.test",
            "> udp 127.0.1.1:5060",
            "> udp 127.0.1.2:5060",
            "Exhausted",
        ],
    );
    check(
        &failover(),
        "sip:tcponly.test",
        &[
            "? Srv _sip._udp.tcponly.test",
            "? Srv _sip._tcp.tcponly.test",
            "? A a.test",
            "> tcp 127.0.1.1:5080",
            "Exhausted",
        ],
    );
}

#[test]
fn servers_without_address_are_passed_over() {
    check(
        &plain(),
        "sip:dead.test",
        &[
            "? Srv _sip._udp.dead.test",
            "? A missing.test",
            "? A b.test",
            "> udp 127.0.1.2:5070",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:gone.test",
        &[
            "? Srv _sip._udp.gone.test",
            "? A missing.test",
            "? A gone.test",
            "> udp 127.0.1.3:5060",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:dot.test",
        &[
            "? Srv _sip._udp.dot.test",
            "? A dot.test",
            "> udp 127.0.1.3:5060",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:num.test",
        &[
            "? Srv _sip._udp.num.test",
            "> udp 127.0.1.2:5070",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:num6.test",
        &["? Srv _sip._udp.num6.test", "? A num6.test", "NotFound"],
    );
}

#[test]
fn families_are_asked_for_in_order_and_only_when_needed() {
    let with = |families| Settings {
        families,
        ..failover()
    };
    let first = |families, uri: &str, expected: &[&str]| {
        check(&with(families), &format!("{uri}:5070"), expected);
    };
    first(
        Families::V4ThenV6,
        "sip:dual.test",
        &[
            "? A dual.test",
            "> udp 127.0.1.2:5070",
            "? Aaaa dual.test",
            "> udp [::1]:5070",
            "Exhausted",
        ],
    );
    first(
        Families::V6ThenV4,
        "sip:dual.test",
        &[
            "? Aaaa dual.test",
            "> udp [::1]:5070",
            "? A dual.test",
            "> udp 127.0.1.2:5070",
            "Exhausted",
        ],
    );
    first(Families::V4, "sip:v6.test", &["? A v6.test", "NotFound"]);
    first(
        Families::V6,
        "sip:dual.test",
        &["? Aaaa dual.test", "> udp [::1]:5070", "Exhausted"],
    );
    first(
        Families::V4ThenV6,
        "sip:v6.test",
        &[
            "? A v6.test",
            "? Aaaa v6.test",
            "> udp [::1]:5070",
            "Exhausted",
        ],
    );
    let plain = Settings {
        has_failover: false,
        ..with(Families::V4ThenV6)
    };
    check(
        &plain,
        "sip:dual.test:5070",
        &["? A dual.test", "> udp 127.0.1.2:5070", "Exhausted"],
    );
}

#[test]
fn naptr_records_lead_to_services() {
    let naptr = Settings {
        tries_naptr: true,
        ..failover()
    };
    check(
        &naptr,
        "sip:n1.test",
        &[
            "? Naptr n1.test",
            "? Srv _sip._udp.n1.test",
            "? A b.test",
            "> udp 127.0.1.2:5070",
            "? Srv _sip._tcp.n1.test",
            "? A a.test",
            "> tcp 127.0.1.1:5080",
            "Exhausted",
        ],
    );
    let rfc = Settings {
        ignores_naptr_order: false,
        has_failover: false,
        ..naptr
    };
    check(
        &rfc,
        "sip:n1.test",
        &[
            "? Naptr n1.test",
            "? Srv _sip._tcp.n1.test",
            "? A a.test",
            "> tcp 127.0.1.1:5080",
            "Exhausted",
        ],
    );
    check(
        &naptr,
        "sip:n5.test",
        &[
            "? Naptr n5.test",
            "? Srv _sip._udp.nowhere.test",
            "? Srv _sip._udp.n5.test",
            "? Srv _sip._tcp.n5.test",
            "? A n5.test",
            "> udp 127.0.1.3:5060",
            "Exhausted",
        ],
    );
    check(
        &naptr,
        "sips:n1.test",
        &["? Srv _sips._tcp.n1.test", "? A n1.test", "NotFound"],
    );
}

#[test]
fn aliases_are_followed_but_not_for_ever() {
    check(
        &plain(),
        "sip:alias.test:5060",
        &[
            "? A alias.test",
            "? A other.test",
            "? A a.test",
            "> udp 127.0.1.1:5060",
            "Exhausted",
        ],
    );
    check(
        &plain(),
        "sip:srvc.test",
        &[
            "? Srv _sip._udp.srvc.test",
            "? Srv _sip._udp.srv.test",
            "? A a.test",
            "> udp 127.0.1.1:5070",
            "Exhausted",
        ],
    );
    // The second round finds both names in the cache.
    check(
        &plain(),
        "sip:loop1.test:5060",
        &["? A loop1.test", "? A loop2.test", "NotFound"],
    );
}

#[test]
fn unanswered_questions_are_told_from_missing_names() {
    let now = Instant::now();
    let mut cache = cache();
    let mut locator = locator("sip:a.test:5060", &plain());
    assert!(matches!(locator.next(&mut cache, now), Step::Ask(_)));
    locator.answer(Answer::Failed, &mut cache, now);
    assert_eq!(locator.next(&mut cache, now), Step::End(End::Failed));
    assert_eq!(locator.next(&mut cache, now), Step::End(End::Failed));
}

#[test]
fn what_the_cache_knows_is_not_asked_again() {
    let mut cache = cache();
    let zone = zone(ZONE);
    trace(&mut locator("sip:srv.test", &plain()), &zone, &mut cache);
    let again = trace(&mut locator("sip:SRV.test", &plain()), &zone, &mut cache);
    assert_eq!(again, ["> udp 127.0.1.1:5070", "Exhausted"]);
    trace(&mut locator("sip:none.test:1", &plain()), &zone, &mut cache);
    let again = trace(&mut locator("sip:none.test:2", &plain()), &zone, &mut cache);
    assert_eq!(again, ["NotFound"]);
}

#[test]
fn answers_count_even_if_they_may_not_be_kept() {
    let settings = CacheSettings {
        is_on: false,
        ..CacheSettings::default()
    };
    let mut cache = DnsCache::new(settings, Seed::default());
    let zone = zone(ZONE);
    for _ in 0..2 {
        let found = trace(&mut locator("sip:srv.test", &plain()), &zone, &mut cache);
        assert_eq!(
            found,
            [
                "? Srv _sip._udp.srv.test",
                "? A a.test",
                "> udp 127.0.1.1:5070",
                "Exhausted"
            ]
        );
    }
}

#[test]
fn an_address_that_is_down_comes_last_next_time() {
    let now = Instant::now();
    let mut cache = cache();
    let zone = zone(ZONE);
    let mut first = locator("sip:ab.test:5060", &failover());
    first.next(&mut cache, now);
    first.answer(
        zone[&Query {
            name: Text::from("ab.test"),
            kind: Kind::A,
        }]
            .clone(),
        &mut cache,
        now,
    );
    assert!(matches!(first.next(&mut cache, now), Step::Destination(_)));
    first.mark_down(&mut cache, now + Duration::from_secs(30));
    let second = trace(
        &mut locator("sip:ab.test:5060", &failover()),
        &zone,
        &mut cache,
    );
    assert_eq!(
        second,
        ["> udp 127.0.1.2:5060", "> udp 127.0.1.1:5060", "Exhausted"]
    );
}

#[test]
fn a_zone_that_never_ends_is_left() {
    let settings = Settings {
        tries_naptr: true,
        families: Families::V4ThenV6,
        ..failover()
    };
    let mut locator = locator("sip:evil.test", &settings);
    let mut cache = cache();
    let now = Instant::now();
    let mut questions = 0;
    loop {
        match locator.next(&mut cache, now) {
            Step::Ask(query) => {
                questions += 1;
                let fresh = |index: u32| Text::from(format!("x{index}.{questions}.evil.test"));
                let records = (0..200).map(|index| match query.kind {
                    Kind::Naptr => Record::Naptr {
                        order: 1,
                        preference: 1,
                        flags: Text::from("s"),
                        service: Text::from("SIP+D2U"),
                        regexp: Text::default(),
                        replacement: fresh(index),
                    },
                    _ => Record::Srv {
                        priority: 1,
                        weight: 1,
                        port: 5060,
                        target: fresh(index),
                    },
                });
                let answer = match query.kind {
                    Kind::A | Kind::Aaaa => Answer::Alias {
                        target: fresh(0),
                        ttl: 0,
                    },
                    _ => Answer::Records(records.map(|record| (record, 0)).collect()),
                };
                locator.answer(answer, &mut cache, now);
            }
            Step::Destination(destination) => panic!("{destination:?}"),
            Step::End(end) => {
                assert_eq!(end, End::NotFound);
                break;
            }
        }
    }
    assert!(questions <= QUESTIONS_MAX);
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let name = prop_oneof![
        "[a-c]\\.test".prop_map(Text::from),
        "[ -~]{0,8}".prop_map(Text::from),
        Just(Text::from(".")),
        Just(Text::from("127.0.0.1")),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Text::from),
    ];
    let record = prop_oneof![
        any::<IpAddr>().prop_map(Record::Address),
        (any::<u16>(), any::<u16>(), any::<u16>(), name.clone()).prop_map(
            |(priority, weight, port, target)| Record::Srv {
                priority,
                weight,
                port,
                target
            }
        ),
        (0..3_u16, any::<u16>(), name.clone()).prop_map(|(order, preference, replacement)| {
            Record::Naptr {
                order,
                preference,
                flags: Text::from("s"),
                service: Text::from("SIP+D2U"),
                regexp: Text::default(),
                replacement,
            }
        }),
    ];
    prop_oneof![
        4 => prop::collection::vec((record, any::<u32>()), 0..100).prop_map(Answer::Records),
        1 => (name, any::<u32>()).prop_map(|(target, ttl)| Answer::Alias { target, ttl }),
        1 => Just(Answer::NotFound),
        1 => Just(Answer::Failed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_answered_there_is_an_end(answers in prop::collection::vec(any_answer(), 1..60), seed: u64) {
        let settings = Settings {
            tries_naptr: true,
            balances_srv: true,
            families: Families::V4ThenV6,
            ..failover()
        };
        let target = Target { host: Text::from("a.test"), port: None, transport: None };
        let mut locator = Locator::new(target, settings, seed);
        let mut cache = cache();
        let now = Instant::now();
        let mut answers = answers.into_iter().cycle();
        let mut given = Vec::new();
        for _ in 0..=QUESTIONS_MAX + DESTINATIONS_MAX {
            match locator.next(&mut cache, now) {
                Step::Ask(_) => locator.answer(answers.next().unwrap(), &mut cache, now),
                Step::Destination(destination) => {
                    prop_assert!(!given.contains(&destination));
                    prop_assert!(destination.address.port() != 0);
                    given.push(destination);
                }
                Step::End(_) => return Ok(()),
            }
        }
        prop_assert!(false, "no end");
    }
}
