//! Leads media through RTPProxy: asks it for ports over its control protocol and puts them into session descriptions.
//!
//! A run parks while a proxy is asked. Proxies form sets; within a set the Call-ID decides by weight, so that all commands of a call
//! meet the same one. Read `command` first.

mod command;
mod control;
mod description;
mod functions;
mod params;
mod pvars;
mod rpc;
mod session;

use control::Control;
use diagnostics::codes;
use media_proxies::nodes::{Listing, Nodes, Wanted};
use module_api::{BoundVariable, Diagnostic, Loader, Module, Placed, Text, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Rtpproxy {
    params: Params,
    control: Arc<Control>,
    variables: OnceLock<Variables>,
}

/// The variables that parameters name.
struct Variables {
    extra_id: Option<BoundVariable>,
    instance: Option<BoundVariable>,
}

impl Module for Rtpproxy {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let nodes = Nodes::default();
        nodes.replace(listed(&params.rtpproxy_sock)?);
        Ok(Rtpproxy {
            control: Control::new(nodes, &params),
            params,
            variables: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let mut bind = |parameter: &Placed<Text>| {
            let variable = loader.binder.variable_named_by(parameter);
            variable.map_err(|mistake| vec![mistake])
        };
        let variables = Variables {
            extra_id: bind(&self.params.extra_id_pv)?,
            instance: bind(&self.params.rtp_inst_pvar)?,
        };
        bind(&self.params.timeout_tag_pv)?;
        // Started once.
        let _ = self.variables.set(variables);
        let control = self.control.clone();
        loader.hooks.on_start(move |runtime| {
            control.reports.begin(runtime);
            for (_, node) in control.nodes.all() {
                let (control, host) = (control.clone(), runtime.host.clone());
                runtime.host.spawn(Box::pin(async move {
                    control.probe(&host, &node).await;
                }));
            }
        });
        self.load_table(loader)
    }
}

/// The proxies of parameters such as `rtpproxy_sock`.
fn listed(given: &[Placed<Text>]) -> Result<Vec<Wanted>, Vec<Diagnostic>> {
    let mut wanted = Vec::new();
    let mut mistakes = Vec::new();
    for text in given {
        match Listing::parse_set(&text.value.to_str_lossy(), 0) {
            Ok((set, listings)) => {
                wanted.extend(listings.into_iter().map(|listing| (set, listing, false)));
            }
            Err(word) => mistakes.push(Diagnostic::error(
                codes::params::BAD_PARAMETER,
                text.span,
                format!("`{word}` is no proxy: write udp:host:port or unix:path, and before them the number of a set with =="),
            )),
        }
    }
    match mistakes.is_empty() {
        true => Ok(wanted),
        false => Err(mistakes),
    }
}

impl Rtpproxy {
    /// Reads the proxies from the database, if there is one.
    fn load_table(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let url = &self.params.db_url;
        if url.value.is_empty() {
            return Ok(());
        }
        let mistake = |reason: String| {
            let message = format!("parameter `db_url` of rtpproxy: {reason}");
            vec![Diagnostic::error(
                codes::params::BAD_PARAMETER,
                url.span,
                message,
            )]
        };
        let connection = loader
            .hooks
            .databases
            .open(&url.value.to_str_lossy())
            .map_err(|reason| mistake(reason.to_string()))?;
        if connection.is_closed() {
            return Ok(());
        }
        let select = db::Statement::select(self.params.table_name.clone())
            .columns(["setid", "url", "flags", "weight"]);
        let request = db::Request::new(&connection.prepare(select), []);
        let answer = connection
            .run_blocking(request)
            .map_err(|reason| mistake(reason.to_string()))?;
        let wanted = answer.rows.iter().filter_map(|row| {
            let text = |at: usize| row.get(at).and_then(db::Value::to_text).unwrap_or_default();
            let number = |at: usize| row.get(at).and_then(db::Value::as_int).unwrap_or(0);
            let mut listing = Listing::parse(&text(1).to_str_lossy())?;
            listing.weight = u32::try_from(number(3)).unwrap_or(1);
            let set = stdx::number::parse_i64(text(0).trim_ascii())?;
            Some((set, listing, number(2) & 1 != 0))
        });
        self.control.nodes.replace(wanted.collect());
        Ok(())
    }
}

exports! {
    name: "rtpproxy",
    module: Rtpproxy,
    functions: [
        functions::set_rtp_proxy_set,
        functions::rtpproxy_offer,
        functions::rtpproxy_answer,
        functions::rtpproxy_manage,
        functions::rtpproxy_destroy,
        functions::unforce_rtp_proxy,
        functions::start_recording,
        functions::rtpproxy_stream2uac,
        functions::rtpproxy_stream2uas,
        functions::rtpproxy_stop_stream2uac,
        functions::rtpproxy_stop_stream2uas,
    ],
    pvars: [pvars::figures],
    transformations: [],
    rpcs: [rpc::list, rpc::enable],
    event_routes: {},
    statistics: {},
}
