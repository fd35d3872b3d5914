//! Who is sensitive: members of privileged groups, however deep, in whatever circles the groups are nested.

use compact_str::CompactString;
use hashbrown::HashMap;

use super::object::Object;
use super::record::{Attribute, Record};
use super::{Snapshot, name};
use crate::entity::EntityKind;

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

/// S-1-5-32 and S-1-5-21, as their SIDs begin behind the count of parts.
const BUILTIN: [u8; 10] = [0, 0, 0, 0, 0, 5, 32, 0, 0, 0];
const DOMAIN: [u8; 10] = [0, 0, 0, 0, 0, 5, 21, 0, 0, 0];

/// Whether an object is privileged by itself.
pub(crate) fn is_privileged(object: &Object) -> bool {
    let named = || {
        let own = object.name();
        NAMES.iter().any(|name| name.eq_ignore_ascii_case(&own))
    };
    let sid = object.packed.first(Attribute::ObjectSid);
    sid.is_some_and(is_privileged_sid) || (object.kind == EntityKind::Group && named())
}

fn is_privileged_sid(sid: &[u8]) -> bool {
    let Some((rest, rid)) = sid.split_last_chunk::<4>() else {
        return false;
    };
    let rid = u32::from_le_bytes(*rid);
    let begins = |head: &[u8; 10]| rest.get(2..12) == Some(head.as_slice());
    (begins(&BUILTIN) && rest.len() == 12 && BUILTIN_RIDS.contains(&rid))
        || (begins(&DOMAIN) && rest.len() > 12 && DOMAIN_RIDS.contains(&rid))
}

/// What a record of a file says of groups: DNs in their normal form.
#[derive(Debug, Default)]
pub(crate) struct Links {
    members: Vec<CompactString>,
    member_of: Vec<CompactString>,
}

impl Links {
    pub(crate) fn of(record: &Record) -> Self {
        let names = |attribute| record.texts(attribute).map(|dn| name::dn(&dn)).collect();
        Self {
            members: names(Attribute::Member),
            member_of: names(Attribute::MemberOf),
        }
    }
}

/// The direct members of every group, by position.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    members: HashMap<u32, Vec<u32>>,
}

impl Membership {
    /// Joins what is known by position (group, member) with what records of files say of their groups and members.
    pub(crate) fn of(snapshot: &Snapshot, edges: Vec<(u32, u32)>, links: &HashMap<u32, Links>) -> Self {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for (group, member) in edges {
            members.entry(group).or_default().push(member);
        }
        // A member of another domain stands as CN=<SID>,CN=ForeignSecurityPrincipals,… ([MS-ADTS] 6.1.1.4.8).
        let foreign = |dn: &str| snapshot.sid(name::first_value(dn)?)?.position();
        for (position, links) in links {
            let listed = |dn: &CompactString| snapshot.dn(dn)?.position();
            let found = |dn: &CompactString| listed(dn).or_else(|| foreign(dn));
            let own = links.members.iter().filter_map(found);
            members.entry(*position).or_default().extend(own);
            for group in links.member_of.iter().filter_map(listed) {
                members.entry(group).or_default().push(*position);
            }
        }
        for (object, position) in snapshot.objects.iter().zip(0_u32..) {
            let group = primary_group(object).and_then(|sid| snapshot.sid_octets(&sid)?.position());
            if let Some(group) = group {
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

    /// Every group with each of its members.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        let each = |(group, members): (&u32, &Vec<u32>)| {
            let group = *group;
            members.iter().map(move |member| (group, *member)).collect::<Vec<_>>()
        };
        self.members.iter().flat_map(each)
    }

    /// The direct members of the group at `position`.
    pub(crate) fn members(&self, position: u32) -> &[u32] {
        self.members.get(&position).map_or(&[], Vec::as_slice)
    }

    /// The groups that `member` belongs to directly.
    pub(crate) fn groups(&self, member: u32) -> Vec<u32> {
        let holds = |(_, list): &(&u32, &Vec<u32>)| list.binary_search(&member).is_ok();
        let mut groups: Vec<u32> = self.members.iter().filter(holds).map(|(group, _)| *group).collect();
        groups.sort_unstable();
        groups
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
                waiting.extend(self.members(position));
            }
        }
        reached
    }
}

/// SID of the group that primaryGroupID names: it lists nobody, and nobody lists it.
fn primary_group(object: &Object) -> Option<Vec<u8>> {
    let rid = u32::try_from(object.packed.number(Attribute::PrimaryGroupId)?).ok()?;
    let (domain, _) = object.packed.first(Attribute::ObjectSid)?.split_last_chunk::<4>()?;
    Some([domain, &rid.to_le_bytes()].concat())
}
