//! Addresses as the command line takes them: `-l` and `--alias`.

/// What an address may begin with.
const PROTOCOLS: [&str; 6] = ["udp", "tcp", "tls", "sctp", "ws", "wss"];

/// The single addresses of `-l [proto:]hosts[:port][/advertised[:port]]`, where hosts is one or a list in brackets. None
/// where it is no such thing.
///
/// COMPAT: 5.6.3 takes a port above 65535 modulo 65536, and WebSocket's protocols not at all; here both are refused.
pub fn listen_addresses(text: &str) -> Option<Vec<String>> {
    let (bind, advertise) = match text.split_once('/') {
        Some((bind, advertise)) if is_host_and_port(advertise) => (bind, Some(advertise)),
        Some(_) => return None,
        None => (text, None),
    };
    let (protocol, rest) = split_protocol(bind);
    if protocol.is_some_and(|protocol| protocol.to_ascii_lowercase().starts_with("ws")) {
        return None;
    }
    let (hosts, port) = match rest.strip_prefix('(') {
        Some(list) => {
            let (hosts, port) = list.split_once(')')?;
            (hosts.split(',').map(str::trim).collect(), port.trim())
        }
        None => {
            let (host, port) = split_port(rest);
            (vec![host], port)
        }
    };
    if !is_port_suffix(port) || !hosts.iter().all(|host| is_host(host)) {
        return None;
    }
    let single = |host: &&str| {
        let mut address = String::new();
        if let Some(protocol) = protocol {
            address.extend([protocol, ":"]);
        }
        address.extend([host, port]);
        if let Some(advertise) = advertise {
            address.extend(["/", advertise]);
        }
        address
    };
    Some(hosts.iter().map(single).collect())
}

/// Whether this is `[proto:]host[:port]`, as `--alias` takes it.
pub fn is_alias(text: &str) -> bool {
    is_host_and_port(split_protocol(text).1)
}

fn split_protocol(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((word, rest)) if PROTOCOLS.iter().any(|name| name.eq_ignore_ascii_case(word)) => {
            (Some(word), rest)
        }
        _ => (None, text),
    }
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = split_port(text);
    is_host(host) && is_port_suffix(port)
}

/// The host, and what follows it: nothing, or a colon and a port.
fn split_port(text: &str) -> (&str, &str) {
    let from = match text.strip_prefix('[').and_then(|inner| inner.find(']')) {
        // The bracket before and the one at the end of `inner`.
        Some(end) => end + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    text.split_at_checked(from).unwrap_or((text, ""))
}

fn is_port_suffix(suffix: &str) -> bool {
    match suffix.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        None => suffix.is_empty(),
    }
}

/// A name, or an address; IPv6 in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(inner) => inner
            .strip_suffix(']')
            .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "()[]:,/".contains(c))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_addresses_are_taken_apart() {
        for (text, expected) in [
            ("127.0.0.1", &["127.0.0.1"][..]),
            ("lo:5070", &["lo:5070"]),
            ("UDP:localhost:5060", &["UDP:localhost:5060"]),
            ("[::1]:5099", &["[::1]:5099"]),
            ("tcp:[::1]", &["tcp:[::1]"]),
            (
                "udp:127.0.0.1:5099/1.2.3.4",
                &["udp:127.0.0.1:5099/1.2.3.4"],
            ),
            (
                "127.0.0.1/[2001:db8::1]:5060",
                &["127.0.0.1/[2001:db8::1]:5060"],
            ),
            ("(lo, 127.0.0.5):5099", &["lo:5099", "127.0.0.5:5099"]),
            ("udp:(lo,eth0)", &["udp:lo", "udp:eth0"]),
            ("udp:(a,b):1/h:2", &["udp:a:1/h:2", "udp:b:1/h:2"]),
        ] {
            let addresses = listen_addresses(text);
            assert_eq!(addresses.as_deref(), Some(&*owned(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "foo:",
            "127.0.0.1:abc",
            "127.0.0.1:99999",
            "xyz:127.0.0.1:5060",
            "::1",
            "udp:[::1",
            "udp:(lo",
            "udp:()",
            "(lo,):1",
            "127.0.0.1:5099/",
            "127.0.0.1/1.2.3.4:99999",
            "ws:127.0.0.1",
            "any:127.0.0.1",
            "a b",
            "[x]:1",
            "a:+1",
        ] {
            assert_eq!(listen_addresses(text), None, "{text}");
        }
    }

    #[test]
    fn aliases_are_told_from_other_texts() {
        for text in [
            "example.org",
            "udp:example.org:5070",
            "1.2.3.4:5060",
            "[::1]",
            "ws:example.org",
        ] {
            assert!(is_alias(text), "{text}");
        }
        for text in [
            "",
            "foo:bar",
            "xxx:1.2.3.4:5060",
            "udp:1.2.3.4:70000",
            "udp:",
        ] {
            assert!(!is_alias(text), "{text}");
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }
}
