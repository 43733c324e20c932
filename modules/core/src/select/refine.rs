//! Parts of what a select has found: of addresses, URIs and parameter lists.

use crate::parts;
use crate::uri_parts::{self, Reading};
use module_api::{Call, SelectIndex, SelectStep, Text};
use sip::{NameAddr, Params, Scheme, Uri};

/// What a value is, which decides which parts it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yields {
    /// Text without parts.
    Text,
    /// An address with its header parameters: From, To and the like. The parameters need a name.
    Address,
    /// A Contact: an address some of whose parameters are parts of their own.
    Contact,
    /// Any header field, whose parts have to be named as `nameaddr` or `params`.
    Field,
    /// A value of a list in a header field.
    Item,
    /// All values of a list in header fields, joined.
    Items,
    /// What `nameaddr` has made of a header field.
    NameAddr,
    /// A URI.
    Uri,
    /// Header parameters.
    Params,
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refinement {
    /// The display name, with its quotes.
    Display,
    /// The display name, without them.
    BareDisplay,
    /// The URI.
    Uri,
    /// The URIs of a list of addresses, joined.
    Uris,
    /// All parameters of an address.
    AddressParams,
    /// One parameter of an address.
    AddressParam(Text),
    /// The tag of an address; empty when there is none.
    Tag,
    /// One parameter of a value of a list, which may be an address; empty when there is none.
    ItemParam(Text),
    /// The value as it is, for steps that only say how it is to be read.
    Same,
    /// One parameter of a parameter list.
    Param(Text),
    /// A part of a URI.
    UriPart(UriPart),
    /// One parameter of a URI.
    UriParam(Text),
}

/// A part of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriPart {
    /// `type`
    Scheme,
    /// `user`
    User,
    /// `rn_user`: the routing number (RFC 4694) when there is one, else the user.
    RoutingUser,
    /// `pwd`
    Password,
    /// `host`
    Host,
    /// `port`
    Port,
    /// `hostport`
    HostPort,
    /// `transport`
    Transport,
    /// `params`
    Params,
}

/// Takes the next part of a value that is `yields`, and says what it is then.
pub fn refinement(yields: Yields, steps: &mut &[SelectStep]) -> Option<(Refinement, Yields)> {
    let (step, rest) = steps.split_first()?;
    *steps = rest;
    match (yields, &*step.name) {
        (Yields::Address | Yields::Contact | Yields::NameAddr, "uri") => {
            Some((Refinement::Uri, Yields::Uri))
        }
        (Yields::Address | Yields::Contact | Yields::NameAddr, "name") => {
            Some((Refinement::Display, Yields::Text))
        }
        (Yields::Address, "tag") => Some((Refinement::Tag, Yields::Text)),
        (Yields::Contact, name @ ("expires" | "q" | "methods" | "received")) => {
            Some((Refinement::AddressParam(Text::from(name)), Yields::Text))
        }
        (Yields::Contact, "instance") => Some((
            Refinement::AddressParam(Text::from_static("+sip.instance")),
            Yields::Text,
        )),
        (Yields::Address | Yields::Contact, "params") => {
            let name = argument(step, steps)?;
            Some((Refinement::AddressParam(name), Yields::Text))
        }
        (Yields::NameAddr, "params") => Some(match argument(step, steps) {
            Some(name) => (Refinement::AddressParam(name), Yields::Text),
            None => (Refinement::AddressParams, Yields::Text),
        }),
        (Yields::Item, "uri") => Some((Refinement::Uri, Yields::Uri)),
        (Yields::Items, "uri") => Some((Refinement::Uris, Yields::Uri)),
        (Yields::Item | Yields::Items, "name") => Some((Refinement::BareDisplay, Yields::Text)),
        (Yields::Item, "p" | "param") => {
            let name = argument(step, steps)?;
            Some((Refinement::ItemParam(name), Yields::Text))
        }
        // COMPAT: without a position 5.6.3 gives all values; its manual promises the parameter.
        (Yields::Items, "p" | "param") => {
            argument(step, steps)?;
            Some((Refinement::Same, Yields::Text))
        }
        (Yields::Item | Yields::Items, "nameaddr") => Some((Refinement::Same, Yields::NameAddr)),
        (Yields::Item | Yields::Items, "params") => Some((Refinement::Same, Yields::Params)),
        (Yields::Field, "nameaddr") => Some((Refinement::Same, Yields::NameAddr)),
        (Yields::Field, "params") => Some((Refinement::Same, Yields::Params)),
        (Yields::Params, name) => Some((Refinement::Param(Text::from(name)), Yields::Text)),
        (Yields::Uri, "params") => Some(match argument(step, steps) {
            Some(name) => (Refinement::UriParam(name), Yields::Text),
            None => (Refinement::UriPart(UriPart::Params), Yields::Text),
        }),
        (Yields::Uri, name) => Some((Refinement::UriPart(uri_part(name)?), Yields::Text)),
        _ => None,
    }
}

fn uri_part(name: &str) -> Option<UriPart> {
    Some(match name {
        "type" => UriPart::Scheme,
        "user" => UriPart::User,
        "rn_user" => UriPart::RoutingUser,
        "pwd" => UriPart::Password,
        "host" => UriPart::Host,
        "port" => UriPart::Port,
        "hostport" => UriPart::HostPort,
        "transport" => UriPart::Transport,
        _ => return None,
    })
}

/// The name a step needs: `params["x"]`, or the step that follows, `params.x`.
pub fn argument(step: &SelectStep, steps: &mut &[SelectStep]) -> Option<Text> {
    match step.indexes.first() {
        Some(SelectIndex::Text(text)) => Some(Text::from(&**text)),
        Some(SelectIndex::Int(_)) => None,
        None => {
            let (next, rest) = steps.split_first()?;
            *steps = rest;
            Some(Text::from(&*next.name))
        }
    }
}

impl Refinement {
    /// The part of `value`; none when it has no such part. Parts that every address or URI has a place for are empty where nothing
    /// stands in it (observed on 5.6.3).
    pub fn apply(&self, call: &Call, value: &Text) -> Option<Text> {
        let part = |found: &[u8]| Some(parts::of_text(value, found));
        match self {
            Refinement::Same => Some(value.clone()),
            Refinement::Display => part(address(value)?.display.of(value)),
            Refinement::BareDisplay => {
                let display = address(value).map_or(&b""[..], |address| address.display.of(value));
                let bare = display
                    .strip_prefix(b"\"")
                    .and_then(|rest| rest.strip_suffix(b"\""));
                part(bare.unwrap_or(display))
            }
            Refinement::Uri => part(address(value).map_or(&[], |address| address.uri.of(value))),
            Refinement::Uris => {
                let values = sip::CommaList::new(value).values();
                let uri = |item| NameAddr::parse(item).map_or(item, |address| address.uri.of(item));
                let uris: Vec<&[u8]> = values.map(uri).collect();
                Some(Text::from(uris.join(&b","[..])))
            }
            Refinement::AddressParams => {
                let params = address(value)?.params.of(value);
                part(not_empty(params.strip_prefix(b";").unwrap_or(params))?)
            }
            Refinement::AddressParam(name) => {
                part(not_empty(address(value)?.param(value, name)?.text())?)
            }
            Refinement::Tag => {
                let address = address(value)?;
                let tag = address.param(value, b"tag");
                part(tag.map_or(&[], |tag| tag.text()))
            }
            Refinement::ItemParam(name) => part(item_param(value, name).unwrap_or_default()),
            Refinement::Param(name) => {
                let first = sip::CommaList::new(value).values().next()?;
                let start = memchr::memchr(b';', first)?;
                let (head, params) = first.split_at_checked(start)?;
                // The list of an address begins elsewhere.
                if head.iter().any(|octet| matches!(octet, b'"' | b'<' | b' ')) {
                    return None;
                }
                part(not_empty(Params::new(params).named(name)?.text())?)
            }
            Refinement::UriPart(UriPart::HostPort) => host_port(&Uri::parse(value).ok()?),
            Refinement::UriPart(UriPart::Transport) => {
                let uri = Uri::parse(value).ok()?;
                match uri.param(b"transport").and_then(not_empty) {
                    Some(named) => part(named),
                    None if uri.scheme() == Scheme::Sips => Some(Text::from_static("tls")),
                    None => Some(Text::from_static("udp")),
                }
            }
            Refinement::UriPart(wanted) => {
                let uri = Uri::parse(value).ok()?;
                part(of_uri(call, &uri, *wanted).unwrap_or_default())
            }
            Refinement::UriParam(name) => part(not_empty(Uri::parse(value).ok()?.param(name)?)?),
        }
    }
}

/// A parameter behind the address that a value is, else behind its first semicolon.
fn item_param<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if memchr::memchr(b'<', value).is_some() {
        let address = NameAddr::parse(value).ok()?;
        return Some(address.param(value, name)?.text());
    }
    let start = memchr::memchr(b';', value)?;
    Some(Params::new(value.get(start..)?).named(name)?.text())
}

/// Host and port, which is that of the scheme when it is not written; none where there is no host.
fn host_port(uri: &Uri<'_>) -> Option<Text> {
    let host_port = not_empty(uri.host_port())?;
    if host_port.len() > uri.host().len() {
        return Some(Text::from(host_port));
    }
    let port: &[u8] = match uri.scheme() {
        Scheme::Sips => b":5061",
        _ => b":5060",
    };
    Some(Text::concat(&[host_port, port]))
}

fn not_empty(text: &[u8]) -> Option<&[u8]> {
    if text.is_empty() { None } else { Some(text) }
}

/// The first address of a list.
fn address(value: &Text) -> Option<NameAddr> {
    let first = sip::CommaList::new(value).next()?;
    NameAddr::within(value, first).ok()
}

fn of_uri<'a>(call: &Call, uri: &Uri<'a>, part: UriPart) -> Option<&'a [u8]> {
    let reading = Reading::of(call);
    match part {
        UriPart::Scheme => uri_parts::scheme(uri, reading),
        UriPart::User => uri_parts::user(uri, reading),
        UriPart::RoutingUser => match uri.user_params().named(b"rn") {
            Some(number) => not_empty(number.text()),
            None => uri_parts::user(uri, reading),
        },
        UriPart::Password => uri.password(),
        UriPart::Host => uri_parts::host(uri, reading),
        UriPart::Port => uri
            .host_port()
            .get(uri.host().len() + 1..)
            .and_then(not_empty),
        UriPart::HostPort | UriPart::Transport => None,
        // Of a SIP URI that stands for a telephone number these are the number's (observed on 5.6.3).
        UriPart::Params if reading.phone_as_tel && uri_parts::is_phone(uri) => {
            let user = uri.user()?;
            let end = memchr::memchr(b';', user)?;
            user.get(end + 1..)
        }
        UriPart::Params if matches!(uri.scheme(), Scheme::Other) => None,
        UriPart::Params => not_empty(uri.params_text()),
    }
}
