//! Variables.

use crate::Ipops;
use crate::answers::{Addresses, Records};
use diagnostics::codes::names;
use locate::{Kind, Record};
use module_api::{
    Binder, Call, Diagnostic, InnerLiteral, PvarInner, PvarSpec, Template, Text, Value, ast, pvar,
    relay,
};
use std::net::IpAddr;

/// `name=>item`, where the item may have an index in brackets, constant or from variables.
pub struct Item {
    query: Text,
    item: Text,
    index: Option<Template>,
}

impl PvarInner for Item {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let inner = spec.inner();
        let Some((query, rest)) = inner.split_once("=>") else {
            return Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{inner}` is not of the form `name=>item`"),
            ));
        };
        let bracketed = rest
            .split_once('[')
            .and_then(|(item, index)| Some((item, index.trim_end().strip_suffix(']')?)));
        let (item, index) = match bracketed {
            None => (rest, None),
            Some((item, index)) => {
                let start = query.len() + 2 + item.len() + 1;
                let place = ast::TextPlace::Verbatim(spec.span());
                let place = place.span_of(start..start + index.len());
                let index = binder.template_at(index, ast::TextPlace::Verbatim(place))?;
                (item, Some(index))
            }
        };
        Ok(Item {
            query: Text::from(query.trim()),
            item: Text::from(item.trim()),
            index,
        })
    }
}

impl Item {
    /// The index now, from 0; negative from the end.
    fn position(&self, call: &mut Call, count: usize) -> Option<usize> {
        let index = match &self.index {
            None => 0,
            Some(index) => index.value(call).to_int().ok()?,
        };
        match usize::try_from(index) {
            Ok(index) => Some(index),
            Err(_) => usize::try_from(count as i64 + index).ok(),
        }
    }
}

/// What `dns_query` found: `$dns(name=>count)`, `ipv4` and `ipv6` (whether there are such), `addr[i]`, `type[i]` (4 or 6).
#[pvar("dns")]
fn host_addresses(call: &mut Call, item: &Item) -> Value {
    let found = |call: &Call| -> Option<Vec<IpAddr>> {
        let addresses = call.notes.get::<Addresses>()?;
        addresses.of(&item.query).map(<[_]>::to_vec)
    };
    let Some(addresses) = found(call) else {
        return Value::Null;
    };
    let claim = |truth: bool| Value::Int(i64::from(truth));
    match &*item.item {
        b"count" => Value::Int(addresses.len() as i64),
        b"ipv4" => claim(addresses.iter().any(IpAddr::is_ipv4)),
        b"ipv6" => claim(addresses.iter().any(IpAddr::is_ipv6)),
        b"addr" | b"type" => {
            let position = item.position(call, addresses.len());
            let Some(address) = position.and_then(|at| addresses.get(at)) else {
                return Value::Null;
            };
            match &*item.item {
                b"addr" => Value::Str(relay::address_text(*address)),
                _ => Value::Int(if address.is_ipv4() { 4 } else { 6 }),
            }
        }
        _ => Value::Null,
    }
}

/// A field of a record of a query that was made, or how many there are.
fn field(
    call: &mut Call,
    kind: Kind,
    item: &Item,
    read: impl FnOnce(&Record, &[u8]) -> Value,
) -> Value {
    let Some(records) = call.notes.take::<Records>() else {
        return Value::Null;
    };
    let value = match records.of(kind, &item.query) {
        None => Value::Null,
        Some(found) if *item.item == *b"count" => Value::Int(found.len() as i64),
        Some(found) => {
            let record = item
                .position(call, found.len())
                .and_then(|at| found.get(at));
            record.map_or(Value::Null, |record| read(record, &item.item))
        }
    };
    call.notes.set(records);
    value
}

/// What `srv_query` found: `count`, `port[i]`, `priority[i]`, `target[i]`, `weight[i]`.
#[pvar("srvquery")]
fn services(call: &mut Call, item: &Item) -> Value {
    field(call, Kind::Srv, item, |record, name| {
        let Record::Srv {
            priority,
            weight,
            port,
            target,
        } = record
        else {
            return Value::Null;
        };
        match name {
            b"port" => Value::Int(i64::from(*port)),
            b"priority" => Value::Int(i64::from(*priority)),
            b"target" => Value::Str(target.clone()),
            b"weight" => Value::Int(i64::from(*weight)),
            _ => Value::Null,
        }
    })
}

/// What `naptr_query` found: `count`, `order[i]`, `pref[i]`, `flags[i]`, `services[i]`, `regex[i]`, `replace[i]`.
#[pvar("naptrquery")]
fn authority_pointers(call: &mut Call, item: &Item) -> Value {
    field(call, Kind::Naptr, item, |record, name| {
        let Record::Naptr {
            order,
            preference,
            flags,
            service,
            regexp,
            replacement,
        } = record
        else {
            return Value::Null;
        };
        match name {
            b"order" => Value::Int(i64::from(*order)),
            b"pref" => Value::Int(i64::from(*preference)),
            b"flags" => Value::Str(flags.clone()),
            b"services" => Value::Str(service.clone()),
            b"regex" => Value::Str(regexp.clone()),
            b"replace" => Value::Str(replacement.clone()),
            _ => Value::Null,
        }
    })
}

/// What `ptr_query` found: `$ptrquery(name=>hostname)`.
#[pvar("ptrquery")]
fn pointers(call: &mut Call, item: &Item) -> Value {
    field(call, Kind::Ptr, item, |record, name| match (record, name) {
        (Record::Name(host), b"hostname") => Value::Str(host.clone()),
        _ => Value::Null,
    })
}

/// The machine's name: `$HN(n)` and `$HN(f)` the name, `$HN(d)` the domain in it, `$HN(i)` the address that it stands for.
#[pvar("HN", compat = partial("`i` is the address of our first socket until the DNS has told of the name"))]
fn own_host(call: &mut Call, key: &InnerLiteral) -> Value {
    let Some(name) = host_name() else {
        return Value::Null;
    };
    match key.0.as_bytes() {
        b"i" => own_address(call, &name),
        b"n" | b"f" => Value::Str(name),
        b"d" => match stdx::ascii::split_once(&name, b'.') {
            Some((_, domain)) => Value::from(domain),
            None => Value::Null,
        },
        _ => Value::Null,
    }
}

/// The address that the machine's name stands for. Nobody waits for the DNS: the next to ask will know what it says.
fn own_address(call: &Call, name: &[u8]) -> Value {
    let runtime = &call.runtime;
    let ipops = runtime.module::<Ipops>();
    let known = ipops.and_then(|ipops| ipops.own_name.address(&*runtime.host, name));
    let first = || {
        let socket = runtime.sockets.list.first();
        socket.map(|socket| socket.address.ip())
    };
    let address = known.or_else(first);
    address.map_or(Value::Null, |address| {
        Value::Str(relay::address_text(address))
    })
}

/// The name the system gives the machine.
fn host_name() -> Option<Text> {
    let name = std::fs::read("/proc/sys/kernel/hostname").ok()?;
    let name = stdx::ascii::trim(&name);
    (!name.is_empty()).then(|| Text::from(name))
}
