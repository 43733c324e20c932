//! The parameters that a run draws by chance.

use crate::random::Random;

/// Parameters of `tm`, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings(Vec<(String, String)>);

/// Those that a run draws, with what it may draw; a value that is named twice is drawn more often.
const DRAWN: [(&str, &[u8]); 6] = [
    ("failure_reply_mode", &[0, 1, 2, 3, 3]),
    ("cancel_b_method", &[0, 1, 1, 2]),
    ("local_cancel_reason", &[0, 1]),
    ("e2e_cancel_reason", &[0, 1]),
    ("disable_6xx_block", &[0, 0, 1]),
    ("aggregate_challenges", &[0, 1]),
];

impl Settings {
    /// Any of them.
    pub fn any(random: &mut Random) -> Self {
        let mut settings = Self(Vec::new());
        for (name, values) in DRAWN {
            let place = random.below(values.len() as u64) as usize;
            settings.set(name, values[place].to_string());
        }
        settings
    }

    /// Gives a parameter another value.
    pub fn set(&mut self, name: &str, value: String) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value));
    }

    /// Whether a parameter has this value.
    pub fn has(&self, name: &str, value: u8) -> bool {
        let expected = (name.to_owned(), value.to_string());
        self.0.contains(&expected)
    }

    /// Their names and values.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.0
    }
}

impl std::fmt::Display for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        out.write_str(&named.collect::<Vec<_>>().join(" "))
    }
}
