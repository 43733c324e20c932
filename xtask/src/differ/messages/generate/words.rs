//! Text by chance. In a template a word between backticks stands for any of the templates of its pool; with a quote before it, for
//! a string of the script with that text.

use crate::random::Random;

/// Pools by their names.
pub type Pools = &'static [(&'static str, &'static [&'static str])];

/// What stands around the name of a pool.
const MARK: char = '`';
/// What stands before a name where a string of the script is meant.
const QUOTE: char = '"';

/// Fills templates.
pub struct Words<'a> {
    /// What decides.
    pub random: &'a mut Random,
    /// All that there is to choose from.
    pub pools: &'static [Pools],
}

impl Words<'_> {
    /// Any text of a pool; none of one that is not there.
    pub fn any(&mut self, name: &str) -> String {
        let mut all = self.pools.iter().flat_map(|pools| pools.iter());
        let pool = all.find(|(known, _)| *known == name);
        let templates = pool.map_or(&[][..], |(_, templates)| templates);
        if templates.is_empty() {
            return String::new();
        }
        let place = self.random.below(templates.len() as u64) as usize;
        self.fill(templates.get(place).unwrap_or(&""))
    }

    /// What a template comes to.
    pub fn fill(&mut self, template: &str) -> String {
        let mut text = String::new();
        for (place, part) in template.split(MARK).enumerate() {
            if place % 2 == 0 {
                text += part;
            } else if let Some(name) = part.strip_prefix(QUOTE) {
                let inner = self.any(name);
                text += &quoted(&inner);
            } else {
                text += &self.any(part);
            }
        }
        text
    }
}

/// The pools that a template names.
#[cfg(test)]
pub fn named(template: &str) -> impl Iterator<Item = &str> {
    let marked = template.split(MARK).skip(1).step_by(2);
    marked.map(|name| name.strip_prefix(QUOTE).unwrap_or(name))
}

/// A text as a string of the script.
pub fn quoted(text: &str) -> String {
    let mut string = QUOTE.to_string();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => string.extend(['\\', letter]),
            '\r' => string += "\\r",
            '\n' => string += "\\n",
            _ => string.push(letter),
        }
    }
    string.push(QUOTE);
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Pools = &[("uri", &["sip:`user`"]), ("user", &["\"a\\\r"])];

    #[test]
    fn a_template_is_filled_and_quoted_where_it_says_so() {
        let mut random = Random::new(1);
        let mut words = Words {
            random: &mut random,
            pools: &[&[], SOME],
        };
        assert_eq!(words.fill("<`uri`>"), "<sip:\"a\\\r>");
        assert_eq!(words.fill("f(`\"uri`)"), r#"f("sip:\"a\\\r")"#);
        assert_eq!(words.fill("a`nothing`b"), "ab");
    }
}
