//! The list of modules in the server: one line and one feature each, in the order of their names.

use module_api::ModuleExport;

/// Every module a configuration can load. `core` needs no `loadmodule`.
pub static MODULES: &[&ModuleExport] = &[
    #[cfg(feature = "acc")]
    &mod_acc::MODULE,
    #[cfg(feature = "alias_db")]
    &mod_alias_db::MODULE,
    #[cfg(feature = "async")]
    &mod_async::MODULE,
    #[cfg(feature = "auth")]
    &mod_auth::MODULE,
    #[cfg(feature = "auth_db")]
    &mod_auth_db::MODULE,
    #[cfg(feature = "auth_ephemeral")]
    &mod_auth_ephemeral::MODULE,
    #[cfg(feature = "avpops")]
    &mod_avpops::MODULE,
    #[cfg(feature = "blst")]
    &mod_blst::MODULE,
    #[cfg(feature = "cfg_rpc")]
    &mod_cfg_rpc::MODULE,
    #[cfg(feature = "cfgutils")]
    &mod_cfgutils::MODULE,
    #[cfg(feature = "core")]
    &mod_core::MODULE,
    #[cfg(feature = "corex")]
    &mod_corex::MODULE,
    #[cfg(feature = "counters")]
    &mod_counters::MODULE,
    #[cfg(feature = "ctl")]
    &mod_ctl::MODULE,
    #[cfg(feature = "db_sqlite")]
    &mod_db_sqlite::MODULE,
    #[cfg(feature = "debugger")]
    &mod_debugger::MODULE,
    #[cfg(feature = "dialog")]
    &mod_dialog::MODULE,
    #[cfg(feature = "diversion")]
    &mod_diversion::MODULE,
    #[cfg(feature = "dlgs")]
    &mod_dlgs::MODULE,
    #[cfg(feature = "exec")]
    &mod_exec::MODULE,
    #[cfg(feature = "htable")]
    &mod_htable::MODULE,
    #[cfg(feature = "http_client")]
    &mod_http_client::MODULE,
    #[cfg(feature = "ipops")]
    &mod_ipops::MODULE,
    #[cfg(feature = "jansson")]
    &mod_jansson::MODULE,
    #[cfg(feature = "json")]
    &mod_json::MODULE,
    #[cfg(feature = "jsonrpcs")]
    &mod_jsonrpcs::MODULE,
    #[cfg(feature = "kex")]
    &mod_kex::MODULE,
    #[cfg(feature = "maxfwd")]
    &mod_maxfwd::MODULE,
    #[cfg(feature = "mqueue")]
    &mod_mqueue::MODULE,
    #[cfg(feature = "msrp")]
    &mod_msrp::MODULE,
    #[cfg(feature = "nathelper")]
    &mod_nathelper::MODULE,
    #[cfg(feature = "outbound")]
    &mod_outbound::MODULE,
    #[cfg(feature = "path")]
    &mod_path::MODULE,
    #[cfg(feature = "pike")]
    &mod_pike::MODULE,
    #[cfg(feature = "pv")]
    &mod_pv::MODULE,
    #[cfg(feature = "registrar")]
    &mod_registrar::MODULE,
    #[cfg(feature = "rr")]
    &mod_rr::MODULE,
    #[cfg(feature = "rtimer")]
    &mod_rtimer::MODULE,
    #[cfg(feature = "rtpengine")]
    &mod_rtpengine::MODULE,
    #[cfg(feature = "rtpproxy")]
    &mod_rtpproxy::MODULE,
    #[cfg(feature = "sanity")]
    &mod_sanity::MODULE,
    #[cfg(feature = "sdpops")]
    &mod_sdpops::MODULE,
    #[cfg(feature = "siputils")]
    &mod_siputils::MODULE,
    #[cfg(feature = "sl")]
    &mod_sl::MODULE,
    #[cfg(feature = "sqlops")]
    &mod_sqlops::MODULE,
    #[cfg(feature = "sst")]
    &mod_sst::MODULE,
    #[cfg(feature = "statistics")]
    &mod_statistics::MODULE,
    #[cfg(feature = "stun")]
    &mod_stun::MODULE,
    #[cfg(feature = "tcpops")]
    &mod_tcpops::MODULE,
    #[cfg(feature = "textops")]
    &mod_textops::MODULE,
    #[cfg(feature = "textopsx")]
    &mod_textopsx::MODULE,
    #[cfg(feature = "tm")]
    &mod_tm::MODULE,
    #[cfg(feature = "tmx")]
    &mod_tmx::MODULE,
    #[cfg(feature = "uac")]
    &mod_uac::MODULE,
    #[cfg(feature = "uac_redirect")]
    &mod_uac_redirect::MODULE,
    #[cfg(feature = "usrloc")]
    &mod_usrloc::MODULE,
    #[cfg(feature = "xhttp")]
    &mod_xhttp::MODULE,
    #[cfg(feature = "xhttp_prom")]
    &mod_xhttp_prom::MODULE,
    #[cfg(feature = "xlog")]
    &mod_xlog::MODULE,
    #[cfg(feature = "xmlrpc")]
    &mod_xmlrpc::MODULE,
];

/// The database engines in the server, for tools that need no configuration.
pub fn database_drivers() -> db::Drivers {
    let mut drivers = db::Drivers::default();
    #[cfg(feature = "db_sqlite")]
    drivers.register(
        "sqlite",
        std::sync::Arc::new(mod_db_sqlite::SqliteDriver::default()),
    );
    drivers
}
