//! The parameters that a run draws by chance.

use crate::random::Random;

/// Parameters of modules, by their names with that of the module before: `tm.fr_timer`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(Vec<(String, String)>);

/// Parameters, with what a run may draw for them; a value that is named twice is drawn more often.
pub type Drawn = &'static [(&'static str, &'static [&'static str])];

/// What stands before the names of parameters that are of no module.
const CORE: &str = "core";

/// What leaves a parameter as it is by itself.
pub const UNSET: &str = "unset";

impl Settings {
    /// Any of them.
    pub fn any(random: &mut Random, drawn: Drawn) -> Self {
        let mut settings = Self::default();
        for (name, values) in drawn {
            let place = random.below(values.len() as u64) as usize;
            settings.set(name, values[place]);
        }
        settings
    }

    /// Gives a parameter another value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        if value != UNSET {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Whether a parameter was given this value.
    pub fn has(&self, name: &str, value: &str) -> bool {
        let mut all = self.0.iter();
        all.any(|(known, given)| known == name && given == value)
    }

    /// The lines of a script that set them.
    pub fn script(&self) -> String {
        let mut script = String::new();
        for (name, value) in &self.0 {
            let (module, name) = name.split_once('.').unwrap_or(("", name));
            if module == CORE {
                script += &format!("{name}={value}\n");
                continue;
            }
            let is_number = value.parse::<i64>().is_ok();
            let quote = if is_number { "" } else { "\"" };
            script += &format!("modparam(\"{module}\", \"{name}\", {quote}{value}{quote})\n");
        }
        script
    }
}

impl std::fmt::Display for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        out.write_str(&named.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_set_as_one_and_anything_else_as_a_string() {
        let mut settings = Settings::any(&mut Random::new(1), &[("a.b", &["1"]), ("a.c", &["x"])]);
        let script = "modparam(\"a\", \"b\", 1)\nmodparam(\"a\", \"c\", \"x\")\n";
        assert_eq!(settings.script(), script);
        settings.set("a.c", UNSET);
        assert_eq!(settings.to_string(), "a.b=1");
        assert!(settings.has("a.b", "1") && !settings.has("a.c", "x"));
    }
}
