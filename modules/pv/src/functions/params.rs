//! Functions that turn texts into XAVPs and back.

use crate::xavp;
use module_api::{Call, PvarRef, Text, Value, Verdict, Xavp, XavpList, XavpValue, script_function};
use sip::{Params, unquoted};

/// The parameters of `a=b;c="d e"` as children, in their order; none when there is none.
fn children(text: &[u8]) -> Option<XavpList> {
    let mut list = XavpList::default();
    for param in Params::new(text) {
        let value = param.value.map(unquoted).unwrap_or_default();
        list.push_last(Xavp {
            name: Text::from(param.name),
            value: XavpValue::Plain(Value::from(value)),
        });
    }
    (!list.is_empty()).then_some(list)
}

fn push_root(call: &mut Call, name: Text, children: Option<XavpList>) -> Verdict {
    match children {
        Some(children) if !name.is_empty() => {
            call.attributes.xavps.push(Xavp {
                name,
                value: XavpValue::List(children),
            });
            Verdict::TRUE
        }
        _ => Verdict::FALSE,
    }
}

/// Makes the parameters `a=b;c=d` children of a new `$xavp(root)`. False when there is none.
///
/// ```cfg
/// xavp_params_explode("a=b;c=d", "x");
/// xinfo("$xavp(x=>c)\n");   # log: d
/// ```
#[script_function(xavp_params_explode, routes = ANY)]
fn xavp_params_explode(call: &mut Call, params: Text, root: Text) -> Verdict {
    let children = children(&params);
    push_root(call, root, children)
}

/// Makes parameters that `separator` divides children of a new `$xavp(root)`. False when there is none.
///
/// ```cfg
/// xavp_xparams_explode("a=b,c=d", ",", "x");
/// xinfo("$xavp(x=>c)\n");   # log: d
/// ```
#[script_function(xavp_xparams_explode, routes = ANY)]
fn xavp_xparams_explode(call: &mut Call, params: Text, separator: Text, root: Text) -> Verdict {
    let Some(separator) = separator.first() else {
        call.error(format_args!("xavp_xparams_explode: a separator is needed"));
        return Verdict::FALSE;
    };
    let mut list = XavpList::default();
    for part in divided(&params, *separator) {
        let (name, value) = stdx::ascii::split_once(part, b'=').unwrap_or((part, b""));
        let (name, value) = (stdx::ascii::trim(name), unquoted(stdx::ascii::trim(value)));
        if !name.is_empty() {
            list.push_last(Xavp {
                name: Text::from(name),
                value: XavpValue::Plain(Value::from(value)),
            });
        }
    }
    push_root(call, root, (!list.is_empty()).then_some(list))
}

/// The parts of a text between separators that stand outside of quotes.
fn divided(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, octet) in text.iter().enumerate() {
        match *octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            octet if octet == separator && !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Makes the parameters `a=b;c=d` children of `$xavu(root)`, beside those that are there.
///
/// ```cfg
/// xavu_params_explode("a=b;c=d", "x");
/// xinfo("$xavu(x=>c)\n");   # log: d
/// ```
#[script_function(xavu_params_explode, routes = ANY)]
fn xavu_params_explode(call: &mut Call, params: Text, root: Text) -> Verdict {
    let Some(children) = children(&params).filter(|_| !root.is_empty()) else {
        return Verdict::FALSE;
    };
    let mut seen: Vec<Text> = Vec::new();
    for child in children.iter() {
        // Of a name that comes twice the first counts (observed on 5.6.3).
        if let XavpValue::Plain(value) = &child.value
            && !seen.contains(&child.name)
        {
            let (name, value) = (child.name.clone(), value.clone());
            seen.push(name.clone());
            xavp::write_single(&mut call.attributes.xavus, root.clone(), Some(name), value);
        }
    }
    Verdict::TRUE
}

/// Whether texts are put in quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    None,
    Texts,
}

/// Children as `name=value;`, a name alone when its value is empty.
fn joined(children: &XavpList, quotes: Quotes) -> Text {
    let mut out = Vec::new();
    for child in children.iter() {
        let XavpValue::Plain(value) = &child.value else {
            continue;
        };
        out.extend_from_slice(&child.name);
        match value {
            Value::Str(text) if text.is_empty() => {}
            Value::Str(text) if quotes == Quotes::Texts => {
                out.extend_from_slice(b"=\"");
                out.extend_from_slice(text);
                out.push(b'"');
            }
            value => {
                out.push(b'=');
                value.append_to(&mut out);
            }
        }
        out.push(b';');
    }
    Text::from(out)
}

/// Puts the children of the newest `$xavp(root)` into `target` as parameters. False when there is no such list.
///
/// ```cfg
/// $xavp(x=>c) = "d";
/// $xavp(x[0]=>a) = "b";
/// xavp_params_implode("x", "$var(out)");
/// xinfo("$var(out)\n");   # log: a=b;c=d;
/// ```
#[script_function(xavp_params_implode, routes = ANY)]
fn xavp_params_implode(call: &mut Call, root: Text, target: PvarRef) -> Verdict {
    let text = call
        .attributes
        .xavps
        .children(&root, 0)
        .map(|children| joined(children, Quotes::None));
    put(call, text, &target)
}

/// Puts the children of the newest `$xavp(root)` into `target` as parameters, with texts in quotes.
///
/// ```cfg
/// $xavp(x=>n) = 5;
/// $xavp(x[0]=>a) = "b c";
/// xavp_params_implode_qval("x", "$var(out)");
/// xinfo("$var(out)\n");   # log: a="b c";n=5;
/// ```
#[script_function(xavp_params_implode_qval, routes = ANY)]
fn xavp_params_implode_qval(call: &mut Call, root: Text, target: PvarRef) -> Verdict {
    let text = call
        .attributes
        .xavps
        .children(&root, 0)
        .map(|children| joined(children, Quotes::Texts));
    put(call, text, &target)
}

/// Puts the children of `$xavu(root)` into `target` as parameters. False when there is no such list.
///
/// ```cfg
/// $xavu(x=>c) = "d";
/// $xavu(x=>a) = "b";
/// xavu_params_implode("x", "$var(out)");
/// xinfo("$var(out)\n");   # log: a=b;c=d;
/// ```
#[script_function(xavu_params_implode, routes = ANY)]
fn xavu_params_implode(call: &mut Call, root: Text, target: PvarRef) -> Verdict {
    let text = call
        .attributes
        .xavus
        .children(&root, 0)
        .map(|children| joined(children, Quotes::None));
    put(call, text, &target)
}

fn put(call: &mut Call, text: Option<Text>, target: &PvarRef) -> Verdict {
    match text.map(|text| target.set(call, text)) {
        Some(Ok(())) => Verdict::TRUE,
        Some(Err(error)) => {
            call.error(format_args!("cannot assign: {error}"));
            Verdict::FALSE
        }
        None => Verdict::FALSE,
    }
}

/// Cuts a text at any of the characters `separators` and makes the parts children `v` of a new `$xavp(root)`.
///
/// Empty parts are left out. With `mode` `t` blanks around the parts go. False when the text is empty.
///
/// ```cfg
/// xavp_slist_explode("a=b; c", "=;", "t", "x");
/// xinfo("$xavp(x[0]=>v[0]) $xavp(x[0]=>v[1]) $xavp(x[0]=>v[2])\n");   # log: a b c
/// ```
#[script_function(xavp_slist_explode, routes = ANY)]
fn xavp_slist_explode(
    call: &mut Call,
    list: Text,
    separators: Text,
    mode: Text,
    root: Text,
) -> Verdict {
    if list.is_empty() || separators.is_empty() {
        return Verdict::FALSE;
    }
    let trim = mode.contains(&b't') || mode.contains(&b'T');
    let mut children = XavpList::default();
    for part in list.split(|octet| separators.contains(octet)) {
        let part = if trim { stdx::ascii::trim(part) } else { part };
        if !part.is_empty() {
            let value = XavpValue::Plain(Value::from(part));
            children.push_last(Xavp {
                name: Text::from_static("v"),
                value,
            });
        }
    }
    push_root(call, root, Some(children))
}
