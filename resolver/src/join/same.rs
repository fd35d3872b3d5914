//! Whether two accounts are of the same fact.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::time::Duration;

use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::fields::{Fields, Value};

use super::deed::{ABOUT, Deed, is_bare};
use super::key::{Key, Object, Subject, account};
use crate::host::HostName;
use crate::resolved::Resolved;

/// The most events of one activity.
const MAX_EVENTS: usize = 8;

/// Whether `held` and `new`, which share `key` and whose marks do not exclude it, are the same fact.
pub(super) fn same(key: &Key, held: &Resolved, new: &Resolved, window: Duration) -> bool {
    let (one, two) = (&*held.activity, &*new.activity);
    let apart = one.time.since(two.time).max(two.time.since(one.time));
    apart <= window
        && agree(one.outcome, two.outcome)
        && apart_events(one, two)
        && match key {
            Key::Ticket(..) => accounts(one, two) && servers(held, new),
            Key::Connection(..) => accounts(one, two) && servers(held, new) && objects(one, two),
            Key::Change(..) => accounts(one, two) && servers(held, new) && changes(one, two),
            Key::Server(_, subject) => {
                authors(held, new) && servers(held, new) && Deed::agree(one, two) && subjects(subject, held, new)
            }
            Key::Account(_) => {
                accounts(one, two) && names(workstation(one, two), workstation(two, one)) && ends(one, two)
            }
        }
}

/// Whether two outcomes do not contradict each other.
const fn agree(one: Outcome, two: Outcome) -> bool {
    !matches!(
        (one, two),
        (Outcome::Success, Outcome::Failure) | (Outcome::Failure, Outcome::Success)
    )
}

/// Who acts in a change of the directory is told by number in events, and by name on the wire.
fn accounts(one: &Activity, two: &Activity) -> bool {
    match (account(one), account(two)) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    }
}

/// Whether two changes can have one author: by the SID where both are known by it, else by name. Whoever bound by a DN has no name.
fn authors(held: &Resolved, new: &Resolved) -> bool {
    fn sid(of: &Resolved) -> Option<&str> {
        let told = || of.activity.details.get_text("subject_sid");
        of.actor.as_ref().and_then(|actor| actor.sid.as_deref()).or_else(told)
    }
    let name = |of: &Resolved| account(&of.activity).filter(|name| !name.contains('='));
    match (sid(held), sid(new)) {
        (Some(one), Some(two)) => one == two,
        _ => match (name(held), name(new)) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        },
    }
}

/// Whether what is changed, found by one of its names, is one by all of them. A service or a replica has but the one that it is found by.
fn subjects(subject: &Subject, held: &Resolved, new: &Resolved) -> bool {
    if matches!(subject, Subject::Service(_) | Subject::Replica(..)) {
        return true;
    }
    let object = |of: &Resolved| Some(Object::of(of, &Deed::of(&of.activity)?));
    object(held).zip(object(new)).is_some_and(|(one, two)| one.is(&two))
}

/// Where a logon says that it comes from. A simple bind does not: the controller that validates it names itself, and another name is of
/// another logon of the account.
fn workstation<'a>(of: &'a Activity, other: &'a Activity) -> Option<&'a str> {
    match (of.observed.workstation.as_deref(), of.kind) {
        (None, Kind::LdapBind) => logger(&other.details),
        (named, _) => named,
    }
}

/// Whether two names can be one host's; an absent one can be any.
fn names(one: Option<&str>, two: Option<&str>) -> bool {
    let host = |name: Option<&str>| HostName::of(name?, None);
    match (host(one), host(two)) {
        (Some(one), Some(two)) => one.agrees(&two),
        _ => true,
    }
}

/// Whether two clients can be one; an absent one can be any, and so can an absent port.
fn ends(one: &Activity, two: &Activity) -> bool {
    let (one, two) = (&one.client, &two.client);
    let absent = one.ip.is_unspecified() || two.ip.is_unspecified();
    absent || one.ip == two.ip && (one.port == 0 || two.port == 0 || one.port == two.port)
}

/// Whether two objects can be one; an absent one can be any.
fn objects(one: &Activity, two: &Activity) -> bool {
    match (&one.observed.dn, &two.observed.dn) {
        (Some(one), Some(two)) => one.to_lowercase() == two.to_lowercase(),
        _ => true,
    }
}

/// Whether two changes of an object can be one: adding is not deleting, and a request on the wire is one operation.
fn changes(one: &Activity, two: &Activity) -> bool {
    let verb = |activity: &Activity| match activity.details.get_text("operation") {
        Some("add") => Some("add"),
        Some("delete" | "deleted") => Some("delete"),
        Some("modify" | "member_added" | "member_removed" | "change" | "reset") => Some("modify"),
        _ => None,
    };
    match (verb(one), verb(two)) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    }
}

/// Whether the computer that logged an event can be the server that the packets went to.
fn servers(held: &Resolved, new: &Resolved) -> bool {
    let server = |resolved: &Resolved| {
        let computer = resolved.destination.as_ref()?;
        HostName::of(&computer.name, computer.domain.as_deref())
    };
    match (server(held), server(new)) {
        (Some(one), Some(two)) => one.agrees(&two),
        _ => true,
    }
}

/// Whether their events can be of one fact: none of one identifier in both, since then they are two attempts; but for changes of the
/// directory, of which one transaction has as many events as it has members, and another has others.
fn apart_events(one: &Activity, two: &Activity) -> bool {
    if events(&one.details).len() + events(&two.details).len() > MAX_EVENTS {
        return false;
    }
    match (transaction(one), transaction(two)) {
        (Some(one), Some(two)) => one == two,
        _ => !identifiers(one).any(|event| identifiers(two).any(|other| event == other)),
    }
}

/// What two events of the same kind have in common: what they are, and of those that a change has several of, what each is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Identifier<'a>([Option<&'a Value>; 2 + ABOUT.len()]);

/// Those of the events of an activity. What an event is about stands in it where it became part of another account.
fn identifiers(activity: &Activity) -> impl Iterator<Item = Identifier<'_>> {
    let own = is_bare(activity).then_some(&activity.details);
    let all = events(&activity.details).iter().enumerate();
    all.map(move |(place, event)| identifier(event, own.filter(|_| place == 0)))
}

fn identifier<'a>(event: &'a Value, own: Option<&'a Fields>) -> Identifier<'a> {
    let mut parts = [None; 2 + ABOUT.len()];
    if let Value::Map(event) = event {
        let about = |name| own.unwrap_or(event).get(name);
        let all = ["event_id", "channel"].map(|name| event.get(name)).into_iter();
        for (place, value) in parts.iter_mut().zip(all.chain(ABOUT.map(about))) {
            *place = value;
        }
    }
    Identifier(parts)
}

/// The transaction that the first of the events that tell one was part of; Windows calls it by the operation's correlation.
fn transaction(activity: &Activity) -> Option<&str> {
    let details = &activity.details;
    let first = events(details).iter().find_map(|event| match event {
        Value::Map(event) => event.get_text("transaction_id"),
        _ => None,
    });
    first.or_else(|| details.get_text("correlation_id"))
}

/// The computer that logged the event of an activity.
pub(crate) fn logger(details: &Fields) -> Option<&str> {
    match events(details).first()? {
        Value::Map(event) => event.get_text("computer"),
        _ => None,
    }
}

pub(super) fn events(details: &Fields) -> &[Value] {
    match details.get("events") {
        Some(Value::List(events)) => events,
        _ => &[],
    }
}

/// What one that waits tells of itself without being looked at: enough to pass over most of those that are of other attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    wire: bool,
    /// Stand for the identifiers of its first events; 0 for none, and where a transaction decides.
    events: [u32; 3],
    /// Of an event that names no client, stands for the member that came or went; [`ALONE`] for anything else that it is about; 0 for all
    /// other activities.
    bare: u32,
}

/// Joins no other event that names no client.
const ALONE: u32 = 1;

impl Mark {
    pub(super) fn of(activity: &Activity) -> Self {
        let mut mark = Self {
            wire: activity.origin == Origin::Wire,
            events: [0; 3],
            bare: 0,
        };
        if is_bare(activity) {
            mark.bare = Deed::member(activity).map_or(ALONE, |member| number(member) | 2);
        }
        if transaction(activity).is_none() {
            for (place, event) in mark.events.iter_mut().zip(identifiers(activity)) {
                *place = number(event);
            }
        }
        mark
    }

    /// Whether they cannot be the same fact, whatever else they say: both were on the wire, or both have an event of one identifier, or both
    /// name no client and are not about one member.
    pub(super) fn excludes(self, other: Self) -> bool {
        let shared = |event: &u32| *event != 0 && other.events.contains(event);
        let apart = self.bare != 0 && other.bare != 0 && (self.bare == ALONE || self.bare != other.bare);
        self.wire && other.wire || apart || self.events.iter().any(shared)
    }
}

/// Stands for an event's identifier or for what it is about, and is not 0.
fn number(event: impl Hash) -> u32 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(event);
    (hash as u32).max(1)
}
