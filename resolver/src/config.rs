//! What an operator may set about resolving and folding.

use std::net::IpAddr;

use compact_str::CompactString;
use serde::Deserialize;

use crate::bounds::full;
use crate::networks::Networks;
use crate::tags::Tags;

/// The `[resolver]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Identical chatter within so many seconds becomes one activity with a count; 0 turns folding off.
    pub fold: u32,
    /// For how many seconds of packet time a logon, ticket or change waits for the Windows event that tells of it too, where events
    /// come in at all; 0 tells packets and events apart from each other.
    pub event_join: u32,
    /// For how many seconds of packet time high-certainty evidence for an address' computer holds without being seen again.
    pub evidence_validity: u32,
    /// The same for low-certainty evidence.
    pub low_evidence_validity: u32,
    /// For how many seconds a Kerberos ticket is good at most, as the domains' policies say.
    pub ticket_lifetime: u32,
    /// How many tickets are remembered at most, some 80 bytes each.
    pub tickets: u32,
    /// Who bears which tag: the configuration's `[tags]` table, which is one of its own.
    #[serde(skip)]
    pub tags: Tags,
    /// Addresses of domain controllers and what each is called: the configuration's `[[capture.controllers]]`.
    #[serde(skip)]
    pub controllers: Vec<(IpAddr, CompactString)>,
    /// For how many milliseconds of packet time an activity from an address that has only just appeared waits for evidence of its
    /// computer; 0 is none.
    pub wait_milliseconds: u32,
    /// Whether an address' TCP, as its SYNs show it, is held against the operating system in the directory.
    pub tcp_fingerprints: bool,
    /// Networks behind whose addresses are many computers (NAT, VPN, terminal servers): nothing about them is certain.
    pub shared_networks: Vec<String>,
    /// Networks whose addresses are not resolved at all.
    pub excluded_networks: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fold: 60,
            event_join: 15,
            evidence_validity: 8 * 3_600,
            low_evidence_validity: 3_600,
            ticket_lifetime: 36_000,
            tickets: 2 * full(1 << 16) as u32,
            tags: Tags::default(),
            controllers: Vec::new(),
            wait_milliseconds: 2_000,
            tcp_fingerprints: true,
            shared_networks: Vec::new(),
            excluded_networks: Vec::new(),
        }
    }
}

impl Config {
    /// The longest `fold`: an activity would leave an hour late.
    pub const MAX_FOLD: u32 = 3_600;
    /// The longest `event-join`: Windows forwards events after 15 minutes at the latest.
    pub const MAX_EVENT_JOIN: u32 = 900;

    /// The longest `wait-milliseconds`: every logon of a host that starts would arrive that late.
    pub const MAX_WAIT: u32 = 60_000;

    /// The fewest and the most `tickets`: beyond it they would take a gigabyte.
    pub const TICKETS: std::ops::RangeInclusive<u32> = 1_000..=12_000_000;

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.fold > Self::MAX_FOLD {
            problems.push(format!(
                "resolver.fold: {} s is more than {} s; folded activities would arrive that late; choose a smaller number, 0 turns folding off",
                self.fold,
                Self::MAX_FOLD
            ));
        }
        if self.event_join > Self::MAX_EVENT_JOIN {
            problems.push(format!(
                "resolver.event-join: {} s is more than {} s; logons would arrive that late and too many would wait; choose a smaller number, 0 joins nothing",
                self.event_join,
                Self::MAX_EVENT_JOIN
            ));
        }
        for (name, seconds) in [
            ("evidence-validity", self.evidence_validity),
            ("low-evidence-validity", self.low_evidence_validity),
        ] {
            if seconds == 0 {
                problems.push(format!(
                    "resolver.{name}: 0 s; no address would ever be resolved; choose the shortest DHCP lease of the network, in seconds"
                ));
            }
        }
        if self.ticket_lifetime == 0 {
            problems.push(
                "resolver.ticket-lifetime: 0 s; every ticket would be taken for one that was never issued; write the longer of the domain's maximum lifetimes of user and of service tickets, in seconds".to_owned(),
            );
        }
        if !Self::TICKETS.contains(&self.tickets) {
            problems.push(format!(
                "resolver.tickets: {} is not between {} and {}; hardly any ticket's origin would be known, or tickets would take all memory; choose what the domains issue within ticket-lifetime, about ten for each user",
                self.tickets,
                Self::TICKETS.start(),
                Self::TICKETS.end()
            ));
        }
        if self.wait_milliseconds > Self::MAX_WAIT {
            problems.push(format!(
                "resolver.wait-milliseconds: {} ms is more than {} ms; activities of a host that starts would arrive that late; choose a smaller number, 0 waits for nothing",
                self.wait_milliseconds,
                Self::MAX_WAIT
            ));
        }
        problems.extend(Networks::problems("resolver.shared-networks", &self.shared_networks));
        problems.extend(Networks::problems(
            "resolver.excluded-networks",
            &self.excluded_networks,
        ));
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        assert!(Config::default().problems().is_empty());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let config = Config {
            fold: 9_999,
            evidence_validity: 0,
            ticket_lifetime: 0,
            tickets: 0,
            wait_milliseconds: 60_001,
            shared_networks: vec!["10.0.0.0/33".into(), "10.0.0.0/8".into()],
            ..Config::default()
        };
        assert_eq!(config.problems().len(), 6);
    }

    #[test]
    fn keys_are_kebab_case_and_known() {
        let config: Config = serde_json::from_str(r#"{"fold": 0, "low-evidence-validity": 5}"#).unwrap();
        assert_eq!((config.fold, config.low_evidence_validity), (0, 5));
        assert!(serde_json::from_str::<Config>(r#"{"folds": 0}"#).is_err());
    }
}
