//! The ways of relaying, and for how long.

use super::routes::Writer;

const TIMERS: [(&str, &str); 5] = [
    ("t_set_fr(1300);", "t_reset_fr();"),
    ("t_set_fr(1300, 700);", "t_reset_fr();"),
    ("t_set_fr(0, 700);", "t_reset_fr();"),
    ("t_set_retr(200, 500);", "t_reset_retr();"),
    ("t_set_retr(700, 700);", "t_reset_retr();"),
];

impl Writer<'_> {
    /// Relays, and perhaps says when that fails.
    pub fn relay(&mut self) {
        let callee = self.callee();
        let relay = match self.random.below(100) {
            0..85 => "t_relay()".to_owned(),
            85..90 => format!("t_relay_to(\"udp:{callee}\", \"0x01\")"),
            90..93 => format!("t_relay_to(\"udp:{callee}\", \"0x02\")"),
            93..95 => format!("t_relay_to(\"tcp:{callee}\", \"0x01\")"),
            _ => format!("t_relay_to(\"udp:{callee}\", \"0x04\")"),
        };
        let line = match self.random.below(3) {
            0 => format!("{relay};"),
            1 => format!("if (!{relay}) {{ t_reply(\"500\", \"No\"); }}"),
            _ => format!("if (!{relay}) {{ xlog(\"L_ERR\", \"@@%n relay failed\\n\"); }}"),
        };
        self.line(&line);
    }

    /// Perhaps other times for the transaction, and perhaps the usual ones after all.
    pub fn timers(&mut self) {
        if !self.random.percent(12) {
            return;
        }
        let (set, reset) = self.random.pick(TIMERS);
        self.line(set);
        self.perhaps(30, reset);
    }
}
