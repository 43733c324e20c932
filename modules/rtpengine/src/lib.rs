//! Leads media through rtpengine: asks it over the ng protocol and puts the session descriptions it gives into messages.
//!
//! A run parks while a daemon is asked. A call stays with the daemon that has it; which one takes it is decided by the
//! weight of daemons and a hash of the Call-ID. Nodes and the exchange of datagrams are those of [`media_proxies`].
//! Read [`flags`] and `question` first.

mod asking;
pub mod bencode;
mod control;
mod dtmf;
mod figures;
pub mod flags;
mod functions;
mod params;
mod pvars;
mod question;
mod rpc;
mod spread;
mod table;

use control::Control;
use media_proxies::nodes::{Endpoint, Listing, Nodes, Wanted};
use module_api::{BoundVariable, Diagnostic, Loader, Module, Placed, Template, Text, exports};
use params::Params;
use params::mos::{Figure, Moment, Side};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use table::Table;

/// The module's instance.
pub struct Rtpengine {
    params: Params,
    control: Arc<Control>,
    variables: OnceLock<Variables>,
    /// The table of daemons, when there is a database.
    table: OnceLock<Table>,
    dtmf: dtmf::Listener,
}

/// The variables that parameters name.
struct Variables {
    extra_id: Template,
    set: Option<BoundVariable>,
    read_sdp: Option<BoundVariable>,
    write_sdp: Option<BoundVariable>,
    instance: Option<BoundVariable>,
    duration: Option<BoundVariable>,
    /// What tells the ends of a call apart; empty for the usual.
    labels: [Template; 2],
    /// Each is one variable.
    quality: Vec<(Template, Side, Moment, Figure)>,
    dtmf: Vec<(BoundVariable, &'static str)>,
}

/// The commands of the ng protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Offer,
    Answer,
    Delete,
    Query,
    StartRecording,
    StopRecording,
    BlockDtmf,
    UnblockDtmf,
    BlockMedia,
    UnblockMedia,
    SilenceMedia,
    UnsilenceMedia,
    StartForwarding,
    StopForwarding,
    PlayMedia,
    StopMedia,
    PlayDtmf,
    SubscribeRequest,
    SubscribeAnswer,
    Unsubscribe,
    Connect,
}

impl Command {
    fn name(self) -> &'static str {
        match self {
            Command::Offer => "offer",
            Command::Answer => "answer",
            Command::Delete => "delete",
            Command::Query => "query",
            Command::StartRecording => "start recording",
            Command::StopRecording => "stop recording",
            Command::BlockDtmf => "block DTMF",
            Command::UnblockDtmf => "unblock DTMF",
            Command::BlockMedia => "block media",
            Command::UnblockMedia => "unblock media",
            Command::SilenceMedia => "silence media",
            Command::UnsilenceMedia => "unsilence media",
            Command::StartForwarding => "start forwarding",
            Command::StopForwarding => "stop forwarding",
            Command::PlayMedia => "play media",
            Command::StopMedia => "stop media",
            Command::PlayDtmf => "play DTMF",
            Command::SubscribeRequest => "subscribe request",
            Command::SubscribeAnswer => "subscribe answer",
            Command::Unsubscribe => "unsubscribe",
            Command::Connect => "connect",
        }
    }

    /// Whether it is about the whole call unless flags say otherwise.
    fn is_for_all(self) -> bool {
        matches!(
            self,
            Command::BlockDtmf
                | Command::UnblockDtmf
                | Command::BlockMedia
                | Command::UnblockMedia
                | Command::SilenceMedia
                | Command::UnsilenceMedia
                | Command::StartForwarding
                | Command::StopForwarding
        )
    }

    fn tells_from(self, is_directional: bool) -> bool {
        !self.is_for_all() || is_directional
    }

    fn tells_to(self) -> bool {
        !self.is_for_all() && self != Command::Delete
    }

    fn needs_from(self) -> bool {
        !self.is_for_all()
    }
}

impl Module for Rtpengine {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let nodes = Nodes::default();
        nodes.replace(listed(&params, loader.binder.diagnostics));
        let text = &params.force_send_interface;
        let local = sip::parse_address(&text.value);
        if local.is_none() && !text.value.is_empty() {
            let message = "parameter `force_send_interface` is an address: this does nothing";
            loader.binder.diagnostics.push(text.warning(message));
        }
        Ok(Rtpengine {
            control: Control::new(nodes, &params, local),
            params,
            variables: OnceLock::new(),
            table: OnceLock::new(),
            dtmf: dtmf::Listener::default(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let variables = self
            .bind_variables(loader)
            .map_err(|mistake| vec![mistake])?;
        // Started once.
        let _ = self.variables.set(variables);
        if let Some(table) = Table::open(&self.params, loader)? {
            if let Some(wanted) = table.load_at_start()? {
                self.control.nodes.replace(wanted);
            }
            let _ = self.table.set(table);
        }
        let own = self.clone();
        loader.hooks.on_start(move |runtime| {
            own.control.reports.begin(runtime);
            for (_, node) in own.control.nodes.all() {
                let (control, host) = (own.control.clone(), runtime.host.clone());
                runtime.host.spawn(Box::pin(async move {
                    control.ping(host, node).await;
                }));
            }
        });
        let own = self.clone();
        loader
            .hooks
            .on_start(move |runtime| dtmf::listen(&own, runtime));
        let own = self.clone();
        let interval = Duration::from_secs(self.params.ping_interval.unsigned_abs());
        loader
            .hooks
            .every("rtpengine", interval, move |runtime, now| {
                own.control.forget_old(now);
                let silent = own.control.nodes.all().into_iter().map(|(_, node)| node);
                let silent = silent.filter(|node| {
                    matches!(
                        node.standing(),
                        media_proxies::nodes::Standing::SilentUntil(_)
                    )
                });
                for node in silent.filter(|_| own.params.ping_mode != 0) {
                    let (control, host) = (own.control.clone(), runtime.host.clone());
                    runtime.host.spawn(Box::pin(async move {
                        control.ping(host, node).await;
                    }));
                }
            });
        Ok(())
    }

    fn stop(&self) {
        self.dtmf.close();
    }
}

/// The daemons of `rtpengine_sock`.
fn listed(params: &Params, found: &mut Vec<Diagnostic>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for given in &params.rtpengine_sock {
        let text = given.value.to_str_lossy();
        let (set, words) = match Listing::words(&text, params.setid_default) {
            Ok(list) => list,
            Err(set) => {
                found.push(given.error(format!("`{set}` is no number of a set")));
                continue;
            }
        };
        for word in words {
            match Listing::parse(word) {
                Some(listing) if matches!(listing.endpoint, Endpoint::Udp { .. }) => {
                    wanted.push((set, listing, false));
                }
                _ => {
                    let message = format!("`{word}` is left out: daemons are `udp:host:port`");
                    found.push(given.warning(message));
                }
            }
        }
    }
    wanted
}

impl Rtpengine {
    fn bind_variables(&self, loader: &mut Loader<'_>) -> Result<Variables, Diagnostic> {
        let params = &self.params;
        let mut quality = Vec::new();
        for (text, side, moment, figure) in params.mos.wanted() {
            let template = loader.binder.template_of(text)?;
            if template.as_variable().is_some() {
                quality.push((template, side, moment, figure));
            } else if !text.value.is_empty() {
                let message = format!("`{}` is no variable: nothing is written", text.value);
                loader.binder.diagnostics.push(text.warning(message));
            }
        }
        let labels = [&params.mos.label_a, &params.mos.label_b];
        let [label_a, label_b] = labels.map(|text| loader.binder.template_of(text));
        let extra_id = loader.binder.template_of(&params.extra_id_pv)?;
        let mut bind = |parameter: &Placed<Text>| loader.binder.variable_named_by(parameter);
        let mut keys = Vec::new();
        for (text, key) in [
            (&params.dtmf_event_callid, "callid"),
            (&params.dtmf_event_source_tag, "source_tag"),
            (&params.dtmf_event_source_label, "source_label"),
            (&params.dtmf_event_tags, "tags"),
            (&params.dtmf_event_type, "type"),
            (&params.dtmf_event_source_ip, "source_ip"),
            (&params.dtmf_event_timestamp, "timestamp"),
            (&params.dtmf_event, "event"),
            (&params.dtmf_event_duration, "duration"),
            (&params.dtmf_event_volume, "volume"),
        ] {
            keys.extend(bind(text)?.map(|variable| (variable, key)));
        }
        Ok(Variables {
            extra_id,
            set: bind(&params.setid_avp)?,
            read_sdp: bind(&params.read_sdp_pv)?,
            write_sdp: bind(&params.write_sdp_pv)?,
            instance: bind(&params.rtp_inst_pvar)?,
            duration: bind(&params.media_duration)?,
            labels: [label_a?, label_b?],
            quality,
            dtmf: keys,
        })
    }
}

exports! {
    name: "rtpengine",
    module: Rtpengine,
    functions: [
        functions::set_rtpengine_set,
        functions::rtpengine_offer,
        functions::rtpengine_answer,
        functions::rtpengine_manage,
        functions::rtpengine_info,
        functions::rtpengine_delete,
        functions::rtpengine_destroy,
        functions::rtpengine_query,
        functions::rtpengine_query_v,
        functions::rtpengine_connect,
        functions::rtpengine_subscribe_request,
        functions::rtpengine_subscribe_answer,
        functions::rtpengine_unsubscribe,
        functions::media::start_recording,
        functions::media::stop_recording,
        functions::media::block_dtmf,
        functions::media::unblock_dtmf,
        functions::media::block_media,
        functions::media::unblock_media,
        functions::media::silence_media,
        functions::media::unsilence_media,
        functions::media::start_forwarding,
        functions::media::stop_forwarding,
        functions::media::play_media,
        functions::media::stop_media,
        functions::media::play_dtmf,
    ],
    pvars: [pvars::totals],
    transformations: [],
    rpcs: [rpc::show, rpc::ping, rpc::enable, rpc::get_hash_total, rpc::reload],
    event_routes: {
        "rtpengine:dtmf-event": "for each key that a daemon says was pressed",
    },
    statistics: {},
}
