//! Answers requests without keeping any state.
//!
//! A response gets a To-tag that follows from the request, so that the ACK for a negative response to an INVITE is
//! recognised and absorbed before the script sees it; `event_route[sl:filtered-ack]` tells of it. Where a module keeps
//! transactions, `send_reply` answers through it.

mod functions;
mod params;
mod pvars;
mod reply;
mod rpc;
mod status;

use module_api::{Call, Loader, Module, RouteId, Step, Verdict, exports};
use params::Params;
use std::sync::Arc;

/// The module's instance.
pub struct Sl {
    params: Params,
    counters: reply::Counters,
    /// `event_route[sl:local-response]`.
    local_response: Option<RouteId>,
}

impl Sl {
    /// Answers the request with `code` and `reason`: in its transaction when there is one, else without.
    pub fn respond(&self, call: &mut Call, code: i64, reason: &[u8]) -> Step {
        if let Some(verdict) = self.respond_stateful(call, code, reason) {
            return verdict.into();
        }
        reply::send(self, call, code, reason)
    }

    /// Answers the request in its transaction; none when it has none, or when transactions are left alone.
    fn respond_stateful(&self, call: &mut Call, code: i64, reason: &[u8]) -> Option<Verdict> {
        if self.params.bind_tm == 0 {
            return None;
        }
        let runtime = call.runtime.clone();
        let responder = runtime.hooks.responder.as_ref()?;
        responder(call, code, reason)
    }

    /// Answers the request with `code` and `reason` without a transaction, even when it has one.
    pub fn respond_stateless(&self, call: &mut Call, code: i64, reason: &[u8]) -> Step {
        reply::send(self, call, code, reason)
    }
}

impl Module for Sl {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<module_api::Diagnostic>> {
        Ok(Sl {
            params,
            counters: reply::Counters::new(loader.statistics),
            local_response: loader.binder.routes.event.get("sl:local-response").copied(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<module_api::Diagnostic>> {
        let sl = self.clone();
        loader
            .hooks
            .on_request(move |call| reply::absorb_ack(&sl, call));
        Ok(())
    }
}

exports! {
    name: "sl",
    module: Sl,
    functions: [
        functions::sl_send_reply,
        functions::send_reply,
        functions::send_reply_mode,
        functions::sl_forward_reply,
        functions::sl_reply_error,
        functions::send_reply_error,
    ],
    pvars: [pvars::local_to_tag],
    transformations: [],
    rpcs: [rpc::stats],
    event_routes: {
        "sl:filtered-ack": "for each ACK that is absorbed because it answers one of our stateless responses",
        "sl:local-response": "after a stateless response has been sent",
    },
    statistics: {
        "1xx_replies": "provisional responses sent",
        "200_replies": "200 responses sent",
        "202_replies": "202 responses sent",
        "2xx_replies": "other 2xx responses sent",
        "300_replies": "300 responses sent",
        "301_replies": "301 responses sent",
        "302_replies": "302 responses sent",
        "3xx_replies": "other 3xx responses sent",
        "400_replies": "400 responses sent",
        "401_replies": "401 responses sent",
        "403_replies": "403 responses sent",
        "404_replies": "404 responses sent",
        "407_replies": "407 responses sent",
        "408_replies": "408 responses sent",
        "483_replies": "483 responses sent",
        "4xx_replies": "other 4xx responses sent",
        "500_replies": "500 responses sent",
        "5xx_replies": "other 5xx responses sent",
        "6xx_replies": "6xx responses sent",
        "xxx_replies": "responses of no known class sent",
        "sent_replies": "all responses sent",
        "sent_err_replies": "responses sent because of an error",
        "received_ACKs": "ACKs absorbed",
        "failures": "responses that could not be sent",
    },
}
