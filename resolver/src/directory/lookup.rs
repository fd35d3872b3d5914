//! Looking names up in a snapshot. A name that several objects bear resolves to none of them.

use std::sync::Arc;

use smallvec::SmallVec;

use super::name;
use super::record::{guid_bytes, sid_bytes};
use super::service::{self, Service};
use super::table::{Key, bears};
use super::{Entity, Snapshot};

impl Snapshot {
    /// The account or group whose sAMAccountName is `account`. A `domain` (NetBIOS or DNS name, realm) decides whose; without
    /// one there must be only one.
    #[must_use]
    pub fn account(&self, account: &str, domain: Option<&str>) -> Option<Arc<Entity>> {
        self.entity(self.account_position(account, domain)?)
    }

    /// The account whose userPrincipalName is `upn`, or whose implicit one it is: sAMAccountName@domain ([MS-ADTS] 5.1.1.1.1).
    #[must_use]
    pub fn upn(&self, upn: &str) -> Option<Arc<Entity>> {
        self.entity(self.upn_position(upn)?)
    }

    /// The account that answers for the service principal name `spn`; `realm` decides between several, and whose `krbtgt` is meant.
    #[must_use]
    pub fn spn(&self, spn: &str, realm: Option<&str>) -> Option<Arc<Entity>> {
        self.entity(self.spn_position(spn, realm)?)
    }

    /// The object whose distinguished name is `dn`, however written.
    #[must_use]
    pub fn dn(&self, dn: &str) -> Option<Arc<Entity>> {
        self.entity(self.dn_position(dn)?)
    }

    /// The object whose objectSid is `sid`, or else the only one that had it (sIDHistory).
    #[must_use]
    pub fn sid(&self, sid: &str) -> Option<Arc<Entity>> {
        self.entity(self.sid_position(sid)?)
    }

    /// The object whose objectGUID is `guid`, in braces or without.
    #[must_use]
    pub fn guid(&self, guid: &str) -> Option<Arc<Entity>> {
        self.entity(self.guid_position(guid)?)
    }

    /// The computer called `host`: its dNSHostName, or its name without domain, in `domain` where that is known.
    #[must_use]
    pub fn host(&self, host: &str, domain: Option<&str>) -> Option<Arc<Entity>> {
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
        self.unique(Key::Dn, name::dn(dn).as_bytes())
    }

    pub(crate) fn sid_position(&self, sid: &str) -> Option<u32> {
        self.sid_bytes_position(&sid_bytes(sid.as_bytes())?)
    }

    /// The owner of a SID, else the only one that had it: whoever has it now comes first.
    pub(crate) fn sid_bytes_position(&self, sid: &[u8]) -> Option<u32> {
        match self.bearers(Key::Sid, sid).as_slice() {
            [] => self.unique(Key::History, sid),
            [position] => Some(*position),
            _ => None,
        }
    }

    pub(crate) fn guid_position(&self, guid: &str) -> Option<u32> {
        self.unique(Key::Guid, &guid_bytes(guid.as_bytes())?)
    }

    pub(crate) fn account_positions(&self, account: &str) -> SmallVec<[u32; 4]> {
        self.bearers(Key::Account, name::fold(account).as_bytes())
    }

    pub(crate) fn account_position(&self, account: &str, domain: Option<&str>) -> Option<u32> {
        let account = name::fold(account);
        match domain.filter(|domain| !domain.is_empty()) {
            Some(domain) => {
                let domain = self.domain(domain)?;
                self.among(&self.bearers(Key::Account, account.as_bytes()), domain)
            }
            None => self.unique(Key::Account, account.as_bytes()),
        }
    }

    pub(crate) fn upn_position(&self, upn: &str) -> Option<u32> {
        let explicit = self.unique(Key::Upn, name::fold(upn).as_bytes());
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
        if let Some(position) = self.choose(&self.bearers(Key::Spn, spn.as_bytes()), realm) {
            return Some(position);
        }
        match service.class {
            "krbtgt" => self.ticket_granter(service.host, realm),
            "kadmin" => self.account_position("krbtgt", realm), // kadmin/changepw, [MS-KILE] 3.3.5.6
            _ if service.is_of_host() => {
                let alias = compact_str::format_compact!("host/{}", service.host);
                let registered = self.choose(&self.bearers(Key::Spn, alias.as_bytes()), realm);
                registered.or_else(|| self.host_position(service.host, None))
            }
            _ => None,
        }
    }

    pub(crate) fn host_position(&self, host: &str, domain: Option<&str>) -> Option<u32> {
        let host = name::fold(host.strip_suffix('.').unwrap_or(host));
        if let Some(position) = self.unique(Key::Host, host.as_bytes()) {
            return Some(position);
        }
        let (label, suffix) = host
            .split_once('.')
            .map_or((host.as_str(), None), |(label, suffix)| (label, Some(suffix)));
        let account = compact_str::format_compact!("{label}$");
        let domain = suffix.or_else(|| domain.filter(|name| self.domain(name).is_some()));
        self.account_position(&account, domain)
    }

    pub(crate) fn entity(&self, position: u32) -> Option<Arc<Entity>> {
        let object = self.objects.get(position as usize)?;
        Some(Arc::new(
            object.entity(self.domain_names.get(usize::from(object.domain))),
        ))
    }

    /// Everybody who bears a name.
    fn bearers(&self, key: Key, name: &[u8]) -> SmallVec<[u32; 4]> {
        let mut found: SmallVec<[u32; 4]> = SmallVec::new();
        for position in self.table.candidates(key, self.hasher.hash(name)) {
            let object = self.objects.get(position as usize);
            if object.is_some_and(|object| bears(object, key, name)) && !found.contains(&position) {
                found.push(position);
            }
        }
        found
    }

    /// The only one who bears a name.
    fn unique(&self, key: Key, name: &[u8]) -> Option<u32> {
        match self.bearers(key, name).as_slice() {
            [position] => Some(*position),
            _ => None,
        }
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
            .or_else(|| self.unique(Key::Trust, domain.as_bytes()))
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
            let object = self.objects.get(**position as usize);
            let domain = object.and_then(|object| self.domain_names.get(usize::from(object.domain)));
            domain.is_some_and(|domain| domain == dns)
        };
        let mut found = positions.iter().filter(lies);
        match (found.next(), found.next()) {
            (Some(position), None) => Some(*position),
            _ => None,
        }
    }
}
