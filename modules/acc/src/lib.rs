//! Accounting: a line in the log, a row in a database, for each transaction whose flag is set.
//!
//! Final responses are told by `tm`; `acc_request()` and its kin account the request at hand at once. A [`record::Record`] is
//! what is accounted, whichever way it goes.

mod database;
mod extra;
mod functions;
mod params;
mod record;

use database::Database;
use diagnostics::codes;
use extra::Extra;
use mod_tm::{Event, Finished, Tm};
use module_api::{Call, Diagnostic, Loader, LogLevel, Module, Span, Text, exports};
use params::Params;
use record::Record;
use sip::Method;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Acc {
    params: Params,
    /// Statuses of failed transactions that are not accounted.
    unwanted: Vec<u16>,
    extras: OnceLock<Extras>,
    database: OnceLock<Database>,
}

/// What is accounted beside the usual.
struct Extras {
    log: Extra,
    database: Extra,
    legs: Extra,
}

impl Acc {
    fn has(call: &Call, flag: i64) -> bool {
        u32::try_from(flag).is_ok_and(|flag| flag < 32 && call.flags.message & (1 << flag) != 0)
    }

    fn forget(call: &mut Call, flag: i64) {
        if let Ok(flag @ 0..32) = u32::try_from(flag) {
            call.flags.message &= !(1 << flag);
        }
    }

    /// Accounts what tm tells.
    fn take(&self, call: &mut Call, event: &Event) {
        match event {
            Event::Failing(finished) => self.failed(call, finished),
            Event::Finished(finished) => {
                self.failed(call, finished);
                self.finished(call, finished);
            }
            Event::Acknowledged(flags) => {
                let of_ack = std::mem::replace(&mut call.flags, *flags);
                self.acknowledged(call);
                call.flags = of_ack;
            }
        }
    }

    /// Accounts the ACK at hand, if its INVITE was.
    fn acknowledged(&self, call: &mut Call) {
        if self.params.report_ack == 0 {
            return;
        }
        let log = Acc::has(call, self.params.log_flag);
        let row = Acc::has(call, self.params.db_flag);
        let record = Record::of_ack(call);
        if log {
            self.log(call, &record, "request acknowledged");
        }
        if row {
            self.insert(call, &record, &self.params.db_table_acc);
        }
    }

    /// Accounts an INVITE that has failed, once.
    fn failed(&self, call: &mut Call, finished: &Finished) {
        let params = &self.params;
        let is_invite = call.message.method() == Method::Invite;
        let is_missed = finished.status >= 300 && is_invite;
        let (log, row) = (
            is_missed && Acc::has(call, params.log_missed_flag),
            is_missed && Acc::has(call, params.db_missed_flag),
        );
        if log || row {
            let record = Record::of_finished(call, finished);
            if log {
                self.log(call, &record, "call missed");
            }
            if row {
                self.insert(call, &record, &params.db_table_missed_calls);
            }
            Acc::forget(call, params.log_missed_flag);
            Acc::forget(call, params.db_missed_flag);
        }
    }

    /// Accounts what has become of a request, as its flags say.
    fn finished(&self, call: &mut Call, finished: &Finished) {
        let params = &self.params;
        if !self.is_wanted(call, finished.status) {
            return;
        }
        let log = Acc::has(call, params.log_flag);
        let row = Acc::has(call, params.db_flag);
        if log || row {
            let record = Record::of_finished(call, finished);
            if log {
                self.log(call, &record, "transaction answered");
            }
            if row {
                self.insert(call, &record, &params.db_table_acc);
            }
        }
    }

    fn is_wanted(&self, call: &Call, status: u16) -> bool {
        if call.message.method() == Method::Cancel && self.params.report_cancels == 0 {
            return false;
        }
        let is_failed = status >= 300;
        !is_failed
            || (Acc::has(call, self.params.failed_transaction_flag)
                && !self.unwanted.contains(&status))
    }

    /// Writes a line to the log.
    fn log(&self, call: &mut Call, record: &Record, what: &str) {
        let level = LogLevel::from_number(self.params.log_level);
        if !call.runtime.logger.enabled(level) {
            return;
        }
        let mut line = record.line();
        if let Some(extras) = self.extras.get() {
            extras.log.append_line(call, &mut line);
            extras.legs.append_legs(call, &mut line);
        }
        let line = Text::from(line);
        let text = line.to_str_lossy();
        let message = format_args!("ACC: {what}: {text}");
        call.runtime.logger.log(level, call.unix_time, message);
    }

    /// Adds a row, or one for each leg, to a table; false when there is no database.
    fn insert(&self, call: &mut Call, record: &Record, table: &Text) -> bool {
        let (Some(database), Some(extras)) = (self.database.get(), self.extras.get()) else {
            return false;
        };
        let mut values = record.values();
        values.extend(database.times(call.unix_time));
        extras
            .database
            .append_values(call, &mut values, self.params.acc_extra_nullable != 0);
        for leg in extras.legs.legs(call) {
            let mut row = values.clone();
            row.extend(
                leg.into_iter()
                    .map(|value| db::Value::Text(value.into_text())),
            );
            database.insert(call, table, row);
        }
        true
    }
}

impl Module for Acc {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let list = params.failed_filter.value.to_str_lossy().into_owned();
        let codes = list
            .split(',')
            .map(str::trim)
            .filter(|code| !code.is_empty());
        let unwanted = codes
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| {
                let message = format!("parameter `failed_filter`: `{list}` is no list of statuses");
                let code = codes::params::BAD_PARAMETER;
                vec![Diagnostic::error(code, params.failed_filter.span, message)]
            })?;
        Ok(Acc {
            params,
            unwanted,
            extras: OnceLock::new(),
            database: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let params = &self.params;
        let mistake = |span: Span, message: String| {
            vec![Diagnostic::error(
                codes::params::BAD_PARAMETER,
                span,
                message,
            )]
        };
        let extras = Extras {
            log: Extra::bind(&params.log_extra, loader)?,
            database: Extra::bind(&params.db_extra, loader)?,
            legs: Extra::bind_legs(&params.multi_leg_info, loader)?,
        };
        if !params.db_url.value.is_empty() {
            let url = params.db_url.value.to_str_lossy();
            let connection = loader.hooks.databases.open(&url).map_err(|error| {
                mistake(params.db_url.span, format!("database of acc: {error}"))
            })?;
            let mut columns = params.columns();
            columns.extend(database::time_columns(params));
            columns.extend(extras.database.names());
            columns.extend(extras.legs.names());
            // The instance is started once.
            let _ = self
                .database
                .set(Database::new(connection, columns, params));
        }
        // The instance is started once.
        let _ = self.extras.set(extras);
        let Some(tm) = loader.binder.module::<Tm>() else {
            let message = "acc needs tm, which must be loaded before it".to_owned();
            return Err(mistake(Span::default(), message));
        };
        let acc = self.clone();
        tm.observe(Arc::new(move |call, event| acc.take(call, event)));
        Ok(())
    }
}

exports! {
    name: "acc",
    module: Acc,
    functions: [
        functions::acc_log_request,
        functions::acc_db_request,
        functions::acc_request,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
