//! What an activity may be found by.

use std::net::IpAddr;

use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Origin, Outcome};
use smallvec::SmallVec;

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
}

/// What a logon or ticket may be found by; nothing for what no event tells of, and for a step that is no logon yet.
pub(super) fn keys(activity: &Activity) -> SmallVec<[Key; 2]> {
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
    keys
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
