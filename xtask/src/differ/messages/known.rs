//! Where our server is meant to deal with messages in another way.

use super::ends::is_length;
use super::exchange::Exchange;
use crate::differ::known::{Explains, Known};

/// What a Contact has that is hidden.
const HIDDEN: &str = ";ksu=";

/// All of them.
pub const KNOWN: &[Known<Exchange>] = &[
    Known {
        reason: "around a name, and in a scheme's letters, 5.6.3 is at odds with itself; ours mean the same and can be read (RFC 3261 §7.3.1, §20.10)",
        applies: |_, _| true,
        explains: Explains::Line(|theirs, ours| theirs != ours && bare(theirs) == bare(ours)),
    },
    Known {
        reason: "the length of a body is told as functions on the whole message have left it; 5.6.3 tells that of the one before",
        applies: |_, scenario| {
            let mut changing = ["subst(", "replace(", "replace_all(", "replace_str("].iter();
            changing.any(|function| scenario.routes.contains(function))
        },
        explains: Explains::Line(|theirs, ours| is_length(theirs) && is_length(ours)),
    },
    Known {
        reason: "`contact_param_encode` hides every Contact; 5.6.3 passes over those behind the first header field",
        applies: |_, scenario| scenario.routes.contains("contact_param_encode("),
        explains: Explains::Line(|theirs, ours| !theirs.contains(HIDDEN) && ours.contains(HIDDEN)),
    },
    Known {
        reason: "a SIPS URI stays one when a part of it changes; 5.6.3 makes it a SIP URI where it has `user=phone`",
        applies: |_, scenario| {
            let request = scenario.plot.request.first();
            request.is_some_and(|line| line.contains(" sips:") && line.contains("user=phone"))
        },
        explains: Explains::Line(|theirs, ours| {
            theirs != ours && theirs == ours.replacen("sips:", "sip:", 1)
        }),
    },
    Known {
        reason: "parameters beside `user=phone` are found with their values; 5.6.3 finds none",
        applies: |_, scenario| {
            let request = scenario.plot.request.first();
            let is_asked = scenario.routes.contains("uri_param(");
            is_asked && request.is_some_and(|line| line.contains("user=phone"))
        },
        explains: Explains::Line(|theirs, ours| {
            theirs.contains(" -1 ") && ours.contains(" 1 ") && ours.contains("user=phone")
        }),
    },
];

/// A line without what tells two ways to write one address apart: blanks before its bracket, capital letters of its scheme.
fn bare(line: &str) -> String {
    let line = line.replace("SIP:", "sip:").replace("SIPS:", "sips:");
    let mut parts: Vec<&str> = line.split('<').collect();
    if let Some((_, before)) = parts.split_last_mut() {
        before.iter_mut().for_each(|part| *part = part.trim_end());
    }
    parts.join("<")
}

#[cfg(test)]
mod tests {
    use crate::differ::known::tests::reason_of;
    use crate::differ::messages::Messages;

    #[test]
    fn how_an_address_is_written_is_meant_and_what_it_is_is_not() {
        let known = |ours| {
            let theirs = [("callee", "To: Alice<SIP:a@b>;tag=")];
            reason_of::<Messages>(&[], "", &theirs, &[("callee", ours)]).is_some()
        };
        assert!(known("To: Alice <sip:a@b>;tag="));
        assert!(!known("To: Alicia <sip:a@b>;tag="));
        assert!(!known("To: Al ice <sip:a@b>;tag="));
        assert!(!known("To: Alice sip:a@b;tag="));
    }
}
