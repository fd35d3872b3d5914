//! A handshake of TLS 1.3 or 1.2 by rustls, up to the certificate: TLS 1.3 shows it encrypted, so it has to be a real one.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use super::identity;
use crate::lookup::exchange::Turn;
use crate::lookup::identity::Reason;

/// It answers the Client Hello with an alert.
pub(super) const REFUSED: Reason = Reason::Unnamed("it speaks no TLS of today");

/// A handshake up to the server's certificate.
#[derive(Debug)]
pub(super) struct Modern {
    client: ClientConnection,
    shown: Arc<Shown>,
}

impl Modern {
    /// # Errors
    /// TLS cannot be spoken at all.
    pub(super) fn new(ip: IpAddr) -> Result<Self, Reason> {
        const WHY: Reason = Reason::Unnamed("TLS could not be begun");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let shown = Arc::new(Shown {
            schemes: provider.signature_verification_algorithms.supported_schemes(),
            certificate: Mutex::default(),
        });
        let config = config(provider, &shown).map_err(|_| WHY)?;
        // An address, so that no name is sent.
        let client = ClientConnection::new(Arc::new(config), ServerName::from(ip)).map_err(|_| WHY)?;
        Ok(Self { client, shown })
    }

    /// What waits to be sent. Writing to a vector cannot fail.
    pub(super) fn said(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.client.wants_write() && self.client.write_tls(&mut out).is_ok() {}
        out
    }

    pub(super) fn handle(&mut self, mut bytes: &[u8]) -> Result<Turn, Reason> {
        while !bytes.is_empty() {
            let read = self.client.read_tls(&mut bytes).unwrap_or_default();
            let state = self.client.process_new_packets();
            if let Some(certificate) = self.shown.take() {
                return identity(&certificate).map(|identity| Turn::Over(Ok(identity)));
            }
            match state {
                Err(Error::AlertReceived(_)) => return Err(REFUSED),
                Err(_) => return Err(Reason::Malformed("TLS")),
                Ok(_) if read == 0 => return Err(Reason::Closed),
                Ok(_) => {}
            }
        }
        // A server may ask for another hello (RFC 8446 §4.1.4). Nothing else is said before the certificate.
        const HANDSHAKE: u8 = 22;
        let said = self.said();
        let hello = records(&said).any(|kind| kind == HANDSHAKE);
        Ok(match hello {
            true => Turn::Say(said),
            false => Turn::Listen,
        })
    }
}

/// The types of the records in `bytes`: `u8 type; u16 version; u16 length; …` (RFC 8446 §5.1).
fn records(mut bytes: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (&[kind, _, _, high, low], rest) = bytes.split_first_chunk()?;
        bytes = rest
            .get(usize::from(u16::from_be_bytes([high, low]))..)
            .unwrap_or_default();
        Some(kind)
    })
}

fn config(provider: Arc<CryptoProvider>, shown: &Arc<Shown>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(shown) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(config)
}

/// The certificate that a server showed. It is never accepted: that is where the handshake ends.
#[derive(Debug)]
struct Shown {
    schemes: Vec<SignatureScheme>,
    certificate: Mutex<Option<Vec<u8>>>,
}

impl Shown {
    fn take(&self) -> Option<Vec<u8>> {
        self.certificate.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

const NOT_ACCEPTED: Error = Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(certificate.to_vec());
        Err(NOT_ACCEPTED)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(NOT_ACCEPTED)
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(NOT_ACCEPTED)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
