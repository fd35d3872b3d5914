//! Which addresses may be asked.

use std::net::IpAddr;

use ipnet::IpNet;

use super::config::Config;
use crate::address::is_host;

/// The networks to ask, and those within them to leave in peace.
#[derive(Clone, Debug)]
pub struct Subnets {
    take: Vec<IpNet>,
    leave: Vec<IpNet>,
    families: [bool; 2],
}

impl Subnets {
    /// Those of `config`.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let asked = |any: &str| any.parse().is_ok_and(|any| config.source.towards(any).is_ok());
        Self {
            take: config.subnets.clone(),
            leave: config.exclude.clone(),
            families: [asked("0.0.0.0"), asked("::")],
        }
    }

    /// Whether `ip` may be asked.
    #[must_use]
    pub fn take(&self, ip: IpAddr) -> bool {
        let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&ip));
        let [four, six] = self.families;
        let family = if ip.is_ipv4() { four } else { six };
        family && is_host(ip) && within(&self.take) && !within(&self.leave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_asked_unless_they_are_left_out() {
        let config: Config =
            serde_json::from_str(r#"{"exclude": ["10.9.0.0/16", "192.168.1.7/32"], "source": "10.0.0.1"}"#).unwrap();
        let subnets = Subnets::new(&config);
        let taken = |ip: &str| subnets.take(ip.parse().unwrap());
        assert!(taken("10.0.0.9") && taken("172.31.255.1") && taken("192.168.1.8"));
        for left in [
            "10.9.1.1",
            "192.168.1.7",
            "8.8.8.8",
            "172.32.0.1",
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            assert!(!taken(left), "{left}");
        }
        assert!(!taken("fd77::1"), "there is no source of its family");
        assert!(Subnets::new(&Config::default()).take("fd77::1".parse().unwrap()));
    }
}
