//! `[directory]`: the domains that are synchronised, the controllers that are asked, and the accounts they are asked with.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use crate::krb5;

/// The most accounts: what operators know from other systems.
const MAX_CREDENTIALS: usize = 30;
/// The most domains.
const MAX_DOMAINS: usize = 256;

/// The `[directory]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    /// Where what is known of each domain is kept.
    pub(crate) folder: PathBuf,
    /// Seconds between two looks at what has changed.
    pub(crate) interval_seconds: u64,
    /// Hours after which a domain is read as a whole again; 0 is never.
    pub(crate) full_read_hours: u64,
    /// The domains; none is no synchronisation.
    pub(crate) domains: Vec<DomainConfig>,
    /// The accounts.
    pub(crate) credentials: Vec<CredentialConfig>,
}

/// A `[[directory.domains]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DomainConfig {
    /// DNS name.
    pub(crate) name: String,
    /// Host names of controllers, in the order they are tried; without any, the domain's own name leads to one.
    #[serde(default)]
    pub(crate) controllers: Vec<String>,
    /// How the connection is protected.
    #[serde(default)]
    pub(crate) transport: Transport,
    /// TCP port, where it is not 636 or 389.
    pub(crate) port: Option<u16>,
    /// The CA that signed the controllers' certificates (PEM); the system's where none is named.
    pub(crate) ca: Option<PathBuf>,
    /// Whether a password may cross the network in the clear.
    #[serde(default)]
    pub(crate) allow_plain: bool,
    /// Whether DirSync is asked for; without, uSNChanged is polled.
    #[serde(default = "yes")]
    pub(crate) dirsync: bool,
}

const fn yes() -> bool {
    true
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transport {
    /// TLS from the first byte.
    #[default]
    Ldaps,
    /// TLS after the StartTLS operation (RFC 4511 §4.14).
    Starttls,
    /// The security layer of GSSAPI (RFC 4752), by Kerberos alone.
    Sealed,
    /// None.
    Plain,
}

/// A `[[directory.credentials]]` table: an account, and where its password is. The password itself never stands here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CredentialConfig {
    /// DNS name of the account's domain.
    pub(crate) domain: String,
    /// `name@domain`, `DOMAIN\name` or a DN.
    pub(crate) user: String,
    /// A file that holds the password and nothing else.
    pub(crate) password_file: Option<PathBuf>,
    /// The name of a systemd credential (LoadCredential=) that does.
    pub(crate) credential: Option<String>,
    /// A keytab with the account's key, in the place of a password: it binds by Kerberos.
    pub(crate) keytab: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: "/var/lib/adtap/directory".into(),
            interval_seconds: 5,
            full_read_hours: 24,
            domains: Vec::new(),
            credentials: Vec::new(),
        }
    }
}

impl Config {
    /// Whether anything is synchronised.
    pub(crate) const fn is_on(&self) -> bool {
        !self.domains.is_empty()
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=3_600).contains(&self.interval_seconds) {
            problems.push(format!(
                "directory.interval-seconds: {} is not from 1 to 3600; changes would come too late or cost too much; leave it out",
                self.interval_seconds
            ));
        }
        if self.domains.len() > MAX_DOMAINS || self.credentials.len() > MAX_CREDENTIALS {
            problems.push(format!(
                "directory: more than {MAX_DOMAINS} domains or {MAX_CREDENTIALS} credentials; the rest would be left out; share them among sensors"
            ));
        }
        if self.is_on() && self.credentials.is_empty() {
            problems.push(
                "directory.credentials: none; no controller tells a stranger anything; add a [[directory.credentials]] table"
                    .to_owned(),
            );
        }
        let mut names = HashSet::new();
        for domain in &self.domains {
            if !names.insert(domain.name.to_lowercase()) {
                problems.push(format!(
                    "directory.domains: {} stands twice; it would be read twice; name its controllers in one table",
                    domain.name
                ));
            }
            problems.extend(domain.problems());
        }
        problems.extend(self.credentials.iter().flat_map(CredentialConfig::problems));
        problems.extend(self.kerberos_problems());
        problems
    }

    /// The keytab of the accounts that have one: the library takes one for all of them.
    pub(crate) fn keytab(&self) -> Option<&PathBuf> {
        let keytabs = self.credentials.iter().find_map(|account| account.keytab.as_ref());
        keytabs.filter(|_| self.is_on())
    }

    fn kerberos_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let keytabs: HashSet<_> = self
            .credentials
            .iter()
            .filter_map(|account| account.keytab.as_ref())
            .collect();
        if keytabs.len() > 1 {
            problems.push(
                "directory.credentials.keytab: more than one file; MIT Kerberos is told one; put the keys of all accounts into it (ktutil)".to_owned(),
            );
        }
        if !keytabs.is_empty() && !krb5::BUILT {
            problems.push(format!("directory.credentials.keytab: {}", krb5::ABSENT));
        }
        let sealed = |domain: &&DomainConfig| domain.transport == Transport::Sealed;
        if keytabs.is_empty()
            && let Some(domain) = self.domains.iter().find(sealed)
        {
            problems.push(format!(
                "directory.domains: {}: transport \"sealed\" is Kerberos' alone, and no account has a keytab; nobody could bind; give one a keytab, or use \"ldaps\"",
                domain.name
            ));
        }
        problems
    }

    /// TCP ports that are connected to.
    pub(crate) fn ports(&self) -> impl Iterator<Item = u16> {
        self.domains.iter().map(DomainConfig::port)
    }

    /// Files that are read while it runs.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let authorities = self.domains.iter().filter_map(|domain| domain.ca.clone());
        let passwords = self.credentials.iter().filter_map(CredentialConfig::secret_path);
        authorities.chain(passwords)
    }
}

impl DomainConfig {
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.transport {
            Transport::Ldaps => 636,
            Transport::Starttls | Transport::Sealed | Transport::Plain => 389,
        })
    }

    /// The hosts to ask, in this order.
    pub(crate) fn hosts(&self) -> Vec<String> {
        if self.controllers.is_empty() {
            return vec![self.name.clone()];
        }
        self.controllers.clone()
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let is_host = |name: &str| {
            let fits =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
            !name.is_empty() && name.bytes().all(fits)
        };
        if !is_host(&self.name) || !self.name.contains('.') {
            problems.push(format!(
                "directory.domains: {:?} is no DNS name of a domain; nothing could be asked; write it in full, as in lab.example",
                self.name
            ));
        }
        for controller in self.controllers.iter().filter(|name| !is_host(name)) {
            problems.push(format!(
                "directory.domains: {}: {controller:?} is no host name; it could not be asked; write a name or an address",
                self.name
            ));
        }
        if self.transport == Transport::Plain && !self.allow_plain {
            problems.push(format!(
                "directory.domains: {}: transport \"plain\" shows the account's password to everybody on the way; it is refused; use \
                 \"ldaps\" or \"starttls\", or set allow-plain = true where the way is protected otherwise",
                self.name
            ));
        }
        problems
    }
}

impl CredentialConfig {
    /// The file that holds the password, or the keytab; none where neither is named, or systemd gave no folder.
    pub(crate) fn secret_path(&self) -> Option<PathBuf> {
        match (self.keytab.as_ref().or(self.password_file.as_ref()), &self.credential) {
            (Some(path), _) => Some(path.clone()),
            (None, Some(name)) => Some(PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(name)),
            (None, None) => None,
        }
    }

    /// The principal that the user is: a realm is the domain's name in capitals ([MS-KILE] 3.1.5.2).
    pub(super) fn principal(&self) -> Option<String> {
        let (name, realm) = self.user.rsplit_once('@')?;
        let plain = !name.is_empty() && !realm.is_empty() && !name.contains(['\\', '=', '@']);
        plain.then(|| format!("{name}@{}", realm.to_uppercase()))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.user.trim().is_empty() || self.domain.trim().is_empty() {
            problems
                .push("directory.credentials: user or domain is empty; it is nobody's account; write both".to_owned());
        }
        let given = [
            self.password_file.is_some(),
            self.credential.is_some(),
            self.keytab.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            problems.push(format!(
                "directory.credentials: {}: give either password-file, credential or keytab; which of them counts would be a guess; remove or add one",
                self.user
            ));
        }
        if self.keytab.is_some() && self.principal().is_none() {
            problems.push(format!(
                "directory.credentials: {}: no principal, which a keytab has keys of; no ticket could be asked for; write it as adtap@LAB.EXAMPLE",
                self.user
            ));
        }
        if self
            .credential
            .as_ref()
            .is_some_and(|name| name.is_empty() || name.contains('/'))
        {
            problems.push(format!(
                "directory.credentials: {}: credential is the name given to LoadCredential=, no path; it could not be found; write the name",
                self.user
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_default_synchronises_nothing() {
        assert_eq!(Config::default().problems(), Vec::<String>::new());
        assert!(!Config::default().is_on());
    }

    #[test]
    fn a_domain_needs_little() {
        let config = config(
            "[[domains]]\nname = \"lab.example\"\n[[credentials]]\ndomain = \"lab.example\"\nuser = \"adtap@lab.example\"\npassword-file = \"/etc/adtap/lab\"\n",
        );
        assert_eq!(config.problems(), Vec::<String>::new());
        assert_eq!(
            (config.domains[0].hosts(), config.domains[0].port()),
            (vec!["lab.example".to_owned()], 636)
        );
        assert!(config.domains[0].dirsync);
        assert_eq!(config.files().count(), 1);
    }

    #[test]
    fn a_keytab_is_in_the_place_of_a_password() {
        let text = "[[domains]]\nname = \"lab.example\"\ntransport = \"sealed\"\n[[credentials]]\ndomain = \"lab.example\"\nuser = \"ADTAP$@lab.example\"\nkeytab = \"/etc/adtap/ldap.keytab\"\n";
        let own = config(text);
        assert_eq!(own.domains[0].port(), 389);
        assert_eq!(own.credentials[0].principal().as_deref(), Some("ADTAP$@LAB.EXAMPLE"));
        assert_eq!(own.keytab(), Some(&"/etc/adtap/ldap.keytab".into()));
        let problems = own.problems();
        assert_eq!(problems.is_empty(), krb5::BUILT, "{problems:?}");
        assert!(krb5::BUILT || problems[0].contains("built without Kerberos"));
        let wrong = text.to_owned()
            + "[[credentials]]\ndomain = \"x.y\"\nuser = \"LAB\\\\adtap\"\nkeytab = \"other\"\ncredential = \"z\"\n";
        assert!(config(&wrong).problems().len() >= 3, "{:?}", config(&wrong).problems());
        let nobody = text.replace("keytab", "password-file");
        assert!(config(&nobody).problems()[0].contains("nobody could bind"));
    }

    #[test]
    fn what_would_betray_the_password_is_refused() {
        let text = "[[domains]]\nname = \"lab.example\"\ntransport = \"plain\"\n[[credentials]]\ndomain = \"lab.example\"\nuser = \"a\"\ncredential = \"../x\"\n";
        let problems = config(text).problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("it is refused"));
        assert!(toml::from_str::<Config>("[[credentials]]\ndomain=\"a\"\nuser=\"b\"\npassword=\"c\"\n").is_err());
    }
}
