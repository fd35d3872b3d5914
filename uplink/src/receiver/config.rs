//! What an operator may set about receiving.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::Deserialize;

/// The `[receiver]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReceiverConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder the activities are stored in; one receiver, one folder.
    pub store: PathBuf,
    /// PEM file with the receiver's certificate. Without it there is no TLS, and `listen` has to be on loopback.
    pub certificate: Option<PathBuf>,
    /// PEM file with its private key.
    pub key: Option<PathBuf>,
    /// PEM file with the certificate of the CA whose clients are let in; without it, everybody is who gets through TLS.
    pub ca: Option<PathBuf>,
    /// Activities of a sensor after which they are written out and acknowledged.
    pub flush_records: usize,
    /// Milliseconds after which that happens at the latest.
    pub flush_ms: u64,
    /// Milliseconds after which what has arrived is synced and acknowledged, before it is written out; 0 is when it is.
    pub acknowledge_ms: u64,
    /// Seconds of silence after which another sensor synchronises the domains of one.
    pub synchronizer_silence_seconds: u64,
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4390)),
            store: PathBuf::from("adtap-store"),
            certificate: None,
            key: None,
            ca: None,
            flush_records: 131_072,
            flush_ms: 2_000,
            acknowledge_ms: 10,
            synchronizer_silence_seconds: 1_800,
        }
    }
}

impl ReceiverConfig {
    /// A receiver on a free port of loopback that stores into `store`, for one sensor that is in no hurry to forget.
    #[must_use]
    pub fn embedded(store: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store: store.into(),
            acknowledge_ms: 0,
            ..Self::default()
        }
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.certificate.is_some() != self.key.is_some() {
            problems.push(
                "receiver.certificate, receiver.key: one without the other; there would be no TLS; set both or neither"
                    .into(),
            );
        }
        if self.certificate.is_none() && !self.listen.ip().is_loopback() {
            problems.push(format!(
                "receiver.listen: {} without receiver.certificate; everybody on the network could read and write; set certificate, key and ca (adtap receive --init-ca makes them), or listen on 127.0.0.1",
                self.listen
            ));
        }
        if self.ca.is_some() && self.certificate.is_none() {
            problems.push(
                "receiver.ca: set without receiver.certificate; nobody is asked for a certificate without TLS; set certificate and key".into(),
            );
        }
        if self.store.as_os_str().is_empty() {
            problems.push("receiver.store: empty; there is nowhere to store; name a folder".into());
        }
        if self.flush_records == 0 || self.flush_ms == 0 {
            problems.push(
                "receiver.flush-records, receiver.flush-ms: 0; every batch would be a file of its own; leave them out"
                    .into(),
            );
        }
        if !SILENCE.contains(&self.synchronizer_silence_seconds) {
            problems.push(format!(
                "receiver.synchronizer-silence-seconds: {} is not from {} to {}; a domain would change hands all the time, or nobody would read it for days; leave it out",
                self.synchronizer_silence_seconds,
                SILENCE.start(),
                SILENCE.end()
            ));
        }
        problems
    }
}

/// What a silence may last.
const SILENCE: RangeInclusive<u64> = 1..=86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        assert_eq!(ReceiverConfig::default().problems(), Vec::<String>::new());
        assert_eq!(ReceiverConfig::embedded("store").problems(), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let text = r#"{"listen": "0.0.0.0:1", "store": "", "key": "k", "ca": "c", "flush-ms": 0, "synchronizer-silence-seconds": 0}"#;
        let config: ReceiverConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.problems().len(), 6);
        assert!(serde_json::from_str::<ReceiverConfig>(r#"{"port": 1}"#).is_err());
    }
}
