//! What an operator may set about sending.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use tonic::transport::Uri;

use crate::sensor::{host_name, is_sensor_name};

/// The `[sender]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SenderConfig {
    /// The receiver: `https://host:port`, or `http://` on loopback.
    pub url: String,
    /// This sensor's name: 1 to 64 letters, digits, `.`, `_` or `-`; the host's name where none is set.
    pub sensor: Option<String>,
    /// PEM file with the certificate of the CA that signed the receiver's.
    pub ca: Option<PathBuf>,
    /// PEM file with this sensor's certificate, for receivers that ask for one.
    pub certificate: Option<PathBuf>,
    /// PEM file with its private key.
    pub key: Option<PathBuf>,
    /// Name in the receiver's certificate, where it is not the URL's host.
    pub server_name: Option<String>,
    /// Activities in a batch at most.
    pub batch_records: u64,
    /// Bytes of a batch before compression, above which no further activity is added.
    pub batch_bytes: usize,
    /// Activities under way at most: sent, and not yet acknowledged.
    pub window: u64,
    /// Seconds between heartbeats.
    pub heartbeat_seconds: u64,
    /// Seconds for connecting, and for the receiver's welcome.
    pub connect_seconds: u64,
    /// Milliseconds before the second attempt to connect; they double with every further one.
    pub backoff_ms: u64,
    /// Milliseconds between attempts at most.
    pub max_backoff_ms: u64,
}

impl Default for SenderConfig {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:4390".into(),
            sensor: None,
            ca: None,
            certificate: None,
            key: None,
            server_name: None,
            batch_records: 4_096,
            batch_bytes: 512 << 10,
            window: 1 << 20,
            heartbeat_seconds: 10,
            connect_seconds: 10,
            backoff_ms: 250,
            max_backoff_ms: 30_000,
        }
    }
}

impl SenderConfig {
    /// The default, to `url`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    /// The sensor's name.
    #[must_use]
    pub fn sensor(&self) -> String {
        self.sensor.clone().unwrap_or_else(host_name)
    }

    /// The TCP port of the receiver; none where the URL is none.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let url: Uri = self.url.parse().ok()?;
        let usual = if url.scheme_str() == Some("http") { 80 } else { 443 };
        Some(url.port_u16().unwrap_or(usual))
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.url_problems();
        if let Some(name) = self.sensor.as_ref().filter(|name| !is_sensor_name(name)) {
            problems.push(format!(
                "sender.sensor: {name:?} is no sensor name; the receiver would refuse it; use 1 to 64 letters, digits, '.', '_' or '-'"
            ));
        }
        if self.certificate.is_some() != self.key.is_some() {
            problems.push(
                "sender.certificate, sender.key: one without the other; the sensor cannot identify itself; set both or neither"
                    .into(),
            );
        }
        if !(1..=65_536).contains(&self.batch_records) || !(1..=MAX_BATCH).contains(&self.batch_bytes) {
            problems.push(format!(
                "sender.batch-records, sender.batch-bytes: out of 1..=65536 and 1..={MAX_BATCH}; a receiver would refuse the batch; leave them out"
            ));
        }
        if self.window == 0 || self.heartbeat_seconds == 0 || self.connect_seconds == 0 || self.backoff_ms == 0 {
            problems.push(
                "sender.window, -heartbeat-seconds, -connect-seconds, -backoff-ms: 0 in one of them; nothing would ever be sent; leave it out"
                    .into(),
            );
        }
        problems
    }

    /// Whether the receiver is on this host, as its URL says.
    pub(super) fn is_local(&self) -> bool {
        self.url.parse::<Uri>().is_ok_and(|uri| is_loopback(&uri))
    }

    fn url_problems(&self) -> Vec<String> {
        let Ok(uri) = self.url.parse::<Uri>() else {
            return vec![format!(
                "sender.url: {:?} is no URL; nothing can be sent; use https://host:port",
                self.url
            )];
        };
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(host)) if !host.is_empty() => vec![],
            (Some("http"), _) if is_loopback(&uri) => vec![],
            (Some("http"), _) => vec![format!(
                "sender.url: {} is not encrypted; who logs on where would cross the network in clear; use https://",
                self.url
            )],
            _ => vec![format!(
                "sender.url: {:?} has no scheme and host; nothing can be sent; use https://host:port",
                self.url
            )],
        }
    }
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Bytes a batch may have before compression.
const MAX_BATCH: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        assert_eq!(SenderConfig::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn clear_text_stays_on_the_host() {
        for good in [
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost:1",
            "https://cloud.example:443",
        ] {
            assert_eq!(SenderConfig::new(good).problems(), Vec::<String>::new());
        }
        for bad in [
            "http://cloud.example:1",
            "cloud.example",
            "ftp://127.0.0.1",
            "",
            "https://",
        ] {
            assert_eq!(SenderConfig::new(bad).problems().len(), 1, "{bad}");
        }
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let text = r#"{"url": "x", "sensor": "a/b", "key": "k", "window": 0, "batch-bytes": 0}"#;
        let config: SenderConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.problems().len(), 5);
        assert!(serde_json::from_str::<SenderConfig>(r#"{"uri": ""}"#).is_err());
    }
}
