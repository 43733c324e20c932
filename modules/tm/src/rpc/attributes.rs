//! What `tm.t_uac_attrs` is told of how to send a request.

use module_api::{Fault, Text};
use sip::Params;

/// When the command answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// At once.
    #[default]
    Start,
    /// With the final response.
    Wait,
    /// With status and reason phrase of that.
    Block,
}

/// `mode=wait;cbflags=noack;rpflags=1;fr_timeout=2000;fr_inv_timeout=30000`, read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// When the command answers.
    pub mode: Mode,
    /// Whether the 2xx to an INVITE is left to others to acknowledge.
    pub no_ack: bool,
    /// Whether the body is hexadecimal.
    pub is_hex: bool,
    /// The times of the transaction, in milliseconds: `fr_timer` and `fr_inv_timer`.
    pub times: [Option<u32>; 2],
}

impl Attributes {
    /// Reads them; what is not known is a mistake.
    pub fn read(text: &Text) -> Result<Attributes, Fault> {
        let bad = |what: &[u8]| {
            let what = String::from_utf8_lossy(what);
            Fault::new(400, format!("Invalid attribute \"{what}\""))
        };
        let mut read = Attributes::default();
        for param in Params::new(text) {
            let value = param.value.unwrap_or_default();
            let number = || {
                let number = stdx::number::parse_u64(value);
                let number = number.and_then(|number| u32::try_from(number).ok());
                number.ok_or_else(|| bad(param.name))
            };
            match (param.name, value) {
                // The manual's example has the other name.
                (b"mode" | b"reply", b"start" | b"") => read.mode = Mode::Start,
                (b"mode" | b"reply", b"wait") => read.mode = Mode::Wait,
                (b"mode" | b"reply", b"block") => read.mode = Mode::Block,
                (b"cbflags", b"noack") => read.no_ack = true,
                (b"cbflags", b"") => {}
                (b"rpflags", _) => read.is_hex = number()? & 1 != 0,
                (b"fr_timeout", _) => read.times[0] = Some(number()?).filter(|time| *time > 0),
                (b"fr_inv_timeout", _) => read.times[1] = Some(number()?).filter(|time| *time > 0),
                (name, _) => return Err(bad(name)),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_by_name() {
        let read = |text: &'static str| Attributes::read(&Text::from_static(text));
        assert_eq!(read(""), Ok(Attributes::default()));
        let all = read("mode=block;cbflags=noack;rpflags=1;fr_timeout=700;fr_inv_timeout=9");
        let expected = Attributes {
            mode: Mode::Block,
            no_ack: true,
            is_hex: true,
            times: [Some(700), Some(9)],
        };
        assert_eq!(all, Ok(expected));
        assert_eq!(read("reply=wait").unwrap().mode, Mode::Wait);
        for bad in ["mode=never", "rpflags=x", "other=1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
