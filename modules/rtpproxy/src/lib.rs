//! Leads media through RTPProxy: asks it for ports over its control protocol and puts them into session descriptions.
//!
//! A run parks while a proxy is asked. Proxies form sets; within a set the Call-ID decides by weight, so that all
//! commands of a call meet the same one. Read `command` first.

mod command;
mod control;
mod description;
mod functions;
mod params;
mod pvars;
mod rpc;
mod session;

use control::Control;
use media_proxies::nodes::{Listing, Nodes, Wanted};
use module_api::{BoundVariable, Diagnostic, Loader, Module, Placed, Template, Text, exports};
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
    extra_id: Template,
    instance: Option<BoundVariable>,
}

impl Module for Rtpproxy {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let nodes = Nodes::default();
        let wanted = listed(&params.rtpproxy_sock, loader.binder.diagnostics);
        nodes.replace(wanted);
        Ok(Rtpproxy {
            control: Control::new(nodes, &params),
            params,
            variables: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let extra_id = loader.binder.template_of(&self.params.extra_id_pv);
        let mut bind = |parameter: &Placed<Text>| {
            let variable = loader.binder.variable_named_by(parameter);
            variable.map_err(|mistake| vec![mistake])
        };
        let variables = Variables {
            extra_id: extra_id.map_err(|mistake| vec![mistake])?,
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
        self.load_table(loader);
        Ok(())
    }
}

/// The proxies of parameters such as `rtpproxy_sock`.
fn listed(given: &[Placed<Text>], found: &mut Vec<Diagnostic>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for text in given {
        let list = text.value.to_str_lossy();
        let (set, words) = match Listing::words(&list, 0) {
            Ok(list) => list,
            Err(set) => {
                found.push(text.error(format!("`{set}` is no number of a set")));
                continue;
            }
        };
        for word in words {
            let listing = Listing::parse(word).unwrap_or_else(|| {
                let message = format!(
                    "`{word}` is no `udp:host:port`: it is taken for the path of a unix socket"
                );
                found.push(text.warning(message));
                Listing::at_path(word)
            });
            wanted.push((set, listing, false));
        }
    }
    wanted
}

impl Rtpproxy {
    /// Reads the proxies from the database, if there is one. Without them 5.6.3 starts as well.
    fn load_table(&self, loader: &mut Loader<'_>) {
        let url = &self.params.db_url;
        if url.value.is_empty() {
            return;
        }
        let opened = loader.hooks.databases.open(&url.value.to_str_lossy());
        let opened = opened.map_err(|reason| reason.to_string());
        let wanted = opened.and_then(|connection| match connection.is_closed() {
            true => Ok(None),
            false => self
                .stored(&*connection)
                .map(Some)
                .map_err(|reason| reason.to_string()),
        });
        match wanted {
            Ok(Some(wanted)) => self.control.nodes.replace(wanted),
            Ok(None) => {}
            Err(reason) => {
                let message =
                    format!("parameter `db_url` of rtpproxy: {reason}; there are no proxies");
                loader.binder.diagnostics.push(url.warning(message));
                self.control.nodes.replace(Vec::new());
            }
        }
    }

    /// The proxies in the database.
    fn stored(&self, connection: &dyn db::Connection) -> Result<Vec<Wanted>, db::Error> {
        let select = db::Statement::select(self.params.table_name.clone())
            .columns(["setid", "url", "flags", "weight"]);
        let request = db::Request::new(&connection.prepare(select), []);
        let answer = connection.run_blocking(request)?;
        let wanted = answer.rows.iter().filter_map(|row| {
            let text = |at: usize| row.get(at).and_then(db::Value::to_text).unwrap_or_default();
            let number = |at: usize| row.get(at).and_then(db::Value::as_int).unwrap_or(0);
            let mut listing = Listing::parse(&text(1).to_str_lossy())?;
            listing.weight = u32::try_from(number(3)).unwrap_or(1);
            let set = stdx::number::parse_i64(text(0).trim_ascii())?;
            Some((set, listing, number(2) & 1 != 0))
        });
        Ok(wanted.collect())
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
