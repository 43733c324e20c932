//! Comparing values.

use module_api::Value;
use std::cmp::Ordering;
use stdx::ere::{Ere, Flags};

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    Different,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `re`
    Matches,
    /// `fm`
    Fits,
    /// `and`
    And,
    /// `or`
    Or,
    /// `xor`
    Xor,
}

impl Comparison {
    /// By its name.
    pub fn read(name: &str) -> Option<Comparison> {
        Some(match name {
            "eq" => Comparison::Equal,
            "ne" => Comparison::Different,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "re" => Comparison::Matches,
            "fm" => Comparison::Fits,
            "and" => Comparison::And,
            "or" => Comparison::Or,
            "xor" => Comparison::Xor,
            _ => return None,
        })
    }

    /// Whether it holds between two values. Text and numbers do not compare.
    pub fn holds(self, left: &Value, right: &Value, ignores_case: bool) -> bool {
        match (self, left, right) {
            (Comparison::Matches, Value::Str(text), Value::Str(pattern)) => {
                let flags = Flags {
                    ignore_case: ignores_case,
                    newline: true,
                };
                Ere::compile(pattern, flags).is_ok_and(|pattern| pattern.is_match(text))
            }
            (Comparison::Fits, Value::Str(text), Value::Str(pattern)) => fits(pattern, text),
            (_, Value::Int(left), Value::Int(right)) => match self {
                Comparison::And => left & right != 0,
                Comparison::Or => left | right != 0,
                Comparison::Xor => left ^ right != 0,
                _ => self.accepts(left.cmp(right)),
            },
            (_, Value::Str(left), Value::Str(right)) if ignores_case => {
                self.accepts(stdx::ascii::cmp_ignore_case(left, right))
            }
            (_, Value::Str(left), Value::Str(right)) => self.accepts(left[..].cmp(&right[..])),
            _ => false,
        }
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Different => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            _ => false,
        }
    }
}

/// Whether a text fits a shell pattern of `*` and `?`, in time of the product of their lengths.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(letter) if *letter == b'?' || text.get(from) == Some(letter) => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_within_their_kind() {
        let holds = |left: Value, name: &str, right: Value| {
            Comparison::read(name).unwrap().holds(&left, &right, false)
        };
        assert!(holds(5.into(), "lt", 6.into()) && holds(6.into(), "and", 2.into()));
        assert!(holds("b".into(), "gt", "a".into()) && !holds("5".into(), "eq", 5.into()));
        assert!(holds("sip:a@bar.net".into(), "re", "sip:.*@bar.net".into()));
        assert!(Comparison::Equal.holds(&"A".into(), &"a".into(), true));
    }

    #[test]
    fn shell_patterns_fit_whole_texts() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a*b*c", "axbyc", true),
            ("a*b", "axbc", false),
            ("", "a", false),
        ] {
            assert_eq!(
                fits(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
