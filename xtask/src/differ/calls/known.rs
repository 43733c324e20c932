//! Where our server is meant to deal with calls in another way.

use super::call::{Call, DeedKind};
use super::ends::{AGAIN, CALLER};
use super::generate::{NO_FURTHER, NOBODY};
use crate::differ::compare::Difference;
use crate::differ::known::{Explains, Known, common, differing, first, sorted};
use crate::differ::record::Event;
use crate::differ::stage::LOG;

/// All of them.
pub const KNOWN: &[Known<Call>] = &[
    Known {
        reason: "with cancel_b_method 0 the 200 to a CANCEL goes before the 487, which it is the cause of",
        applies: |settings, scenario| {
            settings.has("tm.cancel_b_method", "0") && scenario.plot.does(DeedKind::Cancel)
        },
        explains: Explains::Place(|it| {
            it.place == CALLER && sorted(&it.theirs) == sorted(&it.ours)
        }),
    },
    Known {
        reason: "a provisional response that a reply route drops counts as a response: its branch is cancelled (RFC 3261 §9.1)",
        applies: |_, scenario| scenario.routes.contains("drop;"),
        explains: Explains::Place(|it| {
            let is_told =
                |line: &&String| line.ends_with(" replied") || line.starts_with("CANCEL ");
            differing(it).all(|line| is_told(&line))
        }),
    },
    Known {
        reason: "the 200 of a branch that was given up is forwarded as any other (RFC 3261 §16.7 step 5)",
        applies: |_, _| true,
        explains: Explains::All(|it| {
            let begins = first(it).1.map(|line| line.starts_with("200 Says "));
            it.place == CALLER && begins.unwrap_or_default()
        }),
    },
    Known {
        reason: "a relaying that is to fail without an answer does, as the manual has it; 5.6.3 answers at the end of the script",
        applies: |_, scenario| {
            let asked = ["\"0x02\"", "t_set_disable_internal_reply(1)"];
            asked.iter().any(|asked| scenario.routes.contains(asked))
        },
        explains: Explains::Place(|it| {
            let is_made_here = |line: &String| line.contains("/TM) (");
            it.place == CALLER && it.theirs.len() > it.ours.len() && differing(it).all(is_made_here)
        }),
    },
    Known {
        reason: "with failure_reply_mode 2 the branches that a branch's failure added belong to the round of that branch; 5.6.3 begins one with them, and chooses what is left of the one before again",
        applies: |settings, scenario| {
            settings.has("tm.failure_reply_mode", "2")
                && scenario.routes.contains("event_route[tm:branch-failure")
        },
        explains: Explains::All(|it| {
            let is_second = common(it).iter().any(|line| is_failure_route(line));
            let chosen = first(it).0.or(first(it).1);
            it.place == LOG && is_second && chosen.is_some_and(|line| is_failure_route(line))
        }),
    },
    Known {
        reason: "provisional responses to a MESSAGE that was cancelled are seen by its reply route and its caller",
        applies: |_, scenario| scenario.plot.method == "MESSAGE",
        explains: Explains::All(|it| {
            let is_provisional = |line: &&String| {
                line.starts_with('1') || (it.place == LOG && line.contains(" s=1"))
            };
            it.ours.len() > it.theirs.len() && differing(it).all(|line| is_provisional(&line))
        }),
    },
    Known {
        reason: "an INVITE that comes again after the ACK is absorbed (RFC 3261 §17.2.1, Confirmed)",
        applies: |_, scenario| scenario.plot.does(DeedKind::Again),
        explains: Explains::Place(|it| {
            it.place == CALLER && it.theirs.len() > it.ours.len() && is_about_repetition(it)
        }),
    },
    Known {
        reason: "what is no INVITE is sent again although a provisional response came (RFC 3261 §17.1.2.2)",
        applies: |_, scenario| scenario.plot.method != "INVITE",
        explains: Explains::Place(|it| it.ours.len() > it.theirs.len() && is_about_repetition(it)),
    },
    Known {
        reason: "what is answered after its time is over is not shown to a reply route unless it is an INVITE (RFC 3261 §17.1.2.2)",
        applies: |_, scenario| scenario.plot.method != "INVITE",
        explains: Explains::Place(|it| {
            let is_reply_route = |line: &String| line.starts_with('R') && line.contains(" s=");
            it.place == LOG && it.theirs.len() > it.ours.len() && differing(it).all(is_reply_route)
        }),
    },
    Known {
        reason: "timers that end within a tick of 5.6.3 end one after the other here: what is answered to the first comes sooner",
        applies: |_, scenario| scenario.plot.method == "INVITE",
        explains: Explains::Place(|it| {
            let others = |lines: &[String]| -> Vec<String> {
                let lines = lines.iter().filter(|line| !line.contains(" s=487 "));
                lines.cloned().collect()
            };
            let is_turned = sorted(&it.theirs) == sorted(&it.ours);
            it.place == LOG && is_turned && others(&it.theirs) == others(&it.ours)
        }),
    },
    Known {
        reason: "t_cancel_branches(\"this\") cancels the branch at hand, as the manual has it; 5.6.3 cancels all",
        applies: |_, scenario| scenario.routes.contains("t_cancel_branches(\"this\")"),
        explains: Explains::All(|it| {
            let is_cancelled = |line: &&String| line.contains(" s=180 ");
            let goes_on = |line: &String| line.starts_with("CANCEL ") || line.ends_with(AGAIN);
            (it.place == LOG && common(it).iter().any(|line| is_cancelled(&line)))
                || differing(it).all(goes_on)
        }),
    },
    Known {
        reason: "a branch that is refused at once has no number; with 5.6.3 it uses one up",
        applies: |_, scenario| scenario.routes.contains(NOBODY),
        explains: Explains::After(|_, all, both| {
            let theirs = unnumbered(lines(all, |it| &it.theirs));
            let ours = unnumbered(lines(all, |it| &it.ours));
            let is_full = |of: fn(&Difference) -> &Vec<String>| {
                let logged = all.iter().filter(|it| it.place == LOG);
                let own = logged.flat_map(of).any(|line| is_last(line));
                own || both.iter().any(|it| it.place == LOG && is_last(&it.text))
            };
            let are_full = is_full(|it| &it.theirs) && is_full(|it| &it.ours);
            theirs == ours || (are_full && is_a_round(&theirs, &ours, both))
        }),
    },
    Known {
        reason: "redirects of any branch are followed; 5.6.3 knows those of the branches that were added last, be it by the failure of one",
        applies: |_, scenario| {
            let asked = ["get_redirects(", "event_route[tm:branch-failure"];
            asked.iter().all(|asked| scenario.routes.contains(asked))
        },
        explains: Explains::All(|it| {
            let is_redirected = |line: &String| is_failure_route(line) && line.contains(" T=3");
            let chosen = common(it).iter().rfind(|line| is_failure_route(line));
            let stops_there = first(it)
                .0
                .is_some_and(|line| line.strip_prefix(NO_FURTHER) == Some(" -1"));
            it.place == LOG && chosen.is_some_and(is_redirected) && stops_there
        }),
    },
    Known {
        reason: "6xx are like other refusals for any request where disable_6xx_block says so, as the manual has it; 5.6.3 means INVITE",
        applies: |settings, scenario| {
            let is_asked = settings.has("tm.disable_6xx_block", "1")
                || scenario.routes.contains("t_set_disable_6xx");
            is_asked && settings.has("tm.cancel_b_method", "0") && scenario.plot.method != "INVITE"
        },
        explains: Explains::All(|it| {
            let declines = |line: &String| line.contains(" T=6") || line.starts_with('6');
            let is_declined = common(it).iter().any(declines) || differing(it).any(declines);
            [LOG, CALLER].contains(&it.place.as_str()) && is_declined
        }),
    },
];

/// What is told of the last branch, and behind it, as `max_branches` is 12.
const LAST: [&str; 2] = [" bi=11 ", " bi=12 "];

/// Whether a line is told of the last branch, or when there is no room for another one.
fn is_last(line: &str) -> bool {
    LAST.iter().any(|last| line.contains(last))
}

/// Whether nothing differs but how often something was seen.
fn is_a_round(theirs: &[String], ours: &[String], both: &[&Event]) -> bool {
    let both = unnumbered(both.iter().map(|it| format!("{}: {}", it.place, it.text)));
    let within = |some: &[String], others: &[String]| {
        some.iter()
            .all(|line| others.contains(line) || both.contains(line))
    };
    within(theirs, ours) && within(ours, theirs)
}

/// What was seen in places that differ.
fn lines(all: &[Difference], of: fn(&Difference) -> &Vec<String>) -> impl Iterator<Item = String> {
    all.iter().flat_map(move |it| {
        let lines = of(it).iter();
        lines.map(|line| format!("{}: {line}", it.place))
    })
}

/// Lines without the numbers of branches, and without repetitions.
fn unnumbered(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.filter(|line| !line.ends_with(AGAIN)).collect();
    for line in &mut lines {
        for before in [" branch ", " bi=", "p"] {
            *line = without_number(line, before);
        }
    }
    lines.sort();
    lines
}

/// A line without the number behind all such words; that of a branch is hexadecimal.
fn without_number(line: &str, before: &str) -> String {
    let radix = if before == " branch " { 16 } else { 10 };
    let mut parts = line.split(before);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        told + before + part.trim_start_matches(|letter: char| letter.is_digit(radix))
    })
}

/// Whether a line of the log is that of a failure route.
fn is_failure_route(line: &str) -> bool {
    line.starts_with('F') && line.contains(" T=")
}

/// Whether all that differs has been seen before.
fn is_about_repetition(difference: &Difference) -> bool {
    differing(difference).all(|line| line.ends_with(AGAIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::calls::Calls;
    use crate::differ::known::tests::reason_of;

    #[test]
    fn the_order_of_a_cancelled_call_is_meant_and_another_status_is_not() {
        let known = |method, ours: [&str; 2]| {
            let theirs = [(CALLER, "487 a"), (CALLER, "200 b")];
            let parameters = [("tm.cancel_b_method", method)];
            let scenario = "# caller: INVITE cancel@250";
            let ours = ours.map(|line| (CALLER, line));
            reason_of::<Calls>(&parameters, scenario, &theirs, &ours).is_some()
        };
        assert!(known("0", ["200 b", "487 a"]));
        assert!(!known("0", ["200 b", "500 a"]));
        assert!(!known("1", ["200 b", "487 a"]));
    }

    #[test]
    fn the_numbers_of_branches_are_meant_where_one_is_refused_and_their_answers_are_not() {
        let known = |place, ours| {
            let scenario = format!("$ru = \"sip:p1@{place}\";\n");
            let theirs = [(LOG, "B0_0 m=INVITE bi=1 ru=sip:p25-486.b@callee1")];
            reason_of::<Calls>(&[], &scenario, &theirs, &[(LOG, ours)]).is_some()
        };
        let fewer = "B0_0 m=INVITE bi=0 ru=sip:p0-486.b@callee1";
        assert!(known(NOBODY, fewer));
        assert!(!known("callee1", fewer));
        assert!(!known(NOBODY, "B0_0 m=INVITE bi=0 ru=sip:p0-486.b@callee2"));
    }

    #[test]
    fn that_5_6_3_does_not_follow_a_redirect_is_meant_where_a_failure_added_branches() {
        let known = |chosen, route| {
            let scenario = format!("get_redirects(\"*\");\n{route}0] {{\n");
            let theirs = [(LOG, chosen), (LOG, &*format!("{NO_FURTHER} -1"))];
            let ours = [(LOG, chosen), (LOG, "F0_1 T=480 bi=3")];
            reason_of::<Calls>(&[], &scenario, &theirs, &ours).is_some()
        };
        let added = "event_route[tm:branch-failure:BF";
        assert!(known("F0_0 T=302 bi=2", added));
        assert!(!known("F0_0 T=401 bi=2", added));
        assert!(!known("F0_0 T=302 bi=2", "route["));
    }

    #[test]
    fn a_round_more_is_meant_where_the_last_branch_was_used() {
        let known = |last| {
            let scenario = format!("$ru = \"sip:p1@{NOBODY}\";\n");
            let round = (LOG, "F0_0 T=408 bi=3 ru=sip:a@callee1");
            let theirs = [(LOG, last), round];
            let ours = [(LOG, last), round, round];
            reason_of::<Calls>(&[], &scenario, &theirs, &ours).is_some()
        };
        assert!(known("B0_0 m=INVITE bi=11 ru=sip:b@callee1"));
        assert!(!known("B0_0 m=INVITE bi=7 ru=sip:b@callee1"));
        let scenario = format!("$ru = \"sip:p1@{NOBODY}\";\n");
        let round = |line| (LOG, line);
        let theirs = [round("F0_0 T=302 bi=10 du"), round("F0_0 T=302 bi=12 du")];
        let [tenth, last] = theirs;
        let ours = [tenth, round("F0_0 T=302 bi=11 du")];
        assert!(reason_of::<Calls>(&[], &scenario, &theirs, &ours).is_some());
        let more = [tenth, round("F0_0 T=302 bi=9 du"), last];
        assert!(reason_of::<Calls>(&[], &scenario, &theirs, &more).is_some());
        let short = [tenth, round("F0_0 T=302 bi=9 du"), tenth];
        assert!(reason_of::<Calls>(&[], &scenario, &theirs, &short).is_none());
    }
}
