//! Script functions.

use crate::command::{self, Options, Session, Stream};
use crate::control::TELLS_FORMATS;
use crate::description::{self, Granted};
use crate::pvars::Figures;
use crate::{Rtpproxy, session};
use media_proxies::nodes::Node;
use media_proxies::{Due, due};
use mod_tm::view;
use module_api::{Call, LiteralInt, Step, Text, Value, Verdict, script_function};
use std::sync::Arc;

/// The return code when no proxy answers (observed on 5.6.3).
const NO_PROXY: Verdict = Verdict(-3);

/// A note: the set that this message is to use.
struct WantedSet(i64);

/// Chooses the set of proxies for this message.
///
/// ```cfg
/// set_rtp_proxy_set("0");
/// ```
#[script_function(set_rtp_proxy_set, routes = ANY)]
fn set_rtp_proxy_set(rtpproxy: &Rtpproxy, call: &mut Call, setid: i64) -> Verdict {
    if !rtpproxy.control.nodes.has(setid) {
        call.error(format_args!("there is no set {setid} of proxies"));
        return Verdict::FALSE;
    }
    call.notes.set(WantedSet(setid));
    Verdict::TRUE
}

/// Asks the proxy for ports and puts them into the session description of an offer. `flags` are letters: `r` trusts the
/// address in the description, `w` expects media from where it comes, `ie` leads from inside to outside, `l` only looks
/// up a session, `f` overlooks the marks of other proxies, `c` changes the address of the session too, `1` `2` `3` `b`
/// tell branches apart. `ip_address` stands in for the address of the proxy.
///
/// ```cfg
/// if (has_body("application/sdp") && !rtpproxy_offer("r")) xinfo("no proxy\n");
/// ```
#[script_function(rtpproxy_offer, routes = ANY, waits)]
fn rtpproxy_offer(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    flags: Option<Text>,
    ip_address: Option<Text>,
) -> Step {
    ask_for_ports(rtpproxy, call, flags, ip_address, true)
}

/// Asks the proxy for ports and puts them into the session description of an answer; the session must be there. The
/// arguments are those of `rtpproxy_offer()`.
///
/// ```cfg
/// if (is_method("ACK") && has_body("application/sdp")) rtpproxy_answer();
/// ```
#[script_function(rtpproxy_answer, routes = ANY, waits)]
fn rtpproxy_answer(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    flags: Option<Text>,
    ip_address: Option<Text>,
) -> Step {
    ask_for_ports(rtpproxy, call, flags, ip_address, false)
}

/// Does what the message needs: offers, answers, or deletes the session. The arguments are those of `rtpproxy_offer()`.
///
/// An INVITE or UPDATE with a description is an offer, and the response to it the answer; without one the response is
/// the offer, and the ACK or PRACK the answer. BYE, CANCEL, a failure route and negative responses delete.
///
/// ```cfg
/// if (is_method("INVITE|ACK|BYE|CANCEL")) rtpproxy_manage("co");
/// ```
#[script_function(rtpproxy_manage, routes = ANY, waits)]
fn rtpproxy_manage(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    flags: Option<Text>,
    ip_address: Option<Text>,
) -> Step {
    match due(call, |call| {
        view::request(call).map(|(request, ..)| request)
    }) {
        Some(Due::Offer) => ask_for_ports(rtpproxy, call, flags, ip_address, true),
        Some(Due::Answer) => ask_for_ports(rtpproxy, call, flags, ip_address, false),
        Some(Due::Delete) => delete(rtpproxy, call, flags),
        None => Verdict::FALSE.into(),
    }
}

/// Ends the session of the call at the proxy. Of the letters of `flags` count `1` `2` `3` `b`, and `t`, which leaves out the To tag.
///
/// ```cfg
/// if (is_method("BYE")) rtpproxy_destroy();
/// ```
#[script_function(rtpproxy_destroy, routes = ANY, waits)]
fn rtpproxy_destroy(rtpproxy: &Rtpproxy, call: &mut Call, flags: Option<Text>) -> Step {
    delete(rtpproxy, call, flags)
}

/// Ends the session of the call at the proxy, as `rtpproxy_destroy()` does.
///
/// ```cfg
/// if (is_method("BYE")) unforce_rtp_proxy();
/// ```
#[script_function(unforce_rtp_proxy, routes = ANY, waits)]
fn unforce_rtp_proxy(rtpproxy: &Rtpproxy, call: &mut Call, flags: Option<Text>) -> Step {
    delete(rtpproxy, call, flags)
}

/// Has the proxy record the session.
///
/// ```cfg
/// if (is_method("ACK")) start_recording();
/// ```
#[script_function(start_recording, routes = ANY, waits)]
fn start_recording(rtpproxy: &Rtpproxy, call: &mut Call) -> Step {
    order(rtpproxy, call, End::Caller, |session| {
        command::whole(b'R', session)
    })
}

/// Has the proxy play a prompt to the caller so many times; -1 is without end.
///
/// ```cfg
/// if (is_method("ACK")) rtpproxy_stream2uac("/var/prompts/hold", "-1");
/// ```
#[script_function(rtpproxy_stream2uac, routes = ANY, waits)]
fn rtpproxy_stream2uac(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    prompt_name: Text,
    count: LiteralInt,
) -> Step {
    order(rtpproxy, call, End::Caller, move |session| {
        command::play(&prompt_name, count.0, session)
    })
}

/// Has the proxy play a prompt to the callee so many times; -1 is without end.
///
/// ```cfg
/// if (is_method("ACK")) rtpproxy_stream2uas("/var/prompts/hold", "-1");
/// ```
#[script_function(rtpproxy_stream2uas, routes = ANY, waits)]
fn rtpproxy_stream2uas(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    prompt_name: Text,
    count: LiteralInt,
) -> Step {
    order(rtpproxy, call, End::Callee, move |session| {
        command::play(&prompt_name, count.0, session)
    })
}

/// Has the proxy stop playing to the caller.
///
/// ```cfg
/// if (is_method("BYE")) rtpproxy_stop_stream2uac();
/// ```
#[script_function(rtpproxy_stop_stream2uac, routes = ANY, waits)]
fn rtpproxy_stop_stream2uac(rtpproxy: &Rtpproxy, call: &mut Call) -> Step {
    order(rtpproxy, call, End::Caller, command::stop)
}

/// Has the proxy stop playing to the callee.
///
/// ```cfg
/// if (is_method("BYE")) rtpproxy_stop_stream2uas();
/// ```
#[script_function(rtpproxy_stop_stream2uas, routes = ANY, waits)]
fn rtpproxy_stop_stream2uas(rtpproxy: &Rtpproxy, call: &mut Call) -> Step {
    order(rtpproxy, call, End::Callee, command::stop)
}

/// Which end of the transaction a command is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Caller,
    Callee,
}

fn options(call: &mut Call, flags: Option<Text>) -> Option<Options> {
    match Options::parse(&flags.unwrap_or_default()) {
        Ok(options) => Some(options),
        Err(letter) => {
            call.error(format_args!(
                "the flags of a media proxy have no letter `{letter}`"
            ));
            None
        }
    }
}

fn wanted_set(call: &Call) -> i64 {
    call.notes.get::<WantedSet>().map_or(0, |wanted| wanted.0)
}

fn session_of(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    options: &Options,
    is_reversed: bool,
) -> Option<Session> {
    let extra_id = rtpproxy
        .variables
        .get()
        .map(|variables| &variables.extra_id);
    let found = session::of(call, options, extra_id, is_reversed);
    if found.is_none() {
        call.error(format_args!(
            "the message has no Call-ID or no tags that a media proxy can use"
        ));
    }
    found
}

/// What a proxy has given: itself, and ports in the order of the streams.
type Ports = Option<(Arc<Node>, Option<Vec<Granted>>)>;

fn ask_for_ports(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    flags: Option<Text>,
    ip_address: Option<Text>,
    is_offer: bool,
) -> Step {
    let Some(options) = options(call, flags) else {
        return Verdict::FALSE.into();
    };
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        call.error(format_args!(
            "there is no session description for a media proxy"
        ));
        return Verdict::FALSE.into();
    };
    let is_marked = description::is_marked(&sdp, &rtpproxy.params.nortpproxy_str);
    if is_marked && !options.ignores_marks {
        return Verdict::FALSE.into();
    }
    // Whoever answers speaks for the callee, whichever way the message goes (observed on 5.6.3).
    let is_reversed = is_offer != message.is_request();
    let Some(session) = session_of(rtpproxy, call, &options, is_reversed) else {
        return Verdict::FALSE.into();
    };
    let is_lookup = !is_offer || options.looks_up;
    if is_lookup && session.to_tag.is_empty() {
        return Verdict::FALSE.into();
    }
    let source = call.reception.peer.ip();
    let streams = description::streams(&sdp, source, options.trusts_address);
    if streams.is_empty() {
        call.error(format_args!("the session description has no streams"));
        return Verdict::FALSE.into();
    }
    let (control, host) = (rtpproxy.control.clone(), call.runtime.host.clone());
    let set = wanted_set(call);
    let timeout_socket = rtpproxy.params.timeout_socket.clone();
    let (changes_session, wanted) = (
        options.changes_session,
        ip_address.filter(|a| !a.is_empty()),
    );
    let asking = async move {
        let own = call_id_of(&session.call_id);
        let node = control.proxy_for(&host, set, &own).await?;
        let tells_formats = node
            .abilities()
            .is_some_and(|known| known & TELLS_FORMATS != 0);
        let mut granted = Vec::with_capacity(streams.len());
        for (media, stream) in streams {
            let manner = command::Manner {
                is_lookup,
                tells_formats,
                timeout_socket: &timeout_socket,
            };
            let question = command::update(manner, &options, &session, &stream);
            let answer = control.ask(&host, &node, question).await?;
            let Some(given) = grant(media, &answer, &stream, &node, wanted.as_ref()) else {
                return Some((node, None));
            };
            granted.push(given);
        }
        Some((node, Some(granted)))
    };
    Step::wait("media proxy", asking, move |call, ports: Ports| {
        put_ports(call, ports, changes_session)
    })
}

/// The Call-ID without what tells branches apart: all branches of a call meet the same proxy.
fn call_id_of(key: &Text) -> Text {
    Text::from(key.split(|byte| *byte == b';').next().unwrap_or_default())
}

fn grant(
    media: usize,
    answer: &[u8],
    stream: &Stream,
    node: &Node,
    wanted: Option<&Text>,
) -> Option<Granted> {
    let (port, address) = command::granted(answer)?;
    let address = wanted.cloned().or(address).or_else(|| {
        let address = node
            .address()
            .map_or(stream.address, |address| address.ip());
        Some(Text::from(address.to_string()))
    })?;
    Some(Granted {
        media,
        port,
        address,
    })
}

fn put_ports(call: &mut Call, ports: Ports, changes_session: bool) -> Verdict {
    let Some((node, granted)) = ports else {
        call.error(format_args!("no media proxy answers"));
        return NO_PROXY;
    };
    let runtime = call.runtime.clone();
    let Some(rtpproxy) = runtime.module::<Rtpproxy>() else {
        return Verdict::FALSE;
    };
    let Some(granted) = granted else {
        call.error(format_args!(
            "the media proxy {} has no ports for the session",
            node.listing.url
        ));
        return Verdict::FALSE;
    };
    if let Some(variable) = rtpproxy
        .variables
        .get()
        .and_then(|variables| variables.instance.as_ref())
    {
        // A variable that cannot be written stays what it is.
        let _ = variable.set(call, Value::Str(node.listing.url.clone()));
    }
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        return Verdict::FALSE;
    };
    let marker = &rtpproxy.params.nortpproxy_str;
    description::rewrite(&sdp, &granted, changes_session, marker, &mut call.edits);
    Verdict::TRUE
}

/// Ends the session.
fn delete(rtpproxy: &Rtpproxy, call: &mut Call, flags: Option<Text>) -> Step {
    let Some(options) = options(call, flags) else {
        return Verdict::FALSE.into();
    };
    let Some(mut session) = session_of(rtpproxy, call, &options, false) else {
        return Verdict::FALSE.into();
    };
    if options.without_to_tag {
        session.to_tag = Text::default();
    }
    let question = command::whole(b'D', &session);
    ask(
        rtpproxy,
        call,
        session,
        question,
        |_, answer| match answer {
            Some(_) => Verdict::TRUE,
            None => NO_PROXY,
        },
    )
}

/// Asks the proxy for the figures of the session, for `$rtpstat`.
pub fn ask_figures(call: &mut Call) -> Step {
    let runtime = call.runtime.clone();
    let Some(rtpproxy) = runtime.module::<Rtpproxy>() else {
        return Verdict::FALSE.into();
    };
    let is_reversed = !call.message.is_request();
    let Some(session) = session_of(&rtpproxy, call, &Options::default(), is_reversed) else {
        return Verdict::FALSE.into();
    };
    let question = command::query(&session);
    ask(&rtpproxy, call, session, question, |call, answer| {
        if let Some(figures) = answer {
            // 5.6.3 was seen to keep the line end, which breaks a header field that is made of it.
            call.notes
                .set(Figures(Text::from(figures.trim_ascii_end())));
        }
        Verdict::TRUE
    })
}

/// Has the proxy do something with a session that it has.
fn order(
    rtpproxy: &Rtpproxy,
    call: &mut Call,
    end: End,
    command: impl FnOnce(&Session) -> Vec<u8>,
) -> Step {
    let session = session_of(rtpproxy, call, &Options::default(), end == End::Callee);
    let Some(session) = session.filter(|session| !session.to_tag.is_empty()) else {
        return Verdict::FALSE.into();
    };
    let question = command(&session);
    ask(
        rtpproxy,
        call,
        session,
        question,
        |_, answer| match answer {
            Some(answer) => Verdict::of(!answer.starts_with(b"E")),
            None => NO_PROXY,
        },
    )
}

/// Puts a question about a session to the proxy that has it; goes on with the answer, with none when there is no proxy.
fn ask(
    rtpproxy: &Rtpproxy,
    call: &Call,
    session: Session,
    question: Vec<u8>,
    then: impl FnOnce(&mut Call, Option<Vec<u8>>) -> Verdict + Send + 'static,
) -> Step {
    let (control, host, set) = (
        rtpproxy.control.clone(),
        call.runtime.host.clone(),
        wanted_set(call),
    );
    let asking = async move {
        let own = call_id_of(&session.call_id);
        let node = control.proxy_for(&host, set, &own).await?;
        control.ask(&host, &node, question).await
    };
    Step::wait("media proxy", asking, then)
}
