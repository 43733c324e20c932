//! Location tables in a database: what is written, read, and when.

use crate::access::Change;
use crate::attributes::{self, AttributeStatements};
use crate::binding::Binding;
use crate::domain::{AorBinding, Domain, Keeping};
use crate::params::DatabaseParams;
use crate::places::Connections;
use crate::record::{Order, Record};
use crate::rows::{self, Form};
use db::schema::VersionError;
use db::{Connection, Dialect, Operator, Pending, Prepared, Request, Statement, Value};
use module_api::{Runtime, Sockets, Text};
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
    has_attributes: bool,
    versions: Text,
    tables: RwLock<BTreeMap<Text, Arc<Statements>>>,
    params: DatabaseParams,
}

/// What a [`Storage`] has to know of the tables in memory.
#[derive(Clone, Debug)]
pub struct StorageOptions {
    /// Whether an address-of-record is `user@domain`.
    pub has_domain: bool,
    /// Whether the script keeps attributes with bindings.
    pub has_attributes: bool,
    /// The number of this server.
    pub server_id: i64,
    /// The table of the versions of tables (`version_table`).
    pub versions: Text,
}

/// The statements for one table.
struct Statements {
    /// Those for attributes, when some are kept.
    attributes: Option<AttributeStatements>,
    put: Arc<Prepared>,
    delete: Arc<Prepared>,
    of_user: Arc<Prepared>,
    of_ruid: Arc<Prepared>,
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
        options: StorageOptions,
    ) -> Storage {
        Storage {
            form: Form {
                has_domain: options.has_domain,
                has_number_times: params.expires_type,
            },
            has_attributes: options.has_attributes,
            columns: rows::columns(&params),
            tables: RwLock::default(),
            connection,
            server_id: options.server_id,
            versions: options.versions,
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
            attributes: self
                .has_attributes
                .then(|| AttributeStatements::new(&*self.connection, name)),
            put: prepare(
                Statement::upsert(name.clone())
                    .columns(self.columns.iter().cloned())
                    .key(params.ruid_column.clone()),
            ),
            delete: prepare(Statement::delete(name.clone()).key(params.ruid_column.clone())),
            of_user: prepare(of_user),
            of_ruid: prepare(select().key(params.ruid_column.clone())),
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
        let mut requests = Vec::with_capacity(changes.len());
        let extra = statements.attributes.as_ref();
        for change in changes {
            match change {
                Change::Insert(row) | Change::Update(row) => {
                    let (aor, binding) = (&row.aor, &row.binding);
                    let values = self.form.row(aor, binding, &runtime.sockets);
                    requests.push(Request::new(&statements.put, values));
                    if let (Some(extra), Some(list)) = (extra, &binding.attributes) {
                        let (ruid, modified) = (binding.ruid(), binding.facts.modified);
                        extra.put(self.form, aor, ruid, modified, list, &mut requests);
                    }
                }
                Change::Delete(row) => {
                    let ruid = row.binding.ruid();
                    requests.push(Request::new(&statements.delete, [Value::from(ruid)]));
                    if let Some(extra) = extra {
                        extra.delete(ruid, &mut requests);
                    }
                }
            }
        }
        requests
    }

    /// Writes changes, all or none.
    pub fn write(&self, runtime: &Runtime, domain: &Domain, changes: &[Change]) -> Pending<()> {
        let requests = self.requests(runtime, domain, changes);
        self.connection.run_all(requests).map(|_| ())
    }

    /// Writes changes when nobody waits for them; what cannot be written is left for the next time.
    pub fn write_later(
        self: &Arc<Self>,
        runtime: &Arc<Runtime>,
        domain: &Arc<Domain>,
        changes: Vec<Change>,
    ) {
        let (mut rows, mut deleted) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Delete(row) => deleted.push(row),
                change => rows.push(change),
            }
        }
        domain.owed.add(deleted);
        self.pay(runtime, domain);
        self.write_pieces(runtime, domain, rows);
    }

    /// Deletes the rows that are owed, each piece when the one before is done: who registers meanwhile waits for one of them,
    /// and not for the rows of all contacts that end in the same second.
    pub fn pay(self: &Arc<Self>, runtime: &Arc<Runtime>, domain: &Arc<Domain>) {
        if !domain.owed.begin() {
            return;
        }
        let (storage, runtime, domain) = (self.clone(), runtime.clone(), domain.clone());
        let host = runtime.host.clone();
        host.spawn(Box::pin(async move {
            while let Some(rows) = domain.owed.next(PIECE) {
                let piece: Vec<Change> = rows.into_iter().map(Change::Delete).collect();
                let done = match storage.write(&runtime, &domain, &piece) {
                    Pending::Ready(done) => done,
                    Pending::Later(answer) => answer.await,
                };
                if let Err(error) = done {
                    report(&runtime, &domain, &error);
                    domain.owed.give_up(deletions(piece));
                    return;
                }
            }
        }));
    }

    /// Writes what is left when the server ends. Contacts that have ended need no haste: whoever reads them sees it.
    pub fn settle(&self, runtime: &Runtime, domain: &Domain) {
        let now = u32::try_from(runtime.host.unix_time().as_secs()).unwrap_or(u32::MAX);
        domain.leave_ended(now);
        self.pay_blocking(runtime, domain, now);
        self.flush_blocking(runtime, domain);
    }

    fn pay_blocking(&self, runtime: &Runtime, domain: &Domain, now: u32) {
        let rows = domain.owed.take().into_iter();
        let valid: Vec<Change> = rows
            .filter(|row| row.binding.facts.is_valid(now))
            .map(Change::Delete)
            .collect();
        for piece in valid.chunks(PIECE) {
            let requests = self.requests(runtime, domain, piece);
            if let Err(error) = self.connection.run_all_blocking(requests) {
                report(runtime, domain, &error);
                return;
            }
        }
    }

    fn write_pieces(
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
            true => vec![user.clone(), name],
            false => vec![user.clone()],
        };
        let statements = self.statements(domain.name());
        let bindings = Request::new(&statements.of_user, values);
        let answers = match &statements.attributes {
            // A read alone may be answered at once.
            None => self.connection.run(bindings).map(|answer| vec![answer]),
            Some(extra) => {
                let attributes = Request::new(&extra.of_user, [user]);
                self.connection.run_all(vec![bindings, attributes])
            }
        };
        let (form, order, runtime) = (self.form, domain.spec.order, runtime.clone());
        let (connections, hash) = (domain.connections.clone(), domain.hash(aor));
        answers.map(move |answers| {
            let mut results = answers.iter().map(|answer| &answer.rows);
            let mut record = Record::default();
            let rows = results.next().into_iter().flat_map(db::Rows::iter);
            let read = rows.filter_map(|row| form.read(row, &runtime.sockets, Text::default));
            let mut bindings: Vec<Binding> = read.map(|one| one.binding).collect();
            if order == Order::ByTime {
                // A row that is changed stays where it is (observed on 5.6.3: it is the time of its change that counts).
                bindings.sort_by_key(|binding| binding.facts.modified);
            }
            for mut binding in bindings {
                keep_connection(&connections, hash, &mut binding);
                record.put(order, binding);
            }
            for row in results.next().into_iter().flat_map(db::Rows::iter) {
                if let Some((ruid, _, item)) = attributes::read(form, row) {
                    record.add_attribute(&ruid, item);
                }
            }
            record
        })
    }

    /// The address-of-record that has a row of that unique name.
    pub fn aor_of(&self, domain: &Domain, ruid: &[u8]) -> Pending<Option<Box<[u8]>>> {
        let statements = self.statements(domain.name());
        let request = Request::new(&statements.of_ruid, [Value::from(ruid)]);
        let form = self.form;
        self.connection.run(request).map(move |answer| {
            let row = answer.rows.row(0)?;
            let restored = form.read(row, &Sockets::default(), Text::default)?;
            Some(restored.aor.as_bytes().into())
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
                        let aor: Box<[u8]> = gone.aor.as_bytes().into();
                        let mut binding = gone.binding;
                        keep_connection(&domain.connections, domain.hash(&aor), &mut binding);
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
        let delay = u32::try_from(self.params.rm_expired_delay.value).unwrap_or(0);
        // What ends in this second has ended (observed on 5.6.3).
        let before = now.saturating_sub(delay).saturating_add(1);
        let mut values = vec![self.form.time(0), self.form.time(before)];
        if self.params.server_id_filter {
            values.push(Value::Int(self.server_id));
        }
        values
    }

    /// Makes sure that a table has the columns that are needed, according to the table of versions. Waits: for the start of
    /// the server.
    ///
    /// # Errors
    /// When it is not there or has another version.
    pub fn check_table(&self, name: &Text) -> Result<(), VersionError> {
        if !self.params.version_table {
            return Ok(());
        }
        db::schema::check_version(&*self.connection, &self.versions, name, TABLE_VERSION)
    }

    /// Fills a table with what the database has. Waits: for the start of the server.
    pub fn load(&self, runtime: &Runtime, domain: &Domain, ruid: &dyn Fn() -> Text) {
        let name = domain.name();
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
        let mut senseless: usize = 0;
        let read = self.connection.read_blocking(request, &mut |row| {
            match self.form.read(row, &runtime.sockets, ruid) {
                Some(restored) if skips_remote && restored.is_remote => {}
                Some(mut restored) => {
                    restored.binding.facts.lose_connection();
                    domain.restore(&restored.aor, restored.binding);
                }
                None => senseless += 1,
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = read {
            report(runtime, domain, &error);
        }
        if senseless > 0 {
            let lack = "they have no contact, or no domain where `use_domain` is set";
            report(
                runtime,
                domain,
                &format_args!("rows that are left out, as {lack}: {senseless}"),
            );
        }
        if let Some(extra) = &statements.attributes {
            let request = Request::new(&extra.all, []);
            let read = self.connection.read_blocking(request, &mut |row| {
                if let Some((ruid, aor, item)) = attributes::read(self.form, row) {
                    domain.restore_attribute(&aor, &ruid, item);
                }
                ControlFlow::Continue(())
            });
            if let Err(error) = read {
                report(runtime, domain, &error);
            }
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

/// A row tells a connection by a number, which says nothing unless this process wrote it and the connection is there.
fn keep_connection(connections: &Connections, aor: u64, binding: &mut Binding) {
    let known = |connection| connections.has(connection, aor);
    if !binding.facts.connection().is_some_and(known) {
        binding.facts.lose_connection();
    }
}

/// The rows of changes that delete them.
fn deletions(changes: Vec<Change>) -> Vec<AorBinding> {
    let row = |change| match change {
        Change::Delete(row) => Some(row),
        Change::Insert(_) | Change::Update(_) => None,
    };
    changes.into_iter().filter_map(row).collect()
}

#[cold]
fn report(runtime: &Runtime, domain: &Domain, error: &dyn std::fmt::Display) {
    let name = domain.name();
    runtime.error(format_args!("location table `{name}`: {error}"));
}
