//! A controller that is written down here: it answers searches as [MS-ADTS] has it.

use std::collections::BTreeMap;

use super::super::control::{DIRSYNC, PAGED, paged, read_dirsync, read_paged};
use super::super::metadata;
use super::super::{Controller, Done, Entry, Search};
use crate::directory::Guid;

/// A directory that answers searches as [MS-ADTS] has it.
#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) usn: u64,
    pub(super) objects: BTreeMap<u16, Object>,
    /// Whether DirSync is granted.
    pub(super) dirsync: bool,
    /// Values of an attribute beyond this many come in ranges.
    pub(super) range: usize,
    /// Result code of every search for a further range.
    pub(super) refuses_ranges: Option<u32>,
    /// Entries of a page, where they are more than two.
    pub(super) page: usize,
    /// Result code of the next search instead of an answer.
    pub(super) fails: Option<u32>,
    pub(super) searches: Vec<Search>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    pub(super) dn: String,
    pub(super) values: BTreeMap<&'static str, Vec<Vec<u8>>>,
    pub(super) members: BTreeMap<u16, (u64, bool)>,
    /// USN of each attribute's last change.
    pub(super) stamps: BTreeMap<&'static str, u64>,
    pub(super) usn: u64,
}

pub(super) fn sid(rid: u16) -> Vec<u8> {
    let mut sid = vec![1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
    sid.extend_from_slice(&(1_024 + u32::from(rid)).to_le_bytes());
    sid
}

pub(super) fn guid(id: u16) -> Guid {
    let [low, high] = id.to_le_bytes();
    let mut guid = [low; 16];
    guid[0] ^= high;
    guid[1] ^= high;
    Guid(guid)
}

impl Server {
    pub(super) fn new() -> Self {
        let mut server = Self {
            usn: 100,
            dirsync: true,
            range: usize::MAX,
            ..Self::default()
        };
        server.add(1, "DC=lab,DC=example", &[("objectClass", "domainDNS")]);
        server.add(
            2,
            "OU=Staff,DC=lab,DC=example",
            &[("objectClass", "organizationalUnit")],
        );
        server.user(10, "alice");
        server.user(11, "bob");
        server.add(
            20,
            "CN=Admins,DC=lab,DC=example",
            &[("objectClass", "group"), ("sAMAccountName", "Admins")],
        );
        server.join(20, 10);
        server
    }

    pub(super) fn user(&mut self, id: u16, name: &str) {
        let dn = format!("CN={name},OU=Staff,DC=lab,DC=example");
        self.add(
            id,
            &dn,
            &[
                ("objectClass", "user"),
                ("sAMAccountName", name),
                ("userAccountControl", "512"),
            ],
        );
    }

    pub(super) fn add(&mut self, id: u16, dn: &str, values: &[(&'static str, &str)]) {
        let object = self.objects.entry(id).or_default();
        object.dn = dn.to_owned();
        for (name, value) in values {
            self.set(id, name, &[value.as_bytes()]);
        }
        self.set(id, "objectSid", &[&sid(id)]);
    }

    pub(super) fn set(&mut self, id: u16, name: &'static str, values: &[&[u8]]) {
        self.usn += 1;
        let object = self.objects.get_mut(&id).unwrap();
        object
            .values
            .insert(name, values.iter().map(|value| value.to_vec()).collect());
        object.stamps.insert(name, self.usn);
        object.usn = self.usn;
    }

    pub(super) fn link(&mut self, group: u16, member: u16, there: bool) {
        self.usn += 1;
        let object = self.objects.get_mut(&group).unwrap();
        object.members.insert(member, (self.usn, there));
        object.usn = self.usn;
    }

    pub(super) fn join(&mut self, group: u16, member: u16) {
        self.link(group, member, true);
    }

    pub(super) fn leave(&mut self, group: u16, member: u16) {
        self.link(group, member, false);
    }

    pub(super) fn rename(&mut self, id: u16, dn: &str) {
        let before = std::mem::replace(&mut self.objects.get_mut(&id).unwrap().dn, dn.to_owned());
        for object in self.objects.values_mut() {
            if let Some(head) = object.dn.strip_suffix(&format!(",{before}")) {
                object.dn = format!("{head},{dn}");
            }
        }
        let name = dn.split(['=', ',']).nth(1).unwrap().to_owned();
        self.set(id, "name", &[name.as_bytes()]);
    }

    pub(super) fn delete(&mut self, id: u16) {
        let dn = format!("CN=x\\0ADEL:{},CN=Deleted Objects,DC=lab,DC=example", guid(id));
        self.rename(id, &dn);
        self.set(id, "userAccountControl", &[]);
        self.set(id, "isDeleted", &[b"TRUE"]);
        self.objects.values_mut().for_each(|object| {
            object.members.remove(&id);
        });
    }

    pub(super) fn extended(&self, id: u16) -> Vec<u8> {
        format!("<GUID={}>;{}", guid(id), self.objects[&id].dn).into_bytes()
    }

    pub(super) fn entry(&self, id: u16, since: u64, increments: bool, from: usize) -> Entry {
        let object = &self.objects[&id];
        let mut attributes: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        for (name, values) in &object.values {
            let changed = object.stamps[name] > since;
            if increments && changed {
                attributes.push(((*name).to_owned(), values.clone()));
            } else if !increments {
                self.in_range(name, values, from, &mut attributes);
            }
        }
        attributes.push(("objectGUID".into(), vec![guid(id).0.to_vec()]));
        if let Some(stamp) = object.stamps.get("isDeleted") {
            attributes.push((metadata::ATTRIBUTE.into(), vec![metadata::written(*stamp)]));
        }
        let links = |there: bool| -> Vec<Vec<u8>> {
            let own = object
                .members
                .iter()
                .filter(|(_, (usn, is))| *is == there && (!increments || *usn > since));
            own.map(|(member, _)| self.extended(*member)).collect()
        };
        if increments {
            attributes.push(("member;range=1-1".into(), links(true)));
            attributes.push(("member;range=0-0".into(), links(false)));
            attributes.retain(|(name, values)| !name.starts_with("member") || !values.is_empty());
        } else {
            self.in_range("member", &links(true), from, &mut attributes);
        }
        let attributes = attributes.into_iter().map(|(name, values)| (name.into_bytes(), values));
        Entry {
            dn: self.extended(id),
            attributes: attributes.collect(),
        }
    }

    /// Values from one on, as many as go into an answer; where these are not all, the attribute is named without any, too.
    fn in_range(&self, name: &str, all: &[Vec<u8>], from: usize, attributes: &mut Vec<(String, Vec<Vec<u8>>)>) {
        let part: Vec<_> = all.iter().skip(from).take(self.range).cloned().collect();
        if part.is_empty() {
            return;
        }
        let end = from + part.len();
        let described = match end == all.len() {
            true if from == 0 => name.to_owned(),
            true => format!("{name};range={from}-*"),
            false => format!("{name};range={from}-{}", end - 1),
        };
        let is_part = described != name;
        attributes.push((described, part));
        if is_part {
            attributes.push((name.to_owned(), Vec::new()));
        }
    }

    /// The answer to a search: of each entry only what was asked for.
    pub(super) fn answer(&mut self, search: &Search) -> (Vec<Entry>, Done) {
        let (mut entries, done) = self.found(search);
        for entry in &mut entries {
            entry.attributes.retain(|(name, _)| is_asked(search, name));
        }
        (entries, done)
    }

    fn found(&mut self, search: &Search) -> (Vec<Entry>, Done) {
        self.searches.push(search.clone());
        if let Some(code) = self.fails.take() {
            return (
                Vec::new(),
                Done {
                    code,
                    ..Done::default()
                },
            );
        }
        let control = |oid: &str| search.controls.iter().find(|control| control.oid == oid);
        if let Some(dirsync) = control(DIRSYNC) {
            return self.dirsync(search, dirsync.value.as_ref().unwrap());
        }
        if let Some(wanted) = search.base.strip_prefix("<GUID=") {
            return self.base(search, wanted.trim_end_matches('>'));
        }
        if search.filter.contains("objectGUID=") {
            return self.named(search);
        }
        let since = search
            .filter
            .split_once("uSNChanged>=")
            .map_or(0, |(_, rest)| rest.trim_end_matches(')').parse::<u64>().unwrap() - 1);
        let cookie = read_paged(control(PAGED).unwrap().value.as_ref().unwrap()).unwrap();
        let start: usize = String::from_utf8(cookie).unwrap().parse().unwrap_or(0);
        let half = half_of(&search.filter);
        let ids: Vec<u16> = self
            .objects
            .iter()
            .filter(|(_, object)| object.usn > since && half.is_none_or(|half| half == is_computer(object)))
            .map(|(id, _)| *id)
            .collect();
        let size = self.page.max(2);
        let page = ids.iter().skip(start).take(size);
        let entries: Vec<Entry> = page.map(|id| self.entry(*id, 0, false, 0)).collect();
        let next = if start + size < ids.len() {
            (start + size).to_string()
        } else {
            String::new()
        };
        let done = Done {
            controls: vec![(PAGED.into(), paged_answer(next.as_bytes()))],
            ..Done::default()
        };
        (entries, done)
    }

    /// Objects whose GUIDs are in the filter.
    fn named(&self, search: &Search) -> (Vec<Entry>, Done) {
        let written = |id: u16| {
            let octets = guid(id).0.map(|octet| format!("\\{octet:02x}"));
            format!("(objectGUID={})", octets.concat())
        };
        let ids = self.objects.keys().filter(|id| search.filter.contains(&written(**id)));
        let entries = ids.map(|id| self.entry(*id, 0, false, 0)).collect();
        (entries, Done::default())
    }

    pub(super) fn base(&self, search: &Search, wanted: &str) -> (Vec<Entry>, Done) {
        let Some(id) = self.objects.keys().find(|id| guid(**id).to_string() == wanted) else {
            return (
                Vec::new(),
                Done {
                    code: 32,
                    ..Done::default()
                },
            );
        };
        let range = search.attributes[0].split_once(";range=");
        if let (Some(_), Some(code)) = (range, self.refuses_ranges) {
            let done = Done {
                code,
                ..Done::default()
            };
            return (Vec::new(), done);
        }
        let from = range.map_or(0, |(_, rest)| rest.trim_end_matches("-*").parse().unwrap());
        let mut entry = self.entry(*id, 0, false, from);
        let groups = self
            .objects
            .iter()
            .filter(|(_, group)| group.members.get(id).is_some_and(|(_, there)| *there));
        let groups: Vec<_> = groups.map(|(group, _)| self.extended(*group)).collect();
        let mut member_of = Vec::new();
        self.in_range("memberOf", &groups, from, &mut member_of);
        let member_of = member_of.into_iter().map(|(name, values)| (name.into_bytes(), values));
        entry.attributes.extend(member_of);
        (vec![entry], Done::default())
    }

    pub(super) fn dirsync(&self, search: &Search, value: &[u8]) -> (Vec<Entry>, Done) {
        if !self.dirsync {
            return (
                Vec::new(),
                Done {
                    code: 50,
                    ..Done::default()
                },
            );
        }
        let (_, cookie) = read_dirsync(value).unwrap();
        let since = match cookie.as_slice() {
            [] => 0,
            cookie => match String::from_utf8(cookie.to_vec()).unwrap().parse() {
                Ok(since) => since,
                Err(_) => {
                    return (
                        Vec::new(),
                        Done {
                            code: 12,
                            ..Done::default()
                        },
                    );
                }
            },
        };
        let ids = self
            .objects
            .iter()
            .filter(|(_, object)| object.usn > since && !search.filter.contains("dMD"));
        let entries = ids.map(|(id, _)| self.entry(*id, since, true, 0)).collect();
        let cookie = self.usn.to_string();
        let answer = (DIRSYNC.to_owned(), dirsync_answer(cookie.as_bytes()));
        (
            entries,
            Done {
                controls: vec![answer],
                ..Done::default()
            },
        )
    }

    pub(super) fn controller(&self) -> Controller {
        Controller {
            name: "CN=NTDS Settings,CN=DC1".into(),
            usn: self.usn,
        }
    }
}

/// Of the filters that are sent, those of a full read's halves alone do not find every object that is here: computers, or all others.
fn half_of(filter: &str) -> Option<bool> {
    let is_of_others = filter.contains("(!(objectClass=computer))");
    (is_of_others || filter.contains("(objectClass=computer)")).then_some(!is_of_others)
}

fn is_computer(object: &Object) -> bool {
    object.values["objectClass"].iter().any(|class| class == b"computer")
}

/// Whether an attribute, options aside, is one that the search asks for.
fn is_asked(search: &Search, name: &[u8]) -> bool {
    let plain = |name: &str| name.split(';').next().unwrap().to_lowercase();
    let name = plain(std::str::from_utf8(name).unwrap());
    search.attributes.iter().any(|asked| plain(asked) == name)
}

pub(super) fn paged_answer(cookie: &[u8]) -> Vec<u8> {
    paged(0, cookie).value.unwrap()
}

/// As a request, but with a zero in the place of the flags: no more to come.
pub(super) fn dirsync_answer(cookie: &[u8]) -> Vec<u8> {
    let mut value = vec![
        0x30,
        6 + 2 + cookie.len() as u8,
        2,
        1,
        0,
        2,
        1,
        0,
        4,
        cookie.len() as u8,
    ];
    value.extend_from_slice(cookie);
    value
}
