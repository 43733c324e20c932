//! Location tables in a database: what is written, read, and when.

use crate::access::Change;
use crate::domain::{AorBinding, Domain, Keeping};
use crate::params::DatabaseParams;
use crate::record::{Order, Record};
use crate::rows::{self, Form, Restored};
use db::{Connection, Dialect, Operator, Pending, Prepared, Request, Statement, Value};
use module_api::{LogLevel, Runtime, Text};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The version of the table's columns.
const TABLE_VERSION: i64 = 9;
/// How many changes are written in one piece.
const PIECE: usize = 500;

/// The database behind the location tables.
pub struct Storage {
    connection: Arc<dyn Connection>,
    form: Form,
    columns: Vec<Text>,
    server_id: i64,
    tables: RwLock<BTreeMap<Text, Arc<Statements>>>,
    params: DatabaseParams,
}

/// The statements for one table.
struct Statements {
    put: Arc<Prepared>,
    delete: Arc<Prepared>,
    of_user: Arc<Prepared>,
    all: Arc<Prepared>,
    ended: Arc<Prepared>,
    delete_ended: Arc<Prepared>,
    delete_on_socket: Arc<Prepared>,
}

impl Storage {
    /// The database of an open connection.
    pub fn new(
        connection: Arc<dyn Connection>,
        params: DatabaseParams,
        has_domain: bool,
        server_id: i64,
    ) -> Storage {
        Storage {
            form: Form {
                has_domain,
                has_number_times: params.expires_type,
            },
            columns: rows::columns(&params),
            tables: RwLock::default(),
            connection,
            server_id,
            params,
        }
    }

    fn statements(&self, name: &Text) -> Arc<Statements> {
        if let Some(known) = self.tables.read().get(name) {
            return known.clone();
        }
        let params = &self.params;
        let filtered = |statement: Statement| match params.server_id_filter {
            true => statement.key(params.server_id_column.clone()),
            false => statement,
        };
        let select = || Statement::select(name.clone()).columns(self.columns.iter().cloned());
        let of_user = select().key(params.user_column.clone());
        let of_user = match self.form.has_domain {
            true => of_user.key(params.domain_column.clone()),
            false => of_user,
        };
        let ended = |statement: Statement| {
            let expires = &params.expires_column;
            filtered(
                statement
                    .compare(expires.clone(), Operator::Greater)
                    .compare(expires.clone(), Operator::Less),
            )
        };
        let prepare = |statement| self.connection.prepare(statement);
        let made = Arc::new(Statements {
            put: prepare(
                Statement::upsert(name.clone())
                    .columns(self.columns.iter().cloned())
                    .key(params.ruid_column.clone()),
            ),
            delete: prepare(Statement::delete(name.clone()).key(params.ruid_column.clone())),
            of_user: prepare(of_user),
            all: prepare(filtered(select())),
            ended: prepare(ended(select())),
            delete_ended: prepare(ended(Statement::delete(name.clone()))),
            delete_on_socket: prepare(
                Statement::delete(name.clone())
                    .compare(params.socket_column.clone(), Operator::Like),
            ),
        });
        self.tables.write().insert(name.clone(), made.clone());
        made
    }

    fn requests(&self, runtime: &Runtime, domain: &Domain, changes: &[Change]) -> Vec<Request> {
        let statements = self.statements(domain.name());
        let request = |change: &Change| match change {
            Change::Insert(row) | Change::Update(row) => {
                let values = self.form.row(&row.aor, &row.binding, &runtime.sockets);
                Request::new(&statements.put, values)
            }
            Change::Delete(row) => {
                Request::new(&statements.delete, [Value::from(row.binding.ruid())])
            }
        };
        changes.iter().map(request).collect()
    }

    /// Writes changes, all or none.
    pub fn write(&self, runtime: &Runtime, domain: &Domain, changes: &[Change]) -> Pending<()> {
        let requests = self.requests(runtime, domain, changes);
        self.connection.run_all(requests).map(|_| ())
    }

    /// Writes changes piece by piece when nobody waits for them; what cannot be written is left for the next time.
    pub fn write_later(
        self: &Arc<Self>,
        runtime: &Arc<Runtime>,
        domain: &Arc<Domain>,
        changes: Vec<Change>,
    ) {
        let mut rest = changes;
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(PIECE));
            let piece = std::mem::replace(&mut rest, next);
            let written = self.write(runtime, domain, &piece);
            let (log, domain) = (runtime.clone(), domain.clone());
            let settle = move |result: Result<(), db::Error>| {
                if let Err(error) = result {
                    report(&log, &domain, &error);
                    domain.requeue(piece);
                }
            };
            match written {
                Pending::Ready(result) => settle(result),
                Pending::Later(answer) => runtime
                    .host
                    .spawn(Box::pin(async move { settle(answer.await) })),
            }
        }
    }

    /// Writes what has changed since the last time, waiting for each piece: for threads of their own and for the end of the
    /// server.
    pub fn flush_blocking(&self, runtime: &Runtime, domain: &Domain) {
        domain.take_changes(PIECE, &mut |changes| {
            let requests = self.requests(runtime, domain, &changes);
            if let Err(error) = self.connection.run_all_blocking(requests) {
                report(runtime, domain, &error);
                domain.requeue(changes);
            }
        });
    }

    /// Writes what has changed since the last time without waiting: for tables that are not large.
    pub fn flush_later(self: &Arc<Self>, runtime: &Arc<Runtime>, domain: &Arc<Domain>) {
        domain.take_changes(PIECE, &mut |changes| {
            self.write_later(runtime, domain, changes);
        });
    }

    /// An address-of-record as the database has it.
    pub fn fetch(&self, runtime: &Arc<Runtime>, domain: &Domain, aor: &[u8]) -> Pending<Record> {
        let (user, name) = self.form.name(aor);
        let values = match self.form.has_domain {
            true => vec![user, name],
            false => vec![user],
        };
        let statements = self.statements(domain.name());
        let request = Request::new(&statements.of_user, values);
        let (form, order, runtime) = (self.form, domain.spec.order, runtime.clone());
        self.connection.run(request).map(move |answer| {
            let rows = answer.rows.iter();
            let restored = rows.filter_map(|row| form.read(row, &runtime.sockets, Text::default));
            gather(restored, order)
        })
    }

    /// Takes the rows out that have ended, handing their bindings over. For tables that are in the database only.
    pub fn take_ended(
        self: &Arc<Self>,
        runtime: &Arc<Runtime>,
        domain: &Arc<Domain>,
        now: u32,
        each: impl Fn(&Arc<Runtime>, AorBinding) + Send + Sync + 'static,
    ) {
        let statements = self.statements(domain.name());
        let values = self.ended_values(now);
        let select = Request::new(&statements.ended, values.iter().cloned());
        let delete = Request::new(&statements.delete_ended, values);
        let found = self.connection.run_all(vec![select, delete]);
        let (form, log, domain) = (self.form, runtime.clone(), domain.clone());
        let settle = move |result: Result<Vec<db::Answer>, db::Error>| match result {
            Err(error) => report(&log, &domain, &error),
            Ok(answers) => {
                let rows = answers.first().map(|answer| answer.rows.clone());
                for row in rows.unwrap_or_default().iter() {
                    if let Some(gone) = form.read(row, &log.sockets, Text::default) {
                        domain.expired.increment();
                        let aor = gone.aor.as_bytes().into();
                        let binding = gone.binding;
                        each(&log, AorBinding { aor, binding });
                    }
                }
            }
        };
        match found {
            Pending::Ready(result) => settle(result),
            Pending::Later(answer) => runtime
                .host
                .spawn(Box::pin(async move { settle(answer.await) })),
        }
    }

    /// Deletes rows that have ended, whoever wrote them (`db_timer_clean`).
    pub fn delete_ended(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, now: u32) {
        let statements = self.statements(domain.name());
        let request = Request::new(&statements.delete_ended, self.ended_values(now));
        let (log, domain) = (runtime.clone(), domain.clone());
        match self.connection.run(request) {
            Pending::Ready(Err(error)) => report(&log, &domain, &error),
            Pending::Ready(Ok(_)) => {}
            Pending::Later(answer) => runtime.host.spawn(Box::pin(async move {
                if let Err(error) = answer.await {
                    report(&log, &domain, &error);
                }
            })),
        }
    }

    fn ended_values(&self, now: u32) -> Vec<Value> {
        let delay = u32::try_from(self.params.rm_expired_delay).unwrap_or(0);
        let mut values = vec![self.form.time(0), self.form.time(now.saturating_sub(delay))];
        if self.params.server_id_filter {
            values.push(Value::Int(self.server_id));
        }
        values
    }

    /// Fills a table with what the database has. Waits: for the start of the server.
    pub fn load(&self, runtime: &Runtime, domain: &Domain, ruid: &dyn Fn() -> Text) {
        let name = domain.name();
        if self.params.version_table {
            let versions = &runtime.settings.version_table;
            let checked =
                db::schema::check_version(&*self.connection, versions, name, TABLE_VERSION);
            if let Err(error) = checked {
                report(runtime, domain, &error);
                return;
            }
        }
        let statements = self.statements(name);
        if self.params.db_clean_tcp {
            for family in ["tcp:%", "tls:%", "ws:%", "wss:%"] {
                let request = Request::new(&statements.delete_on_socket, [Value::from(family)]);
                if let Err(error) = self.connection.run_blocking(request) {
                    report(runtime, domain, &error);
                }
            }
        }
        if domain.spec.keeping == Keeping::Database {
            return;
        }
        let values = self
            .params
            .server_id_filter
            .then_some(Value::Int(self.server_id));
        let request = Request::new(&statements.all, values);
        let skips_remote = self.params.skip_remote_socket;
        let read = self.connection.read_blocking(request, &mut |row| {
            let restored = self.form.read(row, &runtime.sockets, ruid);
            if let Some(restored) = restored
                && !(skips_remote && restored.is_remote)
            {
                domain.restore(&restored.aor, restored.binding);
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = read {
            report(runtime, domain, &error);
        }
    }

    /// How many rows there are of what `counted` says, with the condition `ended`: `<=` for those that have ended, `>` for
    /// the others. Waits: for commands of the operator.
    pub fn count(
        &self,
        domain: &Domain,
        counted: &str,
        ended: &str,
        now: u32,
    ) -> Result<i64, db::Error> {
        let text = format!(
            "SELECT COUNT({counted}) FROM {} WHERE {} {ended} {}",
            domain.name(),
            self.params.expires_column,
            match self.connection.dialect() {
                Dialect::Postgres => "$1",
                _ => "?",
            }
        );
        let statement = self.connection.prepare(Statement::raw(text));
        let request = Request::new(&statement, [self.form.time(now)]);
        let answer = self.connection.run_blocking(request)?;
        Ok(answer.rows.cell(0, 0).and_then(Value::as_int).unwrap_or(0))
    }
}

fn gather(restored: impl Iterator<Item = Restored>, order: Order) -> Record {
    let mut record = Record::nameless();
    for one in restored {
        record.put(order, one.binding);
    }
    record
}

#[cold]
fn report(runtime: &Runtime, domain: &Domain, error: &dyn std::fmt::Display) {
    let now = runtime.host.unix_time();
    let message = format_args!("location table `{}`: {error}", domain.name());
    runtime.logger.log(LogLevel::Error, now, message);
}
