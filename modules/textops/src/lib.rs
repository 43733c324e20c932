//! Works on messages as text: methods, header fields, bodies, patterns and substitutions.
//!
//! What is read is the message as received; changes are edits that show when the message is sent on, or after
//! `msg_apply_changes()` of the module textopsx. Patterns are POSIX extended regular expressions.

mod area;
mod as_written;
mod date;
mod functions;
mod header_name;
mod hex;
mod method_set;
mod part;
mod pattern;
mod substitution;
mod transformations;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

pub use substitution::Substitution;

/// The module's instance: it keeps nothing.
pub struct Textops;

impl Module for Textops {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Textops)
    }
}

exports! {
    name: "textops",
    module: Textops,
    functions: [
        functions::body::set_body,
        functions::body::set_body_hex,
        functions::body::set_reply_body,
        functions::body::set_reply_body_hex,
        functions::compare::cmp_str,
        functions::compare::cmp_istr,
        functions::compare::starts_with,
        functions::compare::ends_with,
        functions::compare::str_find,
        functions::compare::str_ifind,
        functions::compare::str_any_in,
        functions::compare::str_all_in,
        functions::compare::in_list,
        functions::compare::in_list_prefix,
        functions::headers::append_hf,
        functions::headers::insert_hf,
        functions::headers::append_to_reply,
        functions::headers::append_urihf,
        functions::headers::append_time,
        functions::headers::append_time_to_request,
        functions::multipart::set_body_multipart,
        functions::multipart::set_body_multipart_divided,
        functions::multipart::set_body_multipart_text,
        functions::multipart::append_body_part,
        functions::multipart::append_body_part_hex,
        functions::multipart::get_body_part,
        functions::multipart::get_body_part_raw,
        functions::multipart::remove_body_part,
        functions::multipart::filter_body,
        functions::properties::is_method,
        functions::properties::is_present_hf,
        functions::properties::is_present_hf_pv,
        functions::properties::is_present_hf_re,
        functions::properties::is_present_hf_re_pv,
        functions::properties::has_body,
        functions::properties::is_audio_on_hold,
        functions::properties::is_privacy,
        functions::removal::remove_hf,
        functions::removal::remove_hf_pv,
        functions::removal::remove_hf_re,
        functions::removal::remove_hf_re_pv,
        functions::removal::remove_hf_exp,
        functions::removal::remove_hf_exp_pv,
        functions::removal::remove_hf_idx,
        functions::removal::remove_hf_match,
        functions::removal::via_param_rm,
        functions::replace::replace,
        functions::replace::replace_all,
        functions::replace::replace_body,
        functions::replace::replace_body_all,
        functions::replace::replace_body_atonce,
        functions::replace::replace_hdrs,
        functions::replace::replace_str,
        functions::replace::replace_body_str,
        functions::replace::replace_hdrs_str,
        functions::search::search,
        functions::search::search_body,
        functions::search::search_str,
        functions::search::search_hf,
        functions::search::search_append,
        functions::search::search_append_body,
        functions::search::regex_substring,
        functions::substitute::subst,
        functions::substitute::subst_body,
        functions::substitute::subst_hf,
        functions::substitute::subst_uri,
        functions::substitute::subst_user,
        functions::substitute::subst_v,
    ],
    pvars: [],
    transformations: [transformations::substitute],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
