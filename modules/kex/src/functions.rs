//! Script functions.

pub mod flags;

use diagnostics::codes::params;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, FlagArg, PvarRef, ScriptArg, Text,
    TextSource, Value, Verdict, script_function,
};
use sip::Uri;

/// The number of a flag: constant, declared name, or from a variable.
pub struct BranchFlag(i64);

/// A flag, bound.
pub enum FlagSource {
    /// A number or a declared name.
    Constant(i64),
    /// From a variable.
    Value(TextSource),
}

impl BranchFlag {
    /// The number, when it is one of a flag.
    pub fn get(&self) -> Option<u8> {
        u8::try_from(self.0).ok().filter(|flag| *flag < 32)
    }
}

impl ScriptArg for BranchFlag {
    type Bound = FlagSource;
    const KIND: ArgKind = ArgKind::Flag;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let Some(number) = source.literal_int()
            && !(0..32).contains(&number)
        {
            let message =
                format!("a flag is a number from 0 to 31, not {number}: this is always false");
            let span = source.span();
            let warning = Diagnostic::warning(params::WRONG_ARGUMENT, span, message);
            binder.diagnostics.push(warning);
            return Ok(FlagSource::Constant(number));
        }
        if source.literal().is_some_and(|text| !text.contains('$')) {
            let flag = FlagArg::bind(source, binder)?;
            return Ok(FlagSource::Constant(flag.into()));
        }
        TextSource::bind(source, binder).map(FlagSource::Value)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        match bound {
            FlagSource::Constant(flag) => Ok(BranchFlag(*flag)),
            FlagSource::Value(source) => {
                let value = source.value(call)?;
                value
                    .to_int()
                    .map(BranchFlag)
                    .map_err(|error| ArgError(error.to_string()))
            }
        }
    }
}

/// Sets the URI of the next hop. What is no URI is taken too: nothing can be sent there.
///
/// ```cfg
/// setdsturi("sip:10.0.0.10");
/// xinfo("$du\n");   # log: sip:10.0.0.10
/// ```
#[script_function(setdsturi, routes = ANY)]
fn setdsturi(call: &mut Call, uri: Text) -> Verdict {
    call.set_next_hop(uri);
    Verdict::TRUE
}

/// Forgets the URI of the next hop.
///
/// ```cfg
/// setdsturi("sip:10.0.0.10");
/// resetdsturi();
/// xinfo("$du\n");   # log: <null>
/// ```
#[script_function(resetdsturi, routes = ANY)]
fn resetdsturi(call: &mut Call) -> Verdict {
    call.target.destination_uri = None;
    Verdict::TRUE
}

/// Whether a URI of the next hop is set.
///
/// ```cfg
/// if (!isdsturiset()) xinfo("none\n");   # log: none
/// ```
#[script_function(isdsturiset, routes = ANY)]
fn isdsturiset(call: &mut Call) -> Verdict {
    Verdict::of(
        call.target
            .destination_uri
            .as_ref()
            .is_some_and(|uri| !uri.is_empty()),
    )
}

/// Assigns a text in which variables are expanded to a variable.
///
/// ```cfg
/// pv_printf("$var(x)", "method $rm");
/// xinfo("$var(x)\n");   # log: method OPTIONS
/// ```
#[script_function(pv_printf, aliases(avp_printf), routes = ANY)]
fn pv_printf(call: &mut Call, variable: PvarRef, text: Text) -> Verdict {
    match variable.set(call, Value::Str(text)) {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("{}: {error}", variable.variable().text));
            Verdict::FALSE
        }
    }
}

/// Whether a URI, or a host, names this server. Without a port no port is compared.
///
/// ```cfg
/// if (is_myself("sip:x@$Ri:$Rp")) xinfo("us\n");   # log: us
/// ```
#[script_function(is_myself, routes = ANY)]
fn is_myself(call: &mut Call, uri: Text) -> Verdict {
    let sockets = &call.runtime.sockets;
    Verdict::of(match Uri::parse(&uri) {
        Ok(uri) => match uri.port() {
            Some(port) => sockets.is_myself(uri.host(), port, uri.transport()),
            None => sockets.is_our_host(uri.host()),
        },
        Err(_) => sockets.is_our_host(&uri),
    })
}

/// Whether the host of a URI, or a host, names this server, whatever the port.
///
/// ```cfg
/// if (is_myhost("sip:x@$Ri:1")) xinfo("us\n");   # log: us
/// ```
#[script_function(is_myhost, routes = ANY)]
fn is_myhost(call: &mut Call, uri: Text) -> Verdict {
    let sockets = &call.runtime.sockets;
    Verdict::of(match Uri::parse(&uri) {
        Ok(uri) => sockets.is_our_host(uri.host()),
        Err(_) => sockets.is_our_host(&uri),
    })
}

/// Sets the level of messages that are logged.
///
/// ```cfg
/// setdebug("2");
/// resetdebug();
/// ```
#[script_function(setdebug, routes = ANY, compat = partial("the level is that of the whole server, there is one process"))]
fn setdebug(call: &mut Call, level: i64) -> Verdict {
    call.runtime
        .logger
        .set_threshold(level.clamp(-10, 10) as i8);
    Verdict::TRUE
}

/// Sets the level of messages that are logged back to the `debug` parameter.
///
/// ```cfg
/// setdebug("2");
/// resetdebug();
/// ```
#[script_function(resetdebug, routes = ANY)]
fn resetdebug(call: &mut Call) -> Verdict {
    let level = call.runtime.settings.debug.clamp(-10, 10) as i8;
    call.runtime.logger.set_threshold(level);
    Verdict::TRUE
}
