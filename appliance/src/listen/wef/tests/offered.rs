//! What is offered to sources, and what their group policy names.

use super::*;

#[test]
fn an_offer_says_what_a_policy_needs() {
    let bench = Bench::new("logon-servers = [\"adfs1.lab.example\"]", 1);
    let offer = Offer::new(&bench.config).unwrap();
    let (host, issuer) = offer.https.clone().unwrap();
    assert_eq!((host.as_str(), issuer.len()), ("adtap.lab.example:5986", 40));
    let managers = offer.managers();
    assert!(
        managers[0]
            .1
            .starts_with("Server=https://adtap.lab.example:5986/wsman/SubscriptionManager/WEC,Refresh=")
    );
    let offered = |source: &str| offer.subscription(source, Proof::Certificate);
    assert!(offered("adfs1.lab.example").query.contains("EventID=4624"));
    let others = offered("dc1.lab.example");
    assert!(!others.query.contains("EventID=4624"));
    assert_ne!(others.version(), offered("adfs1.lab.example").version());
    let mut both = bench.config.clone();
    both.offer_kerberos("10.0.0.5", "adtap.lab.example:15986");
    let offer = Offer::new(&both).unwrap();
    assert_eq!(
        offer.managers()[1].1,
        "Server=http://adtap.lab.example:5985/wsman/SubscriptionManager/WEC,Refresh=60"
    );
    let subscription = offer.subscription("dc1.lab.example", Proof::Kerberos);
    assert!(
        subscription
            .notify_to
            .starts_with("http://adtap.lab.example:5985/wsman/subscriptions/")
    );
    assert_ne!(subscription.version(), others.version());
    let mut missing = bench.config.clone();
    missing.certificate = Some(Path::new("/nowhere.pem").into());
    assert!(
        Offer::new(&missing)
            .unwrap_err()
            .sentence
            .starts_with("events.wef: /nowhere.pem: ")
    );
}
