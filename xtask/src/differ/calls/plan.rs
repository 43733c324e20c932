//! What a callee answers, and when. The plan stands in the user part of the URI that it is called by, so that a script decides it:
//! `p0-180.200-486.2` rings at once and is busy after 200 ms. `100-x` closes the connection that the request came over. A letter
//! behind a status says more of the response (see [`Manner`]). The last part tells two callees with one plan apart.

use std::time::Duration;

/// What stands in the place of a status where the connection is closed.
const CLOSES: &str = "x";
/// The status that says so.
pub const CLOSING: u16 = 0;

/// One response of a callee.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// How long after the request.
    pub after: Duration,
    /// Its status.
    pub status: u16,
    /// What else there is to say of it.
    pub manner: Manner,
}

/// What may be said of a response besides its status.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Manner {
    /// Nothing.
    #[default]
    Plain,
    /// `183r`: it has to be acknowledged.
    Reliable,
    /// `401q`: the challenge asks for a quality of protection; `302q`: there are several contacts.
    Fuller,
}

/// The answers that `user` asks for. Whatever is no answer is passed over.
pub fn answers(user: &str) -> Vec<Answer> {
    let plan = user.strip_prefix('p').unwrap_or_default();
    plan.split('.').filter_map(answer).collect()
}

fn answer(part: &str) -> Option<Answer> {
    let (after, status) = part.split_once('-')?;
    let after = Duration::from_millis(after.parse().ok()?);
    if status == CLOSES {
        return Some(Answer {
            after,
            status: CLOSING,
            manner: Manner::Plain,
        });
    }
    let number = status.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let manner = match &status[number.len()..] {
        "" => Manner::Plain,
        "r" => Manner::Reliable,
        "q" => Manner::Fuller,
        _ => return None,
    };
    Some(Answer {
        after,
        status: number.parse().ok()?,
        manner,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_from_a_user() {
        let read = |user| -> Vec<(u128, u16)> {
            let answers = answers(user).into_iter();
            answers.map(|a| (a.after.as_millis(), a.status)).collect()
        };
        assert_eq!(read("p0-180.200-486.2"), [(0, 180), (200, 486)]);
        assert_eq!(read("p5-183r.3"), [(5, 183)]);
        assert_eq!(answers("p5-183r.3")[0].manner, Manner::Reliable);
        assert_eq!(answers("p5-401q.7-407")[0].manner, Manner::Fuller);
        assert_eq!(read("p.3"), []);
        assert_eq!(read("p10-x.3"), [(10, CLOSING)]);
        assert_eq!(read("alice"), []);
    }
}
