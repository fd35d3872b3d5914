//! What to ask a controller, one search after the other, so that a replica is as the directory is. No input, no output.
//!
//! ```text
//! no mark ─► Mark: where DirSync stands now ─► Read: everything, page by page ─► Fetch: the rest of long lists
//!              │                                  └ or all but computers, which a Half reads meanwhile
//!              └ refused ─► the controller's highestCommittedUSN           at rest ◄─ Describe: some descriptors ◄┘
//! at rest ─► Follow: what changed since the mark ─► Fetch: restored objects ─► at rest, with the next mark
//!              └ the controller does not know the mark any more ─► no mark
//! ```
//! The mark is taken before everything is read: what changes meanwhile comes twice, and nothing is missed.

use capture::Timestamp;

use super::change::Change;
use super::control::{self, Control};
use super::entry::{Entry, is_within};
use super::half::Part;
use super::metadata;
use super::range::Want;
use super::refusal::Refusal;
use super::replica::Replica;
use super::search::{DESCRIBED, Done, Search, asked, controls_of_page, descriptors_search, fetch_search, named};
use super::update::{Reading, decimal};
use crate::directory::{Attribute, Guid};

/// Entries that a domain is made of: accounts, groups, trusts, members of other domains, and the containers above them.
const DOMAIN: &str = "(|(objectClass=user)(objectClass=group)(objectClass=trustedDomain)(objectClass=foreignSecurityPrincipal)\
    (objectClass=organizationalUnit)(objectClass=container)(objectClass=domainDNS)(objectClass=builtinDomain)\
    (objectClass=groupPolicyContainer))";
/// Entries of the Configuration partition: domains, sites, subnets, servers and what makes them controllers.
const CONFIGURATION: &str = "(|(objectClass=crossRef)(objectClass=site)(objectClass=subnet)(objectClass=server)\
    (objectClass=nTDSDSA)(objectClass=configuration))";

/// What the name of a controller ends in where it was asked as a global catalog: its USNs are then told apart.
const CATALOG: &str = " (global catalog)";

/// Which naming context it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A domain.
    Domain,
    /// The forest's Configuration partition.
    Configuration,
}

impl Context {
    /// What objects of it are asked for with (RFC 4515).
    #[must_use]
    pub const fn filter(self) -> &'static str {
        match self {
            Self::Domain => DOMAIN,
            Self::Configuration => CONFIGURATION,
        }
    }
}

/// Where a replica stands: what has changed since is asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// DirSync's cookie, and whether it was granted only for what the account may read.
    DirSync {
        /// The cookie.
        cookie: Vec<u8>,
        /// LDAP_DIRSYNC_OBJECT_SECURITY.
        as_readable: bool,
    },
    /// uSNChanged of one controller: DirSync is not granted.
    Usn {
        /// Its dsServiceName.
        server: String,
        /// Everything up to here is known.
        usn: u64,
    },
}

/// What the controller's rootDSE says ([MS-ADTS] 3.1.1.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controller {
    /// dsServiceName: which one it is.
    pub name: String,
    /// highestCommittedUSN.
    pub usn: u64,
}

/// How the mark of the read that follows is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// DirSync with the right to replicate.
    Replication,
    /// DirSync of what the account may read.
    Readable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Rest,
    Mark {
        method: Method,
        cookie: Vec<u8>,
    },
    /// `mark` holds once everything is read.
    Read {
        part: Part,
        page: Vec<u8>,
        mark: Mark,
    },
    /// As [`Self::Read`]: another connection reads what is left.
    Halved {
        mark: Mark,
    },
    /// As [`Self::Read`]: descriptors of these, the last ones first.
    Describe {
        objects: Vec<Guid>,
        mark: Mark,
    },
    Follow {
        page: Vec<u8>,
        mark: Mark,
    },
    /// `full`: the mark that a full read ends with.
    Fetch {
        want: Want,
        full: Option<Mark>,
    },
}

/// The synchronisation of one naming context.
#[derive(Debug)]
pub struct Session {
    context: Context,
    base: String,
    dirsync: bool,
    /// Whether what is known is of a global catalog: objects in part.
    catalog: bool,
    controller: Controller,
    pub(super) replica: Replica,
    pub(super) mark: Option<Mark>,
    pub(super) stage: Stage,
    /// Full reads that came to their end.
    full_reads: u64,
    /// What whoever drives it wants to remember.
    pub stamp: Stamp,
}

/// When and where a session was last brought up to date; kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// End of the last round.
    pub synced: Option<Timestamp>,
    /// End of the last full read.
    pub read: Option<Timestamp>,
    /// Name of the controller that was asked.
    pub controller: String,
}

impl Session {
    /// Of the naming context `base`, from what is known of it; without `dirsync`, uSNChanged is polled.
    #[must_use]
    pub fn new(context: Context, base: String, replica: Replica, mark: Option<Mark>, dirsync: bool) -> Self {
        let catalog = matches!(&mark, Some(Mark::Usn { server, .. }) if server.ends_with(CATALOG));
        Self {
            context,
            base,
            dirsync,
            catalog,
            controller: Controller {
                name: String::new(),
                usn: 0,
            },
            replica,
            mark,
            stage: Stage::Rest,
            full_reads: 0,
            stamp: Stamp {
                synced: None,
                read: None,
                controller: String::new(),
            },
        }
    }

    /// What is known now.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Which naming context it is.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.context
    }

    /// Its DN.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where it stands.
    #[must_use]
    pub const fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// How often everything was read.
    #[must_use]
    pub const fn full_reads(&self) -> u64 {
        self.full_reads
    }

    /// Whether everything is being read.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        matches!(
            self.stage,
            Stage::Mark { .. }
                | Stage::Read { .. }
                | Stage::Halved { .. }
                | Stage::Describe { .. }
                | Stage::Fetch { full: Some(_), .. }
        )
    }

    /// Whether what is known is of a global catalog, which has of other domains a part of each object's attributes.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.catalog
    }

    /// Who is asked from now on: a global catalog, which does no DirSync, or a controller of the domain itself. What the one said
    /// is not held against the other: it is read anew, and nothing is told as a change.
    pub fn ask_of(&mut self, catalog: bool, dirsync: bool) {
        self.dirsync = dirsync && !catalog;
        if catalog != self.catalog {
            (self.replica, self.mark) = (Replica::new(self.replica.domain()), None);
            self.catalog = catalog;
        }
    }

    /// Everything is to be read again.
    pub fn renew(&mut self) {
        self.mark = None;
    }

    /// A round begins, with this controller.
    pub fn begin(&mut self, controller: Controller) {
        self.abort();
        self.replica.resume();
        self.controller = controller;
        if self.catalog {
            self.controller.name.push_str(CATALOG);
        }
        // Each controller counts for itself.
        let stale = |mark: &Mark| matches!(mark, Mark::Usn { server, .. } if *server != self.controller.name);
        self.stage = match self.mark.clone().filter(|mark| !stale(mark)) {
            Some(mark) => Stage::Follow {
                page: Vec::new(),
                mark: self.next_mark(mark),
            },
            None => self.first_stage(),
        };
    }

    /// The connection is gone, or the round takes too long: the mark stays where it was.
    pub fn abort(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::Rest) {
            Stage::Rest | Stage::Follow { .. } => {}
            Stage::Fetch { want, full: None } => self.replica.wants.push_front(want),
            _ => self.replica.abort_full(),
        }
    }

    /// The search to do next; none when the round is over.
    #[must_use]
    pub fn poll_search(&self) -> Option<Search> {
        match &self.stage {
            Stage::Rest | Stage::Halved { .. } => None,
            Stage::Mark { method, cookie } => Some(self.mark_search(*method, cookie)),
            Stage::Read { part, page, .. } => Some(self.read_search(*part, page)),
            Stage::Describe { objects, .. } => Some(self.describe_search(objects)),
            Stage::Follow { page, .. } => self.follow_search(page),
            Stage::Fetch { want, .. } => Some(fetch_search(want)),
        }
    }

    /// The search that comes after `done`, which is not handled yet, where everything is read and there is another page: a
    /// controller may make that while the entries of this one are taken in.
    #[must_use]
    pub fn poll_ahead(&self, done: &Done) -> Option<Search> {
        let page = done.page().filter(|page| done.code == 0 && !page.is_empty())?;
        match self.stage {
            Stage::Read { part, .. } => Some(self.read_search(part, &page)),
            _ => None,
        }
    }

    /// An entry of the search's answer.
    pub fn handle_entry(&mut self, entry: Entry) {
        if self.catalog && !is_within(&entry.dn, &self.base) {
            return;
        }
        match &self.stage {
            Stage::Rest | Stage::Mark { .. } => {}
            Stage::Read { .. } | Stage::Halved { .. } => self.replica.entry(entry, Reading::Whole),
            Stage::Describe { .. }
            | Stage::Follow {
                mark: Mark::DirSync { .. },
                ..
            } => self.replica.entry(entry, Reading::Increment),
            Stage::Follow { .. } => {
                let entry = metadata::with_restoration(entry, self.mark.as_ref());
                self.replica.entry(entry, Reading::Whole);
            }
            Stage::Fetch { want, .. } => self.replica.wanted(*want, entry),
        }
    }

    /// The search has ended.
    ///
    /// # Errors
    /// The controller refuses what cannot be done without: the round is over, and the mark stays.
    pub fn handle_done(&mut self, done: Done) -> Result<(), Refusal> {
        match std::mem::replace(&mut self.stage, Stage::Rest) {
            Stage::Rest => Ok(()),
            Stage::Mark { method, .. } => self.marked(method, done),
            Stage::Read { part, mark, .. } => self.read(part, mark, done),
            halved @ Stage::Halved { .. } => {
                self.stage = halved;
                Ok(())
            }
            Stage::Describe { objects, mark } => {
                self.described(objects, mark, &done);
                Ok(())
            }
            Stage::Follow { mark, .. } => self.followed(mark, done),
            Stage::Fetch { want, full } => {
                self.replica.fetched(want, done.code);
                self.fetch(full);
                Ok(())
            }
        }
    }

    /// The next change.
    pub fn poll_change(&mut self) -> Option<Change> {
        self.replica.changes.pop_front()
    }

    fn first_stage(&mut self) -> Stage {
        self.mark = None;
        if self.dirsync {
            return Stage::Mark {
                method: Method::Replication,
                cookie: Vec::new(),
            };
        }
        let mark = self.usn_mark();
        self.begin_read(mark)
    }

    fn usn_mark(&self) -> Mark {
        Mark::Usn {
            server: self.controller.name.clone(),
            usn: self.controller.usn,
        }
    }

    /// The mark once everything since `mark` is known; a cookie comes with the answer.
    fn next_mark(&self, mark: Mark) -> Mark {
        match mark {
            Mark::DirSync { .. } => mark,
            Mark::Usn { .. } => self.usn_mark(),
        }
    }

    /// A DirSync that only asks for the head of the naming context: its cookie is what counts.
    fn mark_search(&self, method: Method, cookie: &[u8]) -> Search {
        let as_readable = method == Method::Readable;
        Search {
            attributes: vec![Attribute::ObjectGuid.name().to_owned()],
            ..self.search(
                "(objectClass=dMD)".to_owned(),
                vec![control::dirsync(as_readable, cookie)],
            )
        }
    }

    pub(super) fn read_search(&self, part: Part, page: &[u8]) -> Search {
        self.search(part.filter(self.context), controls_of_page(page))
    }

    fn follow_search(&self, page: &[u8]) -> Option<Search> {
        let filter = self.context.filter();
        match self.mark.as_ref()? {
            Mark::DirSync { cookie, as_readable } => {
                let controls = vec![control::dirsync(*as_readable, cookie), control::extended_dn()];
                Some(self.changes_search(filter.to_owned(), controls))
            }
            Mark::Usn { usn, .. } => {
                let since = usn.saturating_add(1);
                let mut search =
                    self.changes_search(format!("(&{filter}(uSNChanged>={since}))"), controls_of_page(page));
                search.attributes.push(metadata::ATTRIBUTE.to_owned());
                Some(search)
            }
        }
    }

    fn search(&self, filter: String, controls: Vec<Control>) -> Search {
        Search {
            base: self.base.clone(),
            subtree: true,
            filter,
            attributes: named(asked()),
            controls,
        }
    }

    fn changes_search(&self, filter: String, mut controls: Vec<Control>) -> Search {
        let mut search = self.search(filter, Vec::new());
        if self.describes() {
            search
                .attributes
                .push(Attribute::NtSecurityDescriptor.name().to_owned());
            controls.push(control::sd_flags());
        }
        Search { controls, ..search }
    }

    /// The descriptors of what much depends on.
    fn describe_search(&self, objects: &[Guid]) -> Search {
        let (_, last) = objects.split_at(objects.len().saturating_sub(DESCRIBED));
        descriptors_search(&self.base, last)
    }

    /// Only domains have such objects, and global catalogs are asked for names alone.
    fn describes(&self) -> bool {
        self.context == Context::Domain && !self.catalog
    }

    fn marked(&mut self, method: Method, done: Done) -> Result<(), Refusal> {
        let as_readable = method == Method::Readable;
        let answer = done.control(control::DIRSYNC).and_then(control::read_dirsync);
        self.stage = match (done.code, answer) {
            (0, Some((true, cookie))) if !cookie.is_empty() => Stage::Mark { method, cookie },
            (0, Some((_, cookie))) => self.begin_read(Mark::DirSync { cookie, as_readable }),
            (1 | 2 | 12 | 50 | 53, _) | (0, None) if method == Method::Replication => Stage::Mark {
                method: Method::Readable,
                cookie: Vec::new(),
            },
            (1 | 2 | 12 | 50 | 53, _) | (0, None) => {
                let mark = self.usn_mark();
                self.begin_read(mark)
            }
            _ => return Err(self.refusal(done)),
        };
        Ok(())
    }

    fn begin_read(&mut self, mark: Mark) -> Stage {
        self.replica.begin_full();
        Stage::Read {
            part: Part::Whole,
            page: Vec::new(),
            mark,
        }
    }

    fn read(&mut self, part: Part, mark: Mark, done: Done) -> Result<(), Refusal> {
        if done.code != 0 {
            self.replica.abort_full();
            return Err(self.refusal(done));
        }
        let page = done.page().unwrap_or_default();
        match part {
            _ if !page.is_empty() => self.stage = Stage::Read { part, page, mark },
            Part::Others => self.stage = Stage::Halved { mark },
            Part::Whole | Part::Computers => self.fetch(Some(mark)),
        }
        Ok(())
    }

    /// Where they may not be read, nothing is told of them: that is no reason to do without the rest.
    fn described(&mut self, mut objects: Vec<Guid>, mark: Mark, done: &Done) {
        objects.truncate(objects.len().saturating_sub(DESCRIBED));
        if done.code != 0 {
            objects.clear();
        }
        self.describe(objects, mark);
    }

    fn describe(&mut self, objects: Vec<Guid>, mark: Mark) {
        if objects.is_empty() {
            self.finish(mark);
        } else {
            self.stage = Stage::Describe { objects, mark };
        }
    }

    fn followed(&mut self, mark: Mark, done: Done) -> Result<(), Refusal> {
        match (done.code, mark) {
            (0, Mark::DirSync { as_readable, .. }) => {
                let answer = done.control(control::DIRSYNC).and_then(control::read_dirsync);
                let Some((more, cookie)) = answer.filter(|(_, cookie)| !cookie.is_empty()) else {
                    self.mark = None;
                    return Err(self.refusal(Done {
                        code: 2,
                        message: "it gave no cookie".into(),
                        ..done
                    }));
                };
                let mark = Mark::DirSync { cookie, as_readable };
                self.mark = Some(mark.clone());
                if more {
                    self.stage = Stage::Follow { page: Vec::new(), mark };
                } else {
                    self.fetch(None);
                }
            }
            (0, mark) => {
                let page = done.page().unwrap_or_default();
                if page.is_empty() {
                    self.mark = Some(mark);
                    self.fetch(None);
                } else {
                    self.stage = Stage::Follow { page, mark };
                }
            }
            // It does not know the cookie, or grants DirSync no more: everything is read again.
            (1 | 2 | 12 | 50 | 53, Mark::DirSync { .. }) => {
                self.stage = self.first_stage();
            }
            _ => return Err(self.refusal(done)),
        }
        Ok(())
    }

    /// What is wanted beside; where nothing is, the round ends.
    pub(super) fn fetch(&mut self, full: Option<Mark>) {
        if let Some(want) = self.replica.wants.pop_front() {
            self.stage = Stage::Fetch { want, full };
            return;
        }
        match full {
            // Now that every object is there, long groups too.
            Some(mark) if self.describes() => self.describe(self.replica.to_describe(), mark),
            Some(mark) => self.finish(mark),
            None => self.stage = Stage::Rest,
        }
    }

    /// Everything was read. What is wanted still is asked for in the next round.
    fn finish(&mut self, mark: Mark) {
        self.replica.end_full();
        self.full_reads += 1;
        self.mark = Some(mark);
        self.stage = Stage::Rest;
    }

    fn refusal(&self, done: Done) -> Refusal {
        Refusal {
            base: self.base.clone(),
            code: done.code,
            message: done.message,
        }
    }
}

/// Whether a rootDSE's value is a USN.
#[must_use]
pub fn usn(value: &[u8]) -> Option<u64> {
    decimal(value)
}
