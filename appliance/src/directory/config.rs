//! `[directory]`: the domains that are synchronised, the controllers that are asked, and the accounts they are asked with.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::krb5;

/// The most accounts: what operators know from other systems.
const MAX_CREDENTIALS: usize = 30;
/// The most domains.
const MAX_DOMAINS: usize = 256;
/// The most global catalogs of a domain.
const MAX_CATALOGS: usize = 4;
/// The most DNS servers.
const MAX_NAME_SERVERS: usize = 8;

/// The `[directory]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    /// Where what is known of each domain is kept.
    pub(crate) folder: PathBuf,
    /// Seconds between two looks at what has changed.
    pub(crate) interval_seconds: u64,
    /// Whether controllers are asked to tell at once that something has changed.
    pub(crate) change_notification: bool,
    /// Hours after which a domain is read as a whole again; 0 is never.
    pub(crate) full_read_hours: u64,
    /// Connections to a controller while a domain is read as a whole.
    pub(crate) full_read_connections: u64,
    /// The domains; none is no synchronisation.
    pub(crate) domains: Vec<DomainConfig>,
    /// The accounts.
    pub(crate) credentials: Vec<CredentialConfig>,
    /// Whether the other domains of the forests, and trusted ones that accept an account, are read too.
    pub(crate) follow_trusts: bool,
    /// DNS names of domains that are not followed, nor what only they lead to.
    pub(crate) excluded_domains: Vec<String>,
    /// DNS servers that name the controllers of domains that are followed.
    pub(crate) name_servers: Vec<IpAddr>,
    /// How one of several sensors is found that reads a domain for all.
    pub(crate) election: ElectionConfig,
}

/// The `[directory.election]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ElectionConfig {
    /// Whether the receiver is asked; without, every sensor reads for itself.
    pub(crate) enabled: bool,
    /// Seconds without an answer after which the sensor reads for itself.
    pub(crate) patience_seconds: u64,
}

impl Default for ElectionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            patience_seconds: 60,
        }
    }
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
    /// Host names of global catalogs of its forest, which it is read from as long as no controller of its own ever answered.
    #[serde(default)]
    pub(crate) global_catalogs: Vec<String>,
    /// Their TCP port, where it is not 3269 or 3268.
    pub(crate) global_catalog_port: Option<u16>,
    /// Whether this sensor may be the one that reads the domain for all.
    #[serde(default = "yes")]
    pub(crate) candidate: bool,
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
            change_notification: true,
            full_read_hours: 24,
            full_read_connections: 2,
            domains: Vec::new(),
            credentials: Vec::new(),
            // It takes passwords to controllers that nobody named, across forests: whoever runs the sensor has to want that.
            follow_trusts: false,
            excluded_domains: Vec::new(),
            name_servers: Vec::new(),
            election: ElectionConfig::default(),
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
        if !(1..=2).contains(&self.full_read_connections) {
            problems.push(format!(
                "directory.full-read-connections: {} is neither 1 nor 2; a domain is read at once, or its computers beside everything else; leave it out",
                self.full_read_connections
            ));
        }
        if self.domains.len() > MAX_DOMAINS || self.credentials.len() > MAX_CREDENTIALS {
            problems.push(format!(
                "directory: more than {MAX_DOMAINS} domains or {MAX_CREDENTIALS} credentials; the rest would be left out; share them among sensors"
            ));
        }
        if self.domains.iter().any(|domain| domain.candidate) && self.credentials.is_empty() {
            problems.push(
                "directory.credentials: none; no controller tells a stranger anything; add a [[directory.credentials]] table"
                    .to_owned(),
            );
        }
        if !(1..=86_400).contains(&self.election.patience_seconds) {
            problems.push(format!(
                "directory.election.patience-seconds: {} is not from 1 to 86400; every hiccup of the receiver would make each sensor read every domain, or none would for days; leave it out",
                self.election.patience_seconds
            ));
        }
        if let Some(domain) = self
            .domains
            .iter()
            .find(|domain| !domain.candidate && !self.election.enabled)
        {
            problems.push(format!(
                "directory.domains: {}: candidate = false, and directory.election.enabled = false; nobody would read the domain; switch the election on, or leave candidate out",
                domain.name
            ));
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
        problems.extend(self.following_problems());
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

    fn following_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for domain in &self.domains {
            if self.follow_trusts && domain.transport == Transport::Plain {
                problems.push(format!(
                    "directory.follow-trusts: {} is read over \"plain\", as would be the domains that it leads to; whoever answers DNS could have \
                     the password; use \"ldaps\" or \"starttls\", or set follow-trusts = false",
                    domain.name
                ));
            }
            if self.excludes(&domain.name) {
                problems.push(format!(
                    "directory.excluded-domains: {} is configured too; it would be read; remove one of the two",
                    domain.name
                ));
            }
        }
        for name in self.excluded_domains.iter().filter(|name| !is_domain(name)) {
            problems.push(format!(
                "directory.excluded-domains: {name:?} is no DNS name of a domain; it would exclude nothing; write it in full, as in dev.example"
            ));
        }
        if self.name_servers.len() > MAX_NAME_SERVERS {
            problems.push(format!(
                "directory.name-servers: more than {MAX_NAME_SERVERS}; a domain that is down would take too long to look for; name the nearest"
            ));
        }
        problems
    }

    /// Whether the domain `name` is not to be followed.
    pub(super) fn excludes(&self, name: &str) -> bool {
        self.excluded_domains
            .iter()
            .any(|excluded| excluded.eq_ignore_ascii_case(name))
    }

    /// TCP ports that are connected to.
    pub(crate) fn ports(&self) -> impl Iterator<Item = u16> {
        let catalogs = self.domains.iter().filter(|domain| !domain.global_catalogs.is_empty());
        let own = self.domains.iter().map(DomainConfig::port);
        own.chain(catalogs.map(DomainConfig::catalog_port))
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

    /// The port of the forest's global catalogs ([MS-ADTS] 3.1.1.3.1.10).
    pub(super) fn catalog_port(&self) -> u16 {
        self.global_catalog_port.unwrap_or(match self.transport {
            Transport::Ldaps => 3_269,
            Transport::Starttls | Transport::Sealed | Transport::Plain => 3_268,
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
        if !is_domain(&self.name) {
            problems.push(format!(
                "directory.domains: {:?} is no DNS name of a domain; nothing could be asked; write it in full, as in lab.example",
                self.name
            ));
        }
        if self.global_catalogs.len() > MAX_CATALOGS {
            problems.push(format!(
                "directory.domains: {}: more than {MAX_CATALOGS} global-catalogs; asking all of them would hold up other domains; name the nearest",
                self.name
            ));
        }
        let hosts = self.controllers.iter().chain(&self.global_catalogs);
        for controller in hosts.filter(|name| !is_host(name)) {
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

fn is_host(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !name.is_empty() && name.bytes().all(fits)
}

/// Whether it is a name that a domain may have, and a file be called by.
pub(super) fn is_domain(name: &str) -> bool {
    is_host(name) && name.contains('.')
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
        assert_eq!(config.ports().collect::<Vec<_>>(), [636], "no global catalog is asked");
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
    fn times_and_numbers_have_their_bounds() {
        let problems = config("interval-seconds = 0\nfull-read-connections = 3\n").problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("directory.interval-seconds: 0 "));
        assert!(problems[1].starts_with("directory.full-read-connections: 3 "));
    }

    #[test]
    fn an_election_that_nobody_could_win_is_refused() {
        let text = "[election]\nenabled = false\npatience-seconds = 0\n[[domains]]\nname = \"lab.example\"\ncandidate = false\n[[credentials]]\ndomain = \"lab.example\"\nuser = \"a\"\ncredential = \"x\"\n";
        let problems = config(text).problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("directory.election.patience-seconds"));
        assert!(problems[1].contains("nobody would read the domain"));
    }

    #[test]
    fn what_would_betray_the_password_is_refused() {
        let text = "[[domains]]\nname = \"lab.example\"\ntransport = \"plain\"\n[[credentials]]\ndomain = \"lab.example\"\nuser = \"a\"\ncredential = \"../x\"\n";
        let problems = config(text).problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("it is refused"));
        assert!(toml::from_str::<Config>("[[credentials]]\ndomain=\"a\"\nuser=\"b\"\npassword=\"c\"\n").is_err());
    }

    #[test]
    fn global_catalogs_have_a_port_of_their_own() {
        let text =
            |more: &str| format!("[[domains]]\nname = \"lab.example\"\nglobal-catalogs = [\"dc9.example\"]\n{more}\n");
        let ports = |more: &str| config(&text(more)).ports().collect::<Vec<_>>();
        assert_eq!(ports(""), [636, 3_269]);
        assert_eq!(ports("transport = \"starttls\""), [389, 3_268]);
        assert_eq!(ports("global-catalog-port = 13269"), [636, 13_269]);
        let mut many = config(&text(""));
        many.domains[0].global_catalogs = vec!["dc9 example".into(); 5];
        let problems = many.domains[0].problems();
        assert!(
            problems[0].contains("more than 4 global-catalogs") && problems[1].contains("is no host name"),
            "{problems:?}"
        );
    }

    #[test]
    fn trusts_are_followed_where_that_is_wanted_and_safe() {
        assert!(!Config::default().follow_trusts);
        let text = |more: &str| {
            format!(
                "follow-trusts = true\n{more}\n[[domains]]\nname = \"lab.example\"\ntransport = \"plain\"\nallow-plain = true\n\
                 [[credentials]]\ndomain = \"lab.example\"\nuser = \"a\"\ncredential = \"x\"\n"
            )
        };
        let problems = config(&text("excluded-domains = [\"Lab.example\", \"dev\"]")).problems();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("whoever answers DNS"));
        assert!(problems[1].contains("it would be read") && problems[2].contains("\"dev\" is no DNS name"));
        let many = format!("name-servers = [{}]", "\"10.0.0.1\",".repeat(9));
        assert!(
            config(&text(&many))
                .problems()
                .iter()
                .any(|problem| problem.contains("more than 8"))
        );
    }
}
