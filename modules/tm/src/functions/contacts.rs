//! One contact after the other: the destination set kept in an xavp.

use crate::{Tm, append, view};
use module_api::{
    Call, LocationRecord, RouteKind, SocketAddress, SocketId, Step, Target, Text, Value, Verdict,
    Xavp, XavpList, XavpValue, script_function,
};
use std::sync::Arc;

/// A place of the destination set, with what the location service keeps with it (`xavp_contact`).
#[derive(Debug, Default)]
struct Contact {
    target: Target,
    attributes: Option<XavpList>,
}

/// The item that says whether a group ends with a stored contact, and its value if so (observed on 5.6.3).
const ENDS_GROUP: (&str, i64) = ("q_flag", 4);

/// Moves the destination set into the xavp that `contacts_avp` names, in groups: 0 those of equal q together, 1 each alone in
/// an order drawn with q as weight, 2 all together. A set of one is left alone.
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
    let mut contacts = take_contacts(tm, call);
    let groups = mode.unwrap_or(0);
    if groups == 1 {
        let random = &mut call.lane.random;
        contacts = drawn(contacts, |total| random.u32(..total));
    } else {
        // Observed on 5.6.3: of those with equal q the last is the first.
        contacts.sort_by_key(|contact| contact.target.q.map_or(-1, i32::from));
        contacts.reverse();
    }
    call.attributes.xavps.remove_all(name);
    for (index, contact) in contacts.iter().enumerate() {
        let ends_group = match (groups, contacts.get(index + 1)) {
            (0, Some(next)) => next.target.q != contact.target.q,
            (1, _) => true,
            _ => false,
        };
        let item = stored(tm, call, contact, ends_group);
        call.attributes.xavps.push_last(item);
    }
    Verdict::TRUE
}

/// Empties the destination set.
fn take_contacts(tm: &Tm, call: &mut Call) -> Vec<Contact> {
    let mut targets = Vec::with_capacity(call.branches.list.len() + 1);
    if call.target_is_new {
        let mut first = call.target.clone();
        first.uri = Some(Text::from(call.request_uri()));
        targets.push(first);
    }
    targets.extend(call.branches.list.drain(..).map(|target| *target));
    call.target_is_new = false;
    let name = &tm.params.xavp_contact;
    let xavps = &mut call.attributes.xavps;
    let contacts = targets.into_iter().map(|target| Contact {
        target,
        attributes: xavps.remove(name, 0).and_then(list_of),
    });
    contacts.collect()
}

fn list_of(item: Xavp) -> Option<XavpList> {
    match item.value {
        XavpValue::List(list) => Some(list),
        XavpValue::Plain(_) => None,
    }
}

/// The contacts in an order in which the chance to come next is in proportion to q; those without any come last. `draw` is
/// given a bound and draws a number below it.
fn drawn(contacts: Vec<Contact>, mut draw: impl FnMut(u32) -> u32) -> Vec<Contact> {
    let weight = |contact: &Contact| u32::from(contact.target.q.unwrap_or(0));
    let (mut left, last): (Vec<_>, Vec<_>) = contacts
        .into_iter()
        .partition(|contact| weight(contact) > 0);
    let mut order = Vec::with_capacity(left.len() + last.len());
    while !left.is_empty() {
        let mut number = draw(left.iter().map(weight).sum());
        let chosen = left.iter().position(|contact| {
            let is_chosen = number < weight(contact);
            number = number.saturating_sub(weight(contact));
            is_chosen
        });
        order.push(left.remove(chosen.unwrap_or(0)));
    }
    order.extend(last);
    order
}

/// Takes the next group of contacts into the destination set; -2 when there is none. Of those of one instance the first is
/// taken, and the others wait in the xavp that `contact_flows_avp` names, in the place of what is there.
///
/// ```cfg
/// if (t_next_contacts()) t_relay();
/// ```
#[script_function(t_next_contacts, routes = REQUEST | FAILURE)]
fn t_next_contacts(tm: &Tm, call: &mut Call) -> Verdict {
    let (name, flows) = (&tm.params.contacts_avp, &tm.params.contact_flows_avp);
    if name.is_empty() {
        call.error(format_args!("the parameter contacts_avp of tm is not set"));
        return Verdict::FALSE;
    }
    let xavps = &mut call.attributes.xavps;
    if xavps.count(name) == 0 {
        return Verdict(-2);
    }
    xavps.remove_all(flows);
    let mut chosen: Vec<XavpList> = Vec::new();
    while let Some(mut item) = xavps.remove(name, 0).and_then(list_of) {
        let ends_group = item.remove(ENDS_GROUP.0.as_bytes(), 0).is_some_and(
            |flag| matches!(flag.value, XavpValue::Plain(value) if value == Value::Int(ENDS_GROUP.1)),
        );
        let instance = item.value(b"instance", 0);
        let is_known = |other: &XavpList| other.value(b"instance", 0) == instance;
        if instance != Value::Null && chosen.iter().any(is_known) {
            xavps.push(Xavp {
                name: flows.clone(),
                value: XavpValue::List(item),
            });
        } else {
            chosen.push(item);
        }
        if ends_group {
            break;
        }
    }
    take_group(tm, call, &chosen);
    Verdict::TRUE
}

/// Makes a group of stored contacts the destination set.
fn take_group(tm: &Tm, call: &mut Call, group: &[XavpList]) {
    call.branches.list.clear();
    for (index, item) in group.iter().enumerate() {
        let target = restored(call, item);
        if index == 0 {
            call.target = target;
            call.target_is_new = true;
        } else {
            call.branches.list.push(Box::new(target));
        }
    }
    for item in group.iter().rev() {
        if let Some(attributes) = attributes_of(tm, item) {
            call.attributes.xavps.push(attributes);
        }
    }
}

/// Adds the next flow of the contact that has failed to the destination set; -2 when none waits at all.
///
/// ```cfg
/// if (!t_next_contact_flow()) xinfo("no other flow\n");   # log: no other flow
/// ```
#[script_function(t_next_contact_flow, routes = REQUEST | BRANCH_FAILURE)]
fn t_next_contact_flow(tm: &Tm, call: &mut Call) -> Verdict {
    let flows = &tm.params.contact_flows_avp;
    let count = call.attributes.xavps.count(flows);
    if count == 0 {
        return Verdict(-2);
    }
    if call.route != RouteKind::BranchFailure {
        call.error(format_args!("t_next_contact_flow: no branch has failed"));
        return Verdict::FALSE;
    }
    let Some(instance) = view::target(call).and_then(|target| target.instance().cloned()) else {
        return Verdict::FALSE;
    };
    let instance = Value::Str(instance);
    let xavps = &mut call.attributes.xavps;
    let found = (0..count as i64).find(|at| {
        let item = xavps.children(flows, *at);
        item.is_some_and(|item| item.value(b"instance", 0) == instance)
    });
    let Some(item) = found
        .and_then(|at| xavps.remove(flows, at))
        .and_then(list_of)
    else {
        return Verdict::FALSE;
    };
    let target = restored(call, &item);
    call.branches.list.push(Box::new(target));
    if let Some(attributes) = attributes_of(tm, &item) {
        // Observed on 5.6.3: behind those of the Request-URI.
        let xavps = &mut call.attributes.xavps;
        let first = xavps.remove(&attributes.name, 0);
        xavps.push(attributes);
        first.into_iter().for_each(|first| xavps.push(first));
    }
    Verdict::TRUE
}

/// The attributes of a stored contact as the xavp that `xavp_contact` names.
fn attributes_of(tm: &Tm, item: &XavpList) -> Option<Xavp> {
    let name = &tm.params.xavp_contact;
    Some(Xavp {
        name: name.clone(),
        value: XavpValue::List(item.children(name, 0)?.clone()),
    })
}

/// Sends the INVITE that `tindex` and `tlabel` name to the destination set of this run, too; false when it is not there or has
/// been answered already. One that waits in `t_suspend()` goes on waiting. The routes that a branch can have are not run.
///
/// ```cfg
/// if (!t_cell_append_branches("1", "2")) xinfo("not there\n");   # log: not there
/// ```
#[script_function(t_cell_append_branches, routes = ANY, waits)]
fn t_cell_append_branches(call: &mut Call, tindex: i64, tlabel: i64) -> Step {
    append::append(call, tindex, tlabel)
}

fn stored(tm: &Tm, call: &Call, contact: &Contact, ends_group: bool) -> Xavp {
    let target = &contact.target;
    let mut children = XavpList::default();
    if let Some(attributes) = &contact.attributes {
        // Observed on 5.6.3: under the same name.
        children.push_last(Xavp {
            name: tm.params.xavp_contact.clone(),
            value: XavpValue::List(attributes.clone()),
        });
    }
    let mut add = |name: &'static str, value: Value| {
        children.push_last(Xavp {
            name: Text::from_static(name),
            value: XavpValue::Plain(value),
        });
    };
    let socket = target.socket.and_then(|id| socket_text(call, id));
    let texts = [
        ("ua", target.user_agent()),
        ("ruid", target.ruid()),
        ("instance", target.instance()),
        ("sock", socket.as_ref()),
        ("path", target.path.as_ref()),
        ("dst_uri", target.destination_uri.as_ref()),
        ("uri", target.uri.as_ref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            add(name, Value::Str(text.clone()));
        }
    }
    let flag = if ends_group { ENDS_GROUP.1 } else { 0 };
    let connection = target.connection.map_or(0, |connection| connection.0);
    for (name, number, is_told) in [
        ("flags", i64::from(target.flags), true),
        (ENDS_GROUP.0, flag, true),
        ("reg_id", i64::from(target.reg_id()), target.reg_id() != 0),
        ("tcpconn", i64::from(connection), connection != 0),
    ] {
        if is_told {
            add(name, Value::Int(number));
        }
    }
    Xavp {
        name: tm.params.contacts_avp.clone(),
        value: XavpValue::List(children),
    }
}

fn restored(call: &Call, children: &XavpList) -> Target {
    let text = |name: &[u8]| match children.value(name, 0) {
        Value::Null => None,
        value => Some(value.into_text()),
    };
    let number = |name: &[u8]| children.value(name, 0).to_int().ok();
    Target {
        uri: text(b"uri"),
        destination_uri: text(b"dst_uri"),
        path: text(b"path"),
        socket: text(b"sock").and_then(|name| socket_of(call, &name)),
        flags: number(b"flags").unwrap_or(0) as u32,
        q: None,
        connection: number(b"tcpconn")
            .and_then(|number| u32::try_from(number).ok())
            .map(module_api::ConnectionId),
        record: Some(Arc::new(LocationRecord {
            ruid: text(b"ruid"),
            user_agent: text(b"ua"),
            instance: text(b"instance"),
            reg_id: number(b"reg_id").unwrap_or(0) as u32,
        })),
    }
}

fn socket_text(call: &Call, id: SocketId) -> Option<Text> {
    let socket = call.runtime.sockets.get(id)?;
    let (transport, port) = (socket.transport.name(), socket.address.port());
    Some(Text::from(format!("{transport}:{}:{port}", socket.host)))
}

fn socket_of(call: &Call, name: &[u8]) -> Option<SocketId> {
    let address = SocketAddress::parse(name)?;
    address.find(&call.runtime.sockets).map(|socket| socket.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_come_in_proportion_to_q_and_those_without_come_last() {
        let contact = |q: Option<u16>| Contact {
            target: Target {
                q,
                ..Target::default()
            },
            attributes: None,
        };
        let order = |numbers: [u32; 3]| {
            let contacts = [None, Some(500), Some(0), Some(300), Some(200)].map(contact);
            let mut numbers = numbers.into_iter();
            let mut totals = Vec::new();
            let order = drawn(contacts.into(), |total| {
                totals.push(total);
                numbers.next().unwrap_or(0)
            });
            let order: Vec<_> = order.iter().map(|contact| contact.target.q).collect();
            (totals, order)
        };
        let last = [None, Some(0)];
        let with = |first: [u16; 3]| {
            let first = first.into_iter().map(Some);
            first.chain(last).collect::<Vec<_>>()
        };
        assert_eq!(
            order([499, 299, 0]),
            (vec![1000, 500, 200], with([500, 300, 200]))
        );
        assert_eq!(
            order([800, 500, 0]),
            (vec![1000, 800, 500], with([200, 300, 500]))
        );
    }
}
