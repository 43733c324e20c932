//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("htable", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A table: `name=>size=8;autoexpire=600;initval=0`.
    ///
    /// Attributes: `size` (2 to the power of it slots upstream; here a hint), `autoexpire` (seconds an item lives),
    /// `updateexpire` (0: the first write decides when an item expires), `initval` (what a missing item reads as),
    /// `limit` (how many items the table may hold; 10,000,000 unless given), `dbtable` (the table of the database that
    /// items are loaded from at start), `dbmode` (1: and that they are stored in when the server stops), `reloadat` (after how many seconds they are loaded
    /// from there again), `cols` (columns
    /// to load instead, `'key,value,…'`; several values make one text, with `coldelim` between them, a comma unless given,
    /// and `colnull` for what is null, `*` unless given; such tables are never stored), `dmqreplicate`.
    #[param(compat = partial("`dmqreplicate` is accepted and does nothing; `limit` is ours"))]
    pub htable: Vec<Placed<Text>>,
    /// How often expired items are looked for, in seconds.
    #[param(default = 20, range = 1..)]
    pub timer_interval: i64,
    /// How many processes look for expired items.
    #[param(default = 0, compat = accepted("one thread serves all timers"))]
    pub timer_procs: i64,
    /// What is in the database.
    #[param(group)]
    pub database: DatabaseParams,
    /// Whether tables are replicated over DMQ.
    #[param(default = 0, compat = accepted("tables are not replicated"))]
    pub enable_dmq: i64,
    /// Whether a node that starts asks others for their items.
    #[param(default = 0, compat = accepted("tables are not replicated"))]
    pub dmq_init_sync: i64,
    /// The DMQ channel.
    #[param(default = Text::from_static("htable"), compat = accepted("tables are not replicated"))]
    pub dmq_peer_id: Text,
    /// The KEMI function for events.
    #[param(compat = accepted("event routes are run"))]
    pub event_callback: Text,
    /// Which events that function is called for.
    #[param(default = 0, compat = accepted("event routes are run"))]
    pub event_callback_mode: i64,
}

/// What of the module's parameters is about the database.
#[derive(Clone, Params)]
pub struct DatabaseParams {
    /// The database that tables with a `dbtable` are loaded from and stored in.
    pub db_url: Placed<Text>,
    /// The column of keys.
    #[param(default = Text::from_static("key_name"))]
    pub key_name_column: Text,
    /// The column of the types of keys: 0 one item; 1 one of several, whose items are `key[0]`, `key[1]` and so on.
    #[param(default = Text::from_static("key_type"))]
    pub key_type_column: Text,
    /// The column of the types of values: 0 a text; 1 an integer.
    #[param(default = Text::from_static("value_type"))]
    pub value_type_column: Text,
    /// The column of values.
    #[param(default = Text::from_static("key_value"))]
    pub key_value_column: Text,
    /// The column of times of expiry, in seconds since 1970.
    #[param(default = Text::from_static("expires"))]
    pub expires_column: Text,
    /// What is added to a key of several items for the item that says how many they are.
    #[param(default = Text::from_static("::size"))]
    pub array_size_suffix: Text,
    /// How many rows are fetched at once.
    #[param(default = 100, compat = accepted("at start rows are read one by one, whatever their number"))]
    pub fetch_rows: i64,
    /// Whether times of expiry are loaded and stored, of tables with `autoexpire`; else a loaded item has a whole life.
    #[param(default = false)]
    pub db_expires: bool,
}
