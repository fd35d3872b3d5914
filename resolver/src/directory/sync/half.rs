//! A full read in two halves, each on a connection of its own: a controller serves connections beside each other, and computers are about
//! as many as users.

use super::control::paged;
use super::replica::Replica;
use super::search::{Done, PAGE, Search};
use super::session::{Context, Session, Stage};

/// What part of the objects each half is to have at least: an eighth.
const LEAST: usize = 8;

/// What of a naming context is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// All but computers.
    Others,
    /// Computers, managed service accounts among them: an object is of such a class from its making on.
    Computers,
}

impl Part {
    /// What its objects are asked for with (RFC 4515).
    pub(super) fn filter(self, context: Context) -> String {
        match self {
            Self::Whole => context.filter().to_owned(),
            Self::Others => format!("(&{}(!(objectClass=computer)))", context.filter()),
            Self::Computers => "(objectClass=computer)".to_owned(),
        }
    }
}

/// The half of a full read that another connection does. Its entries are handled by the [`super::Session`] that it is of.
#[derive(Debug)]
pub struct Half {
    /// None when it has come to its end.
    search: Option<Search>,
}

impl Half {
    pub(super) const fn new(search: Search) -> Self {
        Self { search: Some(search) }
    }

    /// The search to do next; none when everything came.
    #[must_use]
    pub fn poll_search(&self) -> Option<Search> {
        self.search.clone()
    }

    /// The search has ended. False where that is no end that anything can be concluded from.
    #[must_use]
    pub fn handle_done(&mut self, done: &Done) -> bool {
        if done.code != 0 || done.is_garbled() {
            return false;
        }
        let page = done.page().filter(|page| !page.is_empty());
        self.search = self
            .search
            .take()
            .zip(page)
            .map(|(search, page)| search.from(paged(PAGE, &page)));
        true
    }
}

impl Replica {
    /// Whether there is much in each half. A controller may look through all of its objects for each: of a domain with few computers, one
    /// connection reads everything sooner than two do. Of one that was never read it is taken for granted.
    fn is_worth_halving(&self) -> bool {
        let (mut all, mut computers) = (0, 0);
        for object in self.live() {
            all += 1;
            computers += usize::from(object.is("computer"));
        }
        all == 0 || (all / LEAST..=all - all / LEAST).contains(&computers)
    }
}

impl Session {
    /// Leaves the computers of a domain that is about to be read as a whole to another connection, whose entries go to
    /// [`Self::handle_entry`] too. None where nothing is to be halved, or that is not worth it.
    pub fn halve(&mut self) -> Option<Half> {
        // What is cheap to tell first: this is asked before every page, and whether it is worth it takes a look at every object.
        let Stage::Read {
            part: Part::Whole,
            page,
            ..
        } = &self.stage
        else {
            return None;
        };
        let is_whole_domain = self.context() == Context::Domain && !self.is_partial();
        if !page.is_empty() || !is_whole_domain || !self.replica.is_worth_halving() {
            return None;
        }
        if let Stage::Read { part, .. } = &mut self.stage {
            *part = Part::Others;
        }
        Some(Half::new(self.read_search(Part::Computers, &[])))
    }

    /// Whether everything else is read, and the other half is waited for.
    #[must_use]
    pub const fn is_halved(&self) -> bool {
        matches!(self.stage, Stage::Halved { .. })
    }

    /// The other half has come to an end; where that is not `whole`, it is read here.
    pub fn rejoin(&mut self, whole: bool) {
        match std::mem::replace(&mut self.stage, Stage::Rest) {
            Stage::Halved { mark } if whole => self.fetch(Some(mark)),
            Stage::Halved { mark } => {
                let page = Vec::new();
                self.stage = Stage::Read {
                    part: Part::Computers,
                    page,
                    mark,
                };
            }
            other => self.stage = other,
        }
    }
}
