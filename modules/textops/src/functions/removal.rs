//! Removing header fields, and parameters of Via.

use crate::header_name::HeaderName;
use crate::pattern::{BY_LINES, compiled};
use module_api::{Call, Regex, Text, Verdict, script_function};
use sip::{HeaderField, Message, Params};
use stdx::ere::Ere;

/// Removes all header fields of that name from the message as it is sent on; true when there was one.
///
/// ```cfg
/// if (remove_hf("User-Agent")) xinfo("the name of the device stays here\n");
/// ```
#[script_function(remove_hf, routes = ANY)]
fn remove_hf(call: &mut Call, header: HeaderName) -> Verdict {
    remove_named(call, &header)
}

/// As `remove_hf`, with variables in the name; true also when there was none, but not for what can be no name.
///
/// ```cfg
/// $var(name) = "User-Agent";
/// remove_hf_pv("$var(name)");
/// ```
#[script_function(remove_hf_pv, routes = ANY)]
fn remove_hf_pv(call: &mut Call, header: Text) -> Verdict {
    let header = HeaderName::new(&header);
    // COMPAT: unlike its kin, 5.6.3 says true whatever there was.
    remove_named(call, &header);
    Verdict::of(!header.is_none())
}

/// Removes all header fields whose name matches the pattern.
///
/// ```cfg
/// remove_hf_re("^P-");
/// ```
#[script_function(remove_hf_re, routes = ANY)]
fn remove_hf_re(call: &mut Call, pattern: Regex) -> Verdict {
    remove_matching(call, &pattern.0, None)
}

/// As `remove_hf_re`, with variables in the pattern.
///
/// ```cfg
/// $var(prefix) = "P-";
/// remove_hf_re_pv("^$var(prefix)");
/// ```
#[script_function(remove_hf_re_pv, routes = ANY)]
fn remove_hf_re_pv(call: &mut Call, pattern: Text) -> Verdict {
    match compiled(call, &pattern, BY_LINES) {
        Some(regex) => remove_matching(call, &regex, None),
        None => Verdict::FALSE,
    }
}

/// Removes all header fields whose name matches the first pattern but not the second.
///
/// ```cfg
/// remove_hf_exp("^P-", "^P-Asserted-");
/// ```
#[script_function(remove_hf_exp, routes = ANY)]
fn remove_hf_exp(call: &mut Call, remove: Regex, keep: Regex) -> Verdict {
    remove_matching(call, &remove.0, Some(&keep.0))
}

/// As `remove_hf_exp`, with variables in the patterns.
///
/// ```cfg
/// $var(keep) = "P-Asserted-";
/// remove_hf_exp_pv("^P-", "^$var(keep)");
/// ```
#[script_function(remove_hf_exp_pv, routes = ANY)]
fn remove_hf_exp_pv(call: &mut Call, remove: Text, keep: Text) -> Verdict {
    let Some(remove) = compiled(call, &remove, BY_LINES) else {
        return Verdict::FALSE;
    };
    let Some(keep) = compiled(call, &keep, BY_LINES) else {
        return Verdict::FALSE;
    };
    remove_matching(call, &remove, Some(&keep))
}

/// Removes the header field of that name at `index`: from 0, negative from the end.
///
/// The return code is 2 when there are not as many; from the end nothing is removed either, but it is 1.
///
/// ```cfg
/// remove_hf_idx("X-Trace", "-1");
/// ```
#[script_function(remove_hf_idx, routes = ANY)]
fn remove_hf_idx(call: &mut Call, header: Text, index: i64) -> Verdict {
    if header.is_empty() {
        return Verdict::FALSE;
    }
    let header = HeaderName::new(&header);
    let Call { message, edits, .. } = call;
    let position = |index: i64| usize::try_from(index).unwrap_or(usize::MAX);
    let mut fields = header.fields(message);
    let found = match index {
        0.. => fields.nth(position(index)),
        _ => fields.nth_back(position(-(index + 1))),
    };
    match found {
        Some(field) => {
            edits.remove_header(field);
            Verdict::TRUE
        }
        // Observed on 5.6.3.
        None if index < 0 => Verdict::TRUE,
        None => Verdict(2),
    }
}

/// Removes the header fields of that name whose value compares: `eq` is, `ne` is not, `in` holds, `re` matches.
///
/// The return code is -2 when there is none.
///
/// ```cfg
/// remove_hf_match("X-Info", "in", "internal");
/// ```
#[script_function(remove_hf_match, routes = ANY)]
fn remove_hf_match(call: &mut Call, header: Text, operator: Text, operand: Text) -> Verdict {
    if header.is_empty() {
        return Verdict::FALSE;
    }
    let regex = match operator.as_bytes() {
        b"eq" | b"ne" | b"in" => None,
        b"re" => match compiled(call, &operand, BY_LINES) {
            Some(regex) => Some(regex),
            None => return Verdict::FALSE,
        },
        _ => {
            call.error(format_args!("`{operator}` is none of eq, ne, in and re"));
            return Verdict::FALSE;
        }
    };
    let header = HeaderName::new(&header);
    let Call { message, edits, .. } = call;
    let mut is_changed = false;
    for field in header.fields(message) {
        let value = message.value(field);
        let fits = match (&regex, operator.as_bytes()) {
            (Some(regex), _) => regex.is_match(value),
            (None, b"eq") => operand == *value,
            (None, b"ne") => operand != *value,
            // Nothing holds the empty text (observed on 5.6.3).
            (None, _) => !operand.is_empty() && stdx::ascii::find(value, &operand).is_some(),
        };
        if fits {
            edits.remove_header(field);
            is_changed = true;
        }
    }
    match is_changed {
        true => Verdict::TRUE,
        false => Verdict(-2),
    }
}

/// Removes a parameter of the Via at `index`: 0 is the topmost, negative counts from the end.
///
/// ```cfg
/// via_param_rm("rport", "0");
/// ```
#[script_function(via_param_rm, routes = ANY)]
fn via_param_rm(call: &mut Call, name: Text, index: i64) -> Verdict {
    let Call { message, edits, .. } = call;
    let count = message.vias().count() as i64;
    let index = if index < 0 {
        index.saturating_add(count)
    } else {
        index
    };
    let via = usize::try_from(index)
        .ok()
        .and_then(|index| message.vias().nth(index));
    let Some(Ok(via)) = via else {
        return Verdict::FALSE;
    };
    match Params::within(message.buffer(), via.params).named(&name) {
        Some(param) => {
            edits.remove(param.span);
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

fn remove_named(call: &mut Call, header: &HeaderName) -> Verdict {
    let Call { message, edits, .. } = call;
    let mut is_changed = false;
    for field in header.fields(message) {
        edits.remove_header(field);
        is_changed = true;
    }
    Verdict::of(is_changed)
}

fn remove_matching(call: &mut Call, remove: &Ere, keep: Option<&Ere>) -> Verdict {
    let Call { message, edits, .. } = call;
    let mut is_changed = false;
    for field in matching(message, remove) {
        if keep.is_some_and(|keep| keep.is_match(message.name(field))) {
            continue;
        }
        edits.remove_header(field);
        is_changed = true;
    }
    Verdict::of(is_changed)
}

/// The header fields whose name matches.
pub fn matching<'a>(message: &'a Message, regex: &'a Ere) -> impl Iterator<Item = &'a HeaderField> {
    message
        .headers()
        .iter()
        .filter(|field| regex.is_match(message.name(field)))
}
