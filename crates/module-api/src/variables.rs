//! What operators read and change while the server runs, in groups: core parameters and those of modules.

use crate::live::LiveParam;
use crate::params::{ParamSet, ParamValue};
use crate::runtime::Runtime;
use crate::settings::CoreSettings;
use diagnostics::Span;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use stdx::Text;

/// What a change of a core parameter does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// There is none: the parameter is read once, at the start.
    Fixed,
    /// Whoever uses the parameter reads it each time ([`crate::Live`]).
    Live,
    /// Stream connections are looked after in another way.
    Streams,
    /// Another level of messages is logged.
    LogLevel,
}

/// The variables of group `tcp` with their core parameters, and what a change does.
const TCP: &[(&str, &str, Effect)] = &[
    ("connect_timeout", "tcp_connect_timeout", Effect::Streams),
    ("send_timeout", "tcp_send_timeout", Effect::Streams),
    (
        "connection_lifetime",
        "tcp_connection_lifetime",
        Effect::Streams,
    ),
    ("max_connections", "tcp_max_connections", Effect::Streams),
    ("max_tls_connections", "tls_max_connections", Effect::Fixed),
    ("no_connect", "tcp_no_connect", Effect::Streams),
    ("fd_cache", "tcp_fd_cache", Effect::Fixed),
    ("async", "tcp_async", Effect::Fixed),
    ("conn_wq_max", "tcp_conn_wq_max", Effect::Streams),
    ("wq_max", "tcp_wq_max", Effect::Streams),
    ("defer_accept", "tcp_defer_accept", Effect::Fixed),
    ("delayed_ack", "tcp_delayed_ack", Effect::Streams),
    ("syncnt", "tcp_syncnt", Effect::Streams),
    ("linger2", "tcp_linger2", Effect::Streams),
    ("keepalive", "tcp_keepalive", Effect::Streams),
    ("keepidle", "tcp_keepidle", Effect::Streams),
    ("keepintvl", "tcp_keepintvl", Effect::Streams),
    ("keepcnt", "tcp_keepcnt", Effect::Streams),
    ("crlf_ping", "tcp_crlf_ping", Effect::Streams),
    ("accept_aliases", "tcp_accept_aliases", Effect::Fixed),
    ("accept_no_cl", "tcp_accept_no_cl", Effect::Streams),
    ("reuse_port", "tcp_reuse_port", Effect::Streams),
    ("wait_data_ms", "tcp_wait_data", Effect::Streams),
    ("close_rst", "tcp_close_rst", Effect::Streams),
    ("rd_buf_size", "tcp_rd_buf_size", Effect::Streams),
    ("wq_blk_size", "tcp_wq_blk_size", Effect::Fixed),
];

/// The variables of group `core`, which are core parameters of the same name, and what a change does.
const CORE: &[(&str, Effect)] = &[
    ("debug", Effect::LogLevel),
    ("memdbg", Effect::Fixed),
    ("use_dst_blocklist", Effect::Fixed),
    ("dst_blocklist_expire", Effect::Fixed),
    ("dst_blocklist_mem", Effect::Fixed),
    ("dst_blocklist_udp_imask", Effect::Fixed),
    ("dst_blocklist_tcp_imask", Effect::Fixed),
    ("dst_blocklist_tls_imask", Effect::Fixed),
    ("dst_blocklist_sctp_imask", Effect::Fixed),
    ("dns_try_ipv6", Effect::Fixed),
    ("dns_try_naptr", Effect::Fixed),
    ("dns_udp_pref", Effect::Fixed),
    ("dns_tcp_pref", Effect::Fixed),
    ("dns_tls_pref", Effect::Fixed),
    ("dns_sctp_pref", Effect::Fixed),
    ("dns_retr_time", Effect::Fixed),
    ("dns_slow_query_ms", Effect::Fixed),
    ("dns_retr_no", Effect::Fixed),
    ("dns_servers_no", Effect::Fixed),
    ("dns_use_search_list", Effect::Fixed),
    ("dns_search_full_match", Effect::Fixed),
    ("dns_naptr_ignore_rfc", Effect::Fixed),
    ("use_dns_cache", Effect::Fixed),
    ("dns_cache_flags", Effect::Fixed),
    ("use_dns_failover", Effect::Fixed),
    ("dns_srv_lb", Effect::Fixed),
    ("dns_cache_negative_ttl", Effect::Fixed),
    ("dns_cache_min_ttl", Effect::Fixed),
    ("dns_cache_max_ttl", Effect::Fixed),
    ("dns_cache_mem", Effect::Fixed),
    ("dns_cache_del_nonexp", Effect::Fixed),
    ("dns_cache_rec_pref", Effect::Fixed),
    ("max_while_loops", Effect::Live),
    ("udp_mtu", Effect::Live),
    ("udp4_raw", Effect::Fixed),
    ("udp4_raw_mtu", Effect::Fixed),
    ("udp4_raw_ttl", Effect::Fixed),
    ("force_rport", Effect::Live),
    ("memlog", Effect::Fixed),
    ("mem_summary", Effect::Fixed),
    ("mem_safety", Effect::Fixed),
    ("mem_join", Effect::Fixed),
    ("sip_parser_log", Effect::Fixed),
    ("corelog", Effect::Fixed),
    ("latency_cfg_log", Effect::Fixed),
    ("latency_log", Effect::Fixed),
    ("latency_limit_db", Effect::Fixed),
    ("latency_limit_action", Effect::Fixed),
    ("latency_limit_cfg", Effect::Fixed),
    ("pv_cache_limit", Effect::Fixed),
    ("pv_cache_action", Effect::Fixed),
];

/// A parameter of a module.
#[derive(Clone)]
pub struct ModuleVariable {
    /// What it is for.
    pub doc: &'static str,
    /// Its value.
    pub param: LiveParam,
}

/// The variables of a configuration, besides those that the script declares itself.
pub struct Variables {
    /// The core parameters as they are now. [`crate::Live`] ones are those of [`Runtime::settings`].
    settings: RwLock<CoreSettings>,
    modules: BTreeMap<(&'static str, &'static str), ModuleVariable>,
}

impl Variables {
    /// The variables of a configuration with these core parameters and the parameters of its modules, by group and name.
    pub fn new(
        settings: &CoreSettings,
        modules: BTreeMap<(&'static str, &'static str), ModuleVariable>,
    ) -> Variables {
        Variables {
            settings: RwLock::new(settings.clone()),
            modules,
        }
    }

    /// The variables, as group and name, in the order in which they are shown.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let tcp = TCP.iter().map(|(name, _, _)| ("tcp", *name));
        let core = CORE.iter().map(|(name, _)| ("core", *name));
        tcp.chain(core).chain(self.modules.keys().copied())
    }

    fn of_module(&self, group: &str, name: &str) -> Option<&ModuleVariable> {
        let found = self.modules.iter();
        let mut found = found.filter(|((g, n), _)| *g == group && *n == name);
        found.next().map(|(_, variable)| variable)
    }
}

/// The core parameter that a variable is, and what a change of it does.
fn core_parameter(group: &str, name: &str) -> Option<(&'static str, Effect)> {
    match group {
        "core" => CORE.iter().find(|(known, _)| *known == name).copied(),
        "tcp" => {
            let found = TCP.iter().find(|(known, _, _)| *known == name)?;
            Some((found.1, found.2))
        }
        _ => None,
    }
}

impl Runtime {
    /// A variable's value now: of the script's own, of the core's and of modules'.
    pub fn variable(&self, group: &Text, name: &Text) -> Option<ParamValue> {
        if let Some(value) = self.custom.get(group, name) {
            return Some(value);
        }
        let (group, name) = (group.to_str()?, name.to_str()?);
        match core_parameter(group, name) {
            Some((_, Effect::LogLevel)) => Some(ParamValue::Int(self.logger.threshold().into())),
            // What is set to nothing leaves it to the system.
            Some((parameter, _)) => {
                let value = self.variables.settings.read().value(parameter);
                Some(value.unwrap_or(ParamValue::Int(0)))
            }
            None => {
                let variable = self.variables.of_module(group, name)?;
                Some(variable.param.value.value())
            }
        }
    }

    /// What a variable is for; empty when nobody said.
    pub fn variable_description(&self, group: &Text, name: &Text) -> Option<Text> {
        if let Some(text) = self.custom.description(group, name) {
            return Some(text);
        }
        let (group, name) = (group.to_str()?, name.to_str()?);
        match core_parameter(group, name) {
            Some((parameter, _)) => {
                let mut settings = CoreSettings::SETTINGS.iter();
                let found = settings.find(|setting| setting.name == parameter);
                Some(Text::from_static(
                    found.map_or("", |setting| setting.doc.trim()),
                ))
            }
            None => {
                let variable = self.variables.of_module(group, name)?;
                Some(Text::from_static(variable.doc.trim()))
            }
        }
    }

    /// Changes a variable; false when there is none, or when it cannot change to that.
    pub fn set_variable(&self, group: &Text, name: &Text, value: &ParamValue) -> bool {
        if self.custom.set(group, name, value.clone()) {
            return true;
        }
        let (Some(of), Some(named)) = (group.to_str(), name.to_str()) else {
            return false;
        };
        let Some((parameter, effect)) = core_parameter(of, named) else {
            let variable = self.variables.of_module(of, named);
            return variable.is_some_and(|variable| variable.param.change(value));
        };
        if effect == Effect::Fixed {
            return self.variable(group, name).as_ref() == Some(value);
        }
        let mut settings = self.variables.settings.write();
        if settings.assign(parameter, value, Span::default()).is_err() {
            return false;
        }
        match effect {
            Effect::Streams => self.host.set_streams(&settings.tcp),
            Effect::LogLevel => {
                let level = settings.debug.clamp(i64::from(i8::MIN), i64::from(i8::MAX));
                self.logger.set_threshold(level as i8);
                true
            }
            Effect::Live | Effect::Fixed => true,
        }
    }
}

/// The variables that parameters of a module are.
pub fn module_variables(
    module: &crate::module::ModuleExport,
    params: &dyn crate::params::AnyParamSet,
) -> Vec<((&'static str, &'static str), ModuleVariable)> {
    let group = module.entry.name;
    let live = module.entry.settings.iter().filter_map(|setting| {
        let param = params.live(setting.name)?;
        let doc = setting.doc;
        Some(((group, setting.name), ModuleVariable { doc, param }))
    });
    live.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Live;

    #[test]
    fn each_variable_of_the_core_is_a_parameter_with_a_value() {
        let settings = CoreSettings::default();
        let core = CORE.iter().map(|(name, effect)| (*name, *effect));
        let tcp = TCP.iter().map(|(_, name, effect)| (*name, *effect));
        for (name, effect) in core.chain(tcp) {
            let known = CoreSettings::SETTINGS
                .iter()
                .any(|entry| entry.name == name);
            assert!(known, "{name}");
            assert_eq!(
                settings.live(name).is_some(),
                effect == Effect::Live,
                "{name}"
            );
        }
    }

    #[test]
    fn a_copy_of_a_live_parameter_is_the_same_parameter() {
        let settings = CoreSettings::default();
        let mut copy = settings.clone();
        let value = ParamValue::Int(7);
        assert!(
            copy.assign("max_while_loops", &value, Span::default())
                .is_ok()
        );
        assert_eq!(settings.max_while_loops.get(), 7);
        let out_of_bounds = ParamValue::Int(-1);
        let live = settings.live("max_while_loops").unwrap();
        assert!(!live.change(&out_of_bounds));
        assert_eq!(settings.max_while_loops.get(), 7);
        assert_eq!(Live::from(3).get(), 3);
    }
}
