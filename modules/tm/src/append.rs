//! Adding branches to a transaction from elsewhere: places that become known while a call is being set up.

use crate::armed::Options;
use crate::cell::{Ack, Leg};
use crate::failover::{Paths, again_by};
use crate::table::{self, Table};
use crate::{avoidance, control, relay};
use module_api::{Call, LaneKey, Located, NextHop, Step, Target, Text, TransactionId, Work};
use sip::Message;
use std::collections::VecDeque;
use transaction::Effects;

/// Branches on their way to a transaction.
struct Appending {
    index: i64,
    label: i64,
    /// Those whose places are still to be found.
    targets: VecDeque<Target>,
    /// Those whose places are known.
    places: Vec<(Target, Vec<NextHop>)>,
}

/// Adds the destination set of the run to the INVITE that the two numbers name, as long as nobody has answered it.
pub fn append(call: &mut Call, index: i64, label: i64) -> Step {
    let mut targets = VecDeque::with_capacity(1 + call.branches.list.len());
    if call.target_is_new {
        let mut target = call.target.clone();
        target.uri = Some(Text::from(call.request_uri()));
        targets.push_back(target);
    }
    targets.extend(call.branches.list.iter().map(|target| (**target).clone()));
    go(
        call,
        Box::new(Appending {
            index,
            label,
            targets,
            places: Vec::new(),
        }),
    )
}

fn go(call: &mut Call, mut appending: Box<Appending>) -> Step {
    while let Some(target) = appending.targets.pop_front() {
        let uri = match &target.destination_uri {
            Some(uri) if !uri.is_empty() => uri.clone(),
            _ => target.uri.clone().unwrap_or_default(),
        };
        match call.runtime.host.locate(&uri) {
            Located::Ready(hops) => appending.places.push((target, hops)),
            Located::Later(answer) => {
                return Step::wait(format!("dns {uri}"), answer, move |call, hops| {
                    appending.places.push((target, hops));
                    go(call, appending)
                });
            }
        }
    }
    let lane = LaneKey::Number(Table::lane_of(appending.index));
    control::elsewhere(call, lane, move |work| {
        table::in_work(work, |work, table| {
            let Some(id) = table.named(appending.index, appending.label) else {
                return false;
            };
            let places = appending.places.into_iter();
            places.fold(false, |any, (target, hops)| {
                add(work, table, id, target, &hops) || any
            })
        })
    })
}

/// Sends the request of the transaction to one more place, in the form in which it was sent to the others, or else as its script has
/// left it.
fn add(
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    target: Target,
    hops: &[NextHop],
) -> bool {
    let now = table.tick(work.now);
    let Some(cell) = table.get_mut(id) else {
        return false;
    };
    let most = usize::try_from(cell.runtime.settings.max_branches).unwrap_or(12);
    let machine = &cell.machine;
    if !machine.is_invite() || machine.is_cancelled || machine.status >= 200 {
        return false;
    }
    let sent = cell.legs.iter().find(|leg| !leg.sent.is_empty());
    let path_before = sent.and_then(|leg| leg.target.as_ref()?.path.clone());
    let before = sent.and_then(|leg| Message::parse(leg.sent.to_vec().into()).ok());
    if cell.legs.len() >= most {
        return false;
    }
    let branch_id = cell.branch_id(cell.legs.len());
    let mut call = cell.context(work);
    let place = avoidance::reachable(&call, &target, hops);
    let written = place.and_then(|(at, mut delivery)| {
        let uri = target.uri.as_deref();
        let paths = Paths {
            before: path_before.as_ref(),
            now: target.path.as_ref(),
        };
        let sent = match &before {
            Some(before) => again_by(&call, before, uri, paths, &delivery, &branch_id),
            None => relay::written(&mut call, &target, &mut delivery, &branch_id)?,
        };
        Some((at, delivery, sent))
    });
    cell.swap_attributes(&mut call);
    work.give_back(call);
    let Some((at, delivery, sent)) = written else {
        return false;
    };
    work.outbox.push(delivery, &sent);
    cell.machine
        .add_branch(delivery.transport.is_stream(), now, &mut Effects::new());
    let no_failover = cell.is(Options::NO_FAILOVER);
    let others = hops.get(at + 1..).filter(|_| !no_failover);
    cell.legs.push(Leg {
        target: Some(Box::new(target)),
        flags: 0,
        delivery,
        sent,
        ack: Ack::Unmade,
        early_acks: 0,
        response: None,
        other_hops: others.unwrap_or_default().to_vec(),
        on_reply: cell.armed.reply,
        on_failure: cell.armed.failure,
        on_branch_failure: cell.armed.branch_failure,
        cancel: None,
    });
    table.look_after(id);
    true
}
