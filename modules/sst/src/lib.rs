//! Session timers (RFC 4028): a dialog lives as long as its session is refreshed.
//!
//! A session with a timer begins with an INVITE that has the flag `sst_flag` when a dialog is made of it: one that is too short is
//! refused, one without a timer is given one. What the answers say of the session's length becomes the lifetime of the dialog, at
//! first and with each refresh.

mod functions;
mod params;
mod timer;

use diagnostics::codes;
use mod_dialog::{Dialogs, Moment};
use mod_sl::Sl;
use mod_tm::{Event, Tm};
use module_api::{
    BoundVariable, Call, Counter, Diagnostic, Loader, Module, Span, Step, Verdict, exports,
};
use params::Params;
use sip::{HeaderId, Message, Method};
use std::sync::{Arc, OnceLock};
use timer::Wish;

/// The module's instance.
pub struct Sst {
    params: Params,
    sl: Arc<Sl>,
    expired: Counter,
    /// The variable of `timeout_avp`.
    timeout: OnceLock<BoundVariable>,
}

fn mistake(span: Span, message: &str) -> Vec<Diagnostic> {
    let code = codes::params::BAD_PARAMETER;
    vec![Diagnostic::error(code, span, message)]
}

impl Sst {
    /// The shortest session that is let pass, in seconds.
    fn least(&self) -> u32 {
        u32::try_from(self.params.min_se).unwrap_or(90)
    }

    fn is_flagged(&self, call: &Call) -> bool {
        let flag = u32::try_from(self.params.sst_flag.value).ok();
        flag.is_some_and(|flag| flag < 32 && call.flags.message & (1 << flag) != 0)
    }

    /// Answers that the session is too short: `Min-SE` says `least` seconds.
    fn refuse(&self, call: &mut Call, least: u32) -> Step {
        let line = format!("Min-SE: {least}\r\n");
        let lines = &mut call.response_extras.headers;
        lines.extend_from_slice(line.as_bytes());
        self.sl.respond(call, 422, b"Session Timer Too Small")
    }

    /// Refuses the INVITE of a caller who knows of session timers and wants one that is too short (`reject_to_small`). The run ends
    /// with that: nobody else is to hear of the INVITE.
    fn vet(&self, call: &mut Call) -> Option<Step> {
        let (wish, least) = (Wish::of(&call.message), self.least());
        let is_refused = self.params.reject_to_small != 0
            && self.is_flagged(call)
            && wish.expires.is_some_and(|expires| expires < least)
            && timer::is_supported(&call.message);
        if !is_refused {
            return None;
        }
        let least = wish.least.unwrap_or(least).max(least);
        Some(match self.refuse(call, least) {
            Step::Enter(entry) => {
                let then = entry.then;
                Step::enter(entry.route, entry.kind, |call, outcome| {
                    then(call, outcome);
                    Verdict::EXIT
                })
            }
            _ => Verdict::EXIT.into(),
        })
    }

    /// Asks for a session timer where the caller does not, and raises a Min-SE that is too small (RFC 4028 §8.1; which of them
    /// and when was observed on 5.6.3).
    fn ask(&self, call: &mut Call) {
        let (wish, least) = (Wish::of(&call.message), self.least());
        let message = call.message.clone();
        let raises_least = match wish.expires {
            Some(expires) => expires < least && !timer::is_supported(&message),
            None => wish.least.is_some_and(|wanted| wanted < least),
        };
        if raises_least {
            for field in message.headers_of(HeaderId::MinSe) {
                call.edits.remove_header(field);
            }
            let line = format!("Min-SE: {least}\r\n");
            call.edits.append_header(&message, line.into_bytes());
        }
        let seconds = wish.asked(least);
        if wish.expires.is_none() {
            let line = format!("Session-Expires: {seconds}\r\n");
            call.edits.append_header(&message, line.into_bytes());
        }
        self.tell_script(call, seconds);
    }

    /// Puts the length of the session into the variable of `timeout_avp`.
    fn tell_script(&self, call: &mut Call, seconds: u32) {
        if let Some(variable) = self.timeout.get() {
            // A variable that cannot be written was refused at load.
            let _ = variable.set(call, i64::from(seconds).into());
        }
    }

    /// The 2xx to the INVITE of a dialog, at hand, comes from somebody without session timers: the caller is told to refresh the
    /// session alone (RFC 4028 §8.2).
    fn answered(&self, dialogs: &Dialogs, call: &mut Call, request: &Message) {
        if !(200..300).contains(&call.message.status())
            || !is_first(request)
            || Wish::of(&call.message).expires.is_some()
        {
            return;
        }
        let asked = Wish::of(request);
        // COMPAT: 5.6.3 was seen to say so, too, to a caller without session timers when it has asked itself.
        let is_told = asked.expires.is_none() || timer::is_supported(request);
        let dialog = dialogs.current(call);
        if !is_told || !dialog.is_some_and(|dialog| dialog.has_session_timer()) {
            return;
        }
        let seconds = asked.asked(self.least());
        let line = format!("Session-Expires: {seconds};refresher=uac\r\n");
        let response = call.message.clone();
        call.edits.append_header(&response, line.into_bytes());
    }

    /// The length of the session is agreed: the dialog lives as long.
    fn agreed(&self, dialogs: &Dialogs, call: &mut Call, event: &Event) {
        let Event::Finished(finished) = event else {
            return;
        };
        let is_refresh = matches!(call.message.method(), Method::Invite | Method::Update);
        if !is_refresh || !(200..300).contains(&finished.status) {
            return;
        }
        let Some(answer) = finished.response.as_ref() else {
            return;
        };
        // A caller with session timers refreshes the session even of a callee without.
        let alone = (is_first(&call.message) && timer::is_supported(&call.message))
            .then(|| Wish::of(&call.message).asked(self.least()));
        let Some(seconds) = Wish::of(answer).expires.or(alone) else {
            return;
        };
        let dialog = dialogs.current(call);
        if let Some(dialog) = dialog.filter(|dialog| dialog.has_session_timer()) {
            self.tell_script(call, seconds);
            dialogs.follow_session_timer(call, &dialog, seconds);
        }
    }
}

/// Whether a request is the first of its dialog, an INVITE.
fn is_first(request: &Message) -> bool {
    request.method() == Method::Invite && request.to_tag().is_none_or(<[u8]>::is_empty)
}

impl Module for Sst {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let Some(sl) = loader.binder.module::<Sl>() else {
            let message = "sst needs sl, which must be loaded before it";
            return Err(mistake(Span::default(), message));
        };
        Ok(Sst {
            params,
            sl,
            expired: loader.statistics.counter("sst", "expired_sst"),
            timeout: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let (Some(dialogs), Some(tm)) = (
            loader.binder.module::<Dialogs>(),
            loader.binder.module::<Tm>(),
        ) else {
            let message = "sst needs tm and dialog, which must be loaded before it";
            return Err(mistake(Span::default(), message));
        };
        if self.params.sst_flag.value < 0 {
            let message =
                "parameter `sst_flag` of sst must be set: no INVITE has a session timer without it";
            return Err(mistake(self.params.sst_flag.span, message));
        }
        let timeout = &self.params.timeout_avp;
        if let Some(variable) = loader
            .binder
            .variable_named_by(timeout)
            .map_err(|mistake| vec![mistake])?
        {
            // The instance is started once.
            let _ = self.timeout.set(variable);
        }
        let sst = self.clone();
        dialogs.guard(Arc::new(move |call| sst.vet(call)));
        let sst = self.clone();
        dialogs.observe(Arc::new(move |call, dialog, moment| match moment {
            Moment::Begun if sst.is_flagged(call) => {
                dialog.set_session_timer();
                sst.ask(call);
            }
            Moment::Expired if dialog.has_session_timer() => sst.expired.increment(),
            _ => {}
        }));
        let (sst, known) = (self.clone(), dialogs.clone());
        tm.on_response(Arc::new(move |call, request, _| {
            sst.answered(&known, call, request);
        }));
        let sst = self.clone();
        tm.observe(Arc::new(move |call, event| {
            sst.agreed(&dialogs, call, event);
        }));
        Ok(())
    }
}

exports! {
    name: "sst",
    module: Sst,
    functions: [functions::sst_check_min],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: { "expired_sst": "dialogs whose session was not refreshed in time" },
}
