//! Specs: Markdown pages whose fenced blocks are a story.

use std::time::Duration;

/// What a fenced block is in the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// `cfg`: the configuration; the story begins anew. It listens on `{server}` unless it says otherwise; `{alice}` is the
    /// address of alice, here and in messages. One that is `ours` makes the story up to the next one ours alone.
    Configuration,
    /// `in NAME`: a message arrives from NAME. `Via: {vias}` stands for the Via lines of the last request in an `out NAME`,
    /// `Call-ID: {same}` for its Call-ID line,
    /// `Record-Route: {routes}` for its Record-Route lines, and `Route: {routes}` for the route that the last message there
    /// has recorded. `{answer USER PASSWORD}` is the answer to the last challenge there.
    In(String),
    /// `out NAME`: the next message that is sent to NAME. Its first line, and of the others those that matter, in their order;
    /// `*` stands for anything, and `Via: {vias}` and its like for lines of what was sent there before. A line after `! ` is one that must not be there. What follows an empty line is the body.
    Out(String),
    /// `quiet`: nothing was sent that no `out` block has told of.
    Quiet,
    /// `after TIME`: time passes.
    After(Duration),
    /// `log`: what lines of the log contain, in this order, since the last `log` block.
    Log,
    /// `rpc COMMAND ARGUMENTS`: what the command answers. `s:7` is a text, as for `kamcmd`; `7` is a number; `{bob}` is the address
    /// of bob.
    Rpc(Vec<String>),
    /// `diagnostics`: what the author of the configuration is shown.
    Diagnostics,
    /// `ladder`: all messages of the story so far, with their times.
    Ladder,
}

/// Whom a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// This server and the peer.
    Both,
    /// This server alone (`ours` behind the role): what it does otherwise, for a reason that the page gives.
    Us,
    /// The peer alone (`theirs` behind the role).
    Them,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is.
    pub role: Role,
    /// Whom it is about.
    pub whom: Whom,
    /// Its content.
    pub text: String,
    /// The line its fence is in, from 1.
    pub line: usize,
}

impl Block {
    /// Whether this server does what it says.
    pub fn is_for_us(&self) -> bool {
        self.whom != Whom::Them
    }

    /// Whether the peer does.
    pub fn is_for_them(&self) -> bool {
        self.whom != Whom::Us
    }
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Its blocks in order; `text` blocks and those that say nothing are prose.
    pub blocks: Vec<Block>,
}

impl Spec {
    /// Reads a page. A block that is neither a role, written as [`Role`] says, nor prose is an error: nobody would check it.
    pub fn parse(page: &str) -> Result<Spec, String> {
        let mut spec = Spec::default();
        let mut open: Option<(Option<(Role, Whom)>, usize, String)> = None;
        for (index, line) in page.lines().enumerate() {
            let number = index + 1;
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => {
                    let (info, whom) = whom(info.trim());
                    let role = role(info, number)?.map(|role| (role, whom));
                    open = Some((role, number, String::new()));
                }
                (Some(_), Some(_)) => {
                    if let Some((Some((role, whom)), line, text)) = open.take() {
                        spec.blocks.push(Block {
                            role,
                            whom,
                            text,
                            line,
                        });
                    }
                }
                (Some((_, _, text)), None) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, None) => {}
            }
        }
        match open {
            Some((_, line, _)) => Err(format!("line {line}: the block is never closed")),
            None => Ok(spec),
        }
    }
}

const ROLES: &str = "cfg, in, out, quiet, after, log, rpc, diagnostics, ladder";

fn whom(info: &str) -> (&str, Whom) {
    if let Some(role) = info.strip_suffix(" ours") {
        return (role, Whom::Us);
    }
    match info.strip_suffix(" theirs") {
        Some(role) => (role, Whom::Them),
        None => (info, Whom::Both),
    }
}

fn role(info: &str, line: usize) -> Result<Option<Role>, String> {
    let mut words = info.split_whitespace();
    let role = match words.next() {
        Some("cfg") => Role::Configuration,
        Some("in") => Role::In(name(words.next(), line)?),
        Some("out") => Role::Out(name(words.next(), line)?),
        Some("quiet") => Role::Quiet,
        Some("after") => Role::After(duration(words.next().unwrap_or(""), line)?),
        Some("log") => Role::Log,
        Some("rpc") => Role::Rpc(words.map(str::to_owned).collect()),
        Some("diagnostics") => Role::Diagnostics,
        Some("ladder") => Role::Ladder,
        None | Some("text") => return Ok(None),
        Some(other) => {
            return Err(format!(
                "line {line}: `{other}` is no role; there are {ROLES}, and `text` for what is not checked"
            ));
        }
    };
    Ok(Some(role))
}

fn name(word: Option<&str>, line: usize) -> Result<String, String> {
    word.map(str::to_owned)
        .ok_or_else(|| format!("line {line}: who?"))
}

fn duration(text: &str, line: usize) -> Result<Duration, String> {
    let bad = || format!("line {line}: `{text}` is no time: 500ms or 2s");
    if let Some(number) = text.strip_suffix("ms") {
        return number.parse().map(Duration::from_millis).map_err(|_| bad());
    }
    let number = text.strip_suffix('s').ok_or_else(bad)?;
    number.parse().map(Duration::from_secs).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_page_are_its_story_and_the_rest_is_prose() {
        let page = "# Title\n\n```cfg\nx\n```\nprose\n```in alice\nOPTIONS\n```\n```text\nno role\n```\n```after 500ms\n```\n";
        let spec = Spec::parse(page).unwrap();
        let roles: Vec<_> = spec.blocks.iter().map(|block| block.role.clone()).collect();
        let half = Duration::from_millis(500);
        assert_eq!(
            roles,
            [
                Role::Configuration,
                Role::In("alice".into()),
                Role::After(half)
            ]
        );
        assert_eq!(spec.blocks[1].text, "OPTIONS\n");
    }

    #[test]
    fn a_block_can_be_about_one_of_both() {
        let page = "```log ours\na\n```\n```out bob theirs\nb\n```\n```log\nc\n```\n";
        let spec = Spec::parse(page).unwrap();
        let whom: Vec<_> = spec.blocks.iter().map(|block| block.whom).collect();
        assert_eq!(whom, [Whom::Us, Whom::Them, Whom::Both]);
        assert_eq!(spec.blocks[1].role, Role::Out("bob".into()));
    }

    #[test]
    fn a_role_that_there_is_not_is_named_with_its_line() {
        let refused = Spec::parse("\n```outt bob\nx\n```\n").unwrap_err();
        assert!(refused.starts_with("line 2: `outt`"), "{refused}");
    }

    #[test]
    fn a_wrong_time_or_an_open_block_is_named_with_its_line() {
        assert!(
            Spec::parse("```after soon\n```\n")
                .unwrap_err()
                .starts_with("line 1")
        );
        assert!(Spec::parse("\n```cfg\n").unwrap_err().starts_with("line 2"));
    }
}
