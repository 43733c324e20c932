//! `kahea user`: the subscribers that module `auth_db` knows.

use crate::FAILED;
use crate::commands::{show, tell};
use crate::database::open;
use crate::state;
use db::{Answer, Connection, Dialect, Direction, Error, Request, Statement, Value};
use sip::digest::{Algorithm, ha1};
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

/// The table of subscribers.
const TABLE: &str = "subscriber";

/// What `kahea user` is asked to do, and with which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCommand {
    /// What is to be done.
    pub action: Action,
    /// The database.
    pub url: String,
    /// The hash of the secrets that are stored.
    pub algorithm: Algorithm,
    /// Whether the password itself is not stored beside its hashes.
    pub hash_only: bool,
}

/// What can be done with users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Adds one, with a password from the command line or from standard input.
    Add(Account, Option<String>),
    /// Gives one another password.
    Passwd(Account, Option<String>),
    /// Removes one.
    Remove(Account),
    /// Shows all.
    List,
}

/// A user and the domain that is the realm of the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The domain.
    pub domain: String,
}

const ALREADY: &str = "there is such a user already (kahea user passwd gives one another password)";

/// The domain of users that are given none.
const LOCAL: &str = "localhost";

const USAGE: &str = "the commands are: user add|passwd NAME[@DOMAIN] [PASSWORD] [--hash-only] [--algorithm NAME], \
                     user remove NAME[@DOMAIN], user list; each with --db URL";

/// What the words after `user` ask for.
pub fn parse(words: impl Iterator<Item = String>) -> Result<UserCommand, String> {
    let (mut plain, mut url) = (Vec::new(), None);
    let (mut algorithm, mut hash_only) = (Algorithm::Md5, false);
    let mut words = words;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--db" => url = words.next(),
            "--hash-only" => hash_only = true,
            "--algorithm" => {
                let name = words.next().unwrap_or_default();
                algorithm = Algorithm::from_name(name.as_bytes())
                    .filter(|algorithm| !algorithm.is_session())
                    .ok_or_else(|| format!("there is no algorithm `{name}`"))?;
            }
            "-h" | "--help" => return Err(USAGE.to_owned()),
            option if option.starts_with("--") => {
                return Err(format!("there is no option `{option}`; {USAGE}"));
            }
            _ => plain.push(word),
        }
    }
    let mut plain = plain.into_iter();
    let verb = plain.next();
    let named = |name: Option<String>| name.as_deref().and_then(account).ok_or(USAGE);
    let action = match verb.as_deref() {
        Some("add") => Action::Add(named(plain.next())?, plain.next()),
        Some("passwd") => Action::Passwd(named(plain.next())?, plain.next()),
        Some("remove" | "rm") => Action::Remove(named(plain.next())?),
        Some("list" | "show") => Action::List,
        _ => return Err(USAGE.to_owned()),
    };
    if let Some(word) = plain.next() {
        return Err(format!("`{word}` is one word too many; {USAGE}"));
    }
    Ok(UserCommand {
        action,
        url: url.unwrap_or_else(state::database_url),
        algorithm,
        hash_only,
    })
}

fn account(name: &str) -> Option<Account> {
    let name = name.strip_prefix("sip:").unwrap_or(name);
    let (user, domain) = name.split_once('@').unwrap_or((name, LOCAL));
    let is_name = |text: &str| !text.is_empty() && !text.contains(['"', '\\', ':', '@', ' ']);
    (is_name(user) && is_name(domain)).then(|| Account {
        user: user.to_owned(),
        domain: domain.to_owned(),
    })
}

/// Does what was asked.
pub fn run(command: &UserCommand) -> ExitCode {
    // Users may come before the first start.
    let is_own = command.url == state::database_url();
    let prepared = if is_own {
        state::prepare().map(drop)
    } else {
        Ok(())
    };
    let connection = match prepared.and_then(|()| open(&command.url)) {
        Ok(connection) => connection,
        Err(reason) => return failure(&reason),
    };
    let caution = match is_own && command.hash_only {
        true => {
            "(the built-in configuration compares with the password itself: nobody can log in with this there)\n"
        }
        false => "",
    };
    let done = match &command.action {
        Action::Add(account, password) => secret(password).and_then(|password| {
            add(&*connection, command, account, &password)?;
            Ok(format!(
                "{}@{} added\n{caution}",
                account.user, account.domain
            ))
        }),
        Action::Passwd(account, password) => secret(password).and_then(|password| {
            change(&*connection, command, account, &password)?;
            Ok(format!(
                "{}@{} has another password\n{caution}",
                account.user, account.domain
            ))
        }),
        Action::Remove(account) => remove(&*connection, account)
            .map(|()| format!("{}@{} removed\n", account.user, account.domain)),
        Action::List => list(&*connection),
    };
    match done {
        Ok(text) => {
            show(text);
            ExitCode::SUCCESS
        }
        Err(reason) => failure(&reason),
    }
}

fn failure(reason: &str) -> ExitCode {
    tell(format_args!("kahea: user: {reason}"));
    ExitCode::from(FAILED)
}

/// The password given, or the next line of standard input.
fn secret(given: &Option<String>) -> Result<String, String> {
    match given.as_deref() {
        Some("") => return Err("a user without a password could not log in".to_owned()),
        Some(password) => return Ok(password.to_owned()),
        None => {}
    }
    let input = std::io::stdin();
    if input.is_terminal() {
        let _ = write!(std::io::stderr(), "password: ");
    }
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    match read {
        Ok(_) if !password.is_empty() => Ok(password),
        _ => Err("there is no password on standard input".to_owned()),
    }
}

/// What is stored of a password: itself where wanted, and the hashes with and without the domain in the name.
fn secrets(command: &UserCommand, account: &Account, password: &str) -> [Value; 3] {
    let Account { user, domain } = account;
    let hash = |name: &str| {
        let hash = ha1(
            command.algorithm,
            name.as_bytes(),
            domain.as_bytes(),
            password.as_bytes(),
        );
        Value::from(hash.as_str())
    };
    let plain = if command.hash_only { "" } else { password };
    [
        Value::from(plain),
        hash(user),
        hash(&format!("{user}@{domain}")),
    ]
}

fn ask(
    connection: &dyn Connection,
    statement: Statement,
    values: impl IntoIterator<Item = Value>,
) -> Result<Answer, String> {
    let statement = connection.prepare(statement);
    let answer = connection.run_blocking(Request::new(&statement, values));
    answer.map_err(|error| match error {
        Error::Constraint(_) => ALREADY.to_owned(),
        Error::Statement(reason) => format!("{reason} (kahea db init URL creates the tables)"),
        other => other.to_string(),
    })
}

fn names(account: &Account) -> [Value; 2] {
    [account.user.as_str().into(), account.domain.as_str().into()]
}

fn add(
    connection: &dyn Connection,
    command: &UserCommand,
    account: &Account,
    password: &str,
) -> Result<(), String> {
    if let Some(other) = same_but_for_case(connection, account)? {
        return Err(format!(
            "`{other}` is a user already, and takes the same calls"
        ));
    }
    let columns = ["username", "domain", "password", "ha1", "ha1b"];
    let statement = Statement::insert(TABLE).columns(columns);
    let values = names(account)
        .into_iter()
        .chain(secrets(command, account, password));
    ask(connection, statement, values).map(|_| ())
}

/// A user whose name differs in case alone: locations do not tell them apart.
fn same_but_for_case(
    connection: &dyn Connection,
    account: &Account,
) -> Result<Option<String>, String> {
    let places = match connection.dialect() {
        Dialect::Postgres => ["$1", "$2", "$3"],
        _ => ["?"; 3],
    };
    let [user, domain, same] = places;
    let statement = Statement::raw(format!(
        "SELECT username FROM {TABLE} WHERE LOWER(username) = LOWER({user}) AND domain = {domain} AND username <> {same}"
    ));
    let [name, domain] = names(account);
    let answer = ask(connection, statement, [name.clone(), domain, name])?;
    let found = answer.rows.cell(0, 0).and_then(Value::to_text);
    Ok(found.map(|name| name.to_str_lossy().into_owned()))
}

fn change(
    connection: &dyn Connection,
    command: &UserCommand,
    account: &Account,
    password: &str,
) -> Result<(), String> {
    let statement = Statement::update(TABLE)
        .columns(["password", "ha1", "ha1b"])
        .key("username")
        .key("domain");
    let values = secrets(command, account, password)
        .into_iter()
        .chain(names(account));
    found(ask(connection, statement, values)?)
}

fn remove(connection: &dyn Connection, account: &Account) -> Result<(), String> {
    let statement = Statement::delete(TABLE).key("username").key("domain");
    found(ask(connection, statement, names(account))?)
}

fn found(answer: Answer) -> Result<(), String> {
    match answer.affected {
        0 => Err("there is no such user".to_owned()),
        _ => Ok(()),
    }
}

fn list(connection: &dyn Connection) -> Result<String, String> {
    let statement = Statement::select(TABLE)
        .columns(["username", "domain"])
        .order_by("username", Direction::Ascending);
    let answer = ask(connection, statement, [])?;
    let mut out = String::new();
    for row in answer.rows.iter() {
        let cell = |at: usize| row.get(at).and_then(Value::to_text).unwrap_or_default();
        out.push_str(&format!("{}@{}\n", cell(0), cell(1)));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<UserCommand, String> {
        parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn commands_name_an_account_and_a_database() {
        let command = parsed("add --db sqlite://:memory: alice@example.org secret").unwrap();
        let alice = account("sip:alice@example.org").unwrap();
        assert_eq!(
            command.action,
            Action::Add(alice.clone(), Some("secret".into()))
        );
        assert_eq!(command.url, "sqlite://:memory:");
        let command = parsed("remove alice@example.org --db x").unwrap();
        assert_eq!(command.action, Action::Remove(alice));
        let wrong = [
            "add @example.org --db x",
            "grow a@b --db x",
            "list --db x --algorithm MD4",
            "list --db x --loud",
            "add -h",
            "remove alice bob",
        ];
        for wrong in wrong {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn users_come_change_and_go() {
        let connection = open("sqlite://:memory:").unwrap();
        let table = db::schema::tables()
            .into_iter()
            .find(|table| table.name == TABLE);
        for sql in db::schema::create(&table.unwrap(), connection.dialect())
            .into_iter()
            .take(2)
        {
            ask(&*connection, Statement::raw(sql), []).unwrap();
        }
        let command = parsed("list --db sqlite://:memory: --hash-only").unwrap();
        let alice = account("alice@example.org").unwrap();
        add(&*connection, &command, &alice, "one").unwrap();
        let again = add(&*connection, &command, &alice, "two").unwrap_err();
        assert_eq!(again, ALREADY);
        let twin = account("Alice@example.org").unwrap();
        let again = add(&*connection, &command, &twin, "two").unwrap_err();
        assert!(again.starts_with("`alice` is a user already"), "{again}");
        change(&*connection, &command, &alice, "secret").unwrap();
        let statement = Statement::select(TABLE).columns(["password", "ha1", "ha1b"]);
        let answer = ask(&*connection, statement, []).unwrap();
        // MD5 of alice:example.org:secret and of alice@example.org:example.org:secret.
        let stored: Vec<_> = answer
            .rows
            .row(0)
            .unwrap()
            .iter()
            .map(Value::to_text)
            .collect();
        let wanted = [
            "",
            "543e1aec5d3614f03141652d6ada51b2",
            "1441a999b257bcd0cf5166930039876a",
        ];
        assert_eq!(stored, wanted.map(|text| Some(text.into())));
        assert_eq!(list(&*connection).unwrap(), "alice@example.org\n");
        remove(&*connection, &alice).unwrap();
        assert!(remove(&*connection, &alice).is_err());
        assert!(change(&*connection, &command, &alice, "x").is_err());
    }
}
