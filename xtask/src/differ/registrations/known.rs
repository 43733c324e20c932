//! Where our server is meant to deal with registrations in another way.

use super::script;
use super::steps::{HELD, Step, Steps};
use crate::differ::compare::Difference;
use crate::differ::known::{Explains, Known, differing, sorted};
use crate::differ::record::Event;
use crate::differ::scenario::Scenario;
use crate::differ::stage::CLOSED;

/// All of them.
pub const KNOWN: &[Known<Steps>] = &[
    Known {
        reason: "whether a contact is behind NAT, and so kept alive, is up to its last REGISTER; with 5.6.3 to its first one",
        applies: |settings, _| settings.has("usrloc.nat_bflag", "3"),
        explains: Explains::Line(|theirs, ours| {
            KEEPALIVE
                .iter()
                .any(|name| cut(theirs, name) == cut(ours, name))
        }),
    },
    Known {
        reason: "an answer without contacts has none; 5.6.3 repeats those of another answer",
        applies: |_, _| true,
        explains: Explains::Line(|theirs, ours| {
            !ours.contains(CONTACT) && without(theirs, CONTACT) == ours
        }),
    },
    Known {
        reason: "a contact without an end, or looked up after it, lives for no second, not for 2^64",
        applies: |_, _| true,
        explains: Explains::Line(|theirs, ours| {
            cut(theirs, EXPIRES) == cut(ours, EXPIRES) && theirs.contains(ENDLESS)
        }),
    },
    Known {
        reason: "who is taken out has no row any more; with db_mode 2 and db_ops_ruid 0 5.6.3 leaves it, and loads it when it starts again",
        applies: |settings, _| {
            settings.has("usrloc.db_mode", "2") && settings.has("usrloc.db_ops_ruid", "0")
        },
        explains: Explains::After(|_, all, both| leaves_rows(all, both)),
    },
    Known {
        reason: "a REGISTER that is refused changes nothing (RFC 3261 §10.3); 5.6.3 keeps what it did before it saw why",
        applies: |_, _| true,
        explains: Explains::After(|scenario, all, both| {
            let at_once = first(all).any(|(theirs, ours)| {
                let status = ours.split_once(": ").map_or("", |(_, told)| told);
                let is_refusal = status.starts_with(['4', '5'])
                    && without(theirs, CONTACT) == without(ours, CONTACT);
                is_refusal || [theirs, ours].iter().all(|it| it.contains(REFUSED))
            });
            at_once || was_refused_before(scenario, all, both)
        }),
    },
    Known {
        reason: "a REGISTER that is refused changes no other contact of its Call-ID; with matching_mode 3 5.6.3 keeps what it did to that",
        applies: |settings, _| settings.has("usrloc.matching_mode", "3"),
        explains: Explains::After(|scenario, all, both| {
            is_of_refused(all, both, |at| call_id(scenario, at).into_iter().collect())
        }),
    },
    Known {
        reason: "who does not support the Path it came by is refused whoever answers; with 5.6.3 only if save() does",
        applies: |settings, scenario| {
            settings.has("registrar.use_path", "1") && scenario.routes.contains("\"0x")
        },
        explains: Explains::Whole(|all| {
            first(all).any(|(theirs, ours)| {
                let is_refused = ours.contains(" 420 ") || ours.contains("save -1");
                is_refused
                    && [" 200 ", "save 1", "save 2"]
                        .iter()
                        .any(|it| theirs.contains(it))
            })
        }),
    },
    Known {
        reason: "an answer that save() prepared has all its header fields, Path too (RFC 3327 §5.3), each once",
        applies: |_, scenario| scenario.routes.contains("reg_send_reply"),
        explains: Explains::Line(|theirs, ours| {
            let once = OUTBOUND.iter().fold(theirs.to_owned(), |line, field| {
                line.replace(&format!("{field}{field}"), field)
            });
            once == ours || once == without(ours, PATH)
        }),
    },
    Known {
        reason: "a contact that is given another priority takes the place of that; 5.6.3 leaves it where it was",
        applies: |settings, _| settings.has("usrloc.desc_time_order", "0"),
        explains: Explains::Whole(|all| {
            // Which contact comes last is all that is logged of the order.
            let saved =
                |line: &str| -> Option<char> { line.split_once(" save ")?.1.chars().next() };
            first(all).any(|(theirs, ours)| {
                let is_saved = saved(theirs).is_some_and(|code| code != '-');
                letters(&without(theirs, PATH)) == letters(&without(ours, PATH))
                    || (is_saved && saved(theirs) == saved(ours))
            })
        }),
    },
    Known {
        reason: "a flow that comes with another Call-ID leaves the other flows of its instance as they are (RFC 5626 §6)",
        applies: |_, scenario| scenario.plot.to_string().contains(INSTANCE),
        explains: Explains::Whole(|all| {
            let is_kept = |line: &str| line.matches(INSTANCE).count();
            first(all).any(|(theirs, ours)| {
                is_kept(theirs) < is_kept(ours)
                    || (theirs.contains(" save 2 ") && ours.contains(" save 2 "))
            })
        }),
    },
    Known {
        reason: "ul.rm_contact takes out the contact that it names; where its URI is not all that counts 5.6.3 finds what ul.add added",
        applies: |settings, scenario| {
            !settings.has("usrloc.matching_mode", "0") && scenario.routes.contains("ul.rm_contact")
        },
        explains: Explains::Whole(|all| {
            first(all).any(|(theirs, ours)| theirs.contains("404") && !ours.contains("404"))
        }),
    },
    Known {
        reason: "whoever asks for a flow with a Path that cannot be read is refused; 5.6.3 answers 200 and does nothing",
        applies: |_, scenario| scenario.plot.to_string().contains("Path: sip:"),
        explains: Explains::Line(|theirs, ours| {
            let is_refused = ours.contains(" 439 ") || ours.ends_with(PATH_ERROR);
            theirs.contains(" 200 ") && !theirs.contains(CONTACT) && is_refused
        }),
    },
    Known {
        reason: "what has to be escaped in a user stays so in a GRUU, that it be a URI",
        applies: |_, scenario| scenario.plot.to_string().contains("%20"),
        explains: Explains::Line(|theirs, ours| *theirs == ours.replace("%20", " ")),
    },
    Known {
        reason: "what is in memory only has no row, or an older one; 5.6.3 tells it as in step with its row",
        applies: |settings, _| script::has_rows(settings),
        explains: Explains::Line(|theirs, ours| {
            let as_theirs = STATES.iter().fold(ours.to_owned(), |line, state| {
                line.replace(&format!("{state},\"Flags\":1"), "\"CS_SYNC\",\"Flags\":1")
            });
            as_theirs == theirs
        }),
    },
    Known {
        reason: "a contact that was in memory only is written when it is registered anew; 5.6.3 changes a row that is not there",
        applies: |settings, scenario| {
            script::has_rows(settings) && scenario.routes.contains("\"0x0")
        },
        explains: Explains::Place(|it| {
            it.place == ROWS && it.theirs.iter().all(|line| it.ours.contains(line))
        }),
    },
    Known {
        reason: "who is taken out has not expired, and is gone at once; 5.6.3 with db_mode 2 waits for the timer, and has it end",
        applies: |settings, _| settings.has("usrloc.db_mode", "2"),
        explains: Explains::Place(|it| {
            it.place == EXPIRED && it.ours.iter().all(|line| it.theirs.contains(line))
        }),
    },
    Known {
        reason: "a contact without an end stays; with db_mode 3 the timer of 5.6.3 deletes its row",
        applies: |settings, scenario| {
            settings.has("usrloc.db_mode", "3") && scenario.routes.contains(",0,1.0,")
        },
        explains: Explains::Place(|it| match it.place.as_str() {
            ROWS => it.theirs.iter().all(|line| it.ours.contains(line)),
            place => place == EXPIRED && it.ours.iter().all(|line| it.theirs.contains(line)),
        }),
    },
    Known {
        reason: "an address-of-record that has a domain has it when a contact ends, too; with db_mode 3 5.6.3 leaves it out",
        applies: |settings, _| {
            settings.has("usrloc.db_mode", "3") && settings.has("usrloc.use_domain", "1")
        },
        explains: Explains::Line(|theirs, ours| {
            let (theirs, ours) = (theirs.split_once(' '), ours.split_once(' '));
            theirs
                .zip(ours)
                .is_some_and(|((user, contact), (aor, same))| {
                    contact == same && aor.split('@').next() == Some(user)
                })
        }),
    },
    Known {
        reason: "a Path that cannot be read is told of first; 5.6.3 tells of an expiry that is too short",
        applies: |_, scenario| scenario.plot.to_string().contains("Path: sip:"),
        explains: Explains::Line(|theirs, ours| {
            theirs.contains(": 423 ") && ours.contains(": 400 ") && ours.ends_with(PATH_ERROR)
        }),
    },
    Known {
        reason: "an address-of-record whose last contact is taken out is gone at once; with db_mode 2 5.6.3 waits for the timer",
        applies: |settings, _| settings.has("usrloc.db_mode", "2"),
        explains: Explains::Line(|theirs, ours| {
            theirs.replace("AOR has no contacts", "AOR not found in location table") == ours
        }),
    },
    Known {
        reason: "which of the contacts that end with one tick of the timer is told of first is up to the table",
        applies: |_, _| true,
        explains: Explains::Place(|it| {
            it.place == EXPIRED && sorted(&it.theirs) == sorted(&it.ours)
        }),
    },
    Known {
        reason: "the contacts that there would be count for max_contacts; 5.6.3 refuses who adds none, takes some out, or names one twice",
        applies: |_, _| true,
        explains: Explains::Whole(|all| {
            first(all).any(|(theirs, ours)| {
                let is_too_many =
                    |line: &str| line.contains("Too many") || line.contains("save -2");
                is_too_many(theirs) && !is_too_many(ours)
            })
        }),
    },
    Known {
        reason: "contacts that the Call-ID alone tells apart are one, as are those of one REGISTER; 5.6.3 refuses the second for its CSeq",
        applies: |settings, _| settings.has("usrloc.matching_mode", "3"),
        explains: Explains::Whole(|all| {
            first(all).any(|(theirs, ours)| {
                let is_refused =
                    |line: &str| line.contains("Invalid CSeq") || line.contains("save -1");
                is_refused(theirs) && !ours.contains("Invalid CSeq")
            })
        }),
    },
    Known {
        reason: "ul.add changes a contact that it added with a Path; with matching_mode 2 5.6.3 adds it once more",
        applies: |settings, scenario| {
            settings.has("usrloc.matching_mode", "2") && scenario.routes.contains("ul.add")
        },
        explains: Explains::Whole(|all| {
            let contacts = |line: &str| line.matches("\"Address\":").count();
            first(all).any(|(theirs, ours)| contacts(theirs) > contacts(ours))
        }),
    },
    Known {
        reason: "a Path URI is us if its port is ours too; with path_check_local 5.6.3 looks at its host alone",
        applies: |settings, scenario| {
            settings.has("registrar.path_check_local", "1")
                && scenario.to_string().contains("@phone3;lr")
        },
        explains: Explains::Whole(|all| {
            let goes = |line: &str| line.contains(" found ") || line.contains(" MESSAGE ");
            first(all).any(|(theirs, ours)| goes(theirs) || goes(ours))
        }),
    },
    Known {
        reason: "what is registered last comes first at once; with db_mode 3 5.6.3 has it so from the next request on",
        applies: |settings, _| {
            settings.has("usrloc.db_mode", "3") && settings.has("usrloc.desc_time_order", "1")
        },
        explains: Explains::Line(|theirs, ours| {
            theirs.contains(CONTACT) && letters(theirs) == letters(ours)
        }),
    },
    Known {
        reason: "a connection that is gone has no number; with db_mode 3 5.6.3 tells the one of the row",
        applies: |settings, _| settings.has("usrloc.db_mode", "3"),
        explains: Explains::Line(|theirs, ours| {
            let [there, gone] = CONNECTIONS;
            let count = |line: &str| line.matches(there).count();
            theirs.replace(there, gone) == ours.replace(there, gone) && count(theirs) > count(ours)
        }),
    },
    Known {
        reason: "requests of several calls that come together are each answered when the database has been asked; 5.6.3 takes one after the other",
        applies: |settings, scenario| {
            script::has_rows(settings) && scenario.plot.0.iter().any(is_held)
        },
        explains: Explains::After(|scenario, all, _| {
            let others = |lines: &[String]| -> Vec<String> {
                let of_held = |line: &&String| scenario.plot.0.get(step(line)).is_some_and(is_held);
                lines.iter().filter(|it| !of_held(it)).cloned().collect()
            };
            all.iter().all(|it| {
                sorted(&it.theirs) == sorted(&it.ours) && others(&it.theirs) == others(&it.ours)
            })
        }),
    },
    Known {
        reason: "a REGISTER with a contact that makes no sense is refused; who is to have one contact only gives 5.6.3 the first field",
        applies: |_, scenario| {
            let mut flags = ["\"0x04\"", "\"0x05\"", "\"0x06\""].iter();
            flags.any(|flags| scenario.routes.contains(flags))
        },
        explains: Explains::After(|scenario, all, _| {
            let fields = |at: usize| {
                let step = scenario.plot.0.get(at).map(ToString::to_string);
                step.unwrap_or_default().matches(" Contact:").count()
            };
            first(all).any(|(theirs, ours)| {
                let is_saved = [" save 1 ", " save 2 "]
                    .iter()
                    .any(|it| theirs.contains(it));
                is_saved && ours.contains(" save -1 ") && fields(step(ours)) > 1
            })
        }),
    },
    Known {
        reason: "who takes itself out has not expired, and keeps its connection; 5.6.3 with db_mode 2 has it end, and closes that",
        applies: |settings, _| {
            settings.has("usrloc.db_mode", "2") && settings.has("usrloc.close_expired_tcp", "1")
        },
        explains: Explains::Whole(|all| {
            let closings = |lines: &[String]| lines.iter().filter(|it| *it == CLOSED).count();
            let ends_more = |it: &Difference| it.theirs.iter().any(|line| !it.ours.contains(line));
            all.iter()
                .any(|it| closings(&it.theirs) > closings(&it.ours))
                && all.iter().any(|it| it.place == EXPIRED && ends_more(it))
        }),
    },
    Known {
        reason: "priority and methods of a contact are its own; with 5.6.3 those of one that is taken out may count for the next",
        applies: |_, scenario| takes_out_one_of_several(scenario),
        explains: Explains::Whole(|all| {
            // Where contacts come in another order, or one is not called, that follows.
            let plain = |line: &str| {
                let told = OWN.iter().fold(line.to_owned(), |line, own| {
                    cut(&line, own).replace(own, "")
                });
                letters(&told)
            };
            first(all)
                .any(|(theirs, ours)| plain(theirs) == plain(ours) || theirs.contains(" found "))
        }),
    },
];

/// What stands before the priority or the methods of a contact.
const OWN: [&str; 5] = [";q=", " q=", " methods=", "\"Q\":", "\"Methods\":"];
/// Where it is told that contacts end.
const EXPIRED: &str = "expired";
/// Where rows of the database are told.
const ROWS: &str = "rows";
/// What a contact that is to be written is told by.
const STATES: [&str; 2] = ["\"CS_NEW\"", "\"CS_DIRTY\""];
/// How a Contact is told.
const CONTACT: &str = " Contact: ";
/// How a Path is told.
const PATH: &str = " Path: ";
/// What an instance is told by.
const INSTANCE: &str = "+sip.instance=";
/// What stands before the seconds that are left.
const EXPIRES: &str = "expires=";
/// What 5.6.3 says of them when there are less than none.
const ENDLESS: &str = "expires=1844674";
/// What stands before whether a contact is kept alive.
const KEEPALIVE: [&str; 2] = ["\"Keepalive\":", " keepalive="];
/// How what is said of RFC 5626 is told.
const OUTBOUND: [&str; 2] = [" Supported: outbound", " Require: outbound"];
/// How it is told that a REGISTER was refused.
const REFUSED: &str = " save -";
/// What a Path that cannot be read is refused with.
const PATH_ERROR: &str = "Path parse error";
/// How the connection of a contact is told, and that it has none.
const CONNECTIONS: [&str; 2] = ["\"Tcpconn-Id\":1", "\"Tcpconn-Id\":-1"];
/// What a registration that takes out a contact has in it.
const TAKEN_OUT: [&str; 2] = ["Expires: 0", "expires=0"];

/// Whether a request is held back to go with the next one.
fn is_held(step: &Step) -> bool {
    matches!(step, Step::Send(request) if request.manner.contains(HELD))
}

/// The pairs of lines that differ and are of the first step that is not alike.
fn first(all: &[Difference]) -> impl Iterator<Item = (&str, &str)> {
    let pairs = all.iter().flat_map(|it| it.theirs.iter().zip(&it.ours));
    let differing = pairs.filter(|(theirs, ours)| theirs != ours);
    let differing: Vec<(&str, &str)> = differing
        .map(|(theirs, ours)| (theirs.as_str(), ours.as_str()))
        .collect();
    let first = differing.iter().map(|(theirs, _)| step(theirs)).min();
    differing
        .into_iter()
        .filter(move |(theirs, _)| Some(step(theirs)) == first)
}

/// Whether what differs first is about a contact of a REGISTER that both had refused.
fn was_refused_before(scenario: &Scenario<Steps>, all: &[Difference], both: &[&Event]) -> bool {
    is_of_refused(all, both, |at| contacts(scenario, at))
}

/// Whether what differs first has a word of a REGISTER that both had refused.
fn is_of_refused(
    all: &[Difference],
    both: &[&Event],
    words: impl Fn(usize) -> Vec<String>,
) -> bool {
    let lines = || all.iter().flat_map(differing);
    let first = lines().map(|line| step(line)).min().unwrap_or_default();
    let refused = both.iter().filter(|it| it.text.contains(REFUSED));
    let refused = refused.map(|it| step(&it.text)).filter(|at| *at <= first);
    let words: Vec<String> = refused.flat_map(words).collect();
    lines()
        .filter(|line| step(line) == first)
        .any(|line| words.iter().any(|word| line.contains(word)))
}

/// The Call-ID of a request, as a row has it.
fn call_id(scenario: &Scenario<Steps>, at: usize) -> Option<String> {
    match scenario.plot.0.get(at)? {
        Step::Send(request) => Some(format!(" {}.{}@", request.call_id, scenario.number)),
        _ => None,
    }
}

/// Whether what differs first are rows that only the peer has, of contacts whose end it told.
fn leaves_rows(all: &[Difference], both: &[&Event]) -> bool {
    let first = all.iter().flat_map(differing).map(|line| step(line)).min();
    let is_first = |line: &&String| Some(step(line)) == first;
    let mut ended: Vec<&str> = Vec::new();
    let told = all.iter().filter(|it| it.place == EXPIRED);
    ended.extend(told.flat_map(|it| &it.theirs).map(String::as_str));
    let told = both.iter().filter(|it| it.place == EXPIRED);
    ended.extend(told.map(|it| it.text.as_str()));
    let is_left = |row: &String| {
        let mut contacts = ended.iter().filter_map(|line| line.split(' ').next_back());
        contacts.any(|contact| row.contains(&format!(" {contact} received=")))
            || is_elsewhere(row, all, both)
    };
    let begins: Vec<&Difference> = all
        .iter()
        .filter(|it| differing(it).any(|line| is_first(&line)))
        .collect();
    begins.iter().all(|it| {
        let mut rows = differing(it).filter(is_first);
        it.place == ROWS && rows.all(|row| it.theirs.contains(row) && is_left(row))
    })
}

/// Whether the instance of a row has another row of that step, where it is now.
fn is_elsewhere(row: &str, all: &[Difference], both: &[&Event]) -> bool {
    let flow = |line: &str| {
        let (_, flow) = line.split_once(" instance=<")?;
        Some(flow.split_once(" server_id=")?.0.to_owned())
    };
    let told = all.iter().filter(|it| it.place == ROWS);
    let ours = told.flat_map(|it| &it.ours).map(String::as_str);
    let rows = both.iter().filter(|it| it.place == ROWS);
    let mut rows = ours.chain(rows.map(|it| it.text.as_str()));
    flow(row).is_some_and(|own| {
        rows.any(|it| step(it) == step(row) && flow(it).as_deref() == Some(&*own))
    })
}

/// The contacts of a registration, without the parameters of their URIs.
fn contacts(scenario: &Scenario<Steps>, at: usize) -> Vec<String> {
    let step = scenario.plot.0.get(at).map(ToString::to_string);
    let step = step.unwrap_or_default();
    let fields = step.split(" | ").filter(|it| it.starts_with("Contact:"));
    let uris = fields.flat_map(|field| field.split("sip:").skip(1));
    let end = |letter: char| ";>,\" ".contains(letter);
    uris.filter_map(|uri| uri.split(end).next())
        .map(|uri| format!("sip:{uri}"))
        .collect()
}

/// The step that a line is about; what is about none comes last.
fn step(line: &str) -> usize {
    let end = line.find(|letter: char| !letter.is_ascii_digit());
    line[..end.unwrap_or(line.len())]
        .parse()
        .unwrap_or(usize::MAX)
}

/// Whether a registration takes out one of the contacts that it has.
fn takes_out_one_of_several(scenario: &Scenario<Steps>) -> bool {
    scenario.plot.0.iter().any(|step| {
        let line = step.to_string();
        line.matches("sip:").count() > 1
            && TAKEN_OUT.iter().any(|taken_out| line.contains(taken_out))
    })
}

/// A line without the number behind all such names.
fn cut(line: &str, name: &str) -> String {
    let mut parts = line.split(name);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        let is_of_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-');
        told + name + part.trim_start_matches(is_of_number)
    })
}

/// The letters of a line, in an order that tells nothing.
fn letters(line: &str) -> Vec<char> {
    let mut letters: Vec<char> = line.chars().collect();
    letters.sort_unstable();
    letters
}

/// A message without a header field.
fn without(line: &str, field: &str) -> String {
    let Some((before, value)) = line.split_once(field) else {
        return line.to_owned();
    };
    // The next field begins with a capital behind a blank.
    let end = value.match_indices(' ').find(|(place, _)| {
        value[place + 1..].starts_with(|letter: char| letter.is_ascii_uppercase())
    });
    let rest = end.map_or("", |(place, _)| &value[place..]);
    format!("{before}{rest}")
}

#[cfg(test)]
mod tests;
