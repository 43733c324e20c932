//! Module parameters.

use crate::table::TableSpec;
use module_api::{Params, Placed, Text};
use std::time::Duration;

/// What `modparam("htable", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A table: `name=>size=8;autoexpire=600;initval=0`.
    ///
    /// Attributes: `size` (2 to the power of it slots upstream; here a hint), `autoexpire` (seconds an item lives),
    /// `updateexpire` (0: the first write decides when an item expires), `initval` (what a missing item reads as),
    /// `limit` (how many items the table may hold; 10,000,000 unless given), `dbtable`, `dbmode`, `cols`,
    /// `dmqreplicate`.
    #[param(compat = partial("attributes about databases and replication are accepted; `limit` is ours"))]
    pub htable: Vec<Placed<Text>>,
    /// How often expired items are looked for, in seconds.
    #[param(default = 20, range = 1..)]
    pub timer_interval: i64,
    /// How many processes look for expired items.
    #[param(default = 0, compat = accepted("one thread serves all timers"))]
    pub timer_procs: i64,
    /// The database that tables are loaded from and stored to.
    #[param(compat = accepted("tables live in memory only"))]
    pub db_url: Text,
    /// The column of names in that database.
    #[param(default = Text::from_static("key_name"), compat = accepted("tables live in memory only"))]
    pub key_name_column: Text,
    /// The column of key types.
    #[param(default = Text::from_static("key_type"), compat = accepted("tables live in memory only"))]
    pub key_type_column: Text,
    /// The column of value types.
    #[param(default = Text::from_static("value_type"), compat = accepted("tables live in memory only"))]
    pub value_type_column: Text,
    /// The column of values.
    #[param(default = Text::from_static("key_value"), compat = accepted("tables live in memory only"))]
    pub key_value_column: Text,
    /// The column of expiry times.
    #[param(default = Text::from_static("expires"), compat = accepted("tables live in memory only"))]
    pub expires_column: Text,
    /// What is added to the key that holds the size of an array.
    #[param(default = Text::from_static("::size"), compat = accepted("tables live in memory only"))]
    pub array_size_suffix: Text,
    /// How many rows are fetched at once.
    #[param(default = 100, compat = accepted("tables live in memory only"))]
    pub fetch_rows: i64,
    /// Whether expiry times are stored.
    #[param(default = 0, compat = accepted("tables live in memory only"))]
    pub db_expires: i64,
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

/// How many items a table may hold unless it says otherwise.
const LIMIT: usize = 10_000_000;

/// Reads a table's description.
pub fn table_spec(text: &str) -> Result<TableSpec, String> {
    let (name, attributes) = match text.split_once("=>") {
        Some((name, attributes)) => (name.trim(), attributes),
        None => (text.trim(), ""),
    };
    if name.is_empty() {
        return Err("a table needs a name: `name=>size=8`".to_owned());
    }
    let mut spec = TableSpec {
        name: Text::from(name),
        expire: None,
        update_expire: true,
        initial: None,
        limit: LIMIT,
        size: 0,
    };
    for attribute in attributes
        .split(';')
        .map(str::trim)
        .filter(|a| !a.is_empty())
    {
        let Some((key, value)) = attribute.split_once('=') else {
            return Err(format!("`{attribute}` has no value"));
        };
        let (key, value) = (key.trim(), value.trim());
        let number = || {
            value
                .parse::<i64>()
                .map_err(|_| format!("`{value}` is no number for `{key}`"))
        };
        match key {
            "size" => spec.size = u8::try_from(number()?).unwrap_or(u8::MAX),
            "autoexpire" => {
                let seconds = u64::try_from(number()?).unwrap_or(0);
                spec.expire = (seconds > 0).then(|| Duration::from_secs(seconds));
            }
            "updateexpire" => spec.update_expire = number()? != 0,
            "initval" => spec.initial = Some(number()?),
            "limit" => spec.limit = usize::try_from(number()?).unwrap_or(LIMIT),
            "dbtable" | "dbmode" | "cols" | "colnull" | "coldelim" | "dmqreplicate" => {}
            _ => return Err(format!("tables have no attribute `{key}`")),
        }
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_names_the_table_and_its_attributes() {
        let spec = table_spec("ban => size=8; autoexpire=600 ;initval=0;updateexpire=0;").unwrap();
        assert_eq!(spec.name, "ban");
        assert_eq!(spec.expire, Some(Duration::from_secs(600)));
        assert_eq!((spec.initial, spec.update_expire), (Some(0), false));
        assert!(table_spec("just_a_name").is_ok());
    }

    #[test]
    fn a_description_without_a_name_or_with_unknown_attributes_is_refused() {
        assert!(table_spec("=>size=8").is_err());
        assert!(table_spec("a=>colour=red").unwrap_err().contains("colour"));
        assert!(table_spec("a=>size=big").unwrap_err().contains("big"));
    }
}
