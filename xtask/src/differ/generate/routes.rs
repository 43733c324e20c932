//! The routes of a scenario: a request route, and two rounds of what it may arm.

use crate::random::Random;

/// How many rounds of routes there are: a failure route of the first may arm those of the second.
const ROUNDS: usize = 2;

/// What a request may have done to it.
const ON_REQUEST: [&str; 8] = [
    r#"append_hf("X-A: 1\r\n");"#,
    r#"append_hf("X-A: 2\r\n");"#,
    r#"append_hf("X-B: b\r\n");"#,
    r#"remove_hf("X-C");"#,
    "$avp(a) = 3;",
    r#"$avp(b) = "b";"#,
    "setflag(2);",
    "setbflag(2);",
];

/// What a response may have done to it.
const ON_RESPONSE: [&str; 6] = [
    r#"append_hf("X-A: 4\r\n");"#,
    "$avp(a) = 5;",
    "$avp(a) = $rs;",
    "setflag(3);",
    "resetflag(2);",
    "setbflag(4);",
];

/// What a failure route asks, and logs when it is so.
const QUESTIONS: [(&str, &str); 6] = [
    ("t_branch_timeout()", "branch timeout"),
    ("t_branch_replied()", "branch replied"),
    ("t_any_timeout()", "any timeout"),
    ("t_any_replied()", "any replied"),
    ("isflagset(2)", "flag 2"),
    ("isbflagset(2)", "branch flag 2"),
];

/// Writes a scenario's routes.
pub struct Writer<'a> {
    /// What decides.
    pub random: &'a mut Random,
    /// How many callees were named.
    pub targets: u64,
    /// Routes by the names that arm them; the request route has none.
    routes: Vec<(String, String)>,
}

impl<'a> Writer<'a> {
    /// Nothing is written.
    pub fn new(random: &'a mut Random) -> Self {
        Self {
            random,
            targets: 0,
            routes: Vec::new(),
        }
    }

    /// All the routes that something arms.
    pub fn routes(mut self) -> String {
        self.request_route();
        for round in 0..ROUNDS {
            self.failure_route(round);
            self.branch_route(round);
            self.reply_route(round);
            self.branch_failure_route(round);
        }
        self.armed()
    }

    /// The request route, what it arms, what that arms, and so on.
    fn armed(self) -> String {
        let mut text = String::new();
        let mut rest = self.routes;
        loop {
            let is_armed = |(name, _): &(String, String)| {
                name.is_empty() || text.contains(&format!("(\"{name}\")"))
            };
            let (armed, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_armed);
            if armed.is_empty() {
                return text;
            }
            text.extend(armed.into_iter().map(|(_, route)| route));
            rest = others;
        }
    }

    /// Adds a statement.
    pub fn line(&mut self, statement: &str) {
        if let Some((_, route)) = self.routes.last_mut() {
            *route += &format!("\t{statement}\n");
        }
    }

    /// Adds a statement in so many of a hundred cases.
    fn perhaps(&mut self, share: u64, statement: &str) {
        if self.random.percent(share) {
            self.line(statement);
        }
    }

    /// Begins a route of which `name` is armed.
    fn open(&mut self, kind: &str, name: &str) {
        let label = if name.is_empty() { "S%n" } else { name };
        let head = format!("{kind}{label}] {{\n");
        self.routes.push((name.to_owned(), head));
        self.line(&format!(
            "xlog(\"L_ERR\", \"@@%n {label} m=$rm s=$rs T=$T_reply_code bi=$T_branch_idx ru=$ru du=$du f=$mf a=$avp(a) b=$avp(b)\\n\");"
        ));
    }

    fn close(&mut self) {
        if let Some((_, route)) = self.routes.last_mut() {
            *route += "}\n";
        }
    }

    fn log(&mut self, condition: &str, text: &str) {
        self.line(&format!(
            "if ({condition}) xlog(\"L_ERR\", \"@@%n {text}\\n\");"
        ));
    }

    fn edits<const N: usize>(&mut self, choices: [&str; N]) {
        for _ in 0..self.random.below(3) {
            let edit = self.random.pick(choices);
            self.line(edit);
        }
    }

    fn arm(&mut self, round: usize) {
        let kinds = [
            ("t_on_failure", "F"),
            ("t_on_branch", "B"),
            ("t_on_reply", "R"),
            ("t_on_branch_failure", "BF"),
        ];
        for (function, route) in kinds {
            self.perhaps(60, &format!("{function}(\"{route}%n_{round}\");"));
        }
    }

    fn relay(&mut self) {
        let relay = self.random.pick([
            "t_relay();",
            r#"if (!t_relay()) { t_reply("500", "No"); }"#,
            r#"if (!t_relay()) { xlog("L_ERR", "@@%n relay failed\n"); }"#,
        ]);
        self.line(relay);
    }

    fn request_route(&mut self) {
        self.open("route[", "");
        self.edits(ON_REQUEST);
        self.targets();
        self.arm(0);
        self.perhaps(15, "t_newtran();");
        self.perhaps(10, "t_set_disable_6xx(1);");
        self.perhaps(10, "t_set_no_e2e_cancel_reason(1);");
        self.perhaps(10, "t_set_auto_inv_100(0);");
        self.perhaps(15, "record_route();");
        if self.random.percent(12) {
            self.line("t_load_contacts();");
            self.line("t_next_contacts();");
        }
        self.edits(ON_REQUEST);
        self.relay();
        self.perhaps(5, r#"t_reply("486", "Busy");"#);
        self.perhaps(5, r#"append_hf("X-Late: 1\r\n");"#);
        self.line("exit;");
        self.close();
    }

    fn failure_route(&mut self, round: usize) {
        self.open("failure_route[", &format!("F%n_{round}"));
        let pattern = self.random.pick(["486", "4..", "408", "[45]..", "603"]);
        self.log(
            &format!("t_check_status(\"{pattern}\")"),
            &format!("status is {pattern}"),
        );
        for (question, text) in QUESTIONS {
            self.log(question, text);
        }
        self.perhaps(40, "if (t_is_canceled()) exit;");
        self.edits(ON_REQUEST);
        self.end_of_failure_route(round);
        self.close();
    }

    fn end_of_failure_route(&mut self, round: usize) {
        match self.random.below(100) {
            0..45 if round == 0 => {
                if self.random.percent(60) {
                    self.targets();
                } else {
                    self.append_branch();
                }
                self.arm(1);
                self.relay();
            }
            45..55 => {
                let status = self.random.pick(["480", "404", "600", "503"]);
                self.line(&format!("t_reply(\"{status}\", \"Changed\");"));
            }
            55..62 => {
                let which = self.random.pick(["a", "l", "n"]);
                self.line(&format!("t_drop_replies(\"{which}\");"));
            }
            62..68 => self.line("drop;"),
            68..74 => {
                self.line("t_next_contacts();");
                self.line("t_relay();");
            }
            74..80 => self.line(r#"send_reply("499", "Sent");"#),
            80..84 => self.line("t_relay();"),
            _ => {}
        }
    }

    fn branch_route(&mut self, round: usize) {
        self.open("branch_route[", &format!("B%n_{round}"));
        self.edits(ON_REQUEST);
        if self.random.percent(20) {
            let index = self.random.below(3);
            self.line(&format!("if ($T_branch_idx == {index}) drop;"));
        }
        if self.random.percent(15) {
            let callee = self.callee();
            self.line(&format!("$du = \"sip:{callee}\";"));
        }
        if self.random.percent(15) {
            // Each branch answers in its own slot.
            self.line("$var(at) = 25 * $T_branch_idx;");
            self.line(r#"$rU = "p" + $var(at) + "-486.b";"#);
        }
        self.perhaps(15, r#"t_on_reply("R%n_1");"#);
        self.perhaps(15, r#"t_on_failure("F%n_1");"#);
        self.close();
    }

    fn reply_route(&mut self, round: usize) {
        self.open("onreply_route[", &format!("R%n_{round}"));
        self.edits(ON_RESPONSE);
        self.perhaps(25, r#"if (status=="183") drop;"#);
        if self.random.percent(12) {
            let status = self.random.pick(["499", "183", "480"]);
            self.line(&format!("change_reply_status(\"{status}\", \"Other\");"));
        }
        self.perhaps(12, "exit;");
        self.close();
    }

    fn branch_failure_route(&mut self, round: usize) {
        self.open("event_route[tm:branch-failure:", &format!("BF%n_{round}"));
        self.edits(ON_REQUEST);
        if round == 0 && self.random.percent(40) {
            if self.random.percent(50) {
                self.append_branch();
            } else {
                let uri = self.uri();
                self.line(&format!("$ru = \"{uri}\";"));
            }
            self.line("t_relay();");
        }
        self.close();
    }
}
