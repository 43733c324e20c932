//! The attributes that the script keeps with bindings, as rows of a table of their own (`TABLE_attrs`).

use crate::rows::Form;
use db::{Connection, Prepared, Request, Statement, Value};
use module_api::{Text, Xavp, XavpList, XavpValue};
use std::sync::Arc;

/// The kinds of values in the column `atype` (observed on 5.6.3).
const TEXT: i64 = 0;
const NUMBER: i64 = 1;

/// The statements for one table of attributes.
pub struct AttributeStatements {
    insert: Arc<Prepared>,
    delete: Arc<Prepared>,
    /// Reads all.
    pub all: Arc<Prepared>,
    /// Reads those of a user.
    pub of_user: Arc<Prepared>,
}

/// The columns that are read: the unique name of the binding first, user and domain, then the attribute.
const READ: [&str; 6] = ["ruid", "username", "domain", "aname", "atype", "avalue"];

impl AttributeStatements {
    /// The statements for the attributes of the location table `name`.
    pub fn new(connection: &dyn Connection, name: &Text) -> AttributeStatements {
        let table = Text::concat(&[name, b"_attrs"]);
        let select = || Statement::select(table.clone()).columns(READ);
        AttributeStatements {
            insert: connection.prepare(
                Statement::insert(table.clone())
                    .columns(READ)
                    .column("last_modified"),
            ),
            delete: connection.prepare(Statement::delete(table.clone()).key("ruid")),
            all: connection.prepare(select()),
            of_user: connection.prepare(select().key("username")),
        }
    }

    /// Puts the attributes of a binding in the place of those that are there.
    pub fn put(
        &self,
        form: Form,
        aor: &[u8],
        ruid: &[u8],
        modified: u32,
        attributes: &XavpList,
        requests: &mut Vec<Request>,
    ) {
        self.delete(ruid, requests);
        for item in attributes.iter() {
            let (kind, value) = match &item.value {
                XavpValue::Plain(module_api::Value::Int(number)) => (NUMBER, Text::from(*number)),
                XavpValue::Plain(value) => (TEXT, value.to_text()),
                XavpValue::List(_) => continue,
            };
            let (user, domain) = form.name(aor);
            let values = [
                Value::from(ruid),
                user,
                domain,
                Value::Text(item.name.clone()),
                Value::Int(kind),
                Value::Text(value),
                form.time(modified),
            ];
            requests.push(Request::new(&self.insert, values));
        }
    }

    /// Deletes the attributes of a binding.
    pub fn delete(&self, ruid: &[u8], requests: &mut Vec<Request>) {
        requests.push(Request::new(&self.delete, [Value::from(ruid)]));
    }
}

/// A row: the unique name of the binding, its address-of-record, and the attribute.
pub fn read(form: Form, row: &[Value]) -> Option<(Text, Text, Xavp)> {
    let [ruid, user, domain, name, kind, value] = row else {
        return None;
    };
    let text = |cell: &Value| cell.to_text().unwrap_or_default();
    let value = match kind.as_int() {
        Some(NUMBER) => module_api::Value::Int(value.as_int().unwrap_or(0)),
        _ => module_api::Value::Str(text(value)),
    };
    let aor = if form.has_domain {
        Text::concat(&[&text(user), b"@", &text(domain)])
    } else {
        text(user)
    };
    let item = Xavp {
        name: text(name),
        value: XavpValue::Plain(value),
    };
    Some((text(ruid), aor, item))
}
