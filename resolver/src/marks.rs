//! The tags that the configuration gives: honeytokens, and sensitive accounts and groups beyond the built-in ones.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::config::Config;
use crate::directory::{Snapshot, split_account};
use crate::entity::{Entity, Tag};

/// Entities that bear more tags than the directory gives them.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    marked: HashMap<u32, Arc<Entity>>,
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
    pub(crate) fn new(config: &Config, directory: &Snapshot) -> Self {
        let mut marks = Self::default();
        for name in &config.honeytokens {
            let named = marks.find(directory, name.trim(), Tag::Honeytoken);
            marks.mark(directory, named.into_iter(), Tag::Honeytoken);
        }
        let mut roots = Vec::new();
        for name in &config.sensitive {
            roots.extend(marks.find(directory, name.trim(), Tag::Sensitive));
        }
        marks.mark(directory, directory.with_members(roots.into_iter()), Tag::Sensitive);
        marks
    }

    /// The entity at `position`, with its marks.
    pub(crate) fn entity(&self, directory: &Snapshot, position: u32) -> Option<Arc<Entity>> {
        self.marked
            .get(&position)
            .or_else(|| directory.entity(position))
            .cloned()
    }

    /// An entity for an account that only the configuration knows.
    pub(crate) fn unlisted(&self, name: &str, domain: Option<&str>) -> Option<Arc<Entity>> {
        if self.unlisted.is_empty() {
            return None;
        }
        let (account, domain) = split_account(name, domain);
        let mut entity = Entity {
            name: account.into(),
            domain: domain.map(Into::into),
            ..Entity::default()
        };
        for unlisted in self.unlisted.iter().filter(|unlisted| unlisted.means(account, domain)) {
            entity.tag(unlisted.tag);
        }
        (!entity.tags.is_empty()).then(|| Arc::new(entity))
    }

    /// Everybody called `name`; where nobody is, the name is remembered by itself.
    fn find(&mut self, directory: &Snapshot, name: &str, tag: Tag) -> Vec<u32> {
        let found = directory.named_positions(name);
        if found.is_empty() && !name.is_empty() {
            let (account, domain) = split_account(name, None);
            self.unlisted.push(Unlisted {
                account: account.to_lowercase(),
                domain: domain.map(str::to_lowercase),
                tag,
            });
        }
        found
    }

    fn mark(&mut self, directory: &Snapshot, positions: impl Iterator<Item = u32>, tag: Tag) {
        for position in positions {
            let Some(entity) = directory.entity(position) else {
                continue;
            };
            let marked = self.marked.entry(position).or_insert_with(|| Arc::clone(entity));
            Arc::make_mut(marked).tag(tag);
        }
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
