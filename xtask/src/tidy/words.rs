//! The repository speaks of the product, to a stranger, and of no machine.

use super::source::views;
use super::{Report, Tree};

/// Marks of unfinished work. Spelled in two parts so that this file does not trip over itself.
const UNFINISHED: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")];

/// The same in prose, in comments.
const EXCUSES: &[(&str, &str)] = &[
    ("place", "holder"),
    ("for ", "now"),
    ("not yet ", "implemented"),
    ("to be ", "implemented"),
];

/// First folders of paths that exist on somebody's machine only.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work", "Users", "mnt", "build"];

/// Files of facts, or of other people's making.
const EXEMPT: &[&str] = &["crates/catalog/data/", "LICENSE", "Cargo.lock"];

pub fn check(tree: &Tree, report: &mut Report) {
    for file in &tree.files {
        if EXEMPT.iter().any(|prefix| file.path.starts_with(prefix)) {
            continue;
        }
        let is_prose = file.path.ends_with(".md");
        let comments = match (file.is_rust(), is_prose) {
            (true, _) => views(&file.text).comments,
            (_, true) => without_fences(&file.text),
            _ => String::new(),
        };
        for (index, line) in comments.lines().enumerate() {
            check_comment(&file.path, index + 1, line, report);
        }
        if file.is_rust()
            || is_prose
            || file.path.ends_with(".toml")
            || file.path.starts_with(".ci/")
        {
            for (index, line) in file.text.lines().enumerate() {
                check_path(&file.path, index + 1, line, report);
            }
        }
    }
}

fn check_comment(path: &str, number: usize, line: &str, report: &mut Report) {
    for (a, b) in UNFINISHED {
        let mark = format!("{a}{b}");
        if words(line).any(|word| word == mark) {
            report.line(
                path,
                number,
                format!("`{mark}`: finish it, or name the gap where users see it"),
            );
        }
    }
    let lower = line.to_ascii_lowercase();
    for (a, b) in EXCUSES {
        let excuse = format!("{a}{b}");
        if has_phrase(&lower, &excuse) {
            report.line(
                path,
                number,
                format!("`{excuse}`: a comment speaks to a stranger a year from now"),
            );
        }
    }
    if let Some(reference) = issue_reference(line) {
        report.line(
            path,
            number,
            format!("`{reference}`: the reason belongs here, not a number"),
        );
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn has_phrase(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + phrase.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// `#123` standing alone, or the word issue with a number.
fn issue_reference(line: &str) -> Option<String> {
    let mut previous = "";
    for word in line.split_whitespace() {
        let bare = word.trim_matches(|c: char| "(),.;:".contains(c));
        let number = bare.strip_prefix('#').unwrap_or(bare);
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let after_issue =
            previous.eq_ignore_ascii_case("issue") || previous.eq_ignore_ascii_case("pr");
        if is_number && (bare.starts_with('#') || after_issue) {
            return Some(format!("{previous} {bare}").trim().to_owned());
        }
        previous = word;
    }
    None
}

fn check_path(path: &str, number: usize, line: &str, report: &mut Report) {
    for folder in MACHINE_FOLDERS {
        let root = format!("/{folder}/");
        for (at, _) in line.match_indices(&root) {
            // A path begins a word; the same letters inside a longer path or a URI are something else.
            let before = line[..at].chars().next_back();
            if before.is_none_or(|c| c.is_whitespace() || "\"'`(=:,".contains(c)) {
                report.line(path, number, format!("`{root}…` is a path of one machine"));
            }
        }
    }
}

/// Markdown with its fenced blocks blanked: what is in them is data.
fn without_fences(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::with_capacity(text.len());
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if !fence && !fenced {
            prose.push_str(line);
        }
        prose.push('\n');
        fenced ^= fence;
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(path: &str, text: &str) -> usize {
        findings(check, &[(path, text)]).len()
    }

    #[test]
    fn unfinished_work_is_found_in_comments_only() {
        let mark = ["TO", "DO"].concat();
        assert_eq!(found("crates/a/src/b.rs", &format!("// {mark}: later")), 1);
        assert_eq!(
            found("crates/a/src/b.rs", &format!("let a = \"{mark}\";")),
            0
        );
        assert_eq!(
            found("docs/a.md", &format!("{mark} later\n```cfg\n{mark}\n```\n")),
            1
        );
        assert_eq!(found("crates/a/src/b.rs", "// good for nowadays"), 0);
    }

    #[test]
    fn an_issue_number_is_found() {
        assert_eq!(found("crates/a/src/b.rs", "// see #1234"), 1);
        assert_eq!(found("crates/a/src/b.rs", "// see issue 12."), 1);
        assert_eq!(found("crates/a/src/b.rs", "// #!define and RFC 3261"), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let path = ["/ho", "me/me/kamailio.cfg"].concat();
        assert_eq!(
            found("crates/a/src/b.rs", &format!("let a = \"{path}\";")),
            1
        );
        assert_eq!(
            found(
                "crates/a/src/b.rs",
                "let a = \"/etc/kamailio/kamailio.cfg\";"
            ),
            0
        );
    }
}
