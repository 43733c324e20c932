//! Sets of methods.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use sip::{Message, Method};
use std::sync::Arc;

/// The methods of `INVITE|ACK`: a bit mask, and the names of those that have no bit.
#[derive(Clone, Debug)]
pub struct MethodSet {
    mask: u32,
    others: Option<Arc<[Text]>>,
}

impl MethodSet {
    /// Reads names between bars, in any case.
    pub fn parse(names: &[u8]) -> MethodSet {
        let mut mask = 0;
        let mut others = Vec::new();
        for name in stdx::ascii::split_trimmed(names, b'|').filter(|name| !name.is_empty()) {
            match Method::from_name(name) {
                Method::Other => others.push(Text::from(name)),
                method => mask |= method.bit(),
            }
        }
        MethodSet {
            mask,
            others: (!others.is_empty()).then(|| others.into()),
        }
    }

    /// Whether the message's method, for a response that of its CSeq, is one of them.
    #[inline]
    pub fn contains(&self, message: &Message) -> bool {
        let method = message.method();
        if method != Method::Other {
            return self.mask & method.bit() != 0;
        }
        let name = message.method_name();
        !name.is_empty()
            && self
                .others
                .iter()
                .flat_map(|others| others.iter())
                .any(|other| other.eq_ignore_ascii_case(name))
    }
}

/// Constant text.
impl ScriptArg for MethodSet {
    type Bound = MethodSet;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let methods = source
            .literal()
            .map(|names| MethodSet::parse(names.as_bytes()));
        if let Some(methods) = &methods
            && let Some([other, rest @ ..]) = methods.others.as_deref()
            && (methods.mask != 0 || !rest.is_empty())
        {
            let message = format!(
                "`{other}` is no method that is known: upstream takes such a name only alone"
            );
            let code = diagnostics::codes::params::WRONG_ARGUMENT;
            binder
                .diagnostics
                .push(Diagnostic::warning(code, source.span(), message));
        }
        match methods {
            Some(methods) if methods.mask != 0 || methods.others.is_some() => Ok(methods),
            _ => {
                Err(source.error("the name of a method is needed here, or several: \"INVITE|ACK\""))
            }
        }
    }

    #[inline]
    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_by_bit_by_name_and_by_its_cseq() {
        let message = |text: &str| Message::parse(text.as_bytes().to_vec().into()).unwrap();
        let invite = message("INVITE sip:a@b SIP/2.0\r\n\r\n");
        let odd = message("ODD sip:a@b SIP/2.0\r\n\r\n");
        let response = message("SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n");
        let bare = message("SIP/2.0 200 OK\r\n\r\n");
        for (names, expected) in [
            ("INVITE", [true, false, false, false]),
            ("ack | invite", [true, false, false, false]),
            ("ACK|BYE", [false, false, true, false]),
            ("odd|BYE", [false, true, true, false]),
            ("EVEN", [false, false, false, false]),
        ] {
            let set = MethodSet::parse(names.as_bytes());
            let found = [&invite, &odd, &response, &bare].map(|message| set.contains(message));
            assert_eq!(found, expected, "{names}");
        }
    }
}
