//! Log messages in which variables are expanded.
//!
//! A message whose level is off costs one comparison: nothing in it is expanded.

mod functions;
mod level;
mod params;
mod pvars;

use diagnostics::codes;
use module_api::{Diagnostic, Live, Loader, LogLevel, Module, Template, ast, exports};
use params::Params;
use std::sync::Arc;

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
    /// The escape sequences of levels that have not the usual ones.
    colours: Vec<(LogLevel, String)>,
}

/// The colours that `log_colors` gives; what is none is told, and the usual colour stays.
fn colours(params: &Params, loader: &mut Loader<'_>) -> Vec<(LogLevel, String)> {
    let mut found = Vec::new();
    for given in &params.log_colors {
        let text = given.value.to_str_lossy();
        for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let colour = part.split_once('=').and_then(|(level, letters)| {
                let level = level::named(level.trim().as_bytes())?;
                Some((level, pvars::sequence(letters.trim().as_bytes())?))
            });
            match colour {
                Some(colour) => found.push(colour),
                None => loader.binder.diagnostics.push(Diagnostic::warning(
                    codes::params::BAD_PARAMETER,
                    given.span,
                    format!("`{part}` is no colour of a level, such as `L_ERR=cr`"),
                )),
            }
        }
    }
    found
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
        let colours = colours(&params, loader);
        Ok(Xlog {
            colours,
            prefix,
            facility,
            auto_newline: params.auto_newline != 0,
            raw_values: params.raw_values != 0,
            writes_colours: params.force_color != 0 || loader.settings.log.stderror,
            names_file: params.long_format != 0,
            methods_filter: params.methods_filter,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let xlog = self.clone();
        loader.hooks.on_start(move |runtime| {
            for (level, sequence) in &xlog.colours {
                runtime.logger.set_colour(*level, sequence);
            }
        });
        Ok(())
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
