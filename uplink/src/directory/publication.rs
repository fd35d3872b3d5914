//! What is published at once: a domain as it is, or what of it is not as it was.

use resolver::directory::sync::Session;

use super::object::pack;
use super::section;
use crate::proto::publish_message::Message as Part;
use crate::proto::{Objects, PublishMessage};

/// Sections with their objects, ready to be sent; sending it twice is sending it once.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    whole: bool,
    /// Messages between head and end.
    parts: Vec<PublishMessage>,
    bytes: usize,
    refused: u64,
}

impl Publication {
    /// Everything that `sessions` know.
    pub fn whole<'a>(sessions: impl Iterator<Item = &'a Session>) -> Self {
        let mut publication = Self::new(true);
        sessions.for_each(|session| publication.add(session, session.all_shared()));
        publication
    }

    /// What of `sessions` has changed since they were handed on; none where that is not known of each object of them.
    pub fn difference<'a>(sessions: impl Iterator<Item = &'a Session>) -> Option<Self> {
        let mut publication = Self::new(false);
        for session in sessions.filter(|session| session.is_touched()) {
            publication.add(session, session.touched()?);
        }
        Some(publication)
    }

    const fn new(whole: bool) -> Self {
        Self {
            whole,
            parts: Vec::new(),
            bytes: 0,
            refused: 0,
        }
    }

    fn add(&mut self, session: &Session, objects: impl Iterator<Item = resolver::directory::sync::Shared>) {
        self.push(Part::Section(section::encode(session.section())));
        let mut runs: Vec<Objects> = Vec::new();
        self.refused += pack(objects, |run| runs.push(run));
        for run in runs {
            self.bytes += run.objects.len();
            self.push(Part::Objects(run));
        }
    }

    fn push(&mut self, part: Part) {
        self.parts.push(PublishMessage { message: Some(part) });
    }

    /// Whether it tells everything.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Bytes of its objects, compressed.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Objects that are too large to be told.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = PublishMessage> + use<> {
        self.parts.clone().into_iter()
    }
}
