//! Counts calls without holding them: who calls whom, how far each call is, and tags that the script gives them.
//!
//! A call is remembered by its Call-ID and the tags of its dialog. Responses that pass tell how far it is;
//! `dlgs_update()` tells what requests do. Nothing is sent, and nothing is added to messages.

mod filter;
mod functions;
mod params;
mod rpc;
mod table;

use module_api::{Admission, Call, Diagnostic, Loader, Module, exports};
use params::Params;
use sip::Method;
use std::sync::Arc;
use std::time::Duration;
use table::{Lifetimes, State, Table};

/// The module's instance.
pub struct Dlgs {
    table: Arc<Table>,
}

impl Module for Dlgs {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let seconds = |number: i64| u64::try_from(number).unwrap_or(0);
        let lifetimes = Lifetimes {
            active_s: seconds(params.active_lifetime),
            initial_s: seconds(params.init_lifetime),
            finished_s: seconds(params.finish_lifetime),
        };
        let previous = loader.previous.and_then(|loaded| loaded.instance::<Dlgs>());
        let table = match previous {
            Some(previous) => previous.table.clone(),
            None => Arc::new(Table::default()),
        };
        table.set_lifetimes(lifetimes);
        let swept = table.clone();
        let interval = Duration::from_secs(seconds(params.timer_interval));
        loader.hooks.every("dlgs", interval, move |runtime, _| {
            swept.sweep(runtime.host.unix_time().as_secs());
        });
        Ok(Dlgs { table })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let dlgs = self.clone();
        loader.hooks.on_response(move |call| {
            dlgs.see_response(call);
            Admission::Continue
        });
        Ok(())
    }
}

impl Dlgs {
    /// What a response tells of its call.
    fn see_response(&self, call: &Call) {
        let message = &call.message;
        if message.method() != Method::Invite {
            return;
        }
        let state = match message.status() {
            101..=199 => State::Progress,
            200..=299 => State::Answered,
            300..=699 => State::NotAnswered,
            _ => return,
        };
        let Some(names) = table::Names::of(message) else {
            return;
        };
        self.table.advance(&names, state, call.unix_time.as_secs());
    }
}

exports! {
    name: "dlgs",
    module: Dlgs,
    functions: [
        functions::dlgs_init,
        functions::dlgs_update,
        functions::dlgs_count,
        functions::dlgs_tags_add,
        functions::dlgs_tags_rm,
        functions::dlgs_tags_count,
    ],
    pvars: [],
    transformations: [],
    rpcs: [rpc::list, rpc::briefing, rpc::get, rpc::getall, rpc::count, rpc::stats],
    event_routes: {},
    statistics: {},
}
