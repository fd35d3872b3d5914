//! How the synchronisation of each domain stands: what health is told, and what `adtap directory status` prints.

use capture::Timestamp;
use resolver::directory::sync::{Mark, Session};
use serde::{Deserialize, Serialize};

use super::election::ElectionStatus;
use super::trouble::Kind;
use crate::health::moment;

/// How a domain stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DomainStatus {
    /// DNS name.
    pub(crate) name: String,
    /// Objects known, tombstones included.
    pub(crate) objects: u64,
    /// How changes are found: `dirsync`, `dirsync of what is readable`, `usnchanged`; empty before the first full read.
    pub(crate) method: String,
    /// It is read from a global catalog: attributes of its objects, and members of its groups, are missing.
    pub(crate) partial: bool,
    /// When it was last looked what has changed.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) synced: Option<Timestamp>,
    /// When it was last read as a whole.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) read: Option<Timestamp>,
    /// The controller that was asked last.
    pub(crate) controller: String,
    /// Changes found since the start.
    pub(crate) changes: u64,
    /// Looks that a controller's notice brought about, and why it gives none.
    pub(crate) notices: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notices_refused: Option<String>,
    /// Entries that do not say which object they are.
    pub(crate) nameless: u64,
    /// Objects, members and descriptors for which there was no room.
    pub(crate) refused: u64,
    /// Whether everything is being read right now.
    pub(crate) reading: bool,
    /// What is the matter, since the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trouble: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Attempts in a row that failed.
    pub(crate) failures: u64,
    /// Controllers that did not answer when they were last tried, and why.
    pub(crate) unreachable: Vec<Unreachable>,
    /// The account it is read with, and when its password ends; absent where it never does.
    pub(crate) account: String,
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) password_expires: Option<Timestamp>,
    /// Why it is not known when it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_unknown: Option<String>,
    /// Domains it trusts or is trusted by.
    pub(crate) trusts: Vec<String>,
    /// The domain that led to it; empty where it is configured.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) followed: String,
    /// Domains that it led to and that are not followed for want of room.
    pub(crate) unfollowed: u64,
    /// Controllers that DNS named and that are not asked: they lie in another domain, or there was no room.
    pub(crate) passed_over: u64,
    /// Which sensor reads it; absent where every one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) election: Option<ElectionStatus>,
}

/// A controller that did not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unreachable {
    pub(crate) controller: String,
    pub(crate) why: String,
}

impl DomainStatus {
    /// What the session of the domain itself says.
    pub(super) fn of(session: &Session) -> Self {
        let mut status = Self {
            name: session.replica().domain().to_owned(),
            ..Self::default()
        };
        status.take(session);
        status
    }

    /// Brings it up to date. Counting every object takes a moment with a million of them: not each second.
    pub(super) fn take(&mut self, session: &Session) {
        let (replica, stamp) = (session.replica(), &session.stamp);
        self.objects = replica.len() as u64;
        self.method = match session.mark() {
            None => "",
            Some(Mark::DirSync { as_readable: false, .. }) => "dirsync",
            Some(Mark::DirSync { as_readable: true, .. }) => "dirsync of what is readable",
            Some(Mark::Usn { .. }) => "usnchanged",
        }
        .to_owned();
        self.partial = session.is_partial();
        (self.synced, self.read) = (stamp.synced, stamp.read);
        self.controller.clone_from(&stamp.controller);
        self.nameless = replica.counters().nameless;
        self.refused = replica.counters().refused + replica.counters().undescribed;
    }
}
