//! A request handed over to another program, which answers it by RPC (`tm.reply`): the form observed on 5.6.3.

use crate::Tm;
use crate::cell::Leg;
use crate::driver::{self, Place};
use crate::table;
use module_api::{Answered, AvpName, Call, Step, Text, TransactionId, Value, Verdict};
use sip::{Contact, HeaderId, Method, NameAddr, Uri};
use std::io;
use std::time::Duration;

/// Some lines that `tw_append` names.
pub struct Append {
    name: Text,
    pieces: Vec<Piece>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// The first header field of a name.
    Header { title: Text, name: Text },
    /// A variable.
    Avp { title: Text, name: AvpName },
    /// The body, in its own place.
    Body,
}

impl Append {
    /// Reads `name:[title=]hdr[NAME];[title=]avp[NAME];msg[body]`.
    pub fn parse(text: &str) -> Option<Append> {
        let (name, pieces) = text.split_once(':')?;
        let pieces = pieces.split(';').map(str::trim);
        let pieces: Option<Vec<_>> = pieces
            .filter(|piece| !piece.is_empty())
            .map(Piece::parse)
            .collect();
        Some(Append {
            name: Text::from(name.trim()),
            pieces: pieces?,
        })
    }
}

impl Piece {
    fn parse(text: &str) -> Option<Piece> {
        let (title, source) = match text.split_once('=') {
            Some((title, source)) => (Some(title.trim()), source.trim()),
            None => (None, text),
        };
        let (kind, name) = source.strip_suffix(']')?.split_once('[')?;
        let title = Text::from(title.unwrap_or(name));
        match kind {
            "hdr" => Some(Piece::Header {
                title,
                name: Text::from(name),
            }),
            "avp" => Some(Piece::Avp {
                title,
                name: avp_name(name)?,
            }),
            "msg" if name == "body" => Some(Piece::Body),
            _ => None,
        }
    }

    fn write(&self, call: &Call, out: &mut Vec<u8>) {
        let (title, value) = match self {
            Piece::Body => return,
            Piece::Header { title, name } => {
                let message = &call.message;
                let field = message.headers_named(name).next();
                (
                    title,
                    field.map(|field| Text::from(message.text(field.value()))),
                )
            }
            Piece::Avp { title, name } => {
                let value = call.attributes.avps.get(name, 0).cloned();
                (title, value.map(Value::into_text))
            }
        };
        if let Some(value) = value {
            line(out, &[title, b": ", &value]);
        }
    }
}

fn avp_name(name: &str) -> Option<AvpName> {
    match name.split_once(':') {
        Some(("s", name)) => Some(AvpName::Text(Text::from(name))),
        Some(("i", number)) => number.parse().ok().map(AvpName::Number),
        Some(_) => None,
        None => Some(AvpName::Text(Text::from(name))),
    }
}

/// Writes the request to `place`, for `action`, which may be followed by `/` and the name of an [`Append`]. Its transaction waits
/// for an answer then, as for one from a branch.
pub fn hand_over(tm: &Tm, call: &mut Call, place: Place, action: &Text) -> Step {
    let Some(id) = call.transaction else {
        call.error(format_args!("there is no transaction to answer in"));
        return Verdict::FALSE.into();
    };
    let Some(bytes) = compose(tm, call, id, action) else {
        return Verdict::FALSE.into();
    };
    let patience = u64::try_from(tm.params.unix_tx_timeout).unwrap_or(0);
    let patience = Duration::from_millis(patience);
    let what = match &place {
        Place::Pipe(path) | Place::Socket(path) => path.clone(),
    };
    let host = call.runtime.host.clone();
    match driver::write(&host, place, bytes, patience) {
        Answered::Now(result) => written(call, id, &what, result).into(),
        Answered::Later(answer) => {
            Step::wait(format!("room in {what}"), answer, move |call, result| {
                written(call, id, &what, result)
            })
        }
    }
}

fn written(call: &mut Call, id: TransactionId, what: &Text, result: io::Result<()>) -> Verdict {
    if let Err(error) = result {
        call.error(format_args!("{what}: {error}"));
        return Verdict::FALSE;
    }
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(cell) = table.get_mut(id) {
            cell.machine.add_blind_branch(now);
            let upstream = cell.upstream;
            // Observed on 5.6.3: that nobody answers is not for the failure route.
            cell.legs.push(Leg::blind(upstream, None));
        }
        table.look_after(id);
    });
    Verdict::TRUE
}

/// What is written of the request; none when there are no such lines.
fn compose(tm: &Tm, call: &mut Call, id: TransactionId, action: &Text) -> Option<Vec<u8>> {
    let text = action.to_str_lossy();
    let (action, append) = match text.split_once('/') {
        None => (&*text, None),
        Some((action, name)) => {
            let found = tm.appends.iter().find(|append| append.name == *name);
            if found.is_none() {
                call.error(format_args!("tw_append names no `{name}`"));
                return None;
            }
            (action, found)
        }
    };
    let (index, label) = table::look(call, |table| table.shown(id))?;
    let mut out = Vec::with_capacity(512 + call.message.body().len());
    line(&mut out, &[b"0.3"]);
    line(&mut out, &[b"sip_request.", action.as_bytes()]);
    let way = Way::of(call);
    write_request(call, way.target.as_deref(), &mut out);
    let transaction = format!("{index}:{label}");
    line(&mut out, &[transaction.as_bytes()]);
    way.write(&mut out);
    // The second number has the marks that 5.6.3 keeps inside; no script sees them.
    line(&mut out, &[b"P-MsgFlags: 08"]);
    let pieces = append.map_or(&[][..], |append| &append.pieces);
    pieces.iter().for_each(|piece| piece.write(call, &mut out));
    line(&mut out, &[b"."]);
    let wants_body = call.message.method() == Method::Invite || pieces.contains(&Piece::Body);
    let body = Some(call.message.body()).filter(|body| wants_body && !body.is_empty());
    line(&mut out, &[body.unwrap_or(b".")]);
    Some(out)
}

fn line(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.push(b'\n');
}

/// The request itself, a line for each part of it.
fn write_request(call: &Call, contact: Option<&[u8]>, out: &mut Vec<u8>) {
    let message = &call.message;
    line(out, &[message.method_name()]);
    let target = call.request_uri();
    let uri = Uri::parse(target).ok();
    let user = uri.as_ref().and_then(|uri| uri.user());
    line(out, &[user.unwrap_or_default()]);
    line(out, &[uri.as_ref().map_or(&[][..], |uri| uri.host())]);
    line(out, &[call.reception.local.ip().to_string().as_bytes()]);
    line(out, &[b"."]);
    line(out, &[message.request_uri()]);
    let from = message.from().ok();
    let from_uri = from.map_or(&[][..], |from| message.text(from.uri));
    line(out, &[contact.unwrap_or(from_uri)]);
    let from_value = from.map_or(&[][..], |from| {
        let whole = message.text(from.whole);
        let length = whole.len().saturating_sub(message.text(from.params).len());
        whole.get(..length).unwrap_or(whole)
    });
    line(out, &[from_value]);
    line(
        out,
        &[message.to().map_or(&[][..], |to| message.text(to.whole))],
    );
    line(out, &[message.call_id().unwrap_or_default()]);
    line(out, &[message.from_tag().unwrap_or_default()]);
    line(out, &[message.to_tag().unwrap_or_default()]);
    let number = message.cseq().map_or(0, |cseq| cseq.number);
    line(out, &[number.to_string().as_bytes()]);
}

/// How requests of the dialog go, as its callee would send them.
struct Way {
    /// Their Request-URI; none when the sender has not told it.
    target: Option<Text>,
    routes: Vec<Text>,
    /// Their first stop, when it is a loose router.
    next: Option<Text>,
}

impl Way {
    fn of(call: &Call) -> Way {
        let message = &call.message;
        let contacts = message.contacts().filter_map(|contact| match contact {
            Ok(Contact::Address(address)) => Some(Text::from(message.text(address.uri))),
            _ => None,
        });
        // Observed on 5.6.3: the last one.
        let contact = contacts.last();
        let routes = message.list(HeaderId::RecordRoute).filter_map(|span| {
            let text = message.text(span);
            let address = NameAddr::parse(text).ok()?;
            Some(Text::from(address.uri.of(text)))
        });
        let mut routes: Vec<Text> = routes.collect();
        let next = routes.first().cloned();
        match next {
            Some(first) if !is_loose(&first) => {
                routes.remove(0);
                routes.extend(contact);
                Way {
                    target: Some(first),
                    routes,
                    next: None,
                }
            }
            next => Way {
                target: contact,
                routes,
                next,
            },
        }
    }

    /// COMPAT: 5.6.3 tells the first of a loose route twice, which would send requests there twice; here it is told once.
    fn write(&self, out: &mut Vec<u8>) {
        for (index, route) in self.routes.iter().enumerate() {
            let comma: &[u8] = if index > 0 { b"," } else { b"" };
            for part in [comma, b"<", route, b">"] {
                out.extend_from_slice(part);
            }
        }
        let none: &[u8] = if self.routes.is_empty() { b"." } else { b"" };
        line(out, &[none]);
        line(out, &[self.next.as_deref().unwrap_or(b".")]);
    }
}

fn is_loose(uri: &[u8]) -> bool {
    Uri::parse(uri).is_ok_and(|uri| uri.param(b"lr").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_to_append_have_a_title_or_the_name_of_their_field() {
        let append = Append::parse("app:hdr[X-Plan];n=hdr[From];v=avp[i:7];u=avp[s:bar];msg[body]");
        let append = append.unwrap();
        assert_eq!(append.name, "app");
        let text = Text::from_static;
        let header = |title, name| Piece::Header {
            title: text(title),
            name: text(name),
        };
        let avp = |title, name| Piece::Avp {
            title: text(title),
            name,
        };
        let wanted = [
            header("X-Plan", "X-Plan"),
            header("n", "From"),
            avp("v", AvpName::Number(7)),
            avp("u", AvpName::Text(text("bar"))),
            Piece::Body,
        ];
        assert_eq!(append.pieces, wanted);
        for text in [
            "app",
            "app:from",
            "app:x=@from.uri",
            "app:msg[head]",
            "app:hdr[X",
        ] {
            assert!(Append::parse(text).is_none(), "{text}");
        }
    }
}
