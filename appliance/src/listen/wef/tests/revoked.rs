//! Sources whose certificates the CA takes back while they are connected.

use rcgen::SerialNumber;

use super::*;

impl Authority {
    fn numbered(&self, name: &str, serial: u64) -> Arc<ClientConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        params.serial_number = Some(SerialNumber::from(serial));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config(&self.0).with_client_auth_cert(vec![certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }
}

#[test]
fn who_is_revoked_is_cut_off_and_nobody_else() {
    let mut bench = Bench::new("", 8);
    bench.end();
    let list = bench.folder.path().join("ca.crl");
    std::fs::write(&list, bench.authority.list(&[], 2099).der()).unwrap();
    bench.config.crl = vec![list.clone()];
    bench.start();
    let [stays, goes] =
        [("dc1.lab.example", 1), ("dc2.lab.example", 2)].map(|(name, serial)| bench.authority.numbered(name, serial));
    let [mut one, mut two] = [&stays, &goes].map(|config| Source::new(Arc::clone(config), bench.running().at).unwrap());
    assert_eq!(one.ask(MANAGER, &enumerate()).0, 200);
    assert_eq!(two.ask(MANAGER, &enumerate()).0, 200);

    std::fs::write(&list, bench.authority.list(&[1_000, 2], 2099).der()).unwrap();
    let revocation = bench.running().revocation.clone().unwrap();
    assert!(revocation.look(capture::source::live::now()).is_empty());
    assert_eq!(two.0.read(&mut [0]).unwrap_or(0), 0, "cut off");
    assert_eq!(one.ask(MANAGER, &enumerate()).0, 200, "nobody else is");
    // A session that is known from before lets nobody in either.
    let mut again = Source::new(goes, bench.running().at).unwrap();
    let refused = again.send(MANAGER, "", &Charset::Utf16.encode(&enumerate()));
    assert!(refused.and_then(|()| again.answer()).is_err());
    let mut other = Source::new(stays, bench.running().at).unwrap();
    assert_eq!(other.ask(MANAGER, &enumerate()).0, 200);
    let counters = bench.end().counters;
    let counted = ["revoked_certificates", "refused_handshakes"].map(|name| counters.value(name));
    assert_eq!(counted, [1, 1]);
}
