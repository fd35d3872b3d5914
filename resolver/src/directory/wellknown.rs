//! Groups and accounts that every domain has, by the RID that they have everywhere ([MS-DTYP] 2.4.2.4): names are translated.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use super::{Entity, Snapshot};
use crate::entity::Tag;

/// The account of the key distribution center, whose name is the same in every language: it tells the SID of its domain.
const KRBTGT: &str = "krbtgt";

/// RIDs of Domain Controllers and Read-only Domain Controllers.
const CONTROLLERS: [u32; 2] = [516, 521];

impl Snapshot {
    /// The object with this RID of every domain.
    pub(crate) fn well_known(&self, rid: u32) -> Vec<u32> {
        let positions = self
            .domain_sids()
            .filter_map(|domain| self.sid(&format_compact!("{domain}-{rid}"))?.position());
        positions.collect()
    }

    /// The domain controllers of every domain, read-only ones included.
    pub(crate) fn controllers(&self) -> Vec<Arc<Entity>> {
        let groups: Vec<u32> = CONTROLLERS.iter().flat_map(|rid| self.well_known(*rid)).collect();
        let members = self.with_members(groups.into_iter());
        let members = members.filter_map(|position| self.entity(position));
        members
            .filter(|entity| entity.tags.contains(&Tag::DomainController))
            .collect()
    }

    fn domain_sids(&self) -> impl Iterator<Item = CompactString> {
        let accounts = self
            .account_positions(KRBTGT)
            .into_iter()
            .filter_map(|position| self.entity(position));
        accounts.filter_map(|krbtgt| krbtgt.sid.as_deref()?.rsplit_once('-').map(|(domain, _)| domain.into()))
    }
}
