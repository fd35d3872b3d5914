//! Certificates to start with: a private CA, one certificate for the receiver, one for sensors.
//!
//! For a first deployment and for tests; who has a PKI uses that. Keys are mode 0600. Nothing is ever overwritten.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::sensor::host_name;

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// Overwriting a CA would lock out every sensor that trusts it.
    #[error("{}: exists already; nothing was written; name another folder", .0.display())]
    Exists(PathBuf),
    /// The disk said no.
    #[error("{}: cannot be written ({source})", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name cannot stand in a certificate.
    #[error("certificates cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// The files [`init`] makes, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFiles {
    /// The CA's certificate: `ca` at both ends.
    pub ca: PathBuf,
    /// Its private key, which signs further certificates; keep it elsewhere.
    pub ca_key: PathBuf,
    /// The receiver's certificate.
    pub server: PathBuf,
    /// Its private key.
    pub server_key: PathBuf,
    /// The sensors' certificate.
    pub client: PathBuf,
    /// Its private key.
    pub client_key: PathBuf,
}

impl CaFiles {
    /// The files as they are called in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let file = |name: &str| folder.join(name);
        Self {
            ca: file("ca.pem"),
            ca_key: file("ca.key"),
            server: file("server.pem"),
            server_key: file("server.key"),
            client: file("client.pem"),
            client_key: file("client.key"),
        }
    }

    const fn all(&self) -> [&PathBuf; 6] {
        [
            &self.ca,
            &self.ca_key,
            &self.server,
            &self.server_key,
            &self.client,
            &self.client_key,
        ]
    }
}

/// The names a receiver's certificate has when none are given: this host.
#[must_use]
pub fn default_names() -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = host_name();
    if !names.contains(&host) {
        names.push(host);
    }
    names
}

/// Makes a CA, a certificate for a receiver called `names` (DNS names and addresses; [`default_names`] where empty) and one
/// for sensors, in `folder`.
///
/// # Errors
/// One of the files exists, or the disk or a name cannot be used.
pub fn init(folder: &Path, names: &[String]) -> Result<CaFiles, CaError> {
    let files = CaFiles::of(folder);
    if let Some(path) = files.all().into_iter().find(|path| path.exists()) {
        return Err(CaError::Exists(path.clone()));
    }
    let names = if names.is_empty() {
        default_names()
    } else {
        names.to_vec()
    };
    let ca = authority()?;
    let (server, server_key) = issue(&ca, "adtap receiver", names, ExtendedKeyUsagePurpose::ServerAuth)?;
    let (client, client_key) = issue(&ca, "adtap sensor", vec![], ExtendedKeyUsagePurpose::ClientAuth)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed(folder))?;
    write(&files.ca, &ca.pem(), 0o644)?;
    write(&files.ca_key, &ca.key().serialize_pem(), 0o600)?;
    write(&files.server, &server, 0o644)?;
    write(&files.server_key, &server_key, 0o600)?;
    write(&files.client, &client, 0o644)?;
    write(&files.client_key, &client_key, 0o600)?;
    crate::durable::sync_folder(folder).map_err(failed(folder))?;
    Ok(files)
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = named(vec![], "adtap CA")?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// A certificate and its key, both PEM.
fn issue(
    ca: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    names: Vec<String>,
    purpose: ExtendedKeyUsagePurpose,
) -> Result<(String, String), rcgen::Error> {
    let mut params = named(names, name)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn named(names: Vec<String>, name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), CaError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CaError {
    let path = path.to_owned();
    move |source| CaError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_private_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let files = init(&folder.path().join("tls"), &[]).unwrap();
        for path in [&files.ca_key, &files.server_key, &files.client_key] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let before = fs::read(&files.ca).unwrap();
        fs::remove_file(&files.client).unwrap();
        assert!(matches!(init(&folder.path().join("tls"), &[]), Err(CaError::Exists(_))));
        assert_eq!(fs::read(&files.ca).unwrap(), before);
        assert!(!files.client.exists());
    }

    #[test]
    fn a_name_that_is_none_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls");
        assert!(matches!(
            init(&path, &["j\u{fc}rgen".into()]),
            Err(CaError::Certificate(_))
        ));
        assert!(!path.exists());
    }
}
