//! Who a source is: what its certificate says, which the CA vouches for, or its ticket, for which the KDC does.

use compact_str::CompactString;
use parsers::tls::Subject;

/// What a source proves by who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A certificate, over HTTPS.
    Certificate,
    /// A ticket, over HTTP.
    Kerberos,
}

/// A source that has proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// What it has proved that by.
    pub(super) proof: Proof,
    /// Its DNS names, or the common name where there is none; in lower case, the first is what it is called.
    names: Vec<CompactString>,
}

impl Identity {
    /// Whose certificate this is; none where it names nobody who could be a computer.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let subject = Subject::read(certificate).ok()?;
        let own = subject.dns_names.into_iter();
        let mut names: Vec<_> = own.filter_map(|name| host(&name)).collect();
        if names.is_empty() {
            names.extend(subject.common_name.and_then(|name| host(&name)));
        }
        (!names.is_empty()).then_some(Self {
            proof: Proof::Certificate,
            names,
        })
    }

    /// Whose principal this is, as GSS-API displays it: `DC1$@LAB.EXAMPLE` is dc1.lab.example, since a realm is a domain's DNS name
    /// ([MS-KILE] 3.1.5.2). None where it is no computer's: a user is none, whatever its name.
    #[cfg(any(feature = "gssapi", test))]
    pub(super) fn of_principal(principal: &str) -> Option<Self> {
        let (account, realm) = principal.rsplit_once('@')?;
        let account = account.strip_suffix('$')?;
        let label = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
        if account.is_empty() || realm.is_empty() || !account.chars().all(label) {
            return None;
        }
        let names = host(&format!("{account}.{realm}")).into_iter().collect();
        Some(Self {
            proof: Proof::Kerberos,
            names,
        })
        .filter(|identity: &Self| !identity.names.is_empty())
    }

    /// What it is called.
    pub(super) fn name(&self) -> &CompactString {
        const NOBODY: &CompactString = &CompactString::const_new("");
        self.names.first().unwrap_or(NOBODY)
    }

    /// Whether an event of `computer` can be its own: Windows writes the DNS name, and the bare one before a computer joins a domain.
    pub(super) fn is(&self, computer: &str) -> bool {
        let computer = computer.trim_end_matches('.');
        let label = |name: &CompactString| {
            name.split('.')
                .next()
                .is_some_and(|label| label.eq_ignore_ascii_case(computer))
        };
        self.names.iter().any(|name| same(name, computer) || label(name))
    }
}

/// Whether `computer` is `name`, which is in lower case.
fn same(name: &str, computer: &str) -> bool {
    name.eq_ignore_ascii_case(computer) || (!computer.is_ascii() && computer.to_lowercase() == name)
}

/// A name as a computer has one, in lower case. `*` is nobody's.
fn host(name: &str) -> Option<CompactString> {
    let name = name.trim().trim_end_matches('.');
    let letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_');
    (!name.is_empty() && name.len() <= 253 && name.chars().all(letter)).then(|| name.to_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn certificate(common_name: &str, names: &[&str]) -> Vec<u8> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_principal_is_a_computer_or_nobody() {
        let own = Identity::of_principal("DC1$@LAB.EXAMPLE").unwrap();
        assert_eq!((own.name().as_str(), own.proof), ("dc1.lab.example", Proof::Kerberos));
        assert!(
            own.is("dc1.Lab.example") && own.is("DC1") && !own.is("dc2.lab.example") && !own.is("dc1.other.example")
        );
        for nobody in [
            "alice@LAB.EXAMPLE",
            "host/dc1.lab.example@LAB.EXAMPLE",
            "DC1$",
            "$@LAB.EXAMPLE",
            "DC1$@",
            "a\\@b$@LAB.EXAMPLE",
            "dc1.lab$@EXAMPLE",
            "DC1$\\@LAB.EXAMPLE@OTHER.EXAMPLE",
        ] {
            assert_eq!(Identity::of_principal(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn alternative_names_count_and_else_the_common_name() {
        let both = Identity::of(&certificate("whoever", &["DC1.Lab.example", "dc1-alias.lab.example"])).unwrap();
        assert_eq!(both.name(), "dc1.lab.example");
        assert!(both.is("dc1.lab.EXAMPLE") && both.is("DC1") && both.is("dc1-alias.lab.example."));
        assert!(!both.is("dc2.lab.example") && !both.is("dc1.other.example") && !both.is("whoever") && !both.is(""));
        let plain = Identity::of(&certificate("srv1.lab.example", &[])).unwrap();
        assert_eq!(plain.name(), "srv1.lab.example");
        assert_eq!(Identity::of(&certificate("*.lab.example", &[])), None);
        assert_eq!(Identity::of(b"no certificate"), None);
    }
}
