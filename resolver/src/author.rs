//! Who changed the directory: writes that were seen on the wire or in events, so that a change which the synchronisation finds
//! has its author.
//!
//! A write is joined by the object (GUID, SID, DN or account name), by what it touched, and by time: it came before the change
//! was stored, and not long before. It has to agree with what was found: another write of the same attribute, which nobody saw,
//! may have come after it. Writes that crossed the wire sealed cannot be read, and are not joined.

mod written;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use capture::{Endpoint, Timestamp};
use compact_str::{CompactString, format_compact};
use hashbrown::{DefaultHashBuilder, HashMap};
use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::fields::Fields;
use smallvec::SmallVec;

use self::written::{Written, modified};
use crate::correlation::Correlation;
use crate::directory::change::{Aspect, Difference};
use crate::directory::sync::Change;
use crate::directory::{Attribute, Snapshot, folded_dn};
use crate::entity::{Computer, Entity};
use crate::resolved::Resolved;

/// Writes remembered, some 1 KiB each and 2 KiB at most; the oldest go first.
const MAX_WRITES: usize = 8_192;

/// How long before whenChanged a write may lie: replication between the sites of a domain takes minutes.
const BEFORE: Duration = Duration::from_secs(900);

/// How long after it: whenChanged has whole seconds, and clocks differ a little.
const AFTER: Duration = Duration::from_secs(5);

/// What a write touched.
#[derive(Clone, Debug)]
enum Touched {
    /// With these attributes.
    Created(SmallVec<[Written; 1]>),
    Deleted,
    /// To this RDN, below this container, where it says so.
    Moved(Option<CompactString>, Option<CompactString>),
    /// These attributes.
    Attributes(SmallVec<[Written; 1]>),
    /// What the hunting tables call so; of a group, this member's coming or going.
    Action(&'static str, Option<CompactString>),
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
    /// Of the values that were written.
    hasher: DefaultHashBuilder,
    forgotten: u64,
}

impl Authors {
    /// How many writes were forgotten because there were too many.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Remembers what `resolved` wrote, if it wrote and somebody will ask: differences are found in a directory that is known already.
    pub(crate) fn hear(&mut self, resolved: &Resolved, directory: &Snapshot) {
        let activity = &resolved.activity;
        if directory.is_empty() || activity.outcome != Outcome::Success {
            return;
        }
        let Some(touched) = touched(activity, &self.hasher) else {
            return;
        };
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

    /// Who made `difference`, one of `change`, of the object that goes by `names`, at `time`.
    pub(crate) fn of<'a>(
        &self,
        difference: &Difference,
        change: &Change,
        names: impl Iterator<Item = &'a str>,
        time: Timestamp,
    ) -> Option<&Author> {
        let numbers = names.filter_map(|name| self.by_name.get(name)).flatten();
        let writes =
            numbers.filter_map(|number| self.writes.get(usize::try_from(number.wrapping_sub(self.first)).ok()?));
        writes
            .filter(|write| write.time <= time.after(AFTER) && time.since(write.time) <= BEFORE)
            .filter(|write| write.touched.explains(difference, change, &self.hasher))
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
    /// Whether it brings `difference`, one of `change`, about.
    fn explains(&self, difference: &Difference, change: &Change, hasher: &DefaultHashBuilder) -> bool {
        if let Self::Action(action, member) = self {
            let about = difference.about.as_deref().map(folded_dn);
            let same = member.is_none() || about.is_none() || *member == about;
            return difference.action == Some(*action) && same;
        }
        let written = match self {
            Self::Created(written) | Self::Attributes(written) => written.as_slice(),
            _ => &[],
        };
        match difference.aspect {
            Aspect::Created => matches!(self, Self::Created(_)),
            // Deleted objects are restored by taking isDeleted off them ([MS-ADTS] 3.1.1.5.3.7).
            Aspect::Deleted => {
                matches!(self, Self::Deleted) || written.iter().any(|written| written.is(Attribute::IsDeleted.name()))
            }
            Aspect::Moved => self.leads_to(change.after.as_ref().map_or("", |after| &after.dn)),
            Aspect::Attribute(attribute) => {
                let agrees = |written: &Written| written.agrees(attribute, difference, change, hasher);
                written.iter().any(agrees)
            }
        }
    }
}

impl Touched {
    /// Whether it brings the object where it is now.
    fn leads_to(&self, dn: &str) -> bool {
        let dn = folded_dn(dn);
        match self {
            Self::Moved(Some(rdn), Some(superior)) => dn == format_compact!("{rdn},{superior}"),
            Self::Moved(Some(rdn), None) => dn.strip_prefix(rdn.as_str()).is_some_and(|rest| rest.starts_with(',')),
            Self::Moved(None, _) => true,
            _ => false,
        }
    }
}

/// What an activity touches; none where it writes nothing of the directory that it tells.
fn touched(activity: &Activity, hasher: &DefaultHashBuilder) -> Option<Touched> {
    let details = &activity.details;
    match activity.kind {
        _ if activity.origin == Origin::Directory => None,
        Kind::LdapChange => by_ldap(details, hasher),
        Kind::PasswordChange => {
            let written = Written::touched(Attribute::PwdLastSet);
            Some(Touched::Attributes(SmallVec::from_iter([written])))
        }
        _ => {
            let action = activity.action_type.filter(|action| is_change(action))?;
            Some(Touched::Action(action, details.get_text("member_dn").map(folded_dn)))
        }
    }
}

fn by_ldap(details: &Fields, hasher: &DefaultHashBuilder) -> Option<Touched> {
    Some(match details.get_text("operation")? {
        "add" => Touched::Created(modified(details, hasher)),
        "delete" => Touched::Deleted,
        "modify_dn" => {
            let part = |name| details.get_text(name).map(folded_dn);
            Touched::Moved(part("new_rdn"), part("new_superior"))
        }
        "modify" => Touched::Attributes(modified(details, hasher)),
        _ => return None,
    })
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
