//! Transactions that are put aside, and what others do to a transaction: the caller's INFO outside of the call asks for it.

use super::routes::{ON_REQUEST, Writer};

impl Writer<'_> {
    /// Puts the transaction aside; `route[C%n]` goes on with it.
    pub fn put_aside(&mut self) {
        self.is_put_aside = true;
        for line in [
            "$sht(aside=>i%n) = $T(id_index);",
            "$sht(aside=>l%n) = $T(id_label);",
            r#"if (!t_suspend()) xlog("L_ERR", "@@%n not put aside\n");"#,
        ] {
            self.line(line);
        }
    }

    /// What is run later, when somebody asks for it.
    pub fn later_routes(&mut self) {
        let act = match self.random.below(100) {
            _ if self.is_put_aside => {
                r#"t_continue("$sht(aside=>i%n)", "$sht(aside=>l%n)", "C%n")"#.to_owned()
            }
            0..4 => r#"t_cancel_callid("%n@differ.invalid", "1", "5")"#.to_owned(),
            4..8 => r#"t_reply_callid("%n@differ.invalid", "1", "480", "Gone")"#.to_owned(),
            _ => return,
        };
        self.open("route[", "P%n");
        self.line(&format!("{act};"));
        self.close();
        // What `$T_reply_code` is there, 5.6.3 leaves to chance.
        self.open_with("route[", "C%n", "bi=$T_branch_idx ru=$ru du=$du f=$mf");
        self.edits(ON_REQUEST);
        if self.random.percent(80) {
            self.send_on(1);
        } else {
            self.line(r#"t_reply("484", "Aside");"#);
        }
        self.line("exit;");
        self.close();
    }
}
