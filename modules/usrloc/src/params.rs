//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("usrloc", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The branch flag that marks a contact behind NAT.
    pub nat_bflag: Option<i64>,
    /// Whether an address-of-record is `user@domain` and not the user alone.
    #[param(default = false)]
    pub use_domain: bool,
    /// Whether the contact registered last comes first, whatever its priority.
    #[param(default = false)]
    pub desc_time_order: bool,
    /// How often, in seconds, expired contacts are taken out, changes are written and contacts are kept alive.
    #[param(default = 60, range = 1..)]
    pub timer_interval: i64,
    /// How a registration finds the contact it is about: 0 by its URI, 1 by URI and Call-ID, 2 by URI and Path, 3 by Call-ID.
    #[param(default = 0, range = 0..=3)]
    pub matching_mode: i64,
    /// How long, in seconds, a repeated CSeq counts as a retransmission; 0 never.
    #[param(default = 20, range = 0..)]
    pub cseq_delay: i64,
    /// 2 to the power of it is how many slots `ul.dump` shows of a table, which has as many locks, but no more than 1,024.
    #[param(default = 10, range = 0..=16)]
    pub hash_size: i64,
    /// A table to have from the beginning; those that functions name are there anyway.
    pub preload: Vec<Text>,
    /// How many processes expire and write contacts.
    #[param(default = 0, compat = accepted("one thread serves all timers, a shard at a time"))]
    pub timer_procs: i64,
    /// The `$xavp` that is kept with a contact and is there again when it is looked up.
    pub xavp_contact: Text,
    /// Whether the contacts of a connection that is gone are taken out at once. Not with `db_mode` 3, whose rows stay until they end.
    #[param(default = Placed::default(), shown = "0")]
    pub handle_lost_tcp: Placed<bool>,
    /// Whether a contact lives as long as its connection: taken out when that goes, never looked up without it, and reached by it.
    ///
    /// Not with `db_mode` 3, whose rows stay until they end, though they are not looked up; nor are contacts that came over a
    /// connection of another server, or of this one before it was started again.
    #[param(default = false, compat = ours)]
    pub follow_connections: bool,
    /// Whether the connection of a contact is closed when the contact expires. Not with `db_mode` 3, whose rows leave it alone.
    #[param(default = Placed::default(), shown = "0")]
    pub close_expired_tcp: Placed<bool>,
    /// How contacts are kept alive: 1 all, 2 those behind NAT, and of these 4 those over UDP only; 0 none.
    #[param(default = 0, range = 0..=7)]
    pub ka_mode: i64,
    /// The method of the requests that keep contacts alive.
    #[param(default = Text::from_static("OPTIONS"))]
    pub ka_method: Text,
    /// The URI in From of these requests.
    #[param(default = Text::from_static("sip:server@kamailio.org"))]
    pub ka_from: Text,
    /// The domain in To of these requests, when address-of-records have none.
    #[param(default = Text::from_static("kamailio.org"))]
    pub ka_domain: Text,
    /// 1: only contacts that this server registered are kept alive.
    #[param(default = 0)]
    pub ka_filter: i64,
    /// How many seconds after a REGISTER or a request that keeps it alive a contact is sent the next one, at least.
    #[param(default = 40, range = 1..=86_400)]
    pub ka_interval: i64,
    /// Up to how many seconds later than that it may be sent, at random.
    #[param(default = 20, range = 0..=86_400)]
    pub ka_randomize: i64,
    /// After how many seconds without an answer a contact is taken out; 0 never.
    #[param(default = 0, range = 0..)]
    pub ka_timeout: i64,
    /// At which level answers are logged; 255 not at all.
    #[param(default = 255)]
    pub ka_loglevel: i64,
    /// What is logged of an answer.
    #[param(default = Placed { value: Text::from_static(" to-uri: [$tu] remote-addr: [$sas]"), span: module_api::Span::default() }, shown = " to-uri: [$tu] remote-addr: [$sas]")]
    pub ka_logmsg: Placed<Text>,
    /// The statuses that count as an answer, or their first digits, separated by commas; 0 is any.
    #[param(default = Text::from_static("0"))]
    pub ka_reply_codes: Text,
    /// What is in the database.
    #[param(group)]
    pub database: DatabaseParams,
}

/// How tables are kept in a database.
#[derive(Params, Clone)]
pub struct DatabaseParams {
    /// 0 not at all, 1 every change before it is answered, 2 changes from time to time, 3 in the database only, 4 loaded
    /// at start only.
    #[param(default = 0, range = 0..=4)]
    pub db_mode: i64,
    /// The database.
    #[param(default = Placed { value: Text::from_static("mysql://kamailio:kamailiorw@localhost/kamailio"), span: module_api::Span::default() }, shown = "mysql://kamailio:kamailiorw@localhost/kamailio")]
    pub db_url: Placed<Text>,
    /// Whether contacts are loaded at start.
    #[param(default = true)]
    pub db_load: bool,
    /// Whether a row that is there already is changed by an insertion.
    #[param(default = false, compat = accepted("a row is always replaced by one of the same unique name"))]
    pub db_insert_update: bool,
    /// Whether changes are written as new rows.
    #[param(default = false, compat = accepted("a row is always replaced by one of the same unique name"))]
    pub db_update_as_insert: bool,
    /// Whether a change that meets no row makes one.
    #[param(default = false, compat = accepted("it always does"))]
    pub db_check_update: bool,
    /// Whether rows are named by `ruid` or by user, contact and Call-ID.
    #[param(default = 1, compat = accepted("they are named by ruid"))]
    pub db_ops_ruid: i64,
    /// Whether times are numbers and not dates.
    #[param(default = false)]
    pub expires_type: bool,
    /// Which dialect is used for queries that a database layer cannot express.
    #[param(default = 0, compat = accepted("no such query is needed"))]
    pub db_raw_fetch_type: i64,
    /// Whether rows are written with all their columns.
    #[param(default = false, compat = accepted("they always are"))]
    pub db_insert_null: bool,
    /// Whether contacts of sockets that are not ours are left out when contacts are loaded.
    #[param(default = false)]
    pub skip_remote_socket: bool,
    /// Whether expired rows are deleted by the timer.
    #[param(default = false)]
    pub db_timer_clean: bool,
    /// How many seconds expired rows are kept. Only where `db_mode` is 3.
    #[param(default = Placed::default())]
    pub rm_expired_delay: Placed<i64>,
    /// Whether only rows of this server are loaded and deleted.
    #[param(default = false)]
    pub server_id_filter: bool,
    /// Whether the version of the table is checked.
    #[param(default = true)]
    pub version_table: bool,
    /// Which process loads contacts.
    #[param(default = 1, compat = accepted("contacts are loaded before the first message"))]
    pub load_rank: i64,
    /// Whether contacts over connections are deleted at start.
    #[param(default = false)]
    pub db_clean_tcp: bool,
    /// How many rows are fetched at once.
    #[param(default = 2000, range = 1.., compat = accepted("rows are read one by one"))]
    pub fetch_rows: i64,
    /// The column of the unique name.
    #[param(default = Text::from_static("ruid"))]
    pub ruid_column: Text,
    /// The column of the user.
    #[param(default = Text::from_static("username"))]
    pub user_column: Text,
    /// The column of the domain.
    #[param(default = Text::from_static("domain"))]
    pub domain_column: Text,
    /// The column of the contact's URI.
    #[param(default = Text::from_static("contact"))]
    pub contact_column: Text,
    /// The column of the time at which the contact ends.
    #[param(default = Text::from_static("expires"))]
    pub expires_column: Text,
    /// The column of the priority.
    #[param(default = Text::from_static("q"))]
    pub q_column: Text,
    /// The column of the Call-ID.
    #[param(default = Text::from_static("callid"))]
    pub callid_column: Text,
    /// The column of the CSeq.
    #[param(default = Text::from_static("cseq"))]
    pub cseq_column: Text,
    /// The column of the flags.
    #[param(default = Text::from_static("flags"))]
    pub flags_column: Text,
    /// The column of the branch flags.
    #[param(default = Text::from_static("cflags"))]
    pub cflags_column: Text,
    /// The column of the User-Agent.
    #[param(default = Text::from_static("user_agent"))]
    pub user_agent_column: Text,
    /// The column of the place the REGISTER came from.
    #[param(default = Text::from_static("received"))]
    pub received_column: Text,
    /// The column of Path.
    #[param(default = Text::from_static("path"))]
    pub path_column: Text,
    /// The column of our socket.
    #[param(default = Text::from_static("socket"))]
    pub socket_column: Text,
    /// The column of the methods.
    #[param(default = Text::from_static("methods"))]
    pub methods_column: Text,
    /// The column of the instance.
    #[param(default = Text::from_static("instance"))]
    pub instance_column: Text,
    /// The column of the reg-id.
    #[param(default = Text::from_static("reg_id"))]
    pub reg_id_column: Text,
    /// The column of the server's number.
    #[param(default = Text::from_static("server_id"))]
    pub server_id_column: Text,
    /// The column of the connection.
    #[param(default = Text::from_static("connection_id"))]
    pub connection_id_column: Text,
    /// The column that says whether the contact is kept alive.
    #[param(default = Text::from_static("keepalive"))]
    pub keepalive_column: Text,
    /// The column of the partition.
    #[param(default = Text::from_static("partition"))]
    pub partition_column: Text,
}
