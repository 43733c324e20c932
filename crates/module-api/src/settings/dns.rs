//! Resolving names, and remembering places that do not answer.

use crate::live::Live;
use module_macros::Params;

/// Resolving names.
#[derive(Params, Clone, Debug)]
pub struct DnsSettings {
    /// Whether a Via's host name is resolved to see if `received` is needed.
    #[param(name = "dns", default = false, compat = accepted("`received` is added whenever the Via has a name or another address"))]
    pub resolve_via: bool,
    /// Whether that is done in the other direction besides.
    #[param(name = "rev_dns", alias = "dns_rev_via", default = false, compat = accepted("`received` is added whenever the Via has a name or another address"))]
    pub resolve_via_reverse: bool,
    /// Whether IPv6 addresses are asked for.
    #[param(name = "dns_try_ipv6", default = true)]
    pub try_ipv6: bool,
    /// Whether NAPTR records are asked for (RFC 3263 §4.1).
    #[param(name = "dns_try_naptr", default = false)]
    pub try_naptr: bool,
    /// Whether SRV records of one priority share the load by their weights.
    #[param(name = "dns_srv_lb", alias = "dns_srv_loadbalancing", default = false)]
    pub srv_load_balancing: bool,
    /// The preference of UDP among NAPTR records; negative never uses it.
    #[param(name = "dns_udp_pref", alias = "dns_udp_preference", default = 30)]
    pub udp_preference: i64,
    /// The preference of TCP among NAPTR records; negative never uses it.
    #[param(name = "dns_tcp_pref", alias = "dns_tcp_preference", default = 20)]
    pub tcp_preference: i64,
    /// The preference of TLS among NAPTR records; negative never uses it.
    #[param(name = "dns_tls_pref", alias = "dns_tls_preference", default = 10)]
    pub tls_preference: i64,
    /// The preference of SCTP among NAPTR records; negative never uses it.
    #[param(name = "dns_sctp_pref", alias = "dns_sctp_preference", default = 20, compat = accepted("SCTP is not spoken"))]
    pub sctp_preference: i64,
    /// Whether the preferences above count for more than the order of the records.
    #[param(name = "dns_naptr_ignore_rfc", default = true)]
    pub naptr_ignore_rfc: bool,
    /// Seconds after which a question is repeated; none is the system's.
    #[param(name = "dns_retr_time")]
    pub retransmit_seconds: Option<i64>,
    /// How often a question is repeated; none is the system's.
    #[param(name = "dns_retr_no")]
    pub retransmits: Option<i64>,
    /// How many of the system's servers are asked; none is all.
    #[param(name = "dns_servers_no")]
    pub servers_max: Option<i64>,
    /// Whether the system's search list is used for names without a dot.
    #[param(name = "dns_use_search_list", default = true)]
    pub use_search_list: bool,
    /// Whether an answer must be for one of the names that the search list makes.
    #[param(name = "dns_search_full_match", default = true, compat = accepted("answers are always matched to their question"))]
    pub search_full_match: bool,
    /// A question that takes longer is logged, in milliseconds; 0 logs none.
    #[param(name = "dns_slow_query_ms", default = 0, range = 0..)]
    pub slow_query_ms: i64,
    /// Whether there is a cache at all.
    #[param(name = "dns_cache_init", default = true)]
    pub cache_init: bool,
    /// Whether the cache is used.
    #[param(name = "use_dns_cache", alias = "dns_use_cache", default = true)]
    pub use_cache: bool,
    /// Whether a request goes to the next address when one does not answer.
    #[param(name = "use_dns_failover", alias = "dns_use_failover", default = false)]
    pub use_failover: bool,
    /// 1: IPv4 only, 2: IPv6 only, 4: IPv6 first.
    #[param(name = "dns_cache_flags", default = 0, range = 0..)]
    pub cache_flags: i64,
    /// Seconds for which it is remembered that there is no answer.
    #[param(name = "dns_cache_negative_ttl", default = 60, range = 0..)]
    pub cache_negative_ttl: i64,
    /// The most seconds for which an answer is remembered.
    #[param(name = "dns_cache_max_ttl", default = 2147483647, range = 0..)]
    pub cache_ttl_max: i64,
    /// The fewest seconds for which an answer is remembered.
    #[param(name = "dns_cache_min_ttl", default = 0, range = 0..)]
    pub cache_ttl_min: i64,
    /// The size of the cache in KiB.
    #[param(name = "dns_cache_mem", default = 500, range = 0..)]
    pub cache_kib: i64,
    /// Seconds between two rounds that remove what has expired.
    #[param(name = "dns_cache_gc_interval", default = 120, compat = accepted("what has expired goes when room is needed"))]
    pub cache_gc_seconds: i64,
    /// Whether answers that still hold may go when the cache is full.
    #[param(name = "dns_cache_del_nonexp", alias = "dns_cache_delete_nonexpired", default = false, compat = accepted("the least used goes"))]
    pub cache_drop_valid: bool,
    /// Which of two equal records stays: 0 as the RFC says, 1 the old, 2 the new, 3 the one that lives longer.
    #[param(name = "dns_cache_rec_pref", default = 0, compat = accepted("the new one, as the RFC says"))]
    pub cache_record_preference: i64,
}

/// Remembering places that do not answer.
#[derive(Params, Clone, Debug)]
pub struct BlocklistSettings {
    /// Whether there is such a list at all.
    #[param(name = "dst_blocklist_init", default = true)]
    pub init: bool,
    /// Whether requests are kept from places on the list.
    #[param(name = "use_dst_blocklist", default = Live::from(0), range = 0..)]
    pub use_list: Live,
    /// The size of the list in KiB.
    #[param(name = "dst_blocklist_mem", default = Live::from(250), range = 0..)]
    pub kib: Live,
    /// Seconds for which a place stays on the list.
    #[param(
        name = "dst_blocklist_expire",
        alias = "dst_blocklist_ttl",
        default = Live::from(60), range = 0..)]
    pub expire: Live,
    /// Seconds between two rounds that remove what has expired.
    #[param(name = "dst_blocklist_gc_interval", default = 60, compat = accepted("what has expired goes when room is needed"))]
    pub gc_seconds: i64,
    /// The events that do not list a place reached by UDP.
    #[param(name = "dst_blocklist_udp_imask", default = Live::from(0), range = 0..)]
    pub udp_ignored: Live,
    /// The events that do not list a place reached by TCP.
    #[param(name = "dst_blocklist_tcp_imask", default = Live::from(0), range = 0..)]
    pub tcp_ignored: Live,
    /// The events that do not list a place reached by TLS.
    #[param(name = "dst_blocklist_tls_imask", default = Live::from(0), range = 0..)]
    pub tls_ignored: Live,
    /// The events that do not list a place reached by SCTP.
    #[param(name = "dst_blocklist_sctp_imask", default = Live::from(0), compat = accepted("SCTP is not spoken"))]
    pub sctp_ignored: Live,
}
