//! The certificate that a listener shows, and whose it asks for.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::revocation::{Lists, Revocation};
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
    /// What its CA has taken back.
    pub(super) revoked: Lists<'a>,
}

/// Who answers TLS, and who is asked whether a client's certificate still counts; nobody where there are no lists.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) acceptor: TlsAcceptor,
    pub(super) revocation: Option<Arc<Revocation>>,
}

impl Files<'_> {
    /// Who answers TLS.
    pub(super) fn door(self) -> Result<Door, Failure> {
        let chain = self.chain(self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(self.key).map_err(|error| self.refused(self.key, &error))?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| self.refused(self.certificate, &error))?;
        let mut revocation = None;
        let builder = match self.ca {
            Some(ca) if self.revoked.files.is_empty() => {
                let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(ca)?, provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| self.refused(ca, &error))?)
            }
            Some(ca) => {
                let asks = Revocation::new(self.table, self.revoked, self.roots(ca)?, provider);
                let asks = Arc::new(asks.map_err(|error| self.refused(ca, &error))?);
                revocation = Some(Arc::clone(&asks));
                builder.with_client_cert_verifier(asks)
            }
            None => builder.with_no_client_auth(),
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| self.refused(self.certificate, &error))?;
        if revocation.is_some() {
            // Who resumes a session shows no certificate: it might have been taken back since.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Door { acceptor, revocation })
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

    fn roots(self, ca: &Path) -> Result<Arc<RootCertStore>, Failure> {
        let mut roots = RootCertStore::empty();
        for root in self.chain(ca)? {
            roots.add(root).map_err(|error| self.refused(ca, &error))?;
        }
        Ok(Arc::new(roots))
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
