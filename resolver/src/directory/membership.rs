//! Who is sensitive: members of privileged groups, however deep, in whatever circles the groups are nested.

use compact_str::CompactString;
use hashbrown::HashMap;

use super::object::Object;
use crate::entity::{Entity, EntityKind};

/// RIDs of privileged groups and accounts of a domain ([MS-DTYP] 2.4.2.4): Administrator, krbtgt, Enterprise Read-only Domain
/// Controllers, Domain Admins, Domain Controllers, Schema Admins, Enterprise Admins, Group Policy Creator Owners, Read-only
/// Domain Controllers, Key Admins, Enterprise Key Admins.
const DOMAIN_RIDS: [u32; 11] = [500, 502, 498, 512, 516, 518, 519, 520, 521, 526, 527];
/// RIDs of privileged groups under S-1-5-32: Administrators, Power Users, Account, Server, Print and Backup Operators,
/// Replicator, Network Configuration Operators, Incoming Forest Trust Builders.
const BUILTIN_RIDS: [u32; 9] = [544, 547, 548, 549, 550, 551, 552, 556, 557];
/// Privileged groups whose RID differs from domain to domain.
const NAMES: [&str; 5] = [
    "DnsAdmins",
    "Exchange Servers",
    "Exchange Trusted Subsystem",
    "Exchange Windows Permissions",
    "Microsoft Exchange Servers",
];

/// Whether an entity is privileged by itself.
pub(crate) fn is_privileged(entity: &Entity) -> bool {
    let named = entity.kind == EntityKind::Group && NAMES.iter().any(|name| name.eq_ignore_ascii_case(&entity.name));
    named || entity.sid.as_deref().is_some_and(is_privileged_sid)
}

fn is_privileged_sid(sid: &str) -> bool {
    let Some((authority, rid)) = sid.rsplit_once('-') else {
        return false;
    };
    let Ok(rid) = rid.parse() else { return false };
    match authority {
        "S-1-5-32" => BUILTIN_RIDS.contains(&rid),
        _ => authority.starts_with("S-1-5-21-") && DOMAIN_RIDS.contains(&rid),
    }
}

/// The direct members of every group, by position.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    members: HashMap<u32, Vec<u32>>,
}

impl Membership {
    /// Joins what groups say of their members with what members say of their groups.
    pub(crate) fn of(
        objects: &[Object],
        by_dn: impl Fn(&str) -> Option<u32>,
        by_sid: impl Fn(&str) -> Option<u32>,
    ) -> Self {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        // A member of another domain stands as CN=<SID>,CN=ForeignSecurityPrincipals,… ([MS-ADTS] 6.1.1.4.8).
        let foreign = |dn: &str| by_sid(&super::name::first_value(dn)?.to_uppercase());
        for (object, position) in objects.iter().zip(0_u32..) {
            for member in &object.members {
                if let Some(member) = by_dn(member).or_else(|| foreign(member)) {
                    members.entry(position).or_default().push(member);
                }
            }
            let groups = object.member_of.iter().filter_map(|group| by_dn(group));
            for group in groups.chain(primary_group(object).and_then(|sid| by_sid(&sid))) {
                members.entry(group).or_default().push(position);
            }
        }
        for list in members.values_mut() {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        Self { members }
    }

    /// `roots` and all who belong to them: every one is visited once, so circles end.
    pub(crate) fn closure(&self, roots: impl Iterator<Item = u32>, total: usize) -> Vec<bool> {
        let mut reached = vec![false; total];
        let mut waiting: Vec<u32> = roots.collect();
        while let Some(position) = waiting.pop() {
            let Some(seen) = reached.get_mut(position as usize) else {
                continue;
            };
            if !std::mem::replace(seen, true) {
                waiting.extend(self.members.get(&position).into_iter().flatten());
            }
        }
        reached
    }
}

/// SID of the group that primaryGroupID names: it lists nobody, and nobody lists it.
fn primary_group(object: &Object) -> Option<CompactString> {
    let (domain, _) = object.entity.sid.as_deref()?.rsplit_once('-')?;
    Some(compact_str::format_compact!("{domain}-{}", object.primary_group?))
}
