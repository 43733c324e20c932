//! The figures on messages, and on the runs that wait, in group `core`.

use sip::{Message, Method};
use telemetry::{Counter, Gauge, Statistics};

const GROUP: &str = "core";

/// The statuses that have a figure of their own beside that of their class.
const STATUSES: [u16; 28] = [
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 420, 480, 481, 482,
    483, 484, 485, 486, 487, 488, 489, 491, 493,
];

/// The methods that have a figure of their own.
const METHODS: [(Method, &str); 15] = [
    (Method::Invite, "invite"),
    (Method::Cancel, "cancel"),
    (Method::Ack, "ack"),
    (Method::Bye, "bye"),
    (Method::Info, "info"),
    (Method::Register, "register"),
    (Method::Subscribe, "subscribe"),
    (Method::Notify, "notify"),
    (Method::Message, "message"),
    (Method::Options, "options"),
    (Method::Prack, "prack"),
    (Method::Update, "update"),
    (Method::Refer, "refer"),
    (Method::Publish, "publish"),
    (Method::Kdmq, "kdmq"),
];

/// The methods whose responses have figures by class.
const ANSWERED: [(Method, &str); 8] = [
    (Method::Bye, "bye"),
    (Method::Cancel, "cancel"),
    (Method::Invite, "invite"),
    (Method::Message, "message"),
    (Method::Prack, "prack"),
    (Method::Refer, "refer"),
    (Method::Register, "reg"),
    (Method::Update, "update"),
];

/// Counters of what was received and of what became of it.
#[derive(Clone, Debug)]
pub struct Traffic {
    requests: Counter,
    methods: [Counter; METHODS.len()],
    unsupported_methods: Counter,
    responses: Counter,
    /// 1xx to 6xx.
    classes: [Counter; 6],
    /// The same, by method.
    answered: [[Counter; ANSWERED.len()]; 6],
    ringing: Counter,
    statuses: [Counter; STATUSES.len()],
    /// Requests sent on without a transaction.
    pub forwarded_requests: Counter,
    /// Responses sent on without a transaction.
    pub forwarded_responses: Counter,
    /// Requests that an event route or a module put aside before their route.
    pub dropped_requests: Counter,
    /// Responses that a route dropped.
    pub dropped_responses: Counter,
    /// What was received and is no message.
    pub bad_messages: Counter,
    /// What was received, begins as a response, and is none.
    pub bad_responses: Counter,
    /// Requests whose Request-URI is none.
    pub bad_uris: Counter,
    /// Messages without what every message needs.
    pub bad_headers: Counter,
    /// Runs that wait, of all lanes.
    pub parked_runs: Gauge,
    /// Runs that ended where they wanted to wait, since too many did.
    pub refused_runs: Counter,
    /// Messages that were dropped where they had to wait for a run of their call, since too many did.
    pub refused_messages: Counter,
    /// The octets that runs that wait take, about, and the messages that wait for them.
    pub parked_memory: Gauge,
}

impl Traffic {
    /// Counters among `statistics`.
    pub fn new(statistics: &Statistics) -> Traffic {
        let counter = |name: &str| statistics.counter(GROUP, name);
        Traffic {
            requests: counter("rcv_requests"),
            methods: METHODS.map(|(_, name)| counter(&format!("rcv_requests_{name}"))),
            unsupported_methods: counter("unsupported_methods"),
            responses: counter("rcv_replies"),
            classes: [1, 2, 3, 4, 5, 6].map(|class| counter(&format!("rcv_replies_{class}xx"))),
            answered: [1, 2, 3, 4, 5, 6].map(|class| {
                ANSWERED.map(|(_, name)| counter(&format!("rcv_replies_{class}xx_{name}")))
            }),
            ringing: counter("rcv_replies_18x"),
            statuses: STATUSES.map(|status| counter(&format!("rcv_replies_{status}"))),
            forwarded_requests: counter("fwd_requests"),
            forwarded_responses: counter("fwd_replies"),
            dropped_requests: counter("drop_requests"),
            dropped_responses: counter("drop_replies"),
            bad_messages: counter("err_requests"),
            bad_responses: counter("err_replies"),
            bad_uris: counter("bad_URIs_rcvd"),
            bad_headers: counter("bad_msg_hdr"),
            parked_runs: statistics.gauge(GROUP, "parked_runs"),
            refused_runs: counter("refused_runs"),
            refused_messages: counter("refused_messages"),
            parked_memory: statistics.gauge(GROUP, "parked_memory"),
        }
    }

    /// Counts a message that has arrived.
    pub fn received(&self, message: &Message) {
        if message.is_request() {
            self.requests.increment();
            let method = message.method();
            let position = METHODS.iter().position(|(known, _)| *known == method);
            match position.and_then(|position| self.methods.get(position)) {
                Some(counter) => counter.increment(),
                None if method == Method::Other => self.unsupported_methods.increment(),
                None => {}
            }
            if message.uri().is_err() {
                self.bad_uris.increment();
            }
            return;
        }
        self.responses.increment();
        let status = message.status();
        let class = usize::from(status / 100).wrapping_sub(1);
        if let Some(counter) = self.classes.get(class) {
            counter.increment();
        }
        if let Some(counters) = self.answered.get(class)
            && let Ok(cseq) = message.cseq()
        {
            let mut known = ANSWERED.iter().zip(counters);
            if let Some((_, counter)) = known.find(|((method, _), _)| *method == cseq.method) {
                counter.increment();
            }
        }
        if status / 10 == 18 {
            self.ringing.increment();
        } else if let Ok(position) = STATUSES.binary_search(&status)
            && let Some(counter) = self.statuses.get(position)
        {
            counter.increment();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_count_by_method_and_status() {
        let statistics = Statistics::default();
        let traffic = Traffic::new(&statistics);
        for line in [
            "OPTIONS sip:a SIP/2.0",
            "OPTIONS sip:a SIP/2.0",
            "FOO sip:a SIP/2.0",
            "OPTIONS sip:@@ SIP/2.0",
            "SIP/2.0 183 Session Progress",
            "SIP/2.0 404 Not Found",
        ] {
            let text = format!("{line}\r\nVia: SIP/2.0/UDP a\r\n\r\n");
            traffic.received(&Message::parse(text.into()).unwrap());
        }
        for (name, expected) in [
            ("rcv_requests", 4),
            ("rcv_requests_options", 3),
            ("bad_URIs_rcvd", 1),
            ("unsupported_methods", 1),
            ("rcv_replies", 2),
            ("rcv_replies_1xx", 1),
            ("rcv_replies_18x", 1),
            ("rcv_replies_4xx", 1),
            ("rcv_replies_404", 1),
            ("rcv_replies_5xx", 0),
        ] {
            assert_eq!(
                statistics.value(&format!("{GROUP}:{name}")),
                Some(expected),
                "{name}"
            );
        }
    }
}
