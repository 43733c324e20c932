//! The cache of DNS answers.

use locate::{CacheEntry, Cached, DnsCache, Kind, Query, Record};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Text, rpc};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

/// The bit of a record's flags that lets it stay for ever.
const PERMANENT: i64 = 2;

/// What `work` makes of the cache.
fn with_cache<T>(
    call: &RpcCall,
    work: impl FnOnce(&mut DnsCache, Instant) -> T,
) -> Result<T, Fault> {
    let mut work = Some(work);
    let mut result = None;
    call.runtime.host.with_dns_cache(&mut |cache, now| {
        if let Some(work) = work.take() {
            result = Some(work(cache, now));
        }
    });
    result.ok_or_else(|| Fault::new(500, "dns cache support disabled (see use_dns_cache)"))
}

fn kind_named(name: &Text) -> Option<Kind> {
    Some(match name.to_ascii_uppercase().as_slice() {
        b"A" => Kind::A,
        b"AAAA" => Kind::Aaaa,
        b"SRV" => Kind::Srv,
        b"NAPTR" => Kind::Naptr,
        b"PTR" => Kind::Ptr,
        _ => return None,
    })
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::A => "A",
        Kind::Aaaa => "AAAA",
        Kind::Srv => "SRV",
        Kind::Naptr => "NAPTR",
        Kind::Ptr => "PTR",
    }
}

fn shown(entry: &CacheEntry) -> RpcValue {
    let permanent = if entry.expires_in.is_none() {
        "yes"
    } else {
        "no"
    };
    let expires = entry.expires_in.map_or(0, |left| left.as_secs() as i64);
    let (is_negative, kind) = match &entry.content {
        Cached::Nothing => (true, kind_name(entry.query.kind)),
        Cached::Alias(_) => (false, "CNAME"),
        Cached::Records(_) => (false, kind_name(entry.query.kind)),
    };
    let mut reply = RpcStruct::new();
    reply
        .add("name", entry.query.name.clone())
        .add("type", kind)
        .add("size_bytes", entry.bytes as i64)
        .add("reference_counter", 1)
        .add("permanent", permanent)
        .add("expires", expires)
        .add("last_used", entry.last_used.as_secs() as i64)
        .add("negative_entry", if is_negative { "yes" } else { "no" });
    let mut records = Vec::new();
    let rest = |record: &mut RpcStruct| {
        record
            .add("rr_permanent", permanent)
            .add("rr_expires", expires);
    };
    match &entry.content {
        Cached::Nothing => {}
        Cached::Alias(name) => {
            let mut record = RpcStruct::new();
            record.add("rr_idx", 0).add("rr_name", name.clone());
            rest(&mut record);
            records.push(record.into());
        }
        Cached::Records(found) => {
            for (index, found) in found.iter().enumerate() {
                let mut record = RpcStruct::new();
                record.add("rr_idx", index as i64);
                describe(found, &mut record);
                rest(&mut record);
                records.push(record.into());
            }
        }
    }
    if !is_negative {
        reply.add("records", RpcValue::Array(records));
    }
    reply.into()
}

fn describe(record: &Record, reply: &mut RpcStruct) {
    match record {
        Record::Address(address) => {
            reply.add("rr_ip", address.to_string());
        }
        Record::Srv {
            priority,
            weight,
            port,
            target,
        } => {
            reply
                .add("rr_name", target.clone())
                .add("rr_port", i64::from(*port))
                .add("rr_priority", i64::from(*priority))
                .add("rr_weight", i64::from(*weight));
        }
        Record::Naptr {
            order,
            preference,
            flags,
            service,
            replacement,
            ..
        } => {
            reply
                .add("rr_order", i64::from(*order))
                .add("rr_preference", i64::from(*preference))
                .add("rr_flags", flags.clone())
                .add("rr_service", service.clone())
                .add("rr_replacement", replacement.clone());
        }
        Record::Name(name) => {
            reply.add("rr_name", name.clone());
        }
    }
}

/// All that the cache knows.
#[rpc("dns.view", list)]
fn view(call: &mut RpcCall) -> Result<(), Fault> {
    for entry in with_cache(call, |cache, now| cache.entries(now))? {
        call.add(shown(&entry));
    }
    Ok(())
}

/// What the cache knows of a type and a name; a name that it does not know is asked for first.
#[rpc("dns.lookup")]
fn lookup(call: &mut RpcCall) -> Result<(), Fault> {
    let kind = kind_named(&call.text()?).ok_or_else(|| Fault::new(400, "Invalid type"))?;
    let name = Text::from(call.text()?.to_ascii_lowercase());
    let query = Query { name, kind };
    if let Some(entry) = with_cache(call, |cache, now| entry_of(cache, &query, now))? {
        call.add(found(&entry)?);
        return Ok(());
    }
    let answer = call.answer_later(ANSWER_LIMIT)?;
    let host = call.runtime.host.clone();
    let asked = host.ask_dns(&query);
    let keeper = host.clone();
    let keep = async move {
        let records = asked.await;
        let mut entry = None;
        keeper.with_dns_cache(&mut |cache, now| {
            cache.store(&query, &records, now);
            entry = entry_of(cache, &query, now);
        });
        let entry = entry.ok_or_else(not_found);
        answer.finish(
            entry
                .and_then(|entry| found(&entry))
                .map(|shown| vec![shown]),
        );
    };
    host.spawn(Box::pin(keep));
    Ok(())
}

/// How long the name servers may take over a question.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

fn not_found() -> Fault {
    Fault::new(400, "Not found")
}

fn entry_of(cache: &DnsCache, query: &Query, now: Instant) -> Option<CacheEntry> {
    let mut entries = cache.entries(now).into_iter();
    entries.find(|entry| entry.query == *query)
}

/// An entry as it is shown, unless it says that there is nothing.
fn found(entry: &CacheEntry) -> Result<RpcValue, Fault> {
    match entry.content {
        Cached::Nothing => Err(not_found()),
        Cached::Alias(_) | Cached::Records(_) => Ok(shown(entry)),
    }
}

fn add(call: &mut RpcCall, name: &Text, record: Record, ttl: i64, flags: i64) -> Result<(), Fault> {
    let ttl = if flags & PERMANENT != 0 {
        None
    } else {
        Some(u32::try_from(ttl).map_err(|_| Fault::new(400, "Invalid ttl"))?)
    };
    match with_cache(call, |cache, now| cache.add(name, record, ttl, now))? {
        true => Ok(()),
        false => Err(Fault::new(400, "Failed to add the entry to the cache")),
    }
}

/// Adds an IPv4 address: name, seconds to live, address, flags (2: for ever).
#[rpc("dns.add_a")]
fn add_a(call: &mut RpcCall) -> Result<(), Fault> {
    let (name, ttl, address, flags) = (call.text()?, call.int()?, call.text()?, call.int()?);
    let address = address
        .to_str()
        .and_then(|text| text.parse::<Ipv4Addr>().ok());
    let address = address.ok_or_else(|| Fault::new(400, "Invalid IP address"))?;
    add(call, &name, Record::v4(address), ttl, flags)
}

/// Adds an IPv6 address: name, seconds to live, address, flags (2: for ever).
#[rpc("dns.add_aaaa")]
fn add_aaaa(call: &mut RpcCall) -> Result<(), Fault> {
    let (name, ttl, address, flags) = (call.text()?, call.int()?, call.text()?, call.int()?);
    let address = address
        .to_str()
        .and_then(|text| text.parse::<Ipv6Addr>().ok());
    let address = address.ok_or_else(|| Fault::new(400, "Invalid IP address"))?;
    add(call, &name, Record::v6(address), ttl, flags)
}

/// Adds a service: name, seconds to live, priority, weight, port, host, flags (2: for ever).
#[rpc("dns.add_srv")]
fn add_srv(call: &mut RpcCall) -> Result<(), Fault> {
    let (name, ttl) = (call.text()?, call.int()?);
    let mut small = |what: &str| {
        let number = call.int()?;
        u16::try_from(number).map_err(|_| Fault::new(400, format!("Invalid {what}")))
    };
    let (priority, weight, port) = (small("priority")?, small("weight")?, small("port")?);
    let (target, flags) = (call.text()?, call.int()?);
    add(
        call,
        &name,
        Record::Srv {
            priority,
            weight,
            port,
            target,
        },
        ttl,
        flags,
    )
}

fn delete(call: &mut RpcCall, kind: Option<Kind>) -> Result<(), Fault> {
    let name = call.text()?;
    let removed = with_cache(call, |cache, _| {
        kind.is_some_and(|kind| cache.remove(&name, kind))
    })?;
    if removed {
        Ok(())
    } else {
        Err(Fault::new(400, "Not found"))
    }
}

/// Forgets the IPv4 addresses of a name.
#[rpc("dns.delete_a")]
fn delete_a(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, Some(Kind::A))
}

/// Forgets the IPv6 addresses of a name.
#[rpc("dns.delete_aaaa")]
fn delete_aaaa(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, Some(Kind::Aaaa))
}

/// Forgets the services of a name.
#[rpc("dns.delete_srv")]
fn delete_srv(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, Some(Kind::Srv))
}

/// Forgets the naming authority pointers of a name.
#[rpc("dns.delete_naptr")]
fn delete_naptr(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, Some(Kind::Naptr))
}

/// Forgets that a name is another name for something.
#[rpc("dns.delete_cname")]
fn delete_cname(call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?;
    let wanted = name.to_ascii_lowercase();
    let removed = with_cache(call, |cache, now| {
        let is_alias = |entry: &&CacheEntry| {
            *entry.query.name == *wanted && matches!(entry.content, Cached::Alias(_))
        };
        let kinds: Vec<Kind> = cache
            .entries(now)
            .iter()
            .filter(is_alias)
            .map(|e| e.query.kind)
            .collect();
        kinds
            .into_iter()
            .filter(|kind| cache.remove(&name, *kind))
            .count()
    })?;
    if removed > 0 {
        Ok(())
    } else {
        Err(Fault::new(400, "Not found"))
    }
}

/// Forgets the texts of a name; none are ever kept.
#[rpc("dns.delete_txt")]
fn delete_txt(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, None)
}

/// Forgets the EBL records of a name; none are ever kept.
#[rpc("dns.delete_ebl")]
fn delete_ebl(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, None)
}

/// Forgets the pointers of a name; none are ever kept.
#[rpc("dns.delete_ptr")]
fn delete_ptr(call: &mut RpcCall) -> Result<(), Fault> {
    delete(call, None)
}

/// Forgets everything but what stays for ever.
#[rpc("dns.delete_all")]
fn delete_all(call: &mut RpcCall) -> Result<(), Fault> {
    with_cache(call, |cache, now| {
        for entry in cache
            .entries(now)
            .iter()
            .filter(|entry| entry.expires_in.is_some())
        {
            cache.remove(&entry.query.name, entry.query.kind);
        }
    })?;
    done(call)
}

/// Forgets everything.
#[rpc("dns.delete_all_force")]
fn delete_all_force(call: &mut RpcCall) -> Result<(), Fault> {
    with_cache(call, |cache, _| cache.clear())?;
    done(call)
}

fn done(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("status", "ok");
    call.add(reply);
    Ok(())
}

/// The octets that the cache takes, and the most it may take.
#[rpc("dns.mem_info")]
fn mem_info(call: &mut RpcCall) -> Result<(), Fault> {
    let used = with_cache(call, |cache, _| cache.bytes())?;
    call.add(used as i64);
    call.add(call.runtime.settings_now().dns.cache_kib * 1024);
    Ok(())
}

/// The names that the cache knows, with the octets and seconds they have.
#[rpc("dns.debug")]
fn debug(call: &mut RpcCall) -> Result<(), Fault> {
    listed(call)
}

/// As `dns.debug`.
#[rpc("dns.debug_all")]
fn debug_all(call: &mut RpcCall) -> Result<(), Fault> {
    listed(call)
}

fn listed(call: &mut RpcCall) -> Result<(), Fault> {
    for entry in with_cache(call, |cache, now| cache.entries(now))? {
        call.add(entry.query.name.clone());
        call.add(kind_name(entry.query.kind));
        call.add(entry.bytes as i64);
        call.add(entry.expires_in.map_or(0, |left| left.as_secs() as i64));
    }
    Ok(())
}

/// Whether the DNS servers are thought to answer: always 1, as each question finds out for itself.
#[rpc("dns.get_server_state")]
fn server_state(call: &mut RpcCall) -> Result<(), Fault> {
    call.add(1);
    Ok(())
}

/// Refuses: each question finds out for itself whether a server answers.
#[rpc("dns.set_server_state")]
fn set_server_state(call: &mut RpcCall) -> Result<(), Fault> {
    call.int()?;
    Err(Fault::new(500, "the state of DNS servers is not kept"))
}

/// Refuses: questions are not counted by server.
#[rpc("dns.stats_get")]
fn stats_get(call: &mut RpcCall) -> Result<(), Fault> {
    call.text()?;
    Err(Fault::new(500, "questions are not counted by server"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use locate::CacheSettings;

    /// The members of the reply about the only entry of a cache, as text.
    fn members(fill: impl FnOnce(&mut DnsCache, Instant)) -> String {
        let mut cache = DnsCache::new(CacheSettings::default(), stdx::hash::Seed::default());
        let now = Instant::now();
        fill(&mut cache, now);
        let entries = cache.entries(now);
        let RpcValue::Struct(members) = shown(&entries[0]) else {
            panic!("an entry is a struct");
        };
        let members = members.iter().filter(|(name, _)| *name != "size_bytes");
        members
            .map(|(name, value)| format!("{name}: {value:?}\n"))
            .collect()
    }

    #[test]
    fn addresses_are_shown_as_upstream_does() {
        let shown = members(|cache, now| {
            cache.add(
                b"foo.example.org",
                Record::v4([10, 1, 1, 1].into()),
                Some(300),
                now,
            );
        });
        for part in [
            "name: Str(\"foo.example.org\")",
            "type: Str(\"A\")",
            "permanent: Str(\"no\")",
            "expires: Int(300)",
            "negative_entry: Str(\"no\")",
            "(\"rr_ip\", Str(\"10.1.1.1\"))",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn services_that_stay_are_shown_as_upstream_does() {
        let record = Record::Srv {
            priority: 1,
            weight: 2,
            port: 5060,
            target: Text::from("foo.example.org"),
        };
        let shown = members(|cache, now| {
            cache.add(b"_sip._udp.x.org", record, None, now);
        });
        for part in [
            "type: Str(\"SRV\")",
            "permanent: Str(\"yes\")",
            "(\"rr_port\", Int(5060)), (\"rr_priority\", Int(1)), (\"rr_weight\", Int(2))",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }
}
