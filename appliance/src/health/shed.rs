//! What is left out under pressure, and in which order: bulk first, and what says who did what to whom never.
//!
//! | level | left out, with all of the levels before |
//! |---|---|
//! | 1 | `dns_query`, `cldap_ping` |
//! | 2 | `smb_file`, `smb_encrypted`; DNS over UDP is no longer parsed |
//! | 3 | `ldap_search`, `smb_session` |
//! | 4 | `rpc_call`, `nbns`, `tls_session`, `session_enumeration`, `samr_query`, `lsarpc_query`, `netlogon`, `remote_registry`, `event_log` |
//!
//! Logons, changes of passwords, of the directory and of DNS, replication, coercion and what runs programs elsewhere are
//! never left out. Everything that is, is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use capture::{Flow, Transport};
use parsers::activity::{Activity, ByKind, Kind};

use super::snapshot::Named;

/// The port of DNS (RFC 1035 §4.2).
const DNS: u16 = 53;

/// How much is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(u8);

impl Level {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);
    /// All that may be.
    pub(crate) const MOST: Self = Self(4);

    /// As a number.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    /// One more, or two.
    pub(super) fn raised(self, by: u8) -> Self {
        Self(self.0.saturating_add(by)).min(Self::MOST)
    }

    /// One less.
    pub(super) const fn lowered(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Whether activities of this kind are left out.
    pub(crate) const fn sheds(self, kind: Kind) -> bool {
        let first = match kind {
            Kind::DnsQuery | Kind::CldapPing => 1,
            Kind::SmbFile | Kind::SmbEncrypted => 2,
            Kind::LdapSearch | Kind::SmbSession => 3,
            Kind::RpcCall
            | Kind::Nbns
            | Kind::TlsSession
            | Kind::SessionEnumeration
            | Kind::SamrQuery
            | Kind::LsarpcQuery
            | Kind::Netlogon
            | Kind::RemoteRegistry
            | Kind::EventLog => 4,
            Kind::KerberosAs
            | Kind::KerberosTgs
            | Kind::KerberosAp
            | Kind::PasswordChange
            | Kind::NtlmAuthenticate
            | Kind::LdapBind
            | Kind::LdapChange
            | Kind::DnsUpdate
            | Kind::DirectoryReplication
            | Kind::ServiceCreation
            | Kind::TaskScheduling
            | Kind::WmiExecution
            | Kind::AuthenticationCoercion
            | Kind::DpapiBackupKey
            | Kind::RdpConnection
            | Kind::Winrm
            | Kind::VpnConnection
            | Kind::WindowsEvent
            | Kind::DirectoryChange => return false,
        };
        self.0 >= first
    }

    /// Whether datagrams of this flow are not even parsed.
    pub(crate) fn skips(self, flow: &Flow) -> bool {
        self.0 >= 2 && flow.transport == Transport::Udp && (flow.server.port == DNS || flow.client.port == DNS)
    }
}

/// The level, set by the governor and read by every worker once a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shed(Arc<AtomicU8>);

impl Shed {
    /// The level at present.
    pub(crate) fn level(&self) -> Level {
        Level(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, level: Level) {
        self.0.store(level.0, Ordering::Relaxed);
    }
}

/// A worker's part of it: the level that holds for a batch, and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Shedding {
    shed: Shed,
    level: Level,
    kinds: ByKind,
    dns_datagrams: u64,
}

impl Shedding {
    /// Shedding as `shed` says.
    pub(crate) fn new(shed: Shed) -> Self {
        Self {
            shed,
            ..Self::default()
        }
    }

    /// A batch begins: the level is looked at.
    pub(crate) fn begin(&mut self) {
        self.level = self.shed.level();
    }

    /// Whether this datagram is not to be parsed, which is counted.
    pub(crate) fn skips(&mut self, flow: &Flow) -> bool {
        let skips = self.level != Level::NONE && self.level.skips(flow);
        self.dns_datagrams += u64::from(skips);
        skips
    }

    /// Takes out of a batch what is to be left out.
    pub(crate) fn thin(&mut self, activities: &mut Vec<Box<Activity>>) {
        if self.level == Level::NONE {
            return;
        }
        activities.retain(|activity| {
            let sheds = self.level.sheds(activity.kind);
            if sheds {
                self.kinds.count(activity.kind);
            }
            !sheds
        });
    }

    /// Takes out of a batch what is of lowest rank, until at most `limit` are left; answers how many of the others had to go.
    pub(crate) fn cut(&mut self, activities: &mut Vec<Box<Activity>>, limit: usize) -> u64 {
        let level = self.level;
        for number in level.number()..=Level::MOST.number() {
            if activities.len() > limit {
                self.level = Level(number);
                self.thin(activities);
            }
        }
        self.level = level;
        let excess = activities.len().saturating_sub(limit);
        activities.truncate(limit);
        excess as u64
    }

    /// What was left out so far: activities by kind, and datagrams that were not parsed.
    pub(crate) fn counts(&self) -> Named {
        let kinds = self.kinds.iter().map(|(kind, count)| (kind.name(), count));
        Named::of(kinds.chain([("dns_datagrams", self.dns_datagrams)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::{CaptureId, Endpoint, Timestamp, Tunnel};
    use parsers::protocol::ProtocolId;

    fn activity(kind: Kind) -> Box<Activity> {
        let end = Endpoint {
            ip: [10, 77, 0, 10].into(),
            port: 514,
            mac: None,
        };
        let flow = Flow {
            id: 0,
            transport: Transport::Udp,
            client: end,
            server: end,
            tunnel: Tunnel::default(),
            capture: CaptureId(0),
            midstream: false,
        };
        Box::new(Activity::new(kind, ProtocolId::Dns, &flow, Timestamp(0)))
    }

    #[test]
    fn a_batch_is_cut_by_rank_and_the_rest_is_counted() {
        let kinds = [Kind::EventLog, Kind::DnsQuery, Kind::NtlmAuthenticate, Kind::LdapSearch];
        let batch = || kinds.into_iter().cycle().take(400).map(activity).collect::<Vec<_>>();
        for (limit, left, lost) in [(400, 400, 0), (300, 300, 0), (250, 200, 0), (100, 100, 0), (60, 60, 40)] {
            let (mut shedding, mut batch) = (Shedding::default(), batch());
            assert_eq!(shedding.cut(&mut batch, limit), lost, "{limit}");
            assert_eq!(batch.len(), left, "{limit}");
            assert_eq!(shedding.counts().sum() + lost + left as u64, 400);
            assert_eq!(shedding.level, Level::NONE, "what comes next is not shed for it");
        }
    }

    #[test]
    fn logons_and_changes_are_never_left_out_and_each_level_adds() {
        for kind in Kind::ALL {
            let levels: Vec<bool> = (0..=4).map(|level| Level(level).sheds(kind)).collect();
            assert!(levels.is_sorted(), "{kind:?}");
            assert!(!levels[0]);
            let counted = kind.folds() || kind == Kind::SmbEncrypted || !levels[4];
            assert!(counted && !(kind.is_logon() && levels[4]), "{kind:?}");
        }
    }
}
