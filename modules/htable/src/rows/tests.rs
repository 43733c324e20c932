use super::*;

fn form(source: Source) -> Form {
    Form {
        source,
        expire: None,
        has_expires: false,
        size_suffix: Text::from_static("::size"),
    }
}

fn now() -> Moment {
    Moment {
        instant: Instant::now(),
        unix: Duration::from_secs(1_000),
    }
}

fn typed(key: &str, key_type: i64, value_type: i64, value: &str) -> Vec<Cell> {
    vec![key.into(), key_type.into(), value_type.into(), value.into()]
}

fn read(form: &Form, now: Moment, rows: &[Vec<Cell>]) -> Vec<(String, Item)> {
    let mut reader = Reader::new(form, now);
    for row in rows {
        reader.read(row).unwrap();
    }
    let items = reader.finish().into_iter();
    items
        .map(|(key, item)| (key.to_str_lossy().into_owned(), item))
        .collect()
}

/// Rows and items as observed on 5.6.3.
#[test]
fn rows_become_texts_integers_and_arrays() {
    let rows = [
        typed("arr", 1, 0, "a0"),
        typed("arr", 1, 0, "a1"),
        typed("brr", 1, 1, "12"),
        typed("s", 0, 0, "str"),
        typed("bad", 0, 1, "4x"),
        typed("neg", 0, 1, "-7"),
        typed("kt2", 2, 0, "v"),
        typed("arr", 1, 0, "late"),
    ];
    let items = read(&form(Source::default()), now(), &rows);
    let shown: Vec<String> = items
        .iter()
        .map(|(key, item)| format!("{key}={:?}", item.value.to_text().to_str_lossy()))
        .collect();
    assert_eq!(
        shown,
        [
            "arr[0]=\"a0\"",
            "arr[1]=\"a1\"",
            "brr[0]=\"12\"",
            "s=\"str\"",
            "bad=\"4\"",
            "neg=\"-7\"",
            "kt2=\"v\"",
            "arr[2]=\"late\"",
            "arr::size=\"3\"",
            "brr::size=\"1\"",
        ]
    );
    assert_eq!(items[2].1.value, Value::Int(12));
}

/// Rows and items as observed on 5.6.3.
#[test]
fn cells_of_several_columns_are_packed_into_one_text() {
    let packed = form(Source {
        columns: ["k", "a", "b", "c"].map(Text::from).into(),
        ..Source::default()
    });
    let rows = [
        vec!["k1".into(), "x".into(), 5.into(), "z".into()],
        vec!["k2".into(), Cell::Null, 6.into(), "".into()],
    ];
    let items = read(&packed, now(), &rows);
    assert_eq!(items[0].1.value, Value::Str(Text::from("x,5,z")));
    assert_eq!(items[1].1.value, Value::Str(Text::from("*,6,")));
}

#[test]
fn a_row_without_a_key_or_without_a_value_is_refused() {
    let form = form(Source::default());
    let mut reader = Reader::new(&form, now());
    reader.read(&typed("k", 0, 0, "v")).unwrap();
    let mut row = typed("k", 0, 0, "v");
    row[3] = Cell::Null;
    assert_eq!(reader.read(&row), Err(EmptyCell(1)));
    row = vec![Cell::Null, 0.into(), 0.into(), "v".into()];
    assert_eq!(reader.read(&row), Err(EmptyCell(2)));
}

/// What becomes of each kind of expiry as observed on 5.6.3 with `db_expires`.
#[test]
fn an_item_lives_as_its_row_says_else_as_its_table_says() {
    let form = Form {
        expire: Some(Duration::from_secs(600)),
        has_expires: true,
        ..form(Source::default())
    };
    let now = now();
    let rows = [("none", 0), ("past", 100), ("future", 1_050), ("neg", -5)].map(|(key, at)| {
        let mut row = typed(key, 0, 0, "v");
        row.push(at.into());
        row
    });
    let items = read(&form, now, &rows);
    let lives: Vec<(&str, u64)> = items
        .iter()
        .map(|(key, item)| {
            (
                key.as_str(),
                (item.expires.unwrap() - now.instant).as_secs(),
            )
        })
        .collect();
    assert_eq!(lives, [("none", 600), ("future", 50), ("neg", 600)]);
    let row = form.row(&Text::from("future"), &items[1].1, now).unwrap();
    assert_eq!(*row, *rows[2]);
    let later = Moment {
        instant: now.instant + Duration::from_secs(50),
        ..now
    };
    assert!(
        form.row(&Text::from("future"), &items[1].1, later)
            .is_none()
    );
}
