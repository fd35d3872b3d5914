//! Records become a snapshot: one object a DN, the later one wins; then names, groups and tags.

use std::sync::Arc;

use compact_str::CompactString;
use hashbrown::HashMap;

use super::Snapshot;
use super::domain::Domains;
use super::index::Index;
use super::membership::{Membership, is_privileged};
use super::name;
use super::object::Object;
use super::record::Record;
use crate::entity::{EntityKind, Tag};

/// The most objects a snapshot holds: far more than the largest directories. Further ones are told as problems.
pub(crate) const MAX_OBJECTS: usize = 8 << 20;

/// A snapshot in the making.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    objects: Vec<Object>,
    by_dn: HashMap<CompactString, u32>,
    domains: Domains,
}

impl Builder {
    /// Adds what `record` describes; false where the snapshot is full.
    pub(crate) fn add(&mut self, record: &Record) -> bool {
        let dn = name::dn(&record.dn);
        self.domains.learn(record, &dn);
        let Some(object) = Object::of(record, dn) else {
            return true;
        };
        if let Some(known) = self
            .by_dn
            .get(&object.dn)
            .and_then(|at| self.objects.get_mut(*at as usize))
        {
            *known = object;
            return true;
        }
        let Some(position) = u32::try_from(self.objects.len())
            .ok()
            .filter(|_| self.objects.len() < MAX_OBJECTS)
        else {
            return false;
        };
        self.by_dn.insert(object.dn.clone(), position);
        self.objects.push(object);
        true
    }

    pub(crate) fn finish(mut self) -> Snapshot {
        let names = self.objects.iter().filter_map(|object| object.entity.domain.as_deref());
        self.domains.complete(names);
        let mut snapshot = Snapshot {
            domains: self.domains,
            ..Snapshot::default()
        };
        for (object, position) in self.objects.iter().zip(0..) {
            enter(&mut snapshot, object, position);
        }
        for (object, position) in self.objects.iter().zip(0..) {
            for sid in &object.sid_history {
                snapshot.sids.insert_absent(sid.clone(), position);
            }
        }
        let (dns, sids) = (&snapshot.dns, &snapshot.sids);
        snapshot.membership = Membership::of(&self.objects, |dn| dns.unique(dn), |sid| sids.unique(sid));
        tag(&mut self.objects, &snapshot.membership);
        snapshot.entities = self.objects.into_iter().map(|object| Arc::new(object.entity)).collect();
        snapshot
    }
}

/// Enters every name of an object into the indices.
fn enter(snapshot: &mut Snapshot, object: &Object, position: u32) {
    let entity = &object.entity;
    let put = |index: &mut Index, name: Option<&str>| {
        if let Some(name) = name {
            index.insert(name::fold(name), position);
        }
    };
    snapshot.dns.insert(object.dn.clone(), position);
    if let Some(sid) = &entity.sid {
        snapshot.sids.insert(sid.clone(), position);
    }
    if let Some(guid) = &entity.guid {
        snapshot.guids.insert(guid.clone(), position);
    }
    if object.deleted {
        return;
    }
    let trusted = entity.kind == EntityKind::Trust && !entity.name.ends_with('$');
    put(
        if trusted {
            &mut snapshot.trusts
        } else {
            &mut snapshot.accounts
        },
        Some(&entity.name),
    );
    put(&mut snapshot.upns, entity.upn.as_deref());
    put(&mut snapshot.hosts, entity.dns_name.as_deref());
    for spn in &object.spns {
        snapshot.spns.insert(spn.clone(), position);
    }
}

/// Tags everybody privileged, directly or through groups.
fn tag(objects: &mut [Object], membership: &Membership) {
    let privileged = |object: &Object| {
        object.protected || is_privileged(&object.entity) || object.entity.tags.contains(&Tag::DomainController)
    };
    let roots = objects.iter().zip(0..).filter(|(object, _)| privileged(object));
    let roots: Vec<u32> = roots.map(|(_, position)| position).collect();
    let reached = membership.closure(roots.into_iter(), objects.len());
    for (object, sensitive) in objects.iter_mut().zip(reached) {
        if sensitive {
            object.entity.tag(Tag::Sensitive);
        }
    }
}
