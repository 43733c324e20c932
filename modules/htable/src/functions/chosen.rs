//! Script functions for all items whose key or value is chosen by a pattern.

use super::{find_table, split};
use crate::Htable;
use crate::table::{Choice, Table};
use module_api::{Call, Text, Value, Verdict, script_function};
use stdx::ere::{Ere, Flags};

/// Removes the items of `table=>expression` whose key matches.
///
/// ```cfg
/// $sht(a=>pre1) = 1; $sht(a=>x) = 2;
/// sht_rm_name_re("a=>^pre");
/// xinfo("$sht(a=>pre1) $sht(a=>x)\n");   # log: <null> 2
/// ```
#[script_function(sht_rm_name_re, routes = ANY)]
fn sht_rm_name_re(htable: &Htable, call: &mut Call, what: Text) -> Verdict {
    remove_matching(htable, call, &what, Part::Name)
}

/// Removes the items of `table=>expression` whose value matches.
///
/// ```cfg
/// $sht(a=>x) = "red"; $sht(a=>y) = "blue";
/// sht_rm_value_re("a=>^r");
/// xinfo("$sht(a=>x) $sht(a=>y)\n");   # log: <null> blue
/// ```
#[script_function(sht_rm_value_re, routes = ANY)]
fn sht_rm_value_re(htable: &Htable, call: &mut Call, what: Text) -> Verdict {
    remove_matching(htable, call, &what, Part::Value)
}

/// Removes the items of `table` whose key is chosen by `operator` (`re`, `sw`, `ew`, `in`, `eq`, `ne`) and `text`.
///
/// ```cfg
/// $sht(a=>pre1) = 1; $sht(a=>x) = 2;
/// sht_rm_name("a", "sw", "pre");
/// xinfo("$sht(a=>pre1) $sht(a=>x)\n");   # log: <null> 2
/// ```
#[script_function(sht_rm_name, routes = ANY)]
fn sht_rm_name(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    remove_chosen(htable, call, &table, &operator, &text, Part::Name)
}

/// Removes the items of `table` whose text value is chosen by `operator` (`re`, `sw`, `ew`, `in`, `eq`, `ne`) and `text`.
///
/// ```cfg
/// $sht(a=>x) = "red"; $sht(a=>y) = "blue";
/// sht_rm_value("a", "eq", "red");
/// xinfo("$sht(a=>x) $sht(a=>y)\n");   # log: <null> blue
/// ```
#[script_function(sht_rm_value, routes = ANY)]
fn sht_rm_value(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    remove_chosen(htable, call, &table, &operator, &text, Part::Value)
}

/// Whether a key of `table` is chosen by `operator` (`eq`, `ne`, `re`, `sw`, `ew`, `in`) and `text`.
///
/// ```cfg
/// $sht(a=>alice) = 1;
/// if (sht_match_name("a", "eq", "alice")) xinfo("found\n");   # log: found
/// ```
#[script_function(sht_match_name, routes = ANY)]
fn sht_match_name(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    any_chosen(htable, call, &table, &operator, &text, Part::Name)
}

/// The same as `sht_match_name()`.
///
/// ```cfg
/// $sht(a=>alice) = 1;
/// if (sht_has_name("a", "sw", "ali")) xinfo("found\n");   # log: found
/// ```
#[script_function(sht_has_name, routes = ANY)]
fn sht_has_name(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    any_chosen(htable, call, &table, &operator, &text, Part::Name)
}

/// Whether a text value of `table` is chosen by `operator` (`eq`, `ne`, `re`, `sw`, `ew`, `in`) and `text`.
///
/// ```cfg
/// $sht(a=>x) = "red";
/// if (sht_match_str_value("a", "re", "^r")) xinfo("found\n");   # log: found
/// ```
#[script_function(sht_match_str_value, routes = ANY)]
fn sht_match_str_value(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    any_chosen(htable, call, &table, &operator, &text, Part::Value)
}

/// The same as `sht_match_str_value()`.
///
/// ```cfg
/// $sht(a=>x) = "red";
/// if (sht_has_str_value("a", "eq", "red")) xinfo("found\n");   # log: found
/// ```
#[script_function(sht_has_str_value, routes = ANY)]
fn sht_has_str_value(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    operator: Text,
    text: Text,
) -> Verdict {
    any_chosen(htable, call, &table, &operator, &text, Part::Value)
}

fn remove_matching(htable: &Htable, call: &mut Call, what: &Text, part: Part) -> Verdict {
    let Some((name, expression)) = split(what) else {
        call.error(format_args!(
            "`{what}` is not of the form `table=>expression`"
        ));
        return Verdict::FALSE;
    };
    remove_chosen(htable, call, &name, b"re", &expression, part)
}

fn remove_chosen(
    htable: &Htable,
    call: &mut Call,
    name: &[u8],
    operator: &[u8],
    text: &Text,
    part: Part,
) -> Verdict {
    let Some(chosen) = Chosen::find(htable, call, name, operator, text, part) else {
        return Verdict::FALSE;
    };
    let table = chosen.table;
    table.remove_where(|key, value| chosen.has(key, value));
    Verdict::TRUE
}

fn any_chosen(
    htable: &Htable,
    call: &mut Call,
    name: &[u8],
    operator: &[u8],
    text: &Text,
    part: Part,
) -> Verdict {
    let Some(chosen) = Chosen::find(htable, call, name, operator, text, part) else {
        return Verdict::FALSE;
    };
    let count = chosen
        .table
        .count(call.now, |key, value| chosen.has(key, value));
    Verdict::of(count > 0)
}

/// Which part of an item is looked at.
#[derive(Clone, Copy)]
enum Part {
    Name,
    Value,
}

/// The items of a table that a pattern chooses.
struct Chosen<'a> {
    table: &'a Table,
    choice: Choice,
    part: Part,
}

impl<'a> Chosen<'a> {
    /// Those that the arguments of a script function name; none, and the mistake logged, when they make no sense.
    fn find(
        htable: &'a Htable,
        call: &mut Call,
        name: &[u8],
        operator: &[u8],
        text: &Text,
        part: Part,
    ) -> Option<Chosen<'a>> {
        let table = find_table(htable, call, name)?;
        let choice = choice(call, operator, text)?;
        Some(Chosen {
            table,
            choice,
            part,
        })
    }

    fn has(&self, key: &Text, value: &Value) -> bool {
        match (self.part, value) {
            (Part::Name, _) => self.choice.takes(key),
            // Only texts are compared: integers are never chosen by their value.
            (Part::Value, Value::Str(text)) => self.choice.takes(text),
            (Part::Value, _) => false,
        }
    }
}

fn choice(call: &mut Call, operator: &[u8], text: &Text) -> Option<Choice> {
    Some(match operator {
        b"eq" => Choice::Equal(text.clone()),
        b"ne" => Choice::Different(text.clone()),
        b"sw" => Choice::Begins(text.clone()),
        b"ew" => Choice::Ends(text.clone()),
        b"in" => Choice::Includes(text.clone()),
        b"re" => match Ere::compile(
            text,
            Flags {
                ignore_case: true,
                newline: true,
            },
        ) {
            Ok(regex) => Choice::Matches(Box::new(regex)),
            Err(error) => {
                call.error(format_args!("`{text}` is no regular expression: {error}"));
                return None;
            }
        },
        other => {
            call.error(format_args!("there is no operator `{}`", Text::from(other)));
            return None;
        }
    })
}
