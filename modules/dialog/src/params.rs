//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("dialog", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether the figures are kept.
    #[param(default = 1, compat = accepted("they always are"))]
    pub enable_stats: i64,
    /// Into how many entries dialogs are divided; rounded up to a power of two.
    #[param(default = 4096, range = 1..=1_048_576)]
    pub hash_size: i64,
    /// The name of the parameter in Record-Route by which a dialog is found again.
    #[param(default = Text::from_static("did"))]
    pub rr_param: Text,
    /// The message flag that has a dialog made of an INVITE when its transaction is made; -1 is none.
    #[param(default = -1, range = -1..=31)]
    pub dlg_flag: i64,
    /// The variable that holds the lifetime of a dialog in seconds.
    pub timeout_avp: Placed<Text>,
    /// The lifetime of a dialog in seconds, when nothing else says how long.
    #[param(default = 43200, range = 1.., strict)]
    pub default_timeout: i64,
    /// Header lines for requests that this module makes.
    pub dlg_extra_hdrs: Text,
    /// How requests find their dialog: 0 by the parameter in Route, 1 by that or else by Call-ID and tags, 2 by these alone.
    #[param(default = 0, range = 0..=2, strict)]
    pub dlg_match_mode: i64,
    /// Whether an INVITE that comes again by another way belongs to the dialog it has.
    #[param(default = 1)]
    pub detect_spirals: i64,
    /// The database.
    #[param(default = Placed { value: Text::from_static("mysql://kamailio:kamailiorw@localhost/kamailio"), span: module_api::Span::default() }, shown = "mysql://kamailio:kamailiorw@localhost/kamailio")]
    pub db_url: Placed<Text>,
    /// What is kept in the database: 0 nothing, 1 every change at once, 2 changes from time to time, 3 all when the server stops.
    #[param(default = 0, range = 0..=3, strict)]
    pub db_mode: i64,
    /// The names of tables and columns.
    #[param(group)]
    pub columns: Columns,
    /// How often, in seconds, changes are written in `db_mode` 2.
    #[param(default = 60, range = 1..)]
    pub db_update_period: i64,
    /// How many rows are read in one piece.
    #[param(default = 200, compat = accepted("rows are read one by one"))]
    pub db_fetch_rows: i64,
    /// Names of profiles with values, with semicolons between them.
    pub profiles_with_value: Text,
    /// Names of profiles without values, with semicolons between them.
    pub profiles_no_value: Text,
    /// The URI in From of an INVITE that begins a bridge, and of whoever refers.
    #[param(default = Text::from_static("sip:controller@kamailio.org"))]
    pub bridge_controller: Text,
    /// The URI in Contact of that INVITE.
    #[param(default = Text::from_static("sip:controller@kamailio.org:5060"))]
    pub bridge_contact: Text,
    /// The variable with the Request-URI that is stored.
    #[param(default = Text::from_static("$ru"), compat = accepted("it is the Request-URI as it stands; nothing that 5.6.3 shows or sends has it"))]
    pub ruri_pvar: Text,
    /// Whether other modules are told of a dialog as soon as it is made.
    #[param(default = 1, compat = accepted("they always are"))]
    pub initial_cbs_inscript: i64,
    /// Whether both sides get a BYE when the lifetime of a dialog is over.
    #[param(default = 0)]
    pub send_bye: i64,
    /// Whether a dialog stays a while after a negative response, for the ACK.
    #[param(default = 1)]
    pub wait_ack: i64,
    /// The `$xavp` with settings of a dialog: `dlg=>timeout` and the like.
    #[param(compat = accepted("no item was seen to act on 5.6.3; $dlg_ctx has the settings"))]
    pub xavp_cfg: Text,
    /// How often, in seconds, it is looked who is to be kept alive; 0 never.
    #[param(default = 0, range = 0..)]
    pub ka_timer: i64,
    /// The seconds between two requests that keep a side alive, at least 30; 0 is none.
    #[param(default = 0, range = 0.., strict)]
    pub ka_interval: i64,
    /// Whether requests within a dialog leave its lifetime as it is.
    #[param(default = 0)]
    pub timeout_noreset: i64,
    /// Whether timeouts have a process of their own.
    #[param(default = 0, compat = accepted("one thread serves all timers"))]
    pub timer_procs: i64,
    /// Whether an INVITE that `uac_auth()` answers a challenge with gets the next CSeq number, and what follows in its dialog is
    /// numbered accordingly on the callee's side.
    #[param(default = 0)]
    pub track_cseq_updates: i64,
    /// Header lines for requests that this module sends to the callee.
    pub lreq_callee_headers: Text,
    /// Whether the database is not read when the server starts.
    #[param(default = 0)]
    pub db_skip_load: i64,
    /// How many requests that keep a side alive may fail before the dialog is ended.
    #[param(default = 1, range = 1..)]
    pub ka_failed_limit: i64,
    /// Whether dialogs are shared over DMQ.
    #[param(default = 0, compat = accepted("dialogs stay on their server"))]
    pub enable_dmq: i64,
    /// Whether keep-alive flags are shared over DMQ.
    #[param(default = 0, compat = accepted("dialogs stay on their server"))]
    pub enable_dmq_ka_iflags_sync: i64,
    /// A function of another language that is called for events.
    #[param(compat = accepted("events run event routes"))]
    pub event_callback: Text,
    /// The seconds after which a dialog without a final response is forgotten.
    #[param(default = 300, range = 1..)]
    pub early_timeout: i64,
    /// The seconds after which a dialog without an ACK is ended.
    #[param(default = 60, range = 1..)]
    pub noack_timeout: i64,
    /// The seconds after which a dialog that has ended is forgotten at the latest.
    #[param(default = 300, range = 1..)]
    pub end_timeout: i64,
    /// The least number of a dialog in its entry; -1 is the number of this server.
    #[param(default = 0, range = -1..)]
    pub h_id_start: i64,
    /// The distance between numbers of dialogs.
    #[param(default = 1, range = 1..)]
    pub h_id_step: i64,
    /// Whether our own Record-Route stays in route sets: 1 of the callee, 2 of the caller, 3 of both.
    #[param(default = 0, range = 0..=3, strict)]
    pub keep_proxy_rr: i64,
    /// 1: dialogs of sockets that are not ours are neither kept alive nor timed out.
    #[param(default = 0)]
    pub dlg_filter_mode: i64,
    /// The status that the caller gets when a call is ended here before it is answered.
    #[param(default = 480, range = 300..=699)]
    pub bye_early_code: i64,
    /// The reason phrase that goes with it.
    #[param(default = Text::from_static("Temporarily Unavailable"))]
    pub bye_early_reason: Text,
    /// 1: the dialog of a CANCEL is known while it is handled.
    #[param(default = 0, compat = accepted("it always is"))]
    pub dlg_ctxiuid_mode: i64,
    /// Whether changes of variables by scripts are logged.
    #[param(default = 0)]
    pub debug_variables: i64,
    /// What moves dialogs on: 0 their transactions, 1 the script alone.
    #[param(default = 0, range = 0..=1)]
    pub dlg_mode: i64,
    /// The name of this module in DMQ.
    #[param(default = Text::from_static("dialog"), compat = accepted("dialogs stay on their server"))]
    pub dmq_peer_id: Text,
}

/// The names of tables and columns in the database.
#[derive(Clone, Params)]
pub struct Columns {
    /// The table of dialogs.
    #[param(default = Text::from_static("dialog"))]
    pub table_name: Text,
    /// The Call-ID.
    #[param(default = Text::from_static("callid"))]
    pub call_id_column: Text,
    /// The caller's URI.
    #[param(default = Text::from_static("from_uri"))]
    pub from_uri_column: Text,
    /// The caller's tag.
    #[param(default = Text::from_static("from_tag"))]
    pub from_tag_column: Text,
    /// The callee's URI.
    #[param(default = Text::from_static("to_uri"))]
    pub to_uri_column: Text,
    /// The callee's tag.
    #[param(default = Text::from_static("to_tag"))]
    pub to_tag_column: Text,
    /// The number of the dialog in its entry.
    #[param(default = Text::from_static("hash_id"))]
    pub h_id_column: Text,
    /// The entry.
    #[param(default = Text::from_static("hash_entry"))]
    pub h_entry_column: Text,
    /// The state.
    #[param(default = Text::from_static("state"))]
    pub state_column: Text,
    /// When it was answered, in seconds since 1970.
    #[param(default = Text::from_static("start_time"))]
    pub start_time_column: Text,
    /// When it ends, in seconds since 1970.
    #[param(default = Text::from_static("timeout"))]
    pub timeout_column: Text,
    /// The callee's last CSeq number.
    #[param(default = Text::from_static("callee_cseq"))]
    pub to_cseq_column: Text,
    /// The caller's last CSeq number.
    #[param(default = Text::from_static("caller_cseq"))]
    pub from_cseq_column: Text,
    /// The way to the callee.
    #[param(default = Text::from_static("callee_route_set"))]
    pub to_route_column: Text,
    /// The way to the caller.
    #[param(default = Text::from_static("caller_route_set"))]
    pub from_route_column: Text,
    /// The callee's Contact.
    #[param(default = Text::from_static("callee_contact"))]
    pub to_contact_column: Text,
    /// The caller's Contact.
    #[param(default = Text::from_static("caller_contact"))]
    pub from_contact_column: Text,
    /// Our socket on the callee's side.
    #[param(default = Text::from_static("callee_sock"))]
    pub to_sock_column: Text,
    /// Our socket on the caller's side.
    #[param(default = Text::from_static("caller_sock"))]
    pub from_sock_column: Text,
    /// The script's flags.
    #[param(default = Text::from_static("sflags"))]
    pub sflags_column: Text,
    /// The route block that is run when the lifetime is over.
    #[param(default = Text::from_static("toroute_name"))]
    pub toroute_name_column: Text,
    /// The table of variables.
    #[param(default = Text::from_static("dialog_vars"))]
    pub vars_table_name: Text,
    /// The number of a variable's dialog in its entry.
    #[param(default = Text::from_static("hash_id"))]
    pub vars_h_id_column: Text,
    /// The entry of a variable's dialog.
    #[param(default = Text::from_static("hash_entry"))]
    pub vars_h_entry_column: Text,
    /// A variable's name.
    #[param(default = Text::from_static("dialog_key"))]
    pub vars_key_column: Text,
    /// A variable's value.
    #[param(default = Text::from_static("dialog_value"))]
    pub vars_value_column: Text,
}
