//! Functions that copy variables of the run to XAVPs and back.

use crate::Pv;
use module_api::{Call, Text, Unset, Value, Verdict, Xavp, XavpList, XavpValue, script_function};

/// Copies the `$var` named `variable`, or all of them for `*`, into a new `$xavp(root)` in the place of those of that name.
///
/// ```cfg
/// $var(temp) = 3;
/// pv_var_to_xavp("temp", "ok");
/// xinfo("$xavp(ok[0]=>temp)\n");   # log: 3
/// ```
#[script_function(pv_var_to_xavp, routes = ANY, compat = partial("`*` takes the variables that the configuration names"))]
fn pv_var_to_xavp(pv: &Pv, call: &mut Call, variable: Text, root: Text) -> Verdict {
    let slots = pv.late.slots();
    let mut children = XavpList::default();
    for (name, slot) in slots.named(Unset::Zero) {
        if *variable == *b"*" || *variable == *name.as_bytes() {
            let value = call
                .variables
                .get(slot as usize)
                .cloned()
                .unwrap_or(Value::Int(0));
            children.push_last(Xavp {
                name: Text::from(name),
                value: XavpValue::Plain(value),
            });
        }
    }
    if children.is_empty() {
        call.error(format_args!("pv_var_to_xavp: there is no $var({variable})"));
        return Verdict::FALSE;
    }
    call.attributes.xavps.remove_all(&root);
    call.attributes.xavps.push(Xavp {
        name: root,
        value: XavpValue::List(children),
    });
    Verdict::TRUE
}

/// Copies the children of the newest `$xavp(root)` into the `$var`s of their names.
///
/// ```cfg
/// $xavp(bar=>temp) = 3;
/// pv_xavp_to_var("bar");
/// xinfo("$var(temp)\n");   # log: 3
/// ```
#[script_function(pv_xavp_to_var, routes = ANY)]
fn pv_xavp_to_var(pv: &Pv, call: &mut Call, root: Text) -> Verdict {
    let Some(children) = call.attributes.xavps.children(&root, 0).cloned() else {
        call.error(format_args!(
            "pv_xavp_to_var: there is no list $xavp({root})"
        ));
        return Verdict::FALSE;
    };
    let slots = pv.late.slots();
    // A variable that the configuration does not name cannot be read, so it need not be set.
    for child in children.iter() {
        let slot = child
            .name
            .to_str()
            .and_then(|name| slots.find(Unset::Zero, name));
        if let (Some(slot), XavpValue::Plain(value)) = (slot, &child.value)
            && let Some(entry) = call.variables.get_mut(slot as usize)
        {
            *entry = value.clone();
        }
    }
    Verdict::TRUE
}
