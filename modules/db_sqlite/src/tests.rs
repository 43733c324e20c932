//! A file is read and written as its users see it.

use crate::driver::{FileOptions, JournalMode, Options, SqliteDriver};
use db::{Connection, Driver, Error, Pending, Request, Statement, Url, Value};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kahea-sqlite-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> String {
        self.0.join("test.db").display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn url(path: &str) -> Url {
    Url::parse(&format!("sqlite://{path}")).unwrap()
}

fn open(path: &str, options: FileOptions) -> Arc<dyn Connection> {
    let mut by_path = Options::default();
    *by_path.of_mut(path) = options;
    SqliteDriver::new(by_path).open(&url(path)).unwrap()
}

fn raw(connection: &dyn Connection, sql: &str) -> Result<db::Answer, Error> {
    connection.run_blocking(Request::new(&connection.prepare(Statement::raw(sql)), []))
}

fn number(connection: &dyn Connection, sql: &str) -> i64 {
    let answer = raw(connection, sql).unwrap();
    answer.rows.cell(0, 0).and_then(Value::as_int).unwrap()
}

#[test]
fn what_was_answered_is_there_for_readers_and_after_closing() {
    let folder = Folder::new();
    for path in [folder.file(), ":memory:".to_owned()] {
        let connection = open(&path, FileOptions::default());
        raw(
            &*connection,
            "create table t (k varchar(9) unique, n int, at datetime)",
        )
        .unwrap();
        let put = connection.prepare(Statement::upsert("t").columns(["k", "n", "at"]).key("k"));
        for (number, at) in [(1, 5), (2, 86_400)] {
            let values = [Value::from("a"), Value::Int(number), Value::Time(at)];
            let answer = connection.run_blocking(Request::new(&put, values)).unwrap();
            assert_eq!((answer.affected, answer.rows.len()), (1, 0));
        }
        let find = connection.prepare(Statement::select("t").columns(["n", "at"]).key("k"));
        let answer = connection
            .run_blocking(Request::new(&find, [Value::from("a")]))
            .unwrap();
        assert_eq!(
            answer.rows.row(0),
            Some(&[Value::Int(2), Value::Time(86_400)][..])
        );
        assert_eq!(answer.rows.len(), 1);
        let none = connection
            .run_blocking(Request::new(&find, [Value::from("b")]))
            .unwrap();
        assert!(none.rows.is_empty() && none.rows.columns().len() == 2);
    }
    let connection = open(&folder.file(), FileOptions::default());
    assert_eq!(number(&*connection, "select count(*) from t"), 1);
}

#[test]
fn a_read_of_a_file_is_answered_at_once() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    let select = Request::new(
        &connection.prepare(Statement::raw("select 1, 'x', null, 1.5")),
        [],
    );
    let Pending::Ready(Ok(answer)) = connection.run(select) else {
        panic!("waits");
    };
    let row = [
        Value::Int(1),
        Value::from("x"),
        Value::Null,
        Value::Double(1.5),
    ];
    assert_eq!(answer.rows.row(0), Some(&row[..]));
}

#[test]
fn a_read_sees_what_was_committed_before_it_whatever_was_read_earlier() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    assert_eq!(number(&*connection, "select count(*) from t"), 0);
    raw(&*connection, "insert into t values (7)").unwrap();
    let find = connection.prepare(Statement::select("t").column("n").key("n"));
    let answer = connection.run_blocking(Request::new(&find, [Value::Int(7)]));
    assert_eq!(answer.unwrap().rows.len(), 1);
}

/// What a count of the rows of `t` for an event of `moment` brings, and what is kept for further reads of that moment.
fn count_at(connection: &dyn Connection, moment: Instant) -> (i64, Option<db::Snapshot>) {
    let count = connection.prepare(Statement::raw("select count(*) from t"));
    let (Pending::Ready(Ok(answer)), snapshot) =
        connection.run_at(Request::new(&count, []), moment)
    else {
        panic!("waits or fails");
    };
    let count = answer.rows.cell(0, 0).and_then(Value::as_int);
    (count.unwrap(), snapshot)
}

#[test]
fn reads_of_one_moment_share_what_the_first_of_them_sees() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    let other = rusqlite::Connection::open(Path::new(&folder.file())).unwrap();
    let first = Instant::now();
    // One alone has nothing to share; the second shows that there are several.
    let (count, nothing) = count_at(&*connection, first);
    assert!(count == 0 && nothing.is_none());
    let (count, snapshot) = count_at(&*connection, first);
    assert!(count == 0 && snapshot.is_some());
    other.execute_batch("insert into t values (1)").unwrap();
    let (count, nothing) = count_at(&*connection, first);
    assert!(count == 0 && nothing.is_none());
    // What comes later sees it, whether the earlier moment has ended or not.
    let second = first + Duration::from_millis(1);
    let (count, early) = count_at(&*connection, second);
    assert!(count == 1 && early.is_none());
    drop(snapshot);
    // That was of use, so the first read of a moment begins it.
    let third = second + Duration::from_millis(1);
    let (count, snapshot) = count_at(&*connection, third);
    assert!(count == 1 && snapshot.is_some());
}

#[test]
fn what_was_answered_to_be_written_is_seen_at_the_same_moment() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    let moment = Instant::now();
    let mut kept = Vec::new();
    for count in 0..5 {
        for _ in 0..3 {
            let (seen, snapshot) = count_at(&*connection, moment);
            assert_eq!(seen, count);
            kept.extend(snapshot);
        }
        raw(&*connection, "insert into t values (1)").unwrap();
    }
    assert_eq!(kept.len(), 5);
}

#[test]
fn nothing_stays_open_of_a_moment_that_has_ended() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    let moment = Instant::now();
    let other = rusqlite::Connection::open(Path::new(&folder.file())).unwrap();
    other.execute_batch("insert into t values (1)").unwrap();
    count_at(&*connection, moment);
    let (_, snapshot) = count_at(&*connection, moment);
    assert!(snapshot.is_some());
    other.execute_batch("insert into t values (2)").unwrap();
    // Whether all of the log could be moved, with nobody reading an older state.
    let is_moved = || {
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let (whole, moved) = other
            .query_row("pragma wal_checkpoint(passive)", [], columns)
            .unwrap();
        whole == moved
    };
    assert!(!is_moved());
    drop(snapshot);
    assert!(is_moved());
}

#[test]
fn a_read_that_takes_long_leaves_the_asking_thread() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    let sql = "with recursive n(i) as (select 1 union all select i+1 from n where i < 300000) select count(*) from n";
    let pending = connection.run(Request::new(&connection.prepare(Statement::raw(sql)), []));
    assert!(matches!(pending, Pending::Later(_)));
    let answer = crate::block_on::block_on(pending.wait()).unwrap();
    assert_eq!(answer.rows.cell(0, 0), Some(&Value::Int(300_000)));
}

#[test]
fn mistakes_are_told_apart_and_harm_nobody_else() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (k int unique)").unwrap();
    let insert = connection.prepare(Statement::insert("t").column("k"));
    let pending: Vec<_> = [1, 1, 2]
        .map(|key| connection.run(Request::new(&insert, [Value::Int(key)])))
        .into_iter()
        .map(|pending| crate::block_on::block_on(pending.wait()))
        .collect();
    assert!(pending[0].is_ok() && pending[2].is_ok());
    assert!(matches!(pending[1], Err(Error::Constraint(_))));
    assert!(matches!(
        raw(&*connection, "selec"),
        Err(Error::Statement(_))
    ));
    assert!(matches!(
        raw(&*connection, "insert into nowhere values (1)"),
        Err(Error::Statement(_))
    ));
    assert!(matches!(
        raw(&*connection, "begin"),
        Err(Error::Unsupported(_))
    ));
    let short = connection.run_blocking(Request::new(&insert, []));
    assert!(matches!(short, Err(Error::Statement(_))));
    // All or nothing.
    let both = [3, 1].map(|key| Request::new(&insert, [Value::Int(key)]));
    assert!(connection.run_all_blocking(both.into()).is_err());
    assert_eq!(number(&*connection, "select count(*) from t"), 2);
    let both = [4, 5].map(|key| Request::new(&insert, [Value::Int(key)]));
    assert_eq!(connection.run_all_blocking(both.into()).unwrap().len(), 2);
    assert_eq!(number(&*connection, "select count(*) from t"), 4);
    raw(&*connection, "pragma user_version = 7").unwrap();
    assert_eq!(number(&*connection, "pragma user_version"), 7);
}

#[test]
fn many_writers_share_transactions_and_all_are_kept() {
    let folder = Folder::new();
    let connection = open(&folder.file(), FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    let insert = connection.prepare(Statement::insert("t").column("n"));
    let pending: Vec<_> = (0..5_000)
        .map(|key| connection.run(Request::new(&insert, [Value::Int(key)])))
        .collect();
    for answer in pending {
        crate::block_on::block_on(answer.wait()).unwrap();
    }
    let mut sum = 0;
    let read = Request::new(&connection.prepare(Statement::select("t")), []);
    connection
        .read_blocking(read, &mut |row| {
            sum += row[0].as_int().unwrap();
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(sum, (0..5_000i64).sum::<i64>());
}

#[test]
fn what_nobody_waits_for_is_done_before_the_end() {
    let folder = Folder::new();
    let driver = SqliteDriver::default();
    let url = Url::parse(&format!("sqlite://{}", folder.file())).unwrap();
    let connection = driver.open(&url).unwrap();
    raw(&*connection, "create table t (n int)").unwrap();
    let insert = connection.prepare(Statement::insert("t").column("n"));
    for key in 0..3_000 {
        drop(connection.run(Request::new(&insert, [Value::Int(key)])));
    }
    driver.settle();
    assert_eq!(number(&*connection, "select count(*) from t"), 3_000);
}

#[test]
fn a_locked_file_fails_writers_within_the_time_limit_and_leaves_readers_alone() {
    let folder = Folder::new();
    let path = folder.file();
    let options = FileOptions {
        busy_timeout: Duration::from_millis(150),
        ..FileOptions::default()
    };
    let connection = open(&path, options);
    raw(&*connection, "create table t (n int)").unwrap();
    let other = rusqlite::Connection::open(Path::new(&path)).unwrap();
    other
        .execute_batch("begin immediate; insert into t values (1)")
        .unwrap();
    let start = Instant::now();
    let insert = connection.prepare(Statement::insert("t").column("n"));
    let writes = [2, 3].map(|key| connection.run(Request::new(&insert, [Value::Int(key)])));
    assert_eq!(number(&*connection, "select count(*) from t"), 0);
    for write in writes {
        let result = crate::block_on::block_on(write.wait());
        assert!(
            matches!(result, Err(Error::Busy | Error::TimedOut)),
            "{result:?}"
        );
    }
    assert!(start.elapsed() < Duration::from_secs(2));
    other.execute_batch("commit").unwrap();
    raw(&*connection, "insert into t values (4)").unwrap();
    assert_eq!(number(&*connection, "select count(*) from t"), 2);
}

#[test]
fn who_comes_while_others_wait_for_a_lock_waits_no_longer_than_they() {
    let folder = Folder::new();
    let path = folder.file();
    let most = Duration::from_millis(800);
    let options = FileOptions {
        busy_timeout: most,
        ..FileOptions::default()
    };
    let connection = open(&path, options);
    raw(&*connection, "create table t (n int)").unwrap();
    let other = rusqlite::Connection::open(Path::new(&path)).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let insert = connection.prepare(Statement::insert("t").column("n"));
    let write = |key| connection.run(Request::new(&insert, [Value::Int(key)]));
    let start = Instant::now();
    let first = write(1);
    while start.elapsed() < most / 2 {
        std::thread::yield_now();
    }
    let asked = Instant::now();
    let second = write(2);
    for (since, write) in [(start, first), (asked, second)] {
        assert!(crate::block_on::block_on(write.wait()).is_err());
        let waited = since.elapsed();
        assert!(waited >= most && waited < most * 5 / 4, "{waited:?}");
    }
    let last = write(3);
    other.execute_batch("commit").unwrap();
    crate::block_on::block_on(last.wait()).unwrap();
}

#[test]
fn who_reads_a_locked_file_waits_no_longer_than_it_was_told() {
    let folder = Folder::new();
    let path = folder.file();
    let most = Duration::from_millis(400);
    let options = FileOptions {
        journal_mode: JournalMode::Delete,
        busy_timeout: most,
        ..FileOptions::default()
    };
    let connection = open(&path, options);
    raw(&*connection, "create table t (n int)").unwrap();
    let other = rusqlite::Connection::open(Path::new(&path)).unwrap();
    other.execute_batch("begin exclusive").unwrap();
    let count = connection.prepare(Statement::raw("select count(*) from t"));
    let start = Instant::now();
    let reads: Vec<_> = (0..3)
        .map(|_| connection.run(Request::new(&count, [])))
        .collect();
    for read in reads {
        let result = crate::block_on::block_on(read.wait());
        assert_eq!(result.err(), Some(Error::Busy));
    }
    let waited = start.elapsed();
    assert!(waited >= most && waited < most * 2, "{waited:?}");
    other.execute_batch("commit").unwrap();
    assert_eq!(number(&*connection, "select count(*) from t"), 0);
}

#[test]
fn nothing_is_written_to_a_file_that_nobody_can_find() {
    let folder = Folder::new();
    let path = folder.file();
    let connection = open(&path, FileOptions::default());
    raw(&*connection, "create table t (n int)").unwrap();
    let elsewhere = folder.0.join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    for statement in ["insert into t values (1)", "vacuum"] {
        let result = raw(&*connection, statement);
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    }
    std::fs::rename(&elsewhere, &path).unwrap();
    raw(&*connection, "insert into t values (2)").unwrap();
    assert_eq!(number(&*connection, "select sum(n) from t"), 2);
}

#[test]
fn a_file_that_is_only_read_refuses_writers_and_one_that_is_none_is_not_opened() {
    let folder = Folder::new();
    let path = folder.file();
    drop(open(&path, FileOptions::default()));
    let options = FileOptions {
        is_readonly: true,
        ..FileOptions::default()
    };
    let connection = open(&path, options);
    assert_eq!(
        raw(&*connection, "create table t (n int)").err(),
        Some(Error::ReadOnly)
    );
    assert_eq!(number(&*connection, "select 1"), 1);
    let driver = SqliteDriver::new(Options::default());
    let nowhere = url(&format!("{}/none/x.db", folder.0.display()));
    assert!(matches!(driver.open(&nowhere), Err(Error::Unavailable(_))));
    let text = folder.0.join("text");
    std::fs::write(
        &text,
        "this is no database, however long the text may be. ".repeat(40),
    )
    .unwrap();
    let text = url(&text.display().to_string());
    assert!(matches!(driver.open(&text), Err(Error::Unavailable(_))));
}

#[test]
fn users_of_the_same_url_share_the_file() {
    let folder = Folder::new();
    let driver = SqliteDriver::new(Options::default());
    let url = url(&folder.file());
    let (one, other) = (driver.open(&url).unwrap(), driver.open(&url).unwrap());
    assert!(Arc::ptr_eq(&one, &other));
    let next = driver.with_options(Options::default());
    assert!(Arc::ptr_eq(&one, &next.open(&url).unwrap()));
}

/// As in the manual of 5.6.3, which names `/var/mydb.sqlite` and opens `sqlite:////var/mydb.sqlite`.
#[test]
fn slashes_in_front_of_a_path_make_no_other_file() {
    let folder = Folder::new();
    let path = folder.file();
    drop(open(&path, FileOptions::default()));
    let mut options = Options::default();
    options.of_mut(&path).is_readonly = true;
    let driver = SqliteDriver::new(options);
    let (few, many) = (url(&path), url(&format!("//{path}")));
    let (few, many) = (driver.open(&few).unwrap(), driver.open(&many).unwrap());
    assert!(Arc::ptr_eq(&few, &many));
    let made = raw(&*many, "create table t (n int)");
    assert_eq!(made.err(), Some(Error::ReadOnly));
}

#[test]
fn every_table_of_the_schema_can_be_created_twice() {
    let connection = open(":memory:", FileOptions::default());
    for _ in 0..2 {
        for table in db::schema::tables() {
            for sql in db::schema::create(&table, connection.dialect()) {
                raw(&*connection, &sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
            }
        }
    }
    let versions = "version".into();
    let check = |table: &str, wanted| {
        db::schema::check_version(&*connection, &versions, &table.into(), wanted)
    };
    assert_eq!(check("location", 9), Ok(()));
    assert!(check("location", 8).is_err() && check("nowhere", 1).is_err());
}
