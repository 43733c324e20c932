//! How a table is declared: `name=>size=8;autoexpire=600;dbtable=htable`.

use crate::table::{Source, TableSpec};
use module_api::Text;
use std::time::Duration;

/// How many items a table may hold unless it says otherwise.
const LIMIT: usize = 10_000_000;

/// Reads a table's declaration; `odd` is told what was taken for something else. The name is empty if it is left out.
pub fn table_spec(text: &str, odd: &mut Vec<String>) -> Result<TableSpec, String> {
    let (name, attributes) = match text.split_once("=>") {
        Some((name, attributes)) => (name.trim(), attributes),
        None if text.trim().is_empty() => {
            return Err("a table needs a name: `name=>size=8`".to_owned());
        }
        None => (text.trim(), ""),
    };
    if name.is_empty() {
        odd.push("a table without a name cannot be used".to_owned());
    }
    let mut spec = TableSpec {
        name: Text::from(name),
        expire: None,
        update_expire: true,
        initial: None,
        limit: LIMIT,
        size: 0,
        source: Source::default(),
    };
    for attribute in split(attributes, ';') {
        let Some((key, value)) = attribute.split_once('=') else {
            return Err(format!("`{attribute}` has no value"));
        };
        set(&mut spec, key.trim(), unquoted(value.trim()), odd)?;
    }
    Ok(spec)
}

fn set(spec: &mut TableSpec, key: &str, value: &str, odd: &mut Vec<String>) -> Result<(), String> {
    let mut number = || {
        if value.is_empty() {
            odd.push(format!("`{key}` has no value: 0 is taken"));
            return Ok(0);
        }
        value
            .parse::<i64>()
            .map_err(|_| format!("`{value}` is no number for `{key}`"))
    };
    match key {
        "size" => spec.size = u8::try_from(number()?).unwrap_or(u8::MAX),
        "autoexpire" => {
            let seconds = u64::try_from(number()?).unwrap_or(0);
            spec.expire = (seconds > 0).then(|| Duration::from_secs(seconds));
        }
        "updateexpire" => spec.update_expire = number()? != 0,
        "initval" => spec.initial = Some(number()?),
        "limit" => spec.limit = usize::try_from(number()?).unwrap_or(LIMIT),
        "dbtable" => spec.source.table = Text::from(value),
        "reloadat" => {
            let seconds = u64::try_from(number()?).unwrap_or(0);
            spec.source.reload_after = (seconds > 0).then(|| Duration::from_secs(seconds));
        }
        "dbmode" => spec.source.is_written_back = number()? != 0,
        "cols" => {
            spec.source.columns = split(value, ',').map(Text::from).collect();
            if spec.source.columns.len() == 1 {
                return Err("`cols` names two columns at least, of keys and of values".to_owned());
            }
        }
        "colnull" => spec.source.null = Text::from(value),
        "coldelim" => spec.source.delimiter = Text::from(value),
        "dmqreplicate" => {}
        _ => {
            let meant = diagnostics::did_you_mean(key, ATTRIBUTES.iter().copied());
            let meant = meant.map(|meant| format!(": did you mean `{meant}`?"));
            let meant = meant.unwrap_or_default();
            return Err(format!("tables have no attribute `{key}`{meant}"));
        }
    }
    Ok(())
}

const ATTRIBUTES: &[&str] = &[
    "size",
    "autoexpire",
    "updateexpire",
    "initval",
    "limit",
    "dbtable",
    "dbmode",
    "cols",
    "colnull",
    "coldelim",
    "reloadat",
    "dmqreplicate",
];

/// The parts of a text that are not empty, without the blanks around them; a mark between quotes parts nothing.
fn split(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let parts = text.split(move |letter| {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        quote.is_none() && letter == mark
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    ['\'', '"']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_names_the_table_and_its_attributes() {
        let table_spec = |text| table_spec(text, &mut Vec::new());
        let spec = table_spec("ban => size=8; autoexpire=600 ;initval=0;updateexpire=0;").unwrap();
        assert_eq!(spec.name, "ban");
        assert_eq!(spec.expire, Some(Duration::from_secs(600)));
        assert_eq!((spec.initial, spec.update_expire), (Some(0), false));
        assert_eq!(spec.source, Source::default());
        assert!(table_spec("just_a_name").is_ok());
    }

    #[test]
    fn a_declaration_with_unknown_attributes_is_refused() {
        let table_spec = |text| table_spec(text, &mut Vec::new());
        assert!(table_spec("").is_err());
        assert!(table_spec("a=>colour=red").unwrap_err().contains("colour"));
        assert!(table_spec("a=>size=big").unwrap_err().contains("big"));
        assert!(table_spec("a=>dbtable=t;cols='k'").is_err());
    }

    #[test]
    fn what_has_no_value_is_0_and_a_table_needs_no_name() {
        let mut odd = Vec::new();
        let spec = table_spec("=>initval=;autoexpire=;size=", &mut odd).unwrap();
        assert_eq!((spec.initial, spec.expire, spec.size), (Some(0), None, 0));
        assert!(spec.name.is_empty());
        assert_eq!(odd.len(), 4);
    }

    #[test]
    fn a_declaration_says_where_the_items_come_from() {
        let text = "a=>dbtable=codes;dbmode=1;cols='prefix, city,zone';colnull=\"\";coldelim=';'";
        let source = table_spec(text, &mut Vec::new()).unwrap().source;
        assert_eq!(source.table, "codes");
        assert_eq!(source.columns, ["prefix", "city", "zone"].map(Text::from));
        assert_eq!((&*source.null, &*source.delimiter), (&b""[..], &b";"[..]));
        assert!(source.is_written_back);
    }
}
