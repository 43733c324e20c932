//! Stateful processing of requests: transactions, forking, failure routes, requests of our own.
//!
//! `t_relay()` makes a transaction of the request and sends it to its branches; responses come back through
//! `onreply_route`, failures through `failure_route`, and retransmissions are nobody's business any more. A transaction
//! belongs to the lane of its call: whatever happens to it happens there, one thing after the other. Selects that begin with
//! `@tm` tell of it: `@tm.uac[0].status`, `@tm.uas.request`.

mod append;
mod armed;
mod avoidance;
mod cell;
pub mod control;
mod counters;
mod driver;
mod events;
mod failover;
mod functions;
mod handover;
pub mod local_ack;
mod observers;
mod params;
mod refusals;
mod relay;
mod reply;
mod requests;
mod responses;
mod rpc;
mod selects;
mod send;
mod spirals;
pub mod suspend;
mod table;
pub mod uac;
mod unsent;
pub mod view;
mod work;

use bytes::Bytes;
use counters::Counters;
use module_api::{
    Admission, BoundVariable, Call, Diagnostic, Loader, Module, Placed, RouteId, Text, exports,
};
use observers::{Observers, ResponseHooks};
use params::Params;
use refusals::Refusals;
use sip::Message;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Tm {
    params: Params,
    counters: Arc<Counters>,
    /// The variables that `fr_timer_avp` and `fr_inv_timer_avp` name.
    times: OnceLock<[Option<BoundVariable>; 2]>,
    /// Those who are told of final responses.
    observers: Observers<Event>,
    /// Those who are told of new transactions.
    beginnings: Observers<Began>,
    /// Those who are told of provisional responses.
    provisional: Observers<Provisional>,
    /// What is not taken in.
    refusals: Refusals,
    /// Who is shown responses before they go on.
    response_hooks: ResponseHooks,
    /// A message without anything in it, in the place of one that nobody needs any more.
    nothing: Message,
    /// The route for responses without a transaction (`on_sl_reply`).
    stateless_replies: OnceLock<RouteId>,
    /// The lines that `tw_append` names.
    appends: Vec<handover::Append>,
    /// How many requests of our own there were, so that no two are alike.
    own_count: AtomicU64,
}

impl Tm {
    /// Has `observer` told of what becomes of each received request.
    pub fn observe(&self, observer: Observer<Event>) {
        self.observers.add(observer);
    }

    /// Has `observer` told of each transaction that is made for a received request.
    pub fn observe_beginnings(&self, observer: Observer<Began>) {
        self.beginnings.add(observer);
    }

    /// Has `observer` told of each provisional response to a received request.
    pub fn observe_provisional(&self, observer: Observer<Provisional>) {
        self.provisional.add(observer);
    }

    /// Has `hook` shown each response to a received request, after those that were there before.
    pub fn on_response(&self, hook: ResponseHook) {
        self.response_hooks.add(hook);
    }

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

pub use cell::Cell;
pub use control::CancelWhich;
pub use observers::{Began, Event, Finished, Observer, Provisional, ResponseHook};

/// The module's figures by the names that `tmx` gives them.
pub fn figures(tm: &Tm) -> Vec<(&'static str, Box<dyn Fn() -> i64 + Send + Sync>)> {
    let counters = &tm.counters;
    let classes = [
        "2xx_transactions",
        "3xx_transactions",
        "4xx_transactions",
        "5xx_transactions",
        "6xx_transactions",
    ];
    let plain = [
        ("UAS_transactions", &counters.received_requests),
        ("UAC_transactions", &counters.own_requests),
        ("rpl_received", &counters.replies_received),
        ("rpl_absorbed", &counters.replies_absorbed),
        ("rpl_relayed", &counters.replies_relayed),
        ("rpl_generated", &counters.replies_generated),
        ("rpl_sent", &counters.replies_sent),
    ];
    let by_class = classes.into_iter().zip(&counters.classes);
    let mut figures: Vec<(&'static str, Box<dyn Fn() -> i64 + Send + Sync>)> = Vec::new();
    for (name, counter) in plain.into_iter().chain(by_class) {
        let counter = counter.clone();
        figures.push((name, Box::new(move || counter.value())));
    }
    let all = counters.clone();
    let in_use = move || all.created.value() - all.freed.value();
    figures.push(("inuse_transactions", Box::new(in_use)));
    let all = counters.clone();
    let active = move || (all.created.value() - all.waiting.value()).max(0);
    figures.push(("active_transactions", Box::new(active)));
    figures
}

/// Makes a transaction for the request at hand if it has none.
pub fn ensure(call: &mut Call) {
    if let Some(tm) = call.runtime.module::<Tm>() {
        requests::make(&tm, call);
    }
}

impl Module for Tm {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let text = Bytes::from_static(b"OPTIONS sip:nobody SIP/2.0\r\n\r\n");
        if !params.contacts_avp.is_empty() && params.contact_flows_avp.is_empty() {
            let mistake = Diagnostic::error(
                diagnostics::codes::params::BAD_PARAMETER,
                diagnostics::Span::default(),
                "`contacts_avp` of `tm` needs `contact_flows_avp`",
            );
            return Err(vec![mistake.help(
                "modparam(\"tm\", \"contact_flows_avp\", \"tm_contact_flows\")",
            )]);
        }
        let mut appends = Vec::new();
        for given in params.tw_append.iter().filter(|g| !g.value.is_empty()) {
            let text = &given.value;
            let Some(append) = handover::Append::parse(&text.to_str_lossy()) else {
                let mistake = given.error(format!("`{text}` is no value of `tw_append`"));
                return Err(vec![
                    mistake.help("modparam(\"tm\", \"tw_append\", \"name:hdr[X-Name];title=avp[name];msg[body]\")"),
                ]);
            };
            appends.push(append);
        }
        let Ok(nothing) = Message::parse(text) else {
            stdx::never!("the text above is no request");
            return Err(Vec::new());
        };
        let previous = loader.previous.and_then(|loaded| loaded.instance::<Tm>());
        let counters: Arc<Counters> = previous.map_or_else(Arc::default, |tm| tm.counters.clone());
        for (name, counter) in [
            ("transactions_memory", &counters.bytes),
            ("transactions_refused", &counters.refused),
        ] {
            let counter = counter.clone();
            let statistics = &loader.statistics;
            statistics.computed("tm", name, move || counter.value());
        }
        Ok(Tm {
            params,
            refusals: Refusals::new(counters.clone()),
            counters,
            times: OnceLock::new(),
            observers: Observers::default(),
            beginnings: Observers::default(),
            provisional: Observers::default(),
            response_hooks: ResponseHooks::default(),
            nothing,
            stateless_replies: OnceLock::new(),
            appends,
            own_count: AtomicU64::new(0),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let mut bind = |given: &Placed<Text>| {
            // The bare name of an AVP is the other form that the manual has.
            if given.value.is_empty() || given.value.starts_with(b"$") {
                return loader.binder.variable_named_by(given);
            }
            let name = given.value.to_str_lossy();
            let bound = loader
                .binder
                .variable_in(&format!("$avp({name})"), given.span);
            // COMPAT: 5.6.3 takes any name; one that no script can write never has a value.
            let doubt = |mistake: Diagnostic| loader.binder.diagnostics.push(mistake.softened());
            Ok(bound.map_err(doubt).ok())
        };
        let mut times = [None, None];
        for (given, variable) in [&self.params.fr_timer_avp, &self.params.fr_inv_timer_avp]
            .into_iter()
            .zip(&mut times)
        {
            *variable = bind(given).map_err(|mistake| vec![mistake])?;
        }
        if times.iter().any(Option::is_some) {
            // The instance is started once.
            let _ = self.times.set(times);
        }
        let name = self.params.on_sl_reply.to_str_lossy();
        if let Some(route) = loader.binder.routes.onreply.get(&*name) {
            // The instance is started once.
            let _ = self.stateless_replies.set(*route);
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
        let tm = self.clone();
        hooks.waiting_response = Some(Box::new(move |work, response| {
            responses::acknowledge_waiting(&tm, work, response);
        }));
        hooks.cancel = Some(Box::new(|work, cancel, reception, invite| {
            take_back(work, cancel, reception, invite);
            Admission::Consumed
        }));
        let tm = self.clone();
        hooks.unsent.push(Box::new(move |runtime, bytes| {
            unsent::note(&tm, runtime, bytes)
        }));
        let tm = self.clone();
        hooks.responder = Some(Box::new(move |call, code, reason| {
            functions::replies::reply_in_transaction(&tm, call, code, reason)
        }));
        Ok(())
    }
}

/// A CANCEL for an INVITE whose run is parked: it is answered, and takes effect when the run goes on.
fn take_back(
    work: &mut module_api::Work<'_>,
    cancel: &Message,
    reception: &module_api::Reception,
    invite: &mut Call,
) {
    invite.notes.set(requests::TakenBack);
    let runtime = invite.runtime.clone();
    let call = work.context(&runtime, cancel.clone(), *reception);
    let delivery = module_api::relay::response_delivery(&call);
    let facts = module_api::relay::facts(&call.message);
    let tag = runtime.identifiers.stateful_tag(&facts);
    work.outbox.push_with(delivery, |out| {
        let said = module_api::relay::Said {
            status: 200,
            reason: b"canceling",
            to_tag: Some(tag.as_bytes()),
            ..Default::default()
        };
        module_api::relay::write_response(&call, said, out);
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
        functions::requests::t_newtran,
        functions::requests::t_check_trans,
        functions::requests::t_lookup_request,
        functions::requests::t_lookup_cancel,
        functions::requests::t_exists,
        functions::requests::t_release,
        functions::requests::t_clean,
        functions::requests::t_save_lumps,
        functions::requests::t_msg_apply_changes,
        functions::requests::t_is_retr_async_reply,
        functions::relaying::t_relay,
        functions::relaying::t_relay_to_udp,
        functions::relaying::t_relay_to_tcp,
        functions::relaying::t_relay_to_tls,
        functions::relaying::t_relay_to_sctp,
        functions::relaying::t_relay_to,
        functions::relaying::t_relay_to_proxy,
        functions::relaying::t_relay_to_avp,
        functions::relaying::t_relay_cancel,
        functions::relaying::t_forward_nonack,
        functions::relaying::t_forward_nonack_udp,
        functions::relaying::t_forward_nonack_tcp,
        functions::relaying::t_forward_nonack_tls,
        functions::relaying::t_forward_nonack_sctp,
        functions::relaying::t_forward_nonack_uri,
        functions::relaying::t_replicate,
        functions::relaying::t_replicate_udp,
        functions::relaying::t_replicate_tcp,
        functions::relaying::t_replicate_tls,
        functions::relaying::t_replicate_sctp,
        functions::relaying::t_replicate_to,
        functions::relaying::t_write_req,
        functions::relaying::t_write_unix,
        functions::replies::t_reply,
        functions::replies::t_send_reply,
        functions::replies::t_reply_error,
        functions::replies::t_retransmit_reply,
        functions::replies::t_check_status,
        functions::replies::t_get_status_code,
        functions::replies::t_grep_status,
        functions::replies::t_any_replied,
        functions::replies::t_any_timeout,
        functions::replies::t_branch_replied,
        functions::replies::t_branch_timeout,
        functions::replies::t_is_canceled,
        functions::replies::t_is_expired,
        functions::replies::t_drop_replies,
        functions::routes::t_on_failure,
        functions::routes::t_on_branch,
        functions::routes::t_on_reply,
        functions::routes::t_on_branch_failure,
        functions::routes::t_is_set,
        functions::settings::t_set_fr,
        functions::settings::t_reset_fr,
        functions::settings::t_set_retr,
        functions::settings::t_reset_retr,
        functions::settings::t_set_max_lifetime,
        functions::settings::t_reset_max_lifetime,
        functions::settings::t_set_auto_inv_100,
        functions::settings::t_set_disable_6xx,
        functions::settings::t_set_disable_failover,
        functions::settings::t_set_disable_internal_reply,
        functions::settings::t_set_no_auto_ack,
        functions::settings::t_set_no_e2e_cancel_reason,
        functions::settings::t_use_uac_headers,
        functions::contacts::t_load_contacts,
        functions::contacts::t_next_contacts,
        functions::contacts::t_next_contact_flow,
        functions::contacts::t_cell_append_branches,
        functions::uac::t_uac_send,
    ],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::stats,
        rpc::hash_stats,
        rpc::list,
        rpc::clean,
        rpc::cancel,
        rpc::reply,
        rpc::reply_callid,
        rpc::retransmit_reply,
        rpc::retransmit_reply_callid,
        rpc::t_uac_start,
        rpc::t_uac_start_hex,
        rpc::t_uac_start_noack,
        rpc::t_uac_start_noack_hex,
        rpc::t_uac_wait,
        rpc::t_uac_wait_hex,
        rpc::t_uac_wait_noack,
        rpc::t_uac_wait_noack_hex,
        rpc::t_uac_wait_block,
        rpc::t_uac_wait_block_hex,
        rpc::t_uac_wait_block_noack,
        rpc::t_uac_wait_block_noack_hex,
        rpc::t_uac_attrs,
    ],
    event_routes: {
        "tm:branch-failure:<name>": "for each branch that fails, when `t_on_branch_failure` has asked for it",
        "tm:local-request": "before a request of our own is sent",
        "tm:local-response": "when a response of our own is sent in a transaction",
        "tm:local-response-sent": "when a response of our own was sent in a transaction",
        "tm:local-ack-sent": "when the 2xx to an INVITE of our own, which it sees, was acknowledged",
    },
    statistics: {
        "transactions_memory": "the octets that transactions take, about",
        "transactions_refused": "requests that were refused because transactions took all the memory they may have",
    },
    selects: [crate::selects::find],
}
