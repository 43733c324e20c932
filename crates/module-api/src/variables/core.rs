//! The variables of the groups `core` and `tcp`: which parameter each is, what it may be, and what a change does.

use crate::settings::CoreSettings;

/// What a change of a variable does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is refused: the parameter is read once, at the start.
    Fixed,
    /// None but that it is shown: the parameter has none either.
    Kept,
    /// Whoever uses the parameter reads it each time ([`crate::Live`]).
    Live,
    /// Stream connections are looked after in another way.
    Streams,
    /// Names are resolved in another way.
    Names,
    /// The system's configuration of name servers is read again.
    Resolver,
    /// Another level of messages is logged.
    LogLevel,
    /// Messages go to another facility of syslog.
    LogFacility,
}

/// Where a variable has its value.
#[derive(Clone, Copy)]
pub enum Held {
    /// In the parameter of this name.
    Parameter(&'static str),
    /// In a field that no parameter sets.
    Field(Field),
}

/// A field of the settings that no parameter sets.
#[derive(Clone, Copy)]
pub struct Field {
    /// What it is for.
    pub doc: &'static str,
    /// Its value.
    pub read: fn(&CoreSettings) -> i64,
    /// Changes it.
    pub write: fn(&mut CoreSettings, i64),
}

/// A variable of the core.
#[derive(Clone, Copy)]
pub struct Variable {
    /// Its name in its group.
    pub name: &'static str,
    /// Where its value is.
    pub held: Held,
    /// What it may be, where that is limited.
    pub range: Option<(i64, i64)>,
    /// What a change does.
    pub effect: Effect,
}

/// A variable that is the parameter of the same name.
const fn same(name: &'static str, effect: Effect) -> Variable {
    named(name, name, effect)
}

/// A variable that is a parameter.
const fn named(name: &'static str, parameter: &'static str, effect: Effect) -> Variable {
    Variable {
        name,
        held: Held::Parameter(parameter),
        range: None,
        effect,
    }
}

/// A variable that is no parameter.
const fn field(name: &'static str, effect: Effect, field: Field) -> Variable {
    Variable {
        name,
        held: Held::Field(field),
        range: None,
        effect,
    }
}

impl Variable {
    const fn within(self, least: i64, most: i64) -> Variable {
        Variable {
            range: Some((least, most)),
            ..self
        }
    }
}

/// The longest that a connection may be told to live, in seconds; -1 is for ever.
const LIFETIME_MAX: i64 = 1 << 27;

/// The variables of a group; empty when the core has none of that name.
pub fn of_group(group: &str) -> &'static [Variable] {
    match group {
        "tcp" => TCP,
        "core" => CORE,
        _ => &[],
    }
}

/// The variables of group `tcp`.
pub const TCP: &[Variable] = &[
    named("connect_timeout", "tcp_connect_timeout", Effect::Streams).within(-1, LIFETIME_MAX),
    named("send_timeout", "tcp_send_timeout", Effect::Streams).within(-1, LIFETIME_MAX),
    named(
        "connection_lifetime",
        "tcp_connection_lifetime",
        Effect::Streams,
    )
    .within(-1, LIFETIME_MAX),
    named("max_connections", "tcp_max_connections", Effect::Streams).within(0, i32::MAX as i64),
    named("max_tls_connections", "tls_max_connections", Effect::Kept).within(0, i32::MAX as i64),
    named("no_connect", "tcp_no_connect", Effect::Streams).within(0, 1),
    named("fd_cache", "tcp_fd_cache", Effect::Fixed),
    named("async", "tcp_async", Effect::Fixed),
    field(
        "connect_wait",
        Effect::Fixed,
        Field {
            doc: "Whether requests wait for a connection that is being opened to their place: they do.",
            read: |_| 1,
            write: |_, _| {},
        },
    ),
    named("conn_wq_max", "tcp_conn_wq_max", Effect::Streams).within(0, 1024 * 1024),
    named("wq_max", "tcp_wq_max", Effect::Streams).within(0, 1 << 30),
    named("defer_accept", "tcp_defer_accept", Effect::Fixed),
    named("delayed_ack", "tcp_delayed_ack", Effect::Streams).within(0, 1),
    named("syncnt", "tcp_syncnt", Effect::Streams).within(0, 1024),
    named("linger2", "tcp_linger2", Effect::Streams).within(0, 3600),
    named("keepalive", "tcp_keepalive", Effect::Streams).within(0, 1),
    named("keepidle", "tcp_keepidle", Effect::Streams).within(0, 24 * 3600),
    named("keepintvl", "tcp_keepintvl", Effect::Streams).within(0, 24 * 3600),
    named("keepcnt", "tcp_keepcnt", Effect::Streams).within(0, 1 << 10),
    named("crlf_ping", "tcp_crlf_ping", Effect::Streams).within(0, 1),
    named("accept_aliases", "tcp_accept_aliases", Effect::Live).within(0, 1),
    field(
        "alias_flags",
        Effect::Streams,
        Field {
            doc: "What becomes of an alias that another connection has: 0 it stays there, 1 both have it, 2 it moves.",
            read: |settings| settings.tcp.alias_flags,
            write: |settings, value| settings.tcp.alias_flags = value,
        },
    )
    .within(0, 2),
    field(
        "new_conn_alias_flags",
        Effect::Kept,
        Field {
            doc: "What becomes of an alias that a new connection's own port is. Without effect: the connection has it.",
            read: |settings| settings.tcp.new_connection_alias_flags,
            write: |settings, value| settings.tcp.new_connection_alias_flags = value,
        },
    )
    .within(0, 2),
    named("accept_no_cl", "tcp_accept_no_cl", Effect::Streams).within(0, 1),
    named("reuse_port", "tcp_reuse_port", Effect::Streams).within(0, 1),
    named("wait_data_ms", "tcp_wait_data", Effect::Streams).within(0, 7_200_000),
    named("close_rst", "tcp_close_rst", Effect::Fixed),
    named("rd_buf_size", "tcp_rd_buf_size", Effect::Streams).within(512, 16_777_216),
    named("wq_blk_size", "tcp_wq_blk_size", Effect::Kept).within(1, 65_535),
];

/// The variables of group `core`.
pub const CORE: &[Variable] = &[
    same("debug", Effect::LogLevel),
    same("log_facility", Effect::LogFacility),
    same("memdbg", Effect::Kept),
    same("use_dst_blocklist", Effect::Live).within(0, 1),
    same("dst_blocklist_expire", Effect::Live),
    same("dst_blocklist_mem", Effect::Live),
    same("dst_blocklist_udp_imask", Effect::Live),
    same("dst_blocklist_tcp_imask", Effect::Live),
    same("dst_blocklist_tls_imask", Effect::Live),
    same("dst_blocklist_sctp_imask", Effect::Live),
    same("dns_try_ipv6", Effect::Names).within(0, 1),
    same("dns_try_naptr", Effect::Names).within(0, 1),
    same("dns_udp_pref", Effect::Names),
    same("dns_tcp_pref", Effect::Names),
    same("dns_tls_pref", Effect::Names),
    same("dns_sctp_pref", Effect::Names),
    same("dns_retr_time", Effect::Resolver),
    same("dns_slow_query_ms", Effect::Names),
    same("dns_retr_no", Effect::Resolver),
    same("dns_servers_no", Effect::Resolver),
    same("dns_use_search_list", Effect::Resolver).within(0, 1),
    same("dns_search_full_match", Effect::Kept).within(0, 1),
    field(
        "dns_reinit",
        Effect::Resolver,
        Field {
            doc: "Set to 1, it has the system's configuration of name servers read again.",
            read: |_| 0,
            write: |_, _| {},
        },
    )
    .within(1, 1),
    same("dns_naptr_ignore_rfc", Effect::Names),
    same("use_dns_cache", Effect::Names).within(0, 1),
    same("dns_cache_flags", Effect::Names).within(0, 4),
    same("use_dns_failover", Effect::Names).within(0, 1),
    same("dns_srv_lb", Effect::Names).within(0, 1),
    same("dns_cache_negative_ttl", Effect::Names),
    same("dns_cache_min_ttl", Effect::Names),
    same("dns_cache_max_ttl", Effect::Names),
    same("dns_cache_mem", Effect::Names),
    same("dns_cache_del_nonexp", Effect::Names).within(0, 1),
    same("dns_cache_rec_pref", Effect::Names).within(0, 3),
    field(
        "mem_dump_pkg",
        Effect::Kept,
        Field {
            doc: "The process whose memory is reported. Without effect: there are no pools.",
            read: |settings| settings.memory.dump_process,
            write: |settings, value| settings.memory.dump_process = value,
        },
    ),
    field(
        "mem_dump_shm",
        Effect::Kept,
        Field {
            doc: "Has the shared memory reported. Without effect: there is none.",
            read: |settings| settings.memory.dump_shared,
            write: |settings, value| settings.memory.dump_shared = value,
        },
    ),
    same("max_while_loops", Effect::Live),
    same("udp_mtu", Effect::Live).within(0, 65_535),
    same("udp_mtu_try_proto", Effect::Live).within(1, 4),
    same("udp4_raw", Effect::Fixed).within(-1, 1),
    same("udp4_raw_mtu", Effect::Fixed).within(28, 65_535),
    same("udp4_raw_ttl", Effect::Fixed).within(-1, 255),
    same("force_rport", Effect::Live).within(0, 1),
    same("memlog", Effect::Kept),
    same("mem_summary", Effect::Kept).within(0, 31),
    same("mem_safety", Effect::Kept),
    same("mem_join", Effect::Kept),
    same("mem_status_mode", Effect::Kept),
    same("sip_parser_log_oneline", Effect::Kept),
    same("sip_parser_log", Effect::Kept),
    same("corelog", Effect::Live),
    same("latency_cfg_log", Effect::Live),
    same("latency_log", Effect::Live),
    same("latency_limit_db", Effect::Live),
    same("latency_limit_action", Effect::Live),
    same("latency_limit_cfg", Effect::Live),
    field(
        "pv_cache_dump",
        Effect::Kept,
        Field {
            doc: "Has the compiled variables listed. Without effect: they are part of the program.",
            read: |settings| settings.memory.dump_variables,
            write: |settings, value| settings.memory.dump_variables = value,
        },
    ),
    same("pv_cache_limit", Effect::Kept),
    same("pv_cache_action", Effect::Kept),
];
