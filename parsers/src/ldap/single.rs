//! Operations that are one request, one answer and one activity: comparisons, and the extended operations that tell something.

use crate::activity::{Activity, Kind, Outcome};
use crate::context::Context;
use crate::gss::Identity;
use crate::protocol::ProtocolId;

use super::activity::{answered, attribute_to, begin};
use super::names;
use super::request::Compare;
use super::response::LdapResult;

/// One under way.
#[derive(Debug)]
pub(super) struct Single {
    activity: Box<Activity>,
    /// Its name should it succeed.
    action: Option<&'static str>,
}

impl Single {
    /// A comparison, which is a search for one value; the value may be a secret and is not told.
    pub(super) fn compare(compare: &Compare<'_>, bound: Option<&Identity>, context: &Context<'_>) -> Self {
        let mut activity = begin(Kind::LdapSearch, "compare", compare.dn, context);
        activity.details.set("base", names::text(compare.dn));
        activity.details.set("scope", "base");
        activity.details.list("attributes", [names::text(compare.attribute)]);
        activity.action_type = Some("LDAP query");
        Self::new(activity, None, bound)
    }

    /// A client asks who it is taken for.
    pub(super) fn who_am_i(bound: Option<&Identity>, context: &Context<'_>) -> Self {
        let mut activity = context.activity(Kind::LdapSearch, ProtocolId::Ldap);
        activity.details.set("operation", "who_am_i");
        activity.action_type = Some("LDAP query");
        Self::new(activity, None, bound)
    }

    /// A password is set by the extended operation: with the old one by its owner, without it by whoever may.
    pub(super) fn password_modify(
        user: Option<&[u8]>,
        old: bool,
        new: bool,
        bound: Option<&Identity>,
        context: &Context<'_>,
    ) -> Self {
        let mut activity = context.activity(Kind::PasswordChange, ProtocolId::Ldap);
        let user = user.map(names::text);
        activity.observed.dn = user.clone().filter(|user| names::is_dn(user));
        activity.observed.target_account = user.clone().filter(|user| !names::is_dn(user));
        activity.details.set("method", "ldap_password_modify");
        activity.details.set_some("target", user);
        activity.details.set("operation", if old { "change" } else { "reset" });
        activity.details.flag("generated", !new);
        Self::new(activity, Some("Account Password changed"), bound)
    }

    /// A dynamic object's life is prolonged.
    pub(super) fn ttl_refresh(dn: &[u8], ttl: i64, bound: Option<&Identity>, context: &Context<'_>) -> Self {
        let mut activity = begin(Kind::LdapChange, "ttl_refresh", dn, context);
        activity.details.set("ttl", ttl);
        Self::new(activity, None, bound)
    }

    fn new(mut activity: Box<Activity>, action: Option<&'static str>, bound: Option<&Identity>) -> Self {
        attribute_to(&mut activity, bound);
        Self { activity, action }
    }

    /// What the answer says of who was asked about.
    pub(super) fn authz_id(&mut self, authz_id: &[u8], identity: Option<&Identity>) {
        self.activity.details.set("authz_id", names::text(authz_id));
        if self.activity.observed.account.is_none() {
            attribute_to(&mut self.activity, identity);
        }
    }

    /// How long a refreshed object lives.
    pub(super) fn granted(&mut self, ttl: Option<i64>) {
        self.activity.details.set_some("granted_ttl", ttl);
    }

    /// The server's answer.
    pub(super) fn done(mut self, result: &LdapResult<'_>, context: &mut Context<'_>) {
        answered(&mut self.activity, result, context.time);
        if self.activity.outcome == Outcome::Success && self.action.is_some() {
            self.activity.action_type = self.action;
        }
        context.emit(self.activity);
    }

    /// No answer came.
    pub(super) fn unanswered(self, context: &mut Context<'_>) {
        context.emit(self.activity);
    }
}
