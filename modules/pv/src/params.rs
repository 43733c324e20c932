//! Module parameters.

use module_api::{AvpName, Params, Placed, Text, Value};

/// What `modparam("pv", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The first value of a shared variable: `name=i:5` or `name=s:text`.
    pub shvset: Vec<Placed<Text>>,
    /// The value a script variable has at the start of each run: `name=i:5` or `name=s:text`.
    pub varset: Vec<Placed<Text>>,
    /// Other names of `$avp`s: `email=s:email_addr;tmp=i:100`.
    pub avp_aliases: Vec<Placed<Text>>,
}

/// Reads `name=i:5` or `name=s:text`.
pub fn first_value(text: &[u8]) -> Result<(Text, Value), String> {
    let form = || {
        format!(
            "`{}` is not of the form name=i:number or name=s:text",
            Text::from(text)
        )
    };
    let (name, value) = stdx::ascii::split_once(text, b'=').ok_or_else(form)?;
    let name = stdx::ascii::trim(name);
    if name.is_empty() {
        return Err(form());
    }
    let value = match value {
        [b'i' | b'I', b':', digits @ ..] => {
            match stdx::number::parse_i64(stdx::ascii::trim(digits)) {
                Some(number) => Value::Int(number),
                // COMPAT: 5.6.3 takes no digits for 0.
                None if digits.is_empty() => Value::Int(0),
                None => return Err(format!("`{}` is no number", Text::from(digits))),
            }
        }
        [b's' | b'S', b':', rest @ ..] => Value::from(rest),
        _ => return Err(form()),
    };
    Ok((Text::from(name), value))
}

/// Reads `alias=s:name;alias=i:5`.
pub fn avp_aliases(text: &[u8]) -> Result<Vec<(Text, AvpName)>, String> {
    stdx::ascii::split_trimmed(text, b';')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (alias, name) = stdx::ascii::split_once(part, b'=')
                .ok_or_else(|| format!("`{}` is not of the form alias=name", Text::from(part)))?;
            Ok((
                Text::from(stdx::ascii::trim(alias)),
                avp_name(stdx::ascii::trim(name))?,
            ))
        })
        .collect()
}

/// Reads the name of an `$avp`: `s:x` and `x` are text, `i:5` is a number.
pub fn avp_name(text: &[u8]) -> Result<AvpName, String> {
    match text {
        [] | [b's' | b'S', b':'] => Err("an AVP needs a name".to_owned()),
        [b'i' | b'I', b':', digits @ ..] => match stdx::number::parse_i64(digits) {
            Some(number) => Ok(AvpName::Number(number)),
            None => Err(format!("`{}` is no number", Text::from(digits))),
        },
        [b's' | b'S', b':', name @ ..] => Ok(AvpName::Text(Text::from(name))),
        name => Ok(AvpName::Text(Text::from(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_values_are_numbers_or_texts() {
        assert_eq!(
            first_value(b"x=i:-17"),
            Ok((Text::from("x"), Value::Int(-17)))
        );
        let gateway = (
            Text::from("gw"),
            Value::from("sip:11.11.11.11;transport=tcp"),
        );
        assert_eq!(
            first_value(b"gw=s:sip:11.11.11.11;transport=tcp"),
            Ok(gateway)
        );
        assert_eq!(first_value(b"x=i:"), Ok((Text::from("x"), Value::Int(0))));
        for wrong in ["x", "x=5", "x=i:five", "=i:5", "x=f:1"] {
            assert!(first_value(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn aliases_name_texts_and_numbers() {
        let aliases = avp_aliases(b"email=s:email_addr;tmp=i:100;").unwrap();
        assert_eq!(
            aliases[0],
            (Text::from("email"), AvpName::Text(Text::from("email_addr")))
        );
        assert_eq!(aliases[1], (Text::from("tmp"), AvpName::Number(100)));
        assert!(avp_aliases(b"email").is_err());
        assert!(avp_aliases(b"email=i:x").is_err());
    }
}
