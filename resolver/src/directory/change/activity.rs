//! A difference as an activity: `directory_change`.

use std::net::{IpAddr, Ipv4Addr};

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use compact_str::{CompactString, format_compact};
use parsers::activity::{Activity, Kind, Origin, Outcome};
use parsers::protocol::ProtocolId;

use super::{Attribute, Change, Difference, Record, life};
use crate::author;
use crate::directory::name;
use crate::directory::object::Object;
use crate::directory::packed::Packed;
use crate::directory::record::sid;
use crate::entity::Entity;

/// Nobody was seen at either end: printed as nothing.
const NOBODY: Endpoint = Endpoint {
    ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    port: 0,
    mac: None,
};

impl Difference {
    /// The activity that says so: of whenChanged, or of `seen` where the controller did not tell it.
    pub(crate) fn activity(&self, change: &Change, seen: Timestamp, capture: CaptureId) -> Box<Activity> {
        let time = change.when_changed.unwrap_or(seen);
        let mut activity = Activity::new(Kind::DirectoryChange, ProtocolId::Ldap, &nowhere(capture), time);
        activity.origin = Origin::Directory;
        activity.action_type = self.action;
        activity.outcome = Outcome::Success;
        activity.changes = true;
        activity.details.clone_from(&self.details);
        let dn = dn(change);
        let details = &mut activity.details;
        details.set_some("object_dn", dn.cloned());
        details.set("object_guid", format_compact!("{}", change.guid));
        details.set_some("usn", change.usn);
        let observed = &mut activity.observed;
        observed.dn = self.about.as_ref().or(dn).cloned();
        if self.about.is_none() {
            let record = change.after.as_ref().or(change.before.as_ref());
            observed.sid = record.and_then(|record| record.all(Attribute::ObjectSid).find_map(sid));
            observed.target_account = record.and_then(|record| record.text(Attribute::SamAccountName));
            observed.target_domain = Some(change.domain.clone()).filter(|domain| !domain.is_empty());
        }
        Box::new(activity)
    }
}

impl Change {
    /// The object as an entity, from what is known of it now or else was: none for what is neither account, group nor trust.
    pub(crate) fn entity(&self) -> Option<Entity> {
        let alive = |record: &&Record| !life::is_deleted(record);
        let after = self.after.as_ref();
        entity(after.filter(alive).or(self.before.as_ref()).or(after)?)
    }

    /// Every name that writes may have called the object by, in the forms that they are compared in.
    pub(crate) fn names(&self) -> Vec<CompactString> {
        let records = || self.before.iter().chain(&self.after);
        let mut names = vec![format_compact!("{}", self.guid)];
        let dns = self.dn_before.iter().chain(records().map(|record| &record.dn));
        names.extend(dns.filter(|dn| !dn.is_empty()).map(|dn| name::dn(dn)));
        names.extend(records().filter_map(|record| record.all(Attribute::ObjectSid).find_map(sid)));
        let accounts = records().filter_map(|record| record.text(Attribute::SamAccountName));
        names.extend(accounts.map(|account| author::account_name(&account, &self.domain)));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What a record describes, as an entity.
pub(super) fn entity(record: &Record) -> Option<Entity> {
    let object = Object::of(&Packed::of(record))?;
    Some(object.entity(name::domain_of(&name::dn(&record.dn)).as_ref()))
}

/// Where the object is, or was: not where a tombstone lies.
fn dn(change: &Change) -> Option<&CompactString> {
    let before = change
        .dn_before
        .as_ref()
        .or(change.before.as_ref().map(|record| &record.dn));
    let after = change.after.as_ref();
    let alive = after.filter(|record| !life::is_deleted(record));
    let dn = alive.map(|record| &record.dn).or(before);
    dn.or(after.map(|record| &record.dn)).filter(|dn| !dn.is_empty())
}

/// A flow that was not captured.
fn nowhere(capture: CaptureId) -> Flow {
    Flow {
        id: 0,
        transport: Transport::Tcp,
        client: NOBODY,
        server: NOBODY,
        tunnel: Tunnel::default(),
        capture,
        midstream: false,
    }
}
