//! Asks what messages, URIs and numbers are, and rewrites URIs and Contacts.
//!
//! `has_totag` tells requests within dialogs from others; `options_reply` answers for the server itself; Contacts can be
//! hidden behind an address of ours and shown again when a request comes back to it.

mod charging_vector;
mod contact_code;
mod date;
mod functions;
mod number;
mod params;
mod pvars;
mod rewrite;

use mod_sl::Sl;
use module_api::{BoundVariable, Call, Diagnostic, Loader, Module, Span, Text, Value, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Siputils {
    params: Params,
    sl: OnceLock<Arc<Sl>>,
    /// The variable of `rpid_avp`.
    rpid: OnceLock<BoundVariable>,
}

impl Module for Siputils {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Siputils {
            params,
            sl: OnceLock::new(),
            rpid: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if let Some(sl) = loader.binder.module::<Sl>() {
            let _ = self.sl.set(sl);
        }
        let rpid = &self.params.rpid_avp;
        match loader.binder.variable_named_by(rpid) {
            Ok(Some(variable)) => {
                let _ = self.rpid.set(variable);
                Ok(())
            }
            Ok(None) => Ok(()),
            // The default cannot be blamed on the operator: the module of the variable is not loaded.
            Err(_) if rpid.span == Span::default() => Ok(()),
            Err(error) => Err(vec![error]),
        }
    }
}

impl Siputils {
    /// What separates the parts of an encoded Contact.
    fn separator(&self) -> u8 {
        self.params
            .contact_flds_separator
            .first()
            .copied()
            .unwrap_or(b'*')
    }

    /// Whether a text is an E.164 number of an allowed length.
    fn is_e164(&self, text: &[u8]) -> bool {
        number::is_e164(text, usize::try_from(self.params.e164_max_len).unwrap_or(0))
    }

    /// The URI for Remote-Party-ID; that there is none is logged.
    fn remote_party(&self, call: &mut Call) -> Option<Text> {
        match self.rpid.get().map(|variable| variable.get(call)) {
            Some(Value::Str(uri)) if !uri.is_empty() => Some(uri),
            _ => {
                call.error(format_args!("there is no URI for Remote-Party-ID"));
                None
            }
        }
    }
}

exports! {
    name: "siputils",
    module: Siputils,
    functions: [
        functions::charging::sip_p_charging_vector,
        functions::checks::has_totag,
        functions::checks::is_request,
        functions::checks::is_reply,
        functions::checks::is_sip,
        functions::checks::is_http,
        functions::checks::sip_parse_headers,
        functions::checks::is_supported,
        functions::checks::is_first_hop,
        functions::checks::is_user,
        functions::checks::hdr_date_check,
        functions::checks::is_e164,
        functions::checks::is_uri_user_e164,
        functions::checks::is_uri,
        functions::checks::is_tel_number,
        functions::checks::is_numeric,
        functions::checks::is_alphanum,
        functions::checks::is_alphanumex,
        functions::checks::cmp_uri,
        functions::checks::cmp_aor,
        functions::checks::cmp_hdr_name,
        functions::checks::is_gruu,
        functions::contact::encode_contact,
        functions::contact::decode_contact,
        functions::contact::decode_contact_header,
        functions::contact::contact_param_encode,
        functions::contact::contact_param_encode_alias,
        functions::contact::contact_param_decode,
        functions::contact::contact_param_decode_ruri,
        functions::contact::contact_param_rm,
        functions::contact::contact_param_check,
        functions::options::options_reply,
        functions::party::append_rpid_hf,
        functions::party::append_rpid_hf_between,
        functions::party::is_rpid_user_e164,
        functions::uri::uri_param,
        functions::uri::uri_param_any,
        functions::uri::uri_param_rm,
        functions::uri::add_uri_param,
        functions::uri::get_uri_param,
        functions::uri::set_uri_user,
        functions::uri::set_uri_host,
        functions::uri::tel2sip,
        functions::uri::tel2sip2,
    ],
    pvars: [pvars::charging_vector],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
