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
