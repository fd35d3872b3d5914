//! What an association remembers between calls: what its context handles name, and the names of SIDs.
//!
//! Both are bounded; the oldest gives way. A handle that is not remembered costs its calls their subject and nothing else.

use std::collections::VecDeque;

use compact_str::CompactString;

use super::Subject;
use crate::dcerpc::ndr::Handle;

/// Handles that are open at once.
const MAX_HANDLES: usize = 128;

/// Names that were learnt.
const MAX_NAMES: usize = 256;

/// The memory of one association.
#[derive(Debug, Default)]
pub(in crate::dcerpc) struct Memory {
    handles: VecDeque<(Handle, Subject)>,
    names: VecDeque<(CompactString, CompactString)>,
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
    pub(in crate::dcerpc) fn remember(&mut self, handle: Handle, subject: Subject) {
        if handle.is_null() {
            return;
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
    pub(in crate::dcerpc) fn learn(&mut self, id: CompactString, name: CompactString) {
        if self.names.iter().any(|known| known.0 == id && known.1 == name) {
            return;
        }
        if self.names.len() >= MAX_NAMES {
            self.limit = Some("dcerpc.names");
            self.names.pop_front();
        }
        self.names.push_back((id, name));
    }
}
