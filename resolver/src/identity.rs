//! Whom the names of an activity mean: its actor and its target.
//!
//! Names repeat, so answers are kept, unknown names included; a snapshot never changes, so they stay right until the next one.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;
use hashbrown::{Equivalent, HashMap};
use parsers::activity::{Activity, Kind, Observed};

use crate::bounds::full;
use crate::config::Config;
use crate::directory::Snapshot;
use crate::entity::Entity;
use crate::marks::Marks;
use crate::owner::Owner;
use crate::tags::Tags;

/// The most answers kept; beyond it all are forgotten and asked for anew.
const MAX_NAMES: usize = full(1 << 16);

/// What a name is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    /// An account in any of the forms that clients write it in.
    Account,
    /// A service principal name; the domain is the realm it was asked in.
    Service,
    DistinguishedName,
    Sid,
}

/// A name as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question<'a> {
    form: Form,
    name: &'a str,
    domain: &'a str,
}

/// A name as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    form: Form,
    name: CompactString,
    domain: CompactString,
}

impl Known {
    fn question(&self) -> Question<'_> {
        Question {
            form: self.form,
            name: &self.name,
            domain: &self.domain,
        }
    }
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.form.hash(state);
        self.name.hash(state);
        self.domain.hash(state);
    }
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.question().hash(state);
    }
}

impl Equivalent<Known> for Question<'_> {
    fn equivalent(&self, known: &Known) -> bool {
        *self == known.question()
    }
}

/// Resolves names.
#[derive(Debug)]
pub(crate) struct Identities {
    tags: Tags,
    directory: Arc<Snapshot>,
    marks: Arc<Marks>,
    answers: HashMap<Known, Option<Arc<Entity>>>,
    /// Whom the answers lead to, by position: whoever is called by many names is made once.
    entities: HashMap<u32, Arc<Entity>>,
    limit: usize,
    flushed: u64,
}

impl Identities {
    pub(crate) fn new(config: &Config, directory: Arc<Snapshot>) -> Self {
        Self {
            marks: Arc::new(Marks::new(&config.tags, &directory)),
            tags: config.tags.clone(),
            directory,
            answers: HashMap::new(),
            entities: HashMap::new(),
            limit: MAX_NAMES,
            flushed: 0,
        }
    }

    /// The tags that are given beside the directory's own.
    pub(crate) fn marks(&self) -> Arc<Marks> {
        Arc::clone(&self.marks)
    }

    /// `entity`, which describes an object as it is or was at another time, with the tags it has now.
    pub(crate) fn tagged(&self, mut entity: Entity) -> Arc<Entity> {
        let by_guid = entity
            .guid
            .as_deref()
            .and_then(|guid| self.directory.guid(guid)?.position());
        let position = by_guid.or_else(|| self.directory.sid(entity.sid.as_deref()?)?.position());
        let known = match position {
            Some(position) => self.marks.entity(&self.directory, position),
            None => self.marks.unlisted(&entity.name, entity.domain.as_deref()),
        };
        for tag in known.iter().flat_map(|known| &known.tags) {
            entity.tag(tag.clone());
        }
        Arc::new(entity)
    }

    /// The object that a DN names.
    pub(crate) fn by_dn(&mut self, dn: &str) -> Option<Arc<Entity>> {
        self.ask(Form::DistinguishedName, dn, None)
    }

    /// From now on names are looked up in `directory`.
    pub(crate) fn take_directory(&mut self, directory: Arc<Snapshot>) {
        self.marks = Arc::new(Marks::new(&self.tags, &directory));
        self.directory = directory;
        self.answers.clear();
        self.entities.clear();
    }

    /// How often all answers were forgotten.
    pub(crate) const fn flushed(&self) -> u64 {
        self.flushed
    }

    /// Who acts.
    pub(crate) fn actor(&mut self, activity: &Activity) -> Option<Arc<Entity>> {
        let observed = &activity.observed;
        if let Some(account) = &observed.account {
            let domain = observed.domain.as_deref();
            return self.ask(Form::Account, account, domain).or_else(|| {
                // The KDC knows an account that it was asked for by an alias (RFC 6806 §6).
                let canonical = activity.details.get_text("canonical_name")?;
                self.ask(Form::Account, canonical, domain)
            });
        }
        // A bind by DN names who binds; elsewhere the DN is what an operation is about.
        match (activity.kind, &observed.dn) {
            (Kind::LdapBind, Some(dn)) => self.ask(Form::Account, dn, None),
            _ => None,
        }
    }

    /// Who a ticket belongs to; an account that the directory does not list is still named.
    pub(crate) fn owner(&mut self, owner: &Owner) -> Arc<Entity> {
        let listed = self.ask(Form::Account, &owner.account, owner.domain.as_deref());
        listed.unwrap_or_else(|| {
            let (name, domain) = (owner.account.clone(), owner.domain.clone());
            Arc::new(Entity {
                name,
                domain,
                ..Entity::default()
            })
        })
    }

    /// Whom or what it is about: the account acted upon, the object, the service's account.
    pub(crate) fn target(&mut self, activity: &Activity) -> Option<Arc<Entity>> {
        let observed = &activity.observed;
        let domain = observed.target_domain.as_deref().or(observed.domain.as_deref());
        let account = observed.target_account.as_ref();
        let account = account.and_then(|account| self.ask(Form::Account, account, domain));
        account.or_else(|| self.object(activity.kind, observed)).or_else(|| {
            let spn = observed.spn.as_ref()?;
            self.ask(Form::Service, spn, domain)
        })
    }

    fn object(&mut self, kind: Kind, observed: &Observed) -> Option<Arc<Entity>> {
        let by_sid = observed.sid.as_ref().and_then(|sid| self.ask(Form::Sid, sid, None));
        by_sid.or_else(|| match &observed.dn {
            Some(dn) if kind != Kind::LdapBind => self.ask(Form::DistinguishedName, dn, None),
            _ => None,
        })
    }

    fn ask(&mut self, form: Form, name: &str, domain: Option<&str>) -> Option<Arc<Entity>> {
        if name.is_empty() || (self.directory.is_empty() && !self.marks.know_unlisted()) {
            return None;
        }
        let domain = domain.unwrap_or_default();
        if let Some(answer) = self.answers.get(&Question { form, name, domain }) {
            return answer.clone();
        }
        let answer = self.answer(form, name, domain);
        if self.answers.len() >= self.limit {
            self.answers.clear();
            self.entities.clear();
            self.flushed += 1;
        }
        let known = Known {
            form,
            name: name.into(),
            domain: domain.into(),
        };
        self.answers.insert(known, answer.clone());
        answer
    }

    fn answer(&mut self, form: Form, name: &str, domain: &str) -> Option<Arc<Entity>> {
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        let listed = match form {
            Form::Account => self.directory.named(name, domain),
            Form::Service => self.directory.spn(name, domain),
            Form::DistinguishedName => self.directory.dn(name),
            Form::Sid => self.directory.sid(name),
        };
        match listed.and_then(|listed| listed.position()) {
            Some(position) => self.entity(position),
            None if form == Form::Account => self.marks.unlisted(name, domain),
            None => None,
        }
    }

    fn entity(&mut self, position: u32) -> Option<Arc<Entity>> {
        if let Some(known) = self.entities.get(&position) {
            return Some(Arc::clone(known));
        }
        let entity = self.marks.entity(&self.directory, position)?;
        self.entities.insert(position, Arc::clone(&entity));
        Some(entity)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn who_has_many_names_is_made_once() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/directory");
        let directory = Snapshot::read(&[folder.join("lab.ldapsearch.ldif")]).unwrap();
        let mut identities = Identities::new(&Config::default(), Arc::new(directory));
        let names = [
            "alice",
            "LAB\\alice",
            "Alice@lab.example",
            "S-1-5-21-2822033801-3597859766-591869691-1103",
        ];
        let found = names.map(|name| identities.ask(Form::Account, name, None).unwrap());
        assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])));
        assert_eq!((identities.answers.len(), identities.entities.len()), (4, 1));
    }

    #[test]
    fn answers_are_bounded_and_the_same_after_they_are_forgotten() {
        let mut file = tempfile::NamedTempFile::with_suffix(".ldif").unwrap();
        file.write_all(b"dn: CN=alice,DC=lab,DC=example\nobjectClass: user\nsAMAccountName: alice\n")
            .unwrap();
        let directory = Snapshot::read(&[file.path().to_owned()]).unwrap();
        let mut identities = Identities::new(&Config::default(), Arc::new(directory));
        identities.limit = 3;
        for number in 0..10 {
            assert!(identities.ask(Form::Account, &format!("user{number}"), None).is_none());
            assert!(identities.answers.len() <= 3);
        }
        assert_eq!(identities.flushed(), 3);
    }
}
