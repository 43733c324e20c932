//! Where a scenario's requests go, and how they are answered there.
//!
//! No two events of a scenario fall on one instant, as their order would then be chance: each callee has a slot of its own within
//! a period that all plans share, and the caller one behind those of the callees.

use super::routes::Writer;
use crate::differ::calls::caller::OVER_TCP;

/// Where in the period the answers of a callee are, in milliseconds. No sum of two is another's place, as one callee may be
/// tried when another has answered. In the next period all are before the time at which a request is sent again.
const SLOTS_MS: [u64; 7] = [3, 18, 40, 55, 70, 84, 114];
/// The period, in milliseconds.
pub const PERIOD_MS: u64 = 300;
/// How many callees there are.
pub const CALLEES: usize = 3;

/// Where nobody takes connections.
pub const NOBODY: &str = "127.0.0.1:9;transport=tcp";

/// Answers as a plan has them, with the period in which each is given.
type Plan = &'static [(u64, &'static str)];

const PLANS: [Plan; 28] = [
    &[(0, "180"), (1, "486")],
    &[(0, "486")],
    &[(0, "100")],
    &[],
    &[(0, "180"), (2, "200")],
    &[(0, "200")],
    &[(0, "404")],
    &[(1, "503")],
    &[(0, "180"), (1, "603")],
    &[(0, "302")],
    &[(0, "401")],
    &[(0, "407")],
    &[(0, "401q")],
    &[(0, "180"), (1, "401q")],
    &[(0, "407q")],
    &[(1, "407q")],
    &[(0, "302q")],
    &[(0, "183"), (0, "180"), (1, "480")],
    &[(1, "200")],
    &[(0, "180"), (2, "408")],
    &[(0, "500")],
    &[(0, "606")],
    &[(1, "486")],
    &[(2, "404")],
    &[(0, "183r"), (2, "200")],
    &[(0, "180"), (1, "x"), (2, "200")],
    &[(0, "x"), (1, "486")],
    &[(0, "183r"), (0, "180"), (1, "486")],
];

impl Writer<'_> {
    /// The user part of a URI, with a plan.
    fn user(&mut self) -> String {
        let slot = SLOTS_MS[self.targets % SLOTS_MS.len()];
        self.targets += 1;
        let mut user = "p".to_owned();
        let plan = self.random.pick(PLANS);
        for (place, (period, status)) in plan.iter().enumerate() {
            // Two answers in one period are a few milliseconds apart.
            let at = period * PERIOD_MS + slot + place as u64 * 5;
            user += &format!("{at}-{status}.");
        }
        format!("{user}.{}", self.targets).replace("..", ".")
    }

    /// One of the callees.
    pub fn callee(&mut self) -> String {
        format!("callee{}", 1 + self.random.below(CALLEES as u64))
    }

    /// The URI of a callee with a plan.
    pub fn uri(&mut self) -> String {
        let user = self.user();
        format!("sip:{user}@{}", self.place())
    }

    /// Where a callee is, and how it is reached.
    fn place(&mut self) -> String {
        match self.random.below(100) {
            0..66 => self.callee(),
            66..94 => self.callee() + OVER_TCP,
            _ => NOBODY.to_owned(),
        }
    }

    /// Chooses the request URI and perhaps further branches.
    pub fn targets(&mut self) {
        if self.random.percent(50) {
            let uri = self.uri();
            self.line(&format!("$ru = \"{uri}\";"));
        } else {
            let (user, callee) = (self.user(), self.place());
            self.line(&format!("$ru = \"sip:{user}@example.org\";"));
            self.line(&format!("$du = \"sip:{callee}\";"));
        }
        for _ in 0..self.random.pick([0, 0, 1, 1, 2]) {
            self.append_branch();
        }
    }

    /// Adds one branch.
    pub fn append_branch(&mut self) {
        let uri = self.uri();
        let q = if self.random.percent(30) {
            format!(", \"0.{}\"", 1 + self.random.below(8))
        } else {
            String::new()
        };
        self.line(&format!("append_branch(\"{uri}\"{q});"));
    }
}
