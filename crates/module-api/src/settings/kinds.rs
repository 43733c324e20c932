//! Types of core parameters that are neither plain integers nor plain texts.

use crate::live::{Changeable, Live};
use crate::params::{ParamError, ParamField, ParamValue};
use catalog::SettingKind;
use diagnostics::Span;
use sip::Transport;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use stdx::Text;

/// A facility of syslog by its number (RFC 5424 §6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFacility(pub u8);

impl LogFacility {
    /// The facility of that name in `syslog(3)`.
    pub fn named(name: &str) -> Option<LogFacility> {
        telemetry::facility_number(name).map(LogFacility)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        telemetry::facility_name(self.0).unwrap_or("LOG_DAEMON")
    }
}

/// `LOG_DAEMON`.
impl Default for LogFacility {
    fn default() -> Self {
        LogFacility(telemetry::FACILITY_DEFAULT)
    }
}

impl ParamField for LogFacility {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let name = word(value, Self::KIND)?;
        *self = LogFacility::named(name).ok_or_else(|| {
            ParamError::Invalid(format!(
                "`{name}` is no facility of syslog, such as LOG_LOCAL0"
            ))
        })?;
        Ok(())
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Text(Text::from_static(self.name())))
    }
}

/// A number of which the lowest bits count, so many of them, and those above are cut off (observed on 5.6.3). One below zero
/// is what 32 bits hold of a larger number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowBits<const BITS: u32>(pub i64);

impl<const BITS: u32> ParamField for LowBits<BITS> {
    const KIND: SettingKind = SettingKind::Int;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let ParamValue::Int(number) = value else {
            return Err(ParamError::WrongKind(Self::KIND));
        };
        self.0 = number & ((1 << BITS) - 1);
        if self.0 == *number {
            return Ok(());
        }
        let taken = self.0;
        let message = format!("{number} is out of range: {taken} is taken, its lowest {BITS} bits");
        Err(ParamError::Adjusted(message))
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Int(self.0))
    }
}

/// The host that our messages name; whatever is written is taken (observed on 5.6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostText(pub Text);

impl ParamField for HostText {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        self.0.assign(value, span)?;
        if self.0.is_empty() || is_host(&self.0) {
            return Ok(());
        }
        let message = format!("`{}` is no host, and is sent as it is", self.0);
        Err(ParamError::Adjusted(message))
    }

    fn value(&self) -> Option<ParamValue> {
        self.0.value()
    }
}

/// Whether a text is an address or can be the name of a host (RFC 3261 §25.1). What turns other parameters on and off is
/// none, though a name could be written so.
fn is_host(text: &Text) -> bool {
    let Some(text) = text.to_str() else {
        return false;
    };
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if bare.unwrap_or(text).parse::<IpAddr>().is_ok() {
        return true;
    }
    let top = text.trim_end_matches('.').rsplit('.').next();
    let is_switch = matches!(text, "yes" | "no" | "on" | "off" | "true" | "false");
    let is_of_hosts = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    text.bytes().all(is_of_hosts)
        && top.is_some_and(|top| top.starts_with(|first: char| first.is_ascii_alphabetic()))
        && !is_switch
}

/// The type of service of sent packets, a number or one of the names of `<netinet/ip.h>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeOfService(pub u8);

/// `IPTOS_LOWDELAY`.
impl Default for TypeOfService {
    fn default() -> Self {
        TypeOfService(0x10)
    }
}

impl ParamField for TypeOfService {
    const KIND: SettingKind = SettingKind::Either;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let ParamValue::Text(name) = value else {
            let mut bits = LowBits::<8>(0);
            let result = bits.assign(value, span);
            self.0 = u8::try_from(bits.0).unwrap_or(u8::MAX);
            return result;
        };
        let known = match name.as_bytes() {
            b"IPTOS_LOWDELAY" => Some(0x10),
            b"IPTOS_THROUGHPUT" => Some(0x08),
            b"IPTOS_RELIABILITY" => Some(0x04),
            b"IPTOS_MINCOST" | b"IPTOS_LOWCOST" => Some(0x02),
            _ => None,
        };
        *self = known.map_or_else(TypeOfService::default, TypeOfService);
        match known {
            Some(_) => Ok(()),
            None => Err(ParamError::Adjusted(format!(
                "`{name}` is no type of service, such as IPTOS_THROUGHPUT or 0x08: IPTOS_LOWDELAY is taken"
            ))),
        }
    }
}

/// A transport by its name, which may change. Copies are the same transport.
#[derive(Clone, Debug, Default)]
pub struct LiveTransport(Live);

impl LiveTransport {
    /// The numbers that operators change it by.
    const NUMBERS: [(i64, Transport); 4] = [
        (1, Transport::Udp),
        (2, Transport::Tcp),
        (3, Transport::Tls),
        (4, Transport::Sctp),
    ];

    /// What it is now: UDP while it is none.
    pub fn get(&self) -> Transport {
        let number = self.0.get();
        let mut known = Self::NUMBERS.iter();
        let found = known.find(|(of, _)| *of == number);
        found.map_or(Transport::Udp, |(_, transport)| *transport)
    }
}

impl Changeable for LiveTransport {
    fn value(&self) -> ParamValue {
        Changeable::value(&self.0)
    }

    fn change(&self, value: &ParamValue) -> bool {
        self.0.change(value)
    }
}

impl ParamField for LiveTransport {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let name = match value {
            ParamValue::Text(_) => word(value, Self::KIND)?,
            ParamValue::Int(_) if self.change(value) => return Ok(()),
            ParamValue::Int(_) => return Err(ParamError::WrongKind(Self::KIND)),
        };
        let transport = Transport::from_name(name.as_bytes());
        let mut known = Self::NUMBERS.iter();
        let found = known.find(|(_, of)| Some(*of) == transport);
        let Some((number, _)) = found else {
            return Err(ParamError::Invalid(format!(
                "`{name}` is no transport: TCP, TLS, SCTP or UDP is meant"
            )));
        };
        self.0.change(&ParamValue::Int(*number));
        Ok(())
    }

    fn value(&self) -> Option<ParamValue> {
        Some(Changeable::value(self))
    }

    fn live(&self) -> Option<Arc<dyn Changeable>> {
        Some(Arc::new(self.clone()))
    }
}

/// What besides SIP may come over a stream: a sum of numbers, or their names with commas between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamProtocols(pub i64);

impl StreamProtocols {
    /// Whether this one may come.
    pub fn has(self, protocol: i64) -> bool {
        self.0 & protocol != 0
    }

    /// Requests of HTTP.
    pub const HTTP: i64 = 4;
    /// WebSocket, with and without TLS.
    pub const WEBSOCKET: i64 = 8;
    /// RFC 4975.
    pub const MSRP: i64 = 16;
    /// Captured traffic.
    pub const HEP: i64 = 32;
    /// RFC 8489.
    pub const STUN: i64 = 64;
    /// The header of the PROXY protocol before everything else.
    pub const HAPROXY: i64 = 128;
}

/// HTTP, WebSocket, MSRP and STUN.
impl Default for StreamProtocols {
    fn default() -> Self {
        StreamProtocols(Self::HTTP | Self::WEBSOCKET | Self::MSRP | Self::STUN)
    }
}

impl ParamField for StreamProtocols {
    const KIND: SettingKind = SettingKind::Either;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let names = match value {
            ParamValue::Int(sum) => {
                self.0 = *sum;
                return Ok(());
            }
            ParamValue::Text(names) => names.to_str_lossy(),
        };
        let mut sum = 0;
        for name in names.split(',').map(str::trim) {
            sum |= match name {
                "http" => Self::HTTP,
                "ws" | "wss" => Self::WEBSOCKET,
                "msrp" => Self::MSRP,
                "hep" | "hep3" => Self::HEP,
                "stun" => Self::STUN,
                "haproxy" => Self::HAPROXY,
                _ => {
                    return Err(ParamError::Invalid(format!(
                        "`{name}` is no protocol known here"
                    )));
                }
            };
        }
        self.0 = sum;
        Ok(())
    }
}

/// How IPv6 addresses are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ipv6Style {
    /// `a`: all groups, lower case.
    Full,
    /// `A`: all groups, upper case.
    FullUpper,
    /// `c`: RFC 5952.
    #[default]
    Compact,
}

impl ParamField for Ipv6Style {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let name = word(value, Self::KIND)?;
        // The first character decides (observed on 5.6.3).
        let (style, letter) = match name.as_bytes().first() {
            Some(b'a') => (Ipv6Style::Full, "a"),
            Some(b'A') => (Ipv6Style::FullUpper, "A"),
            Some(b'c') => (Ipv6Style::Compact, "c"),
            _ => return Err(ParamError::Invalid("\"a\", \"A\" or \"c\" is meant".into())),
        };
        *self = style;
        if name == letter {
            return Ok(());
        }
        let message = format!("\"a\", \"A\" or \"c\" is meant: \"{letter}\" is taken");
        Err(ParamError::Adjusted(message))
    }
}

/// Anything that has a written form of its own, such as an address, which may stand in brackets; none until it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<T>(pub Option<T>);

impl<T> Default for Written<T> {
    fn default() -> Self {
        Written(None)
    }
}

impl<T: FromStr> ParamField for Written<T>
where
    T::Err: std::fmt::Display,
{
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        let text = word(value, Self::KIND)?;
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let parsed = bare
            .unwrap_or(text)
            .parse()
            .map_err(|error: T::Err| ParamError::Invalid(error.to_string()))?;
        self.0 = Some(parsed);
        Ok(())
    }
}

fn word(value: &ParamValue, kind: SettingKind) -> Result<&str, ParamError> {
    match value {
        ParamValue::Text(text) => std::str::from_utf8(text)
            .map_err(|_| ParamError::Invalid("the text is not UTF-8".into())),
        ParamValue::Int(_) => Err(ParamError::WrongKind(kind)),
    }
}
