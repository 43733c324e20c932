//! Log messages in which variables are expanded.
//!
//! A message whose level is off costs one comparison: nothing in it is expanded.

mod functions;
mod level;
mod params;
mod pvars;

use diagnostics::codes;
use module_api::{Diagnostic, Live, Loader, Module, Template, ast, exports};
use params::Params;

/// The module's instance.
pub struct Xlog {
    prefix: Template,
    facility: Option<u8>,
    auto_newline: bool,
    raw_values: bool,
    /// Whether `$C` shows anything.
    writes_colours: bool,
    /// Whether `xlogl` names the file before the line.
    names_file: bool,
    methods_filter: Live,
}

impl Module for Xlog {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let prefix = match params.prefix_mode {
            0 => Template::constant(params.prefix.value.clone()),
            _ => {
                let place = ast::TextPlace::Whole(params.prefix.span);
                let text = params.prefix.value.to_str_lossy();
                loader
                    .binder
                    .template_at(&text, place)
                    .map_err(|mistake| vec![mistake])?
            }
        };
        let facility = match &params.log_facility {
            None => None,
            Some(name) => match level::facility(&name.value) {
                Some(number) => Some(number),
                None => {
                    return Err(vec![Diagnostic::error(
                        codes::params::BAD_PARAMETER,
                        name.span,
                        format!("there is no syslog facility `{}`", name.value),
                    )]);
                }
            },
        };
        Ok(Xlog {
            prefix,
            facility,
            auto_newline: params.auto_newline != 0,
            raw_values: params.raw_values != 0,
            writes_colours: params.force_color != 0 || loader.settings.log.stderror,
            names_file: params.long_format != 0,
            methods_filter: params.methods_filter,
        })
    }
}

exports! {
    name: "xlog",
    module: Xlog,
    functions: [
        functions::xlog,
        functions::xlog_at,
        functions::xlog_to,
        functions::xdbg,
        functions::xinfo,
        functions::xnotice,
        functions::xwarn,
        functions::xerr,
        functions::xbug,
        functions::xcrit,
        functions::xalert,
        functions::xlogl,
        functions::xlogl_at,
        functions::xlogl_to,
        functions::xdbgl,
        functions::xlogm,
    ],
    pvars: [pvars::color],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
