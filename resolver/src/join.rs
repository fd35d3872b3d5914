//! The same fact seen on the wire and told by Windows events becomes one activity, whose `details.events` says which events.
//!
//! Logons and tickets wait for a window of packet time where events are expected at all: an event comes later than its
//! packets, and out of order. What waits is found by what both sides know: the client's connection, or the account. An activity
//! takes each event identifier once, so that of two like attempts each gets its own event, the older one first.

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use hashbrown::HashMap;
use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::fields::{Fields, Value};
use smallvec::SmallVec;

use crate::host::HostName;
use crate::resolved::Resolved;

/// The most activities that wait, about 60 MB. Beyond it the oldest leaves early.
pub(crate) const MAX_HELD: usize = 32_768;
/// How long an event waits for its like, and what it has become part of for more, where its sender waits for the answer: batches come
/// one after the other, each when the one before is answered.
const STAY: Duration = Duration::from_secs(1);
/// The most events of one activity.
const MAX_EVENTS: usize = 8;

/// What two accounts of the same fact have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// An exchange with a KDC, by the client's address and port.
    Ticket(Kind, IpAddr, u16),
    /// A logon, or a change of a password, over a connection, by the client's address and port.
    Connection(Kind, IpAddr, u16),
    /// A change of the directory, by the client's address and port and the object's name in lower case.
    Change(IpAddr, u16, CompactString),
    /// A logon by name, in lower case.
    Account(CompactString),
}

/// What waits.
#[derive(Debug)]
pub(crate) struct Join {
    on: bool,
    window: Duration,
    limit: usize,
    /// Sequence numbers by what they may be found by.
    keys: HashMap<Key, SmallVec<[u64; 2]>>,
    /// In order of arrival; those that were taken are empty until they are the oldest.
    held: VecDeque<Option<Held>>,
    /// Those that leave earlier than their turn, by when.
    promised: BTreeSet<(Timestamp, u64)>,
    /// Sequence number of the first of `held`.
    first: u64,
    joined: u64,
    evicted: u64,
}

#[derive(Debug)]
struct Held {
    keys: SmallVec<[Key; 2]>,
    due: Timestamp,
    /// When it leaves at the latest, since somebody waits for it.
    promised: Option<Timestamp>,
    resolved: Resolved,
}

/// Whether what was taken waits, itself or as a part of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits(pub(crate) bool);

impl Join {
    pub(crate) fn new(window: Duration, limit: usize) -> Self {
        Self {
            on: false,
            window,
            limit: limit.max(1),
            keys: HashMap::new(),
            held: VecDeque::new(),
            promised: BTreeSet::new(),
            first: 0,
            joined: 0,
            evicted: 0,
        }
    }

    /// From now on events are expected.
    pub(crate) const fn expect(&mut self) {
        self.on = !self.window.is_zero();
    }

    /// How long an event waits whose sender waits.
    pub(crate) fn stay(&self) -> Duration {
        STAY.min(self.window)
    }

    /// How many events were joined with what was known already.
    pub(crate) const fn joined(&self) -> u64 {
        self.joined
    }

    /// How many activities left early.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Whether nothing waits, nor anything is remembered of what did.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.keys.is_empty() && self.promised.is_empty()
    }

    /// Joins `resolved` with what waits, keeps it, or gives it back: what has no counterpart does not wait. Where it waits, it leaves at
    /// `promised`, if anything is.
    pub(crate) fn take(
        &mut self,
        mut resolved: Resolved,
        now: Timestamp,
        mut promised: Option<Timestamp>,
        out: &mut Vec<Resolved>,
    ) -> Waits {
        let keys = if self.on {
            keys(&resolved.activity)
        } else {
            SmallVec::new()
        };
        if keys.is_empty() {
            out.push(resolved);
            return Waits(false);
        }
        while let Some(number) = self.counterpart(&keys, &resolved) {
            self.joined += 1;
            let Some(held) = self.held_mut(number) else { break };
            if resolved.activity.origin == Origin::Event {
                absorb(&mut held.resolved, resolved);
                self.file(number);
                self.promise(number, promised);
                return Waits(true);
            }
            // Packets take what events told before, and whatever else waits for them.
            if let Some(told) = self.remove(number) {
                promised = earlier(promised, told.promised);
                absorb(&mut resolved, told.resolved);
            }
        }
        let number = self.hold(keys, resolved, now, out);
        self.promise(number, promised);
        Waits(true)
    }

    /// One that was promised by `now`, or the oldest, where its window closed by then.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<Resolved> {
        if let Some((_, number)) = self.promised.first().copied().filter(|(promised, _)| *promised <= now) {
            let held = self.remove(number);
            if let Some(held) = held {
                return Some(held.resolved);
            }
        }
        while let Some(front) = self.held.front() {
            match front {
                Some(held) if held.due > now => return None,
                _ => {}
            }
            if let Some(held) = self.pop() {
                return Some(held.resolved);
            }
        }
        None
    }

    /// The oldest, due or not.
    pub(crate) fn leave(&mut self) -> Option<Resolved> {
        while !self.held.is_empty() {
            if let Some(held) = self.pop() {
                return Some(held.resolved);
            }
        }
        None
    }

    /// The oldest that waits and says the same as `resolved`.
    fn counterpart(&self, keys: &[Key], resolved: &Resolved) -> Option<u64> {
        keys.iter().find_map(|key| {
            let numbers = self.keys.get(key)?;
            numbers.iter().copied().find(|number| {
                let held = self.at(*number).and_then(|held| held.as_ref());
                held.is_some_and(|held| same(key, &held.resolved, resolved, self.window))
            })
        })
    }

    fn hold(&mut self, keys: SmallVec<[Key; 2]>, resolved: Resolved, now: Timestamp, out: &mut Vec<Resolved>) -> u64 {
        while self.held.len() >= self.limit {
            if let Some(early) = self.pop() {
                self.evicted += 1;
                out.push(early.resolved);
            }
        }
        let number = self.first.wrapping_add(self.held.len() as u64);
        for key in &keys {
            self.keys.entry(key.clone()).or_default().push(number);
        }
        self.held.push_back(Some(Held {
            keys,
            due: now.after(self.window),
            promised: None,
            resolved,
        }));
        number
    }

    /// What waits under `number` leaves at `promised`, or when it was to before, whichever comes first.
    fn promise(&mut self, number: u64, promised: Option<Timestamp>) {
        let Some(held) = self.held_mut(number) else { return };
        let (before, after) = (held.promised, earlier(held.promised, promised));
        held.promised = after;
        if before != after {
            before.map(|before| self.promised.remove(&(before, number)));
            self.promised.extend(after.map(|after| (after, number)));
        }
    }

    /// What it absorbed may have told it more to be found by.
    fn file(&mut self, number: u64) {
        let Some(held) = self.held_mut(number) else { return };
        let mut added: SmallVec<[Key; 2]> = keys(&held.resolved.activity);
        added.retain(|key| !held.keys.contains(key));
        held.keys.extend(added.iter().cloned());
        for key in added {
            self.keys.entry(key).or_default().push(number);
        }
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.wrapping_sub(self.first)).ok()
    }

    fn at(&self, number: u64) -> Option<&Option<Held>> {
        self.held.get(self.index(number)?)
    }

    fn held_mut(&mut self, number: u64) -> Option<&mut Held> {
        let index = self.index(number)?;
        self.held.get_mut(index)?.as_mut()
    }

    fn remove(&mut self, number: u64) -> Option<Held> {
        let index = self.index(number)?;
        let held = self.held.get_mut(index)?.take()?;
        self.forget(number, &held);
        Some(held)
    }

    /// Takes the oldest off, which may be empty.
    fn pop(&mut self) -> Option<Held> {
        let held = self.held.pop_front()?;
        let number = self.first;
        self.first = number.wrapping_add(1);
        if let Some(held) = &held {
            self.forget(number, held);
        }
        held
    }

    fn forget(&mut self, number: u64, held: &Held) {
        held.promised.map(|promised| self.promised.remove(&(promised, number)));
        for key in &held.keys {
            if let Some(numbers) = self.keys.get_mut(key) {
                numbers.retain(|held| *held != number);
                if numbers.is_empty() {
                    self.keys.remove(key);
                }
            }
        }
    }
}

/// The earlier of two times, as far as there are any.
fn earlier(one: Option<Timestamp>, two: Option<Timestamp>) -> Option<Timestamp> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        _ => one.or(two),
    }
}

/// What a logon or ticket may be found by; nothing for what no event tells of, and for a step that is no logon yet.
fn keys(activity: &Activity) -> SmallVec<[Key; 2]> {
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
fn account(activity: &Activity) -> Option<CompactString> {
    let account = activity.observed.account.as_deref()?;
    if activity.observed.dn.as_deref() == Some(account) {
        return None;
    }
    let account = account.rsplit('\\').next().unwrap_or(account);
    let account = account.split('@').next().unwrap_or(account);
    (!account.is_empty()).then(|| account.to_lowercase().into())
}

/// Whether `held` and `new`, which share `key`, are the same fact.
fn same(key: &Key, held: &Resolved, new: &Resolved, window: Duration) -> bool {
    let (one, two) = (&*held.activity, &*new.activity);
    let wired = one.origin == Origin::Wire && two.origin == Origin::Wire;
    let apart = one.time.since(two.time).max(two.time.since(one.time));
    !wired
        && apart <= window
        && agree(one.outcome, two.outcome)
        && accounts(one, two)
        && apart_events(one, two)
        && match key {
            Key::Ticket(..) => servers(held, new),
            Key::Connection(..) => servers(held, new) && objects(one, two),
            Key::Change(..) => servers(held, new) && changes(one, two),
            Key::Account(_) => names(&one.observed.workstation, &two.observed.workstation) && ends(one, two),
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

/// Whether two names can be one host's; an absent one can be any.
fn names(one: &Option<CompactString>, two: &Option<CompactString>) -> bool {
    let host = |name: &Option<CompactString>| HostName::of(name.as_deref()?, None);
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
    let (one, two) = (events(&one.details), events(&two.details));
    if one.len() + two.len() > MAX_EVENTS {
        return false;
    }
    match (transaction(one), transaction(two)) {
        (Some(one), Some(two)) => one == two,
        _ => !one
            .iter()
            .any(|event| two.iter().any(|other| identifier(event) == identifier(other))),
    }
}

/// What two events of the same kind have in common.
fn identifier(event: &Value) -> [Option<&Value>; 2] {
    match event {
        Value::Map(event) => [event.get("event_id"), event.get("channel")],
        _ => [None; 2],
    }
}

/// The transaction that the first of the events that tell one was part of.
fn transaction(events: &[Value]) -> Option<&str> {
    events.iter().find_map(|event| match event {
        Value::Map(event) => event.get_text("transaction_id"),
        _ => None,
    })
}

/// The computer that logged the event of an activity.
pub(crate) fn logger(details: &Fields) -> Option<&str> {
    match events(details).first()? {
        Value::Map(event) => event.get_text("computer"),
        _ => None,
    }
}

fn events(details: &Fields) -> &[Value] {
    match details.get("events") {
        Some(Value::List(events)) => events,
        _ => &[],
    }
}

/// `told` is another account of what `kept` says: what only it knows is added.
fn absorb(kept: &mut Resolved, told: Resolved) {
    let Resolved {
        activity,
        actor,
        target,
        source,
        destination,
        correlated: _,
        waited: _,
    } = told;
    fill(&mut kept.actor, actor);
    fill(&mut kept.target, target);
    fill(&mut kept.source, source);
    fill(&mut kept.destination, destination);
    facts(&mut kept.activity, *activity);
}

fn fill<T: ?Sized>(kept: &mut Option<Arc<T>>, told: Option<Arc<T>>) {
    if kept.is_none() {
        *kept = told;
    }
}

fn facts(kept: &mut Activity, told: Activity) {
    let both = events(&kept.details).iter().chain(events(&told.details));
    let all = Value::List(both.cloned().collect());
    kept.details.append(told.details);
    kept.details.replace("events", all);
    if kept.client.ip.is_unspecified() {
        kept.client = told.client;
    }
    if kept.server.ip.is_unspecified() {
        kept.server = told.server;
    }
    let (names, others) = (&mut kept.observed, told.observed);
    for (name, other) in [
        (&mut names.account, others.account),
        (&mut names.domain, others.domain),
        (&mut names.workstation, others.workstation),
        (&mut names.spn, others.spn),
        (&mut names.dn, others.dn),
        (&mut names.sid, others.sid),
        (&mut names.host, others.host),
    ] {
        if name.is_none() {
            *name = other;
        }
    }
    if kept.outcome == Outcome::Unknown {
        kept.outcome = told.outcome;
        kept.action_type = kept.action_type.or(told.action_type);
    }
    kept.failure_reason = kept.failure_reason.or(told.failure_reason);
    match (&mut kept.status, told.status) {
        (Some(status), Some(other)) if status.ntstatus.is_none() => {
            (status.ntstatus, status.ntstatus_name) = (other.ntstatus, other.ntstatus_name);
        }
        (status @ None, other) => *status = other,
        _ => {}
    }
}
