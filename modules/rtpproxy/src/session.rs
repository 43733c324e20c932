//! What a message says about the session it belongs to.

use crate::command::{BranchKey, Options, Session};
use module_api::{Call, Template, Text};

/// The session of the message at hand; `is_reversed` swaps its ends. None when it has no Call-ID or From tag.
pub fn of(
    call: &mut Call,
    options: &Options,
    extra_id: Option<&Template>,
    is_reversed: bool,
) -> Option<Session> {
    let message = call.message.clone();
    let branch = |position: usize| {
        let via = message.vias().filter_map(Result::ok).nth(position)?;
        via.branch.map(|span| Text::from(message.text(span)))
    };
    let key = match options.branch {
        BranchKey::None => None,
        BranchKey::First => branch(0),
        BranchKey::Second => branch(1),
        BranchKey::ByDirection => branch(usize::from(!message.is_request())),
        BranchKey::Variable => extra_id.map(|extra_id| extra_id.value(call).into_text()),
    };
    let call_id = message.call_id().ok()?;
    let from = Text::from(message.from_tag()?);
    let to = Text::from(message.to_tag().unwrap_or_default());
    let (from_tag, to_tag) = if is_reversed { (to, from) } else { (from, to) };
    let is_word = |text: &[u8]| !text.iter().any(u8::is_ascii_whitespace);
    let session = Session {
        call_id: match key.filter(|key| !key.is_empty()) {
            Some(key) => Text::concat(&[call_id, b";", &key]),
            None => Text::from(call_id),
        },
        from_tag,
        to_tag,
    };
    let parts = [&session.call_id, &session.from_tag, &session.to_tag];
    (!session.from_tag.is_empty() && parts.iter().all(|part| is_word(part))).then_some(session)
}
