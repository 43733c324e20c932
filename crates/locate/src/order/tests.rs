use super::*;
use crate::TransportSet;
use std::collections::BTreeMap;

fn srv(priority: u16, weight: u16, target: &str) -> Record {
    Record::Srv {
        priority,
        weight,
        port: 5070,
        target: Text::from(target),
    }
}

fn hosts(servers: &[Server]) -> Vec<String> {
    servers
        .iter()
        .map(|server| server.host.to_string())
        .collect()
}

#[test]
fn priorities_rule_and_the_heaviest_is_first() {
    let records = [
        srv(20, 90, "d"),
        srv(10, 10, "a"),
        srv(10, 60, "b"),
        srv(10, 30, "c"),
        srv(10, 30, "c2"),
    ];
    let servers = order_srv(&records, false, &mut Random::new(1));
    assert_eq!(hosts(&servers), ["b", "c", "c2", "a", "d"]);
}

#[test]
fn records_that_name_no_server_are_left_out() {
    let mut records = vec![
        srv(1, 1, "."),
        srv(1, 1, ""),
        srv(1, 1, "a b"),
        srv(2, 1, "B.test."),
    ];
    records.push(Record::Srv {
        priority: 0,
        weight: 0,
        port: 0,
        target: Text::from("zero"),
    });
    records.push(Record::v4([127, 0, 0, 1].into()));
    let servers = order_srv(&records, true, &mut Random::new(1));
    assert_eq!(hosts(&servers), ["b.test"]);
}

#[test]
fn balancing_follows_the_weights_and_keeps_priorities() {
    let records = [
        srv(10, 10, "a"),
        srv(10, 60, "b"),
        srv(10, 30, "c"),
        srv(10, 0, "z"),
        srv(20, 99, "last"),
    ];
    let mut random = Random::new(7);
    let mut firsts: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..10_000 {
        let servers = order_srv(&records, true, &mut random);
        assert_eq!(servers.len(), 5);
        assert_eq!(servers[4].host, "last");
        *firsts.entry(servers[0].host.to_string()).or_default() += 1;
    }
    for (host, expected) in [("a", 1_000), ("b", 6_000), ("c", 3_000)] {
        assert!(firsts[host].abs_diff(expected) < 250, "{firsts:?}");
    }
    assert!(
        firsts.get("z").copied().unwrap_or_default() < 20,
        "{firsts:?}"
    );
    let nil = [srv(1, 0, "x"), srv(1, 0, "y")];
    let mut seen: Vec<_> = (0..100)
        .map(|_| order_srv(&nil, true, &mut random)[0].host.to_string())
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["x", "y"]);
}

fn naptr(order: u16, preference: u16, flags: &str, service: &str, replacement: &str) -> Record {
    Record::Naptr {
        order,
        preference,
        flags: Text::from(flags),
        service: Text::from(service),
        regexp: Text::default(),
        replacement: Text::from(replacement),
    }
}

#[test]
fn naptr_records_are_sorted_by_us_or_by_the_rfc() {
    let records = [
        naptr(10, 20, "s", "SIP+D2T", "t2"),
        naptr(10, 10, "S", "sip+d2t", "t1"),
        naptr(20, 10, "s", "SIP+D2U", "u1"),
        naptr(10, 10, "s", "SIP+D2U", "u0"),
        naptr(1, 1, "s", "SIPS+D2T", "no-socket"),
        naptr(1, 1, "u", "E2U+sip", "."),
        naptr(1, 1, "a", "SIP+D2U", "address"),
        naptr(1, 1, "s", "SIP+D2U", ".."),
    ];
    let mut settings = Settings::default();
    let names = |settings: &Settings| -> Vec<String> {
        let services = order_naptr(&records, settings);
        services
            .iter()
            .map(|service| service.name.to_string())
            .collect()
    };
    assert_eq!(names(&settings), ["u0", "u1", "t1", "t2"]);
    settings.ignores_naptr_order = false;
    assert_eq!(names(&settings), ["u0", "t1", "t2", "u1"]);
    settings.preferences.udp = -1;
    assert_eq!(names(&settings), ["t1", "t2"]);
    settings.transports = TransportSet::of([Transport::Tls]);
    assert_eq!(names(&settings), ["no-socket"]);
}

#[test]
fn services_have_the_names_of_the_rfc() {
    let host = Text::from("a.test");
    let name = |transport| service_of(&host, transport).map(|service| service.name.to_string());
    assert_eq!(name(Transport::Udp).as_deref(), Some("_sip._udp.a.test"));
    assert_eq!(name(Transport::Tls).as_deref(), Some("_sips._tcp.a.test"));
    assert_eq!(name(Transport::Sctp).as_deref(), Some("_sip._sctp.a.test"));
    assert_eq!(name(Transport::Ws), None);
    assert_eq!(
        service_of(&Text::from("abcdefg.".repeat(31)), Transport::Udp),
        None
    );
}
