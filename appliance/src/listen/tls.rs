//! The certificate that a listener shows, and whose it asks for.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::exit::{Code, Failure};

/// Where the certificates of a listener lie (PEM).
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    /// The table that names them: `events.syslog`.
    pub(super) table: &'static str,
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
    /// The CA whose clients alone are let in; without it, clients show no certificate.
    pub(super) ca: Option<&'a Path>,
}

impl Files<'_> {
    /// Who answers TLS.
    pub(super) fn acceptor(self) -> Result<TlsAcceptor, Failure> {
        let chain = self.chain(self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(self.key).map_err(|error| self.refused(self.key, &error))?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| self.refused(self.certificate, &error))?;
        let builder = match self.ca {
            Some(ca) => builder.with_client_cert_verifier(self.verifier(ca, provider)?),
            None => builder.with_no_client_auth(),
        };
        let config = builder
            .with_single_cert(chain, key)
            .map_err(|error| self.refused(self.certificate, &error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// The certificates in `path`, of which there is one at least.
    pub(super) fn chain(self, path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let read = CertificateDer::pem_file_iter(path).map_err(|error| self.refused(path, &error))?;
        let read: Result<Vec<_>, _> = read.collect();
        match read {
            Ok(found) if found.is_empty() => Err(self.refused(path, &"there is no certificate in it")),
            Ok(found) => Ok(found),
            Err(error) => Err(self.refused(path, &error)),
        }
    }

    fn verifier(self, ca: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, Failure> {
        let mut roots = RootCertStore::empty();
        for root in self.chain(ca)? {
            roots.add(root).map_err(|error| self.refused(ca, &error))?;
        }
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| self.refused(ca, &error))
    }

    fn refused(self, path: &Path, why: &dyn std::fmt::Display) -> Failure {
        let sentence = format!(
            "{}: {}: {why}; nothing was started; give a PEM file that adtap's user can read, or do not listen there",
            self.table,
            path.display()
        );
        Failure::new(Code::NoInput, sentence)
    }
}
