//! Module parameters.

pub mod mos;

use module_api::{Live, Params, Placed, Text};
use mos::MosParams;

/// What `modparam("rtpengine", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Daemons, separated by blanks, as `udp:host:port` or `udp6:host:port`, each with `=weight` where wanted; before
    /// them the number of their set as `set ==`. May be given several times.
    #[param(shown = "", compat = partial("WebSocket is not spoken to daemons"))]
    pub rtpengine_sock: Vec<Placed<Text>>,
    /// The seconds that a daemon is left alone which does not answer.
    #[param(default = Live::from(60), range = 0..)]
    pub rtpengine_disable_tout: Live,
    /// Whether silent daemons are asked all the same when none other is left.
    #[param(default = Live::from(1), range = 0..=1)]
    pub aggressive_redetection: Live,
    /// The milliseconds that an answer is waited for each time.
    #[param(default = Live::from(1_000), range = 1..=600_000)]
    pub rtpengine_tout_ms: Live,
    /// Which daemons that are turned off serve the calls they have: 0 none, 1 all, 2 those that an operator turned off.
    #[param(default = 0, range = 0..=2)]
    pub rtpengine_allow_op: i64,
    /// How many daemons of a set are tried for a call.
    #[param(default = Live::from(30), range = 1..=30)]
    pub queried_nodes_limit: Live,
    /// How often a question is sent.
    #[param(default = Live::from(5), range = 1..=100)]
    pub rtpengine_retr: Live,
    /// The variable that tells sessions of one call apart, for `via-branch=extra`.
    #[param(shown = "")]
    pub extra_id_pv: Placed<Text>,
    /// The variable with the number of the set.
    #[param(shown = "")]
    pub setid_avp: Placed<Text>,
    /// Our address for questions; empty leaves it to the system.
    #[param(shown = "")]
    pub force_send_interface: Placed<Text>,
    /// The variable with the session description to be sent, when it is not that of the message.
    #[param(shown = "")]
    pub read_sdp_pv: Placed<Text>,
    /// The variable that gets the session description, when the message is not to have it.
    #[param(shown = "")]
    pub write_sdp_pv: Placed<Text>,
    /// Whether the message gets the session description beside that variable (1).
    #[param(default = 0, range = 0..=1)]
    pub write_sdp_pv_mode: i64,
    /// The variable that is told which daemon was chosen.
    #[param(shown = "")]
    pub rtp_inst_pvar: Placed<Text>,
    /// The size of the table of calls.
    #[param(default = 256, compat = accepted("the table grows as needed"))]
    pub hash_table_size: i64,
    /// The seconds that a call is remembered with its daemon.
    #[param(default = 3_600, range = 1..)]
    pub hash_table_tout: i64,
    /// How Call-IDs are hashed, which chooses the daemon: 0 their sum, 1 SHA-1, 2 CRC-32.
    #[param(default = 0, compat = partial("with 1 calls go to other daemons than upstream's"))]
    pub hash_algo: i64,
    /// The database with the daemons; those of `rtpengine_sock` do not count then.
    #[param(shown = "")]
    pub db_url: Placed<Text>,
    /// Its table.
    #[param(default = Text::from_static("rtpengine"))]
    pub table_name: Text,
    /// The column with the number of the set.
    #[param(default = Text::from_static("setid"))]
    pub setid_col: Text,
    /// The column with the daemon.
    #[param(default = Text::from_static("url"))]
    pub url_col: Text,
    /// The column with its weight.
    #[param(default = Text::from_static("weight"))]
    pub weight_col: Text,
    /// The column that turns it off.
    #[param(default = Text::from_static("disabled"))]
    pub disabled_col: Text,
    /// The set of messages that choose none.
    #[param(default = 0)]
    pub setid_default: i64,
    /// The variable that is told how long a file plays, in milliseconds.
    #[param(shown = "")]
    pub media_duration: Placed<Text>,
    /// The type of service of questions, 0 to 255; another number leaves it to the system.
    #[param(default = -1)]
    pub control_cmd_tos: i64,
    /// Whether daemons that do not answer are pinged (1) or not (0).
    #[param(default = 1, range = 0..=1)]
    pub ping_mode: i64,
    /// The seconds between two pings.
    #[param(default = 60, range = 1..)]
    pub ping_interval: i64,
    /// The API for WebSocket.
    #[param(shown = "", compat = accepted("WebSocket is not spoken to daemons"))]
    pub wsapi: Text,
    /// Where daemons tell of DTMF: `host:port`.
    #[param(shown = "")]
    pub dtmf_events_sock: Placed<Text>,
    /// The variable with the Call-ID in `event_route[rtpengine:dtmf-event]`.
    #[param(shown = "")]
    pub dtmf_event_callid: Placed<Text>,
    /// The variable with the tag of who pressed the key.
    #[param(shown = "")]
    pub dtmf_event_source_tag: Placed<Text>,
    /// The variable with the label of who pressed the key.
    #[param(shown = "")]
    pub dtmf_event_source_label: Placed<Text>,
    /// The variable with the tags of the others.
    #[param(shown = "")]
    pub dtmf_event_tags: Placed<Text>,
    /// The variable with the kind of event.
    #[param(shown = "")]
    pub dtmf_event_type: Placed<Text>,
    /// The variable with the address of who pressed the key.
    #[param(shown = "")]
    pub dtmf_event_source_ip: Placed<Text>,
    /// The variable with the time.
    #[param(shown = "")]
    pub dtmf_event_timestamp: Placed<Text>,
    /// The variable with the number of the key.
    #[param(shown = "")]
    pub dtmf_event: Placed<Text>,
    /// The variable with how long the key was pressed, in milliseconds.
    #[param(shown = "")]
    pub dtmf_event_duration: Placed<Text>,
    /// The variable with the volume.
    #[param(shown = "")]
    pub dtmf_event_volume: Placed<Text>,
    /// The function that is called in the place of event routes.
    #[param(shown = "", compat = accepted("event routes are always those of the configuration"))]
    pub event_callback: Text,
    /// Whether calls and their daemons are shared over DMQ.
    #[param(default = 0, compat = accepted("not shared: the hash of a call chooses the same daemon on every node"))]
    pub enable_dmq: i64,
    /// The name of the DMQ channel.
    #[param(default = Text::from_static("rtpengine"), compat = accepted("not shared: the hash of a call chooses the same daemon on every node"))]
    pub dmq_peer_id: Text,
    /// The variables for the quality of media.
    #[param(group)]
    pub mos: MosParams,
}
