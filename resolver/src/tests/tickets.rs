//! Whose ticket it is, from the exchange that issued it.

use parsers::activity::{Activity, Kind, Outcome};

use super::{activity, fields, resolver, run};
use crate::Config;

const TGT: &str = "d9d4a721dd5c681984c06f32013b7cde1ed59290781594e37c150e7372dfacab";
const SERVICE: &str = "89c81934ce26282b79bfae2fe0f2fadcf556ffd09b9a0041519b534f5a8e30a2";

fn logon(account: &'static str) -> Activity {
    let mut logon = activity(Kind::KerberosAs, 0);
    logon.observed.account = Some(account.into());
    logon.observed.domain = Some("LAB.EXAMPLE".into());
    logon.details = fields([("ticket_sha256", TGT)]);
    logon
}

fn purchase() -> Activity {
    let mut purchase = activity(Kind::KerberosTgs, 1);
    purchase.details = fields([("tgt_sha256", TGT), ("ticket_sha256", SERVICE)]);
    purchase
}

fn presentation() -> Activity {
    let mut presentation = activity(Kind::KerberosAp, 2);
    presentation.details = fields([("ticket_sha256", SERVICE)]);
    presentation
}

fn actors(activities: impl IntoIterator<Item = Activity>) -> Vec<Option<String>> {
    let resolved = run(&mut resolver(&Config::default()), activities);
    resolved
        .iter()
        .map(|resolved| resolved.actor.as_ref().map(|actor| actor.name.to_string()))
        .collect()
}

#[test]
fn a_ticket_is_its_buyers_from_logon_to_use() {
    let alice = Some("alice".to_owned());
    assert_eq!(
        actors([logon("alice"), purchase(), presentation()]),
        [alice.clone(), alice.clone(), alice]
    );
}

#[test]
fn an_account_the_directory_does_not_list_is_still_named() {
    let stranger = Some("stranger".to_owned());
    assert_eq!(actors([logon("stranger"), purchase()]), [None, stranger]);
}

#[test]
fn a_ticket_in_another_name_is_that_users() {
    let mut purchase = purchase();
    purchase.observed.target_account = Some("bob".into());
    let presented = actors([logon("alice"), purchase, presentation()]);
    assert_eq!(presented.last(), Some(&Some("bob".to_owned())));
}

#[test]
fn what_was_refused_issued_nothing() {
    let mut refused = logon("alice");
    refused.outcome = Outcome::Failure;
    assert_eq!(actors([refused, purchase()]).last(), Some(&None));
}

fn on(flow: u64, mut activity: Activity) -> Activity {
    activity.order.flow = flow;
    activity
}

#[test]
fn what_follows_a_logon_by_ticket_is_its_owners() {
    let file = |flow| on(flow, activity(Kind::SmbFile, 3));
    let said = actors([
        logon("alice"),
        purchase(),
        file(7),
        on(7, presentation()),
        file(7),
        file(8),
    ]);
    let alice = Some("alice".to_owned());
    // Files fold: they leave last, and alice's apart from nobody's.
    assert_eq!(said, [alice.clone(), alice.clone(), alice.clone(), None, alice]);
}

#[test]
fn a_connection_of_several_is_nobodys() {
    let mut other = on(7, activity(Kind::NtlmAuthenticate, 3));
    other.observed.account = Some("bob".into());
    let file = on(7, activity(Kind::SmbFile, 4));
    let said = actors([logon("alice"), purchase(), on(7, presentation()), other, file]);
    assert_eq!(said.last(), Some(&None));
}

#[test]
fn one_account_has_two_names() {
    let mut same = on(7, activity(Kind::NtlmAuthenticate, 3));
    same.observed.account = Some("ALICE".into());
    same.observed.domain = Some("LAB".into());
    let file = on(7, activity(Kind::SmbFile, 4));
    let said = actors([logon("alice"), purchase(), on(7, presentation()), same, file]);
    assert_eq!(said.last(), Some(&Some("alice".to_owned())));
}

#[test]
fn the_last_bind_counts() {
    let mut bind = on(7, presentation());
    bind.carrier.0.push("ldap".into());
    let search = |base| {
        let mut search = on(7, activity(Kind::LdapSearch, 5));
        search.details = fields([("base", base)]);
        search
    };
    let mut anonymous = on(7, activity(Kind::LdapBind, 6));
    anonymous.details = fields([("method", "anonymous")]);
    let said = actors([logon("alice"), purchase(), bind, search("a"), anonymous, search("b")]);
    let alice = Some("alice".to_owned());
    assert_eq!(said, [alice.clone(), alice.clone(), alice.clone(), None, alice, None]);
}

#[test]
fn who_names_nobody_changes_the_own_password() {
    let mut change = activity(Kind::PasswordChange, 3);
    change.details = fields([("ticket_sha256", SERVICE), ("operation", "change")]);
    let out = run(&mut resolver(&Config::default()), [logon("alice"), purchase(), change]);
    let target = out.last().and_then(|resolved| resolved.target.as_ref());
    assert_eq!(target.map(|target| target.name.as_str()), Some("alice"));
}
