//! The variables of the core, besides those that the script declares.

use crate::known::Base;
use module_api::{CoreSettings, ParamValue, Runtime, Text};

/// A variable of the core.
struct CoreVariable {
    group: &'static str,
    name: &'static str,
    doc: &'static str,
    read: fn(&CoreSettings) -> i64,
}

const fn core(
    name: &'static str,
    doc: &'static str,
    read: fn(&CoreSettings) -> i64,
) -> CoreVariable {
    CoreVariable {
        group: "core",
        name,
        doc,
        read,
    }
}

const fn tcp(
    name: &'static str,
    doc: &'static str,
    read: fn(&CoreSettings) -> i64,
) -> CoreVariable {
    CoreVariable {
        group: "tcp",
        ..core(name, doc, read)
    }
}

/// All of them. Only `debug` changes while the server runs: the others are read once, when the configuration is loaded.
static VARIABLES: &[CoreVariable] = &[
    tcp(
        "connect_timeout",
        "seconds until opening a connection fails",
        |s| s.tcp.connect_timeout,
    ),
    tcp("send_timeout", "seconds until sending fails", |s| {
        s.tcp.send_timeout
    }),
    tcp(
        "connection_lifetime",
        "seconds that a silent connection lives",
        |s| s.tcp.connection_lifetime,
    ),
    tcp("max_connections", "the most connections", |s| {
        s.tcp.max_connections
    }),
    tcp("no_connect", "whether no connection is opened", |s| {
        s.tcp.no_connect.into()
    }),
    tcp("keepalive", "whether the system probes silent peers", |s| {
        s.tcp.keepalive.into()
    }),
    tcp("crlf_ping", "whether pings are answered", |s| {
        s.tcp.crlf_ping.into()
    }),
    tcp(
        "accept_aliases",
        "whether peers may give their connection another port",
        |s| s.tcp.accept_aliases.into(),
    ),
    tcp(
        "accept_no_cl",
        "whether messages may lack a Content-Length",
        |s| s.tcp.accept_no_content_length.into(),
    ),
    tcp(
        "reuse_port",
        "whether connections leave from our port",
        |s| s.tcp.reuse_port.into(),
    ),
    tcp(
        "wait_data_ms",
        "milliseconds to wait for the first data",
        |s| s.tcp.wait_data_ms,
    ),
    core("debug", "debug level", |s| s.debug),
    core(
        "dns_try_ipv6",
        "whether IPv6 addresses are asked for",
        |s| s.dns.try_ipv6.into(),
    ),
    core(
        "dns_try_naptr",
        "whether NAPTR records are asked for",
        |s| s.dns.try_naptr.into(),
    ),
    core("dns_udp_pref", "preference of UDP", |s| {
        s.dns.udp_preference
    }),
    core("dns_tcp_pref", "preference of TCP", |s| {
        s.dns.tcp_preference
    }),
    core("dns_tls_pref", "preference of TLS", |s| {
        s.dns.tls_preference
    }),
    core("dns_sctp_pref", "preference of SCTP", |s| {
        s.dns.sctp_preference
    }),
    core(
        "dns_slow_query_ms",
        "milliseconds after which a lookup is logged",
        |s| s.dns.slow_query_ms,
    ),
    core(
        "dns_use_search_list",
        "whether the system's search list is used",
        |s| s.dns.use_search_list.into(),
    ),
    core("use_dns_cache", "whether answers are kept", |s| {
        s.dns.use_cache.into()
    }),
    core(
        "use_dns_failover",
        "whether further destinations are tried",
        |s| s.dns.use_failover.into(),
    ),
    core("dns_srv_lb", "whether SRV weights spread the load", |s| {
        s.dns.srv_load_balancing.into()
    }),
    core(
        "dns_cache_negative_ttl",
        "seconds that a failure is kept",
        |s| s.dns.cache_negative_ttl,
    ),
    core(
        "dns_cache_min_ttl",
        "the least seconds that an answer is kept",
        |s| s.dns.cache_ttl_min,
    ),
    core(
        "dns_cache_max_ttl",
        "the most seconds that an answer is kept",
        |s| s.dns.cache_ttl_max,
    ),
    core(
        "max_while_loops",
        "how often the body of one while may run",
        |s| s.max_while_loops,
    ),
    core(
        "udp_mtu",
        "the size of a request that goes by another transport",
        |s| s.ip.udp_mtu,
    ),
    core(
        "force_rport",
        "whether responses go where requests came from",
        |s| s.force_rport.into(),
    ),
    core("memlog", "level of messages about memory", |s| {
        s.log.memory_level
    }),
    core("mem_summary", "what is reported at the end", |s| {
        s.memory.mem_summary
    }),
    core("mem_safety", "whether a double release is ignored", |s| {
        s.memory.mem_safety
    }),
    core("mem_join", "whether free pieces are joined", |s| {
        s.memory.mem_join
    }),
    core("corelog", "level of the core's messages", |s| {
        s.log.core_level
    }),
    core(
        "latency_cfg_log",
        "level of messages about slow runs",
        |s| s.log.latency_run_level,
    ),
    core("latency_log", "level of messages about slow actions", |s| {
        s.log.latency_level
    }),
    core(
        "latency_limit_db",
        "the slowest query that is not logged",
        |s| s.log.latency_limit_query,
    ),
    core(
        "latency_limit_action",
        "the slowest action that is not logged",
        |s| s.log.latency_limit_function,
    ),
    core(
        "latency_limit_cfg",
        "the slowest run that is not logged",
        |s| s.log.latency_limit_run,
    ),
    core(
        "pv_cache_limit",
        "the most names of variables that are kept",
        |s| s.memory.pv_cache_limit,
    ),
    core("pv_cache_action", "what is done at that limit", |s| {
        s.memory.pv_cache_action
    }),
];

fn find(group: &Text, name: &Text) -> Option<&'static CoreVariable> {
    VARIABLES
        .iter()
        .find(|variable| *group == variable.group && *name == variable.name)
}

fn is_debug(variable: &CoreVariable) -> bool {
    variable.group == "core" && variable.name == "debug"
}

impl Base for Runtime {
    fn names(&self) -> Vec<(Text, Text)> {
        let ours = VARIABLES.iter().map(|variable| {
            let (group, name) = (variable.group, variable.name);
            (Text::from_static(group), Text::from_static(name))
        });
        ours.chain(self.custom.names()).collect()
    }

    fn value(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        match find(group, name) {
            Some(variable) if is_debug(variable) => {
                Some(ParamValue::Int(self.logger.threshold().into()))
            }
            Some(variable) => Some(ParamValue::Int((variable.read)(&self.settings))),
            None => self.custom.value(group, name),
        }
    }

    fn description(&self, group: &Text, name: &Text) -> Option<Text> {
        match find(group, name) {
            Some(variable) => Some(Text::from_static(variable.doc)),
            None => self.custom.description(group, name),
        }
    }

    fn set(&self, group: &Text, name: &Text, value: ParamValue) -> bool {
        match (find(group, name), value) {
            (Some(variable), ParamValue::Int(level)) if is_debug(variable) => {
                let Ok(level) = i8::try_from(level) else {
                    return false;
                };
                self.logger.set_threshold(level);
                true
            }
            (Some(variable), ParamValue::Int(number)) => number == (variable.read)(&self.settings),
            (Some(_), ParamValue::Text(_)) => false,
            (None, value) => self.custom.set(group, name, value),
        }
    }
}
