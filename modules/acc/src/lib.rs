//! Accounting: a line in the log, a row in a database, for each transaction whose flag is set, and for each call.
//!
//! Responses are told by `tm`; `acc_request()` and its kin account the request at hand at once. A `record::Record` is
//! what is accounted, whichever way it goes. Call detail records (`cdr::Records`) follow the dialogs of `dialog`.
//!
//! What a request came to is accounted when its final response is settled, whether or not that still reaches who asked: whoever
//! was called has answered. Kamailio 5.6.3 has no such record where it sees at once that it cannot send the response, as where a
//! caller has closed its connection and none can be opened to it; that of the missed call it writes all the same.

mod cdr;
mod database;
mod extra;
mod functions;
mod missed;
mod params;
mod record;
mod times;

use database::Database;
use db::Pending;
use diagnostics::codes;
use extra::Extra;
pub use functions::Ledger;
use missed::Missed;
use mod_dialog::Dialogs;
use mod_rr::{Direction, Rr};
use mod_tm::{Event, Finished, Provisional, Tm};
use module_api::{
    Call, Diagnostic, Loader, LogLevel, Module, Placed, RouteKind, Span, Template, Text, exports,
};
use params::Params;
use record::Record;
use sip::Method;
use std::sync::{Arc, OnceLock};
use times::Times;

/// The module's instance.
pub struct Acc {
    params: Params,
    /// Statuses of failed transactions that are not accounted.
    unwanted: Vec<u16>,
    times: Times,
    /// The syslog facility of the lines.
    facility: Option<u8>,
    started: OnceLock<Started>,
}

/// What is known when all modules are there.
struct Started {
    log: Extra,
    database: Extra,
    legs: Extra,
    table: Template,
    missed_table: Template,
    rows: Option<Database>,
    rr: Option<Arc<Rr>>,
}

impl Acc {
    /// Accounts the request at hand at once, with a `comment`: a status and a reason, or a reason alone. Nobody waits
    /// for the row to be in `table`.
    pub fn account_now(&self, call: &mut Call, comment: &Text, ledger: Ledger, table: &Text) {
        let record = Record::of_comment(call, comment);
        if ledger != Ledger::Table {
            self.log(call, &record, "request accounted");
        }
        if ledger != Ledger::Log {
            self.insert(call, &record, table.clone());
        }
    }

    fn has(call: &Call, flag: i64) -> bool {
        u32::try_from(flag).is_ok_and(|flag| flag < 32 && call.flags.message & (1 << flag) != 0)
    }

    fn forget(call: &mut Call, flag: i64) {
        if let Ok(flag @ 0..32) = u32::try_from(flag) {
            call.flags.message &= !(1 << flag);
        }
    }

    /// Whether the transaction that begins may be accounted: a flag says so already, or announces that one may be set later
    /// (observed on 5.6.3).
    fn is_prepared(&self, call: &Call) -> bool {
        let params = &self.params;
        params.acc_prepare_always != 0
            || self.is_flagged(call)
            || Acc::has(call, params.acc_prepare_flag)
            || Acc::has(call, params.log_missed_flag)
            || Acc::has(call, params.db_missed_flag)
    }

    /// Accounts what tm tells.
    fn take(&self, call: &mut Call, event: &Event) {
        let marks = match event {
            Event::Acknowledged(flags, _) => flags.marks,
            _ => call.flags.marks,
        };
        if marks.unaccounted {
            return;
        }
        match event {
            Event::Failing(finished) => {
                let missed = self.missed(call, finished);
                self.record_missed(call, finished, missed);
                call.flags.marks.accounted_failure = missed.mark();
            }
            Event::Finished(finished) => {
                let mut missed = self.missed(call, finished);
                if call.route == RouteKind::Failure && finished.status >= 300 && !missed.any() {
                    // Observed on 5.6.3: what a failure route answers is accounted as the failure was.
                    missed = Missed::marked(call.flags.marks.accounted_failure);
                }
                self.record_missed(call, finished, missed);
                self.finished(call, finished);
            }
            Event::Acknowledged(flags, status) => {
                let of_ack = std::mem::replace(&mut call.flags, *flags);
                self.acknowledged(call, *status);
                call.flags = of_ack;
            }
        }
    }

    /// Accounts the ACK at hand, if its INVITE was, and had begun with a flag that accounts (observed on 5.6.3).
    fn acknowledged(&self, call: &mut Call, status: u16) {
        if self.params.report_ack == 0 || !call.flags.marks.began_accounted {
            return;
        }
        let record = Record::of_ack(call, status);
        self.account(call, record, "request acknowledged");
    }

    /// Accounts early media: a provisional response with a body.
    fn provisional(&self, call: &mut Call, finished: &Finished) {
        let response = finished.response.as_ref();
        if response.is_some_and(|response| !response.body().is_empty()) {
            let record = self.record(call, finished);
            self.account(call, record, "transaction answered");
        }
    }

    /// Where the failure of an INVITE is accounted as a missed call, by the flags that it has.
    fn missed(&self, call: &Call, finished: &Finished) -> Missed {
        let is_missed = finished.status >= 300 && call.message.method() == Method::Invite;
        Missed {
            log: is_missed && Acc::has(call, self.params.log_missed_flag),
            row: is_missed && Acc::has(call, self.params.db_missed_flag),
        }
    }

    /// Accounts a missed call, and takes the flags that ask for it away.
    fn record_missed(&self, call: &mut Call, finished: &Finished, missed: Missed) {
        if !missed.any() {
            return;
        }
        let record = self.record(call, finished);
        if missed.log {
            self.log(call, &record, "call missed");
        }
        if missed.row
            && let Some(started) = self.started.get()
        {
            let table = started.missed_table.text(call);
            self.insert(call, &record, table);
        }
        Acc::forget(call, self.params.log_missed_flag);
        Acc::forget(call, self.params.db_missed_flag);
    }

    /// Accounts what has become of a request, as its flags say.
    fn finished(&self, call: &mut Call, finished: &Finished) {
        if !self.is_wanted(call, finished.status) || !self.is_flagged(call) {
            return;
        }
        let record = self.record(call, finished);
        self.account(call, record, "transaction answered");
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

    fn is_flagged(&self, call: &Call) -> bool {
        Acc::has(call, self.params.log_flag) || Acc::has(call, self.params.db_flag)
    }

    /// The record of what has become of the request at hand.
    fn record(&self, call: &mut Call, finished: &Finished) -> Record {
        let mut record = Record::of_finished(call, finished);
        if self.params.reason_from_hf != 0 {
            record = record.with_reason_field(finished);
        }
        match self.is_turned(call) {
            true => record.turned(),
            false => record,
        }
    }

    /// Whether the request at hand comes from who was called, and that matters.
    fn is_turned(&self, call: &mut Call) -> bool {
        if self.params.detect_direction == 0 || call.message.to_tag().is_none() {
            return false;
        }
        let rr = self.started.get().and_then(|started| started.rr.as_ref());
        rr.is_some_and(|rr| rr.direction(call) == Direction::Upstream)
    }

    /// Accounts a record as the flags of the request say.
    fn account(&self, call: &mut Call, record: Record, what: &str) {
        let log = Acc::has(call, self.params.log_flag);
        let row = Acc::has(call, self.params.db_flag);
        if log {
            self.log(call, &record, what);
        }
        if row && let Some(started) = self.started.get() {
            let table = started.table.text(call);
            self.insert(call, &record, table);
        }
    }

    /// Writes a line to the log.
    fn log(&self, call: &mut Call, record: &Record, what: &str) {
        let level = LogLevel::from_number(self.params.log_level);
        if !call.runtime.logger.enabled_for("acc", level) {
            return;
        }
        let mut line = record.line(&self.times);
        if let Some(started) = self.started.get() {
            started.log.append_line(call, &mut line);
            started.legs.append_legs(call, &mut line);
        }
        let line = Text::from(line);
        let text = line.to_str_lossy();
        let facility = self.facility;
        // `log_prefix` tells of the response that has come (observed on 5.6.3).
        let request = record
            .response
            .clone()
            .map(|response| std::mem::replace(&mut call.message, response));
        call.log_of("acc", level, facility, format_args!("ACC: {what}: {text}"));
        if let Some(request) = request {
            call.message = request;
        }
    }

    /// Adds a row, or one for each leg, to a table; none when there is no database.
    fn add(&self, call: &mut Call, record: &Record, table: &Text) -> Option<Pending<()>> {
        let started = self.started.get()?;
        let rows = started.rows.as_ref()?;
        let mut values = record.values();
        values.extend(self.times.cells(record.time));
        let is_nullable = self.params.acc_extra_nullable != 0;
        started
            .database
            .append_values(call, &mut values, is_nullable);
        let legs = started.legs.legs(call).into_iter().map(|leg| {
            let leg = leg.into_iter().map(|value| value.into_text());
            let mut row = values.clone();
            row.extend(leg.map(db::Value::Text));
            row
        });
        Some(rows.add(table, legs.collect()))
    }

    /// Adds rows to a table, if there is a database, without waiting for them to be there.
    fn insert(&self, call: &mut Call, record: &Record, table: Text) {
        if let Some(pending) = self.add(call, record, &table) {
            database::watch(call, table, pending);
        }
    }

    /// Opens the database and binds what names variables.
    fn bind(&self, loader: &mut Loader<'_>) -> Result<Started, Vec<Diagnostic>> {
        let params = &self.params;
        let (log, legs) = (
            Extra::bind(&params.log_extra, loader)?,
            Extra::bind_legs(&params.multi_leg_info, loader)?,
        );
        let database = match Extra::bind(&params.db_extra, loader) {
            // COMPAT: 5.6.3 looks at it only when there is a database.
            Err(mistakes) if params.db_url.value.is_empty() => {
                let found = &mut loader.binder.diagnostics;
                found.extend(mistakes.into_iter().map(Diagnostic::softened));
                Extra::default()
            }
            bound => bound?,
        };
        let rows = match self.connect(loader)? {
            Some(connection) => {
                let mut columns = params.columns();
                columns.extend(self.times.columns());
                columns.extend(database.names());
                columns.extend(legs.names());
                Some(Database::new(connection, columns))
            }
            None => None,
        };
        let table = table(&params.db_table_acc, loader);
        let missed_table = self::table(&params.db_table_missed_calls, loader);
        if let Some(rows) = &rows {
            for (table, flag) in [
                (&table, params.db_flag),
                (&missed_table, params.db_missed_flag),
            ] {
                if flag >= 0 {
                    self.check(rows, table.as_constant(), loader);
                }
            }
        }
        let rr = loader.binder.module::<Rr>();
        if params.detect_direction != 0 && rr.is_none() {
            return Err(mistake(
                Span::default(),
                "parameter `detect_direction` of acc needs the module rr, which must be loaded before it",
            ));
        }
        Ok(Started {
            log,
            database,
            legs,
            table,
            missed_table,
            rows,
            rr,
        })
    }

    /// Warns of what a table lacks; of one whose name has variables nothing is known.
    fn check(&self, rows: &Database, table: Option<Text>, loader: &mut Loader<'_>) {
        let code = codes::params::BAD_PARAMETER;
        for gap in table.iter().flat_map(|table| rows.gaps(table)) {
            let warning = Diagnostic::warning(code, self.params.db_url.span, gap);
            loader.binder.diagnostics.push(warning);
        }
    }

    fn connect(
        &self,
        loader: &mut Loader<'_>,
    ) -> Result<Option<Arc<dyn db::Connection>>, Vec<Diagnostic>> {
        let url = &self.params.db_url;
        if url.value.is_empty() {
            return Ok(None);
        }
        let opened = loader.hooks.databases.open(&url.value.to_str_lossy());
        opened
            .map(Some)
            .map_err(|error| mistake(url.span, format!("database of acc: {error}")))
    }

    /// Follows dialogs for call detail records.
    fn follow_calls(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let params = &self.params.cdr;
        let Some(dialogs) = loader.binder.module::<Dialogs>() else {
            return Err(mistake(
                Span::default(),
                "parameter `cdr_enable` of acc needs the module dialog, which must be loaded before it",
            ));
        };
        let extra = Extra::bind(&params.cdr_extra, loader)?;
        let database = match self
            .connect(loader)?
            .filter(|_| !params.cdrs_table.is_empty())
        {
            Some(connection) => {
                let names = [
                    &params.cdr_start_id,
                    &params.cdr_end_id,
                    &params.cdr_duration_id,
                ];
                let columns = names.into_iter().cloned().chain(extra.names());
                let database = Database::new(connection, columns.collect());
                self.check(&database, Some(params.cdrs_table.clone()), loader);
                Some(database)
            }
            None => None,
        };
        let records = cdr::Records {
            params: params.clone(),
            level: LogLevel::from_number(self.params.log_level),
            facility: facility(&params.cdr_facility),
            extra,
            database,
        };
        let records = Arc::new(records);
        let own = records.clone();
        // First of all: what others do then takes the attributes away.
        let ended = move |call: &mut Call, _| own.request_ended(call);
        loader.hooks.request_ends.insert(0, Box::new(ended));
        dialogs.observe(Arc::new(move |call, dialog, moment| {
            records.take(call, dialog, moment);
        }));
        Ok(())
    }
}

fn mistake(span: Span, message: impl Into<String>) -> Vec<Diagnostic> {
    let code = codes::params::BAD_PARAMETER;
    vec![Diagnostic::error(code, span, message)]
}

/// The name of a table. COMPAT: one that cannot be read is found out in 5.6.3 when a row is to be written, and none is.
fn table(given: &Placed<Text>, loader: &mut Loader<'_>) -> Template {
    loader.binder.template_of(given).unwrap_or_else(|mistake| {
        let warning = mistake.softened();
        let help = "until then no row can be written";
        loader.binder.diagnostics.push(warning.help(help));
        Template::constant("")
    })
}

/// The number of a syslog facility; none is the usual.
fn facility(name: &Text) -> Option<u8> {
    telemetry::facility_number(&name.to_str_lossy())
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
                mistake(params.failed_filter.span, message)
            })?;
        Ok(Acc {
            times: Times::new(&params),
            facility: facility(&params.log_facility),
            params,
            unwanted,
            started: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let started = self.bind(loader)?;
        // The instance is started once.
        let _ = self.started.set(started);
        let Some(tm) = loader.binder.module::<Tm>() else {
            let message = "acc needs tm, which must be loaded before it";
            return Err(mistake(Span::default(), message));
        };
        let acc = self.clone();
        tm.observe(Arc::new(move |call, event| acc.take(call, event)));
        let acc = self.clone();
        tm.observe_beginnings(Arc::new(move |call, _| {
            call.flags.marks.unaccounted = !acc.is_prepared(call);
            call.flags.marks.began_accounted = acc.is_flagged(call);
        }));
        if self.params.early_media != 0 {
            let acc = self.clone();
            tm.observe_provisional(Arc::new(move |call, Provisional(finished)| {
                if !call.flags.marks.unaccounted {
                    acc.provisional(call, finished);
                }
            }));
        }
        if self.params.cdr.cdr_enable != 0 {
            self.follow_calls(loader)?;
        }
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
