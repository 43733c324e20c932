//! The table of daemons.

use crate::params::Params;
use db::{Connection, Error, Prepared, Request, Statement, Value};
use media_proxies::nodes::{Listing, Wanted};
use module_api::{Diagnostic, Loader, Placed, Text};
use std::sync::Arc;

/// The table of daemons.
pub struct Table {
    connection: Arc<dyn Connection>,
    select: Arc<Prepared>,
    url: Placed<Text>,
}

impl Table {
    /// Opens the database that the parameters name, if they do.
    pub fn open(
        params: &Params,
        loader: &mut Loader<'_>,
    ) -> Result<Option<Table>, Vec<Diagnostic>> {
        let url = &params.db_url;
        if url.value.is_empty() {
            return Ok(None);
        }
        let opened = loader.hooks.databases.open(&url.value.to_str_lossy());
        let connection = opened.map_err(|reason| {
            let message = format!("parameter `db_url` of rtpengine: {reason}");
            vec![url.error(message)]
        })?;
        let columns = [
            &params.setid_col,
            &params.url_col,
            &params.weight_col,
            &params.disabled_col,
        ];
        let select = Statement::select(params.table_name.clone()).columns(columns.map(Text::clone));
        Ok(Some(Table {
            select: connection.prepare(select),
            connection,
            url: url.clone(),
        }))
    }

    /// All daemons. Waits.
    pub fn load(&self) -> Result<Vec<Wanted>, Error> {
        let answer = self
            .connection
            .run_blocking(Request::new(&self.select, []))?;
        let wanted = answer.rows.iter().filter_map(|row| {
            let number = |at: usize| row.get(at).and_then(Value::as_int).unwrap_or(0);
            let url = row.get(1).and_then(Value::to_text)?;
            let mut listing = Listing::parse(&url.to_str_lossy())?;
            listing.weight = u32::try_from(number(2)).unwrap_or(1);
            Some((number(0), listing, number(3) != 0))
        });
        Ok(wanted.collect())
    }

    /// All daemons, unless the database only stands in for one.
    pub fn load_at_start(&self) -> Result<Option<Vec<Wanted>>, Vec<Diagnostic>> {
        if self.connection.is_closed() {
            return Ok(None);
        }
        let loaded = self.load();
        loaded.map(Some).map_err(|reason| {
            let message = format!("parameter `db_url` of rtpengine: {reason}");
            vec![self.url.error(message)]
        })
    }
}
