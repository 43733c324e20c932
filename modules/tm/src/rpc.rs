//! RPC commands.

mod answer;
mod attributes;
mod outcome;

use self::answer::Answer;
use crate::Tm;
use crate::control::{self, CancelCall};
use crate::functions::uac::{socket_named, take_headers};
use crate::table::{self, Table};
use crate::uac::{self, LocalRequest};
use attributes::{Attributes, Mode};
use module_api::{
    Fault, Gathering, LANE_LIMIT, LaneKey, RpcCall, RpcStruct, RpcValue, Text, Work, rpc,
};
use std::sync::Arc;
use std::time::Duration;

/// How many lanes are asked about their transactions.
const LANES: usize = 256;

fn instance(call: &RpcCall) -> Result<Arc<Tm>, Fault> {
    call.runtime
        .module::<Tm>()
        .ok_or_else(|| Fault::new(500, "tm is not loaded"))
}

/// Has something done to a transaction in its lane, as soon as nobody else is using that, and answers with what comes of it:
/// none means that there is no such transaction.
fn ask_lane(
    call: &mut RpcCall,
    lane: LaneKey<'_>,
    act: impl FnOnce(&mut Work<'_>) -> Option<Vec<RpcValue>> + Send + 'static,
) -> Result<(), Fault> {
    ask_lane_or(call, lane, bad("Transaction not found"), act)
}

/// As [`ask_lane`], with what is said when there is no such transaction.
fn ask_lane_or(
    call: &mut RpcCall,
    lane: LaneKey<'_>,
    missing: Fault,
    act: impl FnOnce(&mut Work<'_>) -> Option<Vec<RpcValue>> + Send + 'static,
) -> Result<(), Fault> {
    let answer = call.answer_later(LANE_LIMIT)?;
    call.runtime.host.on_lane(
        lane,
        Box::new(move |work| answer.finish(act(work).ok_or(missing))),
    );
    Ok(())
}

/// As [`ask_lane`]; the answer is empty.
fn in_lane(
    call: &mut RpcCall,
    lane: LaneKey<'_>,
    act: impl FnOnce(&mut Work<'_>) -> bool + Send + 'static,
) -> Result<(), Fault> {
    ask_lane(call, lane, move |work| act(work).then(Vec::new))
}

/// What was counted since the start.
#[rpc("tm.stats")]
fn stats(tm: &Tm, call: &mut RpcCall) -> Result<(), Fault> {
    let counters = &tm.counters;
    let created = counters.created.value();
    let freed = counters.freed.value();
    let mut reply = RpcStruct::new();
    reply
        .add("current", created - freed)
        .add("waiting", (counters.waiting.value() - freed).max(0))
        .add("total", created)
        .add("total_local", counters.own_requests.value())
        .add("rpl_received", counters.replies_received.value())
        .add("rpl_generated", counters.replies_generated.value())
        .add("rpl_sent", counters.replies_sent.value());
    for (class, counter) in [2, 3, 4, 5, 6].into_iter().zip(&counters.classes).rev() {
        reply.add(format!("{class}xx"), counter.value());
    }
    reply
        .add("created", created)
        .add("freed", freed)
        .add("delayed_free", 0);
    call.add(reply);
    Ok(())
}

/// How full the table is; there is one for each lane.
#[rpc("tm.hash_stats")]
fn hash_stats(tm: &Tm, call: &mut RpcCall) -> Result<(), Fault> {
    let counters = &tm.counters;
    let current = counters.created.value() - counters.freed.value();
    let mut reply = RpcStruct::new();
    reply
        .add("hash_size", LANES as i64)
        .add("crt_transactions", current)
        .add("all_transactions", counters.created.value());
    call.add(reply);
    Ok(())
}

/// The transactions in memory.
#[rpc("tm.list", list)]
fn list(call: &mut RpcCall) -> Result<(), Fault> {
    let answer = call.answer_later(LANE_LIMIT)?;
    let gathering = Gathering::new(move |found| answer.finish(Ok(found)));
    for lane in 0..LANES {
        let gathering = gathering.clone();
        call.runtime.host.on_lane(
            LaneKey::Number(lane),
            Box::new(move |work| {
                gathering.tell(lane, table::in_work(work, |_, table| shown(table)));
            }),
        );
    }
    Ok(())
}

/// The transactions, with whole header fields as 5.6.3 shows them. Those of one that is as good as over are gone.
fn shown(table: &Table) -> Vec<RpcValue> {
    table
        .cells()
        .map(|cell| {
            let (index, label) = table.shown(cell.id);
            let request = &cell.request;
            let field = |id| {
                let field = request.header(id);
                Text::from(field.map_or(&[][..], |field| request.text(field.whole())))
            };
            let method = match cell.method {
                sip::Method::Other => Text::from(request.method_name()),
                known => Text::from_static(known.name()),
            };
            let cseq = request.cseq();
            let cseq = cseq.map(|cseq| format!("CSeq: {}", cseq.number));
            let mut shown = RpcStruct::new();
            shown
                .add("tindex", index)
                .add("tlabel", label)
                .add("method", method)
                .add("from", field(sip::HeaderId::From))
                .add("to", field(sip::HeaderId::To))
                .add("callid", field(sip::HeaderId::CallId))
                .add("cseq", cseq.unwrap_or_default())
                .add(
                    "uas_request",
                    if cell.machine.is_own() { "no" } else { "yes" },
                )
                .add("tflags", i64::from(cell.flags.message))
                .add("outgoings", cell.machine.branches.len() as i64)
                .add("ref_count", 1)
                .add("lifetime", i64::from(cell.machine.times.lifetime));
            shown.into()
        })
        .collect()
}

/// Forgets transactions that are over. They are forgotten by themselves, too.
#[rpc("tm.clean")]
fn clean(call: &mut RpcCall) -> Result<(), Fault> {
    let _ = call;
    Ok(())
}

fn cseq_number(text: &Text) -> u32 {
    let digits = text.split(|byte| *byte == b' ').next().unwrap_or_default();
    stdx::number::parse_u64(digits)
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0)
}

/// Cancels the INVITE with that Call-ID and CSeq.
#[rpc("tm.cancel")]
fn cancel(call: &mut RpcCall) -> Result<(), Fault> {
    let tm = instance(call)?;
    let call_id = call.text()?;
    let cseq = cseq_number(&call.text()?);
    let key = call_id.clone();
    ask_lane(call, LaneKey::OfCall(&key), move |work| {
        let what = CancelCall::default();
        let pending = control::cancel_in(&tm, work, &call_id, cseq, what)?;
        let remaining = [
            RpcValue::from(pending as i64),
            RpcValue::from("branches remaining (waiting for timeout)"),
        ];
        // Observed on 5.6.3.
        Some(remaining.into_iter().filter(|_| pending > 0).collect())
    })
}

/// Answers a transaction: status, reason, `index:label`, To-tag, header lines, body.
#[rpc("tm.reply")]
fn reply(call: &mut RpcCall) -> Result<(), Fault> {
    let answer = Answer::begin(call)?;
    let name = call.text()?.to_str_lossy().into_owned();
    let answer = answer.end(call)?;
    let (index, label) = named(&name)?;
    let lane = LaneKey::Number(Table::lane_of(index));
    let missing = Fault::new(481, "No such transaction");
    answer.send(call, lane, missing, move |table| table.named(index, label))
}

fn named(text: &str) -> Result<(i64, i64), Fault> {
    let numbers = text
        .split_once(':')
        .and_then(|(index, label)| Some((index.trim().parse().ok()?, label.trim().parse().ok()?)));
    numbers.ok_or_else(|| bad("Invalid transaction ID"))
}

/// Answers the request with that Call-ID and CSeq: status, reason, Call-ID, CSeq, To-tag, header lines, body.
#[rpc("tm.reply_callid")]
fn reply_callid(call: &mut RpcCall) -> Result<(), Fault> {
    let answer = Answer::begin(call)?;
    let call_id = call.text()?;
    let cseq = cseq_number(&call.text()?);
    let answer = answer.end(call)?;
    let key = call_id.clone();
    let missing = Fault::new(404, "Transaction not found");
    answer.send(call, LaneKey::OfCall(&key), missing, move |table| {
        table.of_call(&call_id, cseq)
    })
}

fn again(
    work: &mut Work<'_>,
    find: impl FnOnce(&Table) -> Option<module_api::TransactionId>,
) -> bool {
    table::in_work(work, |work, table| {
        let Some(cell) = find(table).and_then(|id| table.get(id)) else {
            return false;
        };
        if !cell.response.is_empty() {
            work.outbox.push(cell.upstream, &cell.response);
        }
        !cell.response.is_empty()
    })
}

/// Sends the last response of a transaction again: `index:label`.
#[rpc("tm.retransmit_reply")]
fn retransmit_reply(call: &mut RpcCall) -> Result<(), Fault> {
    let name = call.text()?.to_str_lossy().into_owned();
    let (index, label) = named(&name)?;
    in_lane(call, LaneKey::Number(Table::lane_of(index)), move |work| {
        again(work, |table| table.named(index, label))
    })
}

/// Sends the last response to the request with that Call-ID and CSeq again.
#[rpc("tm.retransmit_reply_callid")]
fn retransmit_reply_callid(call: &mut RpcCall) -> Result<(), Fault> {
    let call_id = call.text()?;
    let cseq = cseq_number(&call.text()?);
    let key = call_id.clone();
    in_lane(call, LaneKey::OfCall(&key), move |work| {
        again(work, |table| table.of_call_or_response(&call_id, cseq))
    })
}

/// What the commands that send a request have been given: method, Request-URI, next hop, socket, header lines, body.
fn wanted(call: &mut RpcCall, is_hex: bool, no_ack: bool) -> Result<LocalRequest, Fault> {
    let method = call.text()?;
    let uri = call.text()?;
    let next_hop = call.text()?;
    let socket = call.text()?;
    let headers = call.text()?;
    let body = call.optional_text()?.unwrap_or_default();
    let is_nothing = |text: &Text| matches!(text.as_bytes(), b"" | b".");
    let mut request = LocalRequest {
        method,
        uri,
        next_hop: Some(next_hop).filter(|hop| !is_nothing(hop)),
        body: if is_hex { from_hex(&body)? } else { body },
        no_ack,
        ..LocalRequest::default()
    };
    check_places(&request)?;
    if !is_nothing(&socket) {
        let found = socket_named(&call.runtime, &socket);
        let found = found.ok_or_else(|| bad(format_args!("No local socket for \"{socket}\"")))?;
        request.socket = Some(found);
    }
    if !are_header_lines(&headers) {
        return Err(bad("Invalid headers"));
    }
    take_headers(&mut request, &headers);
    check_headers(&request, &headers)?;
    Ok(request)
}

fn bad(what: impl std::fmt::Display) -> Fault {
    Fault::new(400, what.to_string())
}

/// The words and the order of the checks are those observed on 5.6.3.
fn check_places(request: &LocalRequest) -> Result<(), Fault> {
    let is_uri = |text: &Text| sip::Uri::parse(text).is_ok();
    if request.method.is_empty() {
        return Err(bad("Empty method"));
    }
    if !is_uri(&request.uri) {
        let uri = &request.uri;
        return Err(bad(format_args!("Invalid request uri \"{uri}\"")));
    }
    match &request.next_hop {
        Some(hop) if !is_uri(hop) => Err(bad(format_args!("Invalid next-hop uri \"{hop}\""))),
        _ => Ok(()),
    }
}

/// As [`check_places`].
fn check_headers(request: &LocalRequest, headers: &[u8]) -> Result<(), Fault> {
    if !request.body.is_empty() && !has_field(headers, &[b"content-type", b"c"]) {
        return Err(bad("Content-Type missing"));
    }
    if request.from.is_empty() {
        return Err(bad("From missing"));
    }
    if request.to.is_empty() {
        return Err(bad("To missing"));
    }
    let method = field_of(headers, &[b"cseq"]).and_then(|value| {
        let mut words = value.split(u8::is_ascii_whitespace);
        words.rfind(|word| !word.is_empty())
    });
    if method.is_some_and(|method| *method != *request.method) {
        return Err(bad("CSeq method mismatch"));
    }
    Ok(())
}

/// RFC 3261 §25.1.
fn is_token(text: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte);
    !text.is_empty() && text.iter().all(fits)
}

/// Whether a text is header lines that a request of our own can have: with a name each, a CSeq that is one, and no Via.
fn are_header_lines(headers: &[u8]) -> bool {
    let mut lines = lines(headers).peekable();
    lines.peek().is_some()
        && lines.all(|(name, value)| match name.to_ascii_lowercase().as_slice() {
            b"" | b"via" | b"v" => false,
            b"cseq" => {
                let number = value.split(u8::is_ascii_whitespace).next();
                let is_number = number.is_some_and(|text| stdx::number::parse_u64(text).is_some());
                is_number && value.iter().any(u8::is_ascii_whitespace)
            }
            name => is_token(name),
        })
}

/// The header lines as name and value; one without colon has no name. What goes on behind a line end is left out.
fn lines(headers: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"))
        .map(|line| line.trim_ascii())
        .filter(|line| !line.is_empty())
        .map(|line| match stdx::ascii::split_once(line, b':') {
            Some((name, value)) => (name.trim_ascii(), value.trim_ascii()),
            None => (&[][..], line),
        })
}

fn field_of<'a>(headers: &'a [u8], names: &[&[u8]]) -> Option<&'a [u8]> {
    lines(headers)
        .find(|(name, _)| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
        .map(|(_, value)| value)
}

fn has_field(headers: &[u8], names: &[&[u8]]) -> bool {
    field_of(headers, names).is_some()
}

fn from_hex(text: &[u8]) -> Result<Text, Fault> {
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let bytes = digits
        .chunks(2)
        .map(|pair| {
            stdx::hex::parse(pair)
                .filter(|_| pair.len() == 2)
                .and_then(|byte| u8::try_from(byte).ok())
        })
        .collect::<Option<Vec<u8>>>();
    bytes
        .map(Text::from)
        .ok_or_else(|| Fault::new(400, "the body is not hexadecimal"))
}

fn start(call: &mut RpcCall, is_hex: bool, no_ack: bool) -> Result<(), Fault> {
    let request = wanted(call, is_hex, no_ack)?;
    start_with(call, &request)
}

fn start_with(call: &RpcCall, request: &LocalRequest) -> Result<(), Fault> {
    if uac::send(&call.runtime, request, None) {
        Ok(())
    } else {
        Err(Fault::new(500, "the request could not be made"))
    }
}

/// How long a request of our own may take before a command gives up on it: longer than an INVITE may ring.
const FINAL_LIMIT: Duration = Duration::from_secs(300);

/// How a final response is told.
type Tell = fn(&uac::FinalResponse) -> Result<Vec<RpcValue>, Fault>;

fn wait(call: &mut RpcCall, is_hex: bool, no_ack: bool, tell: Tell) -> Result<(), Fault> {
    let request = wanted(call, is_hex, no_ack)?;
    wait_for(call, &request, tell)
}

fn wait_for(call: &mut RpcCall, request: &LocalRequest, tell: Tell) -> Result<(), Fault> {
    let answer = call.answer_later(FINAL_LIMIT)?;
    let finish: uac::Finish = Box::new(move |_, response| answer.finish(tell(response)));
    if !uac::send(&call.runtime, request, Some(finish)) {
        return Err(Fault::new(500, "the request could not be made"));
    }
    Ok(())
}

/// Sends a request of our own without waiting for its response.
#[rpc("tm.t_uac_start")]
fn t_uac_start(call: &mut RpcCall) -> Result<(), Fault> {
    start(call, false, false)
}

/// As `tm.t_uac_start`, the body in hexadecimal.
#[rpc("tm.t_uac_start_hex")]
fn t_uac_start_hex(call: &mut RpcCall) -> Result<(), Fault> {
    start(call, true, false)
}

/// As `tm.t_uac_start`; a 2xx to an INVITE is not acknowledged.
#[rpc("tm.t_uac_start_noack")]
fn t_uac_start_noack(call: &mut RpcCall) -> Result<(), Fault> {
    start(call, false, true)
}

/// As `tm.t_uac_start_noack`, the body in hexadecimal.
#[rpc("tm.t_uac_start_noack_hex")]
fn t_uac_start_noack_hex(call: &mut RpcCall) -> Result<(), Fault> {
    start(call, true, true)
}

/// Sends a request of our own and answers with its final response: status, reason phrase, and unless it is a refusal Request-URI,
/// next hop and Route for what follows; then the message without its first line.
#[rpc("tm.t_uac_wait", list)]
fn t_uac_wait(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, false, false, outcome::whole)
}

/// As `tm.t_uac_wait`, the body in hexadecimal.
#[rpc("tm.t_uac_wait_hex", list)]
fn t_uac_wait_hex(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, true, false, outcome::whole)
}

/// As `tm.t_uac_wait`; a 2xx to an INVITE is not acknowledged.
#[rpc("tm.t_uac_wait_noack", list)]
fn t_uac_wait_noack(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, false, true, outcome::whole)
}

/// As `tm.t_uac_wait_noack`, the body in hexadecimal.
#[rpc("tm.t_uac_wait_noack_hex", list)]
fn t_uac_wait_noack_hex(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, true, true, outcome::whole)
}

/// As `tm.t_uac_wait`, but answers with status and reason phrase alone.
#[rpc("tm.t_uac_wait_block")]
fn t_uac_wait_block(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, false, false, outcome::brief)
}

/// As `tm.t_uac_wait_block`, the body in hexadecimal.
#[rpc("tm.t_uac_wait_block_hex")]
fn t_uac_wait_block_hex(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, true, false, outcome::brief)
}

/// As `tm.t_uac_wait_block`; a 2xx to an INVITE is not acknowledged.
#[rpc("tm.t_uac_wait_block_noack")]
fn t_uac_wait_block_noack(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, false, true, outcome::brief)
}

/// As `tm.t_uac_wait_block_noack`, the body in hexadecimal.
#[rpc("tm.t_uac_wait_block_noack_hex")]
fn t_uac_wait_block_noack_hex(call: &mut RpcCall) -> Result<(), Fault> {
    wait(call, true, true, outcome::brief)
}

/// As `tm.t_uac_start`, with attributes before the method: `mode=start`, `wait` or `block`, as the command of that name;
/// `cbflags=noack`; `rpflags=1`, the body in hexadecimal; `fr_timeout` and `fr_inv_timeout` in milliseconds.
#[rpc("tm.t_uac_attrs", list)]
fn t_uac_attrs(call: &mut RpcCall) -> Result<(), Fault> {
    let Attributes {
        mode,
        no_ack,
        is_hex,
        times,
    } = Attributes::read(&call.text()?)?;
    let request = LocalRequest {
        times,
        ..wanted(call, is_hex, no_ack)?
    };
    match mode {
        Mode::Start => start_with(call, &request),
        Mode::Wait => wait_for(call, &request, outcome::whole),
        Mode::Block => wait_for(call, &request, outcome::brief),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_have_names_and_none_of_them_is_a_via() {
        let fine = b"From: <sip:a@b>\r\nTo: <sip:c@d>\r\n x\r\nCSeq: 5 OPTIONS\r\n\r\n";
        assert!(are_header_lines(fine));
        let bad: [&[u8]; 6] = [
            b"",
            b".",
            b"no colon\r\n",
            b"a b: c\r\n",
            b"CSeq: abc\r\n",
            b"From: <sip:a@b>\r\nVia: SIP/2.0/UDP 1.2.3.4\r\n",
        ];
        for headers in bad {
            assert!(!are_header_lines(headers));
        }
    }

    #[test]
    fn a_body_needs_its_type_and_the_method_of_the_cseq_is_that_of_the_request() {
        let check = |headers: &[u8], body: &'static str| {
            let mut request = LocalRequest {
                method: Text::from_static("OPTIONS"),
                body: Text::from_static(body),
                ..LocalRequest::default()
            };
            take_headers(&mut request, headers);
            check_headers(&request, headers).map_err(|fault| fault.message)
        };
        let told = |what: &str| Err(what.to_owned());
        let both = b"From: <sip:a@b>\r\nTo: <sip:c@d>\r\n";
        assert_eq!(check(both, ""), Ok(()));
        assert_eq!(check(both, "."), told("Content-Type missing"));
        let typed = [&both[..], b"c: text/plain\r\n"].concat();
        assert_eq!(check(&typed, "x"), Ok(()));
        assert_eq!(check(b"To: <sip:c@d>\r\n", ""), told("From missing"));
        assert_eq!(check(b"From: <sip:a@b>\r\n", ""), told("To missing"));
        let other = [&both[..], b"CSeq: 5 INFO\r\n"].concat();
        assert_eq!(check(&other, ""), told("CSeq method mismatch"));
    }
}
