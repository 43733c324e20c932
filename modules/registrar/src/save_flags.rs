//! The argument with the flags of `save`.

use mod_usrloc::Usrloc;
use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg};

/// The contacts are kept out of the database.
pub const ONLY_MEMORY: u32 = 0x01;
/// The answer is left to `reg_send_reply`.
pub const NO_REPLY: u32 = 0x02;
/// The contacts of this registration stay, all others go.
pub const ONE_CONTACT: u32 = 0x04;
/// No random time is taken off how long contacts live (`default_expires_range`, `expires_range`).
pub const NO_RANDOM: u32 = 0x08;
/// With [`NO_REPLY`]: the header fields of the answer go into any other response, too.
pub const PREPARE_REPLY: u32 = 0x10;

/// The flags of `save`: a number, also in quotes, also hexadecimal.
pub struct SaveFlags(pub u32);

impl ScriptArg for SaveFlags {
    type Bound = u32;
    const KIND: ArgKind = ArgKind::LiteralInt;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let number = source
            .literal_int()
            .or_else(|| stdx::number::parse_integer(source.literal()?.as_bytes()));
        let flags = number
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| source.error("the flags of `save` are a constant number"))?;
        let usrloc = binder.module::<Usrloc>();
        if flags & ONLY_MEMORY != 0
            && usrloc.is_some_and(|usrloc| usrloc.params.database.db_mode == 3)
        {
            return Err(source.error(
                "the flag 0x01 of `save` keeps contacts in memory only, and with `db_mode` 3 they are in the database only",
            ));
        }
        Ok(flags)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(SaveFlags(*bound))
    }
}
