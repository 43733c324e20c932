//! Variables.

use crate::Mqueue;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Template, Text, Value, pvar};
use std::sync::Arc;

/// The pairs that the run has fetched, by queue.
#[derive(Default)]
pub struct Fetched(Vec<(Text, Text, Text)>);

impl Fetched {
    /// Keeps the pair fetched from a queue, in the place of the one before.
    pub fn put(call: &mut Call, queue: Text, key: Text, value: Text) {
        Fetched::forget(call, &queue);
        match call.notes.get_mut::<Fetched>() {
            Some(fetched) => fetched.0.push((queue, key, value)),
            None => call.notes.set(Fetched(vec![(queue, key, value)])),
        }
    }

    /// Forgets the pair fetched from a queue.
    pub fn forget(call: &mut Call, queue: &[u8]) {
        if let Some(fetched) = call.notes.get_mut::<Fetched>() {
            fetched.0.retain(|(name, _, _)| **name != *queue);
        }
    }

    fn get<'a>(call: &'a Call, queue: &[u8]) -> Option<&'a (Text, Text, Text)> {
        call.notes
            .get::<Fetched>()?
            .0
            .iter()
            .find(|(name, _, _)| **name == *queue)
    }
}

/// The name of a queue, and the module.
pub struct QueueName {
    name: Template,
    mqueue: Option<Arc<Mqueue>>,
}

impl PvarInner for QueueName {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(QueueName {
            name: spec.inner_template(binder)?,
            mqueue: binder.module::<Mqueue>(),
        })
    }
}

/// The key of the pair last fetched from a queue; null when that is empty.
#[pvar("mqk")]
pub fn key(call: &mut Call, queue: &QueueName) -> Value {
    let name = queue.name.text(call);
    shown(Fetched::get(call, &name).map(|(_, key, _)| key))
}

/// The value of the pair last fetched from a queue; null when that is empty.
#[pvar("mqv")]
pub fn value(call: &mut Call, queue: &QueueName) -> Value {
    let name = queue.name.text(call);
    shown(Fetched::get(call, &name).map(|(_, _, value)| value))
}

/// Observed on 5.6.3: what is empty is null.
fn shown(text: Option<&Text>) -> Value {
    text.filter(|text| !text.is_empty())
        .map_or(Value::Null, |text| Value::Str(text.clone()))
}

/// How many pairs a queue holds.
#[pvar("mq_size")]
pub fn size(call: &mut Call, queue: &QueueName) -> Value {
    let name = queue.name.text(call);
    match queue.mqueue.as_ref().and_then(|mqueue| mqueue.queue(&name)) {
        Some(queue) => Value::Int(queue.len() as i64),
        None => Value::Null,
    }
}
