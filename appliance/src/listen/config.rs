//! `[radius]` and `[events.syslog]`: where to listen, to whom, and how much.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::address::{Place, Prefix};
use super::revocation::{Lists, Untold};
use super::wef::WefConfig;

/// RADIUS accounting (RFC 2866 §3).
const RADIUS: u16 = 1813;

/// Syslog over UDP (RFC 5426 §3.3), and by habit over TCP (RFC 6587 §3.1).
const SYSLOG: u16 = 514;

/// Syslog over TLS (RFC 5425 §4.1).
const SYSLOG_TLS: u16 = 6514;

/// `[radius]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RadiusConfig {
    /// Addresses of this host to listen at; none listens nowhere.
    listen: Vec<Place>,
    /// Who reports sessions.
    pub(super) clients: Vec<ClientConfig>,
}

/// `[[radius.clients]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// What it is called in health and metrics.
    pub(super) name: String,
    /// Where its packets come from.
    pub(super) addresses: Vec<Prefix>,
    /// A file with its secret.
    #[serde(default)]
    pub(super) secret_file: Option<PathBuf>,
    /// The name of a systemd credential with its secret.
    #[serde(default)]
    pub(super) secret_credential: Option<String>,
    /// Whether each of its packets has to have a Message-Authenticator.
    #[serde(default)]
    pub(super) require_message_authenticator: bool,
}

/// `[events]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct EventsConfig {
    /// Events that a SIEM forwards.
    pub(crate) syslog: SyslogConfig,
    /// Events that Windows forwards.
    pub(crate) wef: WefConfig,
}

/// `[events.syslog]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SyslogConfig {
    /// Addresses of this host to listen at, by transport; none at all listens nowhere.
    udp: Vec<Place>,
    tcp: Vec<Place>,
    tls: Vec<Place>,
    /// Who may send.
    pub(super) sources: Vec<Prefix>,
    /// The certificate shown over TLS and its key, and the CA whose clients alone are let in (PEM).
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) ca: Option<PathBuf>,
    /// Lists of certificates that the CA took back (PEM or DER); what becomes of one that no list tells of, and where its list has ended.
    crl: Vec<PathBuf>,
    crl_unknown: Untold,
    crl_expired: Untold,
    /// Octets of a message at most.
    pub(super) message_bytes: usize,
    /// TCP and TLS connections at a time.
    pub(super) connections: usize,
    /// Seconds within which a handshake, or a message that has begun, has to end.
    pub(super) patience_seconds: u64,
    /// Minutes that the senders' local time is ahead of UTC; it matters where a time does not say its zone.
    pub(super) utc_offset_minutes: i32,
    /// Minutes without a message after which a source is silent; 0 does not mind.
    pub(crate) silent_minutes: u64,
    /// Messages a second from which on a source floods.
    pub(crate) flood_per_second: u64,
}

impl EventsConfig {
    /// Whether events come in at all.
    pub(crate) fn are_expected(&self) -> bool {
        !self.syslog.places().is_empty() || !self.wef.places().is_empty()
    }

    /// The files that it needs.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.syslog.files().chain(self.wef.files())
    }

    /// Where it listens.
    pub(crate) fn places(&self) -> [Places; 2] {
        [self.syslog.places(), self.wef.places()]
    }

    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        [self.syslog.problems(), self.wef.problems()].concat()
    }
}

impl Default for SyslogConfig {
    fn default() -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            tls: Vec::new(),
            sources: Vec::new(),
            certificate: None,
            key: None,
            ca: None,
            crl: Vec::new(),
            crl_unknown: Untold::default(),
            crl_expired: Untold::default(),
            message_bytes: 65_536,
            connections: 256,
            patience_seconds: 30,
            utc_offset_minutes: 0,
            silent_minutes: 30,
            flood_per_second: 20_000,
        }
    }
}

/// Where a listener is to listen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) udp: Vec<SocketAddr>,
    pub(crate) tcp: Vec<SocketAddr>,
    pub(crate) tls: Vec<SocketAddr>,
}

impl Places {
    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.udp.is_empty() && self.tcp.is_empty() && self.tls.is_empty()
    }

    /// TCP ports among them.
    pub(crate) fn tcp_ports(&self) -> impl Iterator<Item = u16> {
        self.tcp.iter().chain(&self.tls).map(SocketAddr::port)
    }

    /// Whether one of them is a port that needs `CAP_NET_BIND_SERVICE` (ip(7)).
    pub(crate) fn is_privileged(&self) -> bool {
        let all = self.udp.iter().chain(&self.tcp).chain(&self.tls);
        all.map(SocketAddr::port).any(|port| (1..1024).contains(&port))
    }
}

impl RadiusConfig {
    pub(crate) fn places(&self) -> Places {
        Places {
            udp: self.listen.iter().map(|place| place.socket(RADIUS)).collect(),
            ..Places::default()
        }
    }

    /// The files it needs.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.clients.iter().filter_map(ClientConfig::secret_path)
    }

    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems: Vec<_> = self.clients.iter().flat_map(ClientConfig::problems).collect();
        if self.listen.is_empty() != self.clients.is_empty() {
            problems.push(match self.listen.is_empty() {
                true => "radius.listen: empty; nobody listens to the clients that are named; name this host's management address".into(),
                false => "radius.clients: empty; nobody would be believed; name who reports sessions, and the secret that is shared with them".into(),
            });
        }
        let mut names = BTreeSet::new();
        let twice = self.clients.iter().filter(|client| !names.insert(&client.name));
        problems.extend(twice.map(|client| {
            format!("radius.clients: {:?} is named twice; which of the two is meant could not be told; give each a name of its own", client.name)
        }));
        problems
    }
}

impl ClientConfig {
    /// Where its secret is read from.
    pub(super) fn secret_path(&self) -> Option<PathBuf> {
        self.secret_file.clone().or_else(|| {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
            Some(Path::new(&folder).join(self.secret_credential.as_ref()?))
        })
    }

    fn problems(&self) -> Vec<String> {
        let at = format!("radius.clients: {:?}", self.name);
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push("radius.clients.name: empty; health could not say who is meant; give it a name".into());
        }
        if self.addresses.is_empty() {
            problems.push(format!(
                "{at} has no address; its packets could not be told from others'; give addresses"
            ));
        }
        if self.secret_file.is_some() == self.secret_credential.is_some() {
            problems.push(format!(
                "{at} has {} secret; its packets could not be verified; give either secret-file or secret-credential",
                if self.secret_file.is_some() {
                    "more than one"
                } else {
                    "no"
                }
            ));
        }
        if self
            .secret_credential
            .as_ref()
            .is_some_and(|name| name.is_empty() || name.contains('/'))
        {
            problems.push(format!("{at}: secret-credential is no credential's name; it could not be read; give the name in LoadCredential="));
        }
        problems
    }
}

impl SyslogConfig {
    pub(crate) fn places(&self) -> Places {
        let sockets = |places: &[Place], port| places.iter().map(|place| place.socket(port)).collect();
        Places {
            udp: sockets(&self.udp, SYSLOG),
            tcp: sockets(&self.tcp, SYSLOG),
            tls: sockets(&self.tls, SYSLOG_TLS),
        }
    }

    /// The files it needs.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let own = [&self.certificate, &self.key, &self.ca].into_iter().flatten();
        own.chain(&self.crl)
    }

    /// What the CA has taken back.
    pub(super) fn revoked(&self) -> Lists<'_> {
        Lists {
            files: &self.crl,
            unknown: self.crl_unknown,
            expired: self.crl_expired,
        }
    }

    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let listens = !self.places().is_empty();
        if listens && self.sources.is_empty() {
            problems.push("events.syslog.sources: empty; every message would be refused; name who may send, or 0.0.0.0/0 and ::/0 for anybody".into());
        }
        if !self.tls.is_empty() && (self.certificate.is_none() || self.key.is_none()) {
            problems.push(
                "events.syslog.tls: there is no certificate to show; nobody could connect; give certificate and key"
                    .into(),
            );
        }
        if !self.crl.is_empty() && self.ca.is_none() {
            problems.push("events.syslog.crl: there is no ca; clients show no certificate that could be revoked; give the CA whose clients are let in, or leave crl out".into());
        }
        if !(1_024..=1 << 20).contains(&self.message_bytes) {
            problems.push(format!("events.syslog.message-bytes: {} octets are no sensible limit; the file is refused; give 1024 to 1048576", self.message_bytes));
        }
        if !(1..=4_096).contains(&self.connections) {
            problems.push(format!(
                "events.syslog.connections: {} cannot be held; the file is refused; give 1 to 4096",
                self.connections
            ));
        }
        if !(1..=3_600).contains(&self.patience_seconds) {
            problems.push(format!(
                "events.syslog.patience-seconds: {} cannot be waited; the file is refused; give 1 to 3600",
                self.patience_seconds
            ));
        }
        if !(-840..=840).contains(&self.utc_offset_minutes) {
            problems.push(format!(
                "events.syslog.utc-offset-minutes: {} is no time zone's; times would be wrong; give -840 to 840",
                self.utc_offset_minutes
            ));
        }
        if self.flood_per_second == 0 {
            problems
                .push("events.syslog.flood-per-second: 0; every source would be said to flood; leave it out".into());
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_listens_nowhere() {
        let (radius, events) = (RadiusConfig::default(), EventsConfig::default());
        assert!(radius.places().is_empty() && events.syslog.places().is_empty());
        assert!(radius.problems().is_empty() && events.syslog.problems().is_empty());
    }

    #[test]
    fn ports_are_the_services_own_unless_said() {
        let syslog: SyslogConfig =
            toml::from_str("udp = [\"10.0.0.5\"]\ntls = [\"[fd00::5]\"]\nsources = [\"10.0.0.0/8\"]").unwrap();
        let places = syslog.places();
        assert_eq!(places.udp[0].to_string(), "10.0.0.5:514");
        assert_eq!(places.tcp_ports().collect::<Vec<_>>(), [6514]);
        assert!(places.is_privileged());
        assert_eq!(syslog.problems().len(), 1, "{:?}", syslog.problems());
        let radius: RadiusConfig = toml::from_str("listen = [\"10.0.0.5\"]").unwrap();
        assert_eq!(radius.places().udp[0].port(), 1813);
        assert!(!radius.places().is_privileged());
    }

    #[test]
    fn a_client_has_a_name_an_address_and_one_secret() {
        let config: RadiusConfig = toml::from_str(
            "listen = [\"127.0.0.1\"]\n[[clients]]\nname = \"a\"\naddresses = []\n[[clients]]\nname = \"a\"\naddresses = [\"::1\"]\nsecret-file = \"x\"\nsecret-credential = \"y/z\"\n",
        )
        .unwrap();
        let problems = config.problems();
        assert_eq!(problems.len(), 5, "{problems:#?}");
        assert!(toml::from_str::<RadiusConfig>("[[clients]]\nname = \"a\"\naddresses = [\"here\"]").is_err());
        assert!(toml::from_str::<RadiusConfig>("[[clients]]\nname = \"a\"\naddresses = []\nsecret = \"s\"").is_err());
    }
}
