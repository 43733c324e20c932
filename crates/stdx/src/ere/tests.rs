use proptest::prelude::*;

use super::*;

type Groups = Vec<Option<Range<usize>>>;

fn flags(ignore_case: bool, newline: bool) -> Flags {
    Flags {
        ignore_case,
        newline,
    }
}

fn groups_of(ere: &Ere, text: &[u8], start: usize) -> Option<Groups> {
    let mut groups = vec![None; ere.groups_count() + 1];
    ere.captures_from(text, start, &mut groups)
        .then_some(groups)
}

/// What the library says of the groups.
fn posix_groups(posix: &Posix, count: usize, text: &[u8], is_continued: bool) -> Option<Groups> {
    let mut groups = vec![None; count + 1];
    posix
        .search(text, is_continued, &mut groups)
        .then_some(groups)
}

/// Holds one pattern and one text against the C library.
fn compare(pattern: &[u8], text: &[u8], flags: Flags) {
    compare_from(pattern, text, 0, flags);
}

/// The same for the search that goes on at `start`.
fn compare_from(pattern: &[u8], text: &[u8], start: usize, flags: Flags) {
    let shown = format!(
        "{:?} on {:?} from {start} with {flags:?}",
        String::from_utf8_lossy(pattern),
        String::from_utf8_lossy(text)
    );
    let rest = &text[start..];
    let is_continued = start > 0 && text[start - 1] != b'\n';
    let repeats_empty =
        parse::parse(pattern, flags).is_ok_and(|(node, _)| exactness::repeats_empty(&node));
    if repeats_empty {
        // Neither compiling nor matching is sure to end in the library.
        if let Ok(ours) = Ere::compile(pattern, flags) {
            assert!(
                groups_of(&ours, text, start).is_none() || ours.is_match(rest),
                "{shown}"
            );
        }
        return;
    }
    let (ours, theirs) = match (Ere::compile(pattern, flags), Posix::compile(pattern, flags)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return,
        (ours, theirs) => panic!("{shown}: {:?}, library {:?}", ours.err(), theirs.err()),
    };
    // Where glibc errs it answers differently when no groups are asked for.
    let is_match = theirs.search(rest, false, &mut []);
    assert_eq!(ours.is_match(rest), is_match, "{shown}");
    let expected = posix_groups(&theirs, ours.groups_count(), rest, is_continued);
    let found = groups_of(&ours, text, start).map(|mut groups| {
        for group in groups.iter_mut().flatten() {
            *group = group.start - start..group.end - start;
        }
        groups
    });
    assert_eq!(found, expected, "{shown}");
}

fn compare_all(patterns: &[&str], texts: &[&str]) {
    for pattern in patterns {
        for text in texts {
            for (ignore_case, newline) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                compare(
                    pattern.as_bytes(),
                    text.as_bytes(),
                    flags(ignore_case, newline),
                );
            }
        }
    }
}

#[test]
fn patterns_of_real_scripts_match_as_in_the_library() {
    compare_all(
        &[
            "^(friendly-scanner|sipvicious|sipcli)",
            "friendly-scanner|sipsak|sundayddr|VaxSIPUserAgent",
            r"^sip:(\+|00)1[0-9]{10}@",
            "^sip:([^@;:]+)(:[^@]*)?@([^;:>]+)(:([0-9]+))?(;.*)?$",
            "^(.*)@(.*)$",
            r"^\+?([0-9]+)$",
            r"^(\+|00)?([0-9]+)$",
            "^sips?:([0-9]+)@",
            "(^|,)foo",
            "^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\.",
            "[;?]transport=(tcp|tls)",
            "^$",
            "",
            "m=audio ([0-9]+) RTP/(S?AVPF?)",
            "^application/sdp",
        ],
        &[
            "",
            "friendly-scanner",
            "SIPVicious 0.3",
            "sip:+14155550100@192.168.7.1:5060;transport=TCP",
            "sip:0014155550100@gw.example.com",
            "sips:1001@a,foo",
            "+4930123456",
            "004930123456",
            "alice@example.com@x",
            "v=0\r\nm=audio 4000 RTP/SAVPF 0 8\r\n",
            "Application/SDP",
            "172.16.0.1",
            "foo\nbar\n",
        ],
    );
}

#[test]
fn corners_of_the_syntax_are_read_as_in_the_library() {
    compare_all(
        &[
            "a|*b",
            "*",
            "+a",
            "?",
            "{",
            "{1}",
            "a{",
            "a{1",
            "a{1,",
            "a{1,2",
            "a{x}",
            "a{}",
            "a{,}",
            "a{,3}",
            "a{2,1}",
            "a{0}",
            "a{0,0}b",
            "a{1}{2}",
            "a**",
            "a+?",
            "a{2}*",
            r"a{\0}",
            r"a{1\0}",
            r"a{1\,2}",
            r"a{\1}",
            r"a{1\}",
            "a{32768}",
            "a{99999999999}",
            "a{1,2,3}",
            "(",
            ")",
            "a)",
            "()",
            "(a",
            "(a))",
            "(|a)",
            "|",
            "a|",
            "|a",
            "a||b",
            "^*",
            "(^)*",
            "$*",
            "^+",
            "a^b",
            "a$b",
            "^^a",
            "a$$",
            "(^a)",
            "(a$)",
            "^{2}",
            "\\",
            "a\\",
            r"\(",
            r"\)",
            r"\{",
            r"\}",
            r"\|",
            r"\.",
            r"\^",
            r"\$",
            r"\/",
            r"\-",
            r"\d",
            r"\D",
            r"\A",
            r"\z",
            r"\Z",
            r"\n",
            r"\t",
            r"\w+",
            r"\W",
            r"\s",
            r"\S",
            r"\b",
            r"\B",
            r"\ba",
            r"a\b",
            r"\Ba",
            r"a\B",
            r"\<a",
            r"a\>",
            r"\<",
            r"\>",
            r"\b*",
            r"\`a",
            r"a\'",
            r"\`",
            r"\'",
            r"\`*",
            r"\1",
            r"(a)\1",
            r"(a)\2",
            r"(a\1)",
            r"(a|b)\1",
            r"\0",
            r"((a)\2)",
            "[",
            "[]",
            "[]a]",
            "[^]a]",
            "[a",
            "[^",
            "[a-]",
            "[-a]",
            "[--a]",
            "[a-c-e]",
            "[z-a]",
            "[a-z]",
            "[A-z]",
            "[Z-a]",
            "[a-Z]",
            "[_-a]",
            "[---]",
            "[a---]",
            "[%--]",
            "[---a]",
            "[\\d]",
            "[a\\]]",
            "[\\]]",
            "[[:alpha:]]",
            "[[:ALPHA:]]",
            "[[:foo:]]",
            "[[:alpha:",
            "[[:alpha]",
            "[[:upper:]]+",
            "[^[:upper:]]",
            "[[:lower:]]",
            "[[:digit:]-a]",
            "[a-[:digit:]]",
            "[[=a=]]",
            "[[=ab=]]",
            "[[.a.]]",
            "[[.-.]]",
            "[[.a.]-c]",
            "[a-[.c.]]",
            "[[.space.]]",
            "[[=a=]-c]",
            "[:alpha:]",
            "[[:space:][:punct:]]",
            "[[:blank:]]",
            "[[:cntrl:]]",
            "[[:print:]]",
            "[[:graph:]]",
            "[[:xdigit:]]",
            "[[:alnum:]_]",
            "[^a-z\n]",
            "[^x]",
            "[.]",
            "[*]",
            "[$^]",
            "[[]",
            "[[a]",
            "[[.",
            "[[=a",
            ".",
            "..",
            ".*",
            "a.c",
            "(.*)(\\1)",
            "(?:a)",
            "(?i)a",
            "a*?",
            "\u{e4}",
            "[\u{e4}]",
            "(a*)*",
            "(a*)+",
            "(a|b)*c",
            "((a)|b)*",
            "(a?)*b",
            "(()|a)*",
            "x{0}(a)",
            "(a){0}b",
            "(a){2}",
            "(ab){1,2}",
            "(a|ab)(c|bcd)(d*)",
            "(a*)(ab)*(b*)",
            "(a|b|ab)*",
            "((a|ab)(c|bcd))(d*)",
            "a?(ab)?",
            "(a?)(ab)?",
            "(a+|b+)*",
        ],
        &[
            "", "a", "A", "b", "ab", "aab", "abab", "abcd", "a\nb", "\n", "a b", "_a", "a-]", "\\",
            "d", "5", "{", "{1}", "a{1", ")", "a)", "|", ".", "*", "$", "^", "+", "?", "/", "n",
            "t", "[", "]", "\u{e4}", "aa", "abcdd", "ba", "baa", "C", "c", "^a", "a$", "-", ",",
            "%", "1", "(a", "xa",
        ],
    );
}

#[test]
fn nul_and_high_bytes_are_ordinary_bytes_of_a_text() {
    for pattern in [
        &b"."[..],
        b"a.b",
        b"[^x]",
        b"a[^x]b",
        b"\\W",
        b"^a",
        b"b$",
        b"\\bb",
        b"[\x80-\xff]",
        b"\xe4",
    ] {
        for text in [&b"\0"[..], b"a\0b", b"\xff", b"a\xe4b", b"\xc4", b"\0\0"] {
            compare(pattern, text, flags(false, false));
            compare(pattern, text, flags(true, true));
        }
    }
}

#[test]
fn a_pattern_ends_at_its_first_nul() {
    let ere = Ere::compile(b"a\0(", Flags::default()).unwrap();
    assert!(ere.is_match(b"ba"));
    assert_eq!(ere.pattern(), b"a");
}

#[test]
fn searches_that_go_on_do_not_begin_a_line() {
    let ere = Ere::compile(b"^a", Flags::default()).unwrap();
    assert!(ere.find_iter(b"aaa").eq(std::iter::once(0..1)));
    assert_eq!(groups_of(&ere, b"b\na", 2), Some(vec![Some(2..3)]));
    let word = Ere::compile(br"^x|\<a", Flags::default()).unwrap();
    assert_eq!(
        word.find_iter(b"aaa").collect::<Vec<_>>(),
        [0..1, 1..2, 2..3]
    );
    assert_eq!(groups_of(&ere, b"a", 2), None);
}

#[test]
fn empty_matches_move_on() {
    let ere = Ere::compile(b"b*", Flags::default()).unwrap();
    assert_eq!(
        ere.find_iter(b"abb").collect::<Vec<_>>(),
        [0..0, 1..3, 3..3]
    );
}

#[test]
fn repetitions_of_nothing_still_match() {
    for (pattern, text, expected) in [
        (&b"(a*)*b"[..], &b"aab"[..], true),
        (b"(a*)+$", b"aab", true),
        (b"^(a*|b)*$", b"aabba", true),
        (b"^(a*|b)*$", b"aac", false),
        (b"(((()|.))?)+", b"A\n", true),
        (b"((^)*x){2}", b"xx", true),
    ] {
        let ere = Ere::compile(pattern, Flags::default()).unwrap();
        assert_eq!(ere.is_match(text), expected, "{ere:?}");
        assert_eq!(groups_of(&ere, text, 0).is_some(), expected, "{ere:?}");
    }
    let refused = Ere::compile(br"(a*)*\1", Flags::default());
    assert!(matches!(refused, Err(EreError::EndlessRepetition)));
}

/// The C library writes `x+` out as `xx*`: 40 in a row would take more memory than there is.
#[test]
fn stacked_repetitions_are_refused_before_they_explode() {
    let stacked = format!("{}{}", "G".repeat(130), "+".repeat(40));
    let empty = format!("G*{}V\u{5}{}", "+".repeat(16), "+".repeat(15));
    let nested = format!("{}a{}", "(".repeat(12), "+)".repeat(12));
    for pattern in [stacked, empty, nested] {
        assert!(matches!(
            Ere::compile(pattern.as_bytes(), Flags::default()),
            Err(EreError::TooLarge)
        ));
    }
    assert!(Ere::compile(b"(a+)+b++", Flags::default()).is_ok());
}

#[test]
fn large_patterns_are_refused_or_still_work() {
    assert!(matches!(
        Ere::compile(b"((a{1000}){1000}){1000}", Flags::default()),
        Err(EreError::TooLarge)
    ));
    assert!(matches!(
        Ere::compile(&b"(".repeat(100_000), Flags::default()),
        Err(EreError::TooLarge)
    ));
    let many = Ere::compile(b"^[^x]{3000}y", Flags::default()).unwrap();
    assert!(many.is_match(&[&b"a".repeat(3000)[..], b"y"].concat()));
    assert!(!many.is_match(&b"a".repeat(3001)));
    let huge = Ere::compile(b"^a{20000}$", Flags::default()).unwrap();
    assert!(huge.is_match(&b"a".repeat(20_000)));
    assert!(!huge.is_match(&b"a".repeat(20_001)));
}

#[test]
fn flat_patterns_that_give_back_too_much_still_end() {
    let ere = Ere::compile(b"^a*a*a*a*a*a*a*a*(b)", Flags::default()).unwrap();
    let text = b"a".repeat(2_000);
    assert_eq!(groups_of(&ere, &text, 0), None);
    let text = [&text[..], b"b"].concat();
    assert_eq!(
        groups_of(&ere, &text, 0),
        Some(vec![Some(0..2_001), Some(2_000..2_001)])
    );
    let long = Ere::compile(&b"(x*)".repeat(60), Flags::default()).unwrap();
    assert_eq!(
        groups_of(&long, b"xx", 0).map(|groups| groups[1].clone()),
        Some(Some(0..2))
    );
}

#[test]
fn one_pattern_serves_many_threads() {
    let ere = Ere::compile(br"(a|ab)(c|bcd)\1?", Flags::default()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert!(groups_of(&ere, b"xabcd", 0).is_some());
                }
            });
        }
    });
}

/// Patterns out of the pieces that matter, over a small alphabet so that texts
/// do match.
fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => "[abAB]",
        2 => Just(".".to_string()),
        2 => Just("[ab]".to_string()),
        2 => Just("[^a]".to_string()),
        1 => Just("[^a-b]".to_string()),
        1 => Just("[[:upper:]]".to_string()),
        1 => Just(r"\w".to_string()),
        1 => Just("^".to_string()),
        1 => Just("$".to_string()),
        1 => Just(r"\<".to_string()),
        1 => Just(r"\>".to_string()),
        1 => Just(r"\b".to_string()),
        1 => Just("()".to_string()),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => inner.clone().prop_map(|part| format!("({part})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}|{right})")),
            2 => (inner, prop_oneof![
                Just("*"), Just("+"), Just("?"), Just("{2}"), Just("{1,2}"), Just("{0,2}"), Just("{2,}")
            ]).prop_map(|(part, count)| format!("({part}){count}")),
        ]
    })
}

fn flat_part() -> impl Strategy<Value = String> {
    let set = prop_oneof![
        Just("a"),
        Just("b"),
        Just("."),
        Just("[ab]"),
        Just("[^a]"),
        Just("[ B]")
    ];
    let count = prop_oneof![
        3 => Just(""), 3 => Just("*"), 1 => Just("+"), 1 => Just("?"), 1 => Just("{2}"), 1 => Just("{1,2}"), 1 => Just("{2,}")
    ];
    prop::collection::vec((set, count), 0..3).prop_flat_map(|pairs| {
        let items: String = pairs
            .into_iter()
            .map(|(set, count)| format!("{set}{count}"))
            .collect();
        prop_oneof![Just(items.clone()), Just(format!("({items})"))]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_patterns_match_as_in_the_library(
        pattern in pattern(),
        texts in prop::collection::vec("[abAB \n]{0,7}", 6),
        ignore_case: bool,
        newline: bool,
    ) {
        for text in texts {
            for start in [0, text.len() / 2] {
                compare_from(pattern.as_bytes(), text.as_bytes(), start, flags(ignore_case, newline));
            }
        }
    }

    #[test]
    fn random_flat_patterns_match_as_in_the_library(
        parts in prop::collection::vec(flat_part(), 1..7),
        ends: (bool, bool),
        texts in prop::collection::vec("[abAB \n]{0,9}", 6),
        ignore_case: bool,
        newline: bool,
    ) {
        let start = if ends.0 { "^" } else { "" };
        let end = if ends.1 { "$" } else { "" };
        let pattern = format!("{start}{}{end}", parts.concat());
        for text in texts {
            for start in [0, text.len() / 2] {
                compare_from(pattern.as_bytes(), text.as_bytes(), start, flags(ignore_case, newline));
            }
        }
    }

    #[test]
    fn random_bytes_are_refused_or_accepted_as_by_the_library(
        pattern in r"[ab(){}\[\]|*+?.^$\\,:=0-3-]{0,12}",
        text in "[ab0-3{}]{0,6}",
        ignore_case: bool,
    ) {
        compare(pattern.as_bytes(), text.as_bytes(), flags(ignore_case, false));
    }

    #[test]
    fn arbitrary_bytes_never_panic(pattern: Vec<u8>, text: Vec<u8>) {
        if let Ok(ere) = Ere::compile(&pattern, Flags::default()) {
            let _ = ere.is_match(&text);
            let _ = ere.find_iter(&text).count();
        }
    }
}
