//! Lists of extended AVPs by paths: `root[index]=>child[index]`.
//!
//! The rules are those observed on 5.6.3: without an index a read means the newest item; a write without one adds an
//! item, and with one replaces the item that is there.

use module_api::{Index, SetError, Text, Value, Xavp, XavpList, XavpValue};

/// A path with its names and indexes worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The name of the root.
    pub root: Text,
    /// Which root of that name.
    pub root_index: Index,
    /// The name of the child, and which child of that name.
    pub child: Option<(Text, Index)>,
}

/// Whether names differ in case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// They do: `$xavp`, `$xavu`.
    Exact,
    /// They do not: `$xavi`. Items keep the spelling of the first of their name.
    IgnoringCase,
}

impl Spelling {
    /// The name as the items of `list` that have it spell it.
    fn in_list(self, list: &XavpList, name: &Text) -> Text {
        let other = match self {
            Spelling::Exact => None,
            Spelling::IgnoringCase => list
                .iter()
                .find(|item| item.name.eq_ignore_ascii_case(name)),
        };
        other.map_or_else(|| name.clone(), |item| item.name.clone())
    }
}

/// The value at a path.
pub fn read(list: &XavpList, path: &Path, spelling: Spelling) -> Value {
    let root = spelling.in_list(list, &path.root);
    let root_index = position(path.root_index);
    let Some((child, index)) = &path.child else {
        return list.get(&root, root_index).map_or(Value::Null, shown);
    };
    let Some(children) = list.children(&root, root_index) else {
        return Value::Null;
    };
    let child = spelling.in_list(children, child);
    match index {
        Index::All => joined(children, &child),
        index => children
            .get(&child, position(*index))
            .map_or(Value::Null, shown),
    }
}

/// Gives the item at a path a value; null removes it.
pub fn write(
    list: &mut XavpList,
    path: Path,
    value: Value,
    spelling: Spelling,
) -> Result<(), SetError> {
    let root = spelling.in_list(list, &path.root);
    let Some((child, child_index)) = path.child else {
        return put(list, root, path.root_index, value);
    };
    if path.root_index == Index::None && !value.is_null() {
        let mut children = XavpList::default();
        children.push(Xavp {
            name: child,
            value: XavpValue::Plain(value),
        });
        list.push(Xavp {
            name: root,
            value: XavpValue::List(children),
        });
        return Ok(());
    }
    let found = match path.root_index {
        Index::None => list.children_mut(&root, 0),
        Index::At(at) if at >= 0 => list.children_mut(&root, at),
        Index::At(_) | Index::All => None,
    };
    match found {
        Some(children) => {
            let child = spelling.in_list(children, &child);
            put(children, child, child_index, value)
        }
        None if value.is_null() => Ok(()),
        None => Err(SetError::refused("there is no such list")),
    }
}

/// How many items a path means: without an index all of that name.
pub fn count(list: &XavpList, path: &Path, spelling: Spelling) -> i64 {
    let root = spelling.in_list(list, &path.root);
    let Some((child, index)) = &path.child else {
        return match path.root_index {
            Index::None | Index::All => list.count(&root) as i64,
            Index::At(at) => i64::from(list.get(&root, at).is_some()),
        };
    };
    let within = |children: &XavpList| {
        let child = spelling.in_list(children, child);
        match index {
            Index::None | Index::All => children.count(&child) as i64,
            Index::At(at) => i64::from(children.get(&child, *at).is_some()),
        }
    };
    match path.root_index {
        Index::At(at) => list.children(&root, at).map_or(0, within),
        Index::None | Index::All => {
            let roots = list.iter().filter(|item| item.name == root);
            roots
                .map(|item| {
                    if let XavpValue::List(children) = &item.value {
                        within(children)
                    } else {
                        0
                    }
                })
                .sum()
        }
    }
}

/// The one value of a name, `$xavu`: of a root, or of its child.
pub fn read_single(list: &XavpList, root: &Text, child: Option<&Text>) -> Value {
    match child {
        None => list.get(root, 0).map_or(Value::Null, shown),
        Some(child) => list
            .children(root, 0)
            .map_or(Value::Null, |children| children.value(child, 0)),
    }
}

/// Gives the one item of a name a value; null removes it.
pub fn write_single(list: &mut XavpList, root: Text, child: Option<Text>, value: Value) {
    let Some(child) = child else {
        set_single(list, root, XavpValue::Plain(value));
        return;
    };
    if list.children(&root, 0).is_none() {
        if value.is_null() {
            return;
        }
        set_single(list, root.clone(), XavpValue::List(XavpList::default()));
    }
    if let Some(children) = list.children_mut(&root, 0) {
        set_single(children, child, XavpValue::Plain(value));
    }
}

fn set_single(list: &mut XavpList, name: Text, value: XavpValue) {
    if value == XavpValue::Plain(Value::Null) {
        list.remove(&name, 0);
        return;
    }
    match list.get_mut(&name, 0) {
        Some(item) => item.value = value,
        None => list.push(Xavp { name, value }),
    }
}

/// Gives a child of the newest root a value: in the place of the newest of its name, else beside the others. A root that
/// is no list becomes one. Whether both have a name (observed on 5.6.3).
pub fn set_child(
    list: &mut XavpList,
    root: &Text,
    child: &Text,
    value: Value,
    spelling: Spelling,
) -> bool {
    if root.is_empty() || child.is_empty() {
        return false;
    }
    let root = spelling.in_list(list, root);
    if list.children(&root, 0).is_none() {
        set_single(list, root.clone(), XavpValue::List(XavpList::default()));
    }
    if let Some(children) = list.children_mut(&root, 0) {
        let child = spelling.in_list(children, child);
        set_single(children, child, XavpValue::Plain(value));
    }
    true
}

/// Removes the newest root of a name, or all of them.
pub fn remove(list: &mut XavpList, root: &Text, index: Index, spelling: Spelling) {
    let root = spelling.in_list(list, root);
    match index {
        Index::All => {
            list.remove_all(&root);
        }
        _ => {
            list.remove(&root, 0);
        }
    }
}

/// Puts the first `by` items of a name behind the others of that name.
pub fn rotate(list: &mut XavpList, name: &Text, by: i64) {
    let mut items: Vec<XavpValue> = list
        .iter()
        .filter(|item| item.name == *name)
        .map(|item| item.value.clone())
        .collect();
    if items.is_empty() {
        return;
    }
    let length = items.len() as i64;
    items.rotate_left(by.rem_euclid(length) as usize);
    for (at, value) in items.into_iter().enumerate() {
        if let Some(item) = list.get_mut(name, at as i64) {
            item.value = value;
        }
    }
}

fn put(list: &mut XavpList, name: Text, index: Index, value: Value) -> Result<(), SetError> {
    if value.is_null() {
        match index {
            Index::All => {
                list.remove_all(&name);
            }
            index => {
                list.remove(&name, position(index));
            }
        }
        return Ok(());
    }
    match index {
        Index::None => {
            list.push(Xavp {
                name,
                value: XavpValue::Plain(value),
            });
            Ok(())
        }
        Index::At(at) if at >= 0 => match list.get_mut(&name, at) {
            Some(item) => {
                item.value = XavpValue::Plain(value);
                Ok(())
            }
            None => Err(SetError::refused(format!(
                "there is no item {at} of that name"
            ))),
        },
        Index::At(_) | Index::All => Err(SetError::refused(
            "an item is given a value by an index from 0 up",
        )),
    }
}

fn position(index: Index) -> i64 {
    match index {
        Index::At(at) => at,
        Index::None | Index::All => 0,
    }
}

/// An item's value; a list shows as a mark of its own.
fn shown(item: &Xavp) -> Value {
    match &item.value {
        XavpValue::Plain(value) => value.clone(),
        XavpValue::List(children) if children.is_empty() => Value::from_static("<<xavp:(nil)>>"),
        XavpValue::List(children) => Value::from(format!("<<xavp:{children:p}>>").as_str()),
    }
}

/// The values of a name, newest first.
fn joined(list: &XavpList, name: &Text) -> Value {
    let mut out = Vec::new();
    for item in list.iter().filter(|item| item.name == *name) {
        if !out.is_empty() {
            out.extend_from_slice(b", ");
        }
        shown(item).append_to(&mut out);
    }
    if list.count(name) == 0 {
        Value::Null
    } else {
        Value::from(out)
    }
}

#[cfg(test)]
mod tests;
