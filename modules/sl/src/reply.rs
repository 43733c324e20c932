//! Sending a stateless response, and recognising the ACK for it.

use crate::Sl;
use module_api::relay::{self, Said};
use module_api::{
    Admission, Call, Counter, PlaceDetails, RouteId, RouteKind, RouteRun, Statistics, Step, Verdict,
};
use sip::{Message, Method};

/// Statuses that have a counter of their own.
const COUNTED: [u16; 13] = [
    200, 202, 300, 301, 302, 400, 401, 403, 404, 407, 408, 483, 500,
];

/// What this module counts.
pub struct Counters {
    by_status: [Counter; COUNTED.len()],
    by_class: [Counter; 7],
    sent: Counter,
    /// Responses sent because of an error.
    pub errors: Counter,
    acks: Counter,
    failures: Counter,
}

impl Counters {
    /// The counters under their names.
    pub fn new(statistics: &Statistics) -> Counters {
        let named = |name: &str| statistics.counter("sl", name);
        Counters {
            by_status: COUNTED.map(|status| named(&format!("{status}_replies"))),
            by_class: ["xxx", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"]
                .map(|class| named(&format!("{class}_replies"))),
            sent: named("sent_replies"),
            errors: named("sent_err_replies"),
            acks: named("received_ACKs"),
            failures: named("failures"),
        }
    }

    /// The numbers of `sl.stats` with their names: those of single statuses, behind them what is left of their class
    /// (observed on 5.6.3; what is of no class and what is provisional come together).
    pub fn shown(&self) -> Vec<(String, i64)> {
        let mut shown = Vec::with_capacity(COUNTED.len() + self.by_class.len());
        for class in 2..=6 {
            let own = COUNTED.iter().zip(&self.by_status);
            let own = own.filter(|(status, _)| **status / 100 == class);
            shown.extend(own.map(|(status, counter)| (status.to_string(), counter.value())));
            let rest = self.by_class.get(usize::from(class));
            let rest = rest.map_or(0, Counter::value);
            shown.push((format!("{class}xx"), rest));
        }
        let [unknown, provisional, ..] = &self.by_class;
        shown.push(("xxx".to_owned(), unknown.value() + provisional.value()));
        shown
    }

    fn count(&self, status: u16) {
        self.sent.increment();
        let own = COUNTED.iter().position(|counted| *counted == status);
        match own.and_then(|at| self.by_status.get(at)) {
            Some(counter) => counter.increment(),
            None => {
                if let Some(counter) = self.by_class.get(usize::from(status / 100) % 7) {
                    counter.increment();
                }
            }
        }
    }
}

/// Answers the request.
pub fn send(sl: &Sl, call: &mut Call, code: i64, reason: &[u8]) -> Step {
    // Observed on 5.6.3: what is no status of an RFC is sent all the same.
    let Some(status) = u16::try_from(code).ok().filter(|code| *code < 1000) else {
        call.error(format_args!("{code} is no status of a response"));
        sl.counters.failures.increment();
        return Verdict::FALSE.into();
    };
    if call.message.stumble().is_some() {
        // Observed on 5.6.3.
        call.error(format_args!(
            "nothing is answered to a request whose header fields cannot all be read"
        ));
        sl.counters.failures.increment();
        return Verdict::FALSE.into();
    }
    if !call.message.is_request() {
        call.error(format_args!("a response cannot be answered"));
        return Verdict::FALSE.into();
    }
    if call.message.method() == Method::Ack {
        return Verdict::FALSE.into();
    }
    let delivery = relay::response_delivery(call);
    let (status, reason) = relay::fitting_response(call, &delivery, (status, reason));
    let verdict = Verdict::of(i64::from(status) == code);
    let said = Said {
        status,
        reason,
        to_tag: None,
        places: PlaceDetails::from_param(sl.params.rich_redirect),
    };
    relay::answer_statelessly(call, delivery, said);
    sl.counters.count(status);
    match sl.local_response {
        Some(route) => tell(call, route, verdict),
        None => verdict.into(),
    }
}

/// Runs `event_route[sl:local-response]` on the response that was written last.
fn tell(call: &mut Call, route: RouteId, verdict: Verdict) -> Step {
    let written = call.outbox.sends.last().map(|(range, _)| range.clone());
    let octets = written.and_then(|range| call.outbox.buffer.get(range));
    let response = octets.map(|octets| Message::parse(octets.to_vec().into()));
    let Some(Ok(response)) = response else {
        stdx::never!("a response of ours cannot be read");
        return verdict.into();
    };
    let request = std::mem::replace(&mut call.message, response);
    let edits = std::mem::take(&mut call.edits);
    // Observed on 5.6.3: a response of ours has none, but the AVPs are those of its request.
    let flags = std::mem::take(&mut call.flags.message);
    Step::enter(route, RouteKind::Event, move |call, _| {
        call.message = request;
        call.flags.message = flags;
        call.edits = edits;
        verdict
    })
}

/// Absorbs an ACK for one of our responses.
pub fn absorb_ack(sl: &Sl, call: &mut Call) -> Admission {
    if call.message.method() != Method::Ack {
        return Admission::Continue;
    }
    let Some(tag) = call.message.to_tag() else {
        return Admission::Continue;
    };
    let facts = relay::facts(&call.message);
    if !call.runtime.identifiers.is_stateless_tag(tag, &facts) {
        return Admission::Continue;
    }
    sl.counters.acks.increment();
    call.runtime.traffic.dropped_requests.increment();
    if let Some(route) = call.runtime.routes.event.get("sl:filtered-ack").copied() {
        call.runtime.host.run_route(RouteRun {
            message: Some(call.message.clone()),
            reception: Some(call.reception),
            ..RouteRun::event(&call.runtime, route)
        });
    }
    Admission::Consumed
}
