//! A figure of the script, with its values by labels.

use module_api::Text;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many combinations of labels a figure may have.
const VALUES_MAX: usize = 10_000;
/// How many labels a figure may have.
const LABELS_MAX: usize = 3;
/// The bounds of buckets that are not declared (observed on 5.6.3).
const BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The kinds of figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Sorts what it sees into buckets with these upper bounds.
    Histogram(Vec<f64>),
}

impl Kind {
    /// Whether the kinds are the same, whatever the buckets.
    pub fn is_like(&self, other: &Kind) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// What is done to a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// Adds to it; for a histogram the value that was seen.
    Add(f64),
    /// Sets it.
    Set(f64),
}

/// What time it is, and for how long values are remembered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The time since 1970.
    pub now: Duration,
    /// How long a value stays that nobody changes; none is for ever.
    pub remembers: Option<Duration>,
}

/// The value for one combination of labels.
#[derive(Clone, Debug, Default)]
struct Cell {
    /// The value; of a histogram the sum of what it saw.
    value: f64,
    /// How much a histogram saw.
    count: u64,
    /// How much of it was at or below each bound.
    buckets: Vec<u64>,
    /// When it was changed last, as the time since 1970.
    changed: Duration,
}

/// A figure of the script.
pub struct Metric {
    /// Its name, without the beginning that all have.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    labels: Vec<String>,
    /// What it means; as declared.
    help: String,
    cells: Mutex<BTreeMap<Vec<Text>, Cell>>,
}

/// Whether Prometheus takes a name; in those of figures there may be colons.
fn is_usual(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':');
    text.bytes().next().is_some_and(is_letter)
        && text.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// The number that a text begins with, as long as it is one; 0 without any.
fn leading_number(text: &str) -> (f64, bool) {
    let heads = (1..=text.len()).rev().filter_map(|end| text.get(..end));
    let mut numbers = heads.filter_map(|head| Some((head.parse().ok()?, head.len() == text.len())));
    numbers.next().unwrap_or((0.0, false))
}

impl Metric {
    /// Reads `name=NAME; label=A:B; buckets=1:2.5; help='TEXT'`; `odd` is told what was taken for something else.
    pub fn declare(text: &str, kind: &Kind, odd: &mut Vec<String>) -> Result<Metric, String> {
        let (mut name, mut labels, mut bounds) = ("", Vec::new(), BUCKETS.to_vec());
        let mut help = "";
        for part in parts(text).map(str::trim).filter(|p| !p.is_empty()) {
            match part
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
            {
                Some(("name", value)) => name = value,
                Some(("help", value)) => help = unquoted(value),
                Some(("label", value)) => labels = value.split(':').map(str::to_owned).collect(),
                Some(("buckets", value)) => {
                    let words = || value.split(':').map(str::trim);
                    if words().any(str::is_empty) {
                        let reason = "is no list of numbers with colons between them";
                        return Err(format!("`{value}` {reason}"));
                    }
                    bounds = words().map(|word| leading_number(word).0).collect();
                    if !bounds.is_sorted() {
                        return Err(format!("the buckets `{value}` are not in order"));
                    }
                    for word in words() {
                        if let (number, false) = leading_number(word) {
                            odd.push(format!("`{word}` is no number: {number} is taken"));
                        }
                    }
                }
                _ => {
                    return Err(format!(
                        "`{part}` is neither name nor label nor buckets nor help"
                    ));
                }
            }
        }
        if !is_name(name) || !labels.iter().all(|label| is_name(label)) {
            return Err(format!("`{text}` lacks a name"));
        }
        for name in labels.iter().map(String::as_str).chain([name]) {
            if !is_usual(name) {
                odd.push(format!("`{name}` is a name that Prometheus does not take"));
            }
        }
        if labels.len() > LABELS_MAX {
            return Err(format!("`{text}` has more than {LABELS_MAX} labels"));
        }
        let kind = match kind {
            Kind::Histogram(_) => Kind::Histogram(bounds),
            kind => kind.clone(),
        };
        Ok(Metric {
            name: name.to_owned(),
            kind,
            labels,
            help: help.to_owned(),
            cells: Mutex::default(),
        })
    }

    /// Changes the value for these labels; false when they are not as many as declared, or there are too many values. Values that
    /// nobody has changed for long are forgotten first; until then they are shown (observed on 5.6.3).
    pub fn observe(&self, labels: Vec<Text>, change: Observation, clock: Clock) -> bool {
        if labels.len() != self.labels.len() {
            return false;
        }
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembers) = clock.remembers {
            cells.retain(|_, cell| clock.now.saturating_sub(cell.changed) <= remembers);
        }
        if cells.len() >= VALUES_MAX && !cells.contains_key(&labels) {
            return false;
        }
        let cell = cells.entry(labels).or_default();
        cell.changed = clock.now;
        match (&self.kind, change) {
            (Kind::Histogram(bounds), Observation::Add(seen)) => {
                cell.buckets.resize(bounds.len(), 0);
                for (count, bound) in cell.buckets.iter_mut().zip(bounds) {
                    *count += u64::from(seen <= *bound);
                }
                cell.count += 1;
                cell.value += seen;
            }
            (_, Observation::Add(amount)) => cell.value += amount,
            (_, Observation::Set(value)) => cell.value = value,
        }
        true
    }

    /// Appends what it is, as Prometheus reads that: with 1 in `flags` its kind, with 2 its meaning if that was declared.
    pub fn describe(&self, flags: i64, beginning: &str, out: &mut String) {
        let (name, help) = (&self.name, &self.help);
        // Writing to memory does not fail.
        if flags & 2 != 0 && !help.is_empty() {
            let _ = writeln!(out, "# HELP {beginning}{name} {help}");
        }
        if flags & 1 != 0 {
            let kind = match self.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            let _ = writeln!(out, "# TYPE {beginning}{name} {kind}");
        }
    }

    /// Appends its lines. `tags` are labels that each has besides; `stamp` is the time as it stands behind each, with a blank before it.
    pub fn write(&self, beginning: &str, tags: &str, stamp: &str, out: &mut String) {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{beginning}{}", self.name);
        for (values, cell) in cells.iter() {
            let mut labels = self.shown_labels(values);
            if !labels.is_empty() && !tags.is_empty() {
                labels.push_str(", ");
            }
            labels.push_str(tags);
            let braced = if labels.is_empty() {
                String::new()
            } else {
                format!("{{{labels}}}")
            };
            // Writing to memory does not fail.
            let _ = match &self.kind {
                Kind::Counter => writeln!(out, "{name}{braced} {:.0}{stamp}", cell.value),
                Kind::Gauge => writeln!(out, "{name}{braced} {:.6}{stamp}", cell.value),
                Kind::Histogram(bounds) => {
                    let before = if labels.is_empty() { "" } else { ", " };
                    for (bound, count) in bounds.iter().zip(&cell.buckets) {
                        let _ = writeln!(
                            out,
                            "{name}_bucket{{{labels}{before}le=\"{bound:.6}\"}} {count}{stamp}"
                        );
                    }
                    let count = cell.count;
                    let _ = writeln!(
                        out,
                        "{name}_bucket{{{labels}{before}le=\"+Inf\"}} {count}{stamp}"
                    );
                    let _ = writeln!(out, "{name}_sum{braced} {:.6}{stamp}", cell.value);
                    writeln!(out, "{name}_count{braced} {count}{stamp}")
                }
            };
        }
    }

    fn shown_labels(&self, values: &[Text]) -> String {
        let mut shown = String::new();
        for (label, value) in self.labels.iter().zip(values) {
            let before = if shown.is_empty() { "" } else { ", " };
            let value = value.to_str_lossy();
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            // Writing to memory does not fail.
            let _ = write!(shown, "{before}{label}=\"{value}\"");
        }
        shown
    }
}

/// The parts between semicolons; those in quotes end none.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    text.split(move |c: char| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        quote.is_none() && c == ';'
    })
}

/// The text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

/// `a=x,b="y"` as labels that Prometheus reads: `a="x", b="y"`.
pub fn tags(text: &str) -> String {
    let tag = |part: &str| match part.split_once('=') {
        Some((name, value)) if !value.trim().starts_with('"') => {
            let value = value.trim().replace('\\', "\\\\").replace('"', "\\\"");
            format!("{}=\"{value}\"", name.trim())
        }
        _ => part.trim().to_owned(),
    };
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    parts.map(tag).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
