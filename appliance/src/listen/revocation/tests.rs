//! Lists as a CA makes them, good and bad, and what becomes of certificates by them.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, SerialNumber};
use tokio_rustls::rustls::crypto::ring;

use super::*;
use crate::listen::authority::Authority;

impl Authority {
    fn issued(&self, serial: u64) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["dc1.lab.example".to_owned()]).unwrap();
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        params.serial_number = Some(SerialNumber::from(serial));
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &self.0).unwrap().der().clone()
    }
}

/// A CA, and a listener that asks its lists.
struct Bench {
    authority: Authority,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            authority: Authority::new("Lab CA"),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in the place of the one before, as an administrator's job does.
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path("new"), bytes).unwrap();
        fs::rename(self.path("new"), self.path(name)).unwrap();
    }

    fn asks(&self, names: &[&str], unknown: Untold, expired: Untold) -> Revocation {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.0.der().clone()).unwrap();
        let files: Vec<_> = names.iter().map(|name| self.path(name)).collect();
        let lists = Lists {
            files: &files,
            unknown,
            expired,
        };
        Revocation::new("events.wef", lists, Arc::new(roots), Arc::new(ring::default_provider())).unwrap()
    }
}

fn good(revocation: &Revocation, certificate: &CertificateDer<'_>) -> Result<(), CertificateError> {
    match revocation.verify_client_cert(certificate, &[], UnixTime::now()) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

const BOTH: (Untold, Untold) = (Untold::Refuse, Untold::Refuse);

#[test]
fn what_the_ca_took_back_lets_nobody_in() {
    let bench = Bench::new();
    let (stays, goes) = (bench.authority.issued(1), bench.authority.issued(2));
    let list = bench.authority.list(&[2], 2099);
    bench.put("ca.pem", list.pem().unwrap());
    bench.put("ca.der", list.der());
    for name in ["ca.pem", "ca.der"] {
        let asks = bench.asks(&[name], BOTH.0, BOTH.1);
        assert_eq!(good(&asks, &stays), Ok(()));
        assert_eq!(good(&asks, &goes), Err(CertificateError::Revoked));
        assert!(asks.look(live::now()).is_empty());
        assert_eq!(asks.root_hint_subjects().len(), 1);
    }
}

#[test]
fn a_new_list_counts_once_it_is_there() {
    let bench = Bench::new();
    let own = bench.authority.issued(1);
    bench.put("ca.crl", bench.authority.list(&[], 2099).der());
    let asks = bench.asks(&["ca.crl"], BOTH.0, BOTH.1);
    assert_eq!(good(&asks, &own), Ok(()));
    bench.put("ca.crl", bench.authority.list(&[1], 2099).der());
    assert!(asks.look(live::now()).is_empty());
    assert_eq!(good(&asks, &own), Err(CertificateError::Revoked));
    bench.put("ca.crl", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    let troubles = asks.look(live::now());
    assert_eq!(troubles[0].1, "is no list of revoked certificates");
    assert_eq!(
        good(&asks, &own),
        Err(CertificateError::Revoked),
        "the list before holds"
    );
    fs::remove_file(bench.path("ca.crl")).unwrap();
    assert!(asks.look(live::now())[0].1.starts_with("cannot be read"));
    assert_eq!(good(&asks, &own), Err(CertificateError::Revoked));
    bench.put("ca.crl", bench.authority.list(&[], 2099).der());
    assert!(asks.look(live::now()).is_empty());
    assert_eq!(good(&asks, &own), Ok(()));
}

#[test]
fn without_a_list_nobody_is_let_in_unless_that_is_said() {
    let bench = Bench::new();
    let own = bench.authority.issued(1);
    let strict = bench.asks(&["none.crl"], BOTH.0, BOTH.1);
    assert_eq!(good(&strict, &own), Err(CertificateError::UnknownRevocationStatus));
    assert_eq!(strict.look(live::now()).len(), 1);
    let lenient = bench.asks(&["none.crl"], Untold::Allow, BOTH.1);
    assert_eq!(good(&lenient, &own), Ok(()));
    assert_eq!(lenient.look(live::now()).len(), 1, "it is told all the same");
    // That of another CA says nothing.
    bench.put("other.crl", Authority::new("Other CA").list(&[1], 2099).der());
    for (unknown, told) in [
        (Untold::Refuse, Err(CertificateError::UnknownRevocationStatus)),
        (Untold::Allow, Ok(())),
    ] {
        assert_eq!(good(&bench.asks(&["other.crl"], unknown, BOTH.1), &own), told);
    }
}

#[test]
fn a_list_that_has_ended_is_told_and_refuses_unless_that_is_said() {
    let bench = Bench::new();
    let (stays, goes) = (bench.authority.issued(1), bench.authority.issued(2));
    bench.put("ca.crl", bench.authority.list(&[2], 2021).der());
    let strict = bench.asks(&["ca.crl"], BOTH.0, BOTH.1);
    assert!(matches!(
        good(&strict, &stays),
        Err(CertificateError::ExpiredRevocationListContext { .. })
    ));
    assert_eq!(
        strict.look(live::now())[0].1,
        "the list ended at 2021-12-31T00:00:00.000000Z"
    );
    let lenient = bench.asks(&["ca.crl"], BOTH.0, Untold::Allow);
    assert_eq!(good(&lenient, &stays), Ok(()));
    assert_eq!(good(&lenient, &goes), Err(CertificateError::Revoked));
    assert_eq!(lenient.look(live::now()).len(), 1);
}

#[test]
fn a_forged_list_is_believed_by_nobody() {
    let bench = Bench::new();
    let own = bench.authority.issued(1);
    bench.put("ca.crl", Authority::new("Lab CA").list(&[], 2099).der());
    let asks = bench.asks(&["ca.crl"], Untold::Allow, Untold::Allow);
    let told = asks.verify_client_cert(&own, &[], UnixTime::now());
    assert!(told.is_err(), "another key signed it");
}
