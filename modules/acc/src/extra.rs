//! What is accounted beside the usual: `name=$variable;…`.

use crate::record::{push_named, push_part};
use module_api::{BoundVariable, Call, Diagnostic, Loader, Placed, Text, Value};

/// How many legs a call may have.
const LEGS_MAX: usize = 16;

/// Named variables.
#[derive(Default)]
pub struct Extra {
    names: Vec<Text>,
    /// For each leg, the variables in the order of the names; what belongs to no leg has one.
    variables: Vec<Vec<BoundVariable>>,
}

fn split(given: &Placed<Text>) -> Result<Vec<(String, String)>, Vec<Diagnostic>> {
    let text = given.value.to_str_lossy();
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let named = parts.map(|part| match part.split_once('=') {
        Some((name, variable)) => Ok((name.trim().to_owned(), variable.trim().to_owned())),
        None => Err(vec![
            given.error(format!("`{part}` is not `name=$variable`")),
        ]),
    });
    named.collect()
}

impl Extra {
    /// Binds `name=$variable;…`.
    pub fn bind(given: &Placed<Text>, loader: &mut Loader<'_>) -> Result<Extra, Vec<Diagnostic>> {
        let named = split(given)?;
        let mut variables = Vec::new();
        for (name, variable) in &named {
            if name.is_empty() {
                let warning =
                    given.warning(format!("`{variable}` has no name in front of its `=`"));
                loader.binder.diagnostics.push(warning);
            }
            let bound = loader.binder.variable_in(variable, given.span);
            variables.push(bound.map_err(|mistake| vec![mistake])?);
        }
        Ok(Extra {
            names: named
                .into_iter()
                .map(|(name, _)| Text::from(name))
                .collect(),
            variables: vec![variables],
        })
    }

    /// Binds `name=$avp(name);…`: each value of the AVPs belongs to one leg.
    pub fn bind_legs(
        given: &Placed<Text>,
        loader: &mut Loader<'_>,
    ) -> Result<Extra, Vec<Diagnostic>> {
        let named = split(given)?;
        let mut legs = Vec::new();
        for leg in 0..LEGS_MAX {
            let mut variables = Vec::new();
            for (name, variable) in &named {
                let inner = variable
                    .strip_prefix("$avp(")
                    .and_then(|rest| rest.strip_suffix(')'));
                let inner = inner.ok_or_else(|| {
                    let message = format!("`{name}={variable}`: a leg's variable is an $avp");
                    vec![given.error(message)]
                })?;
                let text = format!("$(avp({inner})[{leg}])");
                let bound = loader.binder.variable_in(&text, given.span);
                variables.push(bound.map_err(|mistake| vec![mistake])?);
            }
            legs.push(variables);
        }
        Ok(Extra {
            names: named
                .into_iter()
                .map(|(name, _)| Text::from(name))
                .collect(),
            variables: legs,
        })
    }

    /// The names, which are those of columns.
    pub fn names(&self) -> impl Iterator<Item = Text> {
        self.names.iter().cloned()
    }

    fn first(&self, call: &mut Call) -> Vec<Value> {
        let variables = self.variables.first().into_iter().flatten();
        variables.map(|variable| variable.get(call)).collect()
    }

    /// Appends `;name=value` for each; what is null is empty.
    pub fn append_line(&self, call: &mut Call, line: &mut Vec<u8>) {
        for (name, value) in self.names.iter().zip(self.first(call)) {
            push_named(line, name, &value.into_text());
        }
    }

    /// Appends `name=value` for each, with a separator before it.
    pub fn append_parts(&self, call: &mut Call, separator: &[u8], line: &mut Vec<u8>) {
        for (name, value) in self.names.iter().zip(self.first(call)) {
            line.extend_from_slice(separator);
            push_part(line, name, &value.into_text());
        }
    }

    /// Appends a cell for each.
    pub fn append_values(&self, call: &mut Call, cells: &mut Vec<db::Value>, is_nullable: bool) {
        cells.extend(self.first(call).into_iter().map(|value| match value {
            Value::Null if is_nullable => db::Value::Null,
            value => db::Value::Text(value.into_text()),
        }));
    }

    /// The values of each leg; at least one leg.
    pub fn legs(&self, call: &mut Call) -> Vec<Vec<Value>> {
        let mut legs = Vec::new();
        for variables in &self.variables {
            let leg: Vec<Value> = variables
                .iter()
                .map(|variable| variable.get(call))
                .collect();
            if !legs.is_empty() && leg.iter().all(Value::is_null) {
                break;
            }
            legs.push(leg);
        }
        legs
    }

    /// Appends `;name=value` for each variable of each leg.
    pub fn append_legs(&self, call: &mut Call, line: &mut Vec<u8>) {
        if self.names.is_empty() {
            return;
        }
        for leg in self.legs(call) {
            for (name, value) in self.names.iter().zip(leg) {
                push_named(line, name, &value.into_text());
            }
        }
    }
}
