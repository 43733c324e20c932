//! Why a request brought no response, in the numbers of libcurl: scripts know them as return codes below 100.

use std::error::Error;
use std::fmt;

/// A number that libcurl gives a failure (`CURLcode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurlCode(pub u8);

impl CurlCode {
    /// The scheme is none that is spoken, or the answer is no HTTP.
    pub const UNSUPPORTED_PROTOCOL: CurlCode = CurlCode(1);
    /// The request could not be begun at all.
    pub const FAILED_INIT: CurlCode = CurlCode(2);
    /// The URL is malformed.
    pub const URL_MALFORMAT: CurlCode = CurlCode(3);
    /// The server's name was not resolved.
    pub const COULD_NOT_RESOLVE_HOST: CurlCode = CurlCode(6);
    /// No connection came about.
    pub const COULD_NOT_CONNECT: CurlCode = CurlCode(7);
    /// The body ended before its announced length.
    pub const PARTIAL_FILE: CurlCode = CurlCode(18);
    /// The time was up.
    pub const OPERATION_TIMED_OUT: CurlCode = CurlCode(28);
    /// The TLS handshake failed.
    pub const SSL_CONNECT_ERROR: CurlCode = CurlCode(35);
    /// What is asked for cannot be had.
    pub const BAD_FUNCTION_ARGUMENT: CurlCode = CurlCode(43);
    /// There were more redirects than are followed.
    pub const TOO_MANY_REDIRECTS: CurlCode = CurlCode(47);
    /// The server closed the connection without a response.
    pub const GOT_NOTHING: CurlCode = CurlCode(52);
    /// The connection broke while something was received.
    pub const RECEIVE_ERROR: CurlCode = CurlCode(56);
    /// Our own certificate or its key cannot be used.
    pub const SSL_CERTIFICATE_PROBLEM: CurlCode = CurlCode(58);
    /// The server's certificate was not accepted.
    pub const PEER_FAILED_VERIFICATION: CurlCode = CurlCode(60);
    /// The body is larger than anything that is kept.
    pub const FILE_SIZE_EXCEEDED: CurlCode = CurlCode(63);
    /// The certificates to verify with cannot be read.
    pub const SSL_CA_CERTIFICATE_FILE: CurlCode = CurlCode(77);
    /// As many requests are under way as there may be.
    pub const NO_CONNECTION_AVAILABLE: CurlCode = CurlCode(89);
}

/// What libcurl says of each of its numbers (observed of 7.88).
const TEXTS: [&str; 100] = [
    "No error",
    "Unsupported protocol",
    "Failed initialization",
    "URL using bad/illegal format or missing URL",
    "A requested feature, protocol or option was not found built-in in this libcurl due to a build-time decision.",
    "Couldn't resolve proxy name",
    "Couldn't resolve host name",
    "Couldn't connect to server",
    "Weird server reply",
    "Access denied to remote resource",
    "FTP: The server failed to connect to data port",
    "FTP: unknown PASS reply",
    "FTP: Accepting server connect has timed out",
    "FTP: unknown PASV reply",
    "FTP: unknown 227 response format",
    "FTP: can't figure out the host in the PASV response",
    "Error in the HTTP2 framing layer",
    "FTP: couldn't set file type",
    "Transferred a partial file",
    "FTP: couldn't retrieve (RETR failed) the specified file",
    UNKNOWN,
    "Quote command returned error",
    "HTTP response code said error",
    "Failed writing received data to disk/application",
    UNKNOWN,
    "Upload failed (at start/before it took off)",
    "Failed to open/read local data from file/application",
    "Out of memory",
    "Timeout was reached",
    UNKNOWN,
    "FTP: command PORT failed",
    "FTP: command REST failed",
    UNKNOWN,
    "Requested range was not delivered by the server",
    "Internal problem setting up the POST",
    "SSL connect error",
    "Couldn't resume download",
    "Couldn't read a file:// file",
    "LDAP: cannot bind",
    "LDAP: search failed",
    UNKNOWN,
    "A required function in the library was not found",
    "Operation was aborted by an application callback",
    "A libcurl function was given a bad argument",
    UNKNOWN,
    "Failed binding local connection end",
    UNKNOWN,
    "Number of redirects hit maximum amount",
    "An unknown option was passed in to libcurl",
    "Malformed option provided in a setopt",
    UNKNOWN,
    UNKNOWN,
    "Server returned nothing (no headers, no data)",
    "SSL crypto engine not found",
    "Can not set SSL crypto engine as default",
    "Failed sending data to the peer",
    "Failure when receiving data from the peer",
    UNKNOWN,
    "Problem with the local SSL certificate",
    "Couldn't use specified SSL cipher",
    "SSL peer certificate or SSH remote key was not OK",
    "Unrecognized or bad HTTP Content or Transfer-Encoding",
    UNKNOWN,
    "Maximum file size exceeded",
    "Requested SSL level failed",
    "Send failed since rewinding of the data stream failed",
    "Failed to initialise SSL crypto engine",
    "Login denied",
    "TFTP: File Not Found",
    "TFTP: Access Violation",
    "Disk full or allocation exceeded",
    "TFTP: Illegal operation",
    "TFTP: Unknown transfer ID",
    "Remote file already exists",
    "TFTP: No such user",
    UNKNOWN,
    UNKNOWN,
    "Problem with the SSL CA cert (path? access rights?)",
    "Remote file not found",
    "Error in the SSH layer",
    "Failed to shut down the SSL connection",
    "Socket not ready for send/recv",
    "Failed to load CRL file (path? access rights?, format?)",
    "Issuer check against peer certificate failed",
    "FTP: The server did not accept the PRET command.",
    "RTSP CSeq mismatch or invalid CSeq",
    "RTSP session error",
    "Unable to parse FTP file list",
    "Chunk callback failed",
    "The max connection limit is reached",
    "SSL public key does not match pinned public key",
    "SSL server certificate status verification FAILED",
    "Stream error in the HTTP/2 framing layer",
    "API function called from within callback",
    "An authentication function returned an error",
    "HTTP/3 error",
    "QUIC connection error",
    "proxy handshake error",
    "SSL Client Certificate required",
    "Unrecoverable error in select/poll",
];
const UNKNOWN: &str = "Unknown error";

/// What `$curlerror` says of a return code (the two texts for other numbers observed on 5.6.3).
pub fn text_of(code: i64) -> &'static str {
    match usize::try_from(code) {
        Ok(code) => TEXTS.get(code).copied().unwrap_or("HTTP result code"),
        Err(_) => "Bad CURL error code",
    }
}

/// Why a request brought no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// Its number.
    pub code: CurlCode,
    /// What exactly was wrong; may be empty.
    pub detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", text_of(self.code.0.into()), self.code.0)?;
        match self.detail.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.detail),
        }
    }
}

impl Failure {
    /// A failure with what was wrong.
    pub fn new(code: CurlCode, detail: impl Into<String>) -> Failure {
        Failure {
            code,
            detail: detail.into(),
        }
    }

    /// What libcurl would call an error of the HTTP library. `is_body` tells that the header of the response is there.
    pub fn of(error: &reqwest::Error, is_body: bool) -> Failure {
        let mut detail = String::new();
        for cause in causes(error).skip(1) {
            detail = cause.to_string();
        }
        Failure::new(code_of(error, is_body), detail)
    }
}

/// An error and what lies behind it, the deepest last.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        // An I/O error shows what it carries only by its own method.
        let carried = current.downcast_ref::<std::io::Error>();
        let carried = carried.and_then(std::io::Error::get_ref);
        next = match carried {
            Some(inner) => Some(inner),
            None => current.source(),
        };
        Some(current)
    })
}

fn code_of(error: &reqwest::Error, is_body: bool) -> CurlCode {
    if error.is_timeout() {
        return CurlCode::OPERATION_TIMED_OUT;
    }
    if error.is_redirect() {
        return CurlCode::TOO_MANY_REDIRECTS;
    }
    if error.is_builder() {
        return CurlCode::URL_MALFORMAT;
    }
    let from_cause = causes(error).find_map(|cause| code_of_cause(cause, is_body));
    match from_cause {
        Some(code) => code,
        None if error.is_dns() => CurlCode::COULD_NOT_RESOLVE_HOST,
        None if error.is_connect() => CurlCode::COULD_NOT_CONNECT,
        None => CurlCode::RECEIVE_ERROR,
    }
}

fn code_of_cause(cause: &(dyn Error + 'static), is_body: bool) -> Option<CurlCode> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) => CurlCode::PEER_FAILED_VERIFICATION,
            rustls::Error::AlertReceived(_) if is_body => CurlCode::RECEIVE_ERROR,
            _ => CurlCode::SSL_CONNECT_ERROR,
        });
    }
    let http = cause.downcast_ref::<hyper::Error>()?;
    if http.is_parse() {
        return Some(CurlCode::UNSUPPORTED_PROTOCOL);
    }
    if is_body {
        return Some(CurlCode::PARTIAL_FILE);
    }
    http.is_incomplete_message()
        .then_some(CurlCode::GOT_NOTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_texts_of_libcurl() {
        assert_eq!(text_of(0), "No error");
        assert_eq!(text_of(7), "Couldn't connect to server");
        assert_eq!(text_of(28), "Timeout was reached");
        assert_eq!(text_of(99), "Unrecoverable error in select/poll");
        assert_eq!(text_of(100), "HTTP result code");
        assert_eq!(text_of(-1), "Bad CURL error code");
        assert_eq!(text_of(20), UNKNOWN);
    }
}
