//! Names of us, and names whose records are known from the start.

use locate::{DnsCache, Kind, Record};
use module_api::{Alias, SocketAddress, Text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

/// The flag of a name that cannot be resolved.
const UNRESOLVABLE: i64 = 1;
/// The flag of a record that stays for ever.
const PERMANENT: i64 = 2;

/// Reads `proto:domain:port`, where all but the domain may be left out.
pub fn family(text: &[u8]) -> Option<Alias> {
    let address = SocketAddress::parse(text)?;
    Some(Alias {
        host: Some(Text::from(address.host.to_ascii_lowercase())),
        port: address.port.filter(|port| *port != 0),
        transport: address.transport,
    })
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownName {
    name: Text,
    kind: Kind,
    /// None when the name cannot be resolved.
    record: Option<Record>,
    /// In seconds; none is for ever.
    ttl: Option<u32>,
}

impl KnownName {
    /// Reads `type=A;name=…;addr=…;ttl=…;flags=…`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<KnownName, String> {
        let (mut kind, mut name, mut addr) = (None, "", "");
        let (mut ttl, mut flags, mut srv) = (0, 0, [0; 3]);
        for attribute in text.split(';').map(str::trim).filter(|a| !a.is_empty()) {
            let (key, value) = attribute
                .split_once('=')
                .ok_or_else(|| format!("`{attribute}` has no value"))?;
            let (key, value) = (key.trim(), value.trim());
            let no_number = |_| format!("`{value}` is no number for `{key}`");
            let small = || value.parse::<u16>().map_err(no_number);
            match key {
                "type" => kind = Some(kind_named(value)?),
                "name" => name = value,
                "addr" => addr = value,
                "ttl" => ttl = value.parse().map_err(no_number)?,
                "flags" => flags = value.parse().map_err(no_number)?,
                "priority" => srv[0] = small()?,
                "weight" => srv[1] = small()?,
                "port" => srv[2] = small()?,
                _ => return Err(format!("records have no attribute `{key}`")),
            }
        }
        let kind = kind.ok_or("a record needs a type: `type=A`")?;
        if name.is_empty() {
            return Err("a record needs a name: `name=NAME`".to_owned());
        }
        let record = match flags & UNRESOLVABLE != 0 {
            true => None,
            false => Some(record(kind, addr, srv)?),
        };
        Ok(KnownName {
            name: Text::from(name),
            kind,
            record,
            ttl: (flags & PERMANENT == 0).then_some(ttl),
        })
    }

    /// Puts it into a cache; false when that has no room.
    pub fn add_to(&self, cache: &mut DnsCache, now: Instant) -> bool {
        match &self.record {
            Some(record) => cache.add(&self.name, record.clone(), self.ttl, now),
            None => cache.add_nothing(&self.name, self.kind, self.ttl, now),
        }
    }
}

fn kind_named(name: &str) -> Result<Kind, String> {
    match name {
        "A" => Ok(Kind::A),
        "AAAA" => Ok(Kind::Aaaa),
        "SRV" => Ok(Kind::Srv),
        _ => Err(format!("`{name}` is no type of a record: A, AAAA or SRV")),
    }
}

fn record(kind: Kind, addr: &str, [priority, weight, port]: [u16; 3]) -> Result<Record, String> {
    let no_address = |_| format!("`{addr}` is no address of this type");
    let address = match kind {
        Kind::A => IpAddr::V4(addr.parse::<Ipv4Addr>().map_err(no_address)?),
        Kind::Aaaa => IpAddr::V6(addr.parse::<Ipv6Addr>().map_err(no_address)?),
        _ if addr.is_empty() => return Err("a service needs a host: `addr=NAME`".to_owned()),
        _ => {
            return Ok(Record::Srv {
                priority,
                weight,
                port,
                target: Text::from(addr),
            });
        }
    };
    Ok(Record::Address(address))
}

/// Reads a file of records, one in a line.
///
/// # Errors
/// The number of the line that is wrong, and how.
pub fn records_of(text: &str) -> Result<Vec<KnownName>, String> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            KnownName::parse(line).map_err(|wrong| format!("line {}: {wrong}", number + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use locate::{CacheSettings, Cached, Query};
    use sip::Transport;
    use stdx::hash::Seed;

    #[test]
    fn a_family_has_a_domain_and_perhaps_a_transport_and_a_port() {
        let read = |text: &str| {
            let alias = family(text.as_bytes()).unwrap();
            (alias.host.unwrap().to_string(), alias.port, alias.transport)
        };
        assert_eq!(read("Example.net"), ("example.net".to_owned(), None, None));
        assert_eq!(
            read("udp:example.com:5070"),
            ("example.com".to_owned(), Some(5070), Some(Transport::Udp))
        );
    }

    #[test]
    fn records_are_known_until_their_time_is_over() {
        let file = "# ours\n\ntype=A;name=a.invalid;addr=192.0.2.1;ttl=60\n\
                    type=SRV;name=_sip._udp.b.invalid;addr=a.invalid;port=5070;priority=1;weight=2;flags=2\n\
                    type=AAAA;name=c.invalid;flags=3\n\
                    type=A;name=over.invalid;addr=192.0.2.1\n";
        let now = Instant::now();
        let mut cache = DnsCache::new(CacheSettings::default(), Seed::default());
        for known in records_of(file).unwrap() {
            assert!(known.add_to(&mut cache, now));
        }
        let mut ask = |name: &str, kind, seconds| {
            let name = Text::from(name);
            let later = now + std::time::Duration::from_secs(seconds);
            cache.get(&Query { name, kind }, later)
        };
        let address = Record::v4([192, 0, 2, 1].into());
        assert_eq!(
            ask("a.invalid", Kind::A, 59),
            Some(Cached::Records(vec![address]))
        );
        assert_eq!(ask("a.invalid", Kind::A, 60), None);
        assert_eq!(ask("c.invalid", Kind::Aaaa, 9999), Some(Cached::Nothing));
        assert_eq!(ask("over.invalid", Kind::A, 0), None);
        let service = ask("_sip._udp.b.invalid", Kind::Srv, 9999);
        let Some(Cached::Records(found)) = service else {
            panic!("the service is not there");
        };
        assert!(matches!(
            &found[..],
            [Record::Srv {
                priority: 1,
                weight: 2,
                port: 5070,
                ..
            }]
        ));
    }

    #[test]
    fn what_is_wrong_with_a_record_is_told() {
        for (text, wrong) in [
            (
                "type=MX;name=a",
                "`MX` is no type of a record: A, AAAA or SRV",
            ),
            ("type=A;addr=1.2.3.4", "a record needs a name: `name=NAME`"),
            ("type=A;name=a;addr=::1", "`::1` is no address of this type"),
            ("name=a;addr=::1", "a record needs a type: `type=A`"),
            (
                "type=A;name=a;colour=red",
                "records have no attribute `colour`",
            ),
            ("type=SRV;name=a;port=x", "`x` is no number for `port`"),
        ] {
            assert_eq!(KnownName::parse(text), Err(wrong.to_owned()));
        }
        assert!(records_of("#\ntype=A").is_err_and(|wrong| wrong.starts_with("line 2: ")));
    }
}
