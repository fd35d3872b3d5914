//! Objects of DCOM that servers handed out: what is known of an IPID, which every call of an object carries as its object
//! UUID, sealed ones too ([MS-DCOM] 2.2.18.2, 3.1.1.5.4).
//!
//! An object is activated on one connection and called on another. One table serves all flows of a worker; what is learnt is
//! kept for the two addresses that it was said between, as of [`super::endpoints`].

use std::collections::VecDeque;
use std::net::IpAddr;

use compact_str::CompactString;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::uuid::Uuid;
use crate::context::Context;
use crate::fields::{Fields, Value};

/// Interface pointers that are known at once; the oldest gives way.
const MAX_OBJECTS: usize = 8_192;

/// Names of members that are known of one object.
const MAX_MEMBERS: usize = 32;

/// Octets of a member's name: one that is longer is not remembered, as its end may be what says that it takes a password.
const MAX_NAME: usize = 128;

/// Octets of one text that are remembered.
const MAX_TEXT: usize = 512;

/// Between whom objects are handed out and called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Peers {
    client: IpAddr,
    server: IpAddr,
}

impl Peers {
    /// The ends of a flow.
    pub(super) const fn of(context: &Context<'_>) -> Self {
        Self {
            client: context.flow.client.ip,
            server: context.flow.server.ip,
        }
    }
}

/// What is known of an interface pointer.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// The interface it points to.
    pub(super) interface: Option<Uuid>,
    /// References that the client holds.
    references: u32,
    /// What every call of it says: `clsid`, `class`, `reached_by`, `namespace`.
    pub(super) details: Fields,
    /// Names of its members by their DISPIDs.
    members: Vec<(u32, CompactString)>,
}

impl Object {
    /// A pointer to `interface` that came with so many references.
    pub(super) fn new(interface: Uuid, references: u32, mut details: Fields) -> Self {
        for name in ["namespace", "query", "reached_by"] {
            if let Some(Value::Text(text)) = details.get_mut(name) {
                cut(text, MAX_TEXT);
            }
        }
        details.shrink();
        Self {
            interface: Some(interface),
            references,
            details,
            members: Vec::new(),
        }
    }

    /// The name of a member that was asked for.
    pub(super) fn member(&self, number: u32) -> Option<&CompactString> {
        let known = self.members.iter().find(|(known, _)| *known == number);
        known.map(|(_, name)| name)
    }
}

fn cut(text: &mut CompactString, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    peers: Peers,
    id: Id,
}

/// What is known: an interface pointer by its IPID, or by its OXID the exporter that objects were made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Id {
    Pointer(Uuid),
    Exporter(u64),
}

impl Key {
    const fn pointer(peers: Peers, ipid: Uuid) -> Self {
        let id = Id::Pointer(ipid);
        Self { peers, id }
    }

    const fn exporter(peers: Peers, oxid: u64) -> Self {
        let id = Id::Exporter(oxid);
        Self { peers, id }
    }
}

/// The objects that are known: nothing is set aside for them before the first.
#[derive(Debug, Default)]
pub(crate) struct Objects(Option<Box<Table>>);

#[derive(Debug, Default)]
struct Table {
    known: HashMap<Key, (u64, Object), RandomState>,
    /// Keys in order of their learning, each with the number that it was learnt under: one that was released and learnt anew
    /// stands here twice.
    order: VecDeque<(u64, Key)>,
    learnt: u64,
}

impl Objects {
    /// What is known of an IPID.
    pub(super) fn get(&self, peers: Peers, ipid: Uuid) -> Option<&Object> {
        let known = self.0.as_ref()?.known.get(&Key::pointer(peers, ipid))?;
        Some(&known.1)
    }

    /// What the objects of an exporter say that was activated for one class: nothing where it was for several.
    pub(super) fn exporter(&self, peers: Peers, oxid: u64) -> Option<&Fields> {
        let known = self.0.as_ref()?.known.get(&Key::exporter(peers, oxid))?;
        Some(&known.1.details)
    }

    /// An object that says `details` was activated in an exporter. Returns whether the oldest had to give way.
    pub(super) fn learn_exporter(&mut self, peers: Peers, oxid: u64, details: Fields) -> bool {
        let key = Key::exporter(peers, oxid);
        let table = self.0.get_or_insert_default();
        if let Some((_, known)) = table.known.get_mut(&key) {
            if known.details != details {
                known.details = Fields::new();
            }
            return false;
        }
        let object = Object {
            details,
            ..Object::default()
        };
        table.learn(key, object)
    }

    /// The server handed `object` out. Returns whether the oldest had to give way.
    pub(super) fn learn(&mut self, peers: Peers, ipid: Uuid, object: Object) -> bool {
        let key = Key::pointer(peers, ipid);
        self.0.get_or_insert_default().learn(key, object)
    }

    /// The client holds so many more references.
    pub(super) fn add(&mut self, peers: Peers, ipid: Uuid, references: u32) {
        if let Some(object) = self.get_mut(peers, ipid) {
            object.references = object.references.saturating_add(references);
        }
    }

    /// The client gives so many references back: the object is forgotten with the last of them.
    pub(super) fn release(&mut self, peers: Peers, ipid: Uuid, references: u32) {
        let Some(object) = self.get_mut(peers, ipid) else {
            return;
        };
        object.references = object.references.saturating_sub(references);
        if object.references == 0
            && let Some(table) = &mut self.0
        {
            table.known.remove(&Key::pointer(peers, ipid));
        }
    }

    /// A member goes by `name`. Returns whether there was no room for it.
    pub(super) fn name(&mut self, peers: Peers, ipid: Uuid, number: u32, name: CompactString) -> bool {
        let Some(object) = self.get_mut(peers, ipid) else {
            return false;
        };
        object.members.retain(|(known, _)| *known != number);
        let full = object.members.len() >= MAX_MEMBERS || name.len() > MAX_NAME;
        if !full {
            object.members.push((number, name));
        }
        full
    }

    fn get_mut(&mut self, peers: Peers, ipid: Uuid) -> Option<&mut Object> {
        let known = self.0.as_mut()?.known.get_mut(&Key::pointer(peers, ipid))?;
        Some(&mut known.1)
    }
}

impl Table {
    /// What was known of it before stays: a pointer that comes again brings references alone.
    fn learn(&mut self, key: Key, object: Object) -> bool {
        if let Some((_, known)) = self.known.get_mut(&key) {
            known.references = known.references.saturating_add(object.references);
            known.details.append(object.details);
            return false;
        }
        let full = self.order.len() >= MAX_OBJECTS && self.forget_oldest();
        self.learnt += 1;
        self.known.insert(key, (self.learnt, object));
        self.order.push_back((self.learnt, key));
        full
    }

    /// Whether the oldest was still held.
    fn forget_oldest(&mut self) -> bool {
        let Some((number, key)) = self.order.pop_front() else {
            return false;
        };
        let held = self.known.get(&key).is_some_and(|(known, _)| *known == number);
        if held {
            self.known.remove(&key);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISPATCH: Uuid = Uuid::parse("00020400-0000-0000-c000-000000000046");

    fn peers(client: u32) -> Peers {
        Peers {
            client: IpAddr::from(client.to_be_bytes()),
            server: IpAddr::from([10, 0, 0, 2]),
        }
    }

    fn object(references: u32) -> Object {
        let mut details = Fields::new();
        details.set("class", "MMC20.Application");
        Object::new(DISPATCH, references, details)
    }

    #[test]
    fn an_object_is_forgotten_with_its_last_reference() {
        let ipid = Uuid::parse("00000c0d-19e0-1884-fe46-cc4443a1fc64");
        let mut objects = Objects::default();
        objects.learn(peers(1), ipid, object(5));
        objects.learn(peers(1), ipid, object(5));
        objects.add(peers(1), ipid, 2);
        assert!(objects.get(peers(2), ipid).is_none(), "it is another client's");
        objects.release(peers(1), ipid, 11);
        let known = objects.get(peers(1), ipid).unwrap();
        assert_eq!(known.details.get_text("class"), Some("MMC20.Application"));
        objects.release(peers(1), ipid, 1);
        assert!(objects.get(peers(1), ipid).is_none());
    }

    #[test]
    fn an_exporter_of_several_classes_is_of_none() {
        let class = |name: &'static str| {
            let mut details = Fields::new();
            details.set("class", name);
            details
        };
        let mut objects = Objects::default();
        objects.learn_exporter(peers(1), 7, class("ShellWindows"));
        objects.learn_exporter(peers(1), 7, class("ShellWindows"));
        assert_eq!(objects.exporter(peers(1), 7), Some(&class("ShellWindows")));
        assert_eq!(objects.exporter(peers(2), 7), None);
        objects.learn_exporter(peers(1), 7, class("ShellBrowserWindow"));
        objects.learn_exporter(peers(1), 7, class("ShellBrowserWindow"));
        assert_eq!(objects.exporter(peers(1), 7), Some(&Fields::new()));
    }

    #[test]
    fn members_are_bounded_and_renamed() {
        let ipid = Uuid::parse("00000c0d-19e0-1884-fe46-cc4443a1fc64");
        let mut objects = Objects::default();
        assert!(!objects.name(peers(1), ipid, 1, "nobody's".into()));
        objects.learn(peers(1), ipid, object(1));
        for number in 0..MAX_MEMBERS as u32 {
            assert!(!objects.name(peers(1), ipid, number, "é".repeat(MAX_NAME / 2).into()));
        }
        assert!(objects.name(peers(1), ipid, 1000, "one more".into()));
        assert!(!objects.name(peers(1), ipid, 3, "Document".into()), "in its own place");
        let known = objects.get(peers(1), ipid).unwrap();
        assert_eq!(known.member(3).map(CompactString::as_str), Some("Document"));
        assert_eq!(known.member(4).map(CompactString::len), Some(MAX_NAME));
        assert_eq!(known.member(1000), None);
        assert!(objects.name(peers(1), ipid, 4, "x".repeat(MAX_NAME + 1).into()));
        assert_eq!(
            objects.get(peers(1), ipid).unwrap().member(4),
            None,
            "its old name is not its own any more"
        );
    }

    #[test]
    fn the_table_is_bounded() {
        let ipid = Uuid::parse("00000c0d-19e0-1884-fe46-cc4443a1fc64");
        let mut objects = Objects::default();
        for client in 0..MAX_OBJECTS as u32 + 10 {
            let full = objects.learn(peers(client), ipid, object(1));
            assert_eq!(full, client as usize >= MAX_OBJECTS);
        }
        assert!(objects.get(peers(9), ipid).is_none());
        assert!(objects.get(peers(10), ipid).is_some());
    }

    #[test]
    fn what_was_released_gives_way_to_no_ones_loss() {
        let ipid = Uuid::parse("00000c0d-19e0-1884-fe46-cc4443a1fc64");
        let mut objects = Objects::default();
        for _ in 0..MAX_OBJECTS * 3 {
            assert!(!objects.learn(peers(1), ipid, object(1)));
            objects.release(peers(1), ipid, 1);
        }
        let table = objects.0.unwrap();
        assert_eq!((table.known.len(), table.order.len()), (0, MAX_OBJECTS));
    }
}
