//! The certificate that the syslog listener shows, and whose it asks for (RFC 5425 §4.2).

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::super::config::SyslogConfig;
use crate::exit::{Code, Failure};

/// Who answers TLS; none where no certificate is named.
pub(crate) fn acceptor(config: &SyslogConfig) -> Result<Option<TlsAcceptor>, Failure> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Ok(None);
    };
    let chain = certificates(certificate)?;
    let key_read = PrivateKeyDer::from_pem_file(key).map_err(|error| refused(key, &error))?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(certificate, &error))?;
    let builder = match &config.ca {
        Some(ca) => builder.with_client_cert_verifier(verifier(ca, provider)?),
        None => builder.with_no_client_auth(),
    };
    let config = builder
        .with_single_cert(chain, key_read)
        .map_err(|error| refused(certificate, &error))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn verifier(ca: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, Failure> {
    let mut roots = RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root).map_err(|error| refused(ca, &error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| refused(ca, &error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| refused(path, &error))?;
    let read: Result<Vec<_>, _> = read.collect();
    match read {
        Ok(found) if found.is_empty() => Err(refused(path, &"there is no certificate in it")),
        Ok(found) => Ok(found),
        Err(error) => Err(refused(path, &error)),
    }
}

fn refused(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let sentence = format!(
        "events.syslog: {}: {why}; nothing was started; give a PEM file that adtap's user can read, or leave events.syslog.tls out",
        path.display()
    );
    Failure::new(Code::NoInput, sentence)
}
