//! Stateful processing of requests: transactions, forking, failure routes, requests of our own.
//!
//! `t_relay()` makes a transaction of the request and sends it to its branches; responses come back through
//! `onreply_route`, failures through `failure_route`, and retransmissions are nobody's business any more. A transaction
//! belongs to the lane of its call: whatever happens to it happens there, one thing after the other.

mod armed;
mod cell;
mod counters;
mod functions;
mod params;
mod relay;
mod reply;
mod requests;
mod responses;
mod send;
mod table;
pub mod uac;
mod work;

use counters::Counters;
use module_api::{Admission, BoundVariable, Call, Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Tm {
    params: Params,
    counters: Arc<Counters>,
    /// The variables that `fr_timer_avp` and `fr_inv_timer_avp` name.
    times: OnceLock<[Option<BoundVariable>; 2]>,
}

impl Tm {
    /// The final response timers that the script has put into variables, in milliseconds.
    fn times_of(&self, call: &mut Call) -> (Option<u32>, Option<u32>) {
        let Some([fr, fr_inv]) = self.times.get() else {
            return (None, None);
        };
        let mut read = |variable: &Option<BoundVariable>| {
            let seconds = variable.as_ref()?.get(call).to_int().ok()?;
            let millis = u32::try_from(seconds.checked_mul(1_000)?).ok()?;
            (millis > 0).then_some(millis)
        };
        (read(fr), read(fr_inv))
    }
}

impl Module for Tm {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader.previous.and_then(|loaded| loaded.instance::<Tm>());
        Ok(Tm {
            params,
            counters: previous.map_or_else(Arc::default, |tm| tm.counters.clone()),
            times: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut bind = |text: &module_api::Text| {
            if text.is_empty() {
                return None;
            }
            let text = text.to_str_lossy();
            match loader
                .binder
                .variable_in(&text, diagnostics::Span::default())
            {
                Ok(variable) => Some(variable),
                Err(mistake) => {
                    mistakes.push(mistake);
                    None
                }
            }
        };
        let times = [
            bind(&self.params.fr_timer_avp),
            bind(&self.params.fr_inv_timer_avp),
        ];
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        if times.iter().any(Option::is_some) {
            // The instance is started once.
            let _ = self.times.set(times);
        }
        let hooks = &mut loader.hooks;
        let tm = self.clone();
        hooks.response_owner = Some(Box::new(move |work, call| responses::own(&tm, work, call)));
        let tm = self.clone();
        hooks
            .request_ends
            .push(Box::new(move |call, _| work::request_ended(&tm, call)));
        let tm = self.clone();
        hooks
            .wakes
            .push(Box::new(move |work| work::wake(&tm, work)));
        hooks.cancel = Some(Box::new(|work, cancel, reception, invite| {
            take_back(work, cancel, reception, invite);
            Admission::Consumed
        }));
        let tm = self.clone();
        hooks.responder = Some(Box::new(move |call, code, reason| {
            functions::reply_in_transaction(&tm, call, code, reason)
        }));
        Ok(())
    }
}

/// A CANCEL for an INVITE whose run is parked: it is answered, and takes effect when the run goes on.
fn take_back(
    work: &mut module_api::Work<'_>,
    cancel: &sip::Message,
    reception: &module_api::Reception,
    invite: &mut Call,
) {
    invite.notes.set(requests::TakenBack);
    let runtime = invite.runtime.clone();
    let call = work.context(&runtime, Arc::new(cancel.clone()), *reception);
    let delivery = module_api::relay::response_delivery(&call);
    let facts = module_api::relay::facts(&call.message);
    let tag = runtime.identifiers.stateful_tag(&facts);
    work.outbox.push_with(delivery, |out| {
        module_api::relay::write_response(&call, 200, b"canceling", Some(tag.as_bytes()), out);
    });
    work.give_back(call);
    if let Some(id) = invite.transaction {
        table::in_work(work, |_, table| {
            if let Some(cell) = table.get_mut(id) {
                cell.machine.is_cancelled = true;
            }
        });
    }
}

exports! {
    name: "tm",
    module: Tm,
    functions: [
        functions::t_newtran,
        functions::t_relay,
        functions::t_check_trans,
        functions::t_lookup_request,
        functions::t_reply,
        functions::t_send_reply,
        functions::t_on_failure,
        functions::t_on_branch,
        functions::t_on_reply,
        functions::t_on_branch_failure,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {
        "tm:branch-failure:<name>": "for each branch that fails, when `t_on_branch_failure` has asked for it",
        "tm:local-request": "before a request of our own is sent",
        "tm:local-response": "when a final response of our own is sent in a transaction",
        "tm:local-response-sent": "when a final response of our own was sent in a transaction",
        "tm:local-ack-sent": "when the ACK for the 2xx to an INVITE of our own was sent",
    },
    statistics: {},
}
