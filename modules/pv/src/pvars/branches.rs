//! The branches beside branch 0, and the branch that scripts put together by hand.

use crate::branch::{self, Attribute, StaticBranch};
use crate::pvars::{Key, Keyed};
use module_api::{
    Binder, Call, Diagnostic, Index, IndexSource, PlaceDetails, PvarInner, PvarSpec, SetError,
    Target, Value, pvar, write_destination_set, write_with_q,
};

impl Key for Attribute {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("uri", Attribute::Uri),
        ("dst_uri", Attribute::DestinationUri),
        ("path", Attribute::Path),
        ("q", Attribute::Q),
        ("send_socket", Attribute::Socket),
        ("count", Attribute::Count),
        ("flags", Attribute::Flags),
        ("ruid", Attribute::Ruid),
        ("location_ua", Attribute::LocationUserAgent),
        ("otcpid", Attribute::Connection),
        ("instance", Attribute::Instance),
    ];
}

/// The attribute and the index of a use of `$branch`.
pub struct BranchUse {
    attribute: Attribute,
    index: IndexSource,
}

impl PvarInner for BranchUse {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let Keyed(attribute) = Keyed::bind(spec, binder)?;
        Ok(BranchUse {
            attribute,
            index: spec.index(binder)?,
        })
    }
}

impl BranchUse {
    /// The position among the branches that the index means.
    fn position(&self, call: &mut Call) -> Option<usize> {
        let count = call.branches.list.len();
        let position = match self.index.get(call) {
            Index::At(at) if at < 0 => usize::try_from(count as i64 + at).ok()?,
            Index::At(at) => usize::try_from(at).ok()?,
            Index::None | Index::All => 0,
        };
        (position < count).then_some(position)
    }
}

/// An attribute of a branch beside branch 0, `$(branch(uri)[1])`; of the first one without an index, `[-1]` of the last.
///
/// `uri`, `dst_uri`, `path`, `q` (thousandths), `send_socket`, `flags`, `otcpid` can be set; `ruid`, `location_ua`,
/// `instance` cannot. `count` is how many there are, null for none. Setting `uri` to `$null` removes the branch.
#[pvar("branch", set = set_branch)]
fn branch_attribute(call: &mut Call, wanted: &BranchUse) -> Value {
    if wanted.attribute == Attribute::Count {
        let count = call.branches.list.len() as i64;
        return if count == 0 {
            Value::Null
        } else {
            Value::Int(count)
        };
    }
    let Some(position) = wanted.position(call) else {
        return Value::Null;
    };
    match call.branches.list.get(position) {
        Some(target) => branch::read(call, target, wanted.attribute),
        None => Value::Null,
    }
}

fn set_branch(call: &mut Call, wanted: &BranchUse, value: Value) -> Result<(), SetError> {
    let Some(position) = wanted.position(call) else {
        return Err(SetError::refused("there is no such branch"));
    };
    if wanted.attribute == Attribute::Uri && value.is_null() {
        call.branches.list.remove(position);
        return Ok(());
    }
    let change = branch::Change::of(call, wanted.attribute, value)?;
    if let Some(target) = call.branches.list.get_mut(position) {
        change.apply(target);
    }
    Ok(())
}

/// An attribute of the branch that is put together by hand; see `sbranch_append()` and `sbranch_set_ruri()`.
///
/// The attributes are those of `$branch`, and `count` is the number of branches there are. Setting `uri` to `$null`
/// forgets all of them.
#[pvar("sbranch", set = set_static_branch)]
fn static_branch(call: &mut Call, attribute: &Keyed<Attribute>) -> Value {
    if attribute.0 == Attribute::Count {
        return Value::Int(call.branches.list.len() as i64);
    }
    match call.notes.get::<StaticBranch>() {
        Some(branch) => branch::read(call, &branch.0, attribute.0),
        None => Value::Null,
    }
}

fn set_static_branch(
    call: &mut Call,
    attribute: &Keyed<Attribute>,
    value: Value,
) -> Result<(), SetError> {
    if attribute.0 == Attribute::Uri && value.is_null() {
        call.notes.take::<StaticBranch>();
        return Ok(());
    }
    let change = branch::Change::of(call, attribute.0, value)?;
    let mut branch = call.notes.take::<StaticBranch>().unwrap_or_default();
    change.apply(&mut branch.0);
    call.notes.set(branch);
    Ok(())
}

/// The URI of the first branch beside branch 0. Setting it adds a branch.
#[pvar("br", set = add_branch)]
fn first_branch(call: &mut Call) -> Value {
    Value::from_option(
        call.branches
            .list
            .first()
            .and_then(|target| target.uri.clone()),
    )
}

fn add_branch(call: &mut Call, value: Value) -> Result<(), SetError> {
    match value {
        Value::Null => Ok(()),
        value => {
            let uri = crate::pvars::request_uri::text(value)?;
            branch::append(
                call,
                Target {
                    uri: Some(uri),
                    ..Target::default()
                },
            )
        }
    }
}

/// The URIs of all branches beside branch 0, separated by commas.
#[pvar("bR")]
fn all_branches(call: &mut Call) -> Value {
    let mut out = Vec::new();
    for target in &call.branches.list {
        if !out.is_empty() {
            out.extend_from_slice(b", ");
        }
        let uri = target.uri.as_deref().unwrap_or_default();
        match target.q {
            Some(_) => write_with_q(uri, target.q, &mut out),
            None => out.extend_from_slice(uri),
        }
    }
    if call.branches.list.is_empty() {
        Value::Null
    } else {
        Value::from(out)
    }
}

/// All places the request may go to, as a Contact header field: the Request-URI when it was changed, then the branches.
#[pvar("ds")]
fn destination_set(call: &mut Call) -> Value {
    let mut out = Vec::new();
    write_destination_set(call, PlaceDetails::default(), &mut out);
    if out.is_empty() {
        Value::Null
    } else {
        Value::from(out)
    }
}

/// The number of the location record that `lookup()` chose.
#[pvar("ruid")]
fn ruid(call: &mut Call) -> Value {
    Value::from_option(call.target.ruid().cloned())
}

/// The user agent of the location record that `lookup()` chose.
#[pvar("location_ua")]
fn location_user_agent(call: &mut Call) -> Value {
    Value::from_option(call.target.user_agent().cloned())
}
