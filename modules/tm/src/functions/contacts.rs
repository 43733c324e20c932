//! One contact after the other: the destination set kept in an xavp.

use crate::{Tm, append};
use module_api::{
    Call, Step, Target, Text, Value, Verdict, Xavp, XavpList, XavpValue, script_function,
};

/// Moves the destination set into the xavp that `contacts_avp` names, in groups: 0 those of equal q together, 1 each alone,
/// 2 all together. A set of one is left alone.
///
/// ```cfg
/// append_branch("sip:bob@127.0.0.1:5090");
/// if (!t_load_contacts()) xinfo("contacts_avp is not set\n");
/// ```
#[script_function(t_load_contacts, routes = REQUEST | FAILURE)]
fn t_load_contacts(tm: &Tm, call: &mut Call, mode: Option<i64>) -> Verdict {
    let name = &tm.params.contacts_avp;
    if name.is_empty() {
        call.error(format_args!("the parameter contacts_avp of tm is not set"));
        return Verdict::FALSE;
    }
    let count = call.branches.list.len() + usize::from(call.target_is_new);
    if count == 0 {
        call.error(format_args!("there is no contact to load"));
        return Verdict::FALSE;
    }
    if count == 1 {
        return Verdict::TRUE;
    }
    let mut targets = Vec::with_capacity(count);
    if call.target_is_new {
        let mut first = call.target.clone();
        first.uri = Some(Text::from(call.request_uri()));
        targets.push(first);
    }
    targets.extend(call.branches.list.drain(..).map(|target| *target));
    call.target_is_new = false;
    targets.sort_by_key(|target| std::cmp::Reverse(target.q.map_or(-1, i32::from)));
    let groups = mode.unwrap_or(0);
    call.attributes.xavps.remove_all(name);
    for (index, target) in targets.iter().enumerate() {
        let ends_group = match (groups, targets.get(index + 1)) {
            (2, Some(_)) => false,
            (0, Some(next)) => next.q != target.q,
            _ => true,
        };
        call.attributes
            .xavps
            .push_last(stored(name, target, ends_group));
    }
    Verdict::TRUE
}

/// Takes the next group of contacts into the destination set; -2 when there is none.
///
/// ```cfg
/// if (t_next_contacts()) t_relay();
/// ```
#[script_function(t_next_contacts, routes = REQUEST | FAILURE)]
fn t_next_contacts(tm: &Tm, call: &mut Call) -> Verdict {
    let name = &tm.params.contacts_avp;
    if name.is_empty() {
        call.error(format_args!("the parameter contacts_avp of tm is not set"));
        return Verdict::FALSE;
    }
    let mut is_first = true;
    while let Some(item) = call.attributes.xavps.remove(name, 0) {
        let XavpValue::List(children) = item.value else {
            continue;
        };
        let ends_group = children.value(b"q_flag", 0).to_int() == Ok(1);
        let target = restored(&children);
        if is_first {
            call.target = target;
            call.target_is_new = true;
            call.branches.list.clear();
            is_first = false;
        } else {
            call.branches.list.push(Box::new(target));
        }
        if ends_group {
            break;
        }
    }
    if is_first { Verdict(-2) } else { Verdict::TRUE }
}

/// Takes the next flow of the contact that has failed; -2, as flows are tried like other contacts.
///
/// ```cfg
/// if (!t_next_contact_flow()) xinfo("no other flow\n");   # log: no other flow
/// ```
#[script_function(t_next_contact_flow, routes = REQUEST | BRANCH_FAILURE, compat = partial("flows of one instance are tried like other contacts"))]
fn t_next_contact_flow() -> Verdict {
    Verdict(-2)
}

/// Sends the INVITE that `tindex` and `tlabel` name to the destination set of this run, too; false when it is not there or has
/// been answered already. The routes that a branch can have are not run.
///
/// ```cfg
/// if (!t_cell_append_branches("1", "2")) xinfo("not there\n");   # log: not there
/// ```
#[script_function(t_cell_append_branches, routes = ANY, waits, compat = partial("only to an INVITE that was sent somewhere already, without the Path of the contact"))]
fn t_cell_append_branches(call: &mut Call, tindex: i64, tlabel: i64) -> Step {
    append::append(call, tindex, tlabel)
}

fn stored(name: &Text, target: &Target, ends_group: bool) -> Xavp {
    let mut children = XavpList::default();
    let mut add = |name: &'static str, value: Value| {
        children.push_last(Xavp {
            name: Text::from_static(name),
            value: XavpValue::Plain(value),
        });
    };
    let texts = [
        ("uri", &target.uri),
        ("dst_uri", &target.destination_uri),
        ("path", &target.path),
        ("ruid", &target.ruid),
        ("ua", &target.location_user_agent),
        ("instance", &target.instance),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            add(name, Value::Str(text.clone()));
        }
    }
    if let Some(q) = target.q {
        add("q", Value::Int(i64::from(q)));
    }
    if let Some(socket) = target.socket {
        add("sock", Value::Int(i64::from(socket.0)));
    }
    if let Some(connection) = target.connection {
        add("tcpconn", Value::Int(i64::from(connection.0)));
    }
    add("flags", Value::Int(i64::from(target.flags)));
    add("reg_id", Value::Int(i64::from(target.reg_id)));
    add("q_flag", Value::Int(i64::from(ends_group)));
    Xavp {
        name: name.clone(),
        value: XavpValue::List(children),
    }
}

fn restored(children: &XavpList) -> Target {
    let text = |name: &[u8]| match children.value(name, 0) {
        Value::Null => None,
        value => Some(value.into_text()),
    };
    let number = |name: &[u8]| children.value(name, 0).to_int().ok();
    Target {
        uri: text(b"uri"),
        destination_uri: text(b"dst_uri"),
        path: text(b"path"),
        socket: number(b"sock")
            .and_then(|number| u16::try_from(number).ok())
            .map(module_api::SocketId),
        flags: number(b"flags").unwrap_or(0) as u32,
        q: number(b"q").and_then(|q| u16::try_from(q).ok()),
        ruid: text(b"ruid"),
        location_user_agent: text(b"ua"),
        instance: text(b"instance"),
        reg_id: number(b"reg_id").unwrap_or(0) as u32,
        connection: number(b"tcpconn")
            .and_then(|number| u32::try_from(number).ok())
            .map(module_api::ConnectionId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_comes_back_as_it_went() {
        let target = Target {
            uri: Some(Text::from("sip:bob@host")),
            q: Some(500),
            flags: 6,
            ..Target::default()
        };
        let name = Text::from("c");
        let Xavp {
            value: XavpValue::List(children),
            ..
        } = stored(&name, &target, true)
        else {
            panic!("a list");
        };
        let back = restored(&children);
        assert_eq!((back.uri, back.q, back.flags), (target.uri, Some(500), 6));
    }
}
