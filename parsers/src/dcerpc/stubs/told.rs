//! What a call says of itself, gathered from its request and its response.

use capture::Timestamp;
use compact_str::CompactString;
use thin_vec::ThinVec;

use super::long::shorten;
use super::{Memory, Operation};
use crate::activity::{Kind, Observed, Outcome};
use crate::dcerpc::endpoints::Endpoint;
use crate::dcerpc::ndr::Handle;
use crate::dcerpc::uuid::Uuid;
use crate::fields::{Fields, Value};

/// Most items of a list that are told one by one.
pub(in crate::dcerpc) const LISTED: usize = 256;

/// Ports that one answer teaches.
const MAX_LEARNT: usize = 64;

/// What a context handle names: said by every call that is made on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dcerpc) struct Subject {
    /// The account it is.
    pub(in crate::dcerpc) account: Option<CompactString>,
    /// The account's domain, or the domain it is.
    pub(in crate::dcerpc) domain: Option<CompactString>,
    /// Its SID.
    pub(in crate::dcerpc) sid: Option<CompactString>,
    /// Details: `service`, `key`, `secret_name`.
    pub(in crate::dcerpc) details: Fields,
}

impl Subject {
    /// Nothing yet.
    pub(in crate::dcerpc) fn new() -> Self {
        Self::default()
    }

    /// Adds a detail.
    pub(in crate::dcerpc) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.replace(name, value);
        self
    }

    /// The text of a detail.
    pub(in crate::dcerpc) fn text(&self, name: &str) -> Option<&str> {
        self.details.get_text(name)
    }

    /// Cuts all of its texts to what is told of a long one; whether there was more.
    pub(super) fn shorten(&mut self) -> bool {
        let own = [&mut self.account, &mut self.domain, &mut self.sid]
            .into_iter()
            .flatten();
        let texts = own.chain(self.details.texts_mut());
        texts.map(shorten).fold(false, |cut, long| cut | long)
    }
}

/// What a call says.
#[derive(Debug)]
pub(in crate::dcerpc) struct Told {
    /// The kind of activity.
    pub(in crate::dcerpc) kind: Kind,
    /// Its action type.
    pub(in crate::dcerpc) action: Option<&'static str>,
    /// It changes something: repeats of it are told one by one.
    pub(in crate::dcerpc) changes: bool,
    /// What else it says.
    pub(in crate::dcerpc) details: Fields,
    /// Whom it is about.
    pub(in crate::dcerpc) observed: Observed,
    /// It is the logon of whom it is about: its status tells why that failed.
    pub(in crate::dcerpc) logon: bool,
    /// Details of what it is about, which give way to its own.
    pub(super) inherited: Fields,
    /// What the server's clock says, in an answer that tells it.
    pub(in crate::dcerpc) clock: Option<Timestamp>,
    /// A limit that reading it hit.
    pub(super) limit: Option<&'static str>,
    /// Ports that the endpoint mapper or the object resolver named.
    pub(super) learnt: Vec<Endpoint>,
    /// The IPID of the object that the call is made on ([MS-DCOM] 1.3.3).
    pub(super) object: Option<Uuid>,
    /// Interfaces of it that are asked for.
    pub(super) interfaces: Vec<Uuid>,
    /// What the answer says came of it, where that is not its result alone.
    pub(super) outcome: Option<Outcome>,
    subject: Option<Subject>,
    handle: Option<Handle>,
}

impl Told {
    /// Nothing but what the operation is.
    pub(super) fn new(operation: &Operation) -> Self {
        Self {
            kind: operation.kind,
            action: operation.action,
            changes: operation.changes,
            details: operation.fields(),
            observed: Observed::default(),
            inherited: Fields::new(),
            logon: false,
            clock: None,
            limit: None,
            learnt: Vec::new(),
            object: None,
            interfaces: Vec::new(),
            outcome: None,
            subject: None,
            handle: None,
        }
    }

    /// Whether the same is said by `other`.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.details == other.details
            && self.observed == other.observed
            && self.handle == other.handle
    }

    /// The call is made on `handle`: says what that names, and returns it.
    pub(in crate::dcerpc) fn on<'m>(&mut self, handle: Handle, memory: &'m Memory) -> Option<&'m Subject> {
        self.handle = Some(handle);
        let subject = memory.subject(handle)?;
        self.about(subject);
        Some(subject)
    }

    /// As [`Self::on`], for a call that says nothing of what the handle names.
    pub(in crate::dcerpc) fn made_on(&mut self, handle: Handle) {
        self.handle = Some(handle);
    }

    /// The call is about `subject`; what was said before stays.
    pub(in crate::dcerpc) fn about(&mut self, subject: &Subject) {
        let seen = &mut self.observed;
        keep(&mut seen.target_account, subject.account.as_ref());
        keep(&mut seen.target_domain, subject.domain.as_ref());
        keep(&mut seen.sid, subject.sid.as_ref());
        self.inherited.append(subject.details.clone());
    }

    /// The handle that the response returns will name `subject`.
    pub(in crate::dcerpc) fn opens(&mut self, subject: Subject) {
        self.subject = Some(subject);
    }

    /// The response returned `handle`: what [`Self::opens`] said is remembered under it.
    pub(in crate::dcerpc) fn opened(&mut self, handle: Handle, memory: &mut Memory) {
        if let Some(subject) = self.subject.take() {
            memory.remember(handle, subject);
        }
    }

    /// What the response's handle will name, to be added to.
    pub(in crate::dcerpc) fn opening(&mut self) -> Option<&mut Subject> {
        self.subject.as_mut()
    }

    /// The handle that the request was made on was closed, or what it names was deleted.
    pub(in crate::dcerpc) fn closed(&mut self, memory: &mut Memory) {
        if let Some(handle) = self.handle.take() {
            memory.forget(handle);
        }
    }

    /// The handle that the request was made on.
    pub(in crate::dcerpc) const fn handle(&self) -> Option<Handle> {
        self.handle
    }

    /// A port was named: the first [`MAX_LEARNT`] of an answer are learnt.
    pub(super) fn learns(&mut self, endpoint: Endpoint) {
        match self.learnt.len() < MAX_LEARNT {
            true if endpoint.port != 0 => self.learnt.push(endpoint),
            true => {}
            false => self.limit = Some("dcerpc.learnt"),
        }
    }

    /// The text of a detail, its own or of what it is about.
    pub(in crate::dcerpc) fn text(&self, name: &str) -> Option<&str> {
        self.details.get_text(name).or_else(|| self.inherited.get_text(name))
    }

    /// The number of a detail.
    pub(in crate::dcerpc) fn number(&self, name: &str) -> Option<u32> {
        match self.details.get(name) {
            Some(Value::Number(number)) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The texts of a list that was told.
    pub(in crate::dcerpc) fn texts(&self, name: &str) -> Vec<CompactString> {
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            _ => CompactString::default(),
        };
        self.items(name).iter().map(text).collect()
    }

    /// The numbers of a list that was told.
    pub(in crate::dcerpc) fn numbers(&self, name: &str) -> Vec<u32> {
        let number = |value: &Value| match value {
            Value::Number(number) => u32::try_from(*number).unwrap_or_default(),
            _ => 0,
        };
        self.items(name).iter().map(number).collect()
    }

    fn items(&self, name: &str) -> &[Value] {
        match self.details.get(name) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// Adds a list where it is not empty, of which the first [`LISTED`] are kept. The rest is not read: a list of what
    /// nobody looks at costs nothing.
    pub(in crate::dcerpc) fn list<T: Into<Value>>(&mut self, name: &'static str, items: impl IntoIterator<Item = T>) {
        let mut items = items.into_iter();
        let kept: ThinVec<Value> = items.by_ref().take(LISTED).map(Into::into).collect();
        if items.next().is_some() {
            self.limit = Some("dcerpc.listed");
        }
        if !kept.is_empty() {
            self.details.replace(name, Value::List(kept));
        }
    }
}

fn keep(slot: &mut Option<CompactString>, value: Option<&CompactString>) {
    if slot.is_none() {
        slot.clone_from(&value.cloned());
    }
}
