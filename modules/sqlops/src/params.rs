//! Module parameters.

use crate::connection::SqlConnection;
use module_api::{Diagnostic, Params, Placed, Text};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `modparam("sqlops", …)` sets.
#[derive(Params)]
pub struct Params {
    /// `name=>url`: a connection by which queries name it, and its database. May be given several times.
    #[param(shown = "")]
    pub sqlcon: Vec<Placed<Text>>,
    /// The name of a result. Names that functions use need not be declared. May be given several times.
    #[param(shown = "")]
    pub sqlres: Vec<Text>,
    /// The length that a transformation's value may have.
    #[param(default = 2048, range = 1..=16_777_216, compat = accepted("values may have any length"))]
    pub tr_buf_size: i64,
    /// The length to which queries are cut in the log.
    #[param(default = 128, range = 0..=65_536)]
    pub log_buf_size: i64,
    /// When databases are opened: at the start, which fails when one cannot be (0) or goes on (1), or when a query needs one (2).
    #[param(default = 0, range = 0..=2)]
    pub connect_mode: i64,
    /// How many names of results there may be.
    #[param(default = 32, range = 1..=65_536)]
    pub results_maxsize: i64,
}

impl Params {
    /// The connections by their names.
    pub fn connections(&self, found: &mut Vec<Diagnostic>) -> BTreeMap<Text, Arc<SqlConnection>> {
        let mut connections = BTreeMap::new();
        for given in &self.sqlcon {
            let text = given.value.to_str_lossy();
            match text.split_once("=>") {
                Some((name, url)) if !name.trim().is_empty() => {
                    let connection = SqlConnection::new(name.trim(), url.trim(), given.span);
                    connections.insert(connection.name.clone(), Arc::new(connection));
                }
                // COMPAT: 5.6.3 opens one that has no name, which nobody can use.
                Some((_, url)) if url.contains("://") => {
                    found.push(given.warning(
                        "parameter `sqlcon` is `name=>url`: without a name it is left out",
                    ))
                }
                _ => found.push(given.error("parameter `sqlcon` is `name=>url`")),
            }
        }
        connections
    }
}
