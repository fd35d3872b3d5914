//! Records become a snapshot: one object a DN, the later one wins; then names, groups and tags.

use std::borrow::Cow;

use compact_str::CompactString;
use hashbrown::HashMap;

use super::Snapshot;
use super::domain::Domains;
use super::index::MAX_POSITIONS;
use super::membership::{Links, Membership, is_privileged};
use super::name;
use super::object::Object;
use super::packed::Packed;
use super::record::{Attribute, Record};
use super::table::Table;

/// The most objects a snapshot holds: far more than the largest directories. Further ones are told as problems.
pub(crate) const MAX_OBJECTS: usize = MAX_POSITIONS;

/// A snapshot in the making.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    objects: Vec<Object>,
    /// Objects of files by their DN.
    by_dn: HashMap<CompactString, u32>,
    /// What objects of files say of their groups and members.
    links: HashMap<u32, Links>,
    /// Groups and their members, where both are known by position.
    edges: Vec<(u32, u32)>,
    /// Groups and members of other domains, by their SID.
    foreign: Vec<(u32, Box<[u8]>)>,
    domains: Domains,
}

impl Builder {
    /// Room for so many objects.
    pub(crate) fn with_capacity(objects: usize) -> Self {
        Self {
            objects: Vec::with_capacity(objects.min(MAX_OBJECTS)),
            ..Self::default()
        }
    }

    /// Adds what `record` describes; false where the snapshot is full.
    pub(crate) fn add(&mut self, record: &Record) -> bool {
        let mut record = Cow::Borrowed(record);
        if record.all(Attribute::NtSecurityDescriptor).next().is_some() {
            // Descriptors are larger than all the rest, and nothing is looked up by them.
            let values = &mut record.to_mut().values;
            values.retain(|(attribute, _)| *attribute != Attribute::NtSecurityDescriptor);
        }
        let packed = Packed::of(&record);
        self.domains.learn(&packed);
        let Some(object) = Object::of(&packed) else {
            return true;
        };
        let dn = name::dn(packed.dn());
        let position = match self.by_dn.get(&dn) {
            Some(at) => *at,
            None => self.objects.len() as u32,
        };
        if !self.put(position, object) {
            return false;
        }
        self.by_dn.insert(dn, position);
        self.links.insert(position, Links::of(&record));
        true
    }

    /// Adds an object of a synchronised domain. Answers its position; none where it is no entity, or there is no room.
    pub(crate) fn add_packed(&mut self, packed: &Packed) -> Option<u32> {
        self.domains.learn(packed);
        let position = self.objects.len() as u32;
        self.put(position, Object::of(packed)?).then_some(position)
    }

    /// Takes over the objects of another snapshot whose domain is `wanted`, by its place, and the names of its domains.
    pub(crate) fn take_over(&mut self, other: &Snapshot, wanted: impl Fn(u16) -> bool) {
        self.domains = other.domains.clone();
        let add = |(object, place): (&Object, &u16)| wanted(*place).then(|| self.add_packed(&object.packed)).flatten();
        let positions: Vec<Option<u32>> = other.objects.iter().zip(&other.domain_places).map(add).collect();
        let at = |position: u32| positions.get(position as usize).copied().flatten();
        for (group, member) in other.membership.edges() {
            if let (Some(group), Some(member)) = (at(group), at(member)) {
                self.link(group, member);
            }
        }
    }

    /// The domain `dns` was not read to its end yet.
    pub(crate) fn unfinished(&mut self, dns: &str) {
        self.domains.unfinished(dns);
    }

    /// The object at `member` belongs to the group at `group`.
    pub(crate) fn link(&mut self, group: u32, member: u32) {
        self.edges.push((group, member));
    }

    /// Whoever has this SID belongs to the group at `group`.
    pub(crate) fn link_sid(&mut self, group: u32, sid: &[u8]) {
        self.foreign.push((group, sid.into()));
    }

    fn put(&mut self, position: u32, object: Object) -> bool {
        if let Some(known) = self.objects.get_mut(position as usize) {
            *known = object;
            return true;
        }
        if self.objects.len() >= MAX_OBJECTS {
            return false;
        }
        self.objects.push(object);
        true
    }

    pub(crate) fn finish(mut self) -> Snapshot {
        let (domain_names, domain_places) = assign_domains(&self.objects);
        self.domains.complete(domain_names.iter().map(CompactString::as_str));
        self.objects.shrink_to_fit();
        let mut snapshot = Snapshot {
            table: Table::of(&self.objects),
            objects: self.objects,
            domain_places,
            domain_names,
            domains: self.domains,
            ..Snapshot::default()
        };
        let foreign = self
            .foreign
            .iter()
            .filter_map(|(group, sid)| Some((*group, snapshot.sid_octets(sid)?.position()?)));
        self.edges.extend(foreign);
        snapshot.membership = Membership::of(&snapshot, self.edges, &self.links);
        tag(&mut snapshot);
        snapshot
    }
}

/// The names of the domains that objects lie in, and for every object the place of its own there.
fn assign_domains(objects: &[Object]) -> (Vec<CompactString>, Vec<u16>) {
    let mut names: Vec<CompactString> = Vec::new();
    let mut known: HashMap<CompactString, u16> = HashMap::new();
    let place = |object: &Object| {
        let tail = tail(object.packed.dn());
        if let Some(place) = known.get(tail) {
            return *place;
        }
        let Some(domain) = name::domain_of(&name::dn(object.packed.dn())) else {
            return u16::MAX;
        };
        let named = names.iter().position(|name| *name == domain);
        let place = named.unwrap_or(names.len()).min(usize::from(u16::MAX)) as u16;
        if named.is_none() && place < u16::MAX {
            names.push(domain);
        }
        known.insert(tail.into(), place);
        place
    };
    let places = objects.iter().map(place).collect();
    (names, places)
}

/// The part of a DN from its first `DC=` on: whatever decides its domain.
fn tail(dn: &str) -> &str {
    let is_start = |window: &[u8]| window.eq_ignore_ascii_case(b",dc=");
    let at = dn.as_bytes().windows(4).position(is_start);
    at.and_then(|at| dn.get(at..)).unwrap_or(dn)
}

/// Tags everybody privileged, directly or through groups.
fn tag(snapshot: &mut Snapshot) {
    let privileged = |object: &&Object| object.is_protected() || is_privileged(object) || object.controller;
    let roots = snapshot
        .objects
        .iter()
        .zip(0..)
        .filter(|(object, _)| privileged(object));
    let roots: Vec<u32> = roots.map(|(_, position)| position).collect();
    let reached = snapshot.membership.closure(roots.into_iter(), snapshot.objects.len());
    for (object, sensitive) in snapshot.objects.iter_mut().zip(reached) {
        object.sensitive = sensitive;
    }
}
