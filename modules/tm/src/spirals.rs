//! Requests that come here again: how many branches may be made of one.
//!
//! Who registers this very server as a place to be reached at has a call come back as often as there are such places, and each of
//! those again: with ten places and ten hops that is ten thousand million requests of one (RFC 5393 §3).

use crate::table::{self, Table};
use module_api::{Call, TransactionId};
use sip::Message;
use sip::identifiers::BranchId;

/// How many branches may be made of a request on all its later ways through here (RFC 5393 §5.3.3 has 60 as what is usual).
const BREADTH_MAX: u16 = 60;

/// How many more of `wanted` branches there is room for, if the request at hand has been here before; they are counted.
///
/// A way that does not fork is as long as Max-Forwards says, so only branches beside others count.
pub fn admit(call: &mut Call, wanted: usize, known: usize) -> usize {
    if wanted + known < 2 {
        return wanted;
    }
    table::in_call(call, |call, table| {
        let first = first_pass(&call.message, table);
        let Some(cell) = first.and_then(|first| table.get_mut(first)) else {
            return wanted;
        };
        let room = usize::from(BREADTH_MAX - cell.breadth.min(BREADTH_MAX));
        let admitted = wanted.min(room);
        cell.breadth += u16::try_from(admitted).unwrap_or(BREADTH_MAX);
        admitted
    })
}

/// The transaction that a request had when it came here first: the last of its Vias that is ours.
fn first_pass(request: &Message, table: &Table) -> Option<TransactionId> {
    let vias = request.vias().filter_map(Result::ok);
    let branches = vias.filter_map(|via| BranchId::parse(request.text(via.branch?)));
    branches
        .filter_map(|branch| table.of_branch(&branch))
        .last()
}
