//! Certificates that their CA took back: lists of them in files, read again when a file changes.
//!
//! Nothing is fetched from the network: whoever runs the CA puts the lists there. What cannot be read is told, and the list before it holds
//! until it ends; where there is no list at all, nobody is let in, unless the configuration says otherwise.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use capture::Timestamp;
use capture::source::live;
use parsers::tls::next_update;
use serde::Deserialize;
use tokio::sync::watch;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};

/// The longest file that is read: a CA's list of a million certificates has some 40 MB.
const MAX_FILE: u64 = 64 << 20;

/// What becomes of a certificate of which the lists do not tell whether it was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Untold {
    /// It lets nobody in.
    #[default]
    Refuse,
    /// It is good.
    Allow,
}

/// What is configured of a listener's lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lists<'a> {
    /// Files with lists, PEM or DER.
    pub(super) files: &'a [PathBuf],
    /// Where none of the lists is that of a certificate's issuer.
    pub(super) unknown: Untold,
    /// Where that list has ended.
    pub(super) expired: Untold,
}

/// What tells a file from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    changed: (i64, i64),
    inode: u64,
    octets: u64,
}

/// A file as it was when it was read.
#[derive(Clone, Debug, Default)]
struct File {
    stamp: Option<Stamp>,
    lists: Arc<[CertificateRevocationListDer<'static>]>,
    /// When the first of them ends.
    ends: Option<Timestamp>,
    trouble: Option<String>,
}

/// What asks lists whether a client's certificate still counts.
#[derive(Debug)]
pub(super) struct Revocation {
    paths: Vec<PathBuf>,
    unknown: Untold,
    expired: Untold,
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    /// Asks no list.
    plain: Arc<dyn ClientCertVerifier>,
    state: RwLock<State>,
    /// Moves when lists were read anew.
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    files: Vec<File>,
    /// None where there is no list, and that lets nobody in.
    asks: Option<Arc<dyn ClientCertVerifier>>,
}

impl Revocation {
    /// Reads the lists; what is wrong with them is told, and no reason not to start. `Err` where `roots` cannot be used.
    pub(super) fn new(
        table: &'static str,
        lists: Lists<'_>,
        roots: Arc<RootCertStore>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let plain = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build();
        let revocation = Self {
            paths: lists.files.to_vec(),
            unknown: lists.unknown,
            expired: lists.expired,
            roots,
            provider,
            plain: plain.map_err(|error| error.to_string())?,
            state: RwLock::new(State {
                files: Vec::new(),
                asks: None,
            }),
            news: watch::Sender::default(),
        };
        revocation.read();
        revocation.troubles(live::now()).iter().for_each(|(path, what)| {
            tracing::error!("{table}.crl: {}: {what}; {}", path.display(), revocation.consequence());
        });
        Ok(revocation)
    }

    /// Reads files that have changed since; what is wrong now, by file.
    pub(super) fn look(&self, now: Timestamp) -> Vec<(PathBuf, String)> {
        self.read();
        self.troubles(now)
    }

    /// What follows from a list that cannot be asked.
    pub(super) fn consequence(&self) -> &'static str {
        match (self.unknown, self.expired) {
            (Untold::Refuse, Untold::Refuse) => "certificates of that CA let nobody in",
            _ => {
                "whether certificates of that CA were taken back is not known, and crl-unknown and crl-expired say what becomes of them"
            }
        }
    }

    fn read(&self) {
        let stamps: Vec<_> = self.paths.iter().map(|path| Stamp::of(path)).collect();
        let before = self.state.read().unwrap_or_else(PoisonError::into_inner).files.clone();
        if before.iter().map(|file| file.stamp).eq(stamps.iter().copied()) {
            return;
        }
        let mut before = before.into_iter();
        let files = self.paths.iter().zip(stamps);
        let files: Vec<_> = files
            .map(|(path, stamp)| self.file(path, stamp, before.next()))
            .collect();
        let lists: Vec<_> = files.iter().flat_map(|file| file.lists.iter().cloned()).collect();
        let asks = match (lists.is_empty(), self.unknown) {
            (true, Untold::Refuse) => None,
            (true, Untold::Allow) => Some(Arc::clone(&self.plain)),
            (false, _) => self.verifier(lists).ok(),
        };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { files, asks };
        self.news.send_replace(());
    }

    async fn revoked(&self, chain: &[CertificateDer<'static>]) {
        let mut news = self.news.subscribe();
        let is_revoked = || {
            let (own, chain) = chain.split_first()?;
            let told = self.verify_client_cert(own, chain, UnixTime::now()).err()?;
            (told == Error::InvalidCertificate(CertificateError::Revoked)).then_some(())
        };
        // Nobody else sends the news: they do not end before `self` does.
        while is_revoked().is_none() && news.changed().await.is_ok() {}
    }

    /// A file as it is now; where it cannot be used, with the lists it had before.
    fn file(&self, path: &Path, stamp: Option<Stamp>, before: Option<File>) -> File {
        match before {
            Some(before) if before.stamp == stamp => before,
            before => match self.lists(path) {
                Ok((lists, ends)) => File {
                    stamp,
                    lists: lists.into(),
                    ends,
                    trouble: None,
                },
                Err(trouble) => File {
                    stamp,
                    trouble: Some(trouble),
                    ..before.unwrap_or_default()
                },
            },
        }
    }

    fn lists(&self, path: &Path) -> Result<(Vec<CertificateRevocationListDer<'static>>, Option<Timestamp>), String> {
        let lists = lists(path)?;
        let ends = lists.iter().map(|list| next_update(list));
        let ends = ends.collect::<Result<Vec<_>, _>>();
        let ends = ends.map_err(|_| "is no list of revoked certificates".to_owned())?;
        // A list that says nothing of the next one never ends.
        let first = ends.into_iter().flatten().min();
        match self.verifier(lists.clone()) {
            Ok(_) => Ok((lists, first)),
            Err(why) => Err(format!("cannot be used ({why})")),
        }
    }

    fn verifier(
        &self,
        lists: Vec<CertificateRevocationListDer<'static>>,
    ) -> Result<Arc<dyn ClientCertVerifier>, String> {
        let (roots, provider) = (Arc::clone(&self.roots), Arc::clone(&self.provider));
        let mut builder = WebPkiClientVerifier::builder_with_provider(roots, provider).with_crls(lists);
        if self.unknown == Untold::Allow {
            builder = builder.allow_unknown_revocation_status();
        }
        if self.expired == Untold::Refuse {
            builder = builder.enforce_revocation_expiration();
        }
        builder.build().map_err(|error| error.to_string())
    }

    fn troubles(&self, now: Timestamp) -> Vec<(PathBuf, String)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let troubles = self.paths.iter().zip(&state.files).filter_map(|(path, file)| {
            let ended = file.ends.filter(|ends| *ends <= now);
            let ended = ended.map(|ends| format!("the list ended at {ends}"));
            Some((path.clone(), file.trouble.clone().or(ended)?))
        });
        troubles.collect()
    }

    fn asks(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state
            .asks
            .clone()
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownRevocationStatus))
    }
}

/// Until the CA has taken back the certificate that somebody who was let in has shown, the first of `chain`; for ever where nobody knows.
pub(super) async fn revoked(revocation: Option<&Revocation>, chain: &[CertificateDer<'static>]) {
    match revocation {
        Some(revocation) => revocation.revoked(chain).await,
        None => std::future::pending().await,
    }
}

impl Stamp {
    /// None where the file cannot be looked at.
    fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            changed: (about.ctime(), about.ctime_nsec()),
            inode: about.ino(),
            octets: about.len(),
        })
    }
}

/// The lists in a file: PEM, of which there may be several, or one as DER.
fn lists(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let cannot = |error: &dyn std::fmt::Display| format!("cannot be read ({error})");
    let about = fs::metadata(path).map_err(|error| cannot(&error))?;
    if about.len() > MAX_FILE {
        return Err(format!("has {} octets, and {MAX_FILE} are read at most", about.len()));
    }
    let bytes = fs::read(path).map_err(|error| cannot(&error))?;
    if !bytes.starts_with(b"\x30") {
        let read: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes).collect();
        let lists = read.map_err(|error| cannot(&error))?;
        return match lists.is_empty() {
            true => Err("has no list of revoked certificates in it".to_owned()),
            false => Ok(lists),
        };
    }
    Ok(vec![bytes.into()])
}

impl ClientCertVerifier for Revocation {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.plain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.asks()?.verify_client_cert(own, chain, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.plain.verify_tls12_signature(message, own, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.plain.verify_tls13_signature(message, own, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.plain.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
