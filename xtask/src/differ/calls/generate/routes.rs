//! The routes of a scenario: a request route, and two rounds of what it may arm.

use crate::random::Random;

/// The routes that the script goes to by itself.
const ROOTS: [&str; 2] = ["S%n", "P%n"];
/// How many rounds of routes there are: a failure route of the first may arm those of the second.
const ROUNDS: usize = 2;

/// What a request may have done to it.
pub const ON_REQUEST: [&str; 8] = [
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

/// Writes a scenario's routes.
pub struct Writer<'a> {
    /// What decides.
    pub random: &'a mut Random,
    /// How many callees were named.
    pub targets: usize,
    /// Whether some route puts the transaction aside.
    pub is_put_aside: bool,
    /// Routes by their names.
    routes: Vec<(String, String)>,
}

impl<'a> Writer<'a> {
    /// Nothing is written.
    pub fn new(random: &'a mut Random) -> Self {
        Self {
            random,
            targets: 0,
            is_put_aside: false,
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
        self.later_routes();
        self.armed()
    }

    /// The routes that the script goes to, what they arm, what that arms, and so on.
    fn armed(self) -> String {
        let mut text = String::new();
        let mut rest = self.routes;
        loop {
            let is_armed = |(name, _): &(String, String)| {
                ROOTS.contains(&name.as_str()) || text.contains(&format!("\"{name}\")"))
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
    pub fn perhaps(&mut self, share: u64, statement: &str) {
        if self.random.percent(share) {
            self.line(statement);
        }
    }

    /// Begins a route.
    pub fn open(&mut self, kind: &str, name: &str) {
        let all =
            "m=$rm s=$rs T=$T_reply_code bi=$T_branch_idx ru=$ru du=$du f=$mf a=$avp(a) b=$avp(b)";
        self.open_with(kind, name, all);
    }

    /// Begins a route that logs these variables.
    pub fn open_with(&mut self, kind: &str, name: &str, variables: &str) {
        self.routes
            .push((name.to_owned(), format!("{kind}{name}] {{\n")));
        self.line(&format!("xlog(\"L_ERR\", \"@@%n {name} {variables}\\n\");"));
    }

    /// Ends it.
    pub fn close(&mut self) {
        if let Some((_, route)) = self.routes.last_mut() {
            *route += "}\n";
        }
    }

    /// Adds some of these statements.
    pub fn edits<const N: usize>(&mut self, choices: [&str; N]) {
        for _ in 0..self.random.below(3) {
            let edit = self.random.pick(choices);
            self.line(edit);
        }
    }

    /// Asks for routes of a round, and sometimes for none after all.
    pub fn arm(&mut self, round: usize) {
        let kinds = [
            ("t_on_failure", "F"),
            ("t_on_branch", "B"),
            ("t_on_reply", "R"),
            ("t_on_branch_failure", "BF"),
        ];
        for (function, route) in kinds {
            self.perhaps(60, &format!("{function}(\"{route}%n_{round}\");"));
            self.perhaps(3, &format!("{function}(\"\");"));
        }
    }

    fn request_route(&mut self) {
        self.open("route[", "S%n");
        self.edits(ON_REQUEST);
        if self.random.percent(8) {
            self.line("t_newtran();");
            self.put_aside();
        } else {
            self.send_on(0);
        }
        self.line("exit;");
        self.close();
    }

    /// Chooses targets and relays, with what may stand around that.
    pub fn send_on(&mut self, round: usize) {
        self.targets();
        self.arm(round);
        self.perhaps(12, "t_newtran();");
        self.perhaps(8, "t_set_disable_6xx(1);");
        self.perhaps(8, "t_set_no_e2e_cancel_reason(1);");
        self.perhaps(8, "t_set_auto_inv_100(0);");
        self.perhaps(8, "t_set_disable_internal_reply(1);");
        self.perhaps(6, "t_save_lumps();");
        if self.random.percent(12) {
            self.line("t_load_contacts();");
            self.line("t_next_contacts();");
        }
        self.timers();
        self.edits(ON_REQUEST);
        self.divert();
        self.perhaps(10, r#"t_reply("183", "Ours");"#);
        self.relay();
        self.perhaps(5, r#"t_reply("486", "Busy");"#);
        self.perhaps(5, r#"append_hf("X-Late: 1\r\n");"#);
        if self.random.percent(6) {
            self.line("setflag(5);");
            self.line("t_flush_flags();");
        }
    }

    fn failure_route(&mut self, round: usize) {
        self.open("failure_route[", &format!("F%n_{round}"));
        self.ask_in_failure();
        self.perhaps(40, "if (t_is_canceled()) exit;");
        self.edits(ON_REQUEST);
        self.follow_refusals(round);
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
                self.timers();
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
            84..88 => self.put_aside(),
            _ => {}
        }
    }

    fn branch_route(&mut self, round: usize) {
        self.open("branch_route[", &format!("B%n_{round}"));
        self.ask();
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
            // Each branch answers in its own slot, and not while others are still being sent.
            self.line("$var(at) = 8 + 22 * $T_branch_idx;");
            self.line(r#"$rU = "p" + $var(at) + "-486.b";"#);
        }
        self.perhaps(15, r#"t_on_reply("R%n_1");"#);
        self.perhaps(15, r#"t_on_failure("F%n_1");"#);
        self.close();
    }

    fn reply_route(&mut self, round: usize) {
        self.open("onreply_route[", &format!("R%n_{round}"));
        self.edits(ON_RESPONSE);
        self.ask();
        if self.random.percent(10) {
            let which = self.random.pick(["all", "others", "this"]);
            self.line(&format!(
                "if (status==\"180\") t_cancel_branches(\"{which}\");"
            ));
        }
        self.perhaps(4, r#"if (status=="180") t_reply("480", "From here");"#);
        if self.random.percent(12) {
            let status = self.random.pick(["499", "183", "480"]);
            self.line(&format!("change_reply_status(\"{status}\", \"Other\");"));
        }
        self.perhaps(12, "exit;");
        self.close();
    }

    fn branch_failure_route(&mut self, round: usize) {
        self.open("event_route[tm:branch-failure:", &format!("BF%n_{round}"));
        self.ask();
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
