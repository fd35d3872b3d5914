//! Who changed the directory: writes that were seen on the wire or in events, so that a change which the synchronisation finds
//! has its author.
//!
//! A write is joined by the object (GUID, SID, DN or account name), by what it touched, and by time: it came before the change
//! was stored, and not long before. Writes that crossed the wire sealed cannot be read, and are not joined.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use capture::{Endpoint, Timestamp};
use compact_str::{CompactString, format_compact};
use hashbrown::HashMap;
use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::fields::{Fields, Value};
use smallvec::SmallVec;

use crate::correlation::Correlation;
use crate::directory::change::{Aspect, Difference};
use crate::directory::{Attribute, Snapshot, folded_dn};
use crate::entity::{Computer, Entity};
use crate::resolved::Resolved;

/// Writes remembered, some 1 KiB each; the oldest go first.
const MAX_WRITES: usize = 8_192;

/// How long before whenChanged a write may lie: replication between the sites of a domain takes minutes.
const BEFORE: Duration = Duration::from_secs(900);

/// How long after it: whenChanged has whole seconds, and clocks differ a little.
const AFTER: Duration = Duration::from_secs(5);

/// What a write touched.
#[derive(Clone, Debug)]
enum Touched {
    Created,
    Deleted,
    Moved,
    /// These attributes.
    Attributes(SmallVec<[CompactString; 2]>),
    /// What the hunting tables call so.
    Action(&'static str),
}

/// A write that was seen.
#[derive(Clone, Debug)]
struct Write {
    time: Timestamp,
    touched: Touched,
    /// Every name that the object goes by.
    names: SmallVec<[CompactString; 3]>,
    author: Author,
}

/// Who wrote, from where.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    kind: Kind,
    time: Timestamp,
    account: Option<CompactString>,
    domain: Option<CompactString>,
    client: Endpoint,
    server: Endpoint,
    actor: Option<Arc<Entity>>,
    source: Option<Arc<Computer>>,
    destination: Option<Arc<Computer>>,
}

/// The writes, oldest first, and where to find those of an object.
#[derive(Debug, Default)]
pub(crate) struct Authors {
    writes: VecDeque<Write>,
    /// Number of the first of `writes`.
    first: u64,
    by_name: HashMap<CompactString, SmallVec<[u64; 2]>>,
    forgotten: u64,
}

impl Authors {
    /// How many writes were forgotten because there were too many.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Remembers what `resolved` wrote, if it wrote.
    pub(crate) fn hear(&mut self, resolved: &Resolved, directory: &Snapshot) {
        let activity = &resolved.activity;
        if activity.outcome != Outcome::Success {
            return;
        }
        let Some(touched) = touched(activity) else { return };
        let names = names(resolved, directory);
        if names.is_empty() {
            return;
        }
        self.remember(Write {
            time: activity.time,
            touched,
            names,
            author: Author::of(resolved),
        });
    }

    /// Who made `difference` of the object that goes by `names`, at `time`.
    pub(crate) fn of<'a>(
        &self,
        difference: &Difference,
        names: impl Iterator<Item = &'a str>,
        time: Timestamp,
    ) -> Option<&Author> {
        let numbers = names.filter_map(|name| self.by_name.get(name)).flatten();
        let writes =
            numbers.filter_map(|number| self.writes.get(usize::try_from(number.wrapping_sub(self.first)).ok()?));
        writes
            .filter(|write| write.time <= time.after(AFTER) && time.since(write.time) <= BEFORE)
            .filter(|write| write.touched.explains(difference))
            .max_by_key(|write| write.time)
            .map(|write| &write.author)
    }

    fn remember(&mut self, write: Write) {
        if self.writes.len() >= MAX_WRITES {
            self.forget();
        }
        let number = self.first.wrapping_add(self.writes.len() as u64);
        for name in &write.names {
            self.by_name.entry(name.clone()).or_default().push(number);
        }
        self.writes.push_back(write);
    }

    /// Forgets the oldest.
    fn forget(&mut self) {
        let Some(write) = self.writes.pop_front() else { return };
        let number = self.first;
        self.first = number.wrapping_add(1);
        self.forgotten += 1;
        for name in &write.names {
            if let Some(numbers) = self.by_name.get_mut(name) {
                numbers.retain(|held| *held != number);
                if numbers.is_empty() {
                    self.by_name.remove(name);
                }
            }
        }
    }
}

impl Author {
    fn of(resolved: &Resolved) -> Self {
        let activity = &resolved.activity;
        Self {
            kind: activity.kind,
            time: activity.time,
            account: activity.observed.account.clone(),
            domain: activity.observed.domain.clone(),
            client: activity.client,
            server: activity.server,
            actor: resolved.actor.clone(),
            source: resolved.source.clone(),
            destination: resolved.destination.clone(),
        }
    }

    /// Writes onto a change who made it.
    pub(crate) fn sign(&self, change: &mut Resolved) {
        let activity = &mut change.activity;
        activity.observed.account.clone_from(&self.account);
        activity.observed.domain.clone_from(&self.domain);
        (activity.client, activity.server) = (self.client, self.server);
        let mut by = Fields::new();
        by.set("kind", self.kind.name());
        by.set("time", self.time);
        activity.details.set("by", by);
        change.actor.clone_from(&self.actor);
        change.source.clone_from(&self.source);
        change.destination.clone_from(&self.destination);
        change.correlated = Some(Correlation::DirectoryWrite);
    }
}

impl Touched {
    /// Whether it brings `difference` about.
    fn explains(&self, difference: &Difference) -> bool {
        let touches = |name: &str| match self {
            Self::Attributes(attributes) => attributes.iter().any(|touched| touched.eq_ignore_ascii_case(name)),
            _ => false,
        };
        if let Self::Action(action) = self {
            return difference.action == Some(*action);
        }
        match difference.aspect {
            Aspect::Created => matches!(self, Self::Created),
            // Deleted objects are restored by taking isDeleted off them ([MS-ADTS] 3.1.1.5.3.7).
            Aspect::Deleted => matches!(self, Self::Deleted) || touches(Attribute::IsDeleted.name()),
            Aspect::Moved => matches!(self, Self::Moved),
            Aspect::Attribute(attribute) => touches(attribute.name()),
        }
    }
}

/// What an activity touches; none where it writes nothing of the directory that it tells.
fn touched(activity: &Activity) -> Option<Touched> {
    match activity.kind {
        _ if activity.origin == Origin::Directory => None,
        Kind::LdapChange => by_ldap(&activity.details),
        Kind::PasswordChange => {
            let attribute = CompactString::const_new(Attribute::PwdLastSet.name());
            Some(Touched::Attributes([attribute].into_iter().collect()))
        }
        _ => activity
            .action_type
            .filter(|action| is_change(action))
            .map(Touched::Action),
    }
}

fn by_ldap(details: &Fields) -> Option<Touched> {
    Some(match details.get_text("operation")? {
        "add" => Touched::Created,
        "delete" => Touched::Deleted,
        "modify_dn" => Touched::Moved,
        "modify" => Touched::Attributes(attributes(details)),
        _ => return None,
    })
}

/// The attributes that a modify names.
fn attributes(details: &Fields) -> SmallVec<[CompactString; 2]> {
    let Some(Value::List(changes)) = details.get("changes") else {
        return SmallVec::new();
    };
    let names = changes.iter().filter_map(|change| match change {
        Value::Map(change) => change.get_text("attribute").map(CompactString::new),
        _ => None,
    });
    names.collect()
}

/// Whether the hunting tables' name is one of a change of the directory.
fn is_change(action: &str) -> bool {
    action.ends_with(" changed") || action.ends_with(" expired") || action == "Security Principal created"
}

/// What the object of a write goes by: what it resolved to, and what the write called it.
fn names(resolved: &Resolved, directory: &Snapshot) -> SmallVec<[CompactString; 3]> {
    let observed = &resolved.activity.observed;
    let mut names = SmallVec::<[CompactString; 3]>::new();
    if let Some(target) = &resolved.target {
        names.extend(target.guid.clone());
        names.extend(target.sid.clone());
        names.extend(target.dn.as_deref().map(folded_dn));
    }
    names.extend(observed.sid.clone());
    names.extend(observed.dn.as_deref().map(folded_dn));
    let domain = observed.target_domain.as_deref().or(observed.domain.as_deref());
    let domain = domain.and_then(|domain| directory.domain(domain));
    if let (Some(account), Some(domain)) = (&observed.target_account, domain) {
        names.push(account_name(account, domain));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// An account as it is looked for: `domain\account` in lower case.
pub(crate) fn account_name(account: &str, domain: &str) -> CompactString {
    format_compact!("{domain}\\{account}").to_lowercase()
}
