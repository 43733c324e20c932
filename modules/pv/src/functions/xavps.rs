//! Functions about `$xavp`s and `$xavi`s as wholes.

use crate::xavp::{self, Spelling};
use module_api::{
    Call, Index, LogLevel, Text, Value, Verdict, Xavp, XavpList, XavpValue, script_function,
};

/// Sets the child `child` of the newest `$xavp(root)` to an integer; makes the root when there is none.
///
/// ```cfg
/// $var(n) = 10;
/// xavp_child_seti("x", "y", "$var(n)");
/// xinfo("$xavp(x=>y)\n");   # log: 10
/// ```
#[script_function(xavp_child_seti, routes = ANY)]
fn xavp_child_seti(call: &mut Call, root: Text, child: Text, value: i64) -> Verdict {
    let is_set = xavp::set_child(
        &mut call.attributes.xavps,
        &root,
        &child,
        Value::Int(value),
        Spelling::Exact,
    );
    Verdict::of(is_set)
}

/// Sets the child `child` of the newest `$xavp(root)` to a text; makes the root when there is none.
///
/// ```cfg
/// xavp_child_sets("x", "y", "method $rm");
/// xinfo("$xavp(x=>y)\n");
/// ```
#[script_function(xavp_child_sets, routes = ANY)]
fn xavp_child_sets(call: &mut Call, root: Text, child: Text, value: Text) -> Verdict {
    let is_set = xavp::set_child(
        &mut call.attributes.xavps,
        &root,
        &child,
        Value::Str(value),
        Spelling::Exact,
    );
    Verdict::of(is_set)
}

/// Sets the child `child` of the newest `$xavi(root)` to an integer; makes the root when there is none.
///
/// ```cfg
/// xavi_child_seti("WhatEver", "FoO", 10);
/// xinfo("$xavi(whatever=>foo)\n");   # log: 10
/// ```
#[script_function(xavi_child_seti, routes = ANY)]
fn xavi_child_seti(call: &mut Call, root: Text, child: Text, value: i64) -> Verdict {
    let is_set = xavp::set_child(
        &mut call.attributes.xavis,
        &root,
        &child,
        Value::Int(value),
        Spelling::IgnoringCase,
    );
    Verdict::of(is_set)
}

/// Sets the child `child` of the newest `$xavi(root)` to a text; makes the root when there is none.
///
/// ```cfg
/// xavi_child_sets("WhatEver", "FoO", "bar");
/// xinfo("$xavi(whatever=>foo)\n");   # log: bar
/// ```
#[script_function(xavi_child_sets, routes = ANY)]
fn xavi_child_sets(call: &mut Call, root: Text, child: Text, value: Text) -> Verdict {
    let is_set = xavp::set_child(
        &mut call.attributes.xavis,
        &root,
        &child,
        Value::Str(value),
        Spelling::IgnoringCase,
    );
    Verdict::of(is_set)
}

/// Removes the newest `$xavp(root)`. True also when there was none.
///
/// ```cfg
/// $xavp(x) = 1;
/// xavp_rm("x");
/// xinfo("$xavp(x)\n");   # log: <null>
/// ```
#[script_function(xavp_rm, routes = ANY)]
fn xavp_rm(call: &mut Call, root: Text) -> Verdict {
    xavp::remove(
        &mut call.attributes.xavps,
        &root,
        Index::None,
        Spelling::Exact,
    );
    Verdict::TRUE
}

/// Removes all `$xavp(root)`. True also when there was none.
///
/// ```cfg
/// $xavp(x) = 1;
/// $xavp(x) = 2;
/// xavp_rm_all("x");
/// xinfo("$cnt($xavp(x))\n");   # log: 0
/// ```
#[script_function(xavp_rm_all, routes = ANY)]
fn xavp_rm_all(call: &mut Call, root: Text) -> Verdict {
    xavp::remove(
        &mut call.attributes.xavps,
        &root,
        Index::All,
        Spelling::Exact,
    );
    Verdict::TRUE
}

/// Removes the newest `$xavi(root)`. True also when there was none.
///
/// ```cfg
/// $xavi(X) = 1;
/// xavi_rm("x");
/// xinfo("$xavi(x)\n");   # log: <null>
/// ```
#[script_function(xavi_rm, routes = ANY)]
fn xavi_rm(call: &mut Call, root: Text) -> Verdict {
    xavp::remove(
        &mut call.attributes.xavis,
        &root,
        Index::None,
        Spelling::IgnoringCase,
    );
    Verdict::TRUE
}

/// Removes all `$xavi(root)`. True also when there was none.
///
/// ```cfg
/// $xavi(X) = 1;
/// xavi_rm_all("x");
/// xinfo("$xavi(x)\n");   # log: <null>
/// ```
#[script_function(xavi_rm_all, routes = ANY)]
fn xavi_rm_all(call: &mut Call, root: Text) -> Verdict {
    xavp::remove(
        &mut call.attributes.xavis,
        &root,
        Index::All,
        Spelling::IgnoringCase,
    );
    Verdict::TRUE
}

/// Removes the newest child `child` of the newest `$xavp(root)`. True also when there was none.
///
/// ```cfg
/// $xavp(x=>y) = 1;
/// xavp_child_rm("x", "y");
/// xinfo("$xavp(x=>y)\n");   # log: <null>
/// ```
#[script_function(xavp_child_rm, routes = ANY)]
fn xavp_child_rm(call: &mut Call, root: Text, child: Text) -> Verdict {
    remove_child(&mut call.attributes.xavps, root, child, Spelling::Exact)
}

/// Removes the newest child `child` of the newest `$xavi(root)`. True also when there was none.
///
/// ```cfg
/// $xavi(X=>Y) = 1;
/// xavi_child_rm("x", "y");
/// xinfo("$xavi(x=>y)\n");   # log: <null>
/// ```
#[script_function(xavi_child_rm, routes = ANY)]
fn xavi_child_rm(call: &mut Call, root: Text, child: Text) -> Verdict {
    remove_child(
        &mut call.attributes.xavis,
        root,
        child,
        Spelling::IgnoringCase,
    )
}

fn remove_child(list: &mut XavpList, root: Text, child: Text, spelling: Spelling) -> Verdict {
    let path = xavp::Path {
        root,
        root_index: Index::None,
        child: Some((child, Index::None)),
    };
    Verdict::of(xavp::write(list, path, Value::Null, spelling).is_ok())
}

/// Copies the `$xavp(source)` at an index behind those named `target`.
///
/// ```cfg
/// $xavp(a=>x) = "old";
/// $xavp(a=>x) = "new";
/// xavp_copy("a", "1", "b");
/// xinfo("$xavp(b=>x)\n");   # log: old
/// ```
#[script_function(xavp_copy, routes = ANY)]
fn xavp_copy(call: &mut Call, source: Text, source_index: i64, target: Text) -> Verdict {
    let xavps = &mut call.attributes.xavps;
    let Some(value) = xavps
        .get(&source, source_index)
        .map(|item| item.value.clone())
    else {
        return Verdict::FALSE;
    };
    // What is copied in order stays in order.
    xavps.push_last(Xavp {
        name: target,
        value,
    });
    Verdict::TRUE
}

/// Copies the `$xavp(source)` at an index into the place of the `$xavp(target)` at another.
///
/// ```cfg
/// $xavp(a) = "from";
/// $xavp(b) = "to";
/// xavp_copy("a", "0", "b", "0");
/// xinfo("$xavp(b)\n");   # log: from
/// ```
#[script_function(xavp_copy, routes = ANY)]
fn xavp_copy_into(
    call: &mut Call,
    source: Text,
    source_index: i64,
    target: Text,
    target_index: i64,
) -> Verdict {
    let xavps = &mut call.attributes.xavps;
    let value = xavps
        .get(&source, source_index)
        .map(|item| item.value.clone());
    match (value, xavps.get_mut(&target, target_index)) {
        (Some(value), Some(item)) => {
            item.value = value;
            Verdict::TRUE
        }
        _ => Verdict::FALSE,
    }
}

/// Turns the `$xavp`s named `root` to the left: the one at `index` becomes the newest, those before it come last.
///
/// ```cfg
/// $xavp(n) = 30;
/// $xavp(n) = 20;
/// $xavp(n) = 10;
/// xavp_lshift("n", "1");
/// xinfo("$xavp(n[0]) $xavp(n[1]) $xavp(n[2])\n");   # log: 20 30 10
/// ```
#[script_function(xavp_lshift, routes = ANY)]
fn xavp_lshift(call: &mut Call, root: Text, index: i64) -> Verdict {
    let xavps = &mut call.attributes.xavps;
    if xavps.get(&root, 0).is_none() {
        return Verdict::FALSE;
    }
    xavp::rotate(xavps, &root, index);
    Verdict::TRUE
}

/// Writes all `$xavp`s to the log, at level info.
///
/// ```cfg
/// $xavp(a=>b) = 1;
/// pv_xavp_print();
/// ```
#[script_function(pv_xavp_print, routes = ANY)]
fn pv_xavp_print(call: &mut Call) -> Verdict {
    let list = call.attributes.xavps.clone();
    print(call, "xavp", &list, "")
}

/// Writes all `$xavu`s to the log, at level info.
///
/// ```cfg
/// $xavu(a=>b) = 1;
/// pv_xavu_print();
/// ```
#[script_function(pv_xavu_print, routes = ANY)]
fn pv_xavu_print(call: &mut Call) -> Verdict {
    let list = call.attributes.xavus.clone();
    print(call, "xavu", &list, "")
}

/// Writes all `$xavi`s to the log, at level info.
///
/// ```cfg
/// $xavi(a=>b) = 1;
/// pv_xavi_print();
/// ```
#[script_function(pv_xavi_print, routes = ANY)]
fn pv_xavi_print(call: &mut Call) -> Verdict {
    let list = call.attributes.xavis.clone();
    print(call, "xavi", &list, "")
}

fn print(call: &mut Call, class: &str, list: &XavpList, path: &str) -> Verdict {
    for item in list.iter() {
        let path = if path.is_empty() {
            item.name.to_string()
        } else {
            format!("{path}=>{}", item.name)
        };
        match &item.value {
            XavpValue::Plain(value) => {
                let kind = if matches!(value, Value::Int(_)) {
                    "int"
                } else {
                    "str"
                };
                let value = value.to_text();
                call.log(
                    LogLevel::Info,
                    format_args!("{class} {path} ({kind}): {value}"),
                );
            }
            XavpValue::List(children) => {
                call.log(LogLevel::Info, format_args!("{class} {path} (list)"));
                print(call, class, children, &path);
            }
        }
    }
    Verdict::TRUE
}
