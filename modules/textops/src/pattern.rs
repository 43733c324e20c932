//! Regular expressions of scripts.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use std::sync::Arc;
use stdx::ere::{Ere, Flags, Subst};

/// Expressions that each lane keeps compiled.
const KEPT_MAX: usize = 64;

/// How `search` and its kin compile their expression.
pub const BY_LINES: Flags = Flags {
    ignore_case: true,
    newline: true,
};

/// How `regex_substring` compiles its expression.
pub const EXACT: Flags = Flags {
    ignore_case: false,
    newline: false,
};

/// A constant expression that sees the text as one line.
#[derive(Clone)]
pub struct WholeText(pub Arc<Ere>);

impl ScriptArg for WholeText {
    type Bound = Arc<Ere>;
    const KIND: ArgKind = ArgKind::Regex;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(pattern) = source.literal() else {
            return Err(source.error("a constant regular expression is needed here"));
        };
        let flags = Flags {
            ignore_case: true,
            newline: false,
        };
        match Ere::compile(pattern.as_bytes(), flags) {
            Ok(regex) => Ok(Arc::new(regex)),
            Err(error) => {
                Err(source.error(format!("`{pattern}` is no regular expression: {error}")))
            }
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(WholeText(bound.clone()))
    }
}

/// Expressions that are known at run time only, the last ones used.
struct Kept<T> {
    entries: Vec<(Text, Flags, Arc<T>)>,
    next: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept {
            entries: Vec::new(),
            next: 0,
        }
    }
}

impl<T> Kept<T> {
    fn find(&self, text: &[u8], flags: Flags) -> Option<Arc<T>> {
        let mut entries = self.entries.iter();
        entries
            .find(|(key, with, _)| *key == *text && *with == flags)
            .map(|entry| entry.2.clone())
    }

    fn put(&mut self, text: Text, flags: Flags, value: Arc<T>) {
        let entry = (text, flags, value);
        match self.entries.get_mut(self.next % KEPT_MAX) {
            Some(oldest) => *oldest = entry,
            None => self.entries.push(entry),
        }
        self.next = (self.next + 1) % KEPT_MAX;
    }
}

/// The expression `pattern`, compiled when it is used for the first time; what is wrong with it is logged.
pub fn compiled(call: &mut Call, pattern: &Text, flags: Flags) -> Option<Arc<Ere>> {
    if let Some(regex) = call.lane.get::<Kept<Ere>>().find(pattern, flags) {
        return Some(regex);
    }
    match Ere::compile(pattern, flags) {
        Ok(regex) => {
            let regex = Arc::new(regex);
            call.lane
                .get::<Kept<Ere>>()
                .put(pattern.clone(), flags, regex.clone());
            Some(regex)
        }
        Err(error) => {
            call.error(format_args!(
                "`{pattern}` is no regular expression: {error}"
            ));
            None
        }
    }
}

/// The substitution `expression`, in which variables have been expanded already.
pub fn substitution(call: &mut Call, expression: &Text) -> Option<Arc<Subst<()>>> {
    if let Some(subst) = call.lane.get::<Kept<Subst<()>>>().find(expression, EXACT) {
        return Some(subst);
    }
    match Subst::parse(expression, |_| Ok::<_, std::convert::Infallible>(None)) {
        Ok(subst) => {
            let subst = Arc::new(subst);
            call.lane
                .get::<Kept<Subst<()>>>()
                .put(expression.clone(), EXACT, subst.clone());
            Some(subst)
        }
        Err(error) => {
            call.error(format_args!("`{expression}` is no substitution: {error}"));
            None
        }
    }
}
