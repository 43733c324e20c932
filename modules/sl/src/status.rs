//! What a response says, as scripts give it: what has no value is left to the module's parameters.

use crate::Sl;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, IntSource, ScriptArg, Text, TextSource,
    Value,
};

/// The status; none when what stands for it has no value, or is no number. A negative one is none either (observed on 5.6.3).
pub struct Code(Option<i64>);

impl Code {
    /// The status, that of `default_code` if there is none.
    pub fn or_default(self, sl: &Sl) -> i64 {
        self.0
            .filter(|code| *code >= 0)
            .unwrap_or(sl.params.default_code)
    }
}

impl ScriptArg for Code {
    type Bound = IntSource;
    const KIND: ArgKind = ArgKind::Int;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        i64::bind(source, binder)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        Ok(Code(i64::eval(bound, call).ok()))
    }
}

/// The reason phrase; none when what stands for it has no value.
pub struct Reason(Option<Text>);

impl Reason {
    /// The reason phrase, that of `default_reason` if there is none.
    pub fn or_default(self, sl: &Sl) -> Text {
        self.0.unwrap_or_else(|| sl.params.default_reason.clone())
    }
}

impl ScriptArg for Reason {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Text::bind(source, binder)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        Ok(Reason(match bound.value(call)? {
            Value::Null => None,
            value => Some(value.into_text()),
        }))
    }
}
