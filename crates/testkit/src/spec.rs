//! Specs: Markdown pages whose fenced blocks are a story.

use std::time::Duration;

/// What a fenced block is in the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// `cfg`: the configuration; the story begins anew.
    Configuration,
    /// `in NAME`: a message arrives from NAME. `Via: {vias}` stands for the Via lines of the last request in an `out NAME`.
    In(String),
    /// `out NAME`: the next message that is sent to NAME.
    Out(String),
    /// `quiet`: nothing was sent that no `out` block has told of.
    Quiet,
    /// `after TIME`: time passes.
    After(Duration),
    /// `log`: lines that are in the log, in this order, since the last `log` block.
    Log,
    /// `rpc COMMAND ARGUMENTS`: what the command answers.
    Rpc(Vec<String>),
    /// `diagnostics`: what the author of the configuration is shown.
    Diagnostics,
    /// `ladder`: all messages of the story so far, with their times.
    Ladder,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is.
    pub role: Role,
    /// Its content.
    pub text: String,
    /// The line its fence is in, from 1.
    pub line: usize,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Its blocks in order; blocks of other kinds are prose.
    pub blocks: Vec<Block>,
}

impl Spec {
    /// Reads a page. A block whose first word is a role but whose rest is wrong is an error.
    pub fn parse(page: &str) -> Result<Spec, String> {
        let mut spec = Spec::default();
        let mut open: Option<(Option<Role>, usize, String)> = None;
        for (index, line) in page.lines().enumerate() {
            let number = index + 1;
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => {
                    open = Some((role(info.trim(), number)?, number, String::new()))
                }
                (Some(_), Some(_)) => {
                    if let Some((Some(role), line, text)) = open.take() {
                        spec.blocks.push(Block { role, text, line });
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
        _ => return Ok(None),
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
    fn a_wrong_time_or_an_open_block_is_named_with_its_line() {
        assert!(
            Spec::parse("```after soon\n```\n")
                .unwrap_err()
                .starts_with("line 1")
        );
        assert!(Spec::parse("\n```cfg\n").unwrap_err().starts_with("line 2"));
    }
}
