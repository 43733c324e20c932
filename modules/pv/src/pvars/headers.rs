//! Header fields.

use mod_core::parts;
use module_api::{
    Binder, Call, Diagnostic, Index, IndexSource, PvarInner, PvarSpec, Template, Text, Value, View,
    pvar,
};
use sip::{CommaList, Contact, HeaderField, HeaderId, Message};

/// Which header fields are meant.
pub enum HeaderName {
    /// Those of a known name.
    Known(HeaderId),
    /// Those of another name.
    Named(Text),
    /// All.
    Any,
    /// Those of a name that is only known when it is read.
    Expanded(Template),
}

impl HeaderName {
    fn of(name: &[u8]) -> HeaderName {
        match HeaderId::from_name(name) {
            _ if name == b"*" => HeaderName::Any,
            HeaderId::Other | HeaderId::Malformed => HeaderName::Named(Text::from(name)),
            id => HeaderName::Known(id),
        }
    }

    fn has(&self, message: &Message, field: &HeaderField) -> bool {
        match self {
            HeaderName::Known(id) => field.id == *id,
            HeaderName::Named(name) => {
                field.id == HeaderId::Other && message.name(field).eq_ignore_ascii_case(name)
            }
            HeaderName::Any => field.id != HeaderId::Malformed,
            HeaderName::Expanded(_) => false,
        }
    }

    /// The header fields of that name in order.
    fn fields<'a>(
        &'a self,
        message: &'a Message,
    ) -> impl DoubleEndedIterator<Item = &'a HeaderField> {
        let fields = match self {
            HeaderName::Known(id) if !message.has(*id) => &[],
            _ => message.headers(),
        };
        fields.iter().filter(|field| self.has(message, field))
    }
}

/// Whether a header field may have the name (RFC 3261 §25.1, `token`), or it is `*`.
fn is_header_name(name: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(byte);
    name.iter().all(is_token)
}

/// The name and the index of a use of `$hdr` and its kin.
pub struct HeaderUse {
    name: HeaderName,
    index: IndexSource,
}

impl PvarInner for HeaderUse {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let template = spec.inner_template(binder)?;
        let name = match template.as_constant() {
            Some(name) if name.is_empty() => {
                let message = format!(
                    "`${}` needs the name of a header field",
                    spec.variable.class
                );
                return Err(Diagnostic::error(
                    diagnostics::codes::names::BAD_VARIABLE_NAME,
                    spec.span(),
                    message,
                ));
            }
            Some(name) => {
                let name = stdx::ascii::trim(&name);
                let name = name.strip_suffix(b":").unwrap_or(name);
                if !is_header_name(name) {
                    let name = Text::from(name);
                    let message = format!("no header field is named `{name}`: upstream refuses it");
                    let code = diagnostics::codes::names::BAD_VARIABLE_NAME;
                    let warning = Diagnostic::warning(code, spec.span(), message);
                    binder.diagnostics.push(warning);
                }
                HeaderName::of(name)
            }
            None => HeaderName::Expanded(template),
        };
        Ok(HeaderUse {
            name,
            index: spec.index(binder)?,
        })
    }
}

impl HeaderUse {
    /// Reads with the name as it is now.
    fn read<T>(&self, call: &mut Call, read: impl FnOnce(&Message, &HeaderName, Index) -> T) -> T {
        let index = self.index.get(call);
        match &self.name {
            HeaderName::Expanded(template) => {
                let name = HeaderName::of(&template.text(call));
                read(&call.message, &name, index)
            }
            name => read(&call.message, name, index),
        }
    }
}

/// The value of a header field, `$hdr(Name)`: of the first of that name in any case, full or compact.
///
/// `$(hdr(Name)[1])` is the second, `[-1]` the last; `[*]` joins all with commas. `$hdr(*)` is any header field.
#[pvar("hdr", view = view_header)]
fn header(call: &mut Call, wanted: &HeaderUse) -> Value {
    wanted.read(call, nth_field)
}

fn view_header<'c>(call: &'c Call, wanted: &HeaderUse) -> View<'c> {
    let message = &call.message;
    let field = match (&wanted.name, &wanted.index) {
        (HeaderName::Known(id), IndexSource::None) => message.header(*id),
        (name @ HeaderName::Named(_), IndexSource::None) => {
            let mut all = message.headers().iter();
            all.find(|field| name.has(message, field))
        }
        _ => return View::Elsewhere,
    };
    View::from_option(field.map(|field| message.text(field.value())))
}

fn nth_field(message: &Message, name: &HeaderName, index: Index) -> Value {
    let field = match (name, index) {
        (HeaderName::Known(id), Index::None) => message.header(*id),
        (name, Index::None) => name.fields(message).next(),
        (name, Index::At(at)) => nth(name.fields(message), at),
        (name, Index::All) => return joined(message, name),
    };
    field.map_or(Value::Null, |field| parts::at(message, field.value()))
}

fn joined(message: &Message, name: &HeaderName) -> Value {
    let mut out: Option<Vec<u8>> = None;
    for field in name.fields(message) {
        let out = out.get_or_insert_default();
        // Nothing before the first value that is not empty (observed on 5.6.3).
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(message.value(field));
    }
    Value::from_option(out)
}

/// The item at a position; -1 is the last.
pub(crate) fn nth<T>(mut items: impl DoubleEndedIterator<Item = T>, at: i64) -> Option<T> {
    match usize::try_from(at) {
        Ok(at) => items.nth(at),
        Err(_) => items.nth_back(usize::try_from(-1 - at).ok()?),
    }
}

/// How many header fields of a name there are, `$hdrc(Name)`.
#[pvar("hdrc")]
fn header_count(call: &mut Call, wanted: &HeaderUse) -> Value {
    wanted.read(call, |message, name, _| {
        Value::Int(name.fields(message).count() as i64)
    })
}

/// Whether the values of a header field are told apart by `$hfl`.
fn is_split(name: &HeaderName) -> bool {
    use HeaderId::*;
    matches!(
        name,
        HeaderName::Known(
            Contact
                | RecordRoute
                | Route
                | Via
                | Diversion
                | PAssertedIdentity
                | PPreferredIdentity
        )
    )
}

/// One of the values of a header field that may hold several, `$(hfl(Via)[1])`, over all header fields of that name.
///
/// Contact, Record-Route, Route, Via, Diversion, P-Asserted-Identity and P-Preferred-Identity are taken apart at commas,
/// others are as in `$hdr`.
///
/// Kamailio 5.6.3 numbers the addresses of one Contact header field from the last, and has none for `Contact: *`; counted from
/// the end its values are one off; and it does not take Diversion, P-Asserted-Identity and P-Preferred-Identity apart.
#[pvar("hfl")]
fn list_value(call: &mut Call, wanted: &HeaderUse) -> Value {
    wanted.read(call, |message, name, index| {
        if index == Index::All || !is_split(name) {
            return nth_field(message, name, index);
        }
        let at = if let Index::At(at) = index { at } else { 0 };
        let at = if at < 0 {
            values(message, name).count() as i64 + at
        } else {
            at
        };
        let found = usize::try_from(at)
            .ok()
            .and_then(|at| values(message, name).nth(at));
        found.map_or(Value::Null, |place| parts::at(message, place))
    })
}

fn values<'a>(message: &'a Message, name: &'a HeaderName) -> impl Iterator<Item = sip::Span> + 'a {
    name.fields(message)
        .flat_map(|field| CommaList::within(message.buffer(), field.value()))
}

/// How many values the header fields of a name hold together, `$hflc(Via)`; see `$hfl`.
#[pvar("hflc")]
fn list_count(call: &mut Call, wanted: &HeaderUse) -> Value {
    wanted.read(call, |message, name, _| {
        let count = if is_split(name) {
            values(message, name).count()
        } else {
            name.fields(message).count()
        };
        Value::Int(count as i64)
    })
}

/// The value of the first header field of a kind.
fn first(call: &Call, id: HeaderId) -> Value {
    call.message
        .header(id)
        .map_or(Value::Null, |field| parts::at(&call.message, field.value()))
}

fn view_first(call: &Call, id: HeaderId) -> View<'_> {
    let field = call.message.header(id);
    View::from_option(field.map(|field| call.message.text(field.value())))
}

fn view_call_id(call: &Call) -> View<'_> {
    view_first(call, HeaderId::CallId)
}

fn view_user_agent(call: &Call) -> View<'_> {
    view_first(call, HeaderId::UserAgent)
}

/// The Call-ID.
#[pvar("ci", view = view_call_id)]
fn call_id(call: &mut Call) -> Value {
    first(call, HeaderId::CallId)
}

/// The User-Agent.
#[pvar("ua", view = view_user_agent)]
fn user_agent(call: &mut Call) -> Value {
    first(call, HeaderId::UserAgent)
}

/// The first Contact, as written.
#[pvar("ct")]
fn contact(call: &mut Call) -> Value {
    first(call, HeaderId::Contact)
}

/// The URI of the first Contact.
#[pvar("ctu")]
fn contact_uri(call: &mut Call) -> Value {
    match call.message.contacts().next() {
        Some(Ok(Contact::Address(address))) => parts::at(&call.message, address.uri),
        _ => Value::Null,
    }
}

/// 1 when Contact is `*`, else 0.
#[pvar("cts")]
fn contact_star(call: &mut Call) -> Value {
    Value::Int(i64::from(matches!(
        call.message.contacts().next(),
        Some(Ok(Contact::Star(_)))
    )))
}

/// The Content-Type, with its parameters.
#[pvar("cT")]
fn content_type(call: &mut Call) -> Value {
    first(call, HeaderId::ContentType)
}

/// The number in Content-Length; null when there is none.
#[pvar("cl")]
fn content_length(call: &mut Call) -> Value {
    call.message
        .content_length()
        .map_or(Value::Null, |length| Value::Int(i64::from(length)))
}

/// The number in CSeq, as written.
#[pvar("cs")]
fn cseq_number(call: &mut Call) -> Value {
    let value = call.message.value_of(HeaderId::CSeq).unwrap_or_default();
    let mut words = value.split(|byte| stdx::ascii::is_space(*byte));
    Value::from_option(words.find(|word| !word.is_empty()))
}

/// The value of CSeq.
#[pvar("csb")]
fn cseq(call: &mut Call) -> Value {
    first(call, HeaderId::CSeq)
}
