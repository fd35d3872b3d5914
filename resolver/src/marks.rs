//! The tags that groups and the configuration give, beyond those that the directory's own objects tell: honeytokens, sensitive
//! accounts, Exchange servers, and an operator's own.

use std::sync::Arc;

use compact_str::CompactString;
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::directory::{Snapshot, split_account};
use crate::entity::{Computer, Entity, EntityKind, Tag};
use crate::tags::Tags;

/// The groups that Exchange puts its servers into. Their RIDs differ from domain to domain.
const EXCHANGE_GROUPS: [&str; 3] = [
    "Exchange Servers",
    "Exchange Install Domain Servers",
    "Exchange Domain Servers",
];

/// RID of Cert Publishers ([MS-DTYP] 2.4.2.4): the computers in it are certification authorities.
const CERT_PUBLISHERS: u32 = 517;

/// Entities that bear more tags than the directory gives them.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    marked: HashMap<u32, Arc<Entity>>,
    /// The tags of those by their SID.
    by_sid: HashMap<CompactString, SmallVec<[Tag; 1]>>,
    /// Those the directory does not have: known by name alone.
    unlisted: Vec<Unlisted>,
}

#[derive(Debug)]
struct Unlisted {
    account: String,
    domain: Option<String>,
    tag: Tag,
}

impl Marks {
    pub(crate) fn new(tags: &Tags, directory: &Snapshot) -> Self {
        let mut marks = Self::default();
        marks.servers(directory);
        for (tag, names, with_members) in tags.iter() {
            let mut named = Vec::new();
            for name in names {
                named.extend(marks.find(directory, name.trim(), &tag));
            }
            match with_members {
                true => marks.mark(directory, directory.with_members(named.into_iter()), &tag),
                false => marks.mark(directory, named.into_iter(), &tag),
            }
        }
        let tagged = marks.marked.values();
        let by_sid = tagged.filter_map(|entity| Some((entity.sid.clone()?, entity.tags.clone())));
        marks.by_sid = by_sid.collect();
        marks
    }

    /// The entity at `position`, with its marks.
    pub(crate) fn entity(&self, directory: &Snapshot, position: u32) -> Option<Arc<Entity>> {
        self.marked
            .get(&position)
            .cloned()
            .or_else(|| directory.entity(position))
    }

    /// Whether the configuration names anybody whom the directory does not know.
    pub(crate) const fn know_unlisted(&self) -> bool {
        !self.unlisted.is_empty()
    }

    /// An entity for an account that only the configuration knows.
    pub(crate) fn unlisted(&self, name: &str, domain: Option<&str>) -> Option<Arc<Entity>> {
        if !self.know_unlisted() {
            return None;
        }
        let (account, domain) = split_account(name, domain);
        let mut entity = Entity {
            name: account.into(),
            domain: domain.map(Into::into),
            ..Entity::default()
        };
        for tag in self.unlisted_tags(account, domain) {
            entity.tag(tag.clone());
        }
        (!entity.tags.is_empty()).then(|| Arc::new(entity))
    }

    /// Gives `computer` the marks of its account.
    pub(crate) fn onto(&self, computer: &mut Computer) {
        match &computer.sid {
            Some(sid) => {
                if let Some(tags) = self.by_sid.get(sid) {
                    computer.tags.clone_from(tags);
                }
            }
            None if !self.unlisted.is_empty() => {
                let domain = computer.domain.as_deref();
                let account = compact_str::format_compact!("{}$", computer.name);
                let names = [computer.name.as_str(), account.as_str()];
                let tags = names.iter().flat_map(|name| self.unlisted_tags(name, domain));
                computer.tags.extend(tags.cloned());
                computer.tags.sort_unstable();
                computer.tags.dedup();
            }
            None => {}
        }
    }

    /// Servers that their groups tell: Exchange's, and certification authorities.
    fn servers(&mut self, directory: &Snapshot) {
        let computers = |groups: &mut dyn Iterator<Item = u32>| -> Vec<u32> {
            let is_computer = |position: &u32| {
                directory
                    .entity(*position)
                    .is_some_and(|entity| entity.kind == EntityKind::Computer)
            };
            directory.with_members(groups).filter(is_computer).collect()
        };
        let mut exchange = EXCHANGE_GROUPS.iter().flat_map(|name| directory.named_positions(name));
        let exchange = computers(&mut exchange);
        self.mark(directory, exchange.iter().copied(), &Tag::ExchangeServer);
        self.mark(directory, exchange.into_iter(), &Tag::Sensitive);
        let authorities = computers(&mut directory.well_known(CERT_PUBLISHERS).into_iter());
        self.mark(directory, authorities.into_iter(), &Tag::Sensitive);
    }

    /// Everybody called `name`; where nobody is, the name is remembered by itself.
    fn find(&mut self, directory: &Snapshot, name: &str, tag: &Tag) -> Vec<u32> {
        let found = directory.named_positions(name);
        if found.is_empty() && !name.is_empty() {
            let (account, domain) = split_account(name, None);
            self.unlisted.push(Unlisted {
                account: account.to_lowercase(),
                domain: domain.map(str::to_lowercase),
                tag: tag.clone(),
            });
        }
        found
    }

    fn mark(&mut self, directory: &Snapshot, positions: impl Iterator<Item = u32>, tag: &Tag) {
        for position in positions {
            let Some(entity) = directory.entity(position) else {
                continue;
            };
            let marked = self.marked.entry(position).or_insert(entity);
            Arc::make_mut(marked).tag(tag.clone());
        }
    }

    fn unlisted_tags<'a>(&'a self, account: &'a str, domain: Option<&'a str>) -> impl Iterator<Item = &'a Tag> {
        let meant = self
            .unlisted
            .iter()
            .filter(move |unlisted| unlisted.means(account, domain));
        meant.map(|unlisted| &unlisted.tag)
    }
}

impl Unlisted {
    /// Whether it is `account`, of the same domain as far as both say: `LAB` and `lab.example` may be the same one.
    fn means(&self, account: &str, domain: Option<&str>) -> bool {
        let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
        let same_domain = match (&self.domain, domain) {
            (Some(own), Some(other)) => label(own) == label(other),
            _ => true,
        };
        same_domain && self.account == account.to_lowercase()
    }
}
