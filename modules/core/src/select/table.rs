//! What the first steps of selects name.

use super::refine::{Yields, argument};
use module_api::{SelectIndex, SelectStep, Text};
use sip::HeaderId;

/// Where a select's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The value of the first header field of a kind.
    Header(HeaderId),
    /// The last value of the first Contact header field, or all of it.
    Contact(ContactPart),
    /// One of the Via values, from 1; negative ones from the end.
    Via(i64, ViaPart),
    /// The CSeq number.
    CSeqNumber,
    /// The CSeq method.
    CSeqMethod,
    /// Something of the call that is not in a header field.
    Plain(Plain),
    /// A header field of any name: `msg.header["Name"]`.
    Named(Text),
    /// Values of the header fields of a name, which are lists: `hf_value.name[1]`; without a position all of them.
    Items(Text, Option<i64>),
    /// A whole header field of a name, which holds one list of parameters, or one of those: `hf_value2.name[1].param`.
    Field(Text, Option<i64>, Option<Text>),
    /// Whether the header fields of a name have this value: `hf_value_exists.name.value`.
    HasItem(Text, Text),
    /// A line of the body that begins with this: `msg.body.sdp.line["m"]`.
    SdpLine(Text),
    /// Digest credentials for a realm.
    Credentials(HeaderId, Text, CredentialsPart),
    /// An attribute of a branch; without a position, of all of them.
    Branch(BranchPart, Option<i64>),
    /// One of the script's own parameters.
    Custom(Text, Text),
    /// The time, as a format shows it.
    Time(TimeZone, Option<Text>),
}

/// A part of the first Contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactPart {
    /// The header field.
    Field,
    /// The address.
    Address,
}

/// A part of a Via.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViaPart {
    /// All of it.
    Whole,
    /// `name`: `SIP`.
    Protocol,
    /// `version`
    Version,
    /// `transport`
    Transport,
    /// `host`
    Host,
    /// `port`, as written
    Port,
    /// `comment`
    Comment,
    /// A parameter.
    Param(Text),
}

/// A part of digest credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsPart {
    Whole,
    Username,
    User,
    Domain,
    Realm,
    Nonce,
    Uri,
    CNonce,
    NonceCount,
    Response,
    Opaque,
    Algorithm,
    Qop,
}

/// An attribute of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchPart {
    Uri,
    DestinationUri,
    Q,
    UriWithQ,
}

/// Where a time of day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeZone {
    Local,
    Utc,
}

/// What takes no argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    RequestUri,
    DestinationUri,
    NextHop,
    NextHopSourceIp,
    Method,
    Status,
    Reason,
    Version,
    Message,
    MessageLength,
    MessageId,
    MessageIdHex,
    MessageType,
    MessageFlags,
    FirstLine,
    Body,
    Sdp,
    HeaderLines,
    Request,
    RequestMethod,
    OriginalUri,
    RequestVersion,
    Response,
    ResponseVersion,
    SourceIp,
    SourcePort,
    SourceIpPort,
    LocalIp,
    LocalPort,
    LocalIpPort,
    LocalTransport,
    LocalSocket,
    BranchCount,
    Pid,
    Unique,
    ServerId,
    Now,
    Always,
}

/// Header fields whose value is an address with parameters.
const ADDRESSES: &[(&str, HeaderId)] = &[
    ("from", HeaderId::From),
    ("f", HeaderId::From),
    ("to", HeaderId::To),
    ("t", HeaderId::To),
    ("refer_to", HeaderId::ReferTo),
    ("rpid", HeaderId::RemotePartyId),
    ("remote_party_id", HeaderId::RemotePartyId),
    ("record_route", HeaderId::RecordRoute),
    ("rr", HeaderId::RecordRoute),
];

/// Header fields that are only shown as they are.
const FIELDS: &[(&str, HeaderId)] = &[
    ("call_id", HeaderId::CallId),
    ("user_agent", HeaderId::UserAgent),
    ("subject", HeaderId::Subject),
    ("organization", HeaderId::Organization),
    ("priority", HeaderId::Priority),
    ("session_expires", HeaderId::SessionExpires),
    ("min_se", HeaderId::MinSe),
    ("sip_if_match", HeaderId::SipIfMatch),
    ("content_length", HeaderId::ContentLength),
    ("content_type", HeaderId::ContentType),
    ("date", HeaderId::Date),
    ("expires", HeaderId::Expires),
    ("event", HeaderId::Event),
    ("max_forwards", HeaderId::MaxForwards),
    ("identity", HeaderId::Identity),
    ("identity_info", HeaderId::IdentityInfo),
];

/// Everything else that a path names without arguments; parts in `|` stand for each other.
const PLAIN: &[(&[&str], Plain, Yields)] = &[
    (&["ruri|request_uri"], Plain::RequestUri, Yields::Uri),
    (&["dst_uri"], Plain::DestinationUri, Yields::Uri),
    (
        &["next_hop", "src_ip"],
        Plain::NextHopSourceIp,
        Yields::Text,
    ),
    (&["next_hop"], Plain::NextHop, Yields::Uri),
    (&["method"], Plain::Method, Yields::Text),
    (&["status"], Plain::Status, Yields::Text),
    (&["code"], Plain::Status, Yields::Text),
    (&["reason"], Plain::Reason, Yields::Text),
    (&["version"], Plain::Version, Yields::Text),
    (&["src", "ip"], Plain::SourceIp, Yields::Text),
    (&["src", "port"], Plain::SourcePort, Yields::Text),
    (&["src", "ip_port"], Plain::SourceIpPort, Yields::Text),
    (&["dst|received", "ip"], Plain::LocalIp, Yields::Text),
    (&["dst|received", "port"], Plain::LocalPort, Yields::Text),
    (
        &["dst|received", "ip_port"],
        Plain::LocalIpPort,
        Yields::Text,
    ),
    (&["received", "proto"], Plain::LocalTransport, Yields::Text),
    (
        &["received", "proto_ip_port"],
        Plain::LocalSocket,
        Yields::Text,
    ),
    (&["branch", "count"], Plain::BranchCount, Yields::Text),
    (&["sys", "pid"], Plain::Pid, Yields::Text),
    (&["sys", "unique"], Plain::Unique, Yields::Text),
    (&["sys", "server_id"], Plain::ServerId, Yields::Text),
    (&["msg|message", "len"], Plain::MessageLength, Yields::Text),
    (
        &["msg|message", "id", "hex"],
        Plain::MessageIdHex,
        Yields::Text,
    ),
    (&["msg|message", "id"], Plain::MessageId, Yields::Text),
    (&["msg|message", "type"], Plain::MessageType, Yields::Text),
    (&["msg|message", "flags"], Plain::MessageFlags, Yields::Text),
    (
        &["msg|message", "first_line"],
        Plain::FirstLine,
        Yields::Text,
    ),
    (
        &["msg|message", "body|content", "sdp"],
        Plain::Sdp,
        Yields::Text,
    ),
    (&["msg|message", "body|content"], Plain::Body, Yields::Text),
    (
        &["msg|message", "req|request", "method"],
        Plain::RequestMethod,
        Yields::Text,
    ),
    (
        &["msg|message", "req|request", "uri"],
        Plain::OriginalUri,
        Yields::Uri,
    ),
    (
        &["msg|message", "req|request", "version"],
        Plain::RequestVersion,
        Yields::Text,
    ),
    (
        &["msg|message", "req|request"],
        Plain::Request,
        Yields::Text,
    ),
    (
        &["msg|message", "res|response", "code"],
        Plain::Status,
        Yields::Text,
    ),
    (
        &["msg|message", "res|response", "reason"],
        Plain::Reason,
        Yields::Text,
    ),
    (
        &["msg|message", "res|response", "status"],
        Plain::Status,
        Yields::Text,
    ),
    (
        &["msg|message", "res|response", "version"],
        Plain::ResponseVersion,
        Yields::Text,
    ),
    (
        &["msg|message", "res|response"],
        Plain::Response,
        Yields::Text,
    ),
    (
        &["msg|message", "header|h"],
        Plain::HeaderLines,
        Yields::Text,
    ),
    (&["msg|message"], Plain::Message, Yields::Text),
];

/// Takes the steps that name a source, and says what its value is.
pub fn source(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (first, rest) = steps.split_first()?;
    let found = |table: &[(&str, HeaderId)]| {
        let bare = first.indexes.is_empty();
        table
            .iter()
            .find(|(name, _)| bare && *name == &*first.name)
            .map(|(_, id)| *id)
    };
    if let Some(id) = found(ADDRESSES) {
        *steps = rest;
        return Some((Source::Header(id), Yields::Address));
    }
    if let Some(id) = found(FIELDS) {
        *steps = rest;
        return Some((Source::Header(id), Yields::Text));
    }
    let mut taken = rest;
    let special = match &*first.name {
        "contact" | "m" => contact(&mut taken),
        "via" | "v" => via(first, &mut taken),
        "cseq" => cseq(&mut taken),
        "msg" | "message" => header_or_line(&mut taken),
        "authorization" => credentials(HeaderId::Authorization, first, &mut taken),
        "proxy_authorization" => credentials(HeaderId::ProxyAuthorization, first, &mut taken),
        "branch" => branch(&mut taken),
        "cfg_get" => custom(&mut taken),
        "cfg_selected" => selected(first, &mut taken),
        "sys" => time(&mut taken),
        "hf_value" => items(first, &mut taken),
        "hf_value2" => field(first, &mut taken),
        "hf_value_exists" => has_item(first, &mut taken),
        _ => None,
    };
    if special.is_some() {
        *steps = taken;
        return special;
    }
    plain(steps)
}

fn plain(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let fits = |names: &[&str]| {
        names.len() <= steps.len()
            && names.iter().zip(steps.iter()).all(|(names, step)| {
                step.indexes.is_empty() && names.split('|').any(|name| name == &*step.name)
            })
    };
    let (names, plain, yields) = PLAIN.iter().find(|(names, _, _)| fits(names))?;
    *steps = steps.get(names.len()..).unwrap_or_default();
    Some((Source::Plain(*plain), *yields))
}

fn contact(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    Some(match steps.is_empty() {
        true => (Source::Contact(ContactPart::Field), Yields::Text),
        false => (Source::Contact(ContactPart::Address), Yields::Contact),
    })
}

fn via(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let index = match first.indexes.as_slice() {
        [] => 1,
        [SelectIndex::Int(index)] => *index,
        _ => return None,
    };
    let Some((step, rest)) = steps.split_first() else {
        return Some((Source::Via(index, ViaPart::Whole), Yields::Text));
    };
    *steps = rest;
    let part = match &*step.name {
        "name" => ViaPart::Protocol,
        "version" => ViaPart::Version,
        "transport" => ViaPart::Transport,
        "host" => ViaPart::Host,
        "port" => ViaPart::Port,
        "comment" => ViaPart::Comment,
        name @ ("branch" | "received" | "rport" | "i" | "alias") => {
            ViaPart::Param(Text::from(name))
        }
        "params" => ViaPart::Param(argument(step, steps)?),
        _ => return None,
    };
    Some((Source::Via(index, part), Yields::Text))
}

fn cseq(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let Some((step, rest)) = steps.split_first() else {
        return Some((Source::Header(HeaderId::CSeq), Yields::Text));
    };
    *steps = rest;
    match &*step.name {
        "num" => Some((Source::CSeqNumber, Yields::Text)),
        "method" => Some((Source::CSeqMethod, Yields::Text)),
        _ => None,
    }
}

fn header_or_line(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (step, rest) = steps.split_first()?;
    match &*step.name {
        "header" | "h" if !step.indexes.is_empty() || !rest.is_empty() => {
            *steps = rest;
            let name = argument(step, steps)?;
            Some((Source::Named(name), Yields::Field))
        }
        "body" | "content" => {
            let [sdp, line, rest @ ..] = rest else {
                return None;
            };
            if &*sdp.name != "sdp" || &*line.name != "line" {
                return None;
            }
            *steps = rest;
            let name = argument(line, steps)?;
            Some((Source::SdpLine(name), Yields::Text))
        }
        _ => None,
    }
}

/// The header field that `hf_value` is about, and the position behind its name.
fn list_name(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Text, Option<i64>)> {
    let (name, indexes) = match first.indexes.split_first() {
        Some((SelectIndex::Text(name), rest)) => (name.clone(), rest),
        Some(_) => return None,
        None => {
            let (step, rest) = steps.split_first()?;
            *steps = rest;
            (step.name.clone(), step.indexes.as_slice())
        }
    };
    let position = match indexes {
        [] => None,
        [SelectIndex::Int(position)] => Some(*position),
        _ => return None,
    };
    Some((Text::from(&*name), position))
}

fn items(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (name, position) = list_name(first, steps)?;
    let yields = match position {
        Some(_) => Yields::Item,
        None => Yields::Items,
    };
    Some((Source::Items(name, position), yields))
}

fn field(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (name, position) = list_name(first, steps)?;
    let param = match steps.split_first() {
        Some((step, rest)) => {
            *steps = rest;
            match &*step.name {
                "params" => argument(step, steps),
                name => Some(Text::from(name)),
            }
        }
        None => None,
    };
    Some((Source::Field(name, position, param), Yields::Item))
}

fn has_item(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (name, None) = list_name(first, steps)? else {
        return None;
    };
    let (value, rest) = steps.split_first()?;
    *steps = rest;
    let value = Text::from(&*value.name);
    Some((Source::HasItem(name, value), Yields::Text))
}

fn credentials(
    id: HeaderId,
    first: &SelectStep,
    steps: &mut &[SelectStep],
) -> Option<(Source, Yields)> {
    let realm = argument(first, steps)?;
    let mut part = CredentialsPart::Whole;
    while let Some((step, rest)) = steps.split_first() {
        part = match (part, &*step.name) {
            (CredentialsPart::Whole, "username") => CredentialsPart::Username,
            (CredentialsPart::Username, "user") => CredentialsPart::User,
            (CredentialsPart::Username, "domain") => CredentialsPart::Domain,
            (CredentialsPart::Whole, "realm") => CredentialsPart::Realm,
            (CredentialsPart::Whole, "nonce") => CredentialsPart::Nonce,
            (CredentialsPart::Whole, "uri") => CredentialsPart::Uri,
            (CredentialsPart::Whole, "cnonce") => CredentialsPart::CNonce,
            (CredentialsPart::Whole, "nc") => CredentialsPart::NonceCount,
            (CredentialsPart::Whole, "response") => CredentialsPart::Response,
            (CredentialsPart::Whole, "opaque") => CredentialsPart::Opaque,
            (CredentialsPart::Whole, "algorithm") => CredentialsPart::Algorithm,
            (CredentialsPart::Whole, "qop") => CredentialsPart::Qop,
            _ => return None,
        };
        *steps = rest;
    }
    Some((Source::Credentials(id, realm, part), Yields::Text))
}

fn branch(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (step, rest) = steps.split_first()?;
    let (part, yields) = match &*step.name {
        "uri" => (BranchPart::Uri, Yields::Uri),
        "dst_uri" => (BranchPart::DestinationUri, Yields::Uri),
        "q" => (BranchPart::Q, Yields::Text),
        "uriq" => (BranchPart::UriWithQ, Yields::NameAddr),
        _ => return None,
    };
    let position = match step.indexes.as_slice() {
        [] => None,
        [SelectIndex::Int(position)] => Some(*position),
        _ => return None,
    };
    *steps = rest;
    Some((Source::Branch(part, position), yields))
}

fn custom(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let [group, name, rest @ ..] = *steps else {
        return None;
    };
    *steps = rest;
    Some((
        Source::Custom(Text::from(&*group.name), Text::from(&*name.name)),
        Yields::Field,
    ))
}

/// Groups of parameters come in one version, which is always selected.
fn selected(first: &SelectStep, steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    argument(first, steps)?;
    Some((Source::Plain(Plain::Always), Yields::Text))
}

fn time(steps: &mut &[SelectStep]) -> Option<(Source, Yields)> {
    let (now, rest) = steps.split_first()?;
    if &*now.name != "now" {
        return None;
    }
    let Some((zone, after)) = rest.split_first() else {
        *steps = rest;
        return Some((Source::Plain(Plain::Now), Yields::Text));
    };
    let zone_name = match &*zone.name {
        "local" => TimeZone::Local,
        "utc" | "gmt" => TimeZone::Utc,
        _ => return None,
    };
    let format = match zone.indexes.as_slice() {
        [] => None,
        [SelectIndex::Text(format)] => Some(Text::from(&**format)),
        _ => return None,
    };
    *steps = after;
    Some((Source::Time(zone_name, format), Yields::Text))
}
