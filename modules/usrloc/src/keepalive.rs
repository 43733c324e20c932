//! Keeping contacts alive: requests to them, spread over the interval, and what their answers tell.

use crate::binding::Binding;
use crate::domain::{AorBinding, Domain};
use crate::{Usrloc, seconds};
use module_api::{
    Admission, Call, Delivery, Diagnostic, Loader, Located, LogLevel, NextHop, Runtime, Template,
    ast, relay,
};
use sip::{Transport, Uri};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::hash::Seed;
use stdx::hex;

/// What the Call-ID of these requests begins with (observed on 5.6.3).
const CALL_ID: &[u8] = b"ksrulka-";

/// What is kept from one request to the next, and what it is done by.
pub struct Keepalive {
    log: Template,
    codes: Codes,
    pace: Pace,
    tick: AtomicU64,
    count: AtomicU64,
}

/// The statuses that count as an answer, or their first digits; none is any.
struct Codes(Vec<u16>);

impl Codes {
    fn parse(text: &[u8]) -> Codes {
        let codes = text.split(|byte| *byte == b',');
        let codes = codes.filter_map(|code| stdx::number::parse_u64(code.trim_ascii()));
        let codes = codes.filter_map(|code| u16::try_from(code).ok());
        Codes(codes.filter(|code| *code != 0).collect())
    }

    fn takes(&self, status: u16) -> bool {
        self.0.is_empty() || self.0.contains(&status) || self.0.contains(&(status / 100))
    }
}

/// When contacts are sent requests (`ka_interval`, `ka_randomize`). Seconds.
struct Pace {
    interval: u32,
    /// How much later at most.
    spread: u32,
    /// How often it is looked who is due.
    step: u32,
    seed: Seed,
}

/// How many times during an interval it is looked who is due.
const LOOKS: u32 = 8;

impl Pace {
    fn new(interval: u32, randomize: u32, seed: Seed) -> Pace {
        let step = (interval / LOOKS).max(1);
        Pace {
            interval,
            // Who is due is found up to a step later.
            spread: randomize.saturating_sub(step - 1),
            step,
            seed,
        }
    }

    /// Whether a contact is due, for whom then the next time is settled.
    fn is_due(&self, binding: &mut Binding, now: u32) -> bool {
        if binding.facts.next_keepalive == 0 {
            binding.facts.next_keepalive = self.after(binding.facts.last_keepalive, binding.ruid());
        }
        let is_due = binding.facts.next_keepalive <= now;
        if is_due {
            binding.facts.next_keepalive = self.after(now, binding.ruid());
        }
        is_due
    }

    fn after(&self, second: u32, ruid: &[u8]) -> u32 {
        let random = self.seed.hash_bytes(ruid) ^ u64::from(second);
        let random = self.seed.hash_bytes(&random.to_be_bytes()) % (u64::from(self.spread) + 1);
        second
            .saturating_add(self.interval)
            .saturating_add(u32::try_from(random).unwrap_or(0))
    }
}

/// What `ka_mode` and `ka_filter` choose.
#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    all: bool,
    behind_nat: u32,
    udp_only: bool,
    server_id: Option<u32>,
}

impl Choice {
    fn of(usrloc: &Usrloc) -> Choice {
        let mode = usrloc.params.ka_mode;
        Choice {
            all: mode & 1 != 0 || mode & 3 == 0,
            behind_nat: if mode & 2 != 0 { usrloc.nat_flag() } else { 0 },
            udp_only: mode & 4 != 0,
            server_id: (usrloc.params.ka_filter & 1 != 0).then(|| usrloc.server_id()),
        }
    }

    fn takes(&self, runtime: &Runtime, binding: &Binding) -> bool {
        let facts = &binding.facts;
        let chosen = self.all || facts.branch_flags & self.behind_nat != 0;
        let of_us = self.server_id.is_none_or(|id| facts.server_id == id);
        chosen && of_us && (!self.udp_only || transport(runtime, binding) == Transport::Udp)
    }
}

fn transport(runtime: &Runtime, binding: &Binding) -> Transport {
    let socket = binding.facts.socket();
    let socket = socket.and_then(|id| runtime.sockets.get(id));
    socket.map_or(Transport::Udp, |socket| socket.transport)
}

impl Usrloc {
    /// Registers what keeping contacts alive needs, if it is wanted.
    pub(crate) fn start_keepalive(
        self: &Arc<Self>,
        loader: &mut Loader<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        if self.params.ka_mode == 0 {
            return Ok(());
        }
        let message = &self.params.ka_logmsg;
        let place = ast::TextPlace::Whole(message.span);
        let log = loader
            .binder
            .template_at(&message.value.to_str_lossy(), place)
            .map_err(|mistake| vec![mistake])?;
        let seconds = |number: i64| u32::try_from(number).unwrap_or(0);
        let params = &self.params;
        let interval = seconds(params.ka_interval).max(1);
        let seed = Seed::new(crate::fastrand_seed());
        let keepalive = Keepalive {
            pace: Pace::new(interval, seconds(params.ka_randomize), seed),
            log,
            codes: Codes::parse(&params.ka_reply_codes),
            tick: AtomicU64::new(0),
            count: AtomicU64::new(0),
        };
        // A second start of the same instance has the same parameters.
        let _ = self.keepalive.set(keepalive);
        let usrloc = self.clone();
        loader
            .hooks
            .on_response(move |call| answered(&usrloc, call));
        let usrloc = self.clone();
        loader.hooks.every(
            "usrloc keepalive",
            Duration::from_secs(1),
            move |runtime, _| {
                send_part(&usrloc, runtime);
            },
        );
        Ok(())
    }
}

/// Sends requests to the contacts that are due; looks through a part of the tables each second.
fn send_part(usrloc: &Arc<Usrloc>, runtime: &Arc<Runtime>) {
    let Some(keepalive) = usrloc.keepalive.get() else {
        return;
    };
    let parts = keepalive.pace.step as usize;
    let part = keepalive.tick.fetch_add(1, Ordering::Relaxed) as usize % parts;
    let choice = Choice::of(usrloc);
    let now = seconds(runtime.host.unix_time());
    let timeout = u32::try_from(usrloc.params.ka_timeout).unwrap_or(0);
    for domain in usrloc.domains() {
        let is_silent = |binding: &Binding| {
            timeout != 0 && now.saturating_sub(binding.facts.last_keepalive) > timeout
        };
        let chosen = domain.copies_in_part(part, parts, |binding| {
            binding.facts.is_valid(now)
                && choice.takes(runtime, binding)
                && (is_silent(binding) || keepalive.pace.is_due(binding, now))
        });
        for contact in chosen {
            if is_silent(&contact.binding) {
                usrloc.take_out(runtime, &domain, &contact);
            } else {
                send(usrloc, keepalive, runtime, &contact);
            }
        }
    }
}

impl Usrloc {
    /// Takes out a contact that answers no longer, and tells whoever wants to know.
    pub fn take_out(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, contact: &AorBinding) {
        let (gone, changes) = domain.access(&contact.aor, |access| {
            access.take(|binding| binding.ruid() == contact.binding.ruid())
        });
        if let Some(storage) = self.storage() {
            storage.write_later(runtime, domain, changes);
        }
        for binding in gone {
            let aor = contact.aor.clone();
            self.tell(runtime, domain, &AorBinding { aor, binding });
        }
    }
}

fn send(usrloc: &Arc<Usrloc>, keepalive: &Keepalive, runtime: &Arc<Runtime>, contact: &AorBinding) {
    let texts = contact.binding.texts();
    let path = sip::CommaList::new(texts.path).next();
    let path = path.and_then(|value| sip::NameAddr::within(texts.path, value).ok());
    let place = match path {
        Some(first) => first.uri.of(texts.path),
        None if texts.received.is_empty() => texts.contact,
        None => texts.received,
    };
    let message = write(usrloc, keepalive, runtime, contact);
    let Some((message, socket)) = message else {
        return;
    };
    let delivery = move |hop: NextHop, connection| Delivery {
        transport: hop.transport,
        peer: hop.address,
        socket,
        connection,
        no_connect: false,
        close_after: false,
        anew: None,
    };
    let connection = contact.binding.facts.connection();
    if let Some(hop) = relay::numeric_hop(place) {
        runtime.host.send(&delivery(hop, connection), &message);
        return;
    }
    let first = move |runtime: &Runtime, hops: Vec<NextHop>| {
        if let Some(hop) = hops.first() {
            runtime.host.send(&delivery(*hop, connection), &message);
        }
    };
    match runtime.host.locate(&module_api::Text::from(place)) {
        Located::Ready(hops) => first(runtime, hops),
        Located::Later(answer) => {
            let host = runtime.clone();
            let task = async move { first(&host, answer.await) };
            runtime.host.spawn(Box::pin(task));
        }
    }
}

/// The request to a contact, and our socket that it leaves by.
fn write(
    usrloc: &Usrloc,
    keepalive: &Keepalive,
    runtime: &Runtime,
    contact: &AorBinding,
) -> Option<(Vec<u8>, module_api::SocketId)> {
    let (texts, facts) = (contact.binding.texts(), &contact.binding.facts);
    let socket = match facts.socket().and_then(|id| runtime.sockets.get(id)) {
        Some(socket) => socket,
        None => runtime.sockets.list.first()?,
    };
    let params = &usrloc.params;
    let count = keepalive.count.fetch_add(1, Ordering::Relaxed);
    let micros = runtime.host.unix_time().as_micros() as u64;
    let mut out = Vec::with_capacity(512);
    let mut put = |parts: &[&[u8]]| {
        for part in parts {
            out.extend_from_slice(part);
        }
    };
    let number = |number: u64| {
        let mut digits = Vec::with_capacity(16);
        hex::push_number(&mut digits, number);
        digits
    };
    let (micros, count) = (number(micros), number(count));
    let mut port = Vec::with_capacity(5);
    stdx::number::push_decimal(&mut port, socket.shown_port());
    put(&[
        &params.ka_method,
        b" ",
        texts.contact,
        b" SIP/2.0\r\nVia: SIP/2.0/",
    ]);
    put(&[
        socket.transport.via_name().as_bytes(),
        b" ",
        socket.shown_host(),
        b":",
        &port,
    ]);
    put(&[b";branch=z9hG4bKka.", &micros, b".", &count, b"\r\n"]);
    if !texts.path.is_empty() {
        put(&[b"Route: ", texts.path, b"\r\n"]);
    }
    put(&[
        b"From: <",
        &params.ka_from,
        b">;tag=",
        texts.ruid,
        b"-",
        &micros,
        b"\r\nTo: <sip:",
        &called(usrloc, &contact.aor),
    ]);
    put(&[b">\r\nCall-ID: ", CALL_ID, &micros, b"-", &count]);
    put(&[
        b"\r\nCSeq: 80 ",
        &params.ka_method,
        b"\r\n",
        &runtime.settings.user_agent_line,
    ]);
    put(&[b"Content-Length: 0\r\n\r\n"]);
    Some((out, socket.id))
}

/// The address-of-record as a URI has it behind its scheme: with its own domain or, where records have none, `ka_domain`.
fn called(usrloc: &Usrloc, aor: &[u8]) -> Vec<u8> {
    let params = &usrloc.params;
    let (user, domain) = match aor.iter().rposition(|byte| *byte == b'@') {
        Some(at) if params.use_domain => aor.split_at(at),
        _ => (aor, &b""[..]),
    };
    let mut name = Vec::with_capacity(aor.len());
    sip::escape_user(user, &mut name);
    if domain.is_empty() {
        name.push(b'@');
        name.extend_from_slice(&params.ka_domain);
    }
    name.extend_from_slice(domain);
    name
}

/// Takes the answer to one of our requests.
fn answered(usrloc: &Usrloc, call: &mut Call) -> Admission {
    let message = call.message.clone();
    if !message.call_id().unwrap_or_default().starts_with(CALL_ID) {
        return Admission::Continue;
    }
    let Some(keepalive) = usrloc.keepalive.get() else {
        return Admission::Continue;
    };
    let counts = keepalive.codes.takes(message.status());
    let tag = message.from_tag().unwrap_or_default();
    let dash = tag.iter().rposition(|byte| *byte == b'-');
    let Some((ruid, sent)) = dash.and_then(|at| Some((tag.get(..at)?, tag.get(at + 1..)?))) else {
        return Admission::Consumed;
    };
    let Some(sent) = hex::parse(sent).filter(|_| counts && message.status() >= 200) else {
        return Admission::Consumed;
    };
    let roundtrip = (call.unix_time.as_micros() as u64).saturating_sub(sent);
    let to = message.to().ok().map(|to| message.text(to.uri));
    let Some(uri) = to.and_then(|uri| Uri::parse(uri).ok()) else {
        return Admission::Consumed;
    };
    let mut aor = Vec::with_capacity(64);
    sip::unescape(uri.user().unwrap_or_default(), &mut aor);
    if usrloc.params.use_domain {
        aor.push(b'@');
        aor.extend_from_slice(uri.host());
    }
    let now = seconds(call.unix_time);
    for domain in usrloc.domains() {
        domain.access(&aor, |access| {
            let found = access.bindings().iter().position(|b| b.ruid() == ruid);
            if let Some(at) = found {
                access.touch(at, |binding| {
                    binding.facts.last_keepalive = now;
                    binding.facts.roundtrip_us = u32::try_from(roundtrip).unwrap_or(u32::MAX);
                });
            }
        });
    }
    if let Some(level) = level(usrloc.params.ka_loglevel) {
        let text = keepalive.log.text(call);
        let ruid = module_api::Text::from(ruid);
        let (whole, rest) = (roundtrip / 1_000_000, roundtrip % 1_000_000);
        call.log(
            level,
            format_args!("keepalive roundtrip: {whole}.{rest:06} sec - ruid [{ruid}]{text}"),
        );
    }
    Admission::Consumed
}

fn level(number: i64) -> Option<LogLevel> {
    match number {
        255 => None,
        number => Some(LogLevel::from_number(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::{Facts, Texts};

    fn binding(ruid: &str) -> Binding {
        let texts = Texts {
            ruid: ruid.as_bytes(),
            ..Texts::default()
        };
        let facts = Facts {
            last_keepalive: 1_000,
            ..Facts::default()
        };
        Binding::new(&texts, facts).unwrap()
    }

    /// When a contact is sent requests, looked at every `step` seconds.
    fn sent(pace: &Pace, ruid: &str) -> Vec<u32> {
        let mut binding = binding(ruid);
        let looks = (1_000..3_000).step_by(pace.step as usize);
        looks
            .filter(|now| pace.is_due(&mut binding, *now))
            .collect()
    }

    #[test]
    fn requests_to_a_contact_are_between_the_interval_and_its_random_part_apart() {
        for (interval, randomize) in [(40, 20), (40, 6), (30, 0), (1, 0), (7, 100)] {
            let pace = Pace::new(interval, randomize, Seed::new(7));
            let most = interval + randomize.max(pace.step - 1);
            for ruid in ["a", "b", "c"] {
                let mut before = 1_000;
                for now in sent(&pace, ruid) {
                    let apart = now - before;
                    assert!(
                        (interval..=most).contains(&apart),
                        "{interval} {randomize} {apart}"
                    );
                    before = now;
                }
                assert!(before > 3_000 - most * 2);
            }
        }
    }

    #[test]
    fn answers_count_by_their_status_or_its_class() {
        for (codes, status, counts) in [
            ("0", 503, true),
            ("", 200, true),
            ("2,405, 486", 202, true),
            ("2,405, 486", 405, true),
            ("2,405, 486", 486, true),
            ("2,405, 486", 404, false),
            ("2,405, 486", 503, false),
        ] {
            assert_eq!(
                Codes::parse(codes.as_bytes()).takes(status),
                counts,
                "{codes} {status}"
            );
        }
    }

    #[test]
    fn contacts_registered_together_are_not_sent_requests_together() {
        let pace = Pace::new(40, 20, Seed::new(7));
        let first = |number: usize| sent(&pace, &number.to_string()).first().copied();
        let mut times: Vec<_> = (0..100).map(first).collect();
        times.sort();
        times.dedup();
        assert!(times.len() >= 4, "{times:?}");
    }
}
