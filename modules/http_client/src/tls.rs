//! TLS towards a server: whom it must prove to be, and who we are.

use crate::curl::{CurlCode, Failure};
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
}

impl TlsSettings {
    /// Reads the files and makes of it what a handshake needs. May wait for the disk.
    pub fn load(&self) -> Result<ClientConfig, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let broken = |error: Error| Failure::new(CurlCode::FAILED_INIT, error.to_string());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
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
