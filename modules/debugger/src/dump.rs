//! The variables of a run as JSON.

use mod_pv::Pv;
use module_api::{AvpName, Call, Text, Value, XavpList, XavpValue};
use std::collections::BTreeMap;
use stdx::json;

/// Variables without a value.
const NULLS: i64 = 1;
/// `$avp`
const AVPS: i64 = 2;
/// `$var`
const SCRIPT: i64 = 4;
/// `$xavp`
const XAVPS: i64 = 8;

/// The variables of a run that `mask` asks for, in the form that 5.6.3 gives them.
pub fn variables(call: &Call, mask: i64) -> Vec<u8> {
    let mut members = Members::default();
    if mask & SCRIPT != 0
        && let Some(pv) = call.runtime.module::<Pv>()
    {
        for (name, slot) in pv.script_variables() {
            let value = call.variables.get(slot as usize);
            if let Some(value) = value.filter(|value| mask & NULLS != 0 || !value.is_null()) {
                members.name(format!("$var({name})").as_bytes());
                plain(&mut members.out, value);
            }
        }
    }
    if mask & AVPS != 0 {
        let mut lists: BTreeMap<Text, Vec<&Value>> = BTreeMap::new();
        for (name, value) in call.attributes.avps.iter() {
            let shown = match name {
                AvpName::Text(name) => Text::from(format!("$avp({name})")),
                AvpName::Number(number) => Text::from(format!("$avp(i:{number})")),
            };
            lists.entry(shown).or_default().push(value);
        }
        for (name, values) in lists {
            members.name(&name);
            list(&mut members.out, values.into_iter(), |out, value| {
                plain(out, value)
            });
        }
    }
    if mask & XAVPS != 0 {
        for (name, values) in grouped(&call.attributes.xavps) {
            members.name(format!("$xavp({name})").as_bytes());
            list(&mut members.out, values.into_iter(), xavp);
        }
    }
    members.finish()
}

/// An object in the making.
#[derive(Default)]
struct Members {
    out: Vec<u8>,
}

impl Members {
    fn name(&mut self, name: &[u8]) {
        self.out.push(if self.out.is_empty() { b'{' } else { b',' });
        json::push_string(&mut self.out, name);
        self.out.push(b':');
    }

    fn finish(mut self) -> Vec<u8> {
        if self.out.is_empty() {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        self.out
    }
}

fn grouped(items: &XavpList) -> BTreeMap<&Text, Vec<&XavpValue>> {
    let mut groups: BTreeMap<&Text, Vec<&XavpValue>> = BTreeMap::new();
    for item in items.iter() {
        groups.entry(&item.name).or_default().push(&item.value);
    }
    groups
}

fn xavp(out: &mut Vec<u8>, value: &XavpValue) {
    match value {
        XavpValue::Plain(value) => plain(out, value),
        XavpValue::List(items) => {
            let mut members = Members::default();
            for (name, values) in grouped(items) {
                members.name(name);
                list(&mut members.out, values.into_iter(), xavp);
            }
            out.extend(members.finish());
        }
    }
}

fn list<T>(out: &mut Vec<u8>, values: impl Iterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.push(b']');
}

fn plain(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Int(number) => stdx::number::push_decimal(out, *number),
        Value::Str(value) => json::push_string(out, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_avps_are_objects_of_lists() {
        use module_api::Xavp;
        let mut inner = XavpList::default();
        let item = |name, value| Xavp {
            name: Text::from_static(name),
            value,
        };
        inner.push(item("b", XavpValue::Plain(Value::from_static("q\"\x08"))));
        inner.push(item("n", XavpValue::Plain(Value::Int(7))));
        let mut out = Vec::new();
        xavp(&mut out, &XavpValue::List(inner));
        assert_eq!(out, br#"{"b":["q\"\b"],"n":[7]}"#);
        assert_eq!(Members::default().finish(), b"{}");
    }
}
