//! Script functions.

use crate::Dlgs;
use crate::filter::Filter;
use crate::table::{Names, Said, State};
use module_api::{Call, Text, Verdict, script_function};
use sip::Method;

/// Remembers the call of this INVITE: who calls, who is called, and anything else that calls are to be told apart by.
///
/// ```cfg
/// if (is_method("INVITE") && !has_totag()) dlgs_init("$fu", "$ru", "trunk1");
/// ```
#[script_function(dlgs_init, routes = REQUEST | BRANCH | ONSEND | REPLY)]
fn dlgs_init(dlgs: &Dlgs, call: &mut Call, src: Text, dst: Text, data: Text) -> Verdict {
    let message = &call.message;
    let Some(names) = Names::of(message).filter(|_| message.method() == Method::Invite) else {
        return Verdict::FALSE;
    };
    let said = Said {
        source: src,
        destination: dst,
        data,
    };
    Verdict::of(dlgs.table.begin(&names, said, call.unix_time.as_secs()))
}

/// Takes the call of this request further: an ACK confirms it, a BYE or a CANCEL ends it.
///
/// False when the call is not remembered.
///
/// ```cfg
/// if (has_totag()) dlgs_update();
/// ```
#[script_function(dlgs_update, routes = REQUEST | BRANCH | ONSEND)]
fn dlgs_update(dlgs: &Dlgs, call: &mut Call) -> Verdict {
    let message = &call.message;
    let Some(names) = Names::of(message) else {
        return Verdict::FALSE;
    };
    let now = call.unix_time.as_secs();
    let state = match message.method() {
        Method::Ack => State::Confirmed,
        Method::Bye => State::Terminated,
        Method::Cancel => State::NotAnswered,
        _ => return Verdict::of(dlgs.table.change(&names, |_| ()).is_some()),
    };
    Verdict::of(dlgs.table.advance(&names, state, now))
}

/// The number of calls going on that fit, as the return code; -1 when there is none.
///
/// `field` is `any`, `src`, `dst` or `data`; `op` is `eq`, `ne`, `sw` (begins with) or `re` (regular expression).
///
/// ```cfg
/// if (!dlgs_count("src", "eq", "$fu")) xinfo("no call\n");   # log: no call
/// ```
#[script_function(dlgs_count, routes = ANY)]
fn dlgs_count(dlgs: &Dlgs, call: &mut Call, field: Text, op: Text, data: Text) -> Verdict {
    let Some(filter) = Filter::read(&field, &op, &data) else {
        call.error(format_args!(
            "calls cannot be chosen by `{field}` `{op}` `{data}`"
        ));
        return Verdict::FALSE;
    };
    let mut count = 0;
    dlgs.table.for_each(&mut |record| {
        count += i64::from(record.state.is_active() && filter.takes(record));
        true
    });
    number(count)
}

fn number(count: i64) -> Verdict {
    if count == 0 {
        Verdict::FALSE
    } else {
        Verdict(count)
    }
}

/// Gives the call of this message a tag.
///
/// ```cfg
/// if (!dlgs_tags_add("vip")) xinfo("not remembered\n");   # log: not remembered
/// ```
#[script_function(dlgs_tags_add, routes = ANY)]
fn dlgs_tags_add(dlgs: &Dlgs, call: &mut Call, vtag: Text) -> Verdict {
    let names = Names::of(&call.message);
    Verdict::of(names.is_some_and(|names| dlgs.table.add_tag(&names, vtag)))
}

/// Takes a tag from the call of this message.
///
/// ```cfg
/// if (!dlgs_tags_rm("vip")) xinfo("not tagged\n");   # log: not tagged
/// ```
#[script_function(dlgs_tags_rm, routes = ANY)]
fn dlgs_tags_rm(dlgs: &Dlgs, call: &mut Call, vtag: Text) -> Verdict {
    let names = Names::of(&call.message);
    Verdict::of(names.is_some_and(|names| dlgs.table.remove_tag(&names, &vtag)))
}

/// The number of calls going on that have a tag, as the return code; -1 when there is none.
///
/// ```cfg
/// if (!dlgs_tags_count("vip")) xinfo("none\n");   # log: none
/// ```
#[script_function(dlgs_tags_count, routes = ANY)]
fn dlgs_tags_count(dlgs: &Dlgs, vtag: Text) -> Verdict {
    let mut count = 0;
    dlgs.table.for_each(&mut |record| {
        count += i64::from(record.state.is_active() && record.tags.contains(&vtag));
        true
    });
    number(count)
}
