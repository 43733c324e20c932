//! Top-level items.

use crate::shape::script;
use script_syntax::{MemoryLoader, Options, parse};

fn check(text: &str, expected: &str) {
    assert_eq!(script(text), expected, "{text}");
}

#[test]
fn parameters_take_numbers_words_texts_and_addresses() {
    check("debug=2", "(debug 2)");
    check("debug=-0x10;", "(debug -16)");
    check("children=010", "(children 8)");
    check("children=101b", "(children 5)");
    check("fork=no log_stderror = yes", "(fork 0)\n(log_stderror 1)");
    check("log_facility=LOG_LOCAL0", "(log_facility LOG_LOCAL0)");
    check("log_prefix=\"a\" \"b\"", "(log_prefix \"ab\")");
    check("server_header='X: $x'", "(server_header \"X: $x\")");
    check("tcp_source_ipv4=1.2.3.4", "(tcp_source_ipv4 1.2.3.4)");
    check("tcp_source_ipv6=[::1]", "(tcp_source_ipv6 [::1])");
    check(
        "advertised_address=sip.example-1.org",
        "(advertised_address sip.example-1.org)",
    );
    check("udp_mtu_try_proto = TCP", "(udp_mtu_try_proto TCP)");
    check("cfgengine \"native\"", "(cfgengine \"native\")");
    check(
        "kemi.onsend_route_callback=\"x\"",
        "(kemi.onsend_route_callback \"x\")",
    );
    check("debug = 2 ; ; children=2", "(debug 2)\n(children 2)");
}

#[test]
fn a_parameter_takes_no_expression() {
    check(
        "children=4+4\nport=5060",
        "(children 4)\n(port 5060)\nerror S0037 at 1:11",
    );
    check(
        "chroot=/var/lib\nport=5060",
        "(chroot error)\n(port 5060)\nerror S0034 at 1:8",
    );
    check(
        "debug=\nport=5060",
        "(debug error)\n(port 5060)\nerror S0034 at 2:1",
    );
    check(
        "debug=2,children=3\nport=5060",
        "(debug 2)\n(port 5060)\nerror S0037 at 1:8",
    );
}

#[test]
fn parameters_of_the_scripts_own_have_a_group() {
    check(
        "pstn.gw_ip = \"1.2.3.4\" desc \"PSTN\"",
        "(pstn.gw_ip \"1.2.3.4\" desc \"PSTN\")",
    );
    check(
        "a.b=1\na.c = yes descr \"x\";",
        "(a.b 1)\n(a.c 1 desc \"x\")",
    );
    check("a[1].b=1", "(a[1].b 1)");
    check("a.b=x", "(a.b error)\nerror S0034 at 1:5");
    check("a.b.c=1\nport=1", "error\n(port 1)\nerror S0030 at 1:4");
    check(
        "coreparam[x]=1 coreparam[\"y\"]=fast",
        "(coreparam x 1)\n(coreparam y fast)",
    );
}

#[test]
fn addresses_to_listen_on_have_many_forms() {
    check("listen=10.0.0.1", "(listen 10.0.0.1)");
    check("listen=udp:10.0.0.1:5060", "(listen udp:10.0.0.1:5060)");
    check("listen = TCP : eth0 : 5061", "(listen tcp:eth0:5061)");
    check(
        "listen=udp:[2001:db8::1]:5060",
        "(listen udp:[2001:db8::1]:5060)",
    );
    check("listen=::1", "(listen [::1])");
    check(
        "listen=tls:\"sip.example.org\":5061",
        "(listen tls:sip.example.org:5061)",
    );
    check("listen=udp:\"127.0.0.1\"", "(listen udp:127.0.0.1)");
    check(
        "listen=sctp:(10.0.0.1, eth1):5060",
        "(listen sctp:(hosts 10.0.0.1 eth1):5060)",
    );
    check("listen=udp:10.0.0.1:*", "(listen udp:10.0.0.1:0)");
    check(
        "listen=udp:10.0.0.1:5060 advertise 1.2.3.4:5070 name \"s1\" virtual",
        "(listen udp:10.0.0.1:5060 advertise 1.2.3.4:5070 name \"s1\" virtual)",
    );
    check(
        "listen=udp:lo advertise \"a.b\":5060",
        "(listen udp:lo advertise a.b:5060)",
    );
}

#[test]
fn a_list_of_addresses_ends_where_the_next_item_begins() {
    check(
        "listen=udp:10.0.0.1:5060\ntcp:10.0.0.1:5060\nport=5060",
        "(listen udp:10.0.0.1:5060)\n(listen tcp:10.0.0.1:5060)\n(port 5060)",
    );
    check(
        "alias=a.b \"c\":5060 udp:d *:5060\nalias=e",
        "(alias a.b c:5060 udp:d *:5060)\n(alias e)",
    );
    check("alias=a\nmy.param=1", "(alias a)\n(my.param 1)");
    check(
        "domain=3cx.com\nloadmodule \"tm\"",
        "(alias 3cx.com)\n(loadmodule tm)",
    );
    check(
        "listen=udp:a, tcp:b",
        "(listen udp:a)\n(listen tcp:b)\nerror S0056 at 1:13",
    );
}

#[test]
fn bad_addresses_are_named() {
    check(
        "listen=udp:300.1.1.1:5060\nport=1",
        "(port 1)\nerror S0044 at 1:12",
    );
    check(
        "listen=udp:10.0.0.1:sip\nport=1",
        "(listen udp:10.0.0.1)\n(port 1)\nerror S0045 at 1:21",
    );
    check(
        "listen=udp:10.0.0.1:99999",
        "(listen udp:10.0.0.1:34463)\nwarning S0045 at 1:21",
    );
    check(
        "listen=udp:lo advertise udp:1.2.3.4",
        "(listen udp:lo advertise udp:1.2.3.4)\nerror S0044 at 1:25",
    );
    check(
        "listen=udp:lo name s1\nport=1",
        "(listen udp:lo)\n(port 1)\nerror S0035 at 1:20",
    );
}

#[test]
fn a_socket_block_has_attributes() {
    check(
        "socket = {\n bind = udp:10.0.0.1:5060-5068;\n advertise = 1.2.3.4:5060;\n name = \"s\";\n virtual = yes;\n \
         agname = \"g\"; vrf = \"v\";\n}",
        "(listen udp:10.0.0.1:5060 to 5068 advertise 1.2.3.4:5060 name \"s\" agname \"g\" vrf \"v\" virtual)",
    );
    check(
        "socket = { name = \"s\"; }",
        "(listen name \"s\")\nerror S0057 at 1:1",
    );
    check(
        "socket = { bind = lo; port = 1; }",
        "(listen lo)\nerror S0058 at 1:23",
    );
}

#[test]
fn modules_are_loaded_and_set() {
    check(
        "loadmodule \"tm.so\"\nloadmodule 'a/b/sl.so';",
        "(loadmodule tm)\n(loadmodule sl)",
    );
    check(
        "loadmodule(\"app_lua.so\", \"g\");",
        "(loadmodule app_lua \"g\")",
    );
    check("loadmodulex \"$var(x)\"", "(loadmodulex $var(x))");
    check(
        "mpath=\"/a:/b\"\nloadpath \"/c\"",
        "(loadpath \"/a:/b\")\n(loadpath \"/c\")",
    );
    check("modparam(\"tm|sl\", \"x\", -5)", "(modparam tm|sl x -5)");
    check(
        "modparam(\"tm\", \"x\", -2147483648)",
        "(modparam tm x -2147483648)\nwarning S0043 at 1:22",
    );
    check(
        "modparam('a',\n  'b',\n  \"c\" \"d\");",
        "(modparam a b \"cd\")",
    );
    check(
        "modparamx(\"a\", \"b\", $flag(X))",
        "(modparamx a b $flag<X>)",
    );
    check(
        "loadmodule tm.so\nport=1",
        "error\n(port 1)\nerror S0035 at 1:12",
    );
    check(
        "modparam(\"a\", \"b\", X)\nport=1",
        "(modparam a b error)\n(port 1)\nerror S0034 at 1:20",
    );
    check(
        "modparam(\"a\", \"b\"\nport=1",
        "error\n(port 1)\nerror S0030 at 2:1",
    );
    check(
        "modparam(\"a\", \"b\", 1\nport=1",
        "(modparam a b 1)\n(port 1)\nerror S0031 at 2:1",
    );
}

#[test]
fn flags_have_names() {
    check("flags a:1, b , \"c\":3;", "(flags a:1 b c:3)");
    check("flags a avpflags b, c", "(flags a)\n(avpflags b c)");
    check("bool x:5", "(flags x:5)");
}

#[test]
fn route_blocks_have_kinds_and_names() {
    check("request_route { exit; }", "(Request ((exit)))");
    check("route { exit; }", "(Request ((exit)))");
    check("route[0] { exit; }", "(Request 0 ((exit)))");
    check("route[01] { exit; }", "(Route 1 ((exit)))");
    check("route [ \"a b\" ]\n{ exit; };", "(Route a b ((exit)))");
    check("reply_route { exit; }", "(Reply ((exit)))");
    check("onreply_route { exit; }", "(Reply ((exit)))");
    check("onreply_route[0] { exit; }", "(Reply 0 ((exit)))");
    check("onreply_route[A] { exit; }", "(OnReply A ((exit)))");
    check("failure_route[A] { exit; }", "(Failure A ((exit)))");
    check("branch_route[A] { exit; }", "(Branch A ((exit)))");
    check("onsend_route { exit; }", "(Onsend ((exit)))");
    check(
        "event_route [ htable:mod-init ] { exit; }",
        "(Event htable:mod-init ((exit)))",
    );
    check(
        "event_route[\"tm:local-request\"] { exit; }",
        "(Event tm:local-request ((exit)))",
    );
    check(
        "route[A]{exit;}route[B]{exit;}",
        "(Route A ((exit)))\n(Route B ((exit)))",
    );
}

#[test]
fn names_of_routes_are_checked() {
    check(
        "route[a-b] { exit; }",
        "(Route a ((exit)))\nerror S0055 at 1:8",
    );
    check(
        "route[] { exit; }",
        "(Request ((exit)))\nerror S0036 at 1:7",
    );
    check(
        "event_route[a] { exit; }",
        "(Event a ((exit)))\nerror S0055 at 1:13",
    );
    check(
        "event_route { exit; }",
        "(Event ((exit)))\nerror S0055 at 1:1",
    );
    check(
        "request_route[A] { exit; }",
        "(Request A ((exit)))\nerror S0055 at 1:15",
    );
    check(
        "reply_route[A] { exit; }",
        "(Reply A ((exit)))\nerror S0055 at 1:13",
    );
    check(
        "event_route[a:b c] { exit; }",
        "(Event a:b ((exit)))\nerror S0055 at 1:17",
    );
}

#[test]
fn all_mistakes_of_a_script_are_found_and_the_rest_is_read() {
    check(
        "xlog(\"x\");\ndebug=2\nfoo bar\nlodamodule \"tm\"\n$var(x)=1;\nroute[A] { exit; } }\nport=1",
        "error\n(debug 2)\nerror\nerror\n(Route A ((exit)))\nerror\n(port 1)\n\
         error S0033 at 1:1\nerror S0033 at 3:1\nerror S0033 at 4:1\nerror S0033 at 6:20",
    );
    check(
        "route[A] {\n exit;\nroute[B] {\n exit;\n}",
        "(Route A ((exit)))\n(Route B ((exit)))\nerror S0031 at 3:1",
    );
    check(
        "route[A]\nroute[B] { exit; }",
        "error\n(Route B ((exit)))\nerror S0030 at 2:1",
    );
}

#[test]
fn characters_that_mean_nothing_are_passed_over() {
    check(
        "\u{feff}port=5060 \\\nchildren=1 `",
        "(port 5060)\n(children 1)\nwarning S0005 at 1:14\nwarning S0005 at 2:12",
    );
}

#[test]
fn the_same_character_that_means_nothing_is_told_once_with_its_count() {
    let text = "\u{a0}port=5060\n\u{a0}\u{a0}children=1 `\n";
    check(
        text,
        "(port 5060)\n(children 1)\nwarning S0005 at 1:1\nwarning S0005 at 2:16",
    );
    let parsed = parse("a.cfg", text, &MemoryLoader::new(), &Options::default());
    let message = &parsed.diagnostics[0].message;
    assert!(
        message.ends_with("as are 2 more of it in this file"),
        "{message}"
    );
}

#[test]
fn what_stands_behind_the_last_address_is_meant_for_all() {
    check(
        "listen=udp:a\nudp:b name \"s\" virtual",
        "(listen udp:a name \"s\" virtual)\n(listen udp:b name \"s\" virtual)",
    );
    check(
        "alias=a 10 exit",
        "(alias a 10)\nerror\nerror S0033 at 1:12",
    );
}
