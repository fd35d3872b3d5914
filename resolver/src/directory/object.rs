//! A record of an export as an entity, with the links that decide its groups.

use compact_str::CompactString;

use super::name;
use super::record::{Attribute, Record, guid, sid};
use crate::entity::{Entity, EntityKind, Tag};

/// userAccountControl ([MS-ADTS] 2.2.16): INTERDOMAIN_TRUST_ACCOUNT.
const INTERDOMAIN_TRUST: i64 = 0x800;
/// WORKSTATION_TRUST_ACCOUNT.
const WORKSTATION_TRUST: i64 = 0x1000;
/// SERVER_TRUST_ACCOUNT: a domain controller.
const SERVER_TRUST: i64 = 0x2000;
/// PARTIAL_SECRETS_ACCOUNT: a read-only domain controller.
const PARTIAL_SECRETS: i64 = 0x0400_0000;
/// Primary groups of domain controllers, writable and read-only.
const CONTROLLERS: [i64; 2] = [516, 521];

/// An object on its way into the snapshot. DNs are normalised.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) entity: Entity,
    pub(crate) dn: CompactString,
    pub(crate) spns: Vec<CompactString>,
    pub(crate) sid_history: Vec<CompactString>,
    pub(crate) members: Vec<CompactString>,
    pub(crate) member_of: Vec<CompactString>,
    pub(crate) primary_group: Option<i64>,
    /// adminCount: SDProp protects it, so it was privileged at least once.
    pub(crate) protected: bool,
    /// A tombstone: still found by SID and GUID, but its names are free again.
    pub(crate) deleted: bool,
}

impl Object {
    /// The entity that `record` describes; none for what is neither account, group nor trust.
    pub(crate) fn of(record: &Record, dn: CompactString) -> Option<Self> {
        let kind = kind(record)?;
        let mut object = Self {
            entity: entity(record, kind, &dn)?,
            spns: record
                .texts(Attribute::ServicePrincipalName)
                .map(|spn| name::fold(&spn))
                .collect(),
            sid_history: record.all(Attribute::SidHistory).filter_map(sid).collect(),
            members: record
                .texts(Attribute::Member)
                .map(|member| name::dn(&member))
                .collect(),
            member_of: record
                .texts(Attribute::MemberOf)
                .map(|group| name::dn(&group))
                .collect(),
            primary_group: record.number(Attribute::PrimaryGroupId),
            protected: record.number(Attribute::AdminCount).is_some_and(|count| count > 0),
            deleted: dn.contains("\ndel:"),
            dn,
        };
        if is_controller(record) {
            object.entity.tag(Tag::DomainController);
        }
        Some(object)
    }
}

fn entity(record: &Record, kind: EntityKind, dn: &str) -> Option<Entity> {
    let account = record.text(Attribute::SamAccountName);
    let partner = record.text(Attribute::TrustPartner);
    let rdn = name::split(&record.dn)
        .next()
        .and_then(|part| Some(part.split_once('=')?.1.trim().into()));
    Some(Entity {
        kind,
        name: account.or(partner).or(rdn)?,
        domain: name::domain_of(dn),
        upn: record.text(Attribute::UserPrincipalName),
        display_name: record.text(Attribute::DisplayName),
        sid: record.all(Attribute::ObjectSid).find_map(sid),
        guid: record.all(Attribute::ObjectGuid).find_map(guid),
        dn: Some(record.dn.clone()),
        dns_name: record.text(Attribute::DnsHostName),
        os: system(record),
        ..Entity::default()
    })
}

fn kind(record: &Record) -> Option<EntityKind> {
    let control = record.number(Attribute::UserAccountControl).unwrap_or_default();
    let managed = [
        "msDS-GroupManagedServiceAccount",
        "msDS-ManagedServiceAccount",
        "msDS-DelegatedManagedServiceAccount",
    ];
    if record.is("group") {
        return Some(EntityKind::Group);
    }
    if record.is("trustedDomain") || control & INTERDOMAIN_TRUST != 0 {
        return Some(EntityKind::Trust);
    }
    if managed.iter().any(|class| record.is(class)) {
        return Some(EntityKind::ManagedServiceAccount); // these are of class computer too
    }
    if record.is("computer") || control & (WORKSTATION_TRUST | SERVER_TRUST) != 0 {
        return Some(EntityKind::Computer);
    }
    if record.is("user") || record.is("inetOrgPerson") {
        return Some(EntityKind::User);
    }
    // An export that asked for a few attributes may not have asked for the class.
    record.text(Attribute::SamAccountName).map(|account| match control {
        0 if account.ends_with('$') => EntityKind::Computer,
        0 => EntityKind::Unknown,
        _ => EntityKind::User,
    })
}

fn is_controller(record: &Record) -> bool {
    let control = record.number(Attribute::UserAccountControl).unwrap_or_default();
    let group = record.number(Attribute::PrimaryGroupId);
    control & (SERVER_TRUST | PARTIAL_SECRETS) != 0 || group.is_some_and(|rid| CONTROLLERS.contains(&rid))
}

fn system(record: &Record) -> Option<CompactString> {
    let mut system = record.text(Attribute::OperatingSystem)?;
    if let Some(version) = record.text(Attribute::OperatingSystemVersion) {
        system.push(' ');
        system.push_str(&version);
    }
    Some(system)
}
