//! The house rules that a program can check. One rule, one file, tests below it.
//!
//! Start with [`Tree`], what the rules look at, and [`Report`], where they say what they found.

mod dependencies;
mod documents;
mod floors;
mod ignored_tests;
mod length;
mod manifests;
mod modules;
mod names;
mod parameters;
mod purity;
mod script_names;
mod source;
mod statics;
mod statistics;
mod words;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::{self, Package};

/// One text file of the repository.
pub struct File {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl File {
    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The source without its tests; empty when the whole file is tests.
    pub fn product_text(&self) -> &str {
        if source::is_test_file(&self.path) {
            return "";
        }
        source::without_tests(&self.text)
    }
}

/// What the rules look at: every text file, and the packages as Cargo knows them.
#[derive(Default)]
pub struct Tree {
    /// Files in the order of their paths.
    pub files: Vec<File>,
    /// Packages of the workspace.
    pub packages: Vec<Package>,
}

impl Tree {
    /// Reads the repository.
    ///
    /// # Errors
    /// When a folder cannot be read or Cargo refuses a manifest.
    pub fn read() -> Result<Self> {
        let root = workspace::root();
        let mut files = Vec::new();
        collect(&root, &root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            files,
            packages: workspace::packages()?,
        })
    }

    /// The content of the file at `path`.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

/// Where the rules say what they found.
#[derive(Default)]
pub struct Report {
    findings: Vec<String>,
}

impl Report {
    /// A finding about a line, counted from 1.
    pub fn line(&mut self, path: &str, line: usize, what: impl AsRef<str>) {
        self.findings
            .push(format!("{path}:{line}: {}", what.as_ref()));
    }

    /// A finding about a whole file or folder.
    pub fn whole(&mut self, path: &str, what: impl AsRef<str>) {
        self.findings.push(format!("{path}: {}", what.as_ref()));
    }

    /// What was found.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }
}

/// A rule looks at the tree and reports.
type Rule = fn(&Tree, &mut Report);

const RULES: &[Rule] = &[
    floors::check,
    dependencies::check,
    purity::check,
    statics::check,
    names::check,
    parameters::check,
    statistics::check,
    length::check,
    manifests::check,
    modules::check,
    script_names::check,
    words::check,
    ignored_tests::check,
    documents::check,
];

/// Runs every rule and prints what they found.
///
/// # Errors
/// When something was found, or the repository cannot be read.
pub fn run() -> Result<()> {
    let tree = Tree::read()?;
    let mut report = Report::default();
    for rule in RULES {
        rule(&tree, &mut report);
    }
    for finding in report.findings() {
        println!("{finding}");
    }
    match report.findings().len() {
        0 => {
            println!("tidy: {} files, nothing found", tree.files.len());
            Ok(())
        }
        1 => bail!("tidy: 1 finding"),
        count => bail!("tidy: {count} findings"),
    }
}

const FOLDERS_SKIPPED: &[&str] = &["target", "corpus", "artifacts", "node_modules"];
const EXTENSIONS: &[&str] = &[
    "rs", "md", "toml", "cfg", "txt", "sh", "yml", "yaml", "html", "css", "js", "sql", "tsv",
];

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {folder:?}"))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
            if !hidden && !FOLDERS_SKIPPED.contains(&name.as_str()) {
                collect(root, &path, files)?;
            }
        } else if kind.is_file() && is_wanted(&name) {
            // A file that is not UTF-8 is test data, not prose or code.
            if let Ok(text) = std::fs::read_to_string(&path) {
                let relative = path.strip_prefix(root).unwrap_or(&path);
                files.push(File {
                    path: relative.to_string_lossy().into_owned(),
                    text,
                });
            }
        }
    }
    Ok(())
}

fn is_wanted(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((_, extension)) => EXTENSIONS.contains(&extension),
        None => true,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{File, Report, Rule, Tree};

    /// Findings of `rule` on a tree of the given files.
    pub(crate) fn findings(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree {
            files: files
                .iter()
                .map(|(path, text)| File {
                    path: (*path).to_owned(),
                    text: (*text).to_owned(),
                })
                .collect(),
            packages: Vec::new(),
        };
        run(rule, &tree)
    }

    /// Findings of `rule` on `tree`.
    pub(crate) fn run(rule: Rule, tree: &Tree) -> Vec<String> {
        let mut report = Report::default();
        rule(tree, &mut report);
        report.findings
    }
}
