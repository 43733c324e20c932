//! The branches beside the Request-URI.

use module_api::{Call, Verdict, script_function};

/// Removes the appended branch at `index`, or the last one.
///
/// ```cfg
/// remove_branch(0);
/// ```
#[script_function(remove_branch, routes = ANY)]
fn remove_branch(call: &mut Call, index: Option<i64>) -> Verdict {
    let list = &mut call.branches.list;
    let index = match index {
        Some(index) => usize::try_from(index)
            .ok()
            .filter(|index| *index < list.len()),
        None => list.len().checked_sub(1),
    };
    match index {
        Some(index) => {
            list.remove(index);
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// Removes all appended branches.
///
/// ```cfg
/// clear_branches();
/// ```
#[script_function(clear_branches, routes = ANY)]
fn clear_branches(call: &mut Call) -> Verdict {
    call.branches.list.clear();
    Verdict::TRUE
}
