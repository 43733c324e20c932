//! Making a change of an address-of-record undone that the database did not take (RFC 3261 §10.3: all of it or nothing).

use crate::binding::Binding;
use crate::record::{Order, Record};
use smallvec::SmallVec;

/// The bindings of an address-of-record before and after a change.
#[derive(Debug)]
pub struct Undo {
    pub(crate) before: SmallVec<[Binding; 1]>,
    pub(crate) after: SmallVec<[Binding; 1]>,
}

/// Whether nobody has registered the binding since.
fn is_untouched(now: &Binding, then: &Binding) -> bool {
    now.facts.cseq == then.facts.cseq
        && now.facts.modified == then.facts.modified
        && now.facts.expires == then.facts.expires
        && now.texts() == then.texts()
}

fn of_ruid<'a>(bindings: &'a [Binding], ruid: &[u8]) -> Option<&'a Binding> {
    bindings.iter().find(|binding| binding.ruid() == ruid)
}

impl Undo {
    /// Puts back what was, except where somebody else has changed it since.
    pub(crate) fn put_back(self, order: Order, record: &mut Record) {
        let Undo { before, after } = self;
        let bindings = &record.bindings;
        let is_as_left = bindings.len() == after.len()
            && bindings
                .iter()
                .zip(&after)
                .all(|(now, then)| is_untouched(now, then));
        if is_as_left {
            record.bindings = before;
            return;
        }
        record.bindings.retain(|now| {
            let is_new = of_ruid(&before, now.ruid()).is_none();
            let left = of_ruid(&after, now.ruid());
            !(is_new && left.is_some_and(|left| is_untouched(now, left)))
        });
        let removed = |old: &Binding| of_ruid(&after, old.ruid()).is_none();
        for old in before {
            match record.find_ruid(old.ruid()) {
                Some(at) => {
                    let left = of_ruid(&after, old.ruid());
                    if let Some(now) = record.bindings.get_mut(at)
                        && left.is_some_and(|left| is_untouched(now, left))
                    {
                        *now = old;
                    }
                }
                None if removed(&old) => {
                    record.put(order, old);
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::{Facts, Texts};

    fn binding(name: &str, cseq: u32) -> Binding {
        let texts = Texts {
            contact: name.as_bytes(),
            ruid: name.as_bytes(),
            ..Texts::default()
        };
        let facts = Facts {
            cseq,
            q: -1,
            ..Facts::default()
        };
        Binding::new(&texts, facts).unwrap()
    }

    fn all(names: &[(&str, u32)]) -> SmallVec<[Binding; 1]> {
        names
            .iter()
            .map(|(name, cseq)| binding(name, *cseq))
            .collect()
    }

    #[test]
    fn what_was_comes_back_and_what_others_did_stays() {
        for (before, after, now, expected) in [
            // Nobody came in between.
            (&[][..], &[("a", 1)][..], &[("a", 1)][..], &[][..]),
            (&[("a", 1), ("b", 1)], &[], &[], &[("a", 1), ("b", 1)]),
            (&[("a", 1)], &[("a", 2)], &[("a", 2)], &[("a", 1)]),
            // Somebody added `x`.
            (&[], &[("a", 1)], &[("a", 1), ("x", 1)], &[("x", 1)]),
            (&[("a", 1)], &[], &[("x", 1)], &[("x", 1), ("a", 1)]),
            // Somebody changed or removed `a`.
            (&[("a", 1)], &[("a", 2)], &[("a", 3)], &[("a", 3)]),
            (&[("a", 1)], &[("a", 2)], &[], &[]),
            (&[], &[("a", 1)], &[("a", 2)], &[("a", 2)]),
        ] {
            let undo = Undo {
                before: all(before),
                after: all(after),
            };
            let mut record = Record {
                bindings: all(now),
                ..Record::default()
            };
            undo.put_back(Order::ByPriority, &mut record);
            let left: Vec<_> = record
                .bindings
                .iter()
                .map(|left| {
                    (
                        std::str::from_utf8(left.contact()).unwrap(),
                        left.facts.cseq,
                    )
                })
                .collect();
            assert_eq!(left, expected);
        }
    }
}
