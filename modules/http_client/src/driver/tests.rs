use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a server does with a request: the octets to answer with, or none to say nothing ever.
type Answering = fn(request: &str) -> Option<Vec<u8>>;

fn response(status: &str, headers: &str, body: &str) -> Option<Vec<u8>> {
    let length = body.len();
    Some(
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .into_bytes(),
    )
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answering: Answering) {
    let mut buffer = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let Ok(length @ 1..) = stream.read(&mut piece).await else {
            return;
        };
        buffer.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let announced = head.to_ascii_lowercase();
        let announced = announced.split("content-length: ").nth(1);
        let announced = announced.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        if body.len() < announced {
            continue;
        }
        buffer.clear();
        match answering(&text) {
            Some(octets) if octets.is_empty() => return,
            Some(octets) => stream.write_all(&octets).await.unwrap(),
            None => std::future::pending().await,
        }
        if text.contains("/part") {
            return;
        }
    }
}

/// A server, and how many connections it has taken.
async fn server(answering: Answering) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let taken = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            taken.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(serve(stream, answering));
        }
    });
    (base, count)
}

fn settings() -> Settings {
    Settings {
        user_agent: "us".to_owned(),
        timeout: Some(Duration::from_secs(20)),
        tls: TlsSettings {
            verifies_peer: true,
            verifies_host: true,
            ..TlsSettings::default()
        },
        ..Settings::default()
    }
}

fn get(url: impl Into<Text>) -> Request {
    Request {
        method: Method::GET,
        url: url.into(),
        headers: Text::default(),
        content_type: None,
        body: None,
        is_http2: false,
        nonce: 7,
    }
}

async fn code(settings: Settings, url: &str) -> u8 {
    Driver::new(settings)
        .send(&get(url))
        .await
        .unwrap_err()
        .code
        .0
}

fn echo(request: &str) -> Option<Vec<u8>> {
    response("200 OK", "X-One: a\r\n", request)
}

#[tokio::test]
async fn a_request_looks_like_one_of_upstream() {
    let (base, _) = server(echo).await;
    let driver = Driver::new(settings());
    let reply = driver.send(&get(format!("{base}/a?b=c"))).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["x-one"], "a");
    assert_eq!(reply.url, Text::from(format!("{base}/a?b=c")));
    let text = reply.body.to_str().unwrap().to_owned();
    assert!(text.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{text}");
    assert!(
        text.contains("User-Agent: us\r\n") && text.contains("Accept: */*\r\n"),
        "{text}"
    );

    let post = Request {
        method: Method::POST,
        body: Some(Text::from("a=1")),
        content_type: Some(Text::from("text/one")),
        headers: Text::from("X-A: 1\r\nX-B: 2\r\nnonsense\r\nX-None:\r\nX-Empty;"),
        ..get(&base)
    };
    let reply = driver.send(&post).await.unwrap();
    let text = reply.body.to_str().unwrap().to_ascii_lowercase();
    for part in [
        "content-type: text/one\r\n",
        "content-length: 3\r\n",
        "x-a: 1\r\n",
        "x-b: 2\r\n",
        "x-empty:",
        "\r\n\r\na=1",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("x-none"), "{text}");
    let typed = Request {
        headers: Text::from("Content-Type: text/two"),
        ..post
    };
    let reply = driver.send(&typed).await.unwrap();
    let text = reply.body.to_str().unwrap().to_ascii_lowercase();
    assert!(
        text.contains("content-type: text/two\r\n") && !text.contains("text/one"),
        "{text}"
    );
}

#[tokio::test]
async fn each_failure_has_its_number() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    assert_eq!(code(settings(), &refused).await, 7);
    assert_eq!(code(settings(), "ftp://127.0.0.1/").await, 1);
    assert_eq!(code(settings(), "http://127.0.0.1/a b").await, 3);
    assert_eq!(code(settings(), "http://").await, 3);

    let (base, _) = server(|request| {
        if request.contains("/close") {
            Some(Vec::new())
        } else if request.contains("/junk") {
            Some(b"junk\r\n\r\n".to_vec())
        } else {
            Some(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc".to_vec())
        }
    })
    .await;
    assert_eq!(code(settings(), &format!("{base}/close")).await, 52);
    assert_eq!(code(settings(), &format!("{base}/junk")).await, 1);
    assert_eq!(code(settings(), &format!("{base}/part")).await, 18);
}

#[tokio::test]
async fn a_slow_server_holds_up_nobody_else() {
    let (slow, _) = server(|_| None).await;
    let (quick, _) = server(echo).await;
    let impatient = Settings {
        timeout: Some(Duration::from_millis(300)),
        ..settings()
    };
    assert_eq!(code(impatient, &slow).await, 28);
    let (waiting, going) = (Driver::new(settings()), Driver::new(settings()));
    let (to_slow, to_quick) = (get(&slow), get(&quick));
    let reply = tokio::select! {
        _ = waiting.send(&to_slow) => panic!("the slow server has answered"),
        reply = going.send(&to_quick) => reply,
    };
    assert_eq!(reply.unwrap().status, 200);
}

#[tokio::test]
async fn a_long_body_is_cut() {
    let (base, _) = server(|_| response("200 OK", "", &"0123456789".repeat(10))).await;
    let cutting = Settings {
        body_max: Some(25),
        ..settings()
    };
    let reply = Driver::new(cutting).send(&get(&base)).await.unwrap();
    // Observed on 5.6.3.
    assert_eq!(
        (reply.status, &*reply.body),
        (200, &b"0123456789012345678901234"[..])
    );
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let (base, _) = server(|_| response("200 OK", "", &"x".repeat(BODY_MAX + 1))).await;
    assert_eq!(code(settings(), &base).await, 63);
}

#[tokio::test]
async fn redirects_are_followed_on_demand() {
    let (base, _) = server(|request| {
        if request.starts_with("GET /old") {
            response("302 Found", "Location: /new\r\n", "moved")
        } else if request.starts_with("GET /round") {
            response("302 Found", "Location: /round\r\n", "")
        } else {
            response("200 OK", "", "here")
        }
    })
    .await;
    let reply = Driver::new(settings())
        .send(&get(format!("{base}/old")))
        .await
        .unwrap();
    assert_eq!((reply.status, &*reply.body), (302, &b"moved"[..]));
    let following = Settings {
        follows_redirects: true,
        ..settings()
    };
    let driver = Driver::new(following.clone());
    let reply = driver.send(&get(format!("{base}/old"))).await.unwrap();
    assert_eq!(
        (reply.status, reply.url),
        (200, Text::from(format!("{base}/new")))
    );
    assert_eq!(code(following, &format!("{base}/round")).await, 47);
}

#[tokio::test]
async fn who_a_redirect_leads_to_learns_no_password() {
    let (strange, count) = server(|request| match request.contains("uthorization") {
        true => response("200 OK", "", "learnt it"),
        false => response("401 Who", "WWW-Authenticate: Basic realm=\"a\"\r\n", ""),
    })
    .await;
    let (base, _) = server(|request| {
        let to = request.split(['?', ' ']).nth(2).unwrap();
        response("302 Found", &format!("Location: {to}\r\n"), "")
    })
    .await;
    let driver = Driver::new(Settings {
        follows_redirects: true,
        credentials: Some(Credentials {
            username: "alice".to_owned(),
            password: "secret".to_owned(),
            methods: 3,
        }),
        ..settings()
    });
    let request = get(format!("{base}/old?{strange}/new"));
    assert_eq!(driver.send(&request).await.unwrap().status, 401);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let request = get(format!("{strange}/itself"));
    assert_eq!(driver.send(&request).await.unwrap().status, 200);
}

#[test]
fn a_value_that_goes_on_in_another_line_makes_no_field_of_its_own() {
    let shown = |lines: &[u8]| {
        let headers = header_map(lines);
        let fields = headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()));
        fields.collect::<Vec<_>>().join("|")
    };
    assert_eq!(shown(b"X-A: 1\r\nX-B: 2\r\n"), "x-a=1|x-b=2");
    assert_eq!(shown(b"X-A: 1\nX-B: 2"), "x-a=1|x-b=2");
    assert_eq!(
        shown(b"X-Name: a\r\n X-Evil: 1\r\n\t X-Evil: 2\r\nX-B: 2\r\n"),
        "x-name=a X-Evil: 1 X-Evil: 2|x-b=2"
    );
    assert_eq!(shown(b"X-Name: a\rX-Evil: 1\r\n"), "x-name=a X-Evil: 1");
    assert_eq!(shown(b" X-A: 1\r\n"), "x-a=1");
}

#[tokio::test]
async fn connections_are_kept_on_demand() {
    for (keeps_connections, expected) in [(false, 2), (true, 1)] {
        let (base, count) = server(echo).await;
        let driver = Driver::new(Settings {
            keeps_connections,
            ..settings()
        });
        for _ in 0..2 {
            driver.send(&get(&base)).await.unwrap();
            // What is kept is kept by a task of its own.
            tokio::task::yield_now().await;
        }
        assert_eq!(count.load(Ordering::Relaxed), expected);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_once() {
    let (base, _) = server(|request| {
        let request = request.to_ascii_lowercase();
        match request.contains("authorization: digest username=\"ann\"") {
            true => response("200 OK", "", "in"),
            false => response(
                "401 Unauthorized",
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
                "out",
            ),
        }
    })
    .await;
    let known = |username: &str| Settings {
        credentials: Some(Credentials {
            username: username.to_owned(),
            password: "secret".to_owned(),
            methods: 3,
        }),
        ..settings()
    };
    let reply = Driver::new(known("ann")).send(&get(&base)).await.unwrap();
    assert_eq!(&*reply.body, b"in");
    let reply = Driver::new(known("bob")).send(&get(&base)).await.unwrap();
    assert_eq!(reply.status, 401);
}

/// A server that speaks TLS as `name`, and the file with its certificate.
async fn tls_server(name: &str) -> (u16, PathBuf) {
    tls_server_speaking(name, rustls::ALL_VERSIONS).await
}

async fn tls_server_speaking(
    name: &str,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> (u16, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = std::env::temp_dir().join(format!("kahea-http-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("cert.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream, echo));
            }
        }
    });
    (port, file)
}

#[tokio::test]
async fn a_server_must_prove_to_be_itself() {
    let (port, file) = tls_server("localhost").await;
    let named = format!("https://localhost:{port}/");
    let numbered = format!("https://127.0.0.1:{port}/");
    let trusting = |verifies_peer, verifies_host, authorities: Option<&PathBuf>| Settings {
        tls: TlsSettings {
            verifies_peer,
            verifies_host,
            authorities: authorities.cloned(),
            ..TlsSettings::default()
        },
        ..settings()
    };
    // Nobody known vouches for it.
    let unknown = tls_server("other.example").await.1;
    assert_eq!(code(trusting(true, true, Some(&unknown)), &named).await, 60);
    let reply = Driver::new(trusting(true, true, Some(&file)))
        .send(&get(&named))
        .await;
    assert_eq!(reply.unwrap().status, 200);
    // It is not who was asked for.
    assert_eq!(code(trusting(true, true, Some(&file)), &numbered).await, 60);
    assert_eq!(code(trusting(false, true, None), &numbered).await, 60);
    for anyone in [
        trusting(true, false, Some(&file)),
        trusting(false, false, None),
    ] {
        let reply = Driver::new(anyone).send(&get(&numbered)).await;
        assert_eq!(reply.unwrap().status, 200);
    }
}

#[tokio::test]
async fn suites_and_versions_are_those_that_are_wanted() {
    use crate::tls::Version;
    let (port, _) = tls_server_speaking("suites.example", &[&rustls::version::TLS12]).await;
    let old = format!("https://127.0.0.1:{port}/");
    let (port, _) = tls_server_speaking("newest.example", &[&rustls::version::TLS13]).await;
    let new = format!("https://127.0.0.1:{port}/");
    let speaking = |suites: &str, version| Settings {
        tls: TlsSettings {
            suites: suites.to_owned(),
            version,
            ..TlsSettings::default()
        },
        ..settings()
    };
    // The key of the server is one of ECDSA. 35 and 43 are what 5.6.3 gets.
    for (suites, version, of_old, of_new) in [
        ("", Version::Any, 200, 200),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", Version::Any, 200, 200),
        ("ECDHE-RSA-AES128-GCM-SHA256", Version::Any, 35, 200),
        ("", Version::Newest, 35, 200),
        ("AES128-SHA", Version::Any, 35, 200),
        ("", Version::Ssl, 43, 43),
    ] {
        for (url, expected) in [(&old, of_old), (&new, of_new)] {
            let driver = Driver::new(speaking(suites, version));
            let got = match driver.send(&get(url)).await {
                Ok(reply) => reply.status,
                Err(failure) => failure.code.0.into(),
            };
            assert_eq!(got, expected, "{suites} {version:?} {url}");
        }
    }
}

#[tokio::test]
async fn files_that_cannot_be_read_matter_to_tls_only() {
    let (base, _) = server(echo).await;
    let absent = Settings {
        tls: TlsSettings {
            verifies_peer: true,
            authorities: Some(PathBuf::from("/nonexistent/ca.pem")),
            ..TlsSettings::default()
        },
        ..settings()
    };
    let driver = Driver::new(absent.clone());
    assert_eq!(driver.send(&get(&base)).await.unwrap().status, 200);
    assert_eq!(code(absent, "https://127.0.0.1:9/").await, 77);
    let keyless = Settings {
        tls: TlsSettings {
            certificate: Some(PathBuf::from("/nonexistent/cert.pem")),
            key: Some(PathBuf::from("/nonexistent/key.pem")),
            ..TlsSettings::default()
        },
        ..settings()
    };
    assert_eq!(code(keyless, "https://127.0.0.1:9/").await, 58);
}

/// A server that wants to be shown a certificate, with the files of one that it accepts.
async fn suspicious_server() -> (u16, [PathBuf; 2]) {
    let folder = std::env::temp_dir();
    let file = |what: &str| {
        folder.join(format!(
            "kahea-http-mutual-{}-{what}.pem",
            std::process::id()
        ))
    };
    let [own, client] = ["127.0.0.1", "us"].map(|name| {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (certificate.self_signed(&key).unwrap(), key)
    });
    let paths = [file("cert"), file("key")];
    std::fs::write(&paths[0], client.0.pem()).unwrap();
    std::fs::write(&paths[1], client.1.serialize_pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(client.0.der().clone()).unwrap();
    let verifier =
        rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let key = PrivateKeyDer::try_from(own.1.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![own.0.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, echo).await;
                }
            });
        }
    });
    (port, paths)
}

#[tokio::test]
async fn we_show_our_certificate_to_who_asks_for_it() {
    let (port, [certificate, key]) = suspicious_server().await;
    let url = format!("https://127.0.0.1:{port}/");
    let with = |certificate, key| {
        let mut settings = settings();
        settings.tls = TlsSettings {
            certificate,
            key,
            ..TlsSettings::default()
        };
        settings
    };
    let reply = Driver::new(with(Some(certificate.clone()), Some(key.clone())))
        .send(&get(url.clone()))
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    assert!(code(with(None, None), &url).await > 0);
    let nowhere = PathBuf::from("/nowhere.pem");
    assert_eq!(code(with(Some(nowhere), Some(key.clone())), &url).await, 58);
    for file in [certificate, key] {
        let _ = std::fs::remove_file(file);
    }
}

#[tokio::test]
async fn a_proxy_is_asked_in_the_place_of_the_server() {
    let (proxy, _) = server(echo).await;
    let mut settings = settings();
    settings.proxy = Some(proxy);
    let reply = Driver::new(settings)
        .send(&get("http://elsewhere.example/a"))
        .await
        .unwrap();
    let text = reply.body.to_str().unwrap();
    assert!(
        text.starts_with("GET http://elsewhere.example/a HTTP/1.1\r\n"),
        "{text}"
    );
    assert!(
        text.to_ascii_lowercase()
            .contains("\r\nhost: elsewhere.example\r\n"),
        "{text}"
    );
}

/// Answers the first request of each connection in HTTP/2 (RFC 9113 §3.4, §4.1), if that is what it speaks.
async fn http2_server() -> String {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
    // Header fields of stream 1: `:status: 200` alone, by its index; then the end of its data.
    const ANSWER: &[u8] = &[
        0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88, 0, 0, 2, 0, 1, 0, 0, 0, 1, b'h', b'2',
    ];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut received = vec![0; PREFACE.len()];
            let whole = stream.read_exact(&mut received).await.is_ok();
            if !whole || received != PREFACE {
                continue;
            }
            stream.write_all(SETTINGS).await.unwrap();
            let mut head = [0; 9];
            while stream.read_exact(&mut head).await.is_ok() {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut content = vec![0; length as usize];
                stream.read_exact(&mut content).await.unwrap();
                if head[3] == 1 {
                    stream.write_all(ANSWER).await.unwrap();
                }
            }
        }
    });
    base
}

#[tokio::test]
async fn http2_is_spoken_at_once_on_demand() {
    let base = http2_server().await;
    let driver = Driver::new(settings());
    let request = Request {
        is_http2: true,
        ..get(base)
    };
    let reply = driver.send(&request).await.unwrap();
    assert_eq!((reply.status, &*reply.body), (200, &b"h2"[..]));
}

#[test]
fn without_a_runtime_nothing_is_sent() {
    let driver = Driver::new(settings());
    let request = get("http://127.0.0.1:9/");
    let mut sending = std::pin::pin!(driver.send(&request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(failed) = sending.as_mut().poll(&mut context) else {
        panic!("it waits");
    };
    assert_eq!(failed.unwrap_err().code, CurlCode::FAILED_INIT);
}

#[test]
fn passwords_in_urls_are_not_shown() {
    assert_eq!(shown(b"http://ann:secret@h/x@y"), "http://h/x@y");
    assert_eq!(shown(b"http://h/x"), "http://h/x");
    assert_eq!(shown(b"h"), "h");
}

#[tokio::test]
async fn octets_of_a_url_go_out_by_their_numbers() {
    let (base, _) = server(echo).await;
    let driver = Driver::new(settings());
    let url = Text::concat(&[base.as_bytes(), b"/p/J\xe9?n=\xff\xc3\xa9"]);
    let reply = driver.send(&get(url.clone())).await.unwrap();
    let text = reply.body.to_str().unwrap();
    assert!(
        text.starts_with("GET /p/J%e9?n=%ff%c3%a9 HTTP/1.1\r\n"),
        "{text}"
    );
    assert_eq!(reply.url, url);
}
