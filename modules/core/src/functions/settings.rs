//! The script's own parameters.

use crate::arguments::Fixed;
use module_api::{Call, Unrecorded, script_function};

/// Lets this run read the values that `group[id].name` gives to the parameters of a group.
///
/// ```cfg
/// cfg_select("gateway", 1);
/// ```
#[script_function(cfg_select, routes = ANY)]
fn cfg_select(call: &mut Call, group: Fixed, id: i64) -> Unrecorded {
    let group = group.0;
    if call.runtime.custom.has_instance(&group, id) {
        call.select_instance(group, Some(id));
        return Unrecorded::TRUE;
    }
    call.error(format_args!("there are no parameters `{group}[{id}]`"));
    Unrecorded::of(false)
}

/// Lets this run read a group's own values again.
///
/// ```cfg
/// cfg_reset("gateway");
/// ```
#[script_function(cfg_reset, routes = ANY)]
fn cfg_reset(call: &mut Call, group: Fixed) -> Unrecorded {
    call.select_instance(group.0, None);
    Unrecorded::TRUE
}
