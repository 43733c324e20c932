//! Script functions.

use crate::record::Record;
use crate::{Acc, database};
use db::Pending;
use module_api::{Call, Step, Text, Verdict, script_function};

/// Accounts the request at hand in the log, with `comment`: a status and a reason, or a reason alone.
///
/// ```cfg
/// acc_log_request("404 not here");
/// ```
#[script_function(acc_log_request, routes = ANY)]
fn acc_log_request(acc: &Acc, call: &mut Call, comment: Text) -> Verdict {
    let record = Record::of_comment(call, &comment);
    acc.log(call, &record, "request accounted");
    Verdict::TRUE
}

/// Accounts the request at hand in a `table` of the database, with `comment`: a status and a reason, or a reason alone.
/// Goes on when the row is there; false when it cannot be added.
///
/// ```cfg
/// if (!acc_db_request("404 not here", "acc")) xinfo("not accounted\n");
/// ```
#[script_function(acc_db_request, routes = ANY, waits)]
fn acc_db_request(acc: &Acc, call: &mut Call, comment: Text, table: Text) -> Step {
    let record = Record::of_comment(call, &comment);
    match acc.add(call, &record, &table) {
        Some(pending) => added(call, table, pending),
        None => {
            call.error(format_args!("acc_db_request: `db_url` of acc is not set"));
            Verdict::FALSE.into()
        }
    }
}

/// Accounts the request at hand in the log, and in a `table` when there is a database. Goes on when the row is there; false
/// when it cannot be added.
///
/// ```cfg
/// acc_request("404 not here", "acc");
/// ```
#[script_function(acc_request, routes = ANY, waits)]
fn acc_request(acc: &Acc, call: &mut Call, comment: Text, table: Text) -> Step {
    let record = Record::of_comment(call, &comment);
    acc.log(call, &record, "request accounted");
    match acc.add(call, &record, &table) {
        Some(pending) => added(call, table, pending),
        None => Verdict::TRUE.into(),
    }
}

/// Where a request that is accounted at once goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ledger {
    /// To the log, as by `acc_log_request()`.
    Log,
    /// To the database, as by `acc_db_request()`.
    Table,
    /// To both, as by `acc_request()`.
    Both,
}

impl Ledger {
    /// That of the function with a name.
    pub fn of_function(name: &[u8]) -> Option<Ledger> {
        Some(match name {
            b"acc_log_request" => Ledger::Log,
            b"acc_db_request" => Ledger::Table,
            b"acc_request" => Ledger::Both,
            _ => return None,
        })
    }
}

/// Waits until rows are there.
fn added(call: &mut Call, table: Text, pending: Pending<()>) -> Step {
    Step::answered(call, "accounting", pending, move |call, result| {
        if let Err(error) = &result {
            database::lost(call, &table, error);
        }
        Verdict::of(result.is_ok())
    })
}
