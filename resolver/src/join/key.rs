//! What an activity may be found by.

use std::net::IpAddr;

use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Origin, Outcome};
use smallvec::SmallVec;

use super::deed::{Deed, is_bare};
use crate::directory::folded_dn;
use crate::host::HostName;
use crate::resolved::Resolved;

/// As much of a server's name is a key as NetBIOS keeps of it ([MS-NBTE] 2.2.1).
const SERVER: usize = 15;

/// What two accounts of the same fact have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An exchange with a KDC, by the client's address and port.
    Ticket(Kind, IpAddr, u16),
    /// A logon, or a change of a password, over a connection, by the client's address and port.
    Connection(Kind, IpAddr, u16),
    /// A change of the directory, by the client's address and port and the object's name in lower case.
    Change(IpAddr, u16, CompactString),
    /// A logon by name, in lower case.
    Account(CompactString),
    /// A change at a server, by the server's name and what is changed there: events of Windows name no client.
    Server(CompactString, Subject),
}

/// What is changed at a server, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// An object of the directory, by each of its names.
    Dn(CompactString),
    Sid(CompactString),
    Account(CompactString),
    /// A member of a group, by its DN.
    Member(CompactString),
    Service(CompactString),
    /// A naming context, and where it is replicated from.
    Replica(CompactString, CompactString),
}

/// What is known of the object of a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    dn: Option<CompactString>,
    sid: Option<CompactString>,
    account: Option<CompactString>,
}

/// What an activity may be found by; nothing for what no event tells of, and for a step that is no logon yet.
pub(super) fn keys(resolved: &Resolved) -> SmallVec<[Key; 2]> {
    let activity = &*resolved.activity;
    let mut keys = SmallVec::new();
    if activity.outcome == Outcome::Continued && !is_too_big(activity) {
        return keys;
    }
    let (kind, at) = (activity.kind, connection(activity));
    match kind {
        Kind::KerberosAs | Kind::KerberosTgs => keys.extend(at.map(|(ip, port)| Key::Ticket(kind, ip, port))),
        Kind::KerberosAp => keys.extend(at.map(|(ip, port)| Key::Connection(kind, ip, port))),
        Kind::NtlmAuthenticate => {
            keys.extend(at.map(|(ip, port)| Key::Connection(kind, ip, port)));
            keys.extend(account(activity).map(Key::Account));
        }
        // A simple bind is validated as NTLM is.
        Kind::LdapBind if activity.details.get_text("method") == Some("simple") => {
            keys.extend(at.map(|(ip, port)| Key::Connection(kind, ip, port)));
            keys.extend(account(activity).map(Key::Account));
        }
        Kind::Netlogon if authenticates(activity) => keys.extend(at.map(|(ip, port)| Key::Connection(kind, ip, port))),
        Kind::LdapChange | Kind::DirectoryChange => keys.extend(object(activity)),
        Kind::PasswordChange => {
            keys.extend(object(activity));
            keys.extend(at.map(|(ip, port)| Key::Connection(kind, ip, port)));
        }
        _ => {}
    }
    keys.extend(changed(resolved));
    keys
}

/// What is changed at a server, where both are known, and an event of Windows may tell of it.
fn changed(resolved: &Resolved) -> SmallVec<[Key; 3]> {
    let (activity, mut subjects) = (&*resolved.activity, SmallVec::<[Subject; 3]>::new());
    let changes = match activity.origin {
        Origin::Wire => matches!(
            activity.kind,
            Kind::LdapChange | Kind::SamrQuery | Kind::ServiceCreation | Kind::DirectoryReplication
        ),
        _ => is_bare(activity),
    };
    let deed = if changes { Deed::of(activity) } else { None };
    let Some((deed, server)) = deed.zip(server(resolved)) else {
        return SmallVec::new();
    };
    match deed {
        Deed::Service(_) => subjects.extend(text(activity, "service").map(Subject::Service)),
        Deed::Replica(_) => {
            let replica = text(activity, "naming_context").zip(text(activity, "source_address"));
            subjects.extend(replica.map(|(context, source)| Subject::Replica(context, source)));
        }
        _ => {
            subjects.extend(deed.members().into_iter().map(Subject::Member));
            subjects.extend(Object::of(resolved, &deed).subjects());
        }
    }
    subjects
        .into_iter()
        .map(|subject| Key::Server(server.clone(), subject))
        .collect()
}

/// The server that it went to, or that logged it, as far as NetBIOS keeps its name.
fn server(resolved: &Resolved) -> Option<CompactString> {
    let computer = resolved.destination.as_ref()?;
    let host = HostName::of(&computer.name, computer.domain.as_deref())?;
    Some(host.label.chars().take(SERVER).collect())
}

fn text(activity: &Activity, name: &str) -> Option<CompactString> {
    let text = activity.details.get_text(name)?;
    (!text.is_empty()).then(|| text.to_lowercase().into())
}

impl Object {
    /// The object that `deed` is done to. What is only being created is not what the directory knows by its name.
    pub(super) fn of(resolved: &Resolved, deed: &Deed<'_>) -> Self {
        let observed = &resolved.activity.observed;
        let target = resolved.target.as_deref().filter(|_| !matches!(deed, Deed::Created(_)));
        let sid = observed.sid.as_ref().or(target.and_then(|target| target.sid.as_ref()));
        let dn = observed
            .dn
            .as_deref()
            .or(target.and_then(|target| target.dn.as_deref()));
        Self {
            dn: dn.map(folded_dn),
            sid: sid.map(|sid| sid.to_uppercase()),
            account: observed
                .target_account
                .as_deref()
                .map(|name| name.to_lowercase().into()),
        }
    }

    /// Whether both are one: what is surer decides.
    pub(super) fn is(&self, other: &Self) -> bool {
        let both = |one: &Option<CompactString>, two: &Option<CompactString>| Some(one.as_ref()? == two.as_ref()?);
        both(&self.sid, &other.sid)
            .or_else(|| both(&self.dn, &other.dn))
            .or_else(|| both(&self.account, &other.account))
            .unwrap_or(false)
    }

    fn subjects(self) -> impl Iterator<Item = Subject> {
        let Self { dn, sid, account } = self;
        let names = [
            dn.map(Subject::Dn),
            sid.map(Subject::Sid),
            account.map(Subject::Account),
        ];
        names.into_iter().flatten()
    }
}

/// The client's address and port, where both are known.
fn connection(activity: &Activity) -> Option<(IpAddr, u16)> {
    let client = &activity.client;
    (!client.ip.is_unspecified() && client.port != 0).then_some((client.ip, client.port))
}

/// The object that is changed over a connection.
fn object(activity: &Activity) -> Option<Key> {
    let (ip, port) = connection(activity)?;
    Some(Key::Change(
        ip,
        port,
        activity.observed.dn.as_deref()?.to_lowercase().into(),
    ))
}

/// The controller made a ticket, found that it is too big for a datagram, and says so instead (RFC 4120 §7.5.9, 52): the client asks
/// again over TCP, and the controller has logged both.
fn is_too_big(activity: &Activity) -> bool {
    activity.kind == Kind::KerberosAs && activity.status.as_ref().is_some_and(|status| status.code == 52)
}

/// A computer proves who it is to its controller: by one of NetrServerAuthenticate, 2 and 3, or as an event tells it.
fn authenticates(activity: &Activity) -> bool {
    let operation = activity.details.get_text("operation");
    activity.origin == Origin::Event || operation.is_some_and(|name| name.starts_with("NetrServerAuthenticate"))
}

/// The account in lower case, without a domain before or behind it; a distinguished name is none.
pub(super) fn account(activity: &Activity) -> Option<CompactString> {
    let account = activity.observed.account.as_deref()?;
    if activity.observed.dn.as_deref() == Some(account) {
        return None;
    }
    let account = account.rsplit('\\').next().unwrap_or(account);
    let account = account.split('@').next().unwrap_or(account);
    (!account.is_empty()).then(|| account.to_lowercase().into())
}
