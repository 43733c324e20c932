//! The variables of messages, of runs and of the server, and transformations of their values.
//!
//! Nearly every script reads `$ru`, `$fU` or `$hdr(…)` and keeps something in `$var(…)` or `$avp(…)`: all of these are here.
//! Names and keys in parentheses are found at load; what is read of a message is a slice of it. What scripts change at
//! once (`$ru`, `$du`, flags, branches) is part of the call, what they change in header fields (`$fu`, `$tn` …) is recorded
//! as an edit. `$sel(…)` reads selects.
//!
//! The module does not know transactions or locations: their variables come with their modules. Read `pvars` first.

mod branch;
mod functions;
mod late;
mod params;
mod party;
mod pvars;
mod rpc;
mod shared;
mod transformations;
mod xavp;

#[cfg(test)]
mod tests;

use functions::{
    branches as branch_functions, params as param_functions, values, variables, xavps,
};
use module_api::{AvpName, Call, Diagnostic, Loader, Module, Span, Template, Text, Unset, exports};
use params::Params;
use pvars::{
    attributes, branches, constants, credentials, destination, flags, headers, identities, message,
    parties, reception, request_uri, script, select as selects, sending, server, time, via,
};
use shared::SharedVariables;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The module's instance.
pub struct Pv {
    /// Other names of AVPs.
    pub(crate) aliases: BTreeMap<Text, AvpName>,
    /// `$shv`.
    pub(crate) shared: Arc<SharedVariables>,
    /// What texts that come while the server runs are compiled with.
    pub(crate) late: late::Late,
    /// When the server started.
    pub(crate) started: Started,
}

/// When the server started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Started {
    /// Since 1970.
    pub unix_time: Duration,
    /// The same on the monotonic clock.
    pub at: Instant,
}

/// Compiles a text with variables that comes while the server runs.
///
/// # Errors
/// Says which variable in it cannot be, or that the module is not loaded.
pub fn late_template(call: &mut Call, text: &Text) -> Result<Arc<Template>, Diagnostic> {
    match call.runtime.module::<Pv>() {
        Some(pv) => late::template(&pv, call, text),
        None => Err(Diagnostic::error(
            diagnostics::codes::names::UNKNOWN_VARIABLE,
            Span::default(),
            "module `pv` is not loaded",
        )),
    }
}

impl Pv {
    /// The names of the program's `$var` variables with their slots, as far as they are known.
    pub fn script_variables(&self) -> Vec<(String, u32)> {
        let slots = self.late.slots();
        let named = slots.named(Unset::Zero);
        named.map(|(name, slot)| (name.to_owned(), slot)).collect()
    }
}

impl Module for Pv {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|previous| previous.instance::<Pv>());
        let mut mistakes = Vec::new();
        let mut refuse = |span, message: String| {
            mistakes.push(Diagnostic::error(
                diagnostics::codes::params::BAD_PARAMETER,
                span,
                message,
            ));
        };
        let shared = previous
            .as_ref()
            .map_or_else(Arc::default, |previous| previous.shared.clone());
        for setting in &params.shvset {
            match params::first_value(&setting.value) {
                Ok((name, value)) => {
                    shared.declare(&name, value);
                }
                Err(message) => refuse(setting.span, message),
            }
        }
        for setting in &params.varset {
            match params::first_value(&setting.value) {
                Ok((name, value)) => {
                    loader
                        .binder
                        .slots
                        .set_initial(Unset::Zero, &name.to_str_lossy(), value);
                }
                Err(message) => refuse(setting.span, message),
            }
        }
        let mut aliases = BTreeMap::new();
        for setting in &params.avp_aliases {
            match params::avp_aliases(&setting.value) {
                Ok(found) => aliases.extend(found),
                Err(message) => refuse(setting.span, message),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let late = late::Late::new(loader.binder.flags);
        late.remember(loader.binder.slots);
        let now = || Started {
            unix_time: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
            at: Instant::now(),
        };
        let started = previous
            .as_ref()
            .map_or_else(now, |previous| previous.started);
        Ok(Pv {
            aliases,
            shared,
            late,
            started,
        })
    }
}

exports! {
    name: "pv",
    module: Pv,
    functions: [
        branch_functions::sbranch_append,
        branch_functions::sbranch_reset,
        branch_functions::sbranch_set_ruri,
        branch_functions::xavp_push_dst,
        param_functions::xavp_params_explode,
        param_functions::xavp_params_implode,
        param_functions::xavp_params_implode_qval,
        param_functions::xavp_slist_explode,
        param_functions::xavp_xparams_explode,
        param_functions::xavu_params_explode,
        param_functions::xavu_params_implode,
        values::is_int,
        values::not_empty,
        values::pv_evalx,
        values::pv_isset,
        values::pv_unset,
        values::type_of,
        variables::pv_var_to_xavp,
        variables::pv_xavp_to_var,
        xavps::pv_xavi_print,
        xavps::pv_xavp_print,
        xavps::pv_xavu_print,
        xavps::xavi_child_rm,
        xavps::xavi_child_seti,
        xavps::xavi_child_sets,
        xavps::xavi_rm,
        xavps::xavi_rm_all,
        xavps::xavp_child_rm,
        xavps::xavp_child_seti,
        xavps::xavp_child_sets,
        xavps::xavp_copy,
        xavps::xavp_copy_into,
        xavps::xavp_lshift,
        xavps::xavp_rm,
        xavps::xavp_rm_all,
    ],
    pvars: [
        attributes::avp,
        attributes::extended,
        attributes::extended_ignoring_case,
        attributes::extended_single,
        attributes::count,
        branches::branch_attribute,
        branches::static_branch,
        branches::first_branch,
        branches::all_branches,
        branches::destination_set,
        branches::ruid,
        branches::location_user_agent,
        constants::constant,
        constants::truth,
        constants::version,
        constants::release,
        constants::line_feed,
        constants::carriage_return,
        constants::blank,
        constants::tab,
        constants::comma,
        constants::double_quote,
        constants::single_quote,
        constants::colon,
        constants::semicolon,
        constants::backslash,
        constants::backtick,
        credentials::user,
        credentials::domain,
        credentials::username,
        credentials::realm,
        credentials::uri,
        credentials::algorithm,
        credentials::nonce,
        credentials::client_nonce,
        credentials::response,
        credentials::opaque,
        credentials::account,
        credentials::account_user,
        destination::destination_uri,
        destination::destination_host,
        destination::destination_port,
        destination::destination_transport,
        destination::forced_socket,
        destination::forced_socket_name,
        destination::forced_socket_port,
        destination::next_hop,
        flags::message_flags,
        flags::message_flags_hex,
        flags::message_flag,
        flags::script_flags,
        flags::script_flags_hex,
        flags::script_flag,
        flags::branch_flags,
        flags::branch_flags_hex,
        flags::branch_flag,
        headers::header,
        headers::header_count,
        headers::list_value,
        headers::list_count,
        headers::call_id,
        headers::user_agent,
        headers::contact,
        headers::contact_uri,
        headers::contact_star,
        headers::content_type,
        headers::content_length,
        headers::cseq_number,
        headers::cseq,
        identities::asserted_uri,
        identities::preferred_uri,
        identities::preferred_user,
        identities::preferred_host,
        identities::preferred_display,
        identities::remote_party_uri,
        identities::refer_to_uri,
        identities::diversion_uri,
        identities::diversion_reason,
        identities::diversion_privacy,
        identities::diversion_counter,
        message::method,
        message::method_number,
        message::version,
        message::status,
        message::status_number,
        message::reason,
        message::kind,
        message::kind_text,
        message::number,
        message::buffer,
        message::buffer_length,
        message::changed_buffer,
        message::body,
        message::body_length,
        message::message_part,
        message::character,
        parties::from_uri,
        parties::from_user,
        parties::from_host,
        parties::from_display,
        parties::from_tag,
        parties::from_uri_length,
        parties::from_user_length,
        parties::to_uri,
        parties::to_user,
        parties::to_host,
        parties::to_display,
        parties::to_tag,
        parties::to_tag_state,
        parties::to_user_length,
        reception::source_ip,
        reception::source_host,
        reception::source_port,
        reception::source_uri,
        reception::source_full_uri,
        reception::source_socket,
        reception::transport,
        reception::transport_number,
        reception::connection,
        reception::family,
        reception::local_ip,
        reception::local_port,
        reception::local_uri,
        reception::local_full_uri,
        reception::local_socket,
        reception::local_name,
        reception::advertised_ip,
        reception::advertised_port_number,
        reception::advertised_uri,
        reception::advertised_full_uri,
        reception::raw,
        request_uri::uri,
        request_uri::user,
        request_uri::host,
        request_uri::port,
        request_uri::transport,
        request_uri::scheme,
        request_uri::uri_length,
        request_uri::user_length,
        request_uri::original_uri,
        request_uri::original_user,
        request_uri::original_host,
        request_uri::original_port,
        request_uri::original_transport,
        request_uri::original_user_length,
        script::shared,
        script::shared_increment,
        script::expanded,
        script::zero,
        script::null,
        selects::select,
        sending::peer,
        sending::socket,
        sending::response,
        server::process,
        server::server_id,
        server::started,
        server::statistic,
        server::custom,
        server::error_class,
        server::error_level,
        server::error_info,
        server::error_status,
        server::error_reason,
        time::message_seconds,
        time::seconds,
        time::message_text,
        time::text,
        time::local_field,
        time::utc_field,
        time::local_format,
        time::utc_format,
        time::precise,
        time::expires,
        via::top_via,
        via::second_via,
        via::last_via,
    ],
    transformations: [
        transformations::addresses::name,
        transformations::addresses::uri,
        transformations::addresses::len,
        transformations::addresses::body_uri,
        transformations::addresses::body_display,
        transformations::addresses::body_tag,
        transformations::addresses::body_user,
        transformations::addresses::body_host,
        transformations::addresses::body_params,
        transformations::digests::digest_md5,
        transformations::digests::digest_sha1,
        transformations::digests::digest_sha256,
        transformations::digests::digest_sha384,
        transformations::digests::digest_sha512,
        transformations::digests::digest_sha3,
        transformations::digests::digest_keccak,
        transformations::digests::corehash,
        transformations::digests::crc32,
        transformations::encodings::encode_base64,
        transformations::encodings::decode_base64,
        transformations::encodings::encode_base64t,
        transformations::encodings::decode_base64t,
        transformations::encodings::encode_base64url,
        transformations::encodings::decode_base64url,
        transformations::encodings::encode_base64urlt,
        transformations::encodings::decode_base64urlt,
        transformations::encodings::encode_hexa,
        transformations::encodings::decode_hexa,
        transformations::encodings::encode_base58,
        transformations::encodings::decode_base58,
        transformations::encodings::encode_7bit,
        transformations::encodings::decode_7bit,
        transformations::escapes::escape_common,
        transformations::escapes::unescape_common,
        transformations::escapes::escape_crlf,
        transformations::escapes::unescape_crlf,
        transformations::escapes::escape_user,
        transformations::escapes::escape_param,
        transformations::escapes::unescape_user,
        transformations::escapes::unescape_param,
        transformations::escapes::escape_csv,
        transformations::escapes::urlencode_param,
        transformations::escapes::urldecode_param,
        transformations::lines::count,
        transformations::lines::at,
        transformations::lines::sw,
        transformations::lists::value,
        transformations::lists::contains,
        transformations::lists::valueat,
        transformations::lists::name,
        transformations::lists::count,
        transformations::msrp::user,
        transformations::msrp::userinfo,
        transformations::msrp::host,
        transformations::msrp::port,
        transformations::msrp::session,
        transformations::msrp::proto,
        transformations::msrp::params,
        transformations::regex::subst,
        transformations::sockets::host,
        transformations::sockets::port,
        transformations::sockets::proto,
        transformations::sockets::touri,
        transformations::sockets::encode,
        transformations::sockets::decode,
        transformations::strings::len,
        transformations::strings::int,
        transformations::strings::intv,
        transformations::strings::numeric,
        transformations::strings::rmws,
        transformations::strings::tolower,
        transformations::strings::toupper,
        transformations::strings::trim,
        transformations::strings::ltrim,
        transformations::strings::rtrim,
        transformations::strings::rmhdws,
        transformations::strings::rmhlws,
        transformations::strings::replace,
        transformations::strings::rm,
        transformations::strings::count,
        transformations::strings::prefixes,
        transformations::strings::prefixes_quoted,
        transformations::strings::ftime,
        transformations::strings::fmtlines,
        transformations::strings::fmtlinet,
        transformations::substrings::substr,
        transformations::substrings::select,
        transformations::substrings::selectws,
        transformations::substrings::selectsw,
        transformations::substrings::strip,
        transformations::substrings::striptail,
        transformations::substrings::stripto,
        transformations::substrings::after,
        transformations::substrings::rafter,
        transformations::substrings::before,
        transformations::substrings::rbefore,
        transformations::substrings::unquote,
        transformations::substrings::unbracket,
        transformations::substrings::charat,
        transformations::substrings::byteat,
        transformations::substrings::byte,
        transformations::uris::user,
        transformations::uris::passwd,
        transformations::uris::host,
        transformations::uris::domain,
        transformations::uris::port,
        transformations::uris::params,
        transformations::uris::param,
        transformations::uris::rmparam,
        transformations::uris::headers,
        transformations::uris::transport,
        transformations::uris::ttl,
        transformations::uris::uparam,
        transformations::uris::maddr,
        transformations::uris::method,
        transformations::uris::lr,
        transformations::uris::r2,
        transformations::uris::scheme,
        transformations::uris::tosocket,
        transformations::uris::duri,
        transformations::uris::saor,
        transformations::uris::suri,
        transformations::urls::path,
        transformations::urls::querystring,
        transformations::values::n0,
        transformations::values::ne,
        transformations::values::json,
        transformations::values::jsonqe,
        transformations::values::fdigit,
        transformations::values::ldigit,
    ],
    rpcs: [rpc::shared_get, rpc::shared_set],
    event_routes: {},
    statistics: {},
}
