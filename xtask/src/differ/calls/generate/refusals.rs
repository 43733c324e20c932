//! What failure routes do with refusals that say how to go on: challenges and redirects.

use super::routes::Writer;
use crate::differ::calls::callee::REALM;

/// What is logged, before the return code, where a refusal is not followed.
pub const NO_FURTHER: &str = "goes no further";
/// Which contacts of a redirect are followed.
const FILTERS: [&str; 4] = [
    r#"set_accept_filter("first|moved", "reset_all");"#,
    r#"set_deny_filter("first", "reset_added");"#,
    r#"set_accept_filter("last", "");"#,
    r#"set_deny_filter("default", "reset_all");"#,
];

impl Writer<'_> {
    /// Perhaps answers challenges, and follows redirects.
    pub fn follow_refusals(&mut self, round: usize) {
        if self.random.percent(40) {
            self.line("if (t_check_status(\"401|407\")) {");
            self.line(&format!("\t$avp(realm) = \"{REALM}\";"));
            self.line("\t$avp(user) = \"u\";");
            self.line("\t$avp(password) = \"p\";");
            self.go_on(round, "uac_auth()");
        }
        if self.random.percent(40) {
            self.line("if (t_check_status(\"3[0-9][0-9]\")) {");
            if self.random.percent(40) {
                let filter = self.random.pick(FILTERS);
                self.line(&format!("\t{filter}"));
            }
            let most = self.random.pick(["*", "1", "2", "2:1", "*:2"]);
            self.go_on(round, &format!("get_redirects(\"{most}\")"));
        }
    }

    /// Relays where it is known how, and ends a block.
    fn go_on(&mut self, round: usize, question: &str) {
        self.line(&format!("\tif ({question}) {{"));
        if round == 0 {
            self.perhaps(50, "\t\tt_on_failure(\"F%n_1\");");
            self.perhaps(30, "\t\tt_on_branch(\"B%n_1\");");
        }
        self.line("\t\tt_relay();");
        self.line("\t\texit;");
        self.line("\t}");
        self.line(&format!("\txlog(\"L_ERR\", \"@@%n {NO_FURTHER} $rc\\n\");"));
        self.line("}");
    }

    /// Perhaps tells whom the call was for.
    pub fn divert(&mut self) {
        self.perhaps(5, "add_diversion(\"no-answer\");");
        self.perhaps(5, "add_diversion(\"deflection\", \"sip:d@far.test\");");
    }
}
