//! Script functions.

use crate::SqlOps;
use crate::arguments::{ConnectionArg, ResultArg, VariablesArg};
use crate::connection::SqlConnection;
use crate::results::{keep, note_affected, value_of};
use db::{Answer, Error, Pending, Prepared, Request, Rows, Statement};
use module_api::{
    BoundVariable, Call, Step, Text, Value, Verdict, Xavp, XavpList, XavpValue, script_function,
};
use std::sync::Arc;

/// There are rows.
const HAS_ROWS: Verdict = Verdict(1);
/// There are none.
const HAS_NONE: Verdict = Verdict(2);
/// There are rows, and nobody keeps them.
const IS_IGNORED: Verdict = Verdict(3);

/// Puts a query to a database and goes on with the answer; a query that fails is logged and makes -1.
fn ask(
    call: &mut Call,
    connection: Arc<SqlConnection>,
    query: Text,
    then: impl FnOnce(&mut Call, Option<Rows>) -> Verdict + Send + 'static,
) -> Step {
    let module = call.runtime.module::<SqlOps>();
    let opening = module
        .filter(|module| module.opens_when_needed())
        .and_then(|_| connection.opening(call));
    match opening {
        Some(opening) => Step::wait("sql connection", opening, move |call, ()| {
            ask_now(call, connection, query, then)
        }),
        None => ask_now(call, connection, query, then),
    }
}

fn ask_now(
    call: &mut Call,
    connection: Arc<SqlConnection>,
    query: Text,
    then: impl FnOnce(&mut Call, Option<Rows>) -> Verdict + Send + 'static,
) -> Step {
    let pending = begin(call, &connection, &query);
    Step::answered(
        call,
        "sql query",
        pending,
        move |call, answer| match answer {
            Ok(answer) => {
                note_affected(call, &connection.name, answer.affected);
                then(call, Some(answer.rows))
            }
            Err(error) => {
                report(call, &connection, &query, &error);
                then(call, None);
                Verdict::FALSE
            }
        },
    )
}

fn begin(call: &Call, connection: &Arc<SqlConnection>, query: &Text) -> Pending<Answer> {
    match connection.get(call) {
        Some(database) => {
            let statement = Prepared::new(Statement::raw(query.clone()), database.dialect());
            call.ask(&**database, Request::new(&statement, []))
        }
        None => Pending::Ready(Err(Error::Unavailable("not open".to_owned()))),
    }
}

#[cold]
fn report(call: &mut Call, connection: &SqlConnection, query: &Text, error: &Error) {
    let most = call.runtime.module::<SqlOps>();
    let most = most.map_or(128, |module| module.params.log_buf_size);
    let most = usize::try_from(most).unwrap_or(0);
    let shown = query.slice(..query.len().min(most));
    call.error(format_args!(
        "sql query on {}: {error}: {shown}",
        connection.name
    ));
}

fn verdict(rows: &Option<Rows>) -> Verdict {
    match rows {
        Some(rows) if !rows.is_empty() => HAS_ROWS,
        Some(_) => HAS_NONE,
        None => Verdict::FALSE,
    }
}

/// Puts `query` to the database behind `connection` and keeps the rows as `result`.
///
/// The rows are read with `$dbr(result=>…)`. Without `result` they are not kept.
///
/// ```cfg
/// sql_query("cb", "select 'ann' as name, 30 as age", "ra");
/// xinfo("$dbr(ra=>[0,0]) is $dbr(ra=>[0,1])\n");   # log: ann is 30
/// ```
#[script_function(sql_query, routes = ANY, waits)]
fn sql_query(
    call: &mut Call,
    connection: ConnectionArg,
    query: Text,
    result: Option<ResultArg>,
) -> Step {
    ask(call, connection.0, query, move |call, rows| {
        let found = verdict(&rows);
        match result {
            Some(result) => {
                keep(call, &result.0, rows);
                found
            }
            None if found == HAS_ROWS => IS_IGNORED,
            None => found,
        }
    })
}

/// Puts `query` to the database behind `connection` and makes an xavp of each row, named `result`, with a child for each
/// column.
///
/// The first row has index 0; what had that name before comes after the rows.
///
/// ```cfg
/// sql_xquery("cb", "select 'ann' as name union select 'bob'", "people");
/// xinfo("$xavp(people=>name), $xavp(people[1]=>name)\n");   # log: ann, bob
/// ```
#[script_function(sql_xquery, routes = ANY, waits)]
fn sql_xquery(call: &mut Call, connection: ConnectionArg, query: Text, result: Text) -> Step {
    ask(call, connection.0, query, move |call, rows| {
        let found = verdict(&rows);
        let rows = rows.unwrap_or_default();
        for position in (0..rows.len()).rev() {
            let mut children = XavpList::default();
            let cells = rows.row(position).unwrap_or_default();
            for (column, cell) in rows.columns().iter().zip(cells) {
                children.push_last(Xavp {
                    name: column.name.clone(),
                    value: XavpValue::Plain(value_of(cell)),
                });
            }
            call.attributes.xavps.push(Xavp {
                name: result.clone(),
                value: XavpValue::List(children),
            });
        }
        found
    })
}

/// Puts `query` to the database behind `connection` and the columns of its rows into the variables that `result` lists.
///
/// Rows are assigned from the last to the first, so that plain variables end with the first row and an AVP has all of
/// them. What is null in the database leaves an AVP alone.
///
/// ```cfg
/// sql_pvquery("cb", "select 'ann', 30", "$var(name);$avp(age)");
/// xinfo("$var(name) is $avp(age)\n");   # log: ann is 30
/// ```
#[script_function(sql_pvquery, routes = ANY, waits)]
fn sql_pvquery(
    call: &mut Call,
    connection: ConnectionArg,
    query: Text,
    result: VariablesArg,
) -> Step {
    ask(call, connection.0, query, move |call, rows| {
        let found = verdict(&rows);
        let rows = rows.unwrap_or_default();
        if !rows.is_empty() && rows.columns().len() > result.0.len() {
            call.error(format_args!(
                "sql_pvquery: {} columns, {} variables",
                rows.columns().len(),
                result.0.len()
            ));
            return Verdict::FALSE;
        }
        for position in (0..rows.len()).rev() {
            let cells = rows.row(position).unwrap_or_default();
            for (variable, cell) in result.0.iter().zip(cells) {
                if !assign(call, variable, value_of(cell)) {
                    return Verdict::FALSE;
                }
            }
        }
        found
    })
}

fn assign(call: &mut Call, variable: &BoundVariable, value: Value) -> bool {
    let name = variable.text.trim_start_matches(['$', '(']);
    if value.is_null() && name.starts_with("avp") {
        return true;
    }
    match variable.set(call, value) {
        Ok(()) => true,
        Err(error) => {
            call.error(format_args!("sql_pvquery: {}: {error}", variable.text));
            false
        }
    }
}

/// Puts `query` to the database behind `connection` without waiting for what comes of it.
///
/// ```cfg
/// sql_query_async("cb", "create table if not exists seen (who varchar(64))");
/// ```
#[script_function(sql_query_async, routes = ANY)]
fn sql_query_async(call: &mut Call, connection: ConnectionArg, query: Text) -> Verdict {
    match begin(call, &connection.0, &query) {
        Pending::Ready(Ok(_)) => Verdict::TRUE,
        Pending::Ready(Err(error)) => {
            report(call, &connection.0, &query, &error);
            Verdict::FALSE
        }
        Pending::Later(answer) => {
            let runtime = call.runtime.clone();
            call.runtime.host.spawn(Box::pin(async move {
                if let Err(error) = answer.await {
                    let name = &connection.0.name;
                    runtime.error(format_args!("sql query on {name}: {error}"));
                }
            }));
            Verdict::TRUE
        }
    }
}

/// Forgets the rows of `result`.
///
/// ```cfg
/// sql_query("cb", "select 1", "ra");
/// sql_result_free("ra");
/// xinfo("$dbr(ra=>rows)\n");   # log: 0
/// ```
#[script_function(sql_result_free, routes = ANY)]
fn sql_result_free(call: &mut Call, result: ResultArg) -> Verdict {
    keep(call, &result.0, None);
    Verdict::TRUE
}
