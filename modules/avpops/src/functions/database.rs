//! AVPs in the database.

use crate::Avpops;
use crate::selector::{self, Operand, Selector, written};
use crate::store::{self, Scheme, Store};
use db::{Answer, Pending, Request, Statement};
use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Binder, Call, Diagnostic, ScriptArg, Step, Text, Value,
    Verdict, script_function,
};
use sip::Uri;

/// By what an owner of AVPs is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identity {
    /// An identifier.
    Uuid,
    /// User, and domain with `use_domain`.
    Uri,
    /// User.
    User,
    /// Domain.
    Domain,
}

/// Whose AVPs: `value/username` and the like.
#[derive(Clone)]
struct Owner {
    operand: Operand,
    identity: Identity,
}

impl ScriptArg for Owner {
    type Bound = Owner;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let (value, identity) = match text.rsplit_once('/') {
            Some((value, "username")) => (value, Identity::User),
            Some((value, "domain")) => (value, Identity::Domain),
            Some((value, "uri")) => (value, Identity::Uri),
            Some((value, "uuid")) => (value, Identity::Uuid),
            _ if ["$ru", "$fu", "$tu", "$ou"].contains(&text.as_str()) => (&*text, Identity::Uri),
            _ => (&*text, Identity::Uuid),
        };
        Ok(Owner {
            operand: Operand::read(value, source, binder)?,
            identity,
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Which AVPs in which table: `name/table`, or `name/$scheme`.
#[derive(Clone)]
struct Stored {
    selector: Selector,
    table: Option<String>,
    scheme: Option<Scheme>,
}

impl ScriptArg for Stored {
    type Bound = Stored;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let (name, place) = match text.split_once('/') {
            Some((name, place)) => (name, Some(place)),
            None => (&*text, None),
        };
        let selector =
            Selector::read(name).ok_or_else(|| source.error(format!("`{name}` names no AVP")))?;
        let Some(scheme) = place.and_then(|place| place.strip_prefix('$')) else {
            return Ok(Stored {
                selector,
                table: place.map(str::to_owned),
                scheme: None,
            });
        };
        let module = binder.module::<Avpops>();
        let known = module.and_then(|avpops| {
            let mut schemes = avpops.schemes.iter();
            schemes.find(|known| known.name == scheme).cloned()
        });
        match (known, &selector) {
            (None, _) => Err(source.error(format!("there is no `db_scheme` `{scheme}`"))),
            (_, Selector::Kind { .. }) => Err(source.error("with a scheme the AVP must be named")),
            (scheme, Selector::Named(_)) => Ok(Stored {
                selector,
                table: None,
                scheme,
            }),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// A request to be, made from the owner's keys.
struct Keys {
    columns: Vec<Text>,
    values: Vec<db::Value>,
}

impl Avpops {
    fn table(&self, stored: &Stored) -> Text {
        let of_scheme = stored.scheme.as_ref().map(|scheme| &scheme.table);
        match (&stored.table, of_scheme) {
            (Some(table), _) if !table.is_empty() => Text::from(table.as_str()),
            (_, Some(table)) if !table.is_empty() => table.clone(),
            _ => self.params.avp_table.clone(),
        }
    }

    /// What tells the owner's rows; none when there is no such value.
    fn keys(&self, call: &mut Call, owner: &Owner, stored: &Stored) -> Option<Keys> {
        let value = match owner.operand.value(call) {
            Value::Null => return None,
            value => value.into_text(),
        };
        let params = &self.params;
        let column = |own: &Text, of_scheme: fn(&Scheme) -> &Text| {
            let given = stored.scheme.as_ref().map(of_scheme);
            given.filter(|name| !name.is_empty()).unwrap_or(own).clone()
        };
        let uuid = column(&params.uuid_column, |scheme| &scheme.uuid_column);
        let user = column(&params.username_column, |scheme| &scheme.username_column);
        let domain = column(&params.domain_column, |scheme| &scheme.domain_column);
        let uri = Uri::parse(&value).ok();
        let part = |part: Option<&[u8]>| Text::from(part.unwrap_or(&value));
        let user_value = || part(uri.and_then(|uri| uri.user()));
        let domain_value = || part(uri.map(|uri| uri.host()));
        let pairs = match owner.identity {
            Identity::Uuid => vec![(uuid, value.clone())],
            Identity::User => vec![(user, user_value())],
            Identity::Domain => vec![(domain, domain_value())],
            Identity::Uri if params.use_domain => {
                vec![(user, user_value()), (domain, domain_value())]
            }
            Identity::Uri => vec![(user, user_value())],
        };
        let (columns, values): (Vec<Text>, Vec<Text>) = pairs.into_iter().unzip();
        Some(Keys {
            columns,
            values: values.into_iter().map(db::Value::Text).collect(),
        })
    }
}

/// The store, or a word in the log.
fn opened<'a>(avpops: &'a Avpops, call: &mut Call) -> Option<&'a Store> {
    let store = avpops.store.get();
    if store.is_none() {
        call.error(format_args!("the parameter `db_url` of avpops is not set"));
    }
    store
}

/// Goes on with an answer, now or when it is there.
fn after(
    call: &mut Call,
    pending: Pending<Answer>,
    then: impl FnOnce(&mut Call, Answer) -> Verdict + Send + 'static,
) -> Step {
    let finish = |call: &mut Call, result: Result<Answer, db::Error>| match result {
        Ok(answer) => then(call, answer),
        Err(error) => {
            call.error(format_args!("the database: {error}"));
            Verdict::FALSE
        }
    };
    match pending {
        Pending::Ready(result) => finish(call, result).into(),
        Pending::Later(answer) => Step::wait("database", answer, finish),
    }
}

/// Loads AVPs of `source` from the database: `name` is an AVP, or `a`, `s`, `i` for all of a kind; behind a slash a table, or the
/// scheme `$name`.
///
/// `source` is a value, with `/username`, `/domain`, `/uri` or `/uuid` behind it that says what it is. False when
/// nothing was loaded.
///
/// ```cfg
/// if (!avp_db_load("$fu", "$avp(email)")) xinfo("none\n");   # log: none
/// ```
#[script_function(avp_db_load, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY, waits)]
fn avp_db_load(avpops: &Avpops, call: &mut Call, source: Owner, name: Stored) -> Step {
    let (Some(store), Some(keys)) = (opened(avpops, call), avpops.keys(call, &source, &name))
    else {
        return Verdict::FALSE.into();
    };
    let table = avpops.table(&name);
    if let (Some(scheme), Selector::Named(avp)) = (&name.scheme, &name.selector) {
        return load_by_scheme(avpops, call, (store, keys, table), scheme, avp.clone());
    }
    let params = &avpops.params;
    let columns = [
        params.attribute_column.clone(),
        params.value_column.clone(),
        params.type_column.clone(),
    ];
    let mut values = keys.values;
    let is_named = match &name.selector {
        Selector::Named(avp) => {
            values.push(db::Value::Text(store::name_text(avp)));
            true
        }
        Selector::Kind { .. } => false,
    };
    let mut label = [b"load|", &table[..]].concat();
    for column in &keys.columns {
        label.push(b'|');
        label.extend_from_slice(column);
    }
    label.push(if is_named { b'1' } else { b'0' });
    let statement = store.prepared(Text::from(label), || {
        let mut select = Statement::select(table.clone()).columns(columns);
        for column in &keys.columns {
            select = select.key(column.clone());
        }
        if is_named {
            select = select.key(params.attribute_column.clone());
        }
        select
    });
    let pending = call.ask(&*store.connection, Request::new(&statement, values));
    let selector = name.selector;
    after(call, pending, move |call, answer| {
        let mut is_loaded = false;
        for (avp, value) in answer.rows.iter().filter_map(store::from_row) {
            if selector.takes(&avp) {
                call.attributes.avps.push(avp, value);
                is_loaded = true;
            }
        }
        Verdict::of(is_loaded)
    })
}

fn load_by_scheme(
    avpops: &Avpops,
    call: &mut Call,
    (store, keys, table): (&Store, Keys, Text),
    scheme: &Scheme,
    avp: AvpName,
) -> Step {
    let value_column = if scheme.value_column.is_empty() {
        &avpops.params.value_column
    } else {
        &scheme.value_column
    };
    let label = Text::concat(&[
        b"scheme|",
        scheme.name.as_bytes(),
        b"|",
        &keys.columns.join(&b'|'),
    ]);
    let statement = store.prepared(label, || {
        let mut select = Statement::select(table.clone()).column(value_column.clone());
        for column in &keys.columns {
            select = select.key(column.clone());
        }
        select
    });
    let pending = call.ask(&*store.connection, Request::new(&statement, keys.values));
    let is_integer = scheme.is_integer;
    after(call, pending, move |call, answer| {
        let mut is_loaded = false;
        for row in answer.rows.iter() {
            let Some(text) = row.first().and_then(db::Value::to_text) else {
                continue;
            };
            let value = match stdx::number::parse_i64(&text).filter(|_| is_integer) {
                Some(number) => Value::Int(number),
                None => Value::Str(text),
            };
            call.attributes.avps.push(avp.clone(), value);
            is_loaded = true;
        }
        Verdict::of(is_loaded)
    })
}

/// Stores AVPs for `source` in the database. The arguments are those of `avp_db_load`.
///
/// False when there is none of them.
///
/// ```cfg
/// if (!avp_db_store("$fu", "$avp(email)")) xinfo("none\n");   # log: none
/// ```
#[script_function(avp_db_store, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY, waits)]
fn avp_db_store(avpops: &Avpops, call: &mut Call, source: Owner, name: Stored) -> Step {
    let (Some(store), Some(keys)) = (opened(avpops, call), avpops.keys(call, &source, &name))
    else {
        return Verdict::FALSE.into();
    };
    let table = avpops.table(&name);
    let params = &avpops.params;
    let mut columns = keys.columns.clone();
    columns.extend([
        params.attribute_column.clone(),
        params.value_column.clone(),
        params.type_column.clone(),
    ]);
    let label = Text::concat(&[b"store|", &table, b"|", &columns.join(&b'|')]);
    let statement = store.prepared(label, || Statement::insert(table.clone()).columns(columns));
    let requests: Vec<Request> = call
        .attributes
        .avps
        .iter()
        .filter(|(avp, _)| name.selector.takes(avp))
        .map(|(avp, value)| {
            let mut values = keys.values.clone();
            values.extend([
                db::Value::Text(store::name_text(avp)),
                db::Value::Text(value.to_text()),
                db::Value::Int(store::type_of(avp, value)),
            ]);
            Request::new(&statement, values)
        })
        .collect();
    if requests.is_empty() {
        return Verdict::FALSE.into();
    }
    let pending = store.connection.run_all(requests);
    after(call, pending.map(|_| Answer::default()), |_, _| {
        Verdict::TRUE
    })
}

/// Deletes AVPs of `source` from the database. The arguments are those of `avp_db_load`.
///
/// ```cfg
/// if (!avp_db_delete("$fu", "$avp(email)")) xinfo("no database\n");   # log: no database
/// ```
#[script_function(avp_db_delete, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY, waits,
    compat = partial("of `s` and `i`, `a` is meant: all AVPs of the source are deleted"))]
fn avp_db_delete(avpops: &Avpops, call: &mut Call, source: Owner, name: Stored) -> Step {
    let (Some(store), Some(mut keys)) = (opened(avpops, call), avpops.keys(call, &source, &name))
    else {
        return Verdict::FALSE.into();
    };
    let table = avpops.table(&name);
    if let Selector::Named(avp) = &name.selector {
        keys.columns.push(avpops.params.attribute_column.clone());
        keys.values.push(db::Value::Text(store::name_text(avp)));
    }
    let label = Text::concat(&[b"delete|", &table, b"|", &keys.columns.join(&b'|')]);
    let statement = store.prepared(label, || {
        let mut delete = Statement::delete(table.clone());
        for column in &keys.columns {
            delete = delete.key(column.clone());
        }
        delete
    });
    let pending = call.ask(&*store.connection, Request::new(&statement, keys.values));
    after(call, pending, |_, _| Verdict::TRUE)
}

/// Names of AVPs for the columns of a result: `$avp(a);$avp(b)`.
#[derive(Clone)]
struct Destinations(Vec<AvpName>);

impl ScriptArg for Destinations {
    type Bound = Destinations;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let names = text
            .split(';')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let read = |name: &str| {
            let inner = name.strip_prefix("$avp(")?.strip_suffix(')')?;
            selector::name(inner)
        };
        let names: Option<Vec<AvpName>> = names.map(read).collect();
        names
            .map(Destinations)
            .ok_or_else(|| source.error("a list such as `$avp(a);$avp(b)` is needed here"))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Puts a query to the database, and its rows into the AVPs of `dest`, or `$avp(i:1)`, `$avp(i:2)` and so on.
///
/// What comes from outside must be escaped by the script. -2 when there is no row.
///
/// ```cfg
/// if (!avp_db_query("select 1", "$avp(one)")) xinfo("no database\n");   # log: no database
/// ```
#[script_function(avp_db_query, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY, waits)]
fn avp_db_query(avpops: &Avpops, call: &mut Call, query: Text, dest: Option<Destinations>) -> Step {
    let Some(store) = opened(avpops, call) else {
        return Verdict::FALSE.into();
    };
    let has_rows = stdx::ascii::starts_with_ignore_case(&query, b"select");
    let statement = store.connection.prepare(Statement::raw(query));
    let pending = call.ask(&*store.connection, Request::new(&statement, []));
    after(call, pending, move |call, answer| {
        let rows = &answer.rows;
        // Of each name the first row's value is to be the newest.
        for index in (0..rows.len()).rev() {
            for column in 0..rows.columns().len() {
                let name = match &dest {
                    Some(names) => match names.0.get(column) {
                        Some(name) => name.clone(),
                        None => continue,
                    },
                    None => AvpName::Number(column as i64 + 1),
                };
                match rows.cell(index, column) {
                    Some(db::Value::Int(number)) => {
                        call.attributes.avps.push(name, Value::Int(*number));
                    }
                    Some(cell) => {
                        if let Some(text) = cell.to_text() {
                            call.attributes.avps.push(name, Value::Str(text));
                        }
                    }
                    None => {}
                }
            }
        }
        match rows.is_empty() && has_rows {
            true => Verdict(-2),
            false => Verdict::TRUE,
        }
    })
}
