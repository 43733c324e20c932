//! HTTP requests from the script, to any URL (`http_client_query()` and its like) or to servers that have a name
//! (`httpcon`, `http_connect()`).
//!
//! A request holds up only the run that made it: the run parks, the request goes out on the runtime for back ends. Requests
//! have a limit in time, in number and in the size of what they bring.
//!
//! Return codes: the status of the response; below 100 the number that libcurl gives the failure, as text in
//! `$curlerror(number)`; -1 when there was nothing to ask for.

mod connections;
mod credentials;
mod curl;
mod driver;
mod exchange;
mod functions;
mod params;
mod pvars;
mod rpc;
mod suites;
mod tls;

use connections::{Connection, Connections, in_folder, parse_file, parse_line};
use diagnostics::codes;
use driver::Driver;
use module_api::{Counter, Diagnostic, Gauge, Loader, Module, exports};
use params::Params;
use std::path::Path;
use std::sync::Arc;
use tls::Version;

/// The module's instance.
pub struct HttpClient {
    params: Params,
    connections: Connections,
    /// For requests to any URL.
    any: Arc<Driver>,
    succeeded: Counter,
    failed: Counter,
    under_way: Gauge,
}

impl HttpClient {
    /// A connection by its name.
    fn connection(&self, name: &[u8]) -> Option<&Arc<Connection>> {
        self.connections.get(name)
    }
}

/// The connections of `httpcon` and of the file, with what is wrong with them.
fn read_connections(params: &Params, loader: &mut Loader<'_>) -> (Connections, Vec<Diagnostic>) {
    let defaults = params.defaults(&loader.settings.user_agent_header);
    let mut mistakes = Vec::new();
    let mut connections = Connections::new();
    for given in &params.httpcon {
        match parse_line(&given.value.to_str_lossy(), params, &defaults) {
            Ok(read) => {
                let odd = read.passed_over.into_iter();
                let odd = odd.map(|reason| given.warning(reason));
                loader.binder.diagnostics.extend(odd);
                let message = format!("connection `{}` is there already", read.name);
                if connections.insert(read.name, read.connection).is_some() {
                    mistakes.push(given.error(message));
                }
            }
            // COMPAT: 5.6.3 keeps what has a URL of whatever kind, and fails when it is used.
            Err(reason) if given.value.to_str_lossy().contains("://") => {
                let warning = given.warning(format!("{reason}: the connection is left out"));
                loader.binder.diagnostics.push(warning);
            }
            Err(reason) => mistakes.push(given.error(reason)),
        }
    }
    let file = &params.config_file;
    let main = loader.binder.sources.files().next();
    let folder = main.and_then(|(_, file)| Path::new(&*file.name).parent());
    let folder = folder.unwrap_or(Path::new("")).to_owned();
    let Some(path) = in_folder(&Some(folder.clone()), &file.value.to_str_lossy()) else {
        return (connections, mistakes);
    };
    let read = std::fs::read_to_string(&path)
        .map_err(|error| error.to_string())
        .and_then(|text| parse_file(&text, params, &defaults, &folder));
    match read {
        Ok(more) => connections.extend(more),
        Err(reason) => {
            let message = format!("{}: {reason}", path.display());
            mistakes.push(file.error(message));
        }
    }
    (connections, mistakes)
}

/// Warns of connections that fail over to nowhere.
fn check_failovers(connections: &Connections, params: &Params, loader: &mut Loader<'_>) {
    let span = params.httpcon.first().map(|given| given.span);
    let span = span.unwrap_or(params.config_file.span);
    for (name, connection) in connections {
        if let Some(other) = &connection.failover
            && !connections.contains_key(other)
        {
            let message =
                format!("connection `{name}` fails over to `{other}`, which is not there");
            let code = codes::params::BAD_PARAMETER;
            let warning = Diagnostic::warning(code, span, message);
            loader.binder.diagnostics.push(warning);
        }
    }
}

/// Warns of what is wanted of TLS and is not there, by default and for connections of their own.
fn check_tls(connections: &Connections, params: &Params, loader: &mut Loader<'_>) {
    let defaults = params.defaults(&loader.settings.user_agent_header).tls;
    let code = codes::params::BAD_PARAMETER;
    let span = match defaults.version {
        Version::Ssl => params.tlsversion.span,
        _ => params.cipher_suites.span,
    };
    for remark in defaults.remarks() {
        let warning = Diagnostic::warning(code, span, remark);
        loader.binder.diagnostics.push(warning);
    }
    let span = params.httpcon.first().map(|given| given.span);
    let span = span.unwrap_or(params.config_file.span);
    for (name, connection) in connections {
        let own = &connection.driver.settings.tls;
        if (&own.suites, own.version) == (&defaults.suites, defaults.version) {
            continue;
        }
        for remark in own.remarks() {
            let message = format!("connection `{name}`: {remark}");
            let warning = Diagnostic::warning(code, span, message);
            loader.binder.diagnostics.push(warning);
        }
    }
}

impl Module for HttpClient {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let (connections, mistakes) = read_connections(&params, loader);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        check_failovers(&connections, &params, loader);
        check_tls(&connections, &params, loader);
        let mut settings = params.defaults(&loader.settings.user_agent_header);
        settings.body_max = params::octets(params.query_maxdatasize);
        let statistics = loader.statistics;
        let count = i64::try_from(connections.len()).unwrap_or(i64::MAX);
        statistics.gauge("httpclient", "connections").set(count);
        Ok(HttpClient {
            any: Arc::new(Driver::new(settings)),
            succeeded: statistics.counter("httpclient", "connok"),
            failed: statistics.counter("httpclient", "connfail"),
            under_way: statistics.gauge("httpclient", "requests"),
            connections,
            params,
        })
    }
}

exports! {
    name: "http_client",
    module: HttpClient,
    functions: [
        functions::query,
        functions::query_posting,
        functions::query_with_headers,
        functions::get,
        functions::request,
        functions::request_http2,
        functions::connect,
        functions::connect_posting,
        functions::connect_raw,
        functions::get_redirect,
        functions::set_response_headers,
        functions::clear_response_headers,
    ],
    pvars: [pvars::curl_error, pvars::response_header],
    transformations: [],
    rpcs: [rpc::list_connections],
    event_routes: {},
    statistics: {
        "connections": "connections that are defined",
        "connok": "requests that brought a response, whatever its status",
        "connfail": "requests that brought none",
        "requests": "requests that are under way",
    },
}
