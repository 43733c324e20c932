//! The ACK for a 2xx to an INVITE of ours (RFC 3261 §13.2.2.4).

use crate::cell::{ANSWERS_MAX, Stored};
use crate::table::{self, Table};
use crate::{Tm, control, events, uac};
use module_api::relay::{numeric_hop, outgoing_socket, write_via};
use module_api::{
    Call, Delivery, LaneKey, Located, NextHop, Runtime, Step, Text, TransactionId, Work,
};
use sip::identifiers::BranchId;
use sip::{HeaderId, Message, Method};
use smallvec::SmallVec;
use std::sync::Arc;
use stdx::number::push_decimal;

/// What an ACK has beside what its dialog says.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Header lines.
    pub headers: Text,
    /// The body.
    pub body: Text,
}

/// An ACK that was sent: it is sent again when its 2xx comes again.
pub struct Sent {
    /// The To tag of the 2xx.
    to_tag: Box<[u8]>,
    delivery: Delivery,
    bytes: Box<[u8]>,
}

impl Sent {
    fn weight(&self) -> usize {
        size_of::<Sent>() + self.to_tag.len() + self.bytes.len()
    }
}

/// The ACKs that were sent for the 2xx to one INVITE. Of more than [`ANSWERS_MAX`] each is made anew when its 2xx comes again.
#[derive(Default)]
pub struct SentAcks(Vec<Sent>);

impl SentAcks {
    fn of(&self, response: &Message) -> Option<&Sent> {
        let tag = response.to_tag().unwrap_or_default();
        self.0.iter().find(|sent| *sent.to_tag == *tag)
    }

    fn add(&mut self, sent: Sent) {
        if self.0.len() < ANSWERS_MAX {
            self.0.push(sent);
        }
    }

    /// The octets they take.
    pub fn weight(&self) -> usize {
        self.0.iter().map(Sent::weight).sum()
    }
}

/// The 2xx to an INVITE of a call of ours that is acknowledged.
struct Answer {
    id: TransactionId,
    branch: usize,
    response: Box<Stored>,
}

/// Acknowledges a 2xx that has come, unless that is left to others.
pub fn answered(tm: &Arc<Tm>, work: &mut Work<'_>, call: &Call, id: TransactionId, branch: usize) {
    let answer = Answer {
        id,
        branch,
        response: Box::new(Stored {
            message: call.message.clone(),
            edits: sip::Edits::new(),
            changed: None,
            reception: call.reception,
        }),
    };
    let leaves_it = table::in_work(work, |work, table| {
        let cell = table.get_mut(id)?;
        if let Some(sent) = cell.local_acks.of(&answer.response.message) {
            work.outbox.push(sent.delivery, &sent.bytes);
            return None;
        }
        Some(cell.is(crate::armed::Options::NO_ACK))
    });
    match leaves_it {
        None => {}
        Some(false) => acknowledge(tm, work, answer, Extra::default()),
        Some(true) => table::in_work(work, |_, table| {
            let leg = table.get_mut(id).and_then(|cell| cell.legs.get_mut(branch));
            if let Some(leg) = leg {
                leg.response = Some(answer.response);
            }
        }),
    }
}

/// Acknowledges the 2xx to the INVITE with that Call-ID and CSeq number that was left to others.
pub fn of_call(tm: &Arc<Tm>, call: &mut Call, call_id: Text, cseq: u32, extra: Extra) -> Step {
    let (tm, key) = (tm.clone(), call_id.clone());
    control::elsewhere(call, LaneKey::OfCall(&key), move |work| {
        let answer = table::in_work(work, |_, table| unacknowledged(table, &call_id, cseq));
        let Some(answer) = answer else { return false };
        acknowledge(&tm, work, answer, extra);
        true
    })
}

fn unacknowledged(table: &mut Table, call_id: &[u8], cseq: u32) -> Option<Answer> {
    let id = table.of_dialog(call_id, cseq)?;
    let cell = table.get_mut(id)?;
    if !cell.machine.is_own() || cell.method != Method::Invite {
        return None;
    }
    let mut legs = cell.legs.iter_mut().enumerate();
    legs.find_map(|(branch, leg)| {
        let response = leg.response.take()?;
        Some(Answer {
            id,
            branch,
            response,
        })
    })
}

/// Where an ACK is to go and what for.
struct Way {
    /// The Request-URI.
    uri: Text,
    /// What the Route lines say.
    routes: Vec<Text>,
    /// The URI whose place it is sent to.
    next: Text,
}

/// The way of an ACK by the dialog that the 2xx has made (RFC 3261 §12.2.1.1).
fn way(invite: &Message, response: &Message) -> Way {
    let mut routes: Vec<Text> = response
        .list(HeaderId::RecordRoute)
        .map(|span| Text::from(response.text(span)))
        .collect();
    routes.reverse();
    let contact = response.contacts().find_map(|contact| match contact {
        Ok(sip::Contact::Address(address)) => Some(response.text(address.uri)),
        _ => None,
    });
    let target = Text::from(contact.unwrap_or_else(|| invite.request_uri()));
    let Some(first) = routes.first().map(|route| uri_of(route)) else {
        return Way {
            uri: target.clone(),
            routes,
            next: target,
        };
    };
    let is_loose = sip::Uri::parse(&first).is_ok_and(|uri| uri.param(b"lr").is_some());
    if is_loose {
        return Way {
            uri: target,
            routes,
            next: first,
        };
    }
    // A strict router finds the target at the end of the route.
    routes.remove(0);
    routes.push(Text::concat(&[b"<", &target, b">"]));
    Way {
        uri: first.clone(),
        routes,
        next: first,
    }
}

fn uri_of(route: &[u8]) -> Text {
    let mut parts = route.split(|byte| matches!(byte, b'<' | b'>'));
    let whole = parts.next().unwrap_or_default();
    Text::from(parts.next().unwrap_or(whole))
}

/// Sends the ACK, when it is known where to.
fn acknowledge(tm: &Arc<Tm>, work: &mut Work<'_>, answer: Answer, extra: Extra) {
    let found = table::in_work(work, |_, table| {
        let cell = table.get(answer.id)?;
        let leg = cell.legs.get(answer.branch)?;
        let invite = Message::parse(leg.sent.to_vec().into()).ok()?;
        Some((invite, leg.delivery, cell.runtime.clone()))
    });
    let Some((invite, mut delivery, runtime)) = found else {
        return;
    };
    let way = way(&invite, &answer.response.message);
    let next = way.next.clone();
    let ack = Ack {
        tm: tm.clone(),
        answer,
        invite,
        way,
        extra,
    };
    match tm.params.local_ack_mode.get() {
        1 => return ack.send(work, delivery),
        2 => {
            delivery.peer = ack.answer.response.reception.peer;
            return ack.send(work, delivery);
        }
        _ => {}
    }
    let located = match numeric_hop(&next) {
        Some(hop) => Located::Ready(vec![hop]),
        None => runtime.host.locate(&next),
    };
    match located {
        Located::Ready(hops) => ack.send_to(work, &runtime, delivery, &hops),
        Located::Later(answer) => {
            let host = runtime.host.clone();
            host.spawn(Box::pin(async move {
                let hops = answer.await;
                let call_id = Text::from(ack.invite.call_id().unwrap_or_default());
                let host = runtime.host.clone();
                host.on_lane(
                    LaneKey::OfCall(&call_id),
                    Box::new(move |work| ack.send_to(work, &runtime, delivery, &hops)),
                );
            }));
        }
    }
}

/// An ACK before it is sent.
struct Ack {
    tm: Arc<Tm>,
    answer: Answer,
    invite: Message,
    way: Way,
    extra: Extra,
}

impl Ack {
    /// Sends it to the first of the places that one of our sockets reaches.
    fn send_to(
        self,
        work: &mut Work<'_>,
        runtime: &Arc<Runtime>,
        mut delivery: Delivery,
        hops: &[NextHop],
    ) {
        let stored = &self.answer.response;
        let mut call = work.context(runtime, stored.message.clone(), stored.reception);
        let found = hops.iter().find_map(|hop| {
            let socket = outgoing_socket(&call, Some(delivery.socket), *hop)
                .or_else(|_| outgoing_socket(&call, None, *hop));
            Some((*hop, socket.ok()?))
        });
        if found.is_none() {
            let next = &self.way.next;
            call.error(format_args!("no ACK can be sent to {next}"));
        }
        work.give_back(call);
        let Some((hop, socket)) = found else { return };
        let is_same = (hop.transport, hop.address) == (delivery.transport, delivery.peer);
        if !is_same {
            delivery.connection = None;
        }
        delivery.transport = hop.transport;
        delivery.peer = hop.address;
        delivery.socket = socket;
        self.send(work, delivery);
    }

    fn send(self, work: &mut Work<'_>, delivery: Delivery) {
        let id = self.answer.id;
        let runtime = table::in_work(work, |_, table| Some(table.get(id)?.runtime.clone()));
        let Some(runtime) = runtime else { return };
        let stored = &self.answer.response;
        let call = work.context(&runtime, stored.message.clone(), stored.reception);
        let branch = self.branch(&runtime);
        let start = work.outbox.buffer.len();
        work.outbox
            .push_with(delivery, |out| self.write(&call, &delivery, &branch, out));
        let bytes = work.outbox.buffer.get(start..).unwrap_or_default();
        events::acknowledged(&call);
        let sent = Sent {
            to_tag: stored.message.to_tag().unwrap_or_default().into(),
            delivery,
            bytes: bytes.into(),
        };
        work.give_back(call);
        table::in_work(work, |_, table| {
            if let Some(cell) = table.get_mut(id) {
                cell.local_acks.add(sent);
            }
        });
    }

    /// The branch of its Via, by `local_ack_branch_mode`.
    fn branch(&self, runtime: &Runtime) -> BranchId {
        let mode = self.tm.params.local_ack_branch_mode;
        let via = self.invite.top_via().ok().and_then(|via| via.branch);
        let of_invite = via.and_then(|span| BranchId::parse(self.invite.text(span)));
        match of_invite.filter(|_| mode < 2) {
            Some(branch) if mode == 0 => branch,
            Some(branch) => BranchId {
                index: u16::MAX - branch.index,
                ..branch
            },
            None => uac::unique(&self.tm, runtime),
        }
    }

    fn write(&self, call: &Call, delivery: &Delivery, branch: &BranchId, out: &mut Vec<u8>) {
        out.extend_from_slice(b"ACK ");
        out.extend_from_slice(&self.way.uri);
        out.extend_from_slice(b" SIP/2.0\r\n");
        write_via(call, delivery, branch, out);
        let invite = &self.invite;
        for (message, id) in [
            (invite, HeaderId::From),
            (invite, HeaderId::CallId),
            (&call.message, HeaderId::To),
        ] {
            if let Some(field) = message.header(id) {
                out.extend_from_slice(message.text(field.whole()));
            }
        }
        out.extend_from_slice(b"CSeq: ");
        push_decimal(out, invite.cseq().map_or(1, |cseq| cseq.number));
        out.extend_from_slice(b" ACK\r\n");
        let routes: SmallVec<[&[u8]; 4]> = self.way.routes.iter().map(|route| &**route).collect();
        if !routes.is_empty() {
            out.extend_from_slice(b"Route: ");
            out.extend_from_slice(&routes.join(&b", "[..]));
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"Max-Forwards: 70\r\n");
        out.extend_from_slice(&call.runtime.settings.user_agent_line);
        let headers = &self.extra.headers;
        out.extend_from_slice(headers);
        if !headers.is_empty() && !headers.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"Content-Length: ");
        push_decimal(out, self.extra.body.len());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&self.extra.body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_of(fields: &str) -> (String, String, String) {
        let parse = |text: String| Message::parse(text.into()).unwrap();
        let invite = parse("INVITE sip:bob@host SIP/2.0\r\n\r\n".into());
        let response = parse(format!("SIP/2.0 200 OK\r\n{fields}\r\n"));
        let way = way(&invite, &response);
        let routes: Vec<_> = way
            .routes
            .iter()
            .map(|route| route.to_str_lossy())
            .collect();
        (
            way.uri.to_str_lossy().into_owned(),
            routes.join(" "),
            way.next.to_str_lossy().into_owned(),
        )
    }

    #[test]
    fn of_ever_new_answers_only_so_many_acks_are_kept() {
        let mut acks = SentAcks::default();
        let delivery = Delivery {
            transport: sip::Transport::Udp,
            peer: std::net::SocketAddr::from(([127, 0, 0, 1], 5060)),
            socket: module_api::SocketId(0),
            connection: None,
            no_connect: false,
            close_after: false,
            anew: None,
        };
        for number in 0..1_000 {
            acks.add(Sent {
                to_tag: format!("{number}").into_bytes().into(),
                delivery,
                bytes: Box::default(),
            });
        }
        assert_eq!(acks.0.len(), ANSWERS_MAX);
        let answer = |tag: &str| {
            Message::parse(format!("SIP/2.0 200 OK\r\nTo: <sip:b@b>;tag={tag}\r\n\r\n").into())
        };
        assert!(acks.of(&answer("63").unwrap()).is_some());
        assert!(acks.of(&answer("64").unwrap()).is_none());
    }

    #[test]
    fn the_ack_to_a_2xx_follows_the_dialog() {
        let text = |uri: &str, routes: &str, next: &str| (uri.into(), routes.into(), next.into());
        assert_eq!(way_of(""), text("sip:bob@host", "", "sip:bob@host"));
        assert_eq!(way_of("Contact: <sip:a>\r\n"), text("sip:a", "", "sip:a"));
        let fields = "Contact: <sip:a>\r\nRecord-Route: <sip:c;lr>, <sip:d;lr>\r\n";
        let wanted = text("sip:a", "<sip:d;lr> <sip:c;lr>", "sip:d;lr");
        assert_eq!(way_of(fields), wanted);
        let fields = "Contact: <sip:a>\r\nRecord-Route: <sip:c>\r\nRecord-Route: <sip:d>\r\n";
        let wanted = text("sip:d", "<sip:c> <sip:a>", "sip:d");
        assert_eq!(way_of(fields), wanted);
    }
}
