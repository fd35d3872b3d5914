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
mod record;
mod service;
pub mod sync;
#[cfg(test)]
mod tests;
mod wellknown;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{DirectoryError, Problem};
pub use guid::Guid;
pub use record::{Attribute, Record};

pub(crate) use account::split_account;
pub(crate) use name::dn as folded_dn;

use crate::entity::Entity;
use builder::Builder;
use domain::Domains;
use index::Index;
use membership::Membership;

/// Accounts, groups, computers and trusts of one or more domains.
#[derive(Debug, Default)]
pub struct Snapshot {
    entities: Vec<Arc<Entity>>,
    domains: Domains,
    accounts: Index,
    upns: Index,
    spns: Index,
    dns: Index,
    sids: Index,
    guids: Index,
    hosts: Index,
    trusts: Index,
    membership: Membership,
    problems: Vec<Problem>,
    damaged: u64,
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

    /// How many objects it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entities.is_empty()
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
    #[must_use]
    pub fn entities(&self) -> &[Arc<Entity>] {
        &self.entities
    }

    /// The entities at `roots` and all that belong to them, directly or through groups.
    pub(crate) fn with_members(&self, roots: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
        let reached = self.membership.closure(roots, self.entities.len());
        reached
            .into_iter()
            .zip(0..)
            .filter_map(|(reached, position)| reached.then_some(position))
    }
}
