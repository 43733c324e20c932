//! More about transactions: putting them aside and going on, asking about them, cancelling and answering them from elsewhere.
//!
//! `$T(id_index)` and `$T(id_label)` name a transaction; whoever has them can go on with it by `t_continue()`.

mod functions;
mod params;
mod pvars;

use mod_tm::Tm;
use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::Arc;

/// The module's instance.
pub struct Tmx {
    tm: Arc<Tm>,
}

impl Module for Tmx {
    type Params = Params;

    fn load(_: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let Some(tm) = loader.binder.module::<Tm>() else {
            return Err(vec![
                Diagnostic::error(
                    diagnostics::codes::names::MODULE_NOT_LOADED,
                    diagnostics::Span::default(),
                    "module `tmx` needs `tm`",
                )
                .help("loadmodule \"tm.so\" before it"),
            ]);
        };
        for (name, figure) in mod_tm::figures(&tm) {
            loader.statistics.computed("tmx", name, figure);
        }
        Ok(Tmx { tm })
    }
}

exports! {
    name: "tmx",
    module: Tmx,
    functions: [
        functions::t_suspend,
        functions::t_continue,
        functions::t_precheck_trans,
        functions::t_is_request_route,
        functions::t_is_failure_route,
        functions::t_is_branch_route,
        functions::t_is_reply_route,
        functions::t_flush_flags,
        functions::t_flush_xflags,
        functions::t_reuse_branch,
        functions::t_drop,
        functions::t_cancel_branches,
        functions::t_cancel_branch_idx,
        functions::t_cancel_callid,
        functions::t_reply_callid,
        functions::t_uac_ack_local,
        functions::t_vbflag_set,
        functions::t_vbflag_reset,
        functions::t_vbflag_is_set,
    ],
    pvars: [
        pvars::branch_idx,
        pvars::reply_code,
        pvars::reply_reason,
        pvars::reply_last,
        pvars::reply_ruid,
        pvars::request,
        pvars::reply,
        pvars::invite,
        pvars::transaction,
        pvars::branch,
    ],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {
        "UAS_transactions": "transactions made by received requests",
        "UAC_transactions": "transactions made by requests of our own",
        "2xx_transactions": "transactions that ended with a 2xx",
        "3xx_transactions": "transactions that ended with a 3xx",
        "4xx_transactions": "transactions that ended with a 4xx",
        "5xx_transactions": "transactions that ended with a 5xx",
        "6xx_transactions": "transactions that ended with a 6xx",
        "inuse_transactions": "transactions in memory",
        "active_transactions": "transactions without a final response",
        "rpl_received": "responses that came",
        "rpl_absorbed": "responses that came and went nowhere",
        "rpl_relayed": "responses that came and were sent on",
        "rpl_generated": "responses made here",
        "rpl_sent": "responses sent",
    },
}
