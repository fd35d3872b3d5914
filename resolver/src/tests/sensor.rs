//! A resolver that is asked, as activities come, who holds an address.

use std::sync::Arc;

use parsers::activity::{Activity, Kind};

use super::{DC1, between, run};
use crate::directory::Snapshot;
use crate::entity::{Certainty, Computer, Doubt, Method};
use crate::{Config, Resolved, Resolver};

/// A resolver that is asked as it goes.
pub(super) struct Sensor(pub(super) Resolver);

impl Sensor {
    pub(super) fn new() -> Self {
        Self::with(&Config::default())
    }

    pub(super) fn with(config: &Config) -> Self {
        Self(super::resolver(config))
    }

    pub(super) fn without_directory() -> Self {
        Self(Resolver::new(&Config::default(), Arc::new(Snapshot::empty())))
    }

    pub(super) fn see(&mut self, activity: Activity) -> Resolved {
        run(&mut self.0, [activity]).pop().unwrap()
    }

    /// Who holds `ip`, `seconds` into the run.
    pub(super) fn holder(&mut self, ip: &str, seconds: i64) -> Option<(String, Certainty, Vec<Method>)> {
        let probe = between(Kind::LdapChange, seconds, ip, "192.0.2.1");
        self.see(probe).source.as_deref().map(brief)
    }

    /// What lowers the certainty of who holds `ip`.
    pub(super) fn doubts(&mut self, ip: &str, seconds: i64) -> Vec<Doubt> {
        let probe = between(Kind::LdapChange, seconds, ip, "192.0.2.1");
        let source = self.see(probe).source;
        source.map(|source| source.doubts.to_vec()).unwrap_or_default()
    }

    /// Whether it is sure who holds `ip`.
    pub(super) fn is_certain(&mut self, ip: &str, seconds: i64) -> bool {
        self.holder(ip, seconds)
            .is_some_and(|(_, certainty, _)| certainty == Certainty::High)
    }
}

pub(super) fn brief(computer: &Computer) -> (String, Certainty, Vec<Method>) {
    let domain = computer.domain.as_deref().unwrap_or("?");
    let name = format!(
        "{}.{domain}{}",
        computer.name,
        if computer.sid.is_some() { "" } else { " (unlisted)" }
    );
    let methods = computer.evidence.iter().map(|evidence| evidence.method).collect();
    (name, computer.certainty, methods)
}

pub(super) fn logon(kind: Kind, seconds: i64, client: &str, account: &str, domain: &str) -> Activity {
    let mut activity = between(kind, seconds, client, DC1);
    activity.observed.account = Some(account.into());
    activity.observed.domain = Some(domain.into());
    activity
}

pub(super) fn high(name: &str, method: Method) -> Option<(String, Certainty, Vec<Method>)> {
    Some((name.into(), Certainty::High, vec![method]))
}

pub(super) fn low(name: &str, method: Method) -> Option<(String, Certainty, Vec<Method>)> {
    Some((name.into(), Certainty::Low, vec![method]))
}
