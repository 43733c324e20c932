//! Arguments that only core functions take.

use module_api::ast::{ExprKind, HostLiteral, Keyword, Protocol, SocketLiteral};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text, TextSource,
};
use sip::{Transport, Uri};
use std::net::IpAddr;

/// A host or a port: constant, `uri:host`, `uri:port`, or text with variables.
pub struct UriPart(pub Text);

/// A host or a port, bound.
pub enum UriPartSource {
    /// The Request-URI's host.
    Host,
    /// The Request-URI's port.
    Port,
    /// Anything else.
    Text(TextSource),
}

impl ScriptArg for UriPart {
    type Bound = UriPartSource;
    const KIND: ArgKind = ArgKind::Other("host or port");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Ok(match &source.expr.kind {
            ExprKind::Keyword(Keyword::UriHost) => UriPartSource::Host,
            ExprKind::Keyword(Keyword::UriPort) => UriPartSource::Port,
            _ => UriPartSource::Text(TextSource::bind(source, binder)?),
        })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        let uri = |call: &Call| {
            Uri::parse(call.request_uri())
                .ok()
                .map(|uri| (Text::from(uri.host()), uri.port().unwrap_or(0)))
        };
        match bound {
            UriPartSource::Text(source) => source.text(call).map(UriPart),
            UriPartSource::Host => uri(call)
                .map(|(host, _)| UriPart(host))
                .ok_or_else(|| ArgError("the Request-URI has no host".to_owned())),
            UriPartSource::Port => uri(call)
                .map(|(_, port)| UriPart(Text::from(i64::from(port))))
                .ok_or_else(|| ArgError("the Request-URI has no port".to_owned())),
        }
    }
}

/// One of our sockets: `udp:1.2.3.4:5060`, in quotes or not.
pub struct SocketArg(pub Text);

/// A socket, bound.
pub enum SocketSource {
    /// As written.
    Constant(Text),
    /// Text with variables.
    Text(TextSource),
}

impl ScriptArg for SocketArg {
    type Bound = SocketSource;
    const KIND: ArgKind = ArgKind::Other("socket");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Ok(match &source.expr.kind {
            ExprKind::Socket(socket) => SocketSource::Constant(Text::from(written(socket))),
            ExprKind::Address(address) => SocketSource::Constant(Text::from(host(address.ip))),
            _ => SocketSource::Text(TextSource::bind(source, binder)?),
        })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        match bound {
            SocketSource::Constant(text) => Ok(SocketArg(text.clone())),
            SocketSource::Text(source) => source.text(call).map(SocketArg),
        }
    }
}

fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// `proto:host:port`.
fn written(socket: &SocketLiteral) -> String {
    let mut out = String::new();
    if let Some(protocol) = socket.protocol {
        out.push_str(transport(protocol).name());
        out.push(':');
    }
    match &socket.host {
        HostLiteral::Ip(address, _) => out.push_str(&host(*address)),
        HostLiteral::Name(name) => out.push_str(&name.text),
        HostLiteral::Any(_) | HostLiteral::List(_) => {}
    }
    if let Some(port) = &socket.port {
        out.push(':');
        out.push_str(&port.value.to_string());
    }
    out
}

fn transport(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp => Transport::Tcp,
        Protocol::Tls => Transport::Tls,
        Protocol::Sctp => Transport::Sctp,
        Protocol::Ws => Transport::Ws,
        Protocol::Wss => Transport::Wss,
    }
}

/// The name of a transport, bare or in quotes.
pub struct TransportArg;

impl ScriptArg for TransportArg {
    type Bound = ();
    const KIND: ArgKind = ArgKind::Other("transport");

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let is_named = matches!(
            &source.expr.kind,
            ExprKind::Constant(module_api::ast::Constant::Protocol(_))
        ) || source
            .literal()
            .is_some_and(|name| Transport::from_name(name.as_bytes()).is_some());
        if is_named {
            Ok(())
        } else {
            Err(source.error("the name of a transport is needed here"))
        }
    }

    fn eval(_: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(TransportArg)
    }
}
