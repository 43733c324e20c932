//! Which AVPs are meant: `$avp(name)`, or all of a kind by `a`, `s` or `i`.

use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Avps, Binder, BoundVariable, Call, Diagnostic,
    ScriptArg, Text, Value,
};
use std::sync::Arc;

/// The AVPs that an argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Those of a name.
    Named(AvpName),
    /// Those with a name of text (`s`), of a number (`i`), or all (`a`).
    Kind {
        /// Names of text.
        texts: bool,
        /// Names of numbers.
        numbers: bool,
    },
}

impl Selector {
    /// Reads one; `None` when the text is none.
    pub fn read(text: &str) -> Option<Selector> {
        let text = text.trim();
        if let Some(inner) = text.strip_prefix("$avp(") {
            return Some(Selector::Named(name(inner.strip_suffix(')')?)?));
        }
        let first = text.chars().next();
        let (texts, numbers) = match first.map(|letter| letter.to_ascii_lowercase()) {
            None | Some('a') => (true, true),
            Some('s') => (true, false),
            Some('i') => (false, true),
            Some(_) => return None,
        };
        Some(Selector::Kind { texts, numbers })
    }

    /// Whether it means an AVP of that name.
    pub fn takes(&self, name: &AvpName) -> bool {
        match (self, name) {
            (Selector::Named(wanted), name) => wanted == name,
            (Selector::Kind { texts, .. }, AvpName::Text(_)) => *texts,
            (Selector::Kind { numbers, .. }, AvpName::Number(_)) => *numbers,
        }
    }

    /// The names of those there are, each once.
    pub fn names(&self, avps: &Avps) -> Vec<AvpName> {
        let mut names: Vec<AvpName> = Vec::new();
        for (name, _) in avps.iter().filter(|(name, _)| self.takes(name)) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// The name of an AVP as it stands in the parentheses: `x`, `s:x`, `i:5`.
pub fn name(text: &str) -> Option<AvpName> {
    let text = text.trim();
    if text.is_empty() || text.contains('$') {
        return None;
    }
    if let Some(number) = text.strip_prefix("i:") {
        return stdx::number::parse_i64(number.as_bytes()).map(AvpName::Number);
    }
    let text = text.strip_prefix("s:").unwrap_or(text);
    Some(AvpName::Text(Text::from(text)))
}

/// The flags behind a slash, in lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u32);

impl Flags {
    /// Reads letters.
    pub fn read(text: &str) -> Flags {
        let letters = text.bytes().map(|letter| letter.to_ascii_lowercase());
        Flags(
            letters
                .filter(u8::is_ascii_lowercase)
                .fold(0, |flags, letter| flags | 1 << (letter - b'a')),
        )
    }

    /// Whether a letter is there.
    pub fn has(self, letter: u8) -> bool {
        letter.is_ascii_lowercase() && self.0 & 1 << (letter - b'a') != 0
    }
}

/// `name/flags`.
#[derive(Clone, Debug)]
pub struct Flagged {
    /// The AVPs.
    pub selector: Selector,
    /// The flags.
    pub flags: Flags,
}

impl ScriptArg for Flagged {
    type Bound = Flagged;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let (name, flags) = text.split_once('/').unwrap_or((&text, ""));
        match Selector::read(name) {
            Some(selector) => Ok(Flagged {
                selector,
                flags: Flags::read(flags),
            }),
            None => Err(source.error(format!("`{name}` names no AVP"))),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// An argument as it is written, with its variables not expanded.
pub fn written(source: ArgSource<'_>) -> Result<String, Diagnostic> {
    match source.literal() {
        Some(text) => Ok(text.to_owned()),
        None => Err(source.error("a constant text is needed here, with the AVP in quotes")),
    }
}

/// One name with a place for the result: `source/destination/flags`.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What is read.
    pub source: AvpName,
    /// What is written.
    pub destination: AvpName,
    /// The flags.
    pub flags: Flags,
}

impl ScriptArg for Pair {
    type Bound = Pair;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let mut parts = text.split('/');
        let named = |part: Option<&str>| match part.map(Selector::read) {
            Some(Some(Selector::Named(name))) => Some(name),
            _ => None,
        };
        let first = named(parts.next()).ok_or_else(|| source.error("this names no AVP"))?;
        let second = match parts.next() {
            Some(part) => named(Some(part)).ok_or_else(|| source.error("this names no AVP"))?,
            None => first.clone(),
        };
        Ok(Pair {
            source: first,
            destination: second,
            flags: Flags::read(parts.next().unwrap_or_default()),
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// What a value is taken from: constant, or a variable. `i:5` is an integer, `s:x` text.
#[derive(Clone)]
pub enum Operand {
    /// This value.
    Constant(Value),
    /// The variable's value at each call.
    Variable(Arc<BoundVariable>),
}

impl Operand {
    /// Reads one that stands at `source`.
    pub fn read(
        text: &str,
        source: ArgSource<'_>,
        binder: &mut Binder<'_>,
    ) -> Result<Operand, Diagnostic> {
        if text.starts_with('$') {
            let variable = binder.variable_in(text, source.span())?;
            return Ok(Operand::Variable(Arc::new(variable)));
        }
        if let Some(number) = text.strip_prefix("i:") {
            let number = stdx::number::parse_integer(number.as_bytes())
                .ok_or_else(|| source.error(format!("`{number}` is no integer")))?;
            return Ok(Operand::Constant(Value::Int(number)));
        }
        let text = text.strip_prefix("s:").unwrap_or(text);
        Ok(Operand::Constant(Value::from(text)))
    }

    /// Its value.
    pub fn value(&self, call: &mut Call) -> Value {
        match self {
            Operand::Constant(value) => value.clone(),
            Operand::Variable(variable) => variable.get(call),
        }
    }
}

/// Splits `operator/value/flags`; the value may have slashes itself.
pub fn operation(text: &str) -> Option<(&str, &str, Flags)> {
    let (operator, rest) = text.split_once('/')?;
    match rest.rsplit_once('/') {
        Some((value, flags)) if flags.bytes().all(|letter| b"gGiIdD".contains(&letter)) => {
            Some((operator, value, Flags::read(flags)))
        }
        _ => Some((operator, rest, Flags::default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avps_are_named_as_in_the_script() {
        let text = |name: &'static str| AvpName::Text(Text::from_static(name));
        for (written, expected) in [
            ("$avp(x)", Some(Selector::Named(text("x")))),
            ("$avp(s:x)", Some(Selector::Named(text("x")))),
            ("$avp(i:5)", Some(Selector::Named(AvpName::Number(5)))),
            (
                "i",
                Some(Selector::Kind {
                    texts: false,
                    numbers: true,
                }),
            ),
            (
                "a3",
                Some(Selector::Kind {
                    texts: true,
                    numbers: true,
                }),
            ),
            ("$avp($var(x))", None),
            ("$var(x)", None),
        ] {
            assert_eq!(Selector::read(written), expected, "{written}");
        }
    }

    #[test]
    fn an_operation_may_have_slashes_in_its_value() {
        assert_eq!(
            operation("lt/i:345/g"),
            Some(("lt", "i:345", Flags::read("g")))
        );
        assert_eq!(
            operation("re/sip:.*/x@y"),
            Some(("re", "sip:.*/x@y", Flags::default()))
        );
        assert_eq!(operation("eq"), None);
    }
}
