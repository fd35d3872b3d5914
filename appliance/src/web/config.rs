//! `[web]`: where the daemon answers.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// `[web]`; every key is optional.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Off, the daemon answers nowhere, and `adtap status` has nobody to ask.
    pub(crate) enabled: bool,
    /// Address and port; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Whether an address that others can reach may be listened on. There is no password and no TLS: what is seen there is
    /// names of controllers and interfaces, counters and alerts. Alerts are closed and suppressed from this host alone.
    pub(crate) allow_remote: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4391)),
            allow_remote: false,
        }
    }
}

impl Config {
    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        if !self.enabled || self.allow_remote || self.listen.ip().is_loopback() {
            return Vec::new();
        }
        vec![format!(
            "web.listen: {} can be reached from other hosts, and the page has neither password nor TLS; the file is refused; \
             listen on 127.0.0.1 or [::1], behind a proxy where others are to see it, or say allow-remote = true",
            self.listen
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_let_in_only_on_purpose() {
        let mut config = Config {
            listen: "0.0.0.0:4391".parse().unwrap(),
            ..Config::default()
        };
        assert_eq!(config.problems().len(), 1);
        config.allow_remote = true;
        assert!(config.problems().is_empty());
        assert!(Config::default().problems().is_empty());
    }
}
