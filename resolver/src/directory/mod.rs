//! The directory as it was exported: an immutable snapshot that names are looked up in.
//!
//! Domains, files and records may come in any order; the same files give the same snapshot.

mod account;
mod base64;
mod builder;
pub mod change;
mod domain;
mod error;
mod file;
mod guid;
mod index;
mod json;
mod ldif;
mod lookup;
mod membership;
mod name;
mod object;
mod packed;
mod record;
mod service;
pub mod sync;
mod table;
#[cfg(test)]
mod tests;
mod wellknown;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{DirectoryError, Problem};
pub use guid::Guid;
pub use lookup::Listed;
pub use record::{Attribute, Record};

pub(crate) use account::split_account;
pub(crate) use builder::Builder;
pub(crate) use name::dn as folded_dn;
pub(crate) use record::sid as sid_text;

use crate::entity::Entity;
use compact_str::CompactString;
use domain::Domains;
use membership::Membership;
use object::Object;
use sync::Replica;
use table::Table;

/// Accounts, groups, computers and trusts of one or more domains.
#[derive(Debug, Default)]
pub struct Snapshot {
    objects: Vec<Object>,
    /// The domain of each, as its place in `domain_names`.
    domain_places: Vec<u16>,
    /// DNS names of the domains that objects lie in.
    domain_names: Vec<CompactString>,
    domains: Domains,
    table: Table,
    membership: Membership,
    problems: Vec<Problem>,
    damaged: u64,
}

/// An object that was looked for, with all that is known of it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it resolves to.
    pub entity: Arc<Entity>,
    /// Every attribute that is kept.
    pub record: Record,
    /// The groups it belongs to directly.
    pub groups: Vec<Entity>,
    /// Who belongs to it directly.
    pub members: Vec<Entity>,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

impl Snapshot {
    /// How many problems are kept in full; beyond it they are only counted.
    pub const MAX_PROBLEMS: usize = 100;

    /// A directory that knows nobody.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads the files, each LDIF as `ldapsearch` or `ldbsearch` writes it, or JSON lines (an object a line, each attribute
    /// a value or a list of values).
    ///
    /// # Errors
    /// A file that cannot be opened or read, or that is something else. A bad record costs that record alone: see
    /// [`Self::problems`].
    pub fn read(paths: &[PathBuf]) -> Result<Self, DirectoryError> {
        let mut builder = Builder::default();
        let mut problems = file::Problems::default();
        for path in paths {
            file::read(path, &mut builder, &mut problems)?;
        }
        let mut snapshot = builder.finish();
        (snapshot.problems, snapshot.damaged) = problems.finish();
        Ok(snapshot)
    }

    /// This directory with the synchronised domains in the place of what it has of them itself.
    #[must_use]
    pub fn joined<'a>(&self, replicas: impl Iterator<Item = &'a Replica> + Clone) -> Self {
        let synchronised = |domain: &CompactString| replicas.clone().any(|replica| replica.domain() == domain);
        let own: Vec<bool> = self.domain_names.iter().map(|domain| !synchronised(domain)).collect();
        let total = replicas.clone().map(Replica::len).sum::<usize>();
        let mut builder = Builder::with_capacity(self.objects.len() + total);
        builder.take_over(self, |place| own.get(usize::from(place)).copied().unwrap_or(true));
        replicas.for_each(|replica| replica.add_to(&mut builder));
        let mut joined = builder.finish();
        (joined.problems, joined.damaged) = (self.problems.clone(), self.damaged);
        joined
    }

    /// How many objects it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The records that could not be used, the first [`Self::MAX_PROBLEMS`] of them.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many records could not be used.
    #[must_use]
    pub const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Every entity, in the order of the files.
    pub fn entities(&self) -> impl Iterator<Item = Entity> {
        let entity = |(object, position): (&Object, u32)| object.entity(self.domain_of(position));
        self.objects.iter().zip(0..).map(entity)
    }

    /// Everybody whom `name` may mean: an account or host by any of its names, a SID, a GUID or a DN.
    #[must_use]
    pub fn find(&self, name: &str) -> Vec<Found> {
        let mut positions = self.named_positions(name);
        let others = [self.host(name, None), self.guid(name)];
        positions.extend(others.iter().flatten().filter_map(Listed::position));
        positions.sort_unstable();
        positions.dedup();
        positions
            .into_iter()
            .filter_map(|position| self.found(position))
            .collect()
    }

    fn found(&self, position: u32) -> Option<Found> {
        let names = |positions: &[u32]| {
            let entities = positions.iter().filter_map(|position| self.entity(*position));
            entities.map(|entity| entity.as_ref().clone()).collect()
        };
        Some(Found {
            entity: self.entity(position)?,
            record: self.shown(self.objects.get(position as usize)?.packed.record()),
            groups: names(&self.membership.groups(position)),
            members: names(self.membership.members(position)),
            deleted: self.objects.get(position as usize)?.deleted,
        })
    }

    /// A record whose references to other objects are their DNs, as far as they are known.
    fn shown(&self, mut record: Record) -> Record {
        for (attribute, value) in &mut record.values {
            let Some((prefix, guid)) = sync::referred(value).filter(|_| attribute.is_dn()) else {
                continue;
            };
            let other = self.guid(&guid.to_string()).and_then(|other| other.position());
            if let Some(other) = other.and_then(|other| self.objects.get(other as usize)) {
                *value = [prefix, other.packed.dn().as_bytes()].concat();
            }
        }
        record
    }

    /// The DNS name of the domain that the object at `position` lies in.
    fn domain_of(&self, position: u32) -> Option<&CompactString> {
        let place = self.domain_places.get(position as usize)?;
        self.domain_names.get(usize::from(*place))
    }

    /// The entities at `roots` and all that belong to them, directly or through groups.
    pub(crate) fn with_members(&self, roots: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
        let reached = self.membership.closure(roots, self.objects.len());
        reached
            .into_iter()
            .zip(0..)
            .filter_map(|(reached, position)| reached.then_some(position))
    }
}
