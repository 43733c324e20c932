//! The P-Charging-Vector of a message (RFC 7315 §4.6).

use module_api::{Call, Text, relay};
use sip::{HeaderId, Params};
use std::net::IpAddr;

/// How a message came to its charging vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has none.
    None,
    /// It was received with it.
    Received,
    /// It was received with one that has no `icid-value`.
    Unreadable,
    /// The script had it generated.
    Generated,
    /// The script had it removed.
    Removed,
}

/// The charging vector as it stands.
#[derive(Clone, Debug)]
pub struct ChargingVector {
    /// The whole header field with its line end; empty when there is none.
    pub line: Text,
    /// How the message came to it.
    pub state: State,
}

impl ChargingVector {
    /// A new one, generated at `address`; its value is unique as far as `random` is.
    pub fn generate(address: IpAddr, random: u64) -> ChargingVector {
        let mut line = String::from("P-Charging-Vector: icid-value=495653");
        match address {
            IpAddr::V4(address) => line.push_str(&format!("{:08X}", u32::from(address))),
            IpAddr::V6(address) => line.push_str(&format!("{:032X}", u128::from(address))),
        }
        let host = relay::address_text(address);
        line.push_str(&format!("{random:016X}; icid-generated-at={host}\r\n"));
        ChargingVector {
            line: Text::from(line),
            state: State::Generated,
        }
    }

    /// That of the message at hand.
    pub fn of(call: &Call) -> ChargingVector {
        if let Some(vector) = call.notes.get::<ChargingVector>() {
            return vector.clone();
        }
        match call.message.header(HeaderId::PChargingVector) {
            Some(field) => {
                let mut vector = ChargingVector {
                    line: Text::from(call.message.text(field.whole())),
                    state: State::Received,
                };
                if vector
                    .param(b"icid-value")
                    .is_none_or(|value| value.is_empty())
                {
                    vector.state = State::Unreadable;
                }
                vector
            }
            None => ChargingVector {
                line: Text::default(),
                state: State::None,
            },
        }
    }

    /// The value of a parameter, without its quotes.
    pub fn param(&self, name: &[u8]) -> Option<Text> {
        let (_, value) = stdx::ascii::split_once(&self.line, b':')?;
        Params::new(stdx::ascii::trim(value))
            .named(name)
            .map(|param| Text::from(param.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_vector_can_be_read() {
        let vector = ChargingVector::generate("127.0.0.1".parse().unwrap(), 0x1A);
        assert_eq!(
            vector.line,
            "P-Charging-Vector: icid-value=4956537F000001000000000000001A; icid-generated-at=127.0.0.1\r\n"
        );
        assert_eq!(
            vector.param(b"icid-value").unwrap(),
            "4956537F000001000000000000001A"
        );
        assert_eq!(vector.param(b"icid-generated-at").unwrap(), "127.0.0.1");
        assert_eq!(vector.param(b"orig-ioi"), None);
    }
}
