//! Variables.

use crate::contacts::{Attribute, Profiles};
use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, Index, IndexSource, PvarInner, PvarSpec, Text, Value, pvar,
};

/// `profile=>attribute`, and which contact.
pub struct ContactAttribute {
    profile: Text,
    attribute: Attribute,
    index: IndexSource,
}

impl PvarInner for ContactAttribute {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let inner = spec.inner();
        let wrong =
            |reason: String| Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), reason);
        let Some((profile, attribute)) = inner.split_once("=>") else {
            return Err(wrong(format!(
                "`{inner}` is not of the form `profile=>attribute`"
            )));
        };
        let name = attribute.trim();
        let Some(attribute) = Attribute::from_name(name) else {
            return Err(wrong(format!("contacts have no attribute `{name}`")));
        };
        Ok(ContactAttribute {
            profile: Text::from(profile.trim()),
            attribute,
            index: spec.index(binder)?,
        })
    }
}

/// An attribute of a contact that `reg_fetch_contacts` has fetched: `$ulc(profile=>addr)`; an index chooses the contact.
///
/// In `event_route[usrloc:contact-expired]`, the profile `exp` has the contact that ended.
#[pvar("ulc")]
pub fn contact_attribute(call: &mut Call, which: &ContactAttribute) -> Value {
    let at = match which.index.get(call) {
        Index::None => 0,
        // A number below 0 is the first, as none is (observed on 5.6.3).
        Index::At(at) => usize::try_from(at).unwrap_or_default(),
        Index::All => 0,
    };
    let profiles = call.notes.get::<Profiles>();
    match profiles.and_then(|profiles| profiles.get(&which.profile)) {
        Some(profile) => profile.attribute(&call.runtime, which.attribute, at),
        None => Value::Null,
    }
}
