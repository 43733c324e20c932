//! A value in header fields: `Name`, `Name[2]`, `Name[-1]`, `Name[*]`, each with `.parameter`.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use sip::{CommaList, HeaderField, HeaderId, Message, Params, Span};

/// Which value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one at a place: from 1, negative from the end. 0, also written `[]`, is what the function takes for the end it
    /// works at: the last value to append to, else the first.
    At(i64),
    /// All.
    All,
}

/// A value, or a parameter of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the header field.
    pub header: Text,
    /// Which value; none was written.
    pub which: Option<Which>,
    /// The parameter.
    pub param: Option<Text>,
}

/// A value where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Its header field.
    pub field: &'a HeaderField,
    /// Its number in the field, from 0.
    pub position: usize,
    /// Its octets.
    pub value: Span,
}

/// What separates the values of one header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Commas.
    List,
    /// Nothing: commas separate parameters, as in Authorization.
    Single,
}

impl Place {
    /// Reads a place; `None` when it is none.
    pub fn parse(text: &str) -> Option<Place> {
        let text = text.trim();
        let end = text.find(['[', '.']).unwrap_or(text.len());
        let (name, mut rest) = text.split_at_checked(end)?;
        let mut which = None;
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            which = Some(match index.trim() {
                "*" => Which::All,
                "" => Which::At(0),
                number => Which::At(number.parse().ok()?),
            });
            rest = after.trim_start();
        }
        let param = match rest.strip_prefix('.') {
            Some(param) if !param.trim().is_empty() => Some(Text::from(param.trim())),
            None if rest.is_empty() => None,
            _ => return None,
        };
        let header = name.trim();
        (!header.is_empty()).then(|| Place {
            header: Text::from(header),
            which,
            param,
        })
    }

    /// The values meant; the first one where none is named.
    pub fn find<'a>(&self, message: &'a Message, form: Form) -> Vec<Found<'a>> {
        let mut found = values(message, &self.header, form);
        let index = match self.which {
            Some(Which::All) => return found,
            Some(Which::At(index)) => index,
            None => 1,
        };
        let count = found.len() as i64;
        let index = if index < 0 {
            index.saturating_add(count)
        } else {
            (index - 1).max(0)
        };
        match usize::try_from(index)
            .ok()
            .filter(|index| *index < found.len())
        {
            Some(index) => vec![found.swap_remove(index)],
            None => Vec::new(),
        }
    }
}

/// All values of the header fields of that name, in order. An empty field has one, which is empty (observed on 5.6.3).
pub fn values<'a>(message: &'a Message, header: &[u8], form: Form) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let id = HeaderId::from_name(header);
    for field in message.headers_of(id) {
        if id == HeaderId::Other && !message.name(field).eq_ignore_ascii_case(header) {
            continue;
        }
        match form {
            _ if form == Form::Single || field.value().is_empty() => found.push(Found {
                field,
                position: 0,
                value: field.value(),
            }),
            _ => {
                let list = CommaList::within(message.buffer(), field.value()).enumerate();
                found.extend(list.map(|(position, value)| Found {
                    field,
                    position,
                    value,
                }));
            }
        }
    }
    found
}

/// A parameter where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundParam {
    /// What one removes, a separator included.
    pub whole: Span,
    /// Its value with its quotes; a point behind the name when it has none.
    pub value: Span,
}

/// The parameter of that name in a value.
pub fn param(message: &Message, found: &Found<'_>, form: Form, name: &[u8]) -> Option<FoundParam> {
    match form {
        Form::List => {
            let span = params_of(message, found.value);
            let param = Params::within(message.buffer(), span).named(name)?;
            Some(FoundParam {
                whole: param.span,
                value: param.value_span,
            })
        }
        Form::Single => credential(message, found.value, name),
    }
}

/// Behind the first semicolon that stands in no quotes and brackets.
fn params_of(message: &Message, value: Span) -> Span {
    let (mut is_quoted, mut is_bracketed, mut is_escaped) = (false, false, false);
    let position = message.text(value).iter().position(|byte| {
        let was_escaped = std::mem::replace(&mut is_escaped, false);
        match byte {
            b'\\' if is_quoted && !was_escaped => is_escaped = true,
            b'"' if !was_escaped => is_quoted = !is_quoted,
            b'<' if !is_quoted => is_bracketed = true,
            b'>' if !is_quoted => is_bracketed = false,
            b';' => return !is_quoted && !is_bracketed,
            _ => {}
        }
        false
    });
    match position {
        Some(position) => Span::new(value.start + position as u32, value.end),
        None => Span::point(value.end),
    }
}

/// A parameter of credentials, which commas separate behind the scheme.
fn credential(message: &Message, value: Span, name: &[u8]) -> Option<FoundParam> {
    let text = message.text(value);
    let scheme = text.iter().position(|byte| stdx::ascii::is_space(*byte))? as u32;
    let start = value.start + scheme + 1;
    let items: Vec<Span> =
        CommaList::within(message.buffer(), Span::new(start, value.end)).collect();
    let position = items.iter().position(|item| {
        let item = message.text(*item);
        let named = item.split(|byte| *byte == b'=').next().unwrap_or_default();
        stdx::ascii::trim(named).eq_ignore_ascii_case(name)
    })?;
    let item = *items.get(position)?;
    let equals = message.text(item).iter().position(|byte| *byte == b'=');
    let value = equals.map_or(Span::point(item.end), |at| {
        Span::new(item.start + at as u32 + 1, item.end)
    });
    let whole = match (
        position.checked_sub(1).and_then(|before| items.get(before)),
        items.get(position + 1),
    ) {
        (Some(before), _) => Span::new(before.end, item.end),
        // What stands behind the comma stays (observed on 5.6.3).
        (None, Some(after)) => {
            let between = message.text(Span::new(item.end, after.start));
            let comma = between.iter().position(|byte| *byte == b',');
            let comma = comma.unwrap_or_default() as u32;
            Span::new(item.start, item.end + comma + 1)
        }
        (None, None) => item,
    };
    Some(FoundParam { whole, value })
}

fn bound(source: ArgSource<'_>) -> Result<Place, Diagnostic> {
    source.literal().and_then(Place::parse).ok_or_else(|| {
        source.error(
            "a place in header fields is needed here: \"Name\", \"Name[2]\", \"Name[*].parameter\"",
        )
    })
}

/// Constant text.
impl ScriptArg for Place {
    type Bound = Place;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        bound(source)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// A place for one value, as those take that add one: neither `[*]` nor a parameter.
pub struct Slot(pub Place);

impl ScriptArg for Slot {
    type Bound = Place;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let place = bound(source)?;
        match (place.which, &place.param) {
            (Some(Which::All), _) => Err(source.error("`[*]` is no place for one value")),
            (_, Some(_)) => Err(source.error("a value is added, not a parameter")),
            _ => Ok(place),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Slot(bound.clone()))
    }
}

/// A place that is written to: one value, or a parameter of one or all.
pub struct Target(pub Place);

impl ScriptArg for Target {
    type Bound = Place;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let place = bound(source)?;
        match (place.which, &place.param) {
            (Some(Which::All), None) => {
                Err(source.error("`[*]` needs a parameter: \"Name[*].parameter\""))
            }
            _ => Ok(place),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Target(bound.clone()))
    }
}

/// The name of a header field alone.
pub struct Name(pub Text);

impl ScriptArg for Name {
    type Bound = Text;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match bound(source)? {
            Place {
                header,
                which: None,
                param: None,
            } => Ok(header),
            _ => Err(source.error("the name of a header field is needed here, without more")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Name(bound.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let place = |which, param: Option<&str>| {
            Some(Place {
                header: Text::from("X-L"),
                which,
                param: param.map(Text::from),
            })
        };
        for (text, expected) in [
            ("X-L", place(None, None)),
            ("X-L[2]", place(Some(Which::At(2)), None)),
            ("X-L[-1]", place(Some(Which::At(-1)), None)),
            (" X-L [*] . p ", place(Some(Which::All), Some("p"))),
            ("X-L.p", place(None, Some("p"))),
            ("X-L[0]", place(Some(Which::At(0)), None)),
            ("X-L[]", place(Some(Which::At(0)), None)),
            ("X-L[a]", None),
            ("X-L[1", None),
            ("[1]", None),
            ("X-L.", None),
        ] {
            assert_eq!(Place::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn parameters_are_found_in_both_forms() {
        let text = "OPTIONS sip:a@b SIP/2.0\r\nX-L: a, \"x;p=0\" <sip:b;p=1>;p=2\r\n\
            Authorization: Digest username=\"x, y\", realm=\"r\"\r\n\r\n";
        let message = Message::parse(text.as_bytes().to_vec().into()).unwrap();
        let shown = |place: &str, form, name: &str| {
            let place = Place::parse(place).unwrap();
            let found = place.find(&message, form);
            let param = param(&message, &found[0], form, name.as_bytes())?;
            let shown = |span| String::from_utf8_lossy(message.text(span)).into_owned();
            Some((shown(param.whole), shown(param.value)))
        };
        assert_eq!(
            shown("X-L[2]", Form::List, "p"),
            Some((";p=2".into(), "2".into()))
        );
        assert_eq!(shown("X-L[1]", Form::List, "p"), None);
        assert_eq!(
            shown("Authorization", Form::Single, "realm"),
            Some((", realm=\"r\"".into(), "\"r\"".into()))
        );
        assert_eq!(
            shown("Authorization", Form::Single, "username"),
            Some(("username=\"x, y\",".into(), "\"x, y\"".into()))
        );
    }
}
