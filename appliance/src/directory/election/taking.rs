//! Takes what is followed into a domain's sessions.

use resolver::directory::sync::{Context, Section, Session};
use uplink::directory::{Followed, Place};

use crate::directory::domain::Domain;
use crate::directory::folder::Folder;

/// A publication that comes in.
pub(super) struct Taking<'a> {
    domain: &'a mut Domain,
    folder: &'a Folder,
    begun: Option<(Place, bool)>,
    open: Vec<Section>,
    /// The naming context that objects belong to; none where it is not ours.
    current: Option<Context>,
    /// Where the log is known up to.
    pub(super) place: Option<Place>,
    /// What was last told was told by a sensor that keeps other attributes.
    pub(super) foreign: Option<bool>,
}

impl<'a> Taking<'a> {
    pub(super) const fn new(domain: &'a mut Domain, folder: &'a Folder) -> Self {
        Self {
            domain,
            folder,
            begun: None,
            open: Vec::new(),
            current: None,
            place: None,
            foreign: None,
        }
    }

    pub(super) fn handle(&mut self, followed: Followed) {
        match followed {
            Followed::Begin { place, whole } => {
                self.begun = Some((place, whole));
                self.open.clear();
                self.current = None;
            }
            Followed::Section(section, same) => self.section(section, same),
            Followed::Objects(objects) => {
                let context = self.current;
                let session = self
                    .domain
                    .sessions
                    .iter_mut()
                    .find(|session| Some(session.context()) == context);
                if let Some(session) = session {
                    objects.iter().for_each(|shared| session.take(shared));
                }
            }
            Followed::End => self.end(),
        }
    }

    /// What is of another domain, or of a Configuration partition that another domain of ours reads, is passed over.
    fn section(&mut self, section: Section, same: bool) {
        let name = &self.domain.status.name;
        let ours = match section.context {
            Context::Domain => section.domain == *name,
            Context::Configuration => self.folder.claim(&section.base, name),
        };
        self.current = ours.then_some(section.context);
        let Some((_, whole)) = self.begun.as_ref().filter(|_| ours) else {
            return;
        };
        let dirsync = self.domain.config.dirsync;
        let sessions = &mut self.domain.sessions;
        sessions.retain(|session| session.context() != section.context || session.base() == section.base);
        let known = sessions.iter().position(|session| session.context() == section.context);
        let place = known.unwrap_or(sessions.len());
        if known.is_none() {
            sessions.push(Session::of(&section, dirsync));
        }
        if let Some(session) = sessions.get_mut(place) {
            session.begin_taking(*whole);
        }
        self.foreign = Some(!same);
        self.open.push(section);
    }

    fn end(&mut self) {
        let Some((place, whole)) = self.begun.take() else {
            return;
        };
        let told: Vec<Context> = self.open.iter().map(|section| section.context).collect();
        for section in self.open.drain(..) {
            let mut sessions = self.domain.sessions.iter_mut();
            if let Some(session) = sessions.find(|session| session.context() == section.context) {
                session.end_taking(section);
            }
        }
        if whole {
            self.domain.sessions.retain(|session| told.contains(&session.context()));
        }
        self.current = None;
        self.place = Some(place);
    }
}
