//! Values that scripts attach to a message and its transaction: `$avp`, `$xavp`, `$xavu`, `$xavi`.

use crate::Pv;
use crate::params;
use crate::xavp::{self, Path, Spelling};
use diagnostics::codes::names;
use module_api::ast::{TextPlace, Variable};
use module_api::{
    AvpName, Binder, Call, Diagnostic, Index, IndexSource, PvarInner, PvarSpec, SetError, Span,
    Template, Text, Value, View, pvar,
};
use std::borrow::Cow;
use std::ops::Range;

fn bad_name(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(names::BAD_VARIABLE_NAME, span, message)
}

/// The name of an `$avp` as a use has it.
pub enum AvpNameSource {
    /// A constant.
    Constant(AvpName),
    /// What a variable holds: an integer is a number's name, a text is a text's.
    Expanded(Template),
}

/// The name and the index of a use of `$avp`.
pub struct AvpUse {
    name: AvpNameSource,
    index: IndexSource,
}

impl PvarInner for AvpUse {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let template = spec.inner_template(binder)?;
        let name = match template.as_constant() {
            None => AvpNameSource::Expanded(template),
            Some(text) => {
                let pv = binder.module::<Pv>();
                match pv.as_ref().and_then(|pv| pv.aliases.get(&text)) {
                    Some(name) => AvpNameSource::Constant(name.clone()),
                    None => AvpNameSource::Constant(
                        params::avp_name(&text)
                            .map_err(|message| bad_name(spec.span(), message))?,
                    ),
                }
            }
        };
        Ok(AvpUse {
            name,
            index: spec.index(binder)?,
        })
    }
}

impl AvpUse {
    fn name(&self, call: &mut Call) -> Option<Cow<'_, AvpName>> {
        match &self.name {
            AvpNameSource::Constant(name) => Some(Cow::Borrowed(name)),
            AvpNameSource::Expanded(template) => match template.value(call) {
                Value::Int(number) => Some(Cow::Owned(AvpName::Number(number))),
                Value::Str(text) if !text.is_empty() => Some(Cow::Owned(AvpName::Text(text))),
                _ => None,
            },
        }
    }

    /// The newest value of a constant name, where that is asked for; the outer `None` where it takes working out.
    fn newest<'c>(&self, call: &'c Call) -> Option<Option<&'c Value>> {
        match (&self.name, &self.index) {
            (AvpNameSource::Constant(name), IndexSource::None) => {
                Some(call.attributes.avps.newest(name))
            }
            _ => None,
        }
    }
}

/// A value attached to the message and its transaction, `$avp(name)`; assigning puts a value on top of those of that name.
///
/// `$(avp(name)[1])` is the one below the newest, `[*]` all joined with commas. Assigning to `[*]` replaces all; `$null`
/// removes the newest, or all of `[*]`. Names are texts, `$avp(i:5)` numbers; a variable may hold the name.
#[pvar("avp", set = set_avp, view = view_avp, int = int_avp)]
fn avp(call: &mut Call, wanted: &AvpUse) -> Value {
    let Some(name) = wanted.name(call) else {
        return Value::Null;
    };
    let index = wanted.index.get(call);
    let avps = &call.attributes.avps;
    let found = match index {
        Index::None => avps.newest(&name),
        Index::At(at) if at >= 0 => avps.get(&name, at),
        // COMPAT: of the negative ones only that of the newest value means one (observed on 5.6.3).
        Index::At(at) if at.unsigned_abs() == avps.count(&name) as u64 => avps.newest(&name),
        Index::At(_) => None,
        Index::All => {
            let mut out = Vec::new();
            for value in avps.values(&name) {
                // COMPAT: empty values in front leave nothing behind, not even a comma (observed on 5.6.3).
                if !out.is_empty() {
                    out.extend_from_slice(b", ");
                }
                value.append_to(&mut out);
            }
            return if avps.count(&name) == 0 {
                Value::Null
            } else {
                Value::from(out)
            };
        }
    };
    found.cloned().unwrap_or_default()
}

fn set_avp(call: &mut Call, wanted: &AvpUse, value: Value) -> Result<(), SetError> {
    let Some(name) = wanted.name(call) else {
        return Err(SetError::refused("an AVP needs a name"));
    };
    let all = wanted.index.get(call) == Index::All;
    let avps = &mut call.attributes.avps;
    match (value.is_null(), all) {
        (true, true) => {
            avps.remove_all(&name);
        }
        (true, false) => {
            avps.pop(&name);
        }
        (false, true) => {
            avps.remove_all(&name);
            avps.push(name.into_owned(), value);
        }
        // COMPAT: an index of another value puts one on top, too (observed on 5.6.3).
        (false, false) => avps.push(name.into_owned(), value),
    }
    Ok(())
}

fn view_avp<'c>(call: &'c Call, wanted: &AvpUse) -> View<'c> {
    match wanted.newest(call) {
        Some(Some(Value::Str(text))) => View::Text(text),
        Some(None | Some(Value::Null)) => View::Null,
        Some(Some(Value::Int(_))) | None => View::Elsewhere,
    }
}

fn int_avp(call: &Call, wanted: &AvpUse) -> Option<i64> {
    match wanted.newest(call) {
        Some(Some(Value::Int(number))) => Some(*number),
        _ => None,
    }
}

/// One step of a path: a name, and an index within those of that name.
struct Step {
    name: Template,
    index: IndexSource,
}

/// A path as a use has it: `root[index]=>child[index]`.
pub struct PathUse {
    root: Step,
    child: Option<Step>,
}

impl PvarInner for PathUse {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let source = PathSource {
            text: spec.inner(),
            span: spec.span(),
        };
        let (root, child) = source.steps();
        let root = source.step(root, binder)?;
        let child = child.map(|child| source.step(child, binder)).transpose()?;
        Ok(PathUse { root, child })
    }
}

impl PathUse {
    fn path(&self, call: &mut Call) -> Path {
        Path {
            root: self.root.name.text(call),
            root_index: self.root.index.get(call),
            child: self
                .child
                .as_ref()
                .map(|child| (child.name.text(call), child.index.get(call))),
        }
    }
}

/// The text of a path.
struct PathSource<'a> {
    text: &'a str,
    span: Span,
}

impl PathSource<'_> {
    /// The places of root and child.
    fn steps(&self) -> (Range<usize>, Option<Range<usize>>) {
        let end = self.text.len();
        match outside_parentheses(self.text, "=>") {
            Some(at) => (0..at, Some(at + 2..end)),
            None => (0..end, None),
        }
    }

    fn step(&self, place: Range<usize>, binder: &mut Binder<'_>) -> Result<Step, Diagnostic> {
        let text = self.text.get(place.clone()).unwrap_or_default();
        let (name, index) = match outside_parentheses(text, "[") {
            Some(at) => {
                let inside = text.get(at + 1..).and_then(|rest| rest.strip_suffix(']'));
                let inside = inside
                    .ok_or_else(|| bad_name(self.span, format!("`{text}` lacks a bracket")))?;
                (place.start..place.start + at, self.index(inside, binder)?)
            }
            None => (place, IndexSource::None),
        };
        Ok(Step {
            name: self.name(name, binder)?,
            index,
        })
    }

    fn name(&self, place: Range<usize>, binder: &mut Binder<'_>) -> Result<Template, Diagnostic> {
        let text = self.text.get(place.clone()).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(bad_name(self.span, format!("`{}` lacks a name", self.text)));
        }
        let span = TextPlace::Verbatim(self.span).span_of(place);
        binder.template_at(text.trim(), TextPlace::Verbatim(span))
    }

    fn index(&self, text: &str, binder: &mut Binder<'_>) -> Result<IndexSource, Diagnostic> {
        match text.trim() {
            "*" => Ok(IndexSource::All),
            text if text.starts_with('$') => Ok(IndexSource::Variable(Box::new(
                binder.variable_in(text, self.span)?,
            ))),
            text => text.parse().map(IndexSource::At).map_err(|_| {
                bad_name(
                    self.span,
                    format!("`{text}` is no index: a number, `*` or a variable is"),
                )
            }),
        }
    }
}

/// Where `wanted` first stands outside of parentheses.
fn outside_parentheses(text: &str, wanted: &str) -> Option<usize> {
    let mut depth = 0u32;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(wanted)) => {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

/// A value, or a list of named values, attached to the message and its transaction, `$xavp(root=>child)`.
///
/// Without an index the newest root is read, and assigning makes a new one; `$xavp(root[0]=>child)` adds a child to the
/// newest, `$xavp(root[0]=>child[0])` replaces one. `[*]` of a child joins all with commas. `$null` removes.
#[pvar("xavp", set = set_xavp)]
fn extended(call: &mut Call, wanted: &PathUse) -> Value {
    let path = wanted.path(call);
    xavp::read(&call.attributes.xavps, &path, Spelling::Exact)
}

fn set_xavp(call: &mut Call, wanted: &PathUse, value: Value) -> Result<(), SetError> {
    let path = wanted.path(call);
    xavp::write(&mut call.attributes.xavps, path, value, Spelling::Exact)
}

/// Like `$xavp`, but upper and lower case are the same in names.
#[pvar("xavi", set = set_xavi)]
fn extended_ignoring_case(call: &mut Call, wanted: &PathUse) -> Value {
    let path = wanted.path(call);
    xavp::read(&call.attributes.xavis, &path, Spelling::IgnoringCase)
}

fn set_xavi(call: &mut Call, wanted: &PathUse, value: Value) -> Result<(), SetError> {
    let path = wanted.path(call);
    xavp::write(
        &mut call.attributes.xavis,
        path,
        value,
        Spelling::IgnoringCase,
    )
}

/// The names of a use of `$xavu`: everything after the first `=>` is the name of the child.
pub struct SingleUse {
    root: Template,
    child: Option<Template>,
}

impl PvarInner for SingleUse {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let source = PathSource {
            text: spec.inner(),
            span: spec.span(),
        };
        let (root, child) = source.steps();
        let root = source.name(root, binder)?;
        let child = child.map(|child| source.name(child, binder)).transpose()?;
        Ok(SingleUse { root, child })
    }
}

impl SingleUse {
    fn names(&self, call: &mut Call) -> (Text, Option<Text>) {
        (
            self.root.text(call),
            self.child.as_ref().map(|child| child.text(call)),
        )
    }
}

/// A value attached to the message and its transaction, `$xavu(name)` or `$xavu(root=>child)`: assigning replaces it.
#[pvar("xavu", set = set_xavu)]
fn extended_single(call: &mut Call, wanted: &SingleUse) -> Value {
    let (root, child) = wanted.names(call);
    xavp::read_single(&call.attributes.xavus, &root, child.as_ref())
}

fn set_xavu(call: &mut Call, wanted: &SingleUse, value: Value) -> Result<(), SetError> {
    let (root, child) = wanted.names(call);
    xavp::write_single(&mut call.attributes.xavus, root, child, value);
    Ok(())
}

/// What `$cnt` counts.
pub enum Counted {
    /// `$avp`s.
    Avp(AvpUse),
    /// `$xavp`s.
    Xavp(PathUse),
    /// `$xavi`s.
    Xavi(PathUse),
}

impl PvarInner for Counted {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let mut mistakes = Vec::new();
        let place = TextPlace::Verbatim(spec.span());
        let format = script_syntax::parse_format(spec.inner(), place, &mut mistakes);
        if let Some(mistake) = mistakes.into_iter().find(Diagnostic::is_error) {
            return Err(mistake);
        }
        let variable: Option<&Variable> = format.as_variable();
        match variable.map(|variable| (&*variable.class, PvarSpec { variable })) {
            Some(("avp", spec)) => AvpUse::bind(&spec, binder).map(Counted::Avp),
            Some(("xavp", spec)) => PathUse::bind(&spec, binder).map(Counted::Xavp),
            Some(("xavi", spec)) => PathUse::bind(&spec, binder).map(Counted::Xavi),
            _ => Err(bad_name(
                spec.span(),
                format!(
                    "`{}` is not an AVP or XAVP that could be counted",
                    spec.inner()
                ),
            )),
        }
    }
}

/// How many values an AVP has, `$cnt($avp(name))`, or items an XAVP, `$cnt($xavp(root[0]=>child))`.
///
/// Without an index all of that name are counted.
#[pvar("cnt")]
fn count(call: &mut Call, counted: &Counted) -> Value {
    Value::Int(match counted {
        Counted::Avp(wanted) => match wanted.name(call) {
            Some(name) => call.attributes.avps.count(&name) as i64,
            None => 0,
        },
        Counted::Xavp(wanted) => {
            let path = wanted.path(call);
            xavp::count(&call.attributes.xavps, &path, Spelling::Exact)
        }
        Counted::Xavi(wanted) => {
            let path = wanted.path(call);
            xavp::count(&call.attributes.xavis, &path, Spelling::IgnoringCase)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::outside_parentheses;

    #[test]
    fn what_stands_in_parentheses_does_not_divide_a_path() {
        assert_eq!(outside_parentheses("a=>b", "=>"), Some(1));
        assert_eq!(outside_parentheses("$sht(a=>b)=>c", "=>"), Some(10));
        assert_eq!(outside_parentheses("$(avp(x)[0])", "["), None);
        assert_eq!(outside_parentheses("", "["), None);
    }
}
