//! Looking names up in a snapshot. A name that several objects bear resolves to none of them; nor does one whose domain several are
//! called, unless only one of these has such an object and what each of them has is known.

use std::sync::Arc;

use compact_str::format_compact;
use smallvec::SmallVec;

use super::domain::Called;
use super::record::{guid_bytes, sid_bytes};
use super::service::{self, Service};
use super::table::{Key, Name};
use super::{Entity, Snapshot};

/// Who bears a name: a place in the snapshot, of which nothing was read yet.
///
/// The index takes one name in a hundred thousand million that nobody bears for another: everything that is told of the object is told after it was
/// compared with the name.
#[derive(Clone, Debug)]
pub struct Listed<'a> {
    snapshot: &'a Snapshot,
    name: Name,
    position: u32,
}

impl Listed<'_> {
    /// What it resolves to.
    #[must_use]
    pub fn entity(&self) -> Option<Arc<Entity>> {
        self.snapshot.entity(self.position()?)
    }

    /// Whether it is a domain controller.
    #[must_use]
    pub fn is_controller(&self) -> bool {
        let object = self.position().and_then(|at| self.snapshot.objects.get(at as usize));
        object.is_some_and(|object| object.controller)
    }

    /// Where it is.
    pub(crate) fn position(&self) -> Option<u32> {
        let object = self.snapshot.objects.get(self.position as usize)?;
        self.name.is_of(object).then_some(self.position)
    }
}

impl Snapshot {
    /// The account or group whose sAMAccountName is `account`. A `domain` (NetBIOS or DNS name, realm) decides whose; without
    /// one, and in the domains of one NetBIOS name, there must be only one.
    #[must_use]
    pub fn account(&self, account: &str, domain: Option<&str>) -> Option<Listed<'_>> {
        let name = Name::folded(Key::Account, account);
        match domain.filter(|domain| !domain.is_empty()) {
            Some(domain) => {
                let position = self.among(&self.table.bearers(&name), self.domains.called(domain)?)?;
                Some(self.listed(name, position))
            }
            None => self.unique(name),
        }
    }

    /// The account whose userPrincipalName is `upn`, or whose implicit one it is: sAMAccountName@domain ([MS-ADTS] 5.1.1.1.1).
    #[must_use]
    pub fn upn(&self, upn: &str) -> Option<Listed<'_>> {
        let explicit = self.unique(Name::folded(Key::Upn, upn));
        let implicit = || {
            let (account, domain) = upn.rsplit_once('@')?;
            self.account(account, Some(domain))
        };
        explicit.or_else(implicit)
    }

    /// The account that answers for the service principal name `spn`; `realm` decides between several, and whose `krbtgt` is meant.
    #[must_use]
    pub fn spn(&self, spn: &str, realm: Option<&str>) -> Option<Listed<'_>> {
        let spn = service::without_realm(spn);
        let name = Name::folded(Key::Spn, spn);
        let Some(service) = Service::of(name.text()) else {
            return self.principal(spn, realm);
        };
        if let Some(position) = self.choose(&name, realm) {
            return Some(self.listed(name, position));
        }
        match service.class {
            "krbtgt" => self.ticket_granter(service.host, realm),
            "kadmin" => self.account("krbtgt", realm), // kadmin/changepw, [MS-KILE] 3.3.5.6
            _ if service.is_of_host() => {
                let alias = Name::folded(Key::Spn, &format_compact!("host/{}", service.host));
                let registered = self.choose(&alias, realm);
                let registered = registered.map(|position| self.listed(alias, position));
                registered.or_else(|| self.host(service.host, None))
            }
            _ => None,
        }
    }

    /// The object whose distinguished name is `dn`, however written.
    #[must_use]
    pub fn dn(&self, dn: &str) -> Option<Listed<'_>> {
        self.unique(Name::dn(dn))
    }

    /// The object whose objectSid is `sid`, or else the only one that had it (sIDHistory).
    #[must_use]
    pub fn sid(&self, sid: &str) -> Option<Listed<'_>> {
        self.sid_octets(&sid_bytes(sid.as_bytes())?)
    }

    /// The object whose objectGUID is `guid`, in braces or without.
    #[must_use]
    pub fn guid(&self, guid: &str) -> Option<Listed<'_>> {
        self.unique(Name::octets(Key::Guid, &guid_bytes(guid.as_bytes())?))
    }

    /// The computer called `host`: its dNSHostName, or its name without domain, in `domain` where that is known.
    #[must_use]
    pub fn host(&self, host: &str, domain: Option<&str>) -> Option<Listed<'_>> {
        let host = host.strip_suffix('.').unwrap_or(host);
        if let Some(listed) = self.unique(Name::folded(Key::Host, host)) {
            return Some(listed);
        }
        let (label, suffix) = match host.split_once('.') {
            Some((label, suffix)) => (label, Some(suffix)),
            None => (host, None),
        };
        let domain = suffix.or_else(|| domain.filter(|name| self.domains.called(name).is_some()));
        self.account(&format_compact!("{label}$"), domain)
    }

    /// The DNS name of the only domain called `name`: by NetBIOS name, DNS name or realm.
    #[must_use]
    pub fn domain(&self, name: &str) -> Option<&str> {
        self.domains.dns_name(name)
    }

    /// Whether `host` lies in one of the snapshot's domains, or is one's name.
    #[must_use]
    pub fn holds(&self, host: &str) -> bool {
        self.domains.holds(host)
    }

    /// As [`Self::sid`], in the packet layout: whoever has it now comes before who had it.
    pub(crate) fn sid_octets(&self, sid: &[u8]) -> Option<Listed<'_>> {
        let name = Name::octets(Key::Sid, sid);
        match self.table.bearers(&name).as_slice() {
            [] => self.unique(name.with_key(Key::History)),
            [position] => Some(self.listed(name, *position)),
            _ => None,
        }
    }

    /// Everybody whose sAMAccountName is `account` in whatever domain is called `domain`.
    pub(crate) fn namesakes(&self, account: &str, domain: &str) -> Vec<u32> {
        let Some(called) = self.domains.called(domain) else {
            return Vec::new();
        };
        let mut positions = self.account_positions(account);
        positions.retain(|position| self.domain_of(*position).is_some_and(|domain| called.is(domain)));
        positions
    }

    /// Everybody whose sAMAccountName is `account`.
    pub(crate) fn account_positions(&self, account: &str) -> Vec<u32> {
        let name = Name::folded(Key::Account, account);
        let bears = |position: &u32| {
            self.objects
                .get(*position as usize)
                .is_some_and(|object| name.is_of(object))
        };
        self.table.bearers(&name).into_iter().filter(bears).collect()
    }

    pub(crate) fn entity(&self, position: u32) -> Option<Arc<Entity>> {
        let object = self.objects.get(position as usize)?;
        Some(Arc::new(object.entity(self.domain_of(position))))
    }

    const fn listed(&self, name: Name, position: u32) -> Listed<'_> {
        Listed {
            snapshot: self,
            name,
            position,
        }
    }

    /// The only one who bears a name.
    pub(super) fn unique(&self, name: Name) -> Option<Listed<'_>> {
        match self.table.bearers(&name).as_slice() {
            [position] => Some(self.listed(name, *position)),
            _ => None,
        }
    }

    /// A principal of one component: an account's own name as a service (S4U2self, U2U), or its UPN.
    fn principal(&self, name: &str, realm: Option<&str>) -> Option<Listed<'_>> {
        if name.contains('@') {
            return self.upn(name);
        }
        self.account(name, realm)
    }

    /// `krbtgt/DOMAIN`: that domain's own, or the trust that leads there.
    fn ticket_granter(&self, domain: &str, realm: Option<&str>) -> Option<Listed<'_>> {
        let own = self.account("krbtgt", Some(domain));
        own.or_else(|| self.account(&format_compact!("{domain}$"), realm))
            .or_else(|| self.unique(Name::folded(Key::Trust, domain)))
    }

    /// The only one who bears a name, or the only one in the domain of `realm` who does.
    fn choose(&self, name: &Name, realm: Option<&str>) -> Option<u32> {
        let bearers: SmallVec<[u32; 4]> = self.table.bearers(name);
        match bearers.as_slice() {
            [] => None,
            [position] => Some(*position),
            several => self.among(several, self.domains.called(realm?)?),
        }
    }

    /// The only one of `positions` that lies in a domain called so.
    fn among(&self, positions: &[u32], called: &Called) -> Option<u32> {
        let lies = |position: &&u32| self.domain_of(**position).is_some_and(|domain| called.is(domain));
        let mut found = positions.iter().filter(lies);
        match (found.next(), found.next()) {
            (Some(position), None) if called.decides() => Some(*position),
            _ => None,
        }
    }
}
