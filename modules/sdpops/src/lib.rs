//! Reads and edits session descriptions: codecs, streams, lines (RFC 8866).
//!
//! The description is the body, or the first such part of a multipart body. What is read is the message as received; what is
//! changed shows when it is sent on.

mod codecs;
mod description;
mod functions;
mod pvars;
mod walk;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance: it keeps nothing.
pub struct Sdpops;

impl Module for Sdpops {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Sdpops)
    }
}

exports! {
    name: "sdpops",
    module: Sdpops,
    functions: [
        functions::codecs::sdp_remove_codecs_by_id,
        functions::codecs::sdp_remove_codecs_by_name,
        functions::codecs::sdp_keep_codecs_by_id,
        functions::codecs::sdp_keep_codecs_by_name,
        functions::codecs::sdp_with_codecs_by_id,
        functions::codecs::sdp_with_codecs_by_name,
        functions::lines::sdp_remove_line_by_prefix,
        functions::lines::sdp_get_line_startswith,
        functions::lines::sdp_iterator_start,
        functions::lines::sdp_iterator_end,
        functions::lines::sdp_iterator_next,
        functions::lines::sdp_iterator_rm,
        functions::lines::sdp_iterator_append,
        functions::lines::sdp_iterator_insert,
        functions::media::sdp_with_media,
        functions::media::sdp_with_active_media,
        functions::media::sdp_remove_media,
        functions::media::sdp_with_transport,
        functions::media::sdp_with_transport_like,
        functions::media::sdp_transport,
        functions::media::sdp_remove_transport,
        functions::whole::sdp_get,
        functions::whole::sdp_content,
        functions::whole::sdp_with_ice,
        functions::whole::sdp_get_address_family,
        functions::whole::sdp_print,
    ],
    pvars: [pvars::session, pvars::iterator_line],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
