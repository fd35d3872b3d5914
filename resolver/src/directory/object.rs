//! An object of a snapshot: its packed record, and what was decided about it once.

use compact_str::CompactString;
use parsers::text;

use super::name;
use super::packed::Packed;
use super::record::Attribute;
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

/// An object of a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) packed: Packed,
    pub(crate) kind: EntityKind,
    pub(crate) controller: bool,
    pub(crate) sensitive: bool,
    /// A tombstone: still found by SID and GUID, but its names are free again.
    pub(crate) deleted: bool,
}

impl Object {
    /// The object that `packed` describes; none for what is neither account, group nor trust, and for what has no name.
    pub(crate) fn of(packed: &Packed) -> Option<Self> {
        let kind = kind(packed)?;
        let _named = account_name(packed)?;
        Some(Self {
            kind,
            controller: is_controller(packed),
            sensitive: false,
            deleted: packed.is_deleted() || name::dn(packed.dn()).contains("\ndel:"),
            packed: packed.clone(),
        })
    }

    /// adminCount: SDProp protects it, so it was privileged at least once.
    pub(crate) fn is_protected(&self) -> bool {
        self.packed.number(Attribute::AdminCount).is_some_and(|count| count > 0)
    }

    /// The entity it is, in the domain called so.
    pub(crate) fn entity(&self, domain: Option<&CompactString>) -> Entity {
        let mut entity = Entity {
            kind: self.kind,
            domain: domain.cloned(),
            dn: Some(self.packed.dn().into()),
            ..Entity::default()
        };
        let (mut system, mut version) = (None, None);
        for (attribute, value) in self.packed.values().filter(|(_, value)| !value.is_empty()) {
            let text = || Some(text::bytes(value));
            match attribute {
                Attribute::SamAccountName if entity.name.is_empty() => entity.name = text::bytes(value),
                Attribute::UserPrincipalName => entity.upn = entity.upn.or_else(text),
                Attribute::DisplayName => entity.display_name = entity.display_name.or_else(text),
                Attribute::ObjectSid => entity.sid = entity.sid.or_else(|| text::sid(value)),
                Attribute::ObjectGuid => entity.guid = value.try_into().ok().map(text::guid),
                Attribute::DnsHostName => entity.dns_name = entity.dns_name.or_else(text),
                Attribute::OperatingSystem => system = system.or_else(text),
                Attribute::OperatingSystemVersion => version = version.or_else(text),
                _ => {}
            }
        }
        if entity.name.is_empty() {
            entity.name = self.name();
        }
        entity.os = system.map(|system| match version {
            Some(version) => compact_str::format_compact!("{system} {version}"),
            None => system,
        });
        if self.sensitive {
            entity.tag(Tag::Sensitive);
        }
        if self.controller {
            entity.tag(Tag::DomainController);
        }
        entity
    }

    /// The name it goes by in its domain: sAMAccountName, a trust's partner, else the RDN's value.
    pub(crate) fn name(&self) -> CompactString {
        account_name(&self.packed).unwrap_or_default()
    }

    /// A `trustedDomain`, rather than the account that goes with it.
    pub(crate) fn is_trusted_domain(&self) -> bool {
        self.kind == EntityKind::Trust && !self.name().ends_with('$')
    }
}

fn account_name(packed: &Packed) -> Option<CompactString> {
    let account = packed.text(Attribute::SamAccountName);
    let rdn = || {
        let first = name::split(packed.dn()).next()?;
        Some(CompactString::new(first.split_once('=')?.1.trim()))
    };
    account.or_else(|| packed.text(Attribute::TrustPartner)).or_else(rdn)
}

fn kind(packed: &Packed) -> Option<EntityKind> {
    let control = packed.number(Attribute::UserAccountControl).unwrap_or_default();
    let managed = [
        "msDS-GroupManagedServiceAccount",
        "msDS-ManagedServiceAccount",
        "msDS-DelegatedManagedServiceAccount",
    ];
    if packed.is("group") {
        return Some(EntityKind::Group);
    }
    if packed.is("trustedDomain") || control & INTERDOMAIN_TRUST != 0 {
        return Some(EntityKind::Trust);
    }
    if managed.iter().any(|class| packed.is(class)) {
        return Some(EntityKind::ManagedServiceAccount); // these are of class computer too
    }
    if packed.is("computer") || control & (WORKSTATION_TRUST | SERVER_TRUST) != 0 {
        return Some(EntityKind::Computer);
    }
    if packed.is("user") || packed.is("inetOrgPerson") {
        return Some(EntityKind::User);
    }
    // An export that asked for a few attributes may not have asked for the class.
    packed.text(Attribute::SamAccountName).map(|account| match control {
        0 if account.ends_with('$') => EntityKind::Computer,
        0 => EntityKind::Unknown,
        _ => EntityKind::User,
    })
}

fn is_controller(packed: &Packed) -> bool {
    let control = packed.number(Attribute::UserAccountControl).unwrap_or_default();
    let group = packed.number(Attribute::PrimaryGroupId);
    control & (SERVER_TRUST | PARTIAL_SECRETS) != 0 || group.is_some_and(|rid| CONTROLLERS.contains(&rid))
}
