//! Script functions.

use crate::{Path, header, received};
use module_api::{Call, Text, Verdict, script_function};

/// Adds a Path with the address of the socket that the request leaves by, with `user` and further `parameters` if given.
///
/// ```cfg
/// add_path("edge", "p=1");
/// ```
#[script_function(add_path, routes = REQUEST)]
fn add_path(path: &Path, call: &mut Call, user: Option<Text>, parameters: Option<Text>) -> Verdict {
    path.add(call, Wanted::own(user, parameters))
}

/// Does what `add_path` does, and tells the registrar where the request came from.
///
/// ```cfg
/// add_path_received("edge");
/// ```
#[script_function(add_path_received, routes = REQUEST)]
fn add_path_received(
    path: &Path,
    call: &mut Call,
    user: Option<Text>,
    parameters: Option<Text>,
) -> Verdict {
    let wanted = Wanted {
        tells_source: true,
        ..Wanted::own(user, parameters)
    };
    path.add(call, wanted)
}

/// Adds a Path with `address`, which is a host and maybe a port.
///
/// ```cfg
/// add_path_advertised_address("edge.example.org", "edge");
/// ```
#[script_function(add_path_advertised_address, routes = REQUEST)]
fn add_path_advertised_address(
    path: &Path,
    call: &mut Call,
    address: Text,
    user: Option<Text>,
    parameters: Option<Text>,
) -> Verdict {
    let wanted = Wanted {
        address: Some(address),
        ..Wanted::own(user, parameters)
    };
    path.add(call, wanted)
}

/// Does what `add_path_advertised_address` does, and tells the registrar where the request came from.
///
/// ```cfg
/// add_path_received_advertised_address("edge.example.org");
/// ```
#[script_function(add_path_received_advertised_address, routes = REQUEST)]
fn add_path_received_advertised_address(
    path: &Path,
    call: &mut Call,
    address: Text,
    user: Option<Text>,
    parameters: Option<Text>,
) -> Verdict {
    let wanted = Wanted {
        address: Some(address),
        tells_source: true,
        ..Wanted::own(user, parameters)
    };
    path.add(call, wanted)
}

/// What a Path is to say.
struct Wanted {
    user: Option<Text>,
    parameters: Option<Text>,
    /// The address; none is that of the socket.
    address: Option<Text>,
    tells_source: bool,
}

impl Wanted {
    fn own(user: Option<Text>, parameters: Option<Text>) -> Wanted {
        Wanted {
            user,
            parameters,
            address: None,
            tells_source: false,
        }
    }
}

impl Path {
    fn add(&self, call: &mut Call, wanted: Wanted) -> Verdict {
        let texts = [&wanted.user, &wanted.parameters, &wanted.address];
        if !texts
            .into_iter()
            .flatten()
            .all(|text| header::is_safe(text))
        {
            call.error(format_args!("a Path cannot hold this text"));
            return Verdict::FALSE;
        }
        let mut params = Vec::new();
        if wanted.tells_source {
            params.push(b';');
            params.extend_from_slice(&self.params.received_name);
            params.push(b'=');
            params.extend_from_slice(&match self.params.received_format {
                1 => received::alias(call),
                _ => received::escaped(call),
            });
        }
        if let Some(parameters) = wanted.parameters.filter(|text| !text.is_empty()) {
            params.push(b';');
            params.extend_from_slice(&parameters);
        }
        // Observed on 5.6.3: a user that is given takes the token's place, though it be empty.
        let flow = self.outbound.get().filter(|_| wanted.user.is_none());
        let given = wanted.user.unwrap_or_default();
        let user = match flow.filter(|outbound| outbound.is_used(call)) {
            Some(outbound) => {
                params.extend_from_slice(b";ob");
                outbound.token(call)
            }
            None => given,
        };
        header::record(call, &user, wanted.address.as_deref(), &params);
        Verdict::TRUE
    }
}
