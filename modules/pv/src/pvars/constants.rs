//! Values that never change: numbers of protocols, characters that are hard to write, who we are.

use crate::pvars::{Key, Keyed};
use mod_core::addresses::{FAMILY_IPV4, FAMILY_IPV6};
use module_api::{Call, Value, pvar};

/// The release of Kamailio whose language and modules this server speaks.
const RELEASE: &str = "6.1.0";

/// The same as a number.
const RELEASE_NUMBER: i64 = 6_001_000;

/// A constant.
#[derive(Clone, Copy)]
pub struct Constant(i64);

impl Key for Constant {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("UDP", Constant(1)),
        ("TCP", Constant(2)),
        ("TLS", Constant(3)),
        ("SCTP", Constant(4)),
        ("WS", Constant(5)),
        ("WSS", Constant(6)),
        ("IPv4", Constant(FAMILY_IPV4)),
        ("IPv6", Constant(FAMILY_IPV6)),
        ("IP4", Constant(FAMILY_IPV4)),
        ("IP6", Constant(FAMILY_IPV6)),
        ("INET", Constant(FAMILY_IPV4)),
        ("INET6", Constant(FAMILY_IPV6)),
    ];
}

/// The number of a transport or an address family: `$K(UDP)`, `$K(TCP)`, `$K(TLS)`, `$K(SCTP)`, `$K(WS)`, `$K(WSS)`,
/// `$K(IPv4)`, `$K(IPv6)`.
#[pvar("K")]
fn constant(_call: &mut Call, constant: &Keyed<Constant>) -> Value {
    Value::Int(constant.0.0)
}

/// 1.
#[pvar("true")]
fn truth(_call: &mut Call) -> Value {
    Value::Int(1)
}

/// How a version is shown.
#[derive(Clone, Copy)]
pub enum VersionForm {
    /// `num`
    Number,
    /// `full`
    Full,
    /// `hash`
    Hash,
}

impl Key for VersionForm {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("num", VersionForm::Number),
        ("full", VersionForm::Full),
        ("hash", VersionForm::Hash),
    ];
}

/// The release of Kamailio that scripts may rely on: `$version(num)`, with the platform `$version(full)`.
#[pvar("version")]
fn version(_call: &mut Call, form: &Keyed<VersionForm>) -> Value {
    match form.0 {
        VersionForm::Number => Value::from_static(RELEASE),
        VersionForm::Full => Value::from(
            format!(
                "kamailio {RELEASE} ({}/{})",
                std::env::consts::ARCH,
                std::env::consts::OS
            )
            .as_str(),
        ),
        VersionForm::Hash => Value::from_static("unknown"),
    }
}

/// What of the release is shown.
#[derive(Clone, Copy)]
pub enum ReleaseForm {
    /// `ver`
    Text,
    /// `verval`
    Number,
}

impl Key for ReleaseForm {
    const NAMES: &'static [(&'static str, Self)] =
        &[("ver", ReleaseForm::Text), ("verval", ReleaseForm::Number)];
}

/// The release of Kamailio that scripts may rely on: `$ksr(ver)` as text, `$ksr(verval)` as a number.
#[pvar("ksr")]
fn release(_call: &mut Call, form: &Keyed<ReleaseForm>) -> Value {
    match form.0 {
        ReleaseForm::Text => Value::from_static(RELEASE),
        ReleaseForm::Number => Value::Int(RELEASE_NUMBER),
    }
}

/// A line feed.
#[pvar("En")]
fn line_feed(_call: &mut Call) -> Value {
    Value::from_static("\n")
}

/// A carriage return.
#[pvar("Er")]
fn carriage_return(_call: &mut Call) -> Value {
    Value::from_static("\r")
}

/// A blank.
#[pvar("Es")]
fn blank(_call: &mut Call) -> Value {
    Value::from_static(" ")
}

/// A tab.
#[pvar("Et")]
fn tab(_call: &mut Call) -> Value {
    Value::from_static("\t")
}

/// A comma.
#[pvar("Ec")]
fn comma(_call: &mut Call) -> Value {
    Value::from_static(",")
}

/// A double quote.
#[pvar("Eq")]
fn double_quote(_call: &mut Call) -> Value {
    Value::from_static("\"")
}

/// A single quote.
#[pvar("Ek")]
fn single_quote(_call: &mut Call) -> Value {
    Value::from_static("'")
}

/// A colon.
#[pvar("Ei")]
fn colon(_call: &mut Call) -> Value {
    Value::from_static(":")
}

/// A semicolon.
#[pvar("Ej")]
fn semicolon(_call: &mut Call) -> Value {
    Value::from_static(";")
}

/// A backslash.
#[pvar("Eb")]
fn backslash(_call: &mut Call) -> Value {
    Value::from_static("\\")
}

/// A backtick.
#[pvar("Ev")]
fn backtick(_call: &mut Call) -> Value {
    Value::from_static("`")
}
