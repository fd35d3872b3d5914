//! Looking names up in a snapshot. A name that several objects bear resolves to none of them.

use super::name;
use super::service::{self, Service};
use super::{Entity, Snapshot};
use std::sync::Arc;

impl Snapshot {
    /// The account or group whose sAMAccountName is `account`. A `domain` (NetBIOS or DNS name, realm) decides whose; without
    /// one there must be only one.
    #[must_use]
    pub fn account(&self, account: &str, domain: Option<&str>) -> Option<&Arc<Entity>> {
        self.entity(self.account_position(account, domain)?)
    }

    /// The account whose userPrincipalName is `upn`, or whose implicit one it is: sAMAccountName@domain ([MS-ADTS] 5.1.1.1.1).
    #[must_use]
    pub fn upn(&self, upn: &str) -> Option<&Arc<Entity>> {
        self.entity(self.upn_position(upn)?)
    }

    /// The account that answers for the service principal name `spn`; `realm` decides between several, and whose `krbtgt` is meant.
    #[must_use]
    pub fn spn(&self, spn: &str, realm: Option<&str>) -> Option<&Arc<Entity>> {
        self.entity(self.spn_position(spn, realm)?)
    }

    /// The object whose distinguished name is `dn`, however written.
    #[must_use]
    pub fn dn(&self, dn: &str) -> Option<&Arc<Entity>> {
        self.entity(self.dn_position(dn)?)
    }

    /// The object whose objectSid is `sid`, or else the only one that had it (sIDHistory).
    #[must_use]
    pub fn sid(&self, sid: &str) -> Option<&Arc<Entity>> {
        self.entity(self.sid_position(sid)?)
    }

    /// The object whose objectGUID is `guid`, in braces or without.
    #[must_use]
    pub fn guid(&self, guid: &str) -> Option<&Arc<Entity>> {
        self.entity(self.guid_position(guid)?)
    }

    /// The computer called `host`: its dNSHostName, or its name without domain, in `domain` where that is known.
    #[must_use]
    pub fn host(&self, host: &str, domain: Option<&str>) -> Option<&Arc<Entity>> {
        self.entity(self.host_position(host, domain)?)
    }

    /// The DNS name of the domain called `name`: by NetBIOS name, DNS name or realm.
    #[must_use]
    pub fn domain(&self, name: &str) -> Option<&str> {
        self.domains.dns_name(name)
    }

    /// Whether `host` lies in one of the snapshot's domains, or is one's name.
    #[must_use]
    pub fn holds(&self, host: &str) -> bool {
        self.domains.holds(host)
    }

    pub(crate) fn dn_position(&self, dn: &str) -> Option<u32> {
        self.dns.unique(&name::dn(dn))
    }

    pub(crate) fn sid_position(&self, sid: &str) -> Option<u32> {
        self.sids.unique(&sid.to_uppercase())
    }

    pub(crate) fn guid_position(&self, guid: &str) -> Option<u32> {
        let guid = guid.trim_matches(['{', '}']);
        self.guids.unique(&guid.to_ascii_lowercase())
    }

    pub(crate) fn account_positions(&self, account: &str) -> &[u32] {
        self.accounts.all(&name::fold(account))
    }

    pub(crate) fn account_position(&self, account: &str, domain: Option<&str>) -> Option<u32> {
        let account = name::fold(account);
        match domain.filter(|domain| !domain.is_empty()) {
            Some(domain) => self.among(self.accounts.all(&account), self.domain(domain)?),
            None => self.accounts.unique(&account),
        }
    }

    pub(crate) fn upn_position(&self, upn: &str) -> Option<u32> {
        let explicit = self.upns.unique(&name::fold(upn));
        let implicit = || {
            let (account, domain) = upn.rsplit_once('@')?;
            self.account_position(account, Some(domain))
        };
        explicit.or_else(implicit)
    }

    pub(crate) fn spn_position(&self, spn: &str, realm: Option<&str>) -> Option<u32> {
        let spn = name::fold(service::without_realm(spn));
        let Some(service) = Service::of(&spn) else {
            return self.principal(&spn, realm);
        };
        if let Some(position) = self.choose(self.spns.all(&spn), realm) {
            return Some(position);
        }
        match service.class {
            "krbtgt" => self.ticket_granter(service.host, realm),
            "kadmin" => self.account_position("krbtgt", realm), // kadmin/changepw, [MS-KILE] 3.3.5.6
            _ if service.is_of_host() => {
                let alias = compact_str::format_compact!("host/{}", service.host);
                let registered = self.choose(self.spns.all(&alias), realm);
                registered.or_else(|| self.host_position(service.host, None))
            }
            _ => None,
        }
    }

    pub(crate) fn host_position(&self, host: &str, domain: Option<&str>) -> Option<u32> {
        let host = name::fold(host.strip_suffix('.').unwrap_or(host));
        if let Some(position) = self.hosts.unique(&host) {
            return Some(position);
        }
        let (label, suffix) = host
            .split_once('.')
            .map_or((host.as_str(), None), |(label, suffix)| (label, Some(suffix)));
        let account = compact_str::format_compact!("{label}$");
        let domain = suffix.or_else(|| domain.filter(|name| self.domain(name).is_some()));
        self.account_position(&account, domain)
    }

    pub(crate) fn entity(&self, position: u32) -> Option<&Arc<Entity>> {
        self.entities.get(position as usize)
    }

    /// A principal of one component: an account's own name as a service (S4U2self, U2U), or its UPN.
    fn principal(&self, name: &str, realm: Option<&str>) -> Option<u32> {
        if name.contains('@') {
            return self.upn_position(name);
        }
        self.account_position(name, realm)
    }

    /// `krbtgt/DOMAIN`: that domain's own, or the trust that leads there.
    fn ticket_granter(&self, domain: &str, realm: Option<&str>) -> Option<u32> {
        let own = self.account_position("krbtgt", Some(domain));
        own.or_else(|| self.account_position(&compact_str::format_compact!("{domain}$"), realm))
            .or_else(|| self.trusts.unique(domain))
    }

    fn choose(&self, positions: &[u32], realm: Option<&str>) -> Option<u32> {
        match positions {
            [] => None,
            [position] => Some(*position),
            several => self.among(several, self.domain(realm?)?),
        }
    }

    /// The only one of `positions` that lies in the domain `dns`.
    fn among(&self, positions: &[u32], dns: &str) -> Option<u32> {
        let lies = |position: &&u32| {
            self.entity(**position)
                .is_some_and(|entity| entity.domain.as_deref() == Some(dns))
        };
        let mut found = positions.iter().filter(lies);
        match (found.next(), found.next()) {
            (Some(position), None) => Some(*position),
            _ => None,
        }
    }
}
