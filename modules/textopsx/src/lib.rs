//! More work on messages as text: applying changes at once, single values of header fields, iterators.
//!
//! `msg_apply_changes` makes all changes so far part of the message, so that they can be read.

mod functions;
mod glob;
mod place;
mod pvars;
mod walk;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance: it keeps nothing.
pub struct Textopsx;

impl Module for Textopsx {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Textopsx)
    }
}

exports! {
    name: "textopsx",
    module: Textopsx,
    functions: [
        functions::iterators::hf_iterator_start,
        functions::iterators::hf_iterator_end,
        functions::iterators::hf_iterator_next,
        functions::iterators::hf_iterator_prev,
        functions::iterators::hf_iterator_rm,
        functions::iterators::hf_iterator_append,
        functions::iterators::hf_iterator_insert,
        functions::iterators::bl_iterator_start,
        functions::iterators::bl_iterator_end,
        functions::iterators::bl_iterator_next,
        functions::iterators::bl_iterator_rm,
        functions::iterators::bl_iterator_append,
        functions::iterators::bl_iterator_insert,
        functions::message::msg_apply_changes,
        functions::message::msg_changed_route,
        functions::message::msg_set_buffer,
        functions::message::change_reply_status,
        functions::message::change_reply_status_code,
        functions::message::remove_body,
        functions::message::keep_hf,
        functions::message::fnmatch,
        functions::values::append_hf_value,
        functions::values::insert_hf_value,
        functions::values::remove_hf_value,
        functions::values::remove_hf_value2,
        functions::values::assign_hf_value,
        functions::values::assign_hf_value2,
        functions::values::include_hf_value,
        functions::values::exclude_hf_value,
        functions::values::hf_value_exists,
    ],
    pvars: [pvars::iterator_name, pvars::iterator_body, pvars::iterator_line],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
