//! Script functions.

use crate::Acc;
use crate::record::Record;
use module_api::{Call, Text, Verdict, script_function};

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
///
/// ```cfg
/// if (!acc_db_request("404 not here", "acc")) xinfo("there is no database\n");
/// ```
#[script_function(acc_db_request, routes = ANY)]
fn acc_db_request(acc: &Acc, call: &mut Call, comment: Text, table: Text) -> Verdict {
    let record = Record::of_comment(call, &comment);
    if acc.insert(call, &record, table) {
        return Verdict::TRUE;
    }
    call.error(format_args!("acc_db_request: `db_url` of acc is not set"));
    Verdict::FALSE
}

/// Accounts the request at hand in the log, and in a `table` when there is a database.
///
/// ```cfg
/// acc_request("404 not here", "acc");
/// ```
#[script_function(acc_request, routes = ANY)]
fn acc_request(acc: &Acc, call: &mut Call, comment: Text, table: Text) -> Verdict {
    let record = Record::of_comment(call, &comment);
    acc.log(call, &record, "request accounted");
    acc.insert(call, &record, table);
    Verdict::TRUE
}
