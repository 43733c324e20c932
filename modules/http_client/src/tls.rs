//! TLS towards a server: whom it must prove to be, and who we are.

use crate::curl::{CurlCode, Failure};
use crate::suites::Chosen;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a connection wants of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whether the server's certificate must come from an authority that is trusted.
    pub verifies_peer: bool,
    /// Whether the server's certificate must be for the host asked for.
    pub verifies_host: bool,
    /// The authorities that are trusted; none are the system's.
    pub authorities: Option<PathBuf>,
    /// Our certificate, and the chain that leads to it.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The suites of TLS 1.2 that may be used, in OpenSSL's words; empty are all.
    pub suites: String,
    /// The version that is spoken.
    pub version: Version,
}

/// A version of TLS, as libcurl numbers them (`tlsversion`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 1.2 or 1.3: an older one is the least that libcurl takes, too.
    #[default]
    Any,
    /// 1.3 alone.
    Newest,
    /// SSL, which nobody speaks any more.
    Ssl,
}

impl Version {
    /// The version of a number.
    pub fn of(number: i64) -> Version {
        match number {
            2 | 3 => Version::Ssl,
            7 => Version::Newest,
            _ => Version::Any,
        }
    }
}

impl TlsSettings {
    /// Reads the files and makes of it what a handshake needs. May wait for the disk.
    pub fn load(&self) -> Result<ClientConfig, Failure> {
        let mut provider = rustls::crypto::ring::default_provider();
        if !self.suites.is_empty() {
            provider.cipher_suites = Chosen::read(&self.suites).suites();
        }
        let provider = Arc::new(provider);
        let broken = |error: Error| Failure::new(CurlCode::FAILED_INIT, error.to_string());
        let versions = match self.version {
            Version::Any => rustls::ALL_VERSIONS,
            Version::Newest => &[&rustls::version::TLS13],
            Version::Ssl => {
                let detail = "SSL is not spoken";
                return Err(Failure::new(CurlCode::BAD_FUNCTION_ARGUMENT, detail));
            }
        };
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .map_err(broken)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.verifier(provider)?));
        let mut config = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                let unusable = |detail| Failure::new(CurlCode::SSL_CERTIFICATE_PROBLEM, detail);
                let chain = certificates(certificate).map_err(unusable)?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| unusable(format!("{}: {error}", key.display())))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| unusable(error.to_string()))?
            }
            _ => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// What of it cannot be had.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.suites.is_empty() {
            let chosen = Chosen::read(&self.suites);
            if !chosen.absent.is_empty() {
                let absent = chosen.absent.join(", ");
                remarks.push(format!("cipher_suites: no suite here is {absent}"));
            }
            if chosen.is_empty() {
                let none = "cipher_suites: no suite of TLS 1.2 is left, only TLS 1.3 is spoken";
                remarks.push(none.to_owned());
            }
        }
        if self.version == Version::Ssl {
            remarks.push("tlsversion: SSL is not spoken, requests over TLS fail".to_owned());
        }
        remarks
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Verifier, Failure> {
        let chain = match self.verifies_peer {
            true => {
                let unusable = |detail| Failure::new(CurlCode::SSL_CA_CERTIFICATE_FILE, detail);
                let roots = self.roots().map_err(unusable)?;
                let built =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
                Some(built.build().map_err(|error| unusable(error.to_string()))?)
            }
            false => None,
        };
        Ok(Verifier {
            chain,
            verifies_host: self.verifies_host,
            provider,
        })
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let found = match &self.authorities {
            Some(path) => certificates(path)?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found);
        match added {
            0 => Err("there is no authority to trust".to_owned()),
            _ => Ok(roots),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.map_err(|error| format!("{}: {error}", path.display()))
}

/// Checks of a server's certificate what the operator wants checked.
#[derive(Debug)]
struct Verifier {
    /// Checks all; none when any authority will do.
    chain: Option<Arc<WebPkiServerVerifier>>,
    verifies_host: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(chain) = &self.chain else {
            if self.verifies_host {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        };
        // The name is the last thing checked: when that is what is wrong, the rest is right.
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if !self.verifies_host =>
            {
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
