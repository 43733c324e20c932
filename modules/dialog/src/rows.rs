//! Dialogs as rows of the tables `dialog` and `dialog_vars`.

use crate::dialog::{Body, Dialog, Extra, Membership, Properties, State, marks};
use crate::packed::{Field, Packed};
use crate::params::Columns;
use crate::profiles::Profiles;
use db::{Row, Value};
use module_api::{SocketId, Sockets, Text};

/// The columns of a dialog, in the order of [`write`]: those that never change first.
pub fn columns(columns: &Columns) -> Vec<Text> {
    vec![
        columns.h_entry_column.clone(),
        columns.h_id_column.clone(),
        columns.call_id_column.clone(),
        columns.from_uri_column.clone(),
        columns.from_tag_column.clone(),
        columns.to_uri_column.clone(),
        Text::from_static("req_uri"),
        columns.to_tag_column.clone(),
        columns.from_cseq_column.clone(),
        columns.to_cseq_column.clone(),
        columns.from_route_column.clone(),
        columns.to_route_column.clone(),
        columns.from_contact_column.clone(),
        columns.to_contact_column.clone(),
        columns.from_sock_column.clone(),
        columns.to_sock_column.clone(),
        columns.state_column.clone(),
        columns.start_time_column.clone(),
        columns.timeout_column.clone(),
        columns.sflags_column.clone(),
        Text::from_static("iflags"),
        columns.toroute_name_column.clone(),
        Text::from_static("xdata"),
    ]
}

fn socket_text(sockets: &Sockets, socket: Option<SocketId>) -> Value {
    let socket = socket.and_then(|id| sockets.get(id));
    Value::Text(socket.map(|socket| socket.text()).unwrap_or_default())
}

/// The cells of a dialog, in the order of [`columns`].
pub fn write(dialog: &Dialog, body: &Body, profiles: &Profiles, sockets: &Sockets) -> Vec<Value> {
    let text = |field| Value::Text(Text::from(body.texts.text(field)));
    let maybe = |field| Value::from_option(body.texts.get(field));
    let number = |number: u32| Value::Int(i64::from(number));
    let cseq = |number: u32| Value::Text(Text::from(i64::from(number)));
    let route = body.timeout_route();
    vec![
        number(dialog.entry),
        number(dialog.id),
        text(Field::CallId),
        text(Field::FromUri),
        text(Field::FromTag),
        text(Field::ToUri),
        text(Field::RequestUri),
        text(Field::ToTag),
        cseq(body.caller_number),
        cseq(body.callee_number),
        maybe(Field::CallerRoutes),
        maybe(Field::CalleeRoutes),
        text(Field::CallerContact),
        text(Field::CalleeContact),
        socket_text(sockets, body.caller_socket),
        socket_text(sockets, body.callee_socket),
        Value::Int(body.state as i64),
        number(body.answered),
        number(body.deadline),
        number(body.flags),
        Value::Int(i64::from(body.properties.0)),
        Value::from_option((!route.is_empty()).then_some(route)),
        Value::Text(data(dialog, body.profiles(), profiles)),
    ]
}

/// `{"profiles":[{"name":"caller","value":"alice","puid":"…"}]}` (observed on 5.6.3).
fn data(dialog: &Dialog, memberships: &[Membership], profiles: &Profiles) -> Text {
    let mut list = Vec::new();
    for (number, membership) in memberships.iter().enumerate() {
        let Some(profile) = profiles.get(membership.profile) else {
            continue;
        };
        let mut item = serde_json::Map::new();
        let text = |text: &Text| serde_json::Value::from(text.to_str_lossy());
        item.insert("name".to_owned(), text(&profile.name));
        if profile.has_values {
            item.insert("value".to_owned(), text(&membership.value));
        }
        let unique = format!("dlgp-{:x}-{:x}-{number}", dialog.entry, dialog.id);
        item.insert("puid".to_owned(), unique.into());
        list.push(serde_json::Value::Object(item));
    }
    let data = serde_json::json!({ "profiles": list });
    Text::from(data.to_string())
}

/// A dialog as a row has it, and the profiles it was in; none when the row makes no sense.
pub fn read(
    row: Row<'_>,
    profiles: &Profiles,
    sockets: &Sockets,
    now: u32,
) -> Option<(Dialog, Vec<Membership>)> {
    let cell = |at: usize| row.get(at);
    let number = |at: usize| u32::try_from(cell(at)?.as_int()?).ok();
    let bytes = |at: usize| cell(at).and_then(Value::as_bytes);
    let socket = |at: usize| {
        let text = bytes(at)?;
        let mut list = sockets.list.iter();
        list.find(|socket| *socket.text() == *text).map(|s| s.id)
    };
    let fields = [
        (Field::CallId, 2),
        (Field::FromUri, 3),
        (Field::FromTag, 4),
        (Field::ToUri, 5),
        (Field::RequestUri, 6),
        (Field::ToTag, 7),
        (Field::CallerRoutes, 10),
        (Field::CalleeRoutes, 11),
        (Field::CallerContact, 12),
        (Field::CalleeContact, 13),
    ];
    let texts: Vec<(Field, &[u8])> = fields
        .iter()
        .filter_map(|(field, at)| Some((*field, bytes(*at).filter(|text| !text.is_empty())?)))
        .collect();
    let state = State::from_number(cell(16)?.as_int()?)?;
    let body = Body {
        texts: Packed::new(&texts),
        state,
        marks: marks::ANSWERED | marks::TRANSACTION | marks::OURS,
        properties: Properties(number(20).unwrap_or(0) as u16),
        flags: number(19).unwrap_or(0),
        created: number(17).unwrap_or(now),
        answered: number(17).unwrap_or(now),
        ended: 0,
        deadline: number(18).unwrap_or(now),
        lifetime: number(18)
            .unwrap_or(now)
            .saturating_sub(number(17).unwrap_or(now)),
        invite_number: number(8).unwrap_or(0),
        caller_number: number(8).unwrap_or(0),
        callee_number: number(9).unwrap_or(0),
        caller_socket: socket(14),
        callee_socket: socket(15),
        carrier: None,
        byes: 0,
        silent: 0,
        kept_alive: now,
        is_stored: true,
        has_new_variables: false,
        extra: bytes(21).filter(|name| !name.is_empty()).map(|name| {
            Box::new(Extra {
                timeout_route: Text::from(name),
                ..Extra::default()
            })
        }),
    };
    let memberships = bytes(22).map(|data| memberships(data, profiles));
    let dialog = Dialog::new(number(0)?, number(1)?, body);
    Some((dialog, memberships.unwrap_or_default()))
}

fn memberships(data: &[u8], profiles: &Profiles) -> Vec<Membership> {
    let Ok(data) = serde_json::from_slice::<serde_json::Value>(data) else {
        return Vec::new();
    };
    let list = data.get("profiles").and_then(|list| list.as_array());
    let items = list.into_iter().flatten();
    let read = items.filter_map(|item| {
        let name = item.get("name")?.as_str()?;
        let value = item.get("value").and_then(|value| value.as_str());
        Some(Membership {
            profile: profiles.find(name.as_bytes())?,
            value: Text::from(value.unwrap_or_default()),
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::tests::body;

    #[test]
    fn a_dialog_comes_back_from_its_row() {
        let profiles = Profiles::default();
        profiles.declare(b"caller", true, 1);
        let mut body = body(State::Confirmed);
        body.flags = 16;
        body.extra_mut().timeout_route = Text::from("TOR");
        let dialog = Dialog::new(3, 9, body);
        assert!(profiles.join(&dialog, 0, Text::from("alice")));
        let sockets = Sockets::default();
        let row = write(&dialog, &dialog.body(), &profiles, &sockets);
        let (back, memberships) = read(&row, &profiles, &sockets, 500).unwrap();
        assert_eq!((back.entry, back.id), (3, 9));
        assert_eq!(memberships, dialog.body().profiles());
        let back = back.body();
        assert_eq!(back.texts.text(Field::CallId), b"call");
        assert_eq!(back.texts.get(Field::CalleeContact), None);
        assert_eq!((back.state, back.flags), (State::Confirmed, 16));
        assert_eq!((back.deadline, back.answered), (1_000, 110));
        assert_eq!(back.timeout_route(), b"TOR");
        assert!(read(&row[..5], &profiles, &sockets, 500).is_none());
    }
}
