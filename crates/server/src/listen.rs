//! Addresses to listen on and names of us, from the configuration and the command line.

use crate::draft::{Draft, Overrides};
use diagnostics::codes::params;
use diagnostics::{Diagnostic, Span};
use module_api::ast::{
    self, HostLiteral, ItemKind, ListenSocket, ParameterValue, Protocol, SocketLiteral,
};
use module_api::{Alias, CoreSettings, SocketId, SocketInfo, Sockets, Text, transport_of};
use net::ListenSpec;
use script_syntax::MemoryLoader;
use sip::Transport;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Fills in what the draft listens on and its aliases.
pub fn collect(draft: &mut Draft, overrides: &Overrides) {
    let script = std::mem::take(&mut draft.script);
    let mut given = Given::default();
    let mut last = (!overrides.listens.is_empty()).then(Span::default);
    for item in &script.items {
        add_item(draft, &item.kind, &mut given);
        if let ItemKind::Listen(_) = item.kind {
            last = Some(item.span);
        }
    }
    draft.script = script;
    let listens = overrides.listens.iter().map(|text| {
        let statement = match text.split_once('/') {
            Some((bind, advertise)) => format!("listen={bind} advertise {advertise}\n"),
            None => format!("listen={text}\n"),
        };
        (text, statement)
    });
    let aliases = overrides
        .aliases
        .iter()
        .map(|text| (text, format!("alias={text}\n")));
    for (text, statement) in listens.chain(aliases) {
        let read = script_syntax::parse(
            "command line",
            &statement,
            &MemoryLoader::default(),
            &script_syntax::Options::default(),
        );
        let span = draft.on_command_line(text.clone());
        if read.diagnostics.iter().any(Diagnostic::is_error) {
            draft.diagnostics.push(Diagnostic::error(
                params::BAD_LISTEN,
                span,
                format!("`{text}` is no address"),
            ));
            continue;
        }
        for mut item in read.tree.items {
            if let ItemKind::Listen(listen) = &mut item.kind {
                listen.span = span;
            }
            add_item(draft, &item.kind, &mut Given::default());
        }
    }
    let is_bad = |mistake: &Diagnostic| mistake.is_error() && mistake.code == params::BAD_LISTEN;
    match last {
        Some(_) if draft.diagnostics.iter().any(is_bad) => {}
        Some(span) if draft.listens.is_empty() => {
            let message = "there is nothing to listen on";
            let error = Diagnostic::error(params::BAD_LISTEN, span, message);
            draft.diagnostics.push(error);
        }
        None if draft.listens.is_empty() => listen_everywhere(draft),
        _ => {}
    }
    // As 5.6.3 lists them.
    draft.listens.sort_by_key(|spec| spec.transport);
}

/// Makes the names of the addresses listened on names of us (`auto_aliases`). Asks the system, which may ask the DNS, and waits.
pub fn know_names(draft: &mut Draft) {
    if draft.settings.auto_aliases {
        let names = names_of(&draft.listens, net::name_of);
        draft.aliases.extend(names);
    }
}

/// The names of the addresses listened on, each for its socket alone, as 5.6.3 has it.
fn names_of(
    listens: &[ListenSpec],
    mut name_of: impl FnMut(IpAddr) -> Option<String>,
) -> Vec<Alias> {
    let mut known = BTreeMap::new();
    let mut aliases = Vec::new();
    for spec in listens {
        let ip = spec.address.ip();
        if ip.is_unspecified() || ip.is_multicast() {
            continue;
        }
        let name: &Option<String> = known.entry(ip).or_insert_with(|| name_of(ip));
        if let Some(name) = name
            && spec.host.as_ref() != Some(name)
        {
            aliases.push(Alias {
                host: Some(Text::from(name.to_ascii_lowercase())),
                port: Some(spec.address.port()),
                transport: Some(spec.transport),
            });
        }
    }
    aliases
}

/// Parameters that hold for the sockets after them.
#[derive(Default)]
struct Given {
    /// `mcast`.
    multicast: Option<String>,
    /// `socket_workers`, for the next socket only.
    workers: u16,
}

fn add_item(draft: &mut Draft, item: &ItemKind, given: &mut Given) {
    match item {
        ItemKind::Listen(listen) => add_listen(draft, listen, given),
        ItemKind::Alias(aliases) => draft.aliases.extend(aliases.iter().map(alias)),
        ItemKind::Parameter(parameter) => match (&*parameter.name.text, &parameter.value) {
            ("mcast", ParameterValue::String(name)) => {
                given.multicast = Some(name.value.to_string());
            }
            ("mcast", ParameterValue::Word(name)) => given.multicast = Some(name.text.to_string()),
            ("socket_workers", ParameterValue::Int(number)) => {
                given.workers = u16::try_from(number.value).unwrap_or(0);
            }
            _ => {}
        },
        _ => {}
    }
}

/// Warns of addresses to listen on that this machine does not have, on which nothing can be listened on here. The machine that
/// the configuration is meant for may have them.
pub fn report_foreign(draft: &mut Draft) {
    let Ok(ours) = net::interface_addresses() else {
        return;
    };
    if draft.settings.ip.free_bind {
        return;
    }
    let is_ours = |ip: IpAddr| {
        let is_nobodys = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast();
        is_nobodys || ours.iter().any(|interface| interface.address == ip)
    };
    let mut foreign = Vec::new();
    for item in &draft.script.items {
        let ItemKind::Listen(listen) = &item.kind else {
            continue;
        };
        let host = listen.bind.as_ref().map(|bind| &bind.host);
        let hosts = match host {
            Some(HostLiteral::List(hosts)) => hosts.as_slice(),
            Some(host) => std::slice::from_ref(host),
            None => &[],
        };
        for host in hosts.iter().filter(|_| !listen.is_virtual) {
            if let HostLiteral::Ip(ip, span) = host
                && !is_ours(*ip)
            {
                let message = format!("`{ip}` is no address of this machine");
                let warning = Diagnostic::warning(params::BAD_LISTEN, *span, message);
                foreign.push(
                    warning.help("the server starts where it is one, or with `ip_free_bind=yes`"),
                );
            }
        }
    }
    draft.diagnostics.append(&mut foreign);
}

/// One address to listen on, before interfaces and names are resolved.
struct Wanted {
    protocol: Option<Protocol>,
    host: String,
    port: Option<u16>,
    /// The last of a range of ports.
    port_last: Option<u16>,
}

fn add_listen(draft: &mut Draft, listen: &ListenSocket, given: &mut Given) {
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
            // Port 0 is the default one (observed on 5.6.3).
            port: bind
                .port
                .as_ref()
                .map(|port| port.value as u16)
                .filter(|port| *port > 0),
            port_last: listen.port_last.as_ref().map(|port| port.value as u16),
        };
        let name = listen.name.as_ref().map(|name| name.value.to_string());
        let before = draft.listens.len();
        add(draft, wanted, advertise.clone(), name, listen.span);
        for spec in draft.listens.iter_mut().skip(before) {
            spec.is_virtual = listen.is_virtual;
            spec.agname = listen.group.as_ref().map(|group| group.value.to_string());
            spec.vrf = listen.vrf.as_ref().map(|device| device.value.to_string());
            spec.workers = given.workers;
            if spec.address.ip().is_multicast() {
                spec.mcast.clone_from(&given.multicast);
            }
        }
    }
    given.workers = 0;
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
    let addresses = resolve(&wanted.host, draft.settings.ip.auto_bind_ipv6);
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
        if !matches!(transport, Transport::Udp | Transport::Tcp) {
            // Kamailio starts with these where their modules are not loaded, and listens on the others.
            let message = format!("nothing listens here: there is no transport {transport}");
            let warning = Diagnostic::warning(params::BAD_LISTEN, span, message);
            draft.diagnostics.push(warning);
            continue;
        }
        let first = wanted.port.unwrap_or(general_port(&draft.settings));
        let ports = first..=wanted.port_last.unwrap_or(first).max(first);
        let places = addresses
            .iter()
            .flat_map(|address| ports.clone().map(|port| SocketAddr::new(*address, port)));
        for address in places {
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
            if wanted.port_last.is_some() {
                number(&mut spec, first);
            }
            spec.host = wanted
                .host
                .parse::<IpAddr>()
                .is_err()
                .then(|| wanted.host.clone());
            draft.listens.push(spec);
        }
    }
}

/// Gives the socket of a range that begins with port `first` a name of its own, which ends with its port, and the advertised port that is
/// as far behind the first one.
fn number(spec: &mut ListenSpec, first: u16) {
    let port = spec.address.port();
    if let Some(name) = &mut spec.name {
        name.push_str(&port.to_string());
    }
    if let Some((_, advertised)) = &mut spec.advertise
        && *advertised > 0
    {
        *advertised = advertised.saturating_add(port.saturating_sub(first));
    }
}

/// Without any address: all addresses of the machine's interfaces, UDP and TCP.
fn listen_everywhere(draft: &mut Draft) {
    let Ok(interfaces) = net::interface_addresses() else {
        return;
    };
    for interface in interfaces {
        let ip = &draft.settings.ip;
        let family = match interface.address {
            IpAddr::V4(_) => true,
            IpAddr::V6(_) => ip.auto_bind_ipv6 && !interface.is_link_local(),
        };
        let usable = interface.is_up && family;
        if usable {
            let wanted = Wanted {
                protocol: None,
                host: interface.address.to_string(),
                port: None,
                port_last: None,
            };
            add(draft, wanted, None, None, Span::default());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "before the first message nothing waits for the resolver"
)]
fn resolve(host: &str, ipv6: bool) -> Vec<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return vec![address];
    }
    match net::resolve_interface(host, ipv6) {
        Ok(addresses) if !addresses.is_empty() => addresses,
        _ => (host, 0)
            .to_socket_addrs()
            .map(|found| found.map(|address| address.ip()).take(1).collect())
            .unwrap_or_default(),
    }
}

/// The port of sockets that name none: the parameter `port`, where 0 is SIP's own (RFC 3261 §19.1.2; observed on 5.6.3).
fn general_port(settings: &CoreSettings) -> u16 {
    match settings.port.0 as u16 {
        0 => 5060,
        port => port,
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
                given_host: Text::from(spec.given_host()),
                advertised: spec
                    .advertise
                    .as_ref()
                    .map(|(host, port)| (Text::from(host), *port)),
                name: spec.name.as_ref().map(Text::from),
            }
        })
        .collect();
    Sockets {
        list,
        aliases,
        families: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_listened_on_is_known_by_its_name() {
        let spec = |transport, address: &str| ListenSpec::new(transport, address.parse().unwrap());
        let listens = [
            spec(Transport::Udp, "192.0.2.1:5060"),
            spec(Transport::Tcp, "192.0.2.1:5070"),
            spec(Transport::Udp, "192.0.2.2:5060"),
            spec(Transport::Udp, "0.0.0.0:5060"),
        ];
        let mut asked = Vec::new();
        let aliases = names_of(&listens, |ip| {
            asked.push(ip.to_string());
            (ip.to_string() == "192.0.2.1").then(|| "SIP.example.org".to_owned())
        });
        let shown: Vec<_> = aliases
            .iter()
            .map(|alias| {
                (
                    alias.host.as_ref().map(ToString::to_string),
                    alias.port,
                    alias.transport,
                )
            })
            .collect();
        let name = || Some("sip.example.org".to_owned());
        assert_eq!(
            shown,
            [
                (name(), Some(5060), Some(Transport::Udp)),
                (name(), Some(5070), Some(Transport::Tcp)),
            ]
        );
        assert_eq!(asked, ["192.0.2.1", "192.0.2.2"]);
    }
}
