//! Addresses to listen on and names of us, from the configuration and the command line.

use crate::draft::{Draft, Overrides};
use diagnostics::codes::params;
use diagnostics::{Diagnostic, Span};
use module_api::ast::{self, HostLiteral, ItemKind, ListenSocket, Protocol, SocketLiteral};
use module_api::{Alias, SocketId, SocketInfo, Sockets, Text};
use net::ListenSpec;
use sip::Transport;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Fills in what the draft listens on and its aliases.
pub fn collect(draft: &mut Draft, overrides: &Overrides) {
    let script = std::mem::take(&mut draft.script);
    for item in &script.items {
        match &item.kind {
            ItemKind::Listen(listen) => add_listen(draft, listen),
            ItemKind::Alias(aliases) => draft.aliases.extend(aliases.iter().map(alias)),
            _ => {}
        }
    }
    draft.script = script;
    for text in &overrides.listens {
        match parse_listen(text) {
            Some((literal, advertise)) => {
                add(draft, literal, advertise, None, Span::default());
            }
            None => draft.diagnostics.push(Diagnostic::error(
                params::BAD_LISTEN,
                Span::default(),
                format!("`{text}` is no address to listen on"),
            )),
        }
    }
    draft.aliases.extend(
        overrides
            .aliases
            .iter()
            .filter_map(|text| parse_alias(text)),
    );
    if draft.listens.is_empty() {
        listen_everywhere(draft);
    }
}

/// One address to listen on, before interfaces and names are resolved.
struct Wanted {
    protocol: Option<Protocol>,
    host: String,
    port: Option<u16>,
}

fn add_listen(draft: &mut Draft, listen: &ListenSocket) {
    let Some(bind) = &listen.bind else { return };
    let advertise = listen.advertise.as_ref().map(|literal| {
        (
            host_text(&literal.host),
            literal.port.as_ref().map_or(0, |port| port.value as u16),
        )
    });
    let hosts: Vec<&HostLiteral> = match &bind.host {
        HostLiteral::List(hosts) => hosts.iter().collect(),
        host => vec![host],
    };
    for host in hosts {
        let wanted = Wanted {
            protocol: bind.protocol,
            host: host_text(host),
            port: bind.port.as_ref().map(|port| port.value as u16),
        };
        let name = listen.name.as_ref().map(|name| name.value.to_string());
        let before = draft.listens.len();
        add(draft, wanted, advertise.clone(), name, listen.span);
        for spec in draft.listens.iter_mut().skip(before) {
            spec.is_virtual = listen.is_virtual;
            spec.agname = listen.group.as_ref().map(|group| group.value.to_string());
        }
    }
}

fn add(
    draft: &mut Draft,
    wanted: Wanted,
    advertise: Option<(String, u16)>,
    name: Option<String>,
    span: Span,
) {
    let settings = &draft.settings;
    let transports: Vec<Transport> = match wanted.protocol {
        Some(protocol) => vec![transport_of(protocol)],
        None if settings.disable_tcp => vec![Transport::Udp],
        None => vec![Transport::Udp, Transport::Tcp],
    };
    let addresses = resolve(&wanted.host);
    if addresses.is_empty() {
        draft.diagnostics.push(Diagnostic::error(
            params::BAD_LISTEN,
            span,
            format!(
                "`{}` is no address, name or interface of this machine",
                wanted.host
            ),
        ));
    }
    for transport in transports {
        if transport.is_stream() && draft.settings.disable_tcp {
            continue;
        }
        let default = if transport == Transport::Tls {
            5061
        } else {
            draft.settings.port as u16
        };
        for address in &addresses {
            let address = SocketAddr::new(*address, wanted.port.unwrap_or(default));
            if draft
                .listens
                .iter()
                .any(|s| s.transport == transport && s.address == address)
            {
                continue;
            }
            let mut spec = ListenSpec::new(transport, address);
            spec.advertise = advertise.clone();
            spec.name = name.clone();
            spec.host = wanted
                .host
                .parse::<IpAddr>()
                .is_err()
                .then(|| wanted.host.clone());
            draft.listens.push(spec);
        }
    }
}

/// Without any address: all addresses of the machine's interfaces, UDP and TCP.
fn listen_everywhere(draft: &mut Draft) {
    let Ok(interfaces) = net::interface_addresses() else {
        return;
    };
    for interface in interfaces {
        let usable = interface.is_up && interface.address.is_ipv4();
        if usable {
            let wanted = Wanted {
                protocol: None,
                host: interface.address.to_string(),
                port: None,
            };
            add(draft, wanted, None, None, Span::default());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "before the first message nothing waits for the resolver"
)]
fn resolve(host: &str) -> Vec<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return vec![address];
    }
    match net::resolve_interface(host, false) {
        Ok(addresses) if !addresses.is_empty() => addresses,
        _ => (host, 0)
            .to_socket_addrs()
            .map(|found| found.map(|address| address.ip()).take(1).collect())
            .unwrap_or_default(),
    }
}

/// `[proto:]host[:port][/advertised[:port]]`, as `-l` takes it.
fn parse_listen(text: &str) -> Option<(Wanted, Option<(String, u16)>)> {
    let (bind, advertise) = match text.split_once('/') {
        Some((bind, advertise)) => (bind, Some(advertise)),
        None => (text, None),
    };
    let (protocol, host, port) = split_address(bind)?;
    let advertise = match advertise {
        Some(text) => split_address(text).map(|(_, host, port)| (host, port.unwrap_or(0))),
        None => None,
    };
    Some((
        Wanted {
            protocol,
            host,
            port,
        },
        advertise,
    ))
}

fn parse_alias(text: &str) -> Option<Alias> {
    let (protocol, host, port) = split_address(text)?;
    Some(Alias {
        host: Some(Text::from(host.to_ascii_lowercase())),
        port,
        transport: protocol.map(transport_of),
    })
}

/// `[proto:]host[:port]`, the host perhaps an IPv6 address in brackets.
fn split_address(text: &str) -> Option<(Option<Protocol>, String, Option<u16>)> {
    let (protocol, rest) = match text.split_once(':') {
        Some((word, rest)) => match protocol_named(word) {
            Some(protocol) => (Some(protocol), rest),
            None => (None, text),
        },
        None => (None, text),
    };
    let (host, port) = match rest.rfind(']') {
        Some(end) => (rest.get(..=end)?, rest.get(end + 1..)?.strip_prefix(':')),
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = match port {
        Some(port) => Some(port.parse().ok()?),
        None => None,
    };
    (!host.is_empty()).then(|| (protocol, host.to_owned(), port))
}

fn protocol_named(word: &str) -> Option<Protocol> {
    Some(match word.to_ascii_lowercase().as_str() {
        "udp" => Protocol::Udp,
        "tcp" => Protocol::Tcp,
        "tls" => Protocol::Tls,
        "sctp" => Protocol::Sctp,
        "ws" => Protocol::Ws,
        "wss" => Protocol::Wss,
        _ => return None,
    })
}

fn transport_of(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp => Transport::Tcp,
        Protocol::Tls => Transport::Tls,
        Protocol::Sctp => Transport::Sctp,
        Protocol::Ws => Transport::Ws,
        Protocol::Wss => Transport::Wss,
    }
}

/// A host as text: IPv6 in brackets.
pub fn host_text(host: &HostLiteral) -> String {
    match host {
        HostLiteral::Ip(IpAddr::V6(address), _) => format!("[{address}]"),
        HostLiteral::Ip(address, _) => address.to_string(),
        HostLiteral::Name(name) => name.text.to_string(),
        HostLiteral::Any(_) => "*".to_owned(),
        HostLiteral::List(hosts) => hosts.iter().map(host_text).collect::<Vec<_>>().join(","),
    }
}

fn alias(literal: &SocketLiteral) -> Alias {
    let host = match &literal.host {
        HostLiteral::Any(_) => None,
        host => Some(Text::from(host_text(host).to_ascii_lowercase())),
    };
    Alias {
        host,
        port: literal
            .port
            .as_ref()
            .map(|port: &ast::IntLiteral| port.value as u16),
        transport: literal.protocol.map(transport_of),
    }
}

/// The sockets as scripts would see them, without opening one.
pub fn describe_specs(specs: &[ListenSpec], aliases: Vec<Alias>) -> Sockets {
    describe(&net::SocketTable::new(specs.iter().cloned()), aliases)
}

/// The sockets as scripts see them.
pub fn describe(table: &net::SocketTable, aliases: Vec<Alias>) -> Sockets {
    let list = table
        .iter()
        .map(|socket| {
            let spec = &socket.spec;
            SocketInfo {
                id: SocketId(socket.id.0),
                transport: spec.transport,
                address: spec.address,
                host: match spec.address.ip() {
                    IpAddr::V6(address) => Text::from(format!("[{address}]")),
                    address => Text::from(address.to_string()),
                },
                advertised: spec
                    .advertise
                    .as_ref()
                    .map(|(host, port)| (Text::from(host), *port)),
                name: spec.name.as_ref().map(Text::from),
            }
        })
        .collect();
    Sockets { list, aliases }
}
