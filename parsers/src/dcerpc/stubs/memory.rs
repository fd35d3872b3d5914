//! What an association remembers between calls: what its context handles name, and the names of SIDs; and, while a stub is
//! read, what all of them know of objects.
//!
//! All are bounded; the oldest gives way. A handle that is not remembered costs its calls their subject and nothing else.

use std::collections::VecDeque;

use compact_str::CompactString;

use super::Subject;
use super::long::shorten;
use crate::context::Context;
use crate::dcerpc::ndr::Handle;
use crate::dcerpc::objects::{Object, Objects, Peers};
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;

/// Handles that are open at once.
const MAX_HANDLES: usize = 128;

/// Names that were learnt.
const MAX_NAMES: usize = 256;

/// The memory of one association.
#[derive(Debug, Default)]
pub(in crate::dcerpc) struct Memory {
    handles: VecDeque<(Handle, Subject)>,
    names: VecDeque<(CompactString, CompactString)>,
    /// The objects of all flows of the worker, while a stub is read, and between whom that is.
    objects: Objects,
    peers: Option<Peers>,
    /// A limit that was hit.
    pub(super) limit: Option<&'static str>,
}

impl Memory {
    /// What `handle` names.
    pub(in crate::dcerpc) fn subject(&self, handle: Handle) -> Option<&Subject> {
        self.handles
            .iter()
            .rev()
            .find(|(known, _)| *known == handle)
            .map(|(_, subject)| subject)
    }

    /// `handle` names `subject` from now on.
    pub(in crate::dcerpc) fn remember(&mut self, handle: Handle, mut subject: Subject) {
        if handle.is_null() {
            return;
        }
        if subject.shorten() {
            self.limit = Some("dcerpc.text");
        }
        self.forget(handle);
        if self.handles.len() >= MAX_HANDLES {
            self.limit = Some("dcerpc.handles");
            self.handles.pop_front();
        }
        self.handles.push_back((handle, subject));
    }

    /// `handle` names nothing any more.
    pub(in crate::dcerpc) fn forget(&mut self, handle: Handle) {
        self.handles.retain(|(known, _)| *known != handle);
    }

    /// The name that was learnt for a SID, or whatever else identifies.
    pub(in crate::dcerpc) fn name(&self, id: &str) -> Option<&CompactString> {
        let known = self.names.iter().rev().find(|(known, _)| known == id);
        known.map(|(_, name)| name)
    }

    /// `id` goes by `name`. The oldest are forgotten: they were looked up long ago.
    pub(in crate::dcerpc) fn learn(&mut self, mut id: CompactString, mut name: CompactString) {
        if shorten(&mut id) | shorten(&mut name) {
            self.limit = Some("dcerpc.text");
        }
        if self.names.iter().any(|known| known.0 == id && known.1 == name) {
            return;
        }
        if self.names.len() >= MAX_NAMES {
            self.limit = Some("dcerpc.names");
            self.names.pop_front();
        }
        self.names.push_back((id, name));
    }

    /// Reads a stub with what the worker knows of objects at hand.
    pub(super) fn with_objects<T>(&mut self, context: &mut Context<'_>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.peers = Some(Peers::of(context));
        std::mem::swap(&mut self.objects, context.objects_mut());
        let read = read(self);
        std::mem::swap(&mut self.objects, context.objects_mut());
        read
    }

    /// What is known of an object of the server.
    pub(super) fn object(&self, ipid: Uuid) -> Option<&Object> {
        self.objects.get(self.peers?, ipid)
    }

    /// The server handed an object out.
    pub(super) fn learn_object(&mut self, ipid: Uuid, object: Object) {
        if let Some(peers) = self.peers
            && self.objects.learn(peers, ipid, object)
        {
            self.limit = Some("dcerpc.objects");
        }
    }

    /// What the objects of an exporter say that was activated for one class.
    pub(super) fn exporter(&self, oxid: u64) -> Option<&Fields> {
        self.objects.exporter(self.peers?, oxid)
    }

    /// An object that says `details` was activated in an exporter.
    pub(super) fn learn_exporter(&mut self, oxid: u64, details: Fields) {
        if let Some(peers) = self.peers
            && self.objects.learn_exporter(peers, oxid, details)
        {
            self.limit = Some("dcerpc.objects");
        }
    }

    /// The client holds more references to an object.
    pub(super) fn add_references(&mut self, ipid: Uuid, count: u32) {
        if let Some(peers) = self.peers {
            self.objects.add(peers, ipid, count);
        }
    }

    /// The client gives references to an object back.
    pub(super) fn release(&mut self, ipid: Uuid, count: u32) {
        if let Some(peers) = self.peers {
            self.objects.release(peers, ipid, count);
        }
    }

    /// A member of an object goes by `name`.
    pub(super) fn name_member(&mut self, ipid: Uuid, member: u32, name: CompactString) {
        if let Some(peers) = self.peers
            && self.objects.name(peers, ipid, member, name)
        {
            self.limit = Some("dcerpc.members");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::LONG;
    use super::*;
    use crate::dcerpc::ndr::{Ndr, Transfer};
    use crate::dcerpc::wire::Order;

    #[test]
    fn what_is_remembered_is_no_longer_than_what_is_told() {
        let mut memory = Memory::default();
        let long = || CompactString::from("x".repeat(60_000));
        let stub = [1; 20];
        let mut ndr = Ndr::new(&stub, Order { little: true }, Transfer::Ndr20);
        let handle = ndr.handle("handle").unwrap();
        let mut subject = Subject::new().with("file", long());
        subject.account = Some(long());
        memory.remember(handle, subject);
        assert_eq!(memory.limit.take(), Some("dcerpc.text"));
        let known = memory.subject(handle).unwrap();
        assert_eq!(known.text("file").map(str::len), Some(LONG));
        assert_eq!(known.account.as_ref().map(CompactString::len), Some(LONG));
        memory.learn("S-1-5-7".into(), long());
        assert_eq!(memory.name("S-1-5-7").map(CompactString::len), Some(LONG));
        assert_eq!(memory.limit.take(), Some("dcerpc.text"));
        let short = Subject::new().with("file", "x");
        memory.remember(handle, short);
        assert_eq!(memory.limit, None);
    }
}
