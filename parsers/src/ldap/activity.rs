//! Operations become activities: `ldap_search`, `cldap_ping`, `ldap_change`, `password_change`.
//!
//! `details` hold nothing that differs between repeats of the same request: no messageID, no cookie, and of the answer's
//! size only the operations' own octets, without the envelopes whose length follows the messageID's.

use capture::Timestamp;

use crate::activity::{Activity, Kind, Outcome};
use crate::context::Context;
use crate::gss::Identity;
use crate::protocol::ProtocolId;

use super::attributes::{self, Modification, Operation};
use super::messages::{self, MOST};
use super::request::{Change, ModifyDn, SearchRequest};
use super::response::{Entry, LdapResult};
use super::returned::Returned;
use super::wire::{Choice, Envelope};
use super::{account_control, controls, filter, names, netlogon, result};

/// A search under way.
#[derive(Debug)]
pub(super) struct Search {
    activity: Box<Activity>,
    /// Its messageID.
    pub(super) id: i64,
    /// When the server last sent something for it.
    pub(super) last: Timestamp,
    entries: u64,
    references: u64,
    /// Octets of the answer's entries.
    size: u64,
    /// A netlogon ping, whose answer is read.
    pub(super) ping: bool,
    /// The request was seen.
    asked: bool,
    returned: Returned,
}

impl Search {
    /// A search begins; `printed` is its filter.
    pub(super) fn new(
        protocol: ProtocolId,
        request: &SearchRequest<'_>,
        printed: filter::Printed,
        envelope: &Envelope<'_>,
        context: &Context<'_>,
    ) -> Self {
        let ping = protocol == ProtocolId::Cldap && netlogon::is_ping(request);
        let kind = if ping { Kind::CldapPing } else { Kind::LdapSearch };
        let mut activity = context.activity(kind, protocol);
        activity.action_type = Some("LDAP query");
        if ping {
            netlogon::ask(request.filter, &mut activity);
        } else {
            ask(request, printed, envelope.controls, &mut activity);
        }
        Self {
            activity,
            id: envelope.message_id,
            last: context.time,
            entries: 0,
            references: 0,
            size: 0,
            ping,
            asked: true,
            returned: Returned::new(Some(request)),
        }
    }

    /// Entries come under messageID `id`, of a search that nobody saw.
    pub(super) fn unasked(id: i64, protocol: ProtocolId, context: &Context<'_>) -> Self {
        let mut activity = context.activity(Kind::LdapSearch, protocol);
        activity.action_type = Some("LDAP query");
        Self {
            activity,
            id,
            last: context.time,
            entries: 0,
            references: 0,
            size: 0,
            ping: false,
            asked: false,
            returned: Returned::new(None),
        }
    }

    /// Whether more than the number and size of entries is wanted.
    pub(super) const fn reads(&self) -> bool {
        self.ping || self.returned.reads()
    }

    /// An entry came, whose operation has `size` octets.
    pub(super) fn counts(&mut self, size: usize, now: Timestamp) {
        self.entries += 1;
        self.size = self.size.saturating_add(size as u64);
        self.last = now;
    }

    /// What an entry holds, `whole` or as far as it is there.
    pub(super) fn take(&mut self, entry: &Entry<'_>, whole: bool, context: &mut Context<'_>) {
        if !self.ping {
            return self.returned.entry(entry, whole, context);
        }
        let answer = netlogon::value(entry).map(|value| netlogon::answer(value, &mut self.activity));
        if let Some(Err(malformed)) = answer {
            context.malformed(self.activity.protocol, malformed.0);
        }
    }

    /// A reference to another server came.
    pub(super) const fn reference(&mut self, now: Timestamp) {
        self.references += 1;
        self.last = now;
    }

    /// The server is done.
    pub(super) fn done(mut self, result: &LdapResult<'_>, context: &mut Context<'_>) {
        if self.asked {
            self.activity.answered(context.time);
        }
        judge(&mut self.activity, result);
        self.activity.outcome = result::search_outcome(result.code, self.entries);
        self.emit(context);
    }

    /// Nobody waits for the rest any more, or nothing more came; `given_up` by the client.
    pub(super) fn unanswered(mut self, given_up: bool, context: &mut Context<'_>) {
        self.activity.details.flag("abandoned", given_up);
        self.emit(context);
    }

    fn emit(mut self, context: &mut Context<'_>) {
        if !self.ping {
            self.activity.details.set("entries", self.entries);
            self.activity.details.set("size", self.size);
            if self.references > 0 {
                self.activity.details.set("references", self.references);
            }
            self.activity.changes = self.returned.has_secrets();
            self.returned.write(self.entries, &mut self.activity.details);
        }
        context.emit(self.activity);
    }
}

/// What a search asks for.
fn ask(request: &SearchRequest<'_>, printed: filter::Printed, wanted: &[u8], activity: &mut Activity) {
    let base = names::text(request.base);
    if !base.is_empty() {
        activity.observed.dn = Some(base.clone());
    }
    let details = &mut activity.details;
    details.set("base", base);
    match request.scope_name() {
        Some(name) => details.set("scope", name),
        None => details.set("scope", request.scope),
    }
    details.set("filter", printed.text);
    details.flag("filter_cut", printed.limit.is_some());
    details.list("attributes", request.attributes.take(MOST).map(names::text));
    details.list("controls", controls::list(wanted));
    for (name, limit) in [("size_limit", request.size_limit), ("time_limit", request.time_limit)] {
        if limit != 0 {
            details.set(name, limit);
        }
    }
    details.flag("types_only", request.types_only);
}

/// The answer's part in an activity.
pub(super) fn answered(activity: &mut Activity, result: &LdapResult<'_>, now: Timestamp) {
    activity.answered(now);
    judge(activity, result);
}

fn judge(activity: &mut Activity, result: &LdapResult<'_>) {
    activity.status = Some(result::status(result));
    activity.outcome = result::outcome(result.code);
    if activity.outcome == Outcome::Failure {
        activity.details.text("diagnostic", names::text(result.diagnostic));
    }
    activity.details.list("referral", messages::list(result.referral));
}

/// A change under way: what is said of it once the server has answered.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Activities, and the name of each should it succeed.
    activities: Vec<(Box<Activity>, Option<&'static str>)>,
}

impl Changes {
    /// A modify: `ldap_change`, and `password_change` where it sets a password.
    pub(super) fn modify(change: &Change<'_>, context: &Context<'_>) -> Self {
        let mut changes = Self::default();
        let mut others = attributes::modified(change.list)
            .filter(|change| !change.is_password())
            .peekable();
        let passwords: Vec<_> = attributes::modified(change.list)
            .filter(Modification::is_password)
            .collect();
        if passwords.is_empty() || others.peek().is_some() {
            let mut activity = begin(Kind::LdapChange, "modify", change.dn, context);
            activity.details.list("changes", others.map(|change| change.fields()));
            changes.activities.push((activity, action(change.list)));
        }
        if !passwords.is_empty() {
            changes.activities.push((
                password(change.dn, &passwords, context),
                Some("Account Password changed"),
            ));
        }
        changes
    }

    /// An add; named where it makes a security principal.
    pub(super) fn add(change: &Change<'_>, context: &Context<'_>) -> Self {
        let mut activity = begin(Kind::LdapChange, "add", change.dn, context);
        activity
            .details
            .list("changes", attributes::added(change.list).map(|change| change.fields()));
        if let Some(account) = attributes::added(change.list).find(|change| change.is("sAMAccountName")) {
            activity.observed.target_account = account.values().next().map(names::text);
        }
        let principal = attributes::added(change.list)
            .filter(|change| change.is("objectClass"))
            .any(|classes| classes.values().any(is_principal));
        Self::one(activity, principal.then_some("Security Principal created"))
    }

    /// A delete. The request does not tell what class the object has, but its name may tell that it is no principal.
    pub(super) fn delete(dn: &[u8], context: &Context<'_>) -> Self {
        let activity = begin(Kind::LdapChange, "delete", dn, context);
        Self::one(
            activity,
            may_be_principal(dn).then_some("Security Principal deleted changed"),
        )
    }

    /// A rename, or a move.
    pub(super) fn modify_dn(modify: &ModifyDn<'_>, context: &Context<'_>) -> Self {
        let mut activity = begin(Kind::LdapChange, "modify_dn", modify.dn, context);
        activity.details.set("new_rdn", names::text(modify.new_rdn));
        activity.details.flag("delete_old_rdn", modify.delete_old);
        activity
            .details
            .set_some("new_superior", modify.new_superior.map(names::text));
        let action = match modify.new_superior {
            Some(_) => "Security Principal Path changed",
            None => "Security Principal Name changed",
        };
        Self::one(activity, may_be_principal(modify.dn).then_some(action))
    }

    fn one(activity: Box<Activity>, action: Option<&'static str>) -> Self {
        Self {
            activities: vec![(activity, action)],
        }
    }

    /// Who acts: whoever is bound to the connection.
    pub(super) fn by(mut self, bound: Option<&Identity>) -> Self {
        for (activity, _) in &mut self.activities {
            attribute_to(activity, bound);
        }
        self
    }

    /// The server's answer. What it refused has not changed, so it has no name.
    pub(super) fn done(self, result: &LdapResult<'_>, context: &mut Context<'_>) {
        for (mut activity, action) in self.activities {
            answered(&mut activity, result, context.time);
            activity.action_type = action.filter(|_| activity.outcome == Outcome::Success);
            context.emit(activity);
        }
    }

    /// No answer came.
    pub(super) fn unanswered(self, context: &mut Context<'_>) {
        for (activity, _) in self.activities {
            context.emit(activity);
        }
    }
}

impl Search {
    /// Who acts: whoever is bound to the connection.
    pub(super) fn by(mut self, bound: Option<&Identity>) -> Self {
        attribute_to(&mut self.activity, bound);
        self
    }
}

/// Writes who acts.
pub(super) fn attribute_to(activity: &mut Activity, bound: Option<&Identity>) {
    if let Some(identity) = bound {
        identity.attribute(activity);
    }
}

/// An answer whose request was not seen, as far as it tells what it answers.
pub(super) fn orphan(choice: Choice, protocol: ProtocolId, result: &LdapResult<'_>, context: &mut Context<'_>) {
    let (kind, operation) = match choice {
        Choice::SearchResultDone => (Kind::LdapSearch, None),
        Choice::BindResponse => (Kind::LdapBind, None),
        Choice::ModifyResponse => (Kind::LdapChange, Some("modify")),
        Choice::AddResponse => (Kind::LdapChange, Some("add")),
        Choice::DelResponse => (Kind::LdapChange, Some("delete")),
        Choice::ModifyDnResponse => (Kind::LdapChange, Some("modify_dn")),
        _ => return,
    };
    let mut activity = context.activity(kind, protocol);
    activity.details.set_some("operation", operation);
    activity.action_type = (kind == Kind::LdapSearch).then_some("LDAP query");
    judge(&mut activity, result);
    activity.failure_reason = activity.status.as_ref().and_then(result::reason);
    context.emit(activity);
}

/// An activity about the object `dn`.
pub(super) fn begin(kind: Kind, operation: &'static str, dn: &[u8], context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(kind, ProtocolId::Ldap);
    let dn = names::text(dn);
    activity.observed.dn = Some(dn.clone());
    activity.details.set("operation", operation);
    activity.details.set("dn", dn);
    activity
}

/// A password is set: by replacing it as an administrator does, or by deleting the old one and adding the new one as its
/// owner does ([MS-ADTS] 3.1.1.3.1.5.1).
fn password(dn: &[u8], changes: &[Modification<'_>], context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(Kind::PasswordChange, ProtocolId::Ldap);
    let dn = names::text(dn);
    activity.observed.dn = Some(dn.clone());
    activity.details.set("method", "ldap");
    activity.details.set("target", dn);
    let own = changes.iter().any(|change| change.operation == Operation::Delete);
    activity.details.set("operation", if own { "change" } else { "reset" });
    activity
}

/// What a modify is called: by the first attribute whose change has a name, `userAccountControl` by its value.
fn action(list: &[u8]) -> Option<&'static str> {
    attributes::modified(list)
        .find_map(|change| change.action())
        .or_else(|| account_control_action(list))
}

fn account_control_action(list: &[u8]) -> Option<&'static str> {
    let value = |operation: fn(Operation) -> bool| {
        attributes::modified(list)
            .filter(|change| change.is("userAccountControl") && operation(change.operation))
            .find_map(|change| change.values().next().and_then(account_control::parse))
    };
    let old = value(|operation| operation == Operation::Delete);
    let new = value(|operation| matches!(operation, Operation::Add | Operation::Replace))?;
    account_control::action(old, new)
}

/// Users, computers and groups are named by their common name, and live outside the configuration and its schema.
pub(crate) fn may_be_principal(dn: &[u8]) -> bool {
    let configuration = b",CN=Configuration,";
    let named = dn.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(b"CN="));
    named
        && !dn
            .windows(configuration.len())
            .any(|part| part.eq_ignore_ascii_case(configuration))
}

/// Whether objects of `class` are users, computers or groups.
pub(crate) fn is_principal(class: &[u8]) -> bool {
    [
        "user",
        "computer",
        "group",
        "inetOrgPerson",
        "msDS-ManagedServiceAccount",
        "msDS-GroupManagedServiceAccount",
        "msDS-DelegatedManagedServiceAccount",
    ]
    .iter()
    .any(|name| class.eq_ignore_ascii_case(name.as_bytes()))
}
