//! The branches beside the Request-URI.

use module_api::{Call, Unrecorded, script_function};

/// Removes the appended branch at `index`, or the first one.
///
/// True also when there is no such branch.
///
/// ```cfg
/// remove_branch(0);
/// ```
#[script_function(remove_branch, routes = ANY)]
fn remove_branch(call: &mut Call, index: Option<i64>) -> Unrecorded {
    let list = &mut call.branches.list;
    let index = usize::try_from(index.unwrap_or(0)).ok();
    if let Some(index) = index.filter(|index| *index < list.len()) {
        list.remove(index);
    }
    Unrecorded::TRUE
}

/// Removes all appended branches, and the Request-URI as a place to send to until it is set again (observed on 5.6.3).
///
/// ```cfg
/// clear_branches();
/// ```
#[script_function(clear_branches, routes = ANY)]
fn clear_branches(call: &mut Call) -> Unrecorded {
    call.branches.list.clear();
    call.target_is_new = false;
    Unrecorded::TRUE
}
