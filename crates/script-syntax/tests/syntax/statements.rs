//! Actions.

use crate::shape::actions;

fn check(text: &str, expected: &str) {
    assert_eq!(actions(text), expected, "{text}");
}

#[test]
fn conditions_need_no_parentheses_and_bodies_no_braces() {
    check("if (1) { exit; }", "(if 1 ((exit)))");
    check(
        "if $x != $null { exit; };",
        "(if (NotEqual $x $null) ((exit))) ;",
    );
    check("if(1) exit; else drop;", "(if 1 ((exit)) ((drop)))");
    check("if(1);", "(if 1 (;))");
    check("while 1 { break; }", "(while 1 (break))");
    check("while(1) break;", "(while 1 (break))");
}

#[test]
fn an_else_belongs_to_the_nearest_if() {
    check(
        "if(1) if(2) exit; else drop;",
        "(if 1 ((if 2 ((exit)) ((drop)))))",
    );
    check(
        "if(1) {exit;} else if(2) {drop;} else {break;}",
        "(if 1 ((exit)) ((if 2 ((drop)) (break))))",
    );
    check(
        "if(1) {exit;} else if(2) {drop;}\nexit;",
        "(if 1 ((exit)) ((if 2 ((drop))))) (exit)",
    );
    check(
        "if(1){exit;};else{drop;}",
        "(if 1 ((exit))) ; error ((drop))\nerror S0053 at 2:14\nwarning C0002 at 2:18",
    );
}

#[test]
fn a_condition_may_assign() {
    check(
        "if ($x = 1 && 2) exit;",
        "(if (assign $x (And 1 2)) ((exit)))",
    );
    check("if (!($x = 1)) exit;", "(if (Not (assign $x 1)) ((exit)))");
}

#[test]
fn a_bad_condition_does_not_cost_its_block() {
    check(
        "if ((a() || %b) && c()) { exit; }\ndrop;",
        "(if (Or (a) error) ((exit))) (drop)\nerror S0038 at 2:13",
    );
    check("if (a() { exit; }", "(if (a) ((exit)))\nerror S0031 at 2:9");
    check(
        "while ($x == ) { exit; }",
        "(while (Equal $x error) ((exit)))\nerror S0038 at 2:14",
    );
}

#[test]
fn switches_have_labels_of_all_kinds() {
    check(
        "switch($x) {\n case 1: case -2: exit; break;\n case \"a\" + \"b\": drop;\n case /\"^re\": ;\n case yes:\n default: exit;\n}",
        "(switch $x (case 1) (case (Minus 2) (exit) break) (case \"ab\" (drop)) (case /\"^re\" ;) (case 1) \
         (case default (exit)))",
    );
    check("switch($x) { }", "(switch $x)");
    check(
        "switch $x { default: exit; case 1: exit; }",
        "(switch $x (case default (exit)) (case 1 (exit)))",
    );
    check(
        "switch($x) { case /\"a\"/: exit; }",
        "(switch $x (case /\"a\" (exit)))\nerror S0054 at 2:23",
    );
    check(
        "switch($x) { exit; case 1: drop; }",
        "(switch $x (case 1 (drop)))\nerror S0053 at 2:14",
    );
    check(
        "switch($x) { case abc: drop; }",
        "(switch $x (case `abc` (drop)))\nerror S0040 at 2:19",
    );
    check(
        "switch($x) { case 1: {exit;} }",
        "(switch $x (case 1 ((exit))))\nwarning C0002 at 2:22",
    );
}

#[test]
fn results_of_routes_may_stand_in_parentheses_or_not() {
    check(
        "return; return(); return(1); return -1;",
        "(return) (return) (return 1) (return (Minus 1))",
    );
    check("exit; exit (); exit 1+1;", "(exit) (exit) (exit (Add 1 1))");
    check(
        "drop; drop(0); return(1)+2;",
        "(drop) (drop 0) (return (Add 1 2))",
    );
}

#[test]
fn assignments_take_any_value() {
    check("$var(x) = 1;", "(= $var<x> 1)");
    check("$(avp(x)[*]) = $null;", "(= $avp<x>[*] $null)");
    check("$var(x) = uri == myself;", "(= $var<x> (Equal Uri Myself))");
    check("$var(x) = route(X);", "(= $var<x> (route `X`))");
    check("$var(x) = ($var(y) = 1);", "(= $var<x> (assign $var<y> 1))");
}

#[test]
fn what_is_no_action_is_said_to_be_none() {
    check("$var(x);exit;", "error (exit)\nerror S0051 at 2:1");
    check("$var(x) == 1;", "(= $var<x> 1)\nerror S0051 at 2:9");
    check("$var(x)=~5;", "(= $var<x> 5)\nerror S0051 at 2:8");
    check("$var(x) += 1;", "(+= $var<x> 1)\nerror S0052 at 2:9");
    check("x = 1;exit;", "error (exit)\nerror S0051 at 2:1");
    check("t_relay;exit;", "error (exit)\nerror S0051 at 2:1");
    check("uri==myself;exit;", "error (exit)\nerror S0051 at 2:1");
    check("a() && b();exit;", "error (exit)\nerror S0051 at 2:5");
    check("(a());exit;", "error (exit)\nerror S0051 at 2:1");
    check("5;exit;", "error (exit)\nerror S0051 at 2:1");
    check("@a.b = 1;exit;", "error (exit)\nerror S0051 at 2:1");
    check("strlen(\"a\");exit;", "error (exit)\nerror S0051 at 2:1");
    check("break();exit;", "break (exit)\nerror S0032 at 2:6");
}

#[test]
fn a_missing_semicolon_is_put_back() {
    check(
        "t_relay()\nexit\n",
        "(t_relay) (exit)\nerror S0032 at 2:10\nerror S0032 at 3:5",
    );
    check("if(1) { exit }", "(if 1 ((exit)))\nerror S0032 at 2:13");
    check("if(1) exit", "(if 1 ((exit)))\nerror S0032 at 2:11");
    check(
        "$var(x) = 1\n$var(y) = 2;",
        "(= $var<x> 1) (= $var<y> 2)\nerror S0032 at 2:12",
    );
}

#[test]
fn empty_blocks_are_read_and_warned_about() {
    check(
        "if(1) {} else {}",
        "(if 1 () ())\nwarning C0001 at 2:7\nwarning C0001 at 2:15",
    );
    check("while(0) {}", "(while 0 ())\nwarning C0001 at 2:10");
    check("{ exit; }", "((exit))\nwarning C0002 at 2:1");
}

#[test]
fn functions_of_modules_take_values() {
    check("xlog(\"a\"\n);", "(xlog \"a\")");
    check("xlog(\"a\" 'b' + $ru);", "(xlog (Add \"ab\" $ru))");
    check("f(,\"a\");", "(f _ \"a\")");
    check("f(\"a\",);", "(f \"a\" _)\nerror S0050 at 2:7");
    check("f(\"a\",,1);", "(f \"a\" _ 1)\nerror S0050 at 2:7");
    check("f(INVITE);", "(f `INVITE`)\nerror S0040 at 2:3");
    check("f(1.2.3.4);", "(f 1.2.3.4)\nerror S0041 at 2:3");
    check("f(g(1));", "(f (g 1))\nerror S0049 at 2:3");
    check(
        "f(strlen(\"a\"), selval(1,2,3));",
        "(f (StringLength \"a\") (selval 1 2 3))",
    );
    check("f(1 2);exit;", "(f 1) (exit)\nerror S0030 at 2:5");
    check("f(1;exit;", "(f 1) (exit)\nerror S0030 at 2:4");
}

#[test]
fn functions_of_the_core_take_names_and_addresses() {
    check(
        "route(X); route(1); route(\"X\" + $rm); route(f(1));",
        "(route `X`) (route 1) (route (Add \"X\" $rm)) (route (f 1))",
    );
    check(
        "setflag(A); resetflag(5); setavpflag($x, B);",
        "(setflag `A`) (resetflag 5) (setavpflag $x `B`)",
    );
    check(
        "forward(); forward(uri:host, uri:port);",
        "(forward) (forward UriHost UriPort)",
    );
    check(
        "forward(1.2.3.4, 5060); forward(a-b.c);",
        "(forward 1.2.3.4 5060) (forward `a-b.c`)",
    );
    check(
        "forward([::1], 5060); forward(::1);",
        "(forward [::1] 5060) (forward [::1])",
    );
    check(
        "force_send_socket(udp:10.0.0.1:5060); force_send_socket(\"a\");",
        "(force_send_socket udp:10.0.0.1:5060) (force_send_socket \"a\")",
    );
    check("udp_mtu_try_proto(TCP);", "(udp_mtu_try_proto Tcp)");
    check(
        "set_advertised_address(a.b);",
        "(set_advertised_address `a.b`)",
    );
    check(
        "force_rport; revert_uri(); if(force_rport) exit;",
        "(force_rport) (revert_uri) (if (force_rport) ((exit)))",
    );
}

#[test]
fn words_of_statements_are_no_values() {
    check(
        "if if (1) { exit; }",
        "(if error ((exit)))\nerror S0038 at 2:4",
    );
    check("drop drop ();", "(drop error)\nerror S0038 at 2:6");
    check("forward(, 5060);", "(forward _ 5060)\nerror S0050 at 2:9");
}
