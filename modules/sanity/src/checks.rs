//! The checks: each finds one kind of fault.

use module_api::Text;
use sip::{AuthParams, CommaList, HeaderId, Message, NameAddr, Protocol, Scheme, Uri};
use std::borrow::Cow;

/// What is wrong with a message, as the response will say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status.
    pub status: i64,
    /// The reason phrase.
    pub reason: Cow<'static, str>,
    /// A header field of the response, with its line end; or empty.
    pub header: Text,
    /// Whether a response can be made: not when there are two of what it copies.
    pub is_answerable: bool,
}

impl Fault {
    /// A 400 with that reason.
    pub fn bad(reason: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            status: 400,
            reason: reason.into(),
            header: Text::default(),
            is_answerable: true,
        }
    }

    /// What is answered where no check has found anything (observed on 5.6.3).
    pub fn unknown() -> Fault {
        Fault {
            status: 500,
            ..Fault::bad("Server Sanity Failure")
        }
    }
}

type Checked = Result<(), Fault>;

fn require(truth: bool, reason: &'static str) -> Checked {
    if truth {
        Ok(())
    } else {
        Err(Fault::bad(reason))
    }
}

/// A check with the number by which scripts ask for it.
type Check = (i64, fn(&Message, &Wanted<'_>) -> Checked);

/// All checks, in the order in which they are made. 8 and 16 stand for none.
const CHECKS: [Check; 14] = [
    (1, version),
    (2, scheme),
    (4, required_headers),
    (32, cseq_method),
    (64, cseq_value),
    (128, content_length),
    (256, expires),
    (512, proxy_require),
    (1024, uris),
    (2048, credentials),
    (4096, tags),
    (8192, authorization),
    (16384, first_via),
    (32768, compliance),
];

/// What is to be checked.
pub struct Wanted<'a> {
    /// The sum of the numbers of checks.
    pub checks: i64,
    /// The sum of the numbers of URIs: 1 Request-URI, 2 From, 4 To, 8 Contact.
    pub uris: i64,
    /// The extensions that Proxy-Require may name.
    pub extensions: &'a [Text],
}

/// Makes the wanted checks; the first fault ends it.
pub fn check(message: &Message, wanted: &Wanted<'_>) -> Checked {
    single_values(message)?;
    CHECKS
        .iter()
        .filter(|(number, _)| wanted.checks & number != 0)
        .try_for_each(|(_, check)| check(message, wanted))
}

/// A branch that identifies the transaction (RFC 3261 §8.1.1.7), and loose routers in Route and Record-Route (§16.4).
fn compliance(message: &Message, _: &Wanted<'_>) -> Checked {
    let branch = message.top_via().ok().and_then(|via| via.branch);
    let branch = branch.map_or(&[][..], |branch| message.text(branch));
    require(
        branch.starts_with(sip::BRANCH_COOKIE),
        "Via Branch Without Magic Cookie",
    )?;
    for id in [HeaderId::Route, HeaderId::RecordRoute] {
        let has_loose_routers = message.addresses(id).all(|address| {
            let uri = address.ok();
            let uri = uri.and_then(|address| address.parse_uri(message.buffer()).ok());
            uri.is_some_and(|uri| uri.is_loose_router())
        });
        require(has_loose_routers, "Route Without lr Parameter")?;
    }
    Ok(())
}

/// Whichever checks are wanted, a message with two of these is refused, and not answered (observed on 5.6.3).
fn single_values(message: &Message) -> Checked {
    use HeaderId::{CSeq, CallId, ContentLength, From, MaxForwards, To};
    let single = [CSeq, From, To, CallId, MaxForwards, ContentLength];
    if !single.iter().any(|id| message.repeats(*id)) {
        return Ok(());
    }
    Err(Fault {
        is_answerable: false,
        ..Fault::bad("Missing Required Header in Request")
    })
}

fn version(message: &Message, _: &Wanted<'_>) -> Checked {
    if message.protocol() == Protocol::Sip {
        return Ok(());
    }
    Err(Fault {
        status: 505,
        ..Fault::bad("Version Not Supported")
    })
}

fn scheme(message: &Message, _: &Wanted<'_>) -> Checked {
    if !message.is_request() {
        return Ok(());
    }
    require(is_known(message.uri().ok()), "Bad Request URI")
}

/// Whether a URI can be read and has a scheme that 5.6.3 takes for sane.
fn is_known(uri: Option<Uri<'_>>) -> bool {
    uri.is_some_and(|uri| {
        let scheme = uri.scheme();
        matches!(
            scheme,
            Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Urn
        )
    })
}

fn required_headers(message: &Message, _: &Wanted<'_>) -> Checked {
    use HeaderId::{CSeq, CallId, From, To, Via};
    let has_all = [From, To, CSeq, CallId, Via]
        .into_iter()
        .all(|header| message.has(header));
    require(has_all, "Missing Required Header in Request")
}

fn cseq_method(message: &Message, _: &Wanted<'_>) -> Checked {
    let method = match (message.cseq(), message.value_of(HeaderId::CSeq)) {
        (Ok(cseq), _) => message.text(cseq.method_name),
        (Err(_), Some(value)) => {
            let mut words = value.rsplit(|byte| stdx::ascii::is_space(*byte));
            words.next().unwrap_or_default()
        }
        (Err(_), None) => return Ok(()),
    };
    let is_same = !message.is_request() || method == message.method_name();
    require(is_same, "CSeq method does not match request method")
}

fn cseq_value(message: &Message, _: &Wanted<'_>) -> Checked {
    require(
        !message.has(HeaderId::CSeq) || message.cseq().is_ok(),
        "CSeq number is illegal",
    )
}

fn content_length(message: &Message, _: &Wanted<'_>) -> Checked {
    let is_right = !message.has(HeaderId::ContentLength)
        || message
            .content_length()
            .is_ok_and(|length| length as usize == message.payload().len());
    require(is_right, "Content-Length mis-match")
}

fn expires(message: &Message, _: &Wanted<'_>) -> Checked {
    let mut fields = message.headers_of(HeaderId::Expires);
    let is_right = fields.all(|field| {
        let number = stdx::number::parse_u64(message.value(field));
        number.is_some_and(|number| number <= u64::from(u32::MAX))
    });
    require(is_right, "Expires value is illegal")
}

fn proxy_require(message: &Message, wanted: &Wanted<'_>) -> Checked {
    let is_known = |name: &[u8]| {
        wanted
            .extensions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    match message
        .list(HeaderId::ProxyRequire)
        .map(|span| message.text(span))
        .find(|name| !is_known(name))
    {
        None => Ok(()),
        Some(name) => Err(Fault {
            status: 420,
            header: Text::concat(&[b"Unsupported: ", name, b"\r\n"]),
            ..Fault::bad("Bad Proxy Require Extension")
        }),
    }
}

fn uris(message: &Message, wanted: &Wanted<'_>) -> Checked {
    if wanted.uris & 1 != 0 && message.is_request() {
        require(is_known(message.uri().ok()), "Bad Request URI")?;
    }
    let (from, to) = (message.from().ok(), message.to().ok());
    let text = |address: Option<&NameAddr>| address.map(|address| message.text(address.uri));
    if wanted.uris & 2 != 0 {
        require(is_known(message.from_uri().ok()), "Invalid From Header")?;
    }
    if wanted.uris & 4 != 0 {
        // In a REGISTER it is as a rule the one that has just been looked at.
        let is_that_of_from = wanted.uris & 2 != 0 && text(from) == text(to);
        // COMPAT: the slip of the pen is 5.6.3's, and clients see it.
        let is_good = is_that_of_from || is_known(message.to_uri().ok());
        require(is_good, "Ivalid To Header")?;
    }
    if wanted.uris & 8 != 0 {
        contact_uris(message)?;
    }
    Ok(())
}

/// Only the first of several Contact header fields is looked at (observed on 5.6.3).
fn contact_uris(message: &Message) -> Checked {
    let Some(field) = message.header(HeaderId::Contact) else {
        return Ok(());
    };
    let mut values = CommaList::within(message.buffer(), field.value()).peekable();
    require(values.peek().is_some(), "Bad Contact Header")?;
    for value in values {
        if message.text(value).trim_ascii().starts_with(b"*") {
            continue;
        }
        let address = NameAddr::within(message.buffer(), value);
        let uri = address.map(|address| message.text(address.uri));
        let uri = uri.ok().filter(|uri| !uri.contains(&b'"'));
        require(uri.is_some(), "Bad Contact Header")?;
        require(
            is_known(uri.and_then(|uri| Uri::parse(uri).ok())),
            "Bad Contact URI",
        )?;
    }
    Ok(())
}

/// What digest credentials must have (RFC 3261 §25.1), and how a response names it.
const REQUIRED: [(&str, &str); 5] = [
    ("username", "Username"),
    ("realm", "Realm"),
    ("nonce", "Nonce"),
    ("uri", "URI"),
    ("response", "Response"),
];

fn credentials(message: &Message, _: &Wanted<'_>) -> Checked {
    let ids = [HeaderId::Authorization, HeaderId::ProxyAuthorization];
    let is_right = ids
        .iter()
        .flat_map(|id| message.headers_of(*id))
        .all(|field| {
            AuthParams::parse(message.value(field)).is_some_and(|params| {
                params.is(b"Digest")
                    && REQUIRED
                        .iter()
                        .all(|(name, _)| params.named(name.as_bytes()).is_some())
            })
        });
    require(is_right, "Bad Auth Credentials")
}

fn authorization(message: &Message, _: &Wanted<'_>) -> Checked {
    for field in message.headers_of(HeaderId::Authorization) {
        let Some(params) = AuthParams::parse(message.value(field)) else {
            return Err(Fault::bad("Bad Authorization Header"));
        };
        if !params.is(b"Digest") {
            continue;
        }
        for (name, shown) in REQUIRED {
            if params
                .named(name.as_bytes())
                .is_none_or(|value| sip::unquoted(value).is_empty())
            {
                return Err(Fault::bad(format!("Auth Empty {shown}")));
            }
        }
    }
    Ok(())
}

fn tags(message: &Message, _: &Wanted<'_>) -> Checked {
    let has_one = |address: Result<&sip::NameAddr, _>| {
        address.map_or(true, |address| {
            address
                .params(message.buffer())
                .filter(|param| param.is(b"tag"))
                .count()
                < 2
        })
    };
    require(has_one(message.from()), "Many From Tag Params")?;
    require(has_one(message.to()), "Many To Tag Params")
}

fn first_via(message: &Message, _: &Wanted<'_>) -> Checked {
    require(
        message.top_via().is_ok_and(|via| !via.host.is_empty()),
        "Invalid First Via Header",
    )
}

#[cfg(test)]
mod tests;
