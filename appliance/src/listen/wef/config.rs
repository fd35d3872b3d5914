//! `[events.wef]`: where to listen, to whom, what to ask for, and how much.

use std::path::PathBuf;

use serde::Deserialize;

use super::super::address::Place;
use super::super::config::Places;
use super::super::names::Name;
use super::super::revocation::{Lists, Untold};
use crate::krb5;

/// WS-Management over HTTPS (IANA wsmans).
const PORT: u16 = 5986;

/// WS-Management over HTTP (IANA wsman).
const HTTP_PORT: u16 = 5985;

/// `[events.wef]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct WefConfig {
    /// Addresses of this host to listen at over HTTPS; none listens nowhere.
    listen: Vec<Place>,
    /// Addresses of this host to listen at over HTTP with Kerberos.
    kerberos: Vec<Place>,
    /// The keys of `HTTP/NAME` that tickets are opened with.
    pub(crate) keytab: Option<PathBuf>,
    /// What sources call this host, with a port where that is not the one it listens at; else what its certificate does.
    pub(crate) name: Option<String>,
    /// The certificate shown and its key, and the CA that sources' certificates are of (PEM).
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
    /// Lists of certificates that the CA took back (PEM or DER); what becomes of one that no list tells of, and where its list has ended.
    pub(crate) crl: Vec<PathBuf>,
    crl_unknown: Untold,
    crl_expired: Untold,
    /// Who may send; nobody named is everybody whose certificate is the CA's.
    pub(crate) sources: Vec<Name>,
    /// Who is asked for logons too: AD FS and Entra Connect servers.
    pub(super) logon_servers: Vec<Name>,
    /// Who may send events of other computers, and is asked for what was forwarded to it.
    pub(super) relays: Vec<Name>,
    /// Whether events that were logged before a source's first subscription are asked for.
    pub(crate) existing_events: bool,
    /// Seconds between heartbeats of a source that has nothing to send.
    pub(crate) heartbeat_seconds: u64,
    /// Seconds that an event may wait at its source for others.
    pub(crate) latency_seconds: u64,
    /// Octets of an envelope that sources are told to keep to.
    pub(crate) envelope_bytes: usize,
    /// Connections at a time.
    pub(super) connections: usize,
    /// Seconds within which a handshake, a request and the reading of an answer have to end.
    pub(super) patience_seconds: u64,
    /// Minutes without a heartbeat or an event after which a source is silent; 0 does not mind.
    pub(crate) silent_minutes: u64,
    /// Events a second from which on a source floods.
    pub(crate) flood_per_second: u64,
}

impl Default for WefConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            kerberos: Vec::new(),
            keytab: None,
            name: None,
            certificate: None,
            key: None,
            ca: None,
            crl: Vec::new(),
            crl_unknown: Untold::default(),
            crl_expired: Untold::default(),
            sources: Vec::new(),
            logon_servers: Vec::new(),
            relays: Vec::new(),
            existing_events: false,
            heartbeat_seconds: 300,
            latency_seconds: 5,
            envelope_bytes: 512_000,
            connections: 8_192,
            patience_seconds: 30,
            silent_minutes: 30,
            flood_per_second: 20_000,
        }
    }
}

impl WefConfig {
    /// Listens over HTTP too.
    #[cfg(test)]
    pub(super) fn offer_kerberos(&mut self, place: &str, name: &str) {
        self.kerberos = vec![place.to_owned().try_into().unwrap()];
        self.name = Some(name.to_owned());
    }

    pub(crate) fn places(&self) -> Places {
        Places {
            tcp: self.kerberos.iter().map(|place| place.socket(HTTP_PORT)).collect(),
            tls: self.listen.iter().map(|place| place.socket(PORT)).collect(),
            ..Places::default()
        }
    }

    /// The files it needs.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let own = [&self.certificate, &self.key, &self.ca, &self.keytab];
        own.into_iter().flatten().chain(&self.crl)
    }

    /// What the CA has taken back.
    pub(super) fn revoked(&self) -> Lists<'_> {
        Lists {
            files: &self.crl,
            unknown: self.crl_unknown,
            expired: self.crl_expired,
        }
    }

    /// Whether `host`, in lower case, may send.
    pub(super) fn admits(&self, host: &str) -> bool {
        let named = self.sources.iter().chain(&self.relays).chain(&self.logon_servers);
        self.sources.is_empty() || named.into_iter().any(|name| name.is(host))
    }

    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let files = [&self.certificate, &self.key, &self.ca];
        if !self.listen.is_empty() && files.into_iter().any(Option::is_none) {
            problems.push("events.wef: certificate, key or ca is missing; sources and adtap could not prove who they are; give all three (docs/wef.md makes them)".into());
        }
        problems.extend(self.kerberos_problems());
        if self.name.as_deref().is_some_and(|name| !is_host(name)) {
            problems.push("events.wef.name: no host's name; sources could not be told where to send; give it as in the certificate, with :port where it is not 5986".into());
        }
        let mut range = |key: &str, value: u64, lowest: u64, highest: u64, consequence: &str| {
            if !(lowest..=highest).contains(&value) {
                problems.push(format!(
                    "events.wef.{key}: {value} {consequence}; the file is refused; give {lowest} to {highest}"
                ));
            }
        };
        range(
            "heartbeat-seconds",
            self.heartbeat_seconds,
            5,
            86_400,
            "is no sensible interval",
        );
        range(
            "latency-seconds",
            self.latency_seconds,
            1,
            3_600,
            "is no sensible delay",
        );
        range(
            "envelope-bytes",
            self.envelope_bytes as u64,
            32_768,
            4 << 20,
            "octets hold too little or too much",
        );
        range("connections", self.connections as u64, 1, 65_536, "cannot be held");
        range("patience-seconds", self.patience_seconds, 1, 3_600, "cannot be waited");
        range(
            "flood-per-second",
            self.flood_per_second,
            1,
            u64::MAX,
            "would say of every source that it floods",
        );
        let silent = self.silent_minutes.saturating_mul(60);
        if silent > 0 && silent < self.heartbeat_seconds.saturating_mul(2) {
            problems.push("events.wef.silent-minutes: less than two heartbeats; sources with nothing to say would be taken for silent; make it longer, or heartbeat-seconds shorter".into());
        }
        problems
    }
}

impl WefConfig {
    fn kerberos_problems(&self) -> Vec<String> {
        let (mut problems, asked) = (Vec::new(), !self.kerberos.is_empty());
        if (asked || self.keytab.is_some()) && !krb5::BUILT {
            return vec![format!("events.wef.kerberos: {}", krb5::ABSENT)];
        }
        if asked && self.keytab.is_none() {
            problems.push("events.wef.keytab: missing; no ticket could be opened; give the keytab of HTTP/NAME (docs/wef.md makes it)".into());
        }
        if !asked && self.keytab.is_some() {
            problems.push("events.wef.kerberos: empty; nobody could use the keytab; name this host's management address, or remove keytab".into());
        }
        if asked && self.name.is_none() {
            problems.push("events.wef.name: missing; sources could not be told whom to get a ticket for; give the NAME of HTTP/NAME, whose key the keytab has".into());
        }
        problems
    }
}

/// Whether `name` can stand in a URL as its host, with or without a port.
fn is_host(name: &str) -> bool {
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "0"));
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    !host.is_empty() && host.chars().all(letter) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> WefConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_left_out_listens_nowhere() {
        assert!(WefConfig::default().places().is_empty() && WefConfig::default().problems().is_empty());
        let listening = config("listen = [\"10.0.0.5\"]\ncertificate = \"c\"\nkey = \"k\"\nca = \"a\"");
        assert_eq!(listening.places().tls[0].to_string(), "10.0.0.5:5986");
        assert!(listening.problems().is_empty() && listening.admits("anybody.lab.example"));
    }

    #[test]
    fn everything_that_cannot_be_is_named_at_once() {
        let wrong = config(
            "listen = [\"::1\"]\nname = \"https://adtap\"\nheartbeat-seconds = 1\nlatency-seconds = 0\nenvelope-bytes = 5\nconnections = 0\npatience-seconds = 0\nflood-per-second = 0\n",
        );
        assert_eq!(wrong.problems().len(), 8, "{:#?}", wrong.problems());
        assert_eq!(config("silent-minutes = 5").problems().len(), 1);
        assert!(
            config("silent-minutes = 0\nname = \"adtap.lab.example:15986\"")
                .problems()
                .is_empty()
        );
    }

    #[test]
    fn kerberos_needs_a_keytab_and_a_name_and_to_be_built() {
        let whole = config("kerberos = [\"10.0.0.5\"]\nkeytab = \"k\"\nname = \"adtap.lab.example\"");
        assert_eq!(whole.places().tcp[0].to_string(), "10.0.0.5:5985");
        assert_eq!(whole.files().count(), 1);
        let problems = |text: &str| config(text).problems();
        if krb5::BUILT {
            assert!(whole.problems().is_empty(), "{:?}", whole.problems());
            assert_eq!(problems("kerberos = [\"::1\"]").len(), 2);
            assert_eq!(problems("keytab = \"k\"").len(), 1);
        } else {
            for text in ["kerberos = [\"::1\"]", "keytab = \"k\""] {
                assert_eq!(problems(text).len(), 1);
                assert!(problems(text)[0].contains("built without Kerberos; the file is refused"));
            }
        }
    }

    #[test]
    fn only_who_is_named_may_send() {
        let some = config("sources = [\"*.lab.example\"]\nrelays = [\"wec1.other.example\"]\n");
        assert!(
            some.admits("dc1.lab.example") && some.admits("wec1.other.example") && !some.admits("dc1.other.example")
        );
    }
}
