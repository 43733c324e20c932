//! Variables, alone and in texts.

use diagnostics::{FileId, Span};
use script_syntax::ast::{FormatPiece, TextPlace};
use script_syntax::{parse_format, parse_variable};

use crate::shape;

/// Texts in quotes, variables in the notation of [`shape::variable`], then codes with their offsets.
fn check(text: &str, expected: &str) {
    let mut diagnostics = Vec::new();
    let place = TextPlace::Verbatim(Span::new(FileId(0), 0, text.len() as u32));
    let format = parse_format(text, place, &mut diagnostics);
    let mut parts: Vec<String> = format
        .pieces
        .iter()
        .map(|piece| match piece {
            FormatPiece::Text(text) => format!("{text:?}"),
            FormatPiece::Variable(variable) => {
                assert_eq!(
                    text.get(variable.span.start as usize..=variable.span.start as usize),
                    Some("$")
                );
                shape::variable(variable)
            }
        })
        .collect();
    parts.extend(
        diagnostics
            .iter()
            .map(|diagnostic| format!("{}@{}", diagnostic.code, diagnostic.primary.span.start)),
    );
    assert_eq!(parts.join(" "), expected, "{text}");
}

#[test]
fn a_text_without_variables_is_itself() {
    check("", "");
    check("plain % text", "\"plain % text\"");
    check("5 $$ and $$$$", "\"5 $ and $$\"");
}

#[test]
fn variables_stand_bare_or_in_parentheses() {
    check("<$ru>", "\"<\" $ru \">\"");
    check("$rU@$rd:5060", "$rU \"@\" $rd \":5060\"");
    check("$var(x)(y)[0]{s.len}", "$var<x> \"(y)[0]{s.len}\"");
    check("$(ru{uri.user})$(si).", "$ru{uri.user} $si \".\"");
    check("$? $hdr(X-Y)", "$? \" \" $hdr<X-Y>");
    check("$var(a(b)c)", "$var<a(b)c>");
    check("$sht(t=>$ci::x)", "$sht<t=>$ci::x>");
    check("$xavp(a[0]=>b[1])", "$xavp<a[0]=>b[1]>");
    check("$T_req($(ru{s.len}))", "$T_req<$(ru{s.len})>");
}

#[test]
fn an_index_is_a_number_a_star_or_a_variable() {
    check("$(hdr(X)[-1])", "$hdr<X>[-1]");
    check("$(avp(x)[*]{s.len})", "$avp<x>[*]{s.len}");
    check("$(avp(x)[$var(i)])", "$avp<x>[$var<i>]");
    check("$(avp(x)[ $(var(i){s.int}) ])", "$avp<x>[$var<i>{s.int}]");
    check("$(avp(x)[y])", "$avp<x> S0059@8");
}

#[test]
fn transformations_follow_each_other_and_take_params() {
    check(
        "$(var(x){s.substr,1, 0}{s.len})",
        "$var<x>{s.substr|1| 0}{s.len}",
    );
    check(
        "$(var(x){s.select,$var(i),:})",
        "$var<x>{s.select|$var<i>|:}",
    );
    check(
        "$(var(x){s.select,$(var(i){s.len}),:})",
        "$var<x>{s.select|$var<i>{s.len}|:}",
    );
    check("$(ct{s.replace,$$,})", "$ct{s.replace|$|}");
    check("$(var(x){s.escape.user})", "$var<x>{s.escape.user}");
    check(
        "$(TS{s.ftime,%Y-%m-%d %H:%M})",
        "$TS{s.ftime|%Y-%m-%d %H:%M}",
    );
    check("$(var(x){s.rm,\"})", "$var<x>{s.rm|\"}");
}

#[test]
fn a_comma_can_be_a_param() {
    check("$(var(x){s.select,1,,})", "$var<x>{s.select|1|,}");
    check("$(var(x){s.replace,a,})", "$var<x>{s.replace|a|}");
    check("$(var(x){s.replace,,,b})", "$var<x>{s.replace|,|b}");
    check(
        "$(var(x){re.subst,/^(a{1,2}),/b/g})",
        "$var<x>{re.subst|/^(a{1,2}),/b/g}",
    );
}

#[test]
fn what_is_no_variable_stays_text_and_is_reported() {
    check("5 $ each", "\"5 $ each\" S0004@2");
    check("$", "\"$\" S0004@0");
    check("$(ru", "\"$(ru\" S0003@0");
    check("$var(x $(ru)", "\"$var(x $(ru)\" S0003@0");
    check("$()x", "\"$()x\" S0059@0");
    check("$(ru x)", "$ru S0059@4");
    check("$(hdr(X){s.len}[0])", "$hdr<X>{s.len} S0059@15");
    check("$(ru{len})", "$ru S0060@4");
    check("call to $rU.", "\"call to \" $rU.");
    check("$from.user", "$from.user");
}

#[test]
fn a_text_can_be_one_variable() {
    let variable = |text: &str| {
        let mut diagnostics = Vec::new();
        let place = TextPlace::Whole(Span::default());
        parse_variable(text, place, &mut diagnostics).map(|variable| shape::variable(&variable))
    };
    assert_eq!(variable("$avp(x)").as_deref(), Some("$avp<x>"));
    assert_eq!(variable("$(hdr(X)[0])").as_deref(), Some("$hdr<X>[0]"));
    assert_eq!(variable("$avp(x) "), None);
    assert_eq!(variable("x"), None);
}

#[test]
fn variables_within_variables_have_a_limit() {
    let text = format!("{}x{}", "$(a{s.b,".repeat(40), "})".repeat(40));
    let mut diagnostics = Vec::new();
    parse_format(&text, TextPlace::Whole(Span::default()), &mut diagnostics);
    assert_eq!(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id())
            .collect::<Vec<_>>(),
        ["S0009"]
    );
}
