//! Variables.

use crate::answers::{Addresses, Asked, Record};
use diagnostics::codes::names;
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

/// The count of the records of a query that was made; everything else of it is null.
fn count(call: &Call, record: Record, item: &Item) -> Value {
    let asked = call
        .notes
        .get::<Asked>()
        .is_some_and(|asked| asked.contains(record, &item.query));
    if asked && *item.item == *b"count" {
        Value::Int(0)
    } else {
        Value::Null
    }
}

/// What `srv_query` found: `count`, `port[i]`, `priority[i]`, `target[i]`, `weight[i]`.
#[pvar("srvquery", compat = partial("srv_query finds no records"))]
fn services(call: &mut Call, item: &Item) -> Value {
    count(call, Record::Service, item)
}

/// What `naptr_query` found: `count`, `order[i]`, `pref[i]`, `flags[i]`, `services[i]`, `regex[i]`, `replace[i]`.
#[pvar("naptrquery", compat = partial("naptr_query finds no records"))]
fn authority_pointers(call: &mut Call, item: &Item) -> Value {
    count(call, Record::AuthorityPointer, item)
}

/// What `ptr_query` found: `$ptrquery(name=>hostname)`.
#[pvar("ptrquery", compat = partial("ptr_query finds no names"))]
fn pointers(call: &mut Call, item: &Item) -> Value {
    count(call, Record::Pointer, item)
}

/// The machine's name: `$HN(n)` and `$HN(f)` the name, `$HN(d)` the domain in it, `$HN(i)` an address of it.
#[pvar("HN", compat = partial("`i` is the address of our first socket"))]
fn own_host(call: &mut Call, key: &InnerLiteral) -> Value {
    if key.0.as_bytes() == b"i" {
        let socket = call.runtime.sockets.list.first();
        return socket.map_or(Value::Null, |socket| {
            Value::Str(relay::address_text(socket.address.ip()))
        });
    }
    let Some(name) = host_name() else {
        return Value::Null;
    };
    match key.0.as_bytes() {
        b"n" | b"f" => Value::Str(name),
        b"d" => match stdx::ascii::split_once(&name, b'.') {
            Some((_, domain)) => Value::from(domain),
            None => Value::Null,
        },
        _ => Value::Null,
    }
}

/// The name the system gives the machine.
fn host_name() -> Option<Text> {
    let name = std::fs::read("/proc/sys/kernel/hostname").ok()?;
    let name = stdx::ascii::trim(&name);
    (!name.is_empty()).then(|| Text::from(name))
}
