//! Module parameters.

use crate::driver::Settings;
use crate::tls::{TlsSettings, Version};
use module_api::{Params, Placed, Text};
use std::path::PathBuf;
use std::time::Duration;

/// What `modparam("http_client", …)` sets. All but `httpcon` and `config_file` are for `http_client_query()` and its like,
/// and what connections have that do not say otherwise, wherever in the configuration they stand.
#[derive(Params)]
pub struct Params {
    /// How long a request may take, redirects and all; 0 is 4 s (observed on 5.6.3). A connection with `timeout=0` has five
    /// minutes, and so has every request without timeouts (`timeout_mode`).
    #[param(default = 0, range = 0..=86_400_000)]
    pub connection_timeout: i64,
    /// The unit of timeouts: 1 seconds, 2 milliseconds; with 0 they are not used.
    #[param(default = 1, range = 0..=2)]
    pub timeout_mode: i64,
    /// The file of the authorities that may vouch for servers, in PEM; without it the system's may.
    pub cacert: Text,
    /// The file of the certificate that servers are shown, in PEM; needs `client_key` too.
    pub client_cert: Text,
    /// The file of its key, in PEM.
    pub client_key: Text,
    /// The cipher suites of TLS 1.2 that may be used, as OpenSSL's `ciphers` names them; those of TLS 1.3 always may be. If none
    /// is left, TLS 1.3 is spoken alone. What is not there is told at the start.
    #[param(compat = partial("the suites with ECDHE that authenticate what they encrypt are there"))]
    pub cipher_suites: Placed<Text>,
    /// The least version of TLS that is taken: 1, 4 1.0, 5 1.1, 6 1.2, 7 1.3. With 2 and 3, which are SSL, requests over TLS fail
    /// with 43.
    #[param(default = Placed::default(), range = 0..=7, compat = partial("TLS 1.2 is the least in any case"))]
    pub tlsversion: Placed<i64>,
    /// Whether (1) a trusted authority must vouch for a server.
    #[param(default = 1)]
    pub verify_peer: i64,
    /// Whether (2) or not (0) a server's certificate must be for the host asked for.
    #[param(default = 2)]
    pub verify_host: i64,
    /// The port of the proxy; 0 is the one in its URL, else 1080.
    #[param(default = 0, range = 0..=65_535)]
    pub httpproxyport: i64,
    /// The URL of the proxy; empty is none.
    pub httpproxy: Text,
    /// Whether (1) redirects are followed.
    #[param(default = 0)]
    pub httpredirect: i64,
    /// The `User-Agent` of requests; by default that of SIP requests.
    pub useragent: Option<Text>,
    /// Where the body of a response is cut, in octets; with 0 one of more than 16 MiB fails.
    #[param(default = 0, range = 0..)]
    pub maxdatasize: i64,
    /// A file with connections: for each its name in brackets, then lines `key = value`.
    pub config_file: Placed<Text>,
    /// `name=>url;key=value…`: a connection by which functions name a server. May be given several times.
    #[param(shown = "")]
    pub httpcon: Vec<Placed<Text>>,
    /// The sum of the ways in which a password may be proved: 1 Basic, 2 and 16 Digest; 4 and 8 are not there.
    #[param(default = 3, range = 0..=31, compat = partial("Basic and Digest only"))]
    pub authmethod: i64,
    /// Whether (1) connections are kept for further requests.
    #[param(default = 0)]
    pub keep_connections: i64,
    /// What `http_client_query()` and its like give: 0 the whole body, 1 its first line.
    #[param(default = 1)]
    pub query_result: i64,
    /// Where `http_client_query()` and its like cut the body, in octets; with 0 one of more than 16 MiB fails.
    #[param(default = 0, range = 0..)]
    pub query_maxdatasize: i64,
    /// The interface, or the address of ours, that requests leave from.
    pub netinterface: Text,
    /// Whether (1) header fields of responses are kept for `$httprhdr`, until the script says otherwise.
    #[param(default = 0)]
    pub response_headers: i64,
    /// How many requests may be under way; those beyond fail at once with 89.
    #[param(default = 1024, range = 1..=65_536, compat = ours)]
    pub requests_max: i64,
}

/// How long a request may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A path that may be left out.
pub fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

fn text(text: &Text) -> String {
    text.to_str_lossy().into_owned()
}

/// A number of octets; 0 is without limit.
pub fn octets(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|number| *number > 0)
}

impl Params {
    /// A timeout in the unit of `timeout_mode`; 0 is none.
    pub fn timeout(&self, number: i64) -> Option<Duration> {
        let number = u64::try_from(number).ok().filter(|number| *number > 0)?;
        match self.timeout_mode {
            0 => None,
            2 => Some(Duration::from_millis(number)),
            _ => Some(Duration::from_secs(number)),
        }
    }

    /// What a connection has that says nothing; `line` is the header line of our SIP requests.
    pub fn defaults(&self, line: &Text) -> Settings {
        let user_agent = match &self.useragent {
            Some(name) => text(name),
            None => text(line)
                .trim_start_matches("User-Agent:")
                .trim()
                .to_owned(),
        };
        Settings {
            credentials: None,
            keeps_connections: self.keep_connections != 0,
            user_agent,
            tls: TlsSettings {
                verifies_peer: self.verify_peer != 0,
                verifies_host: self.verify_host != 0,
                authorities: path(&text(&self.cacert)),
                certificate: path(&text(&self.client_cert)),
                key: path(&text(&self.client_key)),
                suites: text(&self.cipher_suites.value),
                version: Version::of(self.tlsversion.value),
            },
            timeout: match (self.timeout_mode, self.connection_timeout) {
                (1 | 2, 0) => Some(TIMEOUT),
                (_, given) => self.timeout(given),
            },
            body_max: octets(self.maxdatasize),
            follows_redirects: self.httpredirect != 0,
            proxy: proxy(&text(&self.httpproxy), self.httpproxyport),
            interface: Some(text(&self.netinterface)).filter(|name| !name.is_empty()),
        }
    }
}

/// A proxy's URL out of its two parameters.
pub fn proxy(url: &str, port: i64) -> Option<String> {
    if url.is_empty() {
        return None;
    }
    let (scheme, host) = url.split_once("://").unwrap_or(("http", url));
    let host = host.trim_end_matches('/');
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    Some(match (port, has_port) {
        (1.., true) => {
            let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
            format!("{scheme}://{host}:{port}")
        }
        (1.., false) => format!("{scheme}://{host}:{port}"),
        (_, true) => format!("{scheme}://{host}"),
        (_, false) => format!("{scheme}://{host}:1080"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_and_a_port() {
        assert_eq!(proxy("", 80), None);
        assert_eq!(proxy("p.example", 0).unwrap(), "http://p.example:1080");
        assert_eq!(
            proxy("https://p.example/", 8042).unwrap(),
            "https://p.example:8042"
        );
        assert_eq!(
            proxy("http://p.example:3128", 0).unwrap(),
            "http://p.example:3128"
        );
        assert_eq!(
            proxy("http://p.example:3128", 80).unwrap(),
            "http://p.example:80"
        );
    }

    #[test]
    fn timeouts_have_the_unit_asked_for() {
        let mut params = Params::default();
        assert_eq!(params.timeout(0), None);
        assert_eq!(params.timeout(2), Some(Duration::from_secs(2)));
        params.timeout_mode = 2;
        assert_eq!(params.timeout(500), Some(Duration::from_millis(500)));
        params.timeout_mode = 0;
        assert_eq!(params.timeout(5), None);
    }

    #[test]
    fn without_a_word_on_it_a_request_may_take_four_seconds() {
        let mut params = Params::default();
        let limit = |params: &Params| params.defaults(&Text::default()).timeout;
        assert_eq!(limit(&params), Some(Duration::from_secs(4)));
        params.connection_timeout = 9;
        assert_eq!(limit(&params), Some(Duration::from_secs(9)));
        params.connection_timeout = 0;
        params.timeout_mode = 0;
        assert_eq!(limit(&params), None);
    }
}
