//! Connections: servers by the names that functions use, as `httpcon` and the file of connections define them.

use crate::credentials::Credentials;
use crate::driver::{Driver, Settings};
use crate::params::{Params, octets, path, proxy};
use crate::tls::Version;
use module_api::Text;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A server by its name.
pub struct Connection {
    /// What its URLs begin with.
    pub base: String,
    /// The connection that is tried when this one fails.
    pub failover: Option<Text>,
    /// What sends its requests.
    pub driver: Driver,
    /// The URL that the last response over it came from; empty before there was one.
    pub last_url: Mutex<Text>,
}

/// All connections by their names.
pub type Connections = BTreeMap<Text, Arc<Connection>>;

impl Connection {
    /// The URL of a request: a slash stands between base and path (observed on 5.6.3).
    pub fn url(&self, path: &[u8]) -> Text {
        let slash: &[u8] = match path.first() {
            None | Some(b'/') => b"",
            Some(_) => b"/",
        };
        Text::concat(&[self.base.as_bytes(), slash, path])
    }
}

/// A definition in the making.
pub struct Draft<'a> {
    params: &'a Params,
    settings: Settings,
    base: String,
    username: String,
    password: String,
    methods: i64,
    failover: Option<Text>,
    proxy: (String, Option<i64>),
    /// The folder that paths are relative to; none takes them as they stand.
    folder: Option<PathBuf>,
}

impl<'a> Draft<'a> {
    fn new(params: &'a Params, defaults: &Settings, folder: Option<&Path>) -> Draft<'a> {
        Draft {
            params,
            settings: defaults.clone(),
            base: String::new(),
            username: String::new(),
            password: String::new(),
            methods: params.authmethod,
            failover: None,
            proxy: (params.httpproxy.to_str_lossy().into_owned(), None),
            folder: folder.map(Path::to_owned),
        }
    }

    fn set_url(&mut self, url: &str) -> Result<(), String> {
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => (scheme, rest),
            _ => return Err(format!("`{url}` is no URL of HTTP")),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = match authority.rsplit_once('@') {
            Some((user, host)) => {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                (self.username, self.password) = (name.to_owned(), password.to_owned());
                host
            }
            None => authority,
        };
        if host.is_empty() {
            return Err(format!("`{url}` has no host"));
        }
        self.base = format!("{scheme}://{host}{path}");
        Ok(())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = unquoted(value);
        let filled = || (!value.is_empty()).then(|| value.to_owned());
        let settings = &mut self.settings;
        match key {
            "url" => self.set_url(value)?,
            "username" => self.username = value.to_owned(),
            "password" => self.password = value.to_owned(),
            "authmethod" => self.methods = number(value)?,
            "keep_connections" => settings.keeps_connections = switch(value)?,
            "useragent" => settings.user_agent = value.to_owned(),
            "verify_peer" => settings.tls.verifies_peer = switch(value)?,
            "verify_host" => settings.tls.verifies_host = switch(value)?,
            "cacert" => settings.tls.authorities = in_folder(&self.folder, value),
            "client_cert" => settings.tls.certificate = in_folder(&self.folder, value),
            "client_key" => settings.tls.key = in_folder(&self.folder, value),
            "timeout" => settings.timeout = self.params.timeout(number(value)?),
            "maxdatasize" => settings.body_max = octets(number(value)?),
            "httpredirect" | "http_follow_redirect" => settings.follows_redirects = switch(value)?,
            "httpproxy" => self.proxy.0 = value.to_owned(),
            "httpproxyport" => self.proxy.1 = Some(number(value)?),
            "failover" => self.failover = filled().map(Text::from),
            "tlsversion" => settings.tls.version = Version::of(number(value)?),
            "cipher_suites" => settings.tls.suites = value.to_owned(),
            _ => return Err(format!("a connection has no `{key}`")),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Arc<Connection>, String> {
        if self.base.is_empty() {
            return Err("the connection has no URL".to_owned());
        }
        if !self.username.is_empty() {
            self.settings.credentials = Some(Credentials {
                username: self.username,
                password: self.password,
                methods: self.methods,
            });
        }
        self.settings.proxy = match self.proxy.1 {
            Some(0) => None,
            given => proxy(&self.proxy.0, given.unwrap_or(self.params.httpproxyport)),
        };
        Ok(Arc::new(Connection {
            base: self.base,
            failover: self.failover,
            driver: Driver::new(self.settings),
            last_url: Mutex::default(),
        }))
    }
}

/// A connection that was read from a line.
pub struct Given {
    /// What the script calls it.
    pub name: Text,
    /// The connection.
    pub connection: Arc<Connection>,
    /// What of the line was passed over, and why (as 5.6.3 does).
    pub passed_over: Vec<String>,
}

/// Reads `name=>url;key=value…`.
pub fn parse_line(line: &str, params: &Params, defaults: &Settings) -> Result<Given, String> {
    let split = line.split_once("=>");
    let (name, rest) = split.ok_or("a connection is `name=>url;key=value`")?;
    let name = name.trim();
    if name.is_empty() {
        return Err("the connection has no name".to_owned());
    }
    let mut pieces = rest.split(';');
    let mut draft = Draft::new(params, defaults, None);
    draft.set_url(pieces.next().unwrap_or_default().trim())?;
    let mut passed_over = Vec::new();
    for piece in pieces.map(str::trim).filter(|piece| !piece.is_empty()) {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        if let Err(reason) = draft.set(key.trim(), value.trim()) {
            passed_over.push(reason);
        }
    }
    Ok(Given {
        name: Text::from(name),
        connection: draft.finish()?,
        passed_over,
    })
}

/// Reads a file of connections. `folder` is what the paths in it are relative to. A mistake names its line.
pub fn parse_file(
    text: &str,
    params: &Params,
    defaults: &Settings,
    folder: &Path,
) -> Result<Connections, String> {
    let mut connections = Connections::new();
    let mut current: Option<(Text, Draft<'_>)> = None;
    let mut finish = |current: Option<(Text, Draft<'_>)>| {
        let Some((name, draft)) = current else {
            return Ok::<(), String>(());
        };
        let connection = draft.finish().map_err(|why| format!("[{name}]: {why}"))?;
        connections.insert(name, connection);
        Ok(())
    };
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let at = |why: String| format!("line {}: {why}", index + 1);
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            finish(current.take())?;
            let draft = Draft::new(params, defaults, Some(folder));
            current = Some((Text::from(name.trim()), draft));
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| at("`key = value` is needed".to_owned()))?;
        match &mut current {
            Some((_, draft)) => draft.set(key.trim(), value.trim()).map_err(at)?,
            None => return Err(at("a name in brackets is needed first".to_owned())),
        }
    }
    finish(current)?;
    Ok(connections)
}

/// A path: from `/` absolute, from `.` below the working folder, else below `folder`.
pub fn in_folder(folder: &Option<PathBuf>, value: &str) -> Option<PathBuf> {
    let given = path(value)?;
    Some(match folder {
        Some(folder) if !value.starts_with(['.', '/']) => folder.join(given),
        _ => given,
    })
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    inner.unwrap_or(value)
}

fn number(value: &str) -> Result<i64, String> {
    let parsed = value.parse::<u32>().map(i64::from);
    parsed.map_err(|_| format!("`{value}` is no number"))
}

fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "enable" | "enabled" => Ok(true),
        "no" | "false" | "off" | "disable" | "disabled" => Ok(false),
        other => Ok(number(other)? != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn line(text: &str) -> Result<Given, String> {
        let params = Params::default();
        parse_line(
            text,
            &params,
            &params.defaults(&Text::from("User-Agent: us")),
        )
    }

    #[test]
    fn a_line_names_a_server_and_what_it_wants() {
        let given = line(
            "api=>https://ann:s@cret@api.example/v1;timeout=12;failover=other;maxdatasize=7;verify_host=0;\
             httpredirect=1;useragent=me;client_cert=/c;client_key=/k;tlsversion=6;cipher_suites=a,b;",
        )
        .unwrap();
        assert!(given.passed_over.is_empty());
        let one = given.connection;
        assert_eq!(&*given.name, b"api");
        assert_eq!(one.base, "https://api.example/v1");
        assert_eq!(one.failover.as_deref(), Some(&b"other"[..]));
        let settings = &one.driver.settings;
        let credentials = settings.credentials.as_ref().unwrap();
        assert_eq!(
            (&*credentials.username, &*credentials.password),
            ("ann", "s@cret")
        );
        assert_eq!(settings.timeout, Some(Duration::from_secs(12)));
        assert_eq!(settings.body_max, Some(7));
        assert_eq!(settings.user_agent, "me");
        assert!(settings.follows_redirects && settings.tls.verifies_peer);
        assert!(!settings.tls.verifies_host);
        assert_eq!(settings.tls.key.as_deref(), Some(Path::new("/k")));
        assert_eq!(settings.tls.suites, "a,b");
    }

    #[test]
    fn what_is_no_connection_is_refused() {
        for text in ["http://x", "=>http://x", "a=>ftp://x", "a=>http://"] {
            assert!(line(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_connection_does_not_have_is_passed_over() {
        let given = line("a=>http://x;nonsense=1;timeout=soon;maxdatasize=7").unwrap();
        assert_eq!(
            given.passed_over,
            ["a connection has no `nonsense`", "`soon` is no number"]
        );
        assert_eq!(given.connection.driver.settings.body_max, Some(7));
    }

    #[test]
    fn paths_join_the_base_with_one_slash() {
        // Observed on 5.6.3.
        let one = line("a=>http://h/one").unwrap().connection;
        assert_eq!(one.url(b"sub"), "http://h/one/sub");
        assert_eq!(one.url(b"/sub"), "http://h/one/sub");
        assert_eq!(one.url(b"?x=1"), "http://h/one/?x=1");
        assert_eq!(one.url(b""), "http://h/one");
        let one = line("a=>http://h/").unwrap().connection;
        assert_eq!(one.url(b"redir"), "http://h//redir");
    }

    #[test]
    fn a_file_has_sections() {
        let text = "# two servers\n[one]\nurl = http://h/one\ntimeout = 3\nhttp_follow_redirect = yes\n\n\
                    [two]\nurl = https://h/two\nusername = ann\npassword = \"sec ret\"\nauthmethod = 1\n\
                    verify_peer = no\nclient_key = k.pem\nclient_cert = /c.pem\nhttpproxy = p\nhttpproxyport = 0\n\
                    useragent = \"\"\nfailover = one\n";
        let params = Params::default();
        let defaults = params.defaults(&Text::from("User-Agent: us"));
        let both = parse_file(text, &params, &defaults, Path::new("/etc/kamailio")).unwrap();
        assert_eq!(both.len(), 2);
        let one = &both[&b"one"[..]].driver.settings;
        assert!(one.follows_redirects && one.credentials.is_none());
        assert_eq!(one.user_agent, "us");
        let two = &both[&b"two"[..]].driver.settings;
        assert_eq!(two.credentials.as_ref().unwrap().methods, 1);
        assert_eq!(two.credentials.as_ref().unwrap().password, "sec ret");
        assert_eq!(
            two.tls.key.as_deref(),
            Some(Path::new("/etc/kamailio/k.pem"))
        );
        assert_eq!(two.tls.certificate.as_deref(), Some(Path::new("/c.pem")));
        assert_eq!((two.proxy.as_deref(), &*two.user_agent), (None, ""));
        for bad in [
            "url = http://x",
            "[a]\nurl",
            "[a]\ntimeout = 1",
            "[a]\nurl = http://x\nno = 1",
        ] {
            let found = parse_file(bad, &params, &defaults, Path::new("/"));
            assert!(found.is_err(), "{bad}");
        }
    }
}
