//! Dialogs in a database: what is written, read, and when.

use crate::Dialogs;
use crate::dialog::{Dialog, State};
use crate::packed::Field;
use crate::params::{Columns, Params};
use crate::rows;
use crate::track::seconds;
use db::schema::{VersionError, check_version};
use db::{Connection, Error, Pending, Prepared, Request, Statement, Value};
use module_api::{Runtime, Text};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// When changes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    AtOnce,
    FromTimeToTime,
    AtTheEnd,
}

/// The database behind the dialogs.
pub struct Storage {
    connection: Arc<dyn Connection>,
    mode: Mode,
    insert: Arc<Prepared>,
    update: Arc<Prepared>,
    delete: Arc<Prepared>,
    delete_all: Arc<Prepared>,
    all: Arc<Prepared>,
    of_call: Arc<Prepared>,
    insert_variable: Arc<Prepared>,
    delete_variables: Arc<Prepared>,
    delete_all_variables: Arc<Prepared>,
    all_variables: Arc<Prepared>,
    variables_of: Arc<Prepared>,
    /// What is to be written the next time: dialogs that have changed, dialogs that are gone.
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    changed: BTreeSet<(u32, u32)>,
    gone: BTreeSet<(u32, u32)>,
}

/// The version of the table of dialogs.
const TABLE_VERSION: i64 = 7;
/// The version of the table of variables.
const VARIABLES_VERSION: i64 = 1;
/// How many columns of a row never change: they stand first.
const FIXED: usize = 7;
/// How many rows are written in one piece.
const PIECE: usize = 200;

impl Storage {
    /// The database of an open connection.
    pub fn new(connection: Arc<dyn Connection>, params: &Params) -> Storage {
        let names = &params.columns;
        let columns = rows::columns(names);
        let changing = columns.get(FIXED..).unwrap_or_default().to_vec();
        let (table, vars) = (names.table_name.clone(), names.vars_table_name.clone());
        let keyed = |statement: Statement| {
            statement
                .key(names.h_entry_column.clone())
                .key(names.h_id_column.clone())
        };
        let keyed_variables = |statement: Statement| {
            statement
                .key(names.vars_h_entry_column.clone())
                .key(names.vars_h_id_column.clone())
        };
        let select = || Statement::select(table.clone()).columns(columns.clone());
        let variables = [
            &names.vars_h_entry_column,
            &names.vars_h_id_column,
            &names.vars_key_column,
            &names.vars_value_column,
        ];
        let variables = variables.map(Text::clone);
        let select_variables = || Statement::select(vars.clone()).columns(variables.clone());
        let prepare = |statement| connection.prepare(statement);
        Storage {
            mode: match params.db_mode {
                1 => Mode::AtOnce,
                2 => Mode::FromTimeToTime,
                _ => Mode::AtTheEnd,
            },
            insert: prepare(Statement::insert(table.clone()).columns(columns.clone())),
            update: prepare(keyed(Statement::update(table.clone()).columns(changing))),
            delete: prepare(keyed(Statement::delete(table.clone()))),
            delete_all: prepare(Statement::delete(table.clone())),
            all: prepare(select()),
            of_call: prepare(select().key(names.call_id_column.clone())),
            insert_variable: prepare(Statement::insert(vars.clone()).columns(variables.clone())),
            delete_variables: prepare(keyed_variables(Statement::delete(vars.clone()))),
            delete_all_variables: prepare(Statement::delete(vars.clone())),
            all_variables: prepare(select_variables()),
            variables_of: prepare(keyed_variables(select_variables())),
            waiting: Mutex::default(),
            connection,
        }
    }

    /// Makes sure that the tables have the versions whose columns are known here, according to the table `versions`; those of
    /// tables that are read at once are looked for too. Waits: for the start of the server.
    ///
    /// # Errors
    /// When a table is not there or has another version (5.6.3 does not start either).
    pub fn check_tables(
        &self,
        versions: &Text,
        names: &Columns,
        are_read: bool,
    ) -> Result<(), VersionError> {
        let (table, variables) = (&names.table_name, &names.vars_table_name);
        check_version(&*self.connection, versions, table, TABLE_VERSION)?;
        check_version(&*self.connection, versions, variables, VARIABLES_VERSION)?;
        if !are_read || self.connection.is_closed() {
            return Ok(());
        }
        let nobody = Value::Text(Text::from_static(""));
        let nothing = [Value::Int(0), Value::Int(0)];
        for (table, request) in [
            (table, Request::new(&self.of_call, [nobody])),
            (variables, Request::new(&self.variables_of, nothing)),
        ] {
            let name = table.to_str_lossy().into_owned();
            let answer = self.connection.run_blocking(request);
            answer.map_err(|error| VersionError::Unknown(name, error))?;
        }
        Ok(())
    }

    /// Writes a dialog that has changed, or remembers that it has. Nothing before it was answered.
    pub fn changed(&self, dialogs: &Dialogs, runtime: &Arc<Runtime>, dialog: &Dialog) {
        if !dialog.body().state.is_active() {
            return;
        }
        match self.mode {
            Mode::AtOnce => {
                let mut requests = Vec::new();
                self.put(dialogs, runtime, dialog, &mut requests);
                self.run(runtime, requests);
            }
            Mode::FromTimeToTime => {
                let mut waiting = self.waiting.lock();
                waiting.changed.insert((dialog.entry, dialog.id));
            }
            Mode::AtTheEnd => {}
        }
    }

    /// Takes out a dialog that has ended.
    pub fn ended(&self, _: &Dialogs, runtime: &Arc<Runtime>, dialog: &Dialog) {
        let was_stored = std::mem::replace(&mut dialog.body().is_stored, false);
        let place = (dialog.entry, dialog.id);
        match self.mode {
            Mode::AtOnce if was_stored => {
                let mut requests = Vec::new();
                self.take(place, &mut requests);
                self.run(runtime, requests);
            }
            Mode::FromTimeToTime => {
                let mut waiting = self.waiting.lock();
                waiting.changed.remove(&place);
                if was_stored {
                    waiting.gone.insert(place);
                }
            }
            _ => {}
        }
    }

    fn put(
        &self,
        dialogs: &Dialogs,
        runtime: &Runtime,
        dialog: &Dialog,
        requests: &mut Vec<Request>,
    ) {
        let mut body = dialog.body();
        let mut row = rows::write(dialog, &body, dialogs.profiles(), &runtime.sockets);
        let place = [
            Value::Int(i64::from(dialog.entry)),
            Value::Int(i64::from(dialog.id)),
        ];
        if std::mem::replace(&mut body.is_stored, true) {
            row.drain(..FIXED.min(row.len()));
            row.extend(place.clone());
            requests.push(Request::new(&self.update, row));
        } else {
            requests.push(Request::new(&self.insert, row));
        }
        if !std::mem::replace(&mut body.has_new_variables, false) {
            return;
        }
        requests.push(Request::new(&self.delete_variables, place.clone()));
        for (name, value) in body.variables() {
            let [entry, id] = place.clone();
            let (name, value) = (Value::Text(name.clone()), Value::Text(value.clone()));
            requests.push(Request::new(
                &self.insert_variable,
                [entry, id, name, value],
            ));
        }
    }

    fn take(&self, (entry, id): (u32, u32), requests: &mut Vec<Request>) {
        let place = [Value::Int(i64::from(entry)), Value::Int(i64::from(id))];
        requests.push(Request::new(&self.delete, place.clone()));
        requests.push(Request::new(&self.delete_variables, place));
    }

    /// Has requests carried out without waiting for it.
    fn run(&self, runtime: &Arc<Runtime>, requests: Vec<Request>) {
        match self.connection.run_all(requests) {
            Pending::Ready(Ok(_)) => {}
            Pending::Ready(Err(error)) => report(runtime, &error),
            Pending::Later(answer) => {
                let log = runtime.clone();
                runtime.host.spawn(Box::pin(async move {
                    if let Err(error) = answer.await {
                        report(&log, &error);
                    }
                }));
            }
        }
    }

    /// What has changed since the last time, in pieces.
    fn take_waiting(
        &self,
        dialogs: &Dialogs,
        runtime: &Runtime,
        each: &mut dyn FnMut(Vec<Request>),
    ) {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        let mut requests = Vec::new();
        for place in waiting.gone {
            self.take(place, &mut requests);
            if requests.len() >= PIECE {
                each(std::mem::take(&mut requests));
            }
        }
        for (entry, id) in waiting.changed {
            let Some(dialog) = dialogs.table().get(entry, id) else {
                continue;
            };
            self.put(dialogs, runtime, &dialog, &mut requests);
            if requests.len() >= PIECE {
                each(std::mem::take(&mut requests));
            }
        }
        if !requests.is_empty() {
            each(requests);
        }
    }

    /// Writes what has changed since the last time.
    pub fn flush(&self, dialogs: &Dialogs, runtime: &Arc<Runtime>) {
        self.take_waiting(dialogs, runtime, &mut |requests| {
            self.run(runtime, requests)
        });
    }

    /// Writes what is not in the database when the server stops.
    pub fn flush_blocking(&self, dialogs: &Dialogs, runtime: &Arc<Runtime>) {
        let mut write = |requests: Vec<Request>| {
            if let Err(error) = self.connection.run_all_blocking(requests) {
                report(runtime, &error);
            }
        };
        match self.mode {
            Mode::AtOnce => {}
            Mode::FromTimeToTime => self.take_waiting(dialogs, runtime, &mut write),
            Mode::AtTheEnd => {
                write(vec![
                    Request::new(&self.delete_all, []),
                    Request::new(&self.delete_all_variables, []),
                ]);
                let mut requests = Vec::new();
                dialogs.table().for_each(|dialog| {
                    if !dialog.body().state.is_active() {
                        return true;
                    }
                    dialog.body().is_stored = false;
                    dialog.body().has_new_variables = true;
                    self.put(dialogs, runtime, dialog, &mut requests);
                    if requests.len() >= PIECE {
                        write(std::mem::take(&mut requests));
                    }
                    true
                });
                write(requests);
            }
        }
    }

    /// Reads all dialogs. Waits: for the start of the server.
    pub fn load(&self, dialogs: &Dialogs, runtime: &Arc<Runtime>) {
        let request = Request::new(&self.all, []);
        let read = self.connection.read_blocking(request, &mut |row| {
            restore(dialogs, runtime, row);
            ControlFlow::Continue(())
        });
        let mut variables: BTreeMap<(u32, u32), Vec<(Text, Text)>> = BTreeMap::new();
        let request = Request::new(&self.all_variables, []);
        let read_variables = self.connection.read_blocking(request, &mut |row| {
            if let Some((place, variable)) = variable(row) {
                variables.entry(place).or_default().push(variable);
            }
            ControlFlow::Continue(())
        });
        for ((entry, id), list) in variables {
            if let Some(dialog) = dialogs.table().get(entry, id) {
                dialog.body().extra_mut().variables = list;
            }
        }
        for result in [read, read_variables] {
            if let Err(error) = result {
                report(runtime, &error);
            }
        }
    }

    /// Asks for the dialogs of a Call-ID, or for all.
    pub fn ask(&self, call_id: Option<Text>) -> Pending<db::Answer> {
        let request = match call_id {
            Some(call_id) => Request::new(&self.of_call, [Value::Text(call_id)]),
            None => Request::new(&self.all, []),
        };
        self.connection.run(request)
    }

    /// Asks for the variables of a dialog.
    pub fn ask_variables(&self, dialog: &Dialog) -> Pending<db::Answer> {
        let place = [
            Value::Int(i64::from(dialog.entry)),
            Value::Int(i64::from(dialog.id)),
        ];
        self.connection.run(Request::new(&self.variables_of, place))
    }
}

fn variable(row: db::Row<'_>) -> Option<((u32, u32), (Text, Text))> {
    let number = |at: usize| u32::try_from(row.get(at)?.as_int()?).ok();
    let text = |at: usize| row.get(at)?.to_text();
    Some(((number(0)?, number(1)?), (text(2)?, text(3)?)))
}

/// Gives dialogs the variables of these rows.
pub fn restore_variables(dialogs: &Dialogs, rows: &db::Rows) {
    for row in rows.iter() {
        if let Some(((entry, id), (name, value))) = variable(row)
            && let Some(dialog) = dialogs.table().get(entry, id)
        {
            let mut body = dialog.body();
            let variables = &mut body.extra_mut().variables;
            if variables.iter().all(|(known, _)| *known != name) {
                variables.push((name, value));
            }
        }
    }
}

/// Puts the dialog of a row back, unless it is there already.
pub fn restore(dialogs: &Dialogs, runtime: &Runtime, row: db::Row<'_>) -> Option<Arc<Dialog>> {
    let now = seconds(runtime.host.unix_time());
    let (dialog, memberships) = rows::read(row, dialogs.profiles(), &runtime.sockets, now)?;
    let call_id = dialog.text(Field::CallId);
    if dialogs.table().entry_of(&call_id) != dialog.entry {
        return None;
    }
    let dialog = dialogs.table().restore(dialog)?;
    for membership in memberships {
        dialogs
            .profiles()
            .join(&dialog, membership.profile, membership.value);
    }
    let (is_active, deadline) = {
        let body = dialog.body();
        (body.state.is_active(), body.deadline)
    };
    if is_active {
        dialogs.counters.active.add(1);
    } else {
        dialog.body().state = State::Deleted;
        dialog.body().ended = now;
    }
    dialogs.table().look_at(&dialog, deadline.max(now));
    Some(dialog)
}

#[cold]
fn report(runtime: &Runtime, error: &Error) {
    runtime.error(format_args!(
        "the database does not have everything: {error}"
    ));
}
