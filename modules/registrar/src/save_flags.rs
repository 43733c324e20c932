//! The argument with the flags of `save`.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg};

/// The flags of `save`: a number, also in quotes, also hexadecimal.
pub struct SaveFlags(pub u32);

impl ScriptArg for SaveFlags {
    type Bound = u32;
    const KIND: ArgKind = ArgKind::LiteralInt;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let hexadecimal = |text: &str| {
            let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"))?;
            u32::from_str_radix(digits, 16).ok()
        };
        let number = source
            .literal()
            .and_then(hexadecimal)
            .or_else(|| u32::try_from(source.literal_int()?).ok());
        number.ok_or_else(|| source.error("the flags of `save` are a constant number"))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(SaveFlags(*bound))
    }
}
