//! Script functions.

use crate::AliasDb;
use crate::aliases::{Lookup, uris};
use db::{Answer, Pending};
use module_api::{Call, Literal, PvarRef, Step, Text, Verdict, script_function};

/// Asks what `uri` stands for; an answer in place of it is why nobody can be asked.
fn ask(
    module: &AliasDb,
    call: &mut Call,
    table: &Text,
    uri: &[u8],
    flags: Option<Literal>,
) -> Result<Pending<Answer>, Verdict> {
    let flags = flags.map(|flags| flags.0).unwrap_or_default();
    let lookup = Lookup::from_flags(&flags, module.params.use_domain);
    let aliases = module.aliases.get().ok_or(Verdict::FALSE)?;
    aliases.find(call, table, uri, lookup).ok_or_else(|| {
        call.log(
            module_api::LogLevel::Debug,
            format_args!("`{}` has no user to be looked up", Text::from(uri)),
        );
        Verdict::FALSE
    })
}

/// The URIs of an answer: all where further ones count, else the first.
fn found(
    call: &mut Call,
    table: &Text,
    answer: Result<Answer, db::Error>,
    takes_all: bool,
) -> Vec<Text> {
    match answer {
        Ok(answer) => {
            let most = if takes_all { usize::MAX } else { 1 };
            uris(&answer.rows).take(most).collect()
        }
        Err(error) => {
            call.error(format_args!("table {table}: {error}"));
            Vec::new()
        }
    }
}

/// Puts the user behind the Request-URI in its place, as table `table_name` has it. False when it is no alias.
///
/// Letters in `flags`: `d` looks it up without, `u` with its domain; `r` looks up the alias of a user. With
/// `append_branches` further users become branches, with a q of 0.
///
/// ```cfg
/// if (alias_db_lookup("dbaliases")) xinfo("an alias of $ru\n");
/// ```
#[script_function(alias_db_lookup, routes = REQUEST | FAILURE, waits)]
fn alias_db_lookup(
    module: &AliasDb,
    call: &mut Call,
    table_name: Text,
    flags: Option<Literal>,
) -> Step {
    let uri = Text::from(call.request_uri());
    let pending = match ask(module, call, &table_name, &uri, flags) {
        Ok(pending) => pending,
        Err(verdict) => return verdict.into(),
    };
    let takes_all = module.params.append_branches;
    Step::answered(call, "an alias", pending, move |call, answer| {
        let mut uris = found(call, &table_name, answer, takes_all).into_iter();
        let Some(first) = uris.next() else {
            return Verdict::FALSE;
        };
        call.set_request_uri(first);
        let most = usize::try_from(call.runtime.settings.max_branches - 1).unwrap_or(0);
        for uri in uris {
            if call.branches.list.len() >= most {
                call.warn(format_args!(
                    "the alias has more users than there may be branches"
                ));
                break;
            }
            call.branches.list.push(Box::new(module_api::Target {
                uri: Some(uri),
                // Observed on 5.6.3: they come behind the first.
                q: Some(0),
                ..module_api::Target::default()
            }));
        }
        Verdict::TRUE
    })
}

/// Puts the user behind the URI in `input` into `output`, as table `table_name` has it. False when it is no alias.
///
/// The `flags` are those of `alias_db_lookup()`. With `append_branches` every user found is assigned, so that an AVP has
/// them all.
///
/// ```cfg
/// if (alias_db_find("dbaliases", "$fu", "$avp(alias)", "r")) xinfo("known as $avp(alias)\n");
/// ```
#[script_function(alias_db_find, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY, waits)]
fn alias_db_find(
    module: &AliasDb,
    call: &mut Call,
    table_name: Text,
    input: PvarRef,
    output: PvarRef,
    flags: Option<Literal>,
) -> Step {
    let uri = input.get(call).into_text();
    let pending = match ask(module, call, &table_name, &uri, flags) {
        Ok(pending) => pending,
        Err(verdict) => return verdict.into(),
    };
    let takes_all = module.params.append_branches;
    Step::answered(call, "an alias", pending, move |call, answer| {
        let uris = found(call, &table_name, answer, takes_all);
        let has_found = !uris.is_empty();
        for uri in uris {
            if let Err(error) = output.set(call, uri) {
                call.error(format_args!("alias_db_find: {error}"));
                return Verdict::FALSE;
            }
        }
        Verdict::of(has_found)
    })
}
