//! The words of the language: those that mean something by themselves, wherever they stand.

use crate::ast::{Constant, Keyword, Protocol};

/// Whether a word belongs to the grammar: no define of that name is put in its place.
pub(crate) fn is_reserved(word: &str) -> bool {
    is_statement(word)
        || is_item(word)
        || is_operator(word)
        || boolean(word).is_some()
        || keyword(word).is_some()
        || constant(word).is_some()
        || core_function(word).is_some()
}

/// Words that begin or divide statements.
pub(crate) fn is_statement(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "switch"
            | "case"
            | "default"
            | "while"
            | "break"
            | "return"
            | "exit"
            | "drop"
    )
}

/// Words that begin a top-level item; they also end a list of addresses.
pub(crate) fn is_item(word: &str) -> bool {
    matches!(
        word,
        "loadmodule"
            | "loadmodulex"
            | "loadpath"
            | "mpath"
            | "modparam"
            | "modparamx"
            | "flags"
            | "bool"
            | "avpflags"
            | "alias"
            | "domain"
            | "listen"
            | "socket"
            | "coreparam"
            | "route"
            | "request_route"
            | "failure_route"
            | "branch_route"
            | "reply_route"
            | "onreply_route"
            | "onsend_route"
            | "event_route"
    )
}

fn is_operator(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "not"
            | "mod"
            | "eq"
            | "ne"
            | "ieq"
            | "ine"
            | "defined"
            | "strlen"
            | "strempty"
            | "selval"
    )
}

/// The number that `yes`, `off` and their kin stand for.
pub(crate) fn boolean(word: &str) -> Option<i64> {
    match word {
        "yes" | "true" | "on" | "enable" => Some(1),
        "no" | "false" | "off" | "disable" => Some(0),
        _ => None,
    }
}

/// Parts of the message with a word of their own; `msg:len`, `uri:host` and `uri:port` are three tokens.
pub(crate) fn keyword(word: &str) -> Option<Keyword> {
    Some(match word {
        "method" => Keyword::Method,
        "uri" => Keyword::Uri,
        "status" => Keyword::Status,
        "from_uri" => Keyword::FromUri,
        "to_uri" => Keyword::ToUri,
        "src_ip" => Keyword::SourceIp,
        "dst_ip" => Keyword::DestinationIp,
        "src_port" => Keyword::SourcePort,
        "dst_port" => Keyword::DestinationPort,
        "proto" => Keyword::Proto,
        "af" => Keyword::AddressFamily,
        "snd_ip" => Keyword::SendIp,
        "snd_port" => Keyword::SendPort,
        "snd_proto" | "to_proto" => Keyword::SendProto,
        "snd_af" | "to_af" => Keyword::SendAddressFamily,
        "to_ip" => Keyword::ToIp,
        "to_port" => Keyword::ToPort,
        _ => return None,
    })
}

/// Values that keywords are compared with.
pub(crate) fn constant(word: &str) -> Option<Constant> {
    Some(match word {
        "myself" => Constant::Myself,
        "max_len" => Constant::MaxLen,
        "inet" | "INET" | "ipv4" | "IPv4" | "IPV4" => Constant::Inet,
        "inet6" | "INET6" | "ipv6" | "IPv6" | "IPV6" => Constant::Inet6,
        _ => return protocol(word).map(Constant::Protocol),
    })
}

/// Transports, in the letter cases that are words of the language.
pub(crate) fn protocol(word: &str) -> Option<Protocol> {
    Some(match word {
        "udp" | "UDP" => Protocol::Udp,
        "tcp" | "TCP" => Protocol::Tcp,
        "tls" | "TLS" => Protocol::Tls,
        "sctp" | "SCTP" => Protocol::Sctp,
        "ws" | "WS" => Protocol::Ws,
        "wss" | "WSS" => Protocol::Wss,
        _ => return None,
    })
}

/// How a function of the core reads its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreFunction {
    /// Expressions, as for functions of modules.
    Values,
    /// Expressions, and bare words for names.
    Names,
    /// Addresses and bare words.
    Addresses,
    /// Expressions; the parentheses may be left out.
    Bare,
}

/// The functions that the language knows by name. Those of modules are unknown to it.
pub(crate) fn core_function(word: &str) -> Option<CoreFunction> {
    Some(match word {
        "route" | "setflag" | "resetflag" | "isflagset" | "setavpflag" | "resetavpflag"
        | "isavpflagset" => CoreFunction::Names,
        "forward"
        | "forward_udp"
        | "forward_tcp"
        | "forward_tls"
        | "forward_sctp"
        | "force_send_socket"
        | "set_advertised_address"
        | "udp_mtu_try_proto" => CoreFunction::Addresses,
        "revert_uri"
        | "force_rport"
        | "add_rport"
        | "add_local_rport"
        | "force_tcp_alias"
        | "add_tcp_alias"
        | "set_forward_no_connect"
        | "set_forward_close"
        | "set_reply_no_connect"
        | "set_reply_close" => CoreFunction::Bare,
        "log"
        | "error"
        | "exec"
        | "set_advertised_port"
        | "prefix"
        | "strip"
        | "strip_tail"
        | "userphone"
        | "remove_branch"
        | "clear_branches"
        | "cfg_select"
        | "cfg_reset"
        | "rewritehost"
        | "sethost"
        | "seth"
        | "rewritehostport"
        | "sethostport"
        | "sethp"
        | "rewritehostporttrans"
        | "sethostporttrans"
        | "sethpt"
        | "rewriteuser"
        | "setuser"
        | "setu"
        | "rewriteuserpass"
        | "setuserpass"
        | "setup"
        | "rewriteport"
        | "setport"
        | "setp"
        | "rewriteuri"
        | "seturi" => CoreFunction::Values,
        _ => return None,
    })
}

/// Whether the value of a parameter is a host. There 5.6.3 takes a number or a `yes` for the name that is written so.
pub fn takes_host(parameter: &str) -> bool {
    parameter == "advertised_address"
}
