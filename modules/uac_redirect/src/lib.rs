//! Follows redirections: in a failure route, the Contacts of 3xx responses become branches, as far as filters let them.

mod filter;
mod functions;
mod params;

use filter::{Default as DefaultFilter, Filters};
use mod_acc::{Acc, Ledger};
use module_api::{Call, Diagnostic, Loader, Module, Placed, Text, exports};
use params::Params;
use std::sync::{Arc, OnceLock};
use stdx::ere::{Ere, Flags};

/// The module's instance.
pub struct UacRedirect {
    params: Params,
    /// The filters that the configuration sets.
    filters: Filters,
    default: DefaultFilter,
    /// What accounts redirections, and where.
    accounting: OnceLock<(Arc<Acc>, Ledger)>,
}

impl UacRedirect {
    /// Accounts that the request at hand goes to `uri`, too.
    fn account(&self, call: &mut Call, uri: &Text, reason: &Text) {
        let Some((acc, ledger)) = self.accounting.get() else {
            return;
        };
        let before = call.target.uri.replace(uri.clone());
        acc.account_now(call, reason, *ledger, &self.params.acc_db_table);
        call.target.uri = before;
    }
}

impl Module for UacRedirect {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let pattern = |text: &Placed<Text>| {
            if text.value.is_empty() {
                return Ok(Vec::new());
            }
            let compiled = filter::compile(&text.value);
            compiled
                .map(|pattern| vec![pattern])
                .map_err(|reason| vec![text.error(format!("no regular expression: {reason}"))])
        };
        let filters = Filters {
            deny: pattern(&params.deny_filter)?,
            accept: pattern(&params.accept_filter)?,
        };
        let given = &params.default_filter;
        let default = match &*given.value.to_ascii_lowercase() {
            b"deny" => DefaultFilter::Deny,
            word => {
                if word != b"accept" {
                    let message = format!(
                        "`{}` is not `accept` or `deny`: `accept` is taken",
                        given.value
                    );
                    loader.binder.diagnostics.push(given.warning(message));
                }
                DefaultFilter::Accept
            }
        };
        Ok(UacRedirect {
            params,
            filters,
            default,
            accounting: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let name = &self.params.acc_function;
        if name.value.is_empty() {
            return Ok(());
        }
        let Some(ledger) = Ledger::of_function(&name.value) else {
            let message =
                "this is none of the functions of acc that account a request: nothing is accounted";
            loader.binder.diagnostics.push(name.warning(message));
            return Ok(());
        };
        if let Some(acc) = loader.binder.module::<Acc>() {
            // The instance is started once.
            let _ = self.accounting.set((acc, ledger));
        }
        Ok(())
    }
}

exports! {
    name: "uac_redirect",
    module: UacRedirect,
    functions: [
        functions::set_deny_filter,
        functions::set_accept_filter,
        functions::get_redirects,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
