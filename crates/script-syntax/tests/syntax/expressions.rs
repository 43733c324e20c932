//! Expressions.

use crate::shape::actions;

/// The expression as a value, without diagnostics when there are none.
fn check(text: &str, expected: &str) {
    let shape = actions(&format!("$x = {text};"));
    let shape = shape.strip_prefix("(= $x ").unwrap_or(&shape);
    let (value, rest) = shape.split_once('\n').unwrap_or((shape, ""));
    let value = value.strip_suffix(')').unwrap_or(value);
    let shown = if rest.is_empty() {
        value.to_owned()
    } else {
        format!("{value}\n{rest}")
    };
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn operators_bind_as_the_language_says() {
    check(
        "1 || 2 && 3 | 4 & 5 ^ 6 << 7 >> 8",
        "(Or 1 (And 2 (BitOr 3 (BitAnd 4 (BitXor 5 (ShiftLeft 6 (ShiftRight 7 8)))))))",
    );
    check(
        "1 >> 2 == 3 < 4 + 5 * 6",
        "(ShiftRight 1 (Equal 2 (Less 3 (Add 4 (Multiply 5 6)))))",
    );
    check("1|2==2", "(BitOr 1 (Equal 2 2))");
    check("1<<2+1", "(ShiftLeft 1 (Add 2 1))");
    check("1 - 2 - 3", "(Subtract (Subtract 1 2) 3)");
    check("8 / 4 mod 3 * 2", "(Multiply (Modulo (Divide 8 4) 3) 2)");
    check("1 == 2 != 3", "(NotEqual (Equal 1 2) 3)");
    check("(1 + 2) * 3", "(Multiply (Add 1 2) 3)");
    check("1 or 2 and not 3", "(Or 1 (And 2 (Not 3)))");
    check(
        "\"a\" eq \"b\" ne \"c\"",
        "(TextNotEqual (TextEqual \"a\" \"b\") \"c\")",
    );
    check("1 ieq 2 ine 3", "(IntNotEqual (IntEqual 1 2) 3)");
}

#[test]
fn signs_before_an_operand_bind_tighter_than_any_between_two() {
    check("!$a == 1", "(Equal (Not $a) 1)");
    check("-1 - -2", "(Subtract (Minus 1) (Minus 2))");
    check("1 -1", "(Subtract 1 1)");
    check("1 & ~2", "(BitAnd 1 (BitNot 2))");
    check("!defined $a && 1", "(And (Not (Defined $a)) 1)");
    check("defined($a) == 1", "(Equal (Defined $a) 1)");
    check("(int)\"5\" + (str)$b", "(Add (ToInt \"5\") (ToString $b))");
    check("(int) $a * 2", "(Multiply (ToInt $a) 2)");
    check(
        "strlen($a) + strempty(\"\" + $b)",
        "(Add (StringLength $a) (StringEmpty (Add \"\" $b)))",
    );
    check(
        "selval($a mod 2, \"x\" + $b, 0)",
        "(selval (Modulo $a 2) (Add \"x\" $b) 0)",
    );
}

#[test]
fn numbers_have_four_bases() {
    check(
        "0x1F + 0X1f + 010 + 101b + 0 + 0b",
        "(Add (Add (Add (Add (Add 31 31) 8) 5) 0) 0)",
    );
    check("yes + off", "(Add 1 0)");
    check("08", "0\nerror S0042 at 2:6");
    check("102b", "error\nerror S0042 at 2:6");
    check("1.5", "1\nerror S0032 at 2:7");
    check("4294967296", "0\nwarning S0043 at 2:6");
    check("99999999999999999999", "-1\nwarning S0043 at 2:6");
}

#[test]
fn texts_process_escapes_in_double_quotes_only() {
    check(r#""a\n\r\t\\\"\x41\101\q""#, r#""a\n\r\t\\\"AA\\q""#);
    check(
        r#""\x4|\12|\8\4|\x411|\1012""#,
        r#""\u{4}|\n|\\8\\4|A1|A2""#,
    );
    check(r"'a\n$b'", r#""a\\n$b""#);
    check("\"a\" 'b'\n\"c\"", "\"abc\"");
    check("\"a\\\n b\"", "\"a b\"");
    check("\"a\nb\"", "\"a\\nb\"");
    check(r#""\xe9""#, "\"é\"\nwarning S0007 at 2:6");
}

#[test]
fn a_text_and_constants_behind_it_are_one_text() {
    check(r#""a" + 'b' "c" + 0x10"#, r#""abc16""#);
    check(r#"("a" + ("b" + "c")) + "d""#, r#""abcd""#);
    check(
        r#""a" + "b" + $y + "c" + "d""#,
        r#"(Add (Add (Add "ab" $y) "c") "d")"#,
    );
    check(r#"1 + 2 + "a""#, r#"(Add (Add 1 2) "a")"#);
    check(r#""a" == "b" + "c""#, r#"(Equal "a" "bc")"#);
}

#[test]
fn keywords_are_compared_as_one_operand() {
    check("!uri == myself", "(Not (Equal Uri Myself))");
    check("uri == \"a\" + \"b\" && 1", "(And (Equal Uri \"ab\") 1)");
    check(
        "src_port == 5060 | 5061",
        "(BitOr (Equal SourcePort 5060) 5061)",
    );
    check("myself == from_uri", "(Equal Myself FromUri)");
    check(
        "method == INVITE || method == \"ACK|BYE\"",
        "(Or (Equal Method `INVITE`) (Equal Method \"ACK|BYE\"))",
    );
    check("status =~ \"2..\"", "(Match Status \"2..\")");
    check(
        "proto == UDP && af != IPv6",
        "(And (Equal Proto Udp) (NotEqual AddressFamily Inet6))",
    );
    check("proto == $proto", "(Equal Proto $proto)");
    check("msg:len >= 100", "(GreaterOrEqual MessageLength 100)");
    check(
        "src_ip == 10.0.0.0/8",
        "(Equal SourceIp 10.0.0.0/255.0.0.0)",
    );
    check(
        "src_ip == [2001:db8::]/32 && src_ip != [::1]",
        "(And (Equal SourceIp 2001:db8::/ffff:ffff::) (NotEqual SourceIp ::1))",
    );
    check(
        "dst_ip == [2001:db8::]/[ffff::]",
        "(Equal DestinationIp 2001:db8::/ffff::)",
    );
    check(
        "src_ip == 10.0.0.0/255.255.0.0",
        "(Equal SourceIp 10.0.0.0/255.255.0.0)",
    );
    check(
        "src_ip == 10.0.0.0/255.0.255.0",
        "(Equal SourceIp 10.0.0.0/255.0.255.0)",
    );
    check("src_ip != [fe80::]", "(NotEqual SourceIp fe80::)");
    check("dst_ip == fe80::/10", "(Equal DestinationIp fe80::/ffc0::)");
    check(
        "src_ip == sip.a-b.org && 1",
        "(And (Equal SourceIp `sip.a-b.org`) 1)",
    );
    check("src_ip == \"10.0.0.1\"", "(Equal SourceIp \"10.0.0.1\")");
    check("to_proto == TCP", "(Equal SendProto Tcp)");
}

#[test]
fn keywords_alone_are_no_values() {
    check("uri", "Uri\nerror S0046 at 2:6");
    check("src_ip > 5", "(Greater SourceIp 5)\nerror S0046 at 2:6");
    check("myself", "`myself`\nerror S0040 at 2:6");
    check("UDP", "`UDP`\nerror S0040 at 2:6");
    check(
        "msg:len > max_len",
        "(Greater MessageLength MaxLen)\nerror S0047 at 2:16",
    );
    check(
        "src_ip == 10.0.0.0/33",
        "(Equal SourceIp 10.0.0.0)\nerror S0044 at 2:25",
    );
    check(
        "src_ip == 10.0.0.0/[ffff::]",
        "(Equal SourceIp 10.0.0.0)\nerror S0044 at 2:25",
    );
}

#[test]
fn selects_have_names_and_indexes() {
    check("@ruri.user", "@ruri.user");
    check(
        "@hf_value[\"x\"] + @via[-1].host",
        "(Add @hf_value[\"x\"] @via[-1].host)",
    );
    check("@a.if.udp", "@a.if.udp");
    check("@a[b]", "@a\nerror S0048 at 2:9");
    check("@a.1", "@a\nerror S0048 at 2:9");
}

#[test]
fn mistakes_do_not_hide_each_other() {
    check("1 + ", "(Add 1 error)\nerror S0038 at 2:10");
    check("(1 + 2", "(Add 1 2)\nerror S0031 at 2:12");
    check("abc + 1", "(Add `abc` 1)\nerror S0040 at 2:6");
    check("1 % 2", "1\nerror S0032 at 2:7");
    check("$a !~ \"b\"", "$a\nerror S0032 at 2:8");
    check("$", "error\nerror S0004 at 2:6");
}
