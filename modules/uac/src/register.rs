//! Keeping registrations at other registrars (RFC 3261 §10.2).

use crate::Uac;
use crate::credentials::{self, Challenged, Credential};
use crate::registrations::{Account, Registration, State};
use crate::sending::{cnonce, with_line};
use mod_tm::uac::{self, FinalResponse, LocalRequest};
use module_api::{Runtime, Text, Work};
use sip::{Contact, HeaderId, Message, Uri};
use std::sync::Arc;

/// The CSeq of the first REGISTER.
const FIRST_SEQUENCE: u32 = 10;

/// Refreshes what is due. The timer comes again after its interval: what would end before is refreshed at once, and what has
/// failed is tried again as early (observed on 5.6.3).
pub fn look_after(own: &Arc<Uac>, runtime: &Arc<Runtime>) {
    if !own.registrations.is_active() {
        return;
    }
    let now = seconds(runtime);
    let ahead = own.params.reg_timer_interval.saturating_add(3);
    for registration in own.registrations.take_due(now, ahead) {
        begin(own, runtime, &registration, registration.expires);
    }
}

/// The time, in seconds since 1970.
pub fn seconds(runtime: &Runtime) -> i64 {
    i64::try_from(runtime.host.unix_time().as_secs()).unwrap_or(i64::MAX)
}

/// Sends a REGISTER at once, whatever the time; `expires` of 0 takes the registration away.
pub fn send_now(own: &Arc<Uac>, runtime: &Arc<Runtime>, registration: &Registration, expires: i64) {
    own.registrations
        .change(&registration.account.uuid, |registration| match expires {
            0 => registration.state.change(
                State::DISABLED,
                State::ONLINE | State::ONGOING | State::ANSWERED,
            ),
            _ => registration
                .state
                .change(State::ONGOING, State::DISABLED | State::ANSWERED),
        });
    begin(own, runtime, registration, expires);
}

/// A REGISTER on its way.
struct Attempt {
    account: Arc<Account>,
    expires: i64,
    request: LocalRequest,
    /// Whether it answers a challenge.
    is_answer: bool,
}

fn begin(own: &Arc<Uac>, runtime: &Arc<Runtime>, registration: &Registration, expires: i64) {
    let account = registration.account.clone();
    let mut request = compose(own, runtime, &account, expires);
    if own.params.reg_keep_callid && !registration.call_id.is_empty() {
        request.call_id = registration.call_id.clone();
        request.cseq = registration.sequence.saturating_add(1);
    }
    let attempt = Attempt {
        account,
        expires,
        request,
        is_answer: false,
    };
    send(own, runtime, attempt);
}

fn compose(own: &Uac, runtime: &Runtime, account: &Account, expires: i64) -> LocalRequest {
    let [user, domain] = [&account.remote_username, &account.remote_domain];
    let address = Text::concat(&[b"<sip:", user, b"@", domain, b">"]);
    LocalRequest {
        method: Text::from("REGISTER"),
        uri: Text::concat(&[b"sip:", domain]),
        from: address.clone(),
        to: address,
        cseq: FIRST_SEQUENCE,
        headers: Text::concat(&[
            b"Contact: <",
            &contact(own, account),
            b">\r\nExpires: ",
            &Text::from(expires),
            b"\r\n",
        ]),
        next_hop: (!account.proxy.is_empty()).then(|| account.proxy.clone()),
        socket: own.socket(&runtime.sockets, &account.socket),
        ..LocalRequest::default()
    }
}

/// The user of an account's Contact.
fn contact_user(account: &Account) -> &Text {
    match account.contact_user.is_empty() {
        true => &account.uuid,
        false => &account.contact_user,
    }
}

/// The Contact of an account. Where its user is another than the account's name, that is told beside.
fn contact(own: &Uac, account: &Account) -> Text {
    let address = match account.contact_address.is_empty() {
        true => &own.params.reg_contact_addr,
        false => &account.contact_address,
    };
    let (uuid, user) = (&account.uuid, &account.contact_user);
    match user.is_empty() {
        true => Text::concat(&[b"sip:", uuid, b"@", address]),
        false => Text::concat(&[b"sip:", user, b"@", address, b";line=", uuid]),
    }
}

fn send(own: &Arc<Uac>, runtime: &Arc<Runtime>, attempt: Attempt) {
    let uuid = attempt.account.uuid.clone();
    let request = attempt.request.clone();
    let told = own.clone();
    let finish = move |work: &mut Work<'_>, response: &FinalResponse| {
        let runtime = work.runtime.clone();
        let cnonce = cnonce(work);
        finished(&told, &runtime, attempt, response, &cnonce);
    };
    if !uac::send(runtime, &request, Some(Box::new(finish))) {
        runtime.error(format_args!("the account {uuid} makes no REGISTER"));
        fail(own, runtime, &uuid);
    }
}

fn finished(
    own: &Arc<Uac>,
    runtime: &Arc<Runtime>,
    attempt: Attempt,
    response: &FinalResponse,
    cnonce: &str,
) {
    let uuid = attempt.account.uuid.clone();
    match (response.status, &response.message) {
        (200..300, Some(message)) => accept(own, runtime, &attempt, message),
        (401 | 407, Some(message)) if !attempt.is_answer => {
            match answered(attempt, message, cnonce) {
                Some(next) => {
                    own.registrations.change(&uuid, |registration| {
                        registration.state.change(State::ANSWERED, 0)
                    });
                    send(own, runtime, next);
                }
                None => fail(own, runtime, &uuid),
            }
        }
        (423, Some(message)) if attempt.expires > 0 => {
            // RFC 3261 §10.2.8: the registrar wants it for longer.
            let least = message
                .leading_number(HeaderId::MinExpires)
                .map_or(0, i64::from);
            if least <= attempt.expires {
                fail(own, runtime, &uuid);
                return;
            }
            // Observed on 5.6.3: it stays so.
            own.registrations
                .change(&uuid, |registration| registration.expires = least);
            if let Some(registration) = own.registrations.find(|r| r.account.uuid == uuid) {
                begin(own, runtime, &registration, least);
            }
        }
        (status, _) => {
            runtime.error(format_args!(
                "the registration of {uuid} has failed with {status}"
            ));
            fail(own, runtime, &uuid);
        }
    }
}

/// The REGISTER that answers a challenge.
fn answered(attempt: Attempt, response: &Message, cnonce: &str) -> Option<Attempt> {
    let account = &attempt.account;
    let is_ha1 = !account.auth_ha1.is_empty();
    let credential = Credential {
        username: account.auth_username.clone(),
        realm: account.realm.clone(),
        password: if is_ha1 {
            account.auth_ha1.clone()
        } else {
            account.auth_password.clone()
        },
        is_ha1,
    };
    let challenged = Challenged {
        method: &attempt.request.method,
        uri: &attempt.request.uri,
        body: b"",
    };
    let line = credentials::answer(response, &[credential], challenged, cnonce.as_bytes())?;
    let request = LocalRequest {
        call_id: Text::from(response.call_id().ok()?),
        from: Text::from(response.value_of(HeaderId::From)?),
        cseq: attempt.request.cseq.saturating_add(1),
        headers: Text::from(with_line(&attempt.request.headers, &line)),
        ..attempt.request
    };
    Some(Attempt {
        request,
        is_answer: true,
        ..attempt
    })
}

/// The registration is accepted, or taken away as asked. Observed on 5.6.3: what does not name our Contact accepts nothing.
fn accept(own: &Uac, runtime: &Runtime, attempt: &Attempt, response: &Message) {
    let now = seconds(runtime);
    let uuid = &attempt.account.uuid;
    if attempt.expires == 0 {
        own.registrations
            .change(uuid, |registration| registration.due = now);
        return;
    }
    let Some(granted) = granted(response, contact_user(&attempt.account)) else {
        runtime.error(format_args!(
            "the registration of {uuid} is accepted without its Contact"
        ));
        fail(own, runtime, uuid);
        return;
    };
    own.registrations.change(uuid, |registration| {
        registration
            .state
            .change(State::ONLINE, State::ONGOING | State::ANSWERED);
        registration.due = now.saturating_add(granted);
        registration.call_id = Text::from(response.call_id().unwrap_or_default());
        registration.sequence = attempt.request.cseq;
    });
}

/// For how many seconds the registrar keeps our Contact: as that says, or the Expires header field. It is known by its user
/// (observed on 5.6.3), as registrars may put another host into it.
fn granted(response: &Message, user: &Text) -> Option<i64> {
    let is_ours = |contact: &Contact| {
        let Contact::Address(address) = contact else {
            return false;
        };
        let uri = Uri::parse(response.text(address.uri));
        uri.is_ok_and(|uri| uri.user() == Some(&**user))
    };
    let mut contacts = response.contacts().filter_map(Result::ok);
    let ours = contacts.find(is_ours)?;
    match ours.param(response.buffer(), b"expires") {
        Some(expires) => stdx::number::parse_i64(expires.text()),
        None => response.expires().ok().map(i64::from),
    }
}

/// The attempt has failed: it is made again later, or given up.
fn fail(own: &Uac, runtime: &Runtime, uuid: &Text) {
    let retry = own.params.reg_retry_interval;
    let now = seconds(runtime);
    own.registrations.change(uuid, |registration| {
        let gone = State::ONGOING | State::ONLINE | State::ANSWERED;
        match retry {
            0 => registration.state.change(State::DISABLED, gone),
            _ => registration.state.change(0, gone),
        }
        registration.due = now.saturating_add(retry);
        registration.call_id = Text::default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contact_says_for_how_long() {
        let response = |lines: &str| {
            let text = format!("SIP/2.0 200 OK\r\n{lines}\r\n");
            Message::parse(text.into_bytes().into()).unwrap()
        };
        let ours = Text::from("uu1");
        for (lines, expected) in [
            (
                "Contact: <sip:x@h>;expires=1, <sip:uu1@127.0.0.1:5060>;expires=50\r\n",
                Some(50),
            ),
            (
                "Contact: <sip:uu1@127.0.0.1:5060>\r\nExpires: 70\r\n",
                Some(70),
            ),
            ("Contact: <sip:uu1@192.0.2.1:5070>;expires=5\r\n", Some(5)),
            ("Contact: <sip:uu2@127.0.0.1:5060>;expires=5\r\n", None),
            ("Contact: <sip:uu1@127.0.0.1:5060>\r\n", None),
            ("Expires: 70\r\n", None),
            ("", None),
        ] {
            assert_eq!(granted(&response(lines), &ours), expected, "{lines}");
        }
    }
}
