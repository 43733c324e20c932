//! Session timers (RFC 4028): a dialog lives as long as its session is refreshed.
//!
//! An INVITE with the flag `sst_flag` asks for a session timer even if its sender does not; what the answer says of the session's
//! length becomes the lifetime of the dialog, at first and with each refresh. `sstCheckMin()` refuses sessions that are too short.

mod functions;
mod params;
mod timer;

use diagnostics::codes;
use mod_dialog::{Dialogs, Moment};
use mod_sl::Sl;
use mod_tm::{Event, Tm};
use module_api::{BoundVariable, Call, Counter, Diagnostic, Loader, Module, Span, exports};
use params::Params;
use sip::{HeaderId, Method};
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
        if wish.expires.is_none() {
            let seconds = wish.least.unwrap_or(least).max(least);
            let line = format!("Session-Expires: {seconds}\r\n");
            call.edits.append_header(&message, line.into_bytes());
        }
    }

    /// The length of the session is agreed: the dialog lives as long.
    fn agreed(&self, dialogs: &Dialogs, call: &mut Call, event: &Event) {
        let Event::Finished(finished) = event else {
            return;
        };
        let is_refresh = matches!(call.message.method(), Method::Invite | Method::Update);
        if !is_refresh || !(200..300).contains(&finished.status) || !self.is_flagged(call) {
            return;
        }
        let answer = finished.response.as_ref();
        let Some(seconds) = answer.and_then(|answer| Wish::of(answer).expires) else {
            return;
        };
        if let Some(variable) = self.timeout.get() {
            // A variable that cannot be written was refused at load.
            let _ = variable.set(call, i64::from(seconds).into());
        }
        if let Some(dialog) = dialogs.current(call) {
            dialogs.follow_session_timer(call, &dialog, seconds);
        }
    }
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
        if !timeout.value.is_empty() {
            let text = timeout.value.to_str_lossy();
            let variable = loader.binder.variable_in(&text, timeout.span);
            // The instance is started once.
            let _ = self.timeout.set(variable.map_err(|error| vec![error])?);
        }
        let sst = self.clone();
        dialogs.observe(Arc::new(move |call, dialog, moment| match moment {
            Moment::Begun if sst.is_flagged(call) => sst.ask(call),
            Moment::Expired if dialog.has_session_timer() => sst.expired.increment(),
            _ => {}
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
