//! The lab's CA: a certificate for the collector, and one for every source.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "adtap lab sources");
    params
}

/// Makes a CA in `folder`, and a certificate of it for the collector `name`: `ca.pem`, `ca.key`, `server.pem`, `server.key`; and the list of
/// what it has taken back, which is nobody's: `ca.crl`.
///
/// # Errors
/// The folder cannot be written.
pub fn make(folder: &Path, name: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let ca = CertifiedIssuer::self_signed(authority(), KeyPair::generate()?)?;
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    let key = KeyPair::generate()?;
    let server = params.signed_by(&key, &ca)?;
    for (file, text) in [
        ("ca.pem", ca.pem()),
        ("ca.key", ca.key().serialize_pem()),
        ("server.pem", server.pem()),
        ("server.key", key.serialize_pem()),
        ("ca.crl", revoked().signed_by(&ca)?.pem()?),
    ] {
        fs::write(folder.join(file), text).with_context(|| file.to_owned())?;
    }
    Ok(())
}

fn revoked() -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: date_time_ymd(2020, 1, 1),
        next_update: date_time_ymd(2099, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: vec![RevokedCertParams {
            serial_number: SerialNumber::from(1),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

/// Issues certificates to sources.
pub struct Sources {
    issuer: Issuer<'static, KeyPair>,
    roots: Arc<RootCertStore>,
    /// One for all: making so many would take longer than the test.
    key: KeyPair,
}

impl Sources {
    /// By the CA in `folder`.
    ///
    /// # Errors
    /// There is none.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let key = fs::read_to_string(folder.join("ca.key")).context("ca.key")?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(folder.join("ca.pem"))?)?;
        Ok(Self {
            issuer: Issuer::new(authority(), KeyPair::from_pem(&key)?),
            roots: Arc::new(roots),
            key: KeyPair::generate()?,
        })
    }

    /// What the source `name` shows and trusts.
    ///
    /// # Errors
    /// The name cannot stand in a certificate.
    pub fn client(&self, name: &str) -> anyhow::Result<Arc<ClientConfig>> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(Arc::clone(&self.roots))
            .with_client_auth_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}
