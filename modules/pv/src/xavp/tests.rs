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
