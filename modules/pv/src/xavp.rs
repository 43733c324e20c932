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
/// is no list becomes one.
pub fn set_child(list: &mut XavpList, root: &Text, child: &Text, value: Value, spelling: Spelling) {
    let root = spelling.in_list(list, root);
    if list.children(&root, 0).is_none() {
        set_single(list, root.clone(), XavpValue::List(XavpList::default()));
    }
    if let Some(children) = list.children_mut(&root, 0) {
        let child = spelling.in_list(children, child);
        set_single(children, child, XavpValue::Plain(value));
    }
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
mod tests {
    use super::*;

    fn step(text: &str) -> (Text, Index) {
        let Some((name, index)) = text.trim_end_matches(']').split_once('[') else {
            return (Text::from(text), Index::None);
        };
        let index = if index == "*" {
            Index::All
        } else {
            Index::At(index.parse().unwrap())
        };
        (Text::from(name), index)
    }

    fn path(text: &str) -> Path {
        let (root, child) = match text.split_once("=>") {
            Some((root, child)) => (root, Some(step(child))),
            None => (text, None),
        };
        let (root, root_index) = step(root);
        Path {
            root,
            root_index,
            child,
        }
    }

    /// `a=>b:1` writes, `a=>b:` removes; answers whether each was taken.
    fn run(list: &mut XavpList, writes: &[&str]) {
        for line in writes {
            let (at, value) = line.split_once(':').unwrap();
            let value = if value.is_empty() {
                Value::Null
            } else {
                Value::from(value)
            };
            let _ = write(list, path(at), value, Spelling::Exact);
        }
    }

    fn check(list: &XavpList, expected: &[(&str, &str)]) {
        for (at, value) in expected {
            let mut out = Vec::new();
            read(list, &path(at), Spelling::Exact).append_to(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), *value, "{at}");
        }
    }

    #[test]
    fn plain_roots_are_a_stack() {
        let mut list = XavpList::default();
        run(&mut list, &["p:a", "p:2"]);
        check(
            &list,
            &[
                ("p", "2"),
                ("p[0]", "2"),
                ("p[1]", "a"),
                ("p[2]", "<null>"),
                ("p[-1]", "a"),
                ("p[-2]", "2"),
                ("p[*]", "2"),
            ],
        );
        run(
            &mut list,
            &["p[1]:new", "p[5]:no", "p[-1]:neg", "p[*]:star"],
        );
        check(&list, &[("p[0]", "2"), ("p[1]", "new")]);
        assert_eq!(count(&list, &path("p"), Spelling::Exact), 2);
        run(&mut list, &["p[1]:"]);
        assert_eq!(count(&list, &path("p[*]"), Spelling::Exact), 1);
        run(&mut list, &["p:x", "p[*]:"]);
        assert_eq!(count(&list, &path("p"), Spelling::Exact), 0);
    }

    #[test]
    fn children_are_added_replaced_and_removed() {
        let mut list = XavpList::default();
        run(
            &mut list,
            &["s=>a:1", "s[0]=>b:two", "s[0]=>c:3", "s[0]=>a:11"],
        );
        check(
            &list,
            &[
                ("s[0]=>a", "11"),
                ("s[0]=>a[1]", "1"),
                ("s=>b", "two"),
                ("s[0]=>a[*]", "11, 1"),
                ("s[0]=>a[-1]", "1"),
            ],
        );
        run(
            &mut list,
            &[
                "s[0]=>a[0]:100",
                "s[0]=>a[1]:101",
                "s[0]=>a[5]:105",
                "s[0]=>a[*]:7",
                "s[0]=>nn[0]:5",
                "s[3]=>q:5",
            ],
        );
        check(&list, &[("s[0]=>a[*]", "100, 101"), ("s[0]=>nn", "<null>")]);
        run(&mut list, &["s=>z:5"]);
        check(
            &list,
            &[
                ("s=>a", "<null>"),
                ("s[1]=>a", "100"),
                ("s=>z", "5"),
                ("s[*]=>a", "<null>"),
            ],
        );
        run(&mut list, &["s[1]=>a:", "s=>z:"]);
        check(
            &list,
            &[
                ("s[1]=>a[*]", "101"),
                ("s=>z", "<null>"),
                ("s[0]", "<<xavp:(nil)>>"),
            ],
        );
        run(&mut list, &["s[1]=>a[*]:"]);
        assert_eq!(count(&list, &path("s[1]=>a"), Spelling::Exact), 0);
        assert_eq!(count(&list, &path("s"), Spelling::Exact), 2);
    }

    #[test]
    fn a_plain_root_has_no_children() {
        let mut list = XavpList::default();
        run(&mut list, &["s:plain", "s[0]=>k:x", "s[0]=>k:"]);
        check(&list, &[("s[0]=>k", "<null>"), ("s", "plain")]);
        run(&mut list, &["s[0]:other"]);
        check(&list, &[("s", "other")]);
    }

    #[test]
    fn items_are_counted_in_all_forms() {
        let mut list = XavpList::default();
        run(&mut list, &["k=>s:1", "k[0]=>s:2", "k=>s:3", "k:plain"]);
        for (at, expected) in [
            ("k", 3),
            ("k[*]", 3),
            ("k[0]", 1),
            ("k[-1]", 1),
            ("k[9]", 0),
            ("k=>s", 3),
            ("k[*]=>s[*]", 3),
            ("k[2]=>s[*]", 2),
            ("k[2]=>s", 2),
            ("k[*]=>s[1]", 1),
            ("k[2]=>s[1]", 1),
            ("n=>s", 0),
        ] {
            assert_eq!(count(&list, &path(at), Spelling::Exact), expected, "{at}");
        }
    }

    #[test]
    fn names_of_xavis_differ_in_case_only_by_sight() {
        let mut list = XavpList::default();
        let no_case = Spelling::IgnoringCase;
        for (at, value) in [
            ("Who=>Foo", "1"),
            ("wHO[0]=>bAR", "b"),
            ("who[0]=>FOO", "2"),
        ] {
            assert_eq!(
                write(&mut list, path(at), Value::from(value), no_case),
                Ok(())
            );
        }
        assert_eq!(
            read(&list, &path("WHO=>foo[*]"), no_case),
            Value::from("2, 1")
        );
        assert_eq!(read(&list, &path("who=>BAR"), no_case), Value::from("b"));
        assert_eq!(
            list.iter().next().map(|item| item.name.clone()),
            Some(Text::from("Who"))
        );
    }

    #[test]
    fn single_values_are_overwritten() {
        let mut list = XavpList::default();
        let (x, y, z) = (Text::from("x"), Text::from("y"), Text::from("z"));
        write_single(&mut list, x.clone(), None, Value::Int(123));
        write_single(&mut list, x.clone(), None, Value::from("s"));
        assert_eq!(read_single(&list, &x, None), Value::from("s"));
        write_single(&mut list, x.clone(), Some(y.clone()), Value::Int(5));
        write_single(&mut list, x.clone(), Some(z.clone()), Value::Int(6));
        assert_eq!(read_single(&list, &x, Some(&y)), Value::Int(5));
        write_single(&mut list, x.clone(), Some(y.clone()), Value::Null);
        assert_eq!(read_single(&list, &x, Some(&y)), Value::Null);
        assert_eq!(read_single(&list, &x, Some(&z)), Value::Int(6));
        write_single(&mut list, x.clone(), None, Value::Null);
        assert_eq!(read_single(&list, &x, None), Value::Null);
        assert!(list.is_empty());
    }

    #[test]
    fn a_child_is_set_in_the_newest_list() {
        let mut list = XavpList::default();
        run(&mut list, &["cs=>y:1", "cs[0]=>y:2"]);
        let (cs, y) = (Text::from("cs"), Text::from("y"));
        set_child(&mut list, &cs, &y, Value::Int(11), Spelling::Exact);
        check(&list, &[("cs=>y[*]", "11, 1")]);
        run(&mut list, &["cs:5"]);
        set_child(&mut list, &cs, &y, Value::Int(1), Spelling::Exact);
        check(&list, &[("cs=>y", "1"), ("cs[1]=>y[*]", "11, 1")]);
    }

    #[test]
    fn rotation_is_to_the_left() {
        let mut list = XavpList::default();
        run(&mut list, &["n:30", "x:0", "n:20", "n:10"]);
        rotate(&mut list, &Text::from("n"), 1);
        check(
            &list,
            &[("n[0]", "20"), ("n[1]", "30"), ("n[2]", "10"), ("x", "0")],
        );
        rotate(&mut list, &Text::from("n"), -1);
        check(&list, &[("n[0]", "10")]);
        rotate(&mut list, &Text::from("n"), 4);
        check(&list, &[("n[0]", "20")]);
    }
}
