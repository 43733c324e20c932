//! Variables.

use crate::events::Expired;
use crate::table::{Choice, Table};
use crate::{Htable, iterator};
use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, InnerLiteral, InnerText, PvarInner, PvarSpec, SetError, Template,
    Text, Value, ast, pvar,
};
use std::sync::Arc;
use std::time::Duration;
use stdx::ere::{Ere, Flags};

/// `table=>key`: the table is constant, variables in the key are expanded.
///
/// COMPAT: a table that is not declared is as none: its items are null and cannot be set (observed on 5.6.3).
pub struct TableKey {
    table: Option<Arc<Table>>,
    key: Template,
}

impl PvarInner for TableKey {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let inner = spec.inner();
        let Some((name, _)) = inner.split_once("=>") else {
            return Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{inner}` is not of the form `table=>key`"),
            ));
        };
        let table = table_named(name, spec, binder);
        let start = name.len() + 2;
        let place = ast::TextPlace::Verbatim(spec.span()).span_of(start..inner.len());
        let key = inner.get(start..).unwrap_or("");
        let key = binder.template_at(key, ast::TextPlace::Verbatim(place))?;
        Ok(TableKey { table, key })
    }
}

/// The table of a name; that there is none is told.
fn table_named(name: &str, spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Option<Arc<Table>> {
    let name = name.trim();
    let htable = binder.module::<Htable>();
    let tables = htable.as_ref().map(|htable| &htable.tables);
    let found = tables.and_then(|tables| tables.get(name.as_bytes()));
    if found.is_none() {
        let message = format!("there is no hash table `{name}`: its items are null");
        let warning = Diagnostic::warning(names::BAD_VARIABLE_NAME, spec.span(), message);
        let known = tables.into_iter().flat_map(|tables| tables.names());
        let help = match diagnostics::did_you_mean(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("modparam(\"htable\", \"htable\", \"{name}=>size=8\")"),
        };
        let may_be_misread = htable.as_ref().is_some_and(|htable| htable.is_misread);
        let warning = warning.following(may_be_misread);
        binder.diagnostics.push(warning.help(help));
    }
    found.cloned()
}

/// Why an item of a table that is not declared cannot be set.
fn no_table() -> SetError {
    SetError::refused("there is no such hash table")
}

/// The item `$sht(table=>key)`; `$null` removes it.
#[pvar("sht", set = set_item)]
pub fn item(call: &mut Call, at: &TableKey) -> Value {
    let key = at.key.text(call);
    let table = at.table.as_ref();
    table.map_or(Value::Null, |table| table.get(&key, call.now))
}

fn set_item(call: &mut Call, at: &TableKey, value: Value) -> Result<(), SetError> {
    let table = at.table.as_ref().ok_or_else(no_table)?;
    let key = at.key.text(call);
    if value.is_null() {
        table.remove(&key);
        return Ok(());
    }
    table
        .set(key, value, call.now)
        .map_err(|_| SetError::refused("the table is full"))
}

/// The seconds an item will live, `$shtex(table=>key)`; 0 is for ever, or that there is no such item. Can be set.
#[pvar("shtex", set = set_life)]
pub fn life(call: &mut Call, at: &TableKey) -> Value {
    let Some(table) = &at.table else {
        return Value::Null;
    };
    let key = at.key.text(call);
    match table.life(&key, call.now) {
        Some(life) => Value::Int(life.as_secs_f64().ceil() as i64),
        None => Value::Int(0),
    }
}

fn set_life(call: &mut Call, at: &TableKey, value: Value) -> Result<(), SetError> {
    let table = at.table.as_ref().ok_or_else(no_table)?;
    let key = at.key.text(call);
    let seconds = value
        .to_int()
        .map_err(|error| SetError::refused(error.to_string()))?;
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    table.set_life(&key, life, call.now);
    Ok(())
}

/// Adds 1 to an item in one step and shows the result, `$shtinc(table=>key)`.
///
/// A missing item counts from the table's `initval`; without one the result is `$null`.
#[pvar("shtinc")]
pub fn increment(call: &mut Call, at: &TableKey) -> Value {
    add(call, at, 1)
}

/// Takes 1 from an item in one step and shows the result, `$shtdec(table=>key)`.
#[pvar("shtdec")]
pub fn decrement(call: &mut Call, at: &TableKey) -> Value {
    add(call, at, -1)
}

fn add(call: &mut Call, at: &TableKey, amount: i64) -> Value {
    let key = at.key.text(call);
    let table = at.table.as_ref();
    let sum = table.and_then(|table| table.add(&key, amount, call.now));
    sum.map_or(Value::Null, Value::Int)
}

/// `table=>expression`, `table=>~~expression`, `table=>%~start`, `table=>~%end`, `table=>==text`, `table=>eqnumber`,
/// `table=>**`.
pub struct TableChoice {
    at: TableKey,
}

impl PvarInner for TableChoice {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        TableKey::bind(spec, binder).map(|at| TableChoice { at })
    }
}

/// What is counted.
enum Counted {
    /// All items.
    All,
    /// No item.
    None,
    /// Those with such a text.
    Text(Choice),
    /// Those with the number.
    Number(i64),
}

impl Counted {
    fn takes_text(&self, text: &[u8]) -> bool {
        match self {
            Counted::All => true,
            Counted::Text(choice) => choice.takes(text),
            Counted::None | Counted::Number(_) => false,
        }
    }

    fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Str(text)) => self.takes_text(text),
            (Counted::Number(wanted), Value::Int(number)) => wanted == number,
            (counted, _) => matches!(counted, Counted::All),
        }
    }
}

impl TableChoice {
    /// What is counted now: variables in it are expanded first.
    fn counted(&self, call: &mut Call) -> Counted {
        let text = self.at.key.text(call);
        let (mark, rest) = text.split_at_checked(2).unwrap_or((&*text, b""));
        let of_text = |choice: fn(Text) -> Choice| match rest {
            b"" => Counted::None,
            rest => Counted::Text(choice(Text::from(rest))),
        };
        match mark {
            b"~~" => matching(call, rest),
            b"~%" => of_text(Choice::Ends),
            b"%~" => of_text(Choice::Begins),
            b"==" => of_text(Choice::Equal),
            b"eq" => stdx::number::parse_i64(rest).map_or(Counted::None, Counted::Number),
            b"**" => Counted::All,
            _ => matching(call, &text),
        }
    }

    /// The number of items that are chosen.
    fn count(&self, call: &Call, chosen: impl Fn(&Text, &Value) -> bool) -> Value {
        let table = self.at.table.as_ref();
        table.map_or(Value::Null, |table| {
            Value::Int(table.count(call.now, chosen) as i64)
        })
    }
}

/// Those that match an expression, in any case of letters; none for the empty one.
fn matching(call: &mut Call, expression: &[u8]) -> Counted {
    if expression.is_empty() {
        return Counted::None;
    }
    let flags = Flags {
        ignore_case: true,
        newline: false,
    };
    match Ere::compile(expression, flags) {
        Ok(regex) => Counted::Text(Choice::Matches(Box::new(regex))),
        Err(error) => {
            call.error(format_args!("`{}`: {error}", Text::from(expression)));
            Counted::None
        }
    }
}

/// How many keys of a table are chosen, `$shtcn(table=>expression)`.
///
/// What begins with `%~` is a start, with `~%` an end, with `==` the whole text, with `**` anything; all else is a regular
/// expression, which may begin with `~~`.
#[pvar("shtcn")]
pub fn count_names(call: &mut Call, at: &TableChoice) -> Value {
    let counted = at.counted(call);
    at.count(call, |key, _| counted.takes_text(key))
}

/// How many values of a table are chosen, `$shtcv(table=>expression)`.
///
/// As for `$shtcn`; besides, `eq` begins a number. Integers are counted with `eq` and `**` only.
#[pvar("shtcv")]
pub fn count_values(call: &mut Call, at: &TableChoice) -> Value {
    let counted = at.counted(call);
    at.count(call, |_, value| counted.takes(value))
}

/// The item that has expired, in `event_route[htable:expired:TABLE]`: `$shtrecord(key)`, `$shtrecord(value)`.
#[pvar("shtrecord")]
pub fn expired_record(call: &mut Call, part: &InnerLiteral) -> Value {
    let Some(expired) = call.notes.get::<Expired>() else {
        return Value::Null;
    };
    match part.0.as_bytes() {
        b"key" => Value::Str(expired.key.clone()),
        b"value" => expired.value.clone(),
        _ => Value::Null,
    }
}

/// The key of the item an iterator is at.
#[pvar("shtitkey")]
pub fn iterator_key(call: &mut Call, walk: &InnerText) -> Value {
    let name = walk.0.text(call);
    iterator::item(call, &name).map_or(Value::Null, |(key, _)| Value::Str(key))
}

/// The value of the item an iterator is at.
#[pvar("shtitval")]
pub fn iterator_value(call: &mut Call, walk: &InnerText) -> Value {
    let name = walk.0.text(call);
    iterator::item(call, &name).map_or(Value::Null, |(_, value)| value)
}
