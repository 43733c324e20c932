//! Sends a request and reads the response: on the runtime for back ends, never in a lane.

use crate::credentials::Credentials;
use crate::curl::{CurlCode, Failure};
use crate::tls::TlsSettings;
use module_api::Text;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// The largest body that is kept, in octets.
pub const BODY_MAX: usize = 16 * 1024 * 1024;
/// How long a request may take when nobody says how long.
const TIMEOUT_MAX: Duration = Duration::from_secs(300);
/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;
/// How long an unused connection is kept.
const IDLE_MAX: Duration = Duration::from_secs(90);

/// How requests to a server are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name and password, and the ways in which they may be shown.
    pub credentials: Option<Credentials>,
    /// Whether connections are kept for further requests.
    pub keeps_connections: bool,
    /// The `User-Agent`.
    pub user_agent: String,
    /// TLS.
    pub tls: TlsSettings,
    /// How long a request may take, redirects and all; none is [`TIMEOUT_MAX`].
    pub timeout: Option<Duration>,
    /// Where the body is cut, in octets; none keeps all.
    pub body_max: Option<usize>,
    /// Whether redirects are followed.
    pub follows_redirects: bool,
    /// The proxy's URL.
    pub proxy: Option<String>,
    /// The interface, or the address of ours, that requests leave from.
    pub interface: Option<String>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// The URL as the script wrote it.
    pub url: Text,
    /// Header lines, one after the other.
    pub headers: Text,
    /// What a body is when the header lines do not say.
    pub content_type: Option<Text>,
    /// The body; none is not the same as an empty one.
    pub body: Option<Text>,
    /// Whether the server is known to speak HTTP/2.
    pub is_http2: bool,
    /// A number nobody can know, for the proof of a password.
    pub nonce: u64,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Text,
    /// The URL that answered: the one that was asked, as it was written, or the last one when redirects were followed.
    pub url: Text,
}

/// A server's settings with the connections that are kept.
pub struct Driver {
    /// How requests are made.
    pub settings: Settings,
    /// For HTTP/1.1 and what TLS agrees on, and for HTTP/2 from the first octet.
    clients: [OnceLock<Result<Client, Failure>>; 2],
    /// Why TLS cannot be spoken, if it cannot.
    tls_failure: OnceLock<Failure>,
}

impl Driver {
    /// Nothing is opened or read before the first request.
    pub fn new(settings: Settings) -> Driver {
        Driver {
            settings,
            clients: Default::default(),
            tls_failure: OnceLock::new(),
        }
    }

    /// Carries a request out. Needs the runtime for back ends.
    pub async fn send(&self, request: &Request) -> Result<Reply, Failure> {
        if tokio::runtime::Handle::try_current().is_err() {
            let detail = "there is no network here";
            return Err(Failure::new(CurlCode::FAILED_INIT, detail));
        }
        let url = parse_url(&request.url)?;
        let limit = self.settings.timeout.unwrap_or(TIMEOUT_MAX);
        match tokio::time::timeout(limit, self.exchange(url, request)).await {
            Ok(done) => done,
            Err(_) => Err(Failure::new(CurlCode::OPERATION_TIMED_OUT, "")),
        }
    }

    async fn exchange(&self, url: Url, request: &Request) -> Result<Reply, Failure> {
        let client = self.client(request.is_http2)?;
        if let Some(failure) = self.tls_failure.get()
            && url.scheme() == "https"
        {
            return Err(failure.clone());
        }
        let credentials = self.settings.credentials.as_ref();
        let early = credentials.and_then(Credentials::unasked);
        let mut response = self.ask(client, &url, request, early).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(credentials) = credentials
            // Whom a redirect leads to is not to learn them.
            && response.url().origin() == url.origin()
            && let Some(proof) = prove(credentials, &response, request)
        {
            let url = response.url().clone();
            response = self.ask(client, &url, request, Some(proof)).await?;
        }
        let answered = match *response.url() == url {
            true => request.url.clone(),
            false => Text::from(response.url().as_str()),
        };
        self.read(response, answered).await
    }

    async fn ask(
        &self,
        client: &Client,
        url: &Url,
        request: &Request,
        authorization: Option<String>,
    ) -> Result<Response, Failure> {
        let mut headers = header_map(&request.headers);
        if request.body.is_some()
            && !headers.contains_key(CONTENT_TYPE)
            && let Some(content_type) = &request.content_type
            && let Ok(value) = HeaderValue::from_bytes(content_type)
        {
            headers.insert(CONTENT_TYPE, value);
        }
        let built = client.request(request.method.clone(), url.clone());
        let mut built = built.header(ACCEPT, "*/*").headers(headers);
        if let Some(authorization) = authorization {
            built = built.header(reqwest::header::AUTHORIZATION, authorization);
        }
        if let Some(body) = &request.body {
            built = built.body(body.clone().into_bytes());
        }
        built
            .send()
            .await
            .map_err(|error| Failure::of(&error, false))
    }

    async fn read(&self, mut response: Response, url: Text) -> Result<Reply, Failure> {
        let cut = self.settings.body_max.unwrap_or(usize::MAX);
        let mut body = Vec::new();
        while body.len() < cut {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| Failure::of(&error, true))? else {
                break;
            };
            let room = cut - body.len();
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if body.len() > BODY_MAX {
                return Err(Failure::new(CurlCode::FILE_SIZE_EXCEEDED, ""));
            }
        }
        Ok(Reply {
            status: response.status().as_u16(),
            url,
            headers: std::mem::take(response.headers_mut()),
            body: Text::from(body),
        })
    }

    fn client(&self, is_http2: bool) -> Result<&Client, Failure> {
        let [usual, http2] = &self.clients;
        let slot = if is_http2 { http2 } else { usual };
        let built = slot.get_or_init(|| self.build(is_http2));
        built.as_ref().map_err(Failure::clone)
    }

    fn build(&self, is_http2: bool) -> Result<Client, Failure> {
        let settings = &self.settings;
        let mut builder = Client::builder()
            .user_agent(&settings.user_agent)
            .http1_title_case_headers()
            .referer(false)
            .no_proxy()
            .pool_idle_timeout(IDLE_MAX)
            .redirect(match settings.follows_redirects {
                true => redirect::Policy::limited(REDIRECTS_MAX),
                false => redirect::Policy::none(),
            });
        if !settings.keeps_connections {
            builder = builder.pool_max_idle_per_host(0);
        }
        if is_http2 {
            builder = builder.http2_prior_knowledge();
        }
        if let Some(proxy) = &settings.proxy {
            let proxy = reqwest::Proxy::all(proxy);
            builder = builder.proxy(proxy.map_err(|error| Failure::of(&error, false))?);
        }
        if let Some(interface) = &settings.interface {
            builder = match interface.parse::<IpAddr>() {
                Ok(address) => builder.local_address(address),
                Err(_) => builder.interface(interface),
            };
        }
        match settings.tls.load() {
            Ok(tls) => builder = builder.tls_backend_preconfigured(tls),
            Err(failure) => {
                // The first counts; what TLS is not needed for goes on without.
                let _ = self.tls_failure.set(failure);
                let untrusting = TlsSettings::default();
                builder = builder.tls_backend_preconfigured(untrusting.load()?);
            }
        }
        builder
            .build()
            .map_err(|error| Failure::new(CurlCode::FAILED_INIT, error.to_string()))
    }
}

/// Reads a URL as libcurl does: `http://` may be left out, and nothing is mended that should have been escaped.
///
/// Octets that are no ASCII go out escaped, each by its own number. libcurl does so in the path alone, and sends those of the
/// query as they are; servers read both the same.
fn parse_url(written: &[u8]) -> Result<Url, Failure> {
    if written.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Err(Failure::new(CurlCode::URL_MALFORMAT, ""));
    }
    let scheme = stdx::ascii::find(written, b"://");
    let host = scheme.map_or(0, |at| at + 3);
    let (authority, path) = written.split_at(authority_end(written, host));
    let mut text = String::with_capacity(written.len() + 8);
    if scheme.is_none() {
        text.push_str("http://");
    }
    text.push_str(&String::from_utf8_lossy(authority));
    for octet in path {
        match octet.is_ascii() {
            true => text.push(char::from(*octet)),
            false => {
                // Writing to memory does not fail.
                let _ = write!(text, "%{octet:02x}");
            }
        }
    }
    let url = Url::parse(&text)
        .map_err(|error| Failure::new(CurlCode::URL_MALFORMAT, error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(Failure::new(CurlCode::UNSUPPORTED_PROTOCOL, other)),
    }
}

/// Where what follows the authority that begins at `host` begins.
fn authority_end(url: &[u8], host: usize) -> usize {
    let rest = url.get(host..).unwrap_or_default();
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    end.map_or(url.len(), |end| host + end)
}

/// Header lines as the library takes them. As with libcurl, a name without a value leaves the field out, a name with a
/// semicolon in the place of the colon makes it empty, and what is no header line is passed over.
fn header_map(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in unfolded(lines) {
        let line = line.trim_ascii();
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let (name, value) = line.split_at(colon);
                let value = value.get(1..).unwrap_or_default().trim_ascii();
                if value.is_empty() {
                    continue;
                }
                (name, value)
            }
            None => match line.strip_suffix(b";") {
                Some(name) => (name, &b""[..]),
                None => continue,
            },
        };
        let name = HeaderName::from_bytes(name.trim_ascii());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// Header lines, each on one line.
///
/// A value may be what a SIP message says: where that goes on in another line, which then begins with a blank, or has a CR in
/// it, it makes no header field of its own (RFC 9112 §5.2).
fn unfolded(lines: &[u8]) -> Vec<Vec<u8>> {
    let mut whole: Vec<Vec<u8>> = Vec::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.iter().map(|byte| match byte {
            b'\r' => b' ',
            byte => *byte,
        });
        match whole.last_mut() {
            Some(before) if matches!(line.clone().next(), Some(b' ' | b'\t')) => {
                before.push(b' ');
                before.extend(line.skip_while(u8::is_ascii_whitespace));
            }
            _ => whole.push(line.collect()),
        }
    }
    whole
}

/// The `Authorization` that answers the challenges of a 401.
fn prove(credentials: &Credentials, response: &Response, request: &Request) -> Option<String> {
    let challenges = response.headers().get_all(WWW_AUTHENTICATE);
    let challenges: Vec<&[u8]> = challenges.iter().map(HeaderValue::as_bytes).collect();
    let url = response.url();
    let mut uri = url.path().to_owned();
    if let Some(query) = url.query() {
        uri.push('?');
        uri.push_str(query);
    }
    let body = request.body.as_deref().unwrap_or_default();
    let method = request.method.as_str().as_bytes();
    credentials.answer(&challenges, method, uri.as_bytes(), body, request.nonce)
}

/// A URL without the password that it may have, for people.
pub fn shown(url: &[u8]) -> String {
    let text = String::from_utf8_lossy(url);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => return text.into_owned(),
    };
    let (authority, path) = rest.split_at(authority_end(rest.as_bytes(), 0));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests;
