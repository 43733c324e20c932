//! Script functions.

use crate::UacRedirect;
use crate::filter::{self, FILTERS_MAX, Filters, Limits};
use mod_tm::{Cell, view};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, Regex, ScriptArg, Target, Text,
    Verdict, script_function,
};
use sip::{Contact, HeaderId, Message, Q};
use std::sync::Arc;
use stdx::ere::Ere;

/// The filters for the next redirection: a note.
#[derive(Clone, Default)]
struct Own {
    added: Filters,
    drops_default_deny: bool,
    drops_default_accept: bool,
}

/// Which filters a function forgets: `reset_all`, `reset_default`, `reset_added`, or none.
#[derive(Clone, Copy, Default)]
struct Reset {
    default: bool,
    added: bool,
}

impl ScriptArg for Reset {
    type Bound = Reset;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let (default, added) = match source.literal() {
            Some("reset_all") => (true, true),
            Some("reset_default") => (true, false),
            Some("reset_added") => (false, true),
            Some("") => (false, false),
            _ => {
                let known = "this is none of `reset_all`, `reset_default`, `reset_added` and empty";
                return Err(source.error(known));
            }
        };
        Ok(Reset { default, added })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(*bound)
    }
}

/// Adds a pattern of URIs that the next `get_redirects` does not follow. `flags` says which others are forgotten first.
///
/// ```cfg
/// if (is_method("INVITE")) t_on_failure("REDIRECT");
/// ```
#[script_function(set_deny_filter, routes = FAILURE)]
fn set_deny_filter(call: &mut Call, filter: Regex, flags: Reset) -> Verdict {
    let mut own = call.notes.take::<Own>().unwrap_or_default();
    own.drops_default_deny |= flags.default;
    let is_added = add(&mut own.added.deny, filter.0, flags.added);
    call.notes.set(own);
    Verdict::of(is_added)
}

/// Adds a pattern of URIs that the next `get_redirects` follows. `flags` says which others are forgotten first.
///
/// ```cfg
/// if (is_method("INVITE")) t_on_failure("REDIRECT");
/// ```
#[script_function(set_accept_filter, routes = FAILURE)]
fn set_accept_filter(call: &mut Call, filter: Regex, flags: Reset) -> Verdict {
    let mut own = call.notes.take::<Own>().unwrap_or_default();
    own.drops_default_accept |= flags.default;
    let is_added = add(&mut own.added.accept, filter.0, flags.added);
    call.notes.set(own);
    Verdict::of(is_added)
}

fn add(patterns: &mut Vec<Arc<Ere>>, pattern: Arc<Ere>, forgets: bool) -> bool {
    if forgets {
        patterns.clear();
    }
    let has_room = patterns.len() < FILTERS_MAX;
    if has_room {
        patterns.push(pattern);
    }
    has_room
}

/// How many Contacts are followed, read at load.
struct LimitsArg(Limits);

impl ScriptArg for LimitsArg {
    type Bound = Limits;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let limits = source.literal().and_then(Limits::read);
        limits.ok_or_else(|| {
            source.error("a limit is `total` or `total:branch`, each a number or `*`")
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(LimitsArg(*bound))
    }
}

/// Makes branches of the Contacts of the 3xx responses: at most `max`, which is `total` or `total:branch`, those of
/// highest priority first.
///
/// Only those of the last attempt count, and one whose priority makes no sense is left out. False when there is nothing to follow.
/// The branches are not sent on by this. With a `reason` each is accounted as `acc_function` says, with its URI as that of the
/// request.
///
/// ```cfg
/// if (is_method("INVITE")) t_on_failure("REDIRECT");
/// ```
#[script_function(get_redirects, routes = FAILURE)]
fn get_redirects(
    redirect: &UacRedirect,
    call: &mut Call,
    max: LimitsArg,
    reason: Option<Text>,
) -> Verdict {
    let Some(responses) = view::ask(call, redirections) else {
        return Verdict::FALSE;
    };
    let filters = redirect.filters_for(call);
    let most = usize::try_from(call.runtime.settings.max_branches).unwrap_or(0);
    let mut count = 0;
    for response in &responses {
        let most_of_branch = max.0.branch.min(max.0.total.saturating_sub(count));
        let contacts = redirect.contacts(response).into_iter();
        let chosen: Vec<_> = contacts
            .filter(|(.., uri)| filters.take(uri, redirect.default))
            .take(most_of_branch)
            .collect();
        // Of those that are followed the best becomes the last branch (observed on 5.6.3).
        for (q, flags, uri) in chosen.into_iter().rev() {
            if call.branches.list.len() + 1 >= most {
                call.error(format_args!(
                    "the request has as many branches as it may have"
                ));
                return Verdict::of(count > 0);
            }
            if let Some(reason) = &reason {
                redirect.account(call, &uri, reason);
            }
            call.branches.list.push(Box::new(Target {
                uri: Some(uri),
                flags,
                q: Some(q),
                ..Target::default()
            }));
            count += 1;
        }
    }
    Verdict::of(count > 0)
}

/// The 3xx responses of the last attempt. Observed on 5.6.3: what they name is followed though it was tried before.
fn redirections(cell: &Cell) -> Vec<Message> {
    let branches = &cell.machine.branches;
    let last = branches.last().map(|branch| branch.attempt);
    let of_last = cell
        .legs
        .iter()
        .zip(branches)
        .filter(|(_, branch)| Some(branch.attempt) == last);
    of_last
        .filter_map(|(leg, _)| leg.response.as_deref())
        .filter(|stored| (300..400).contains(&stored.message.status()))
        .map(|stored| stored.message.clone())
        .collect()
}

/// The priority of a Contact; none when it makes no sense.
fn priority(contact: &Contact, buffer: &[u8], default_q: u16) -> Option<u16> {
    let said = contact
        .param(buffer, b"q")
        .filter(|param| !param.text().is_empty());
    match said {
        Some(param) => Q::parse(param.text()).map(Q::thousandths),
        None => Some(default_q),
    }
}

impl UacRedirect {
    /// The filters of the configuration with those of the message, which are spent by that (observed on 5.6.3).
    fn filters_for(&self, call: &mut Call) -> filter::Filters {
        let Some(own) = call.notes.take::<Own>() else {
            return self.filters.clone();
        };
        let mut filters = own.added;
        if !own.drops_default_deny {
            filters.deny.extend(self.filters.deny.iter().cloned());
        }
        if !own.drops_default_accept {
            filters.accept.extend(self.filters.accept.iter().cloned());
        }
        filters
    }

    /// The Contacts of a response with priority and branch flags, the highest priority first; of equal ones those of the last header
    /// field (observed on 5.6.3).
    fn contacts(&self, response: &Message) -> Vec<(u16, u32, Text)> {
        let buffer = response.buffer();
        let default_q = u16::try_from(self.params.q_value).unwrap_or(10);
        let own_flags = u32::try_from(self.params.bflags).unwrap_or(0);
        let fields: Vec<u32> = response
            .headers_of(HeaderId::Contact)
            .map(|field| field.value().start)
            .collect();
        let mut found: Vec<(usize, (u16, u32, Text))> = Vec::new();
        for contact in response.contacts().filter_map(Result::ok) {
            let Contact::Address(address) = contact else {
                continue;
            };
            // Observed on 5.6.3.
            let Some(q) = priority(&contact, buffer, default_q) else {
                continue;
            };
            let said = contact
                .param(buffer, b"flags")
                .and_then(|param| stdx::number::parse_u64(param.text()))
                .and_then(|flags| u32::try_from(flags).ok());
            let flags = match (self.params.flags_hdr_mode, said) {
                (1, Some(said)) => said,
                (2, Some(said)) => said | own_flags,
                _ => own_flags,
            };
            let place = fields.partition_point(|start| *start <= address.uri.start);
            found.push((place, (q, flags, Text::from(response.slice(address.uri)))));
        }
        // The sort is stable.
        found.sort_by_key(|(place, (q, ..))| std::cmp::Reverse((*q, *place)));
        found.into_iter().map(|(_, contact)| contact).collect()
    }
}
