//! A sensor beside another, which both follow trusts, and a real receiver on loopback.

use resolver::directory::sync::Entry;

use super::*;
use crate::directory::election::Duty;
use crate::directory::election::tests::{Lab, NAME, PATIENCE, Sensor};
use crate::directory::tests::config;
use crate::directory::tests::script::{Asked, scripted};

const OTHER: &str = "other.example";

fn trust(deleted: &str) -> Entry {
    let values = [
        ("objectClass", "trustedDomain"),
        ("trustPartner", OTHER),
        ("trustDirection", "3"),
        ("trustType", "2"),
        ("isDeleted", deleted),
    ];
    let mut attributes = vec![(b"objectGUID".to_vec(), vec![vec![7; 16]])];
    let values = values.iter().filter(|(_, value)| !value.is_empty());
    attributes.extend(values.map(|(name, value)| (name.as_bytes().to_vec(), vec![value.as_bytes().to_vec()])));
    Entry {
        dn: format!("CN={OTHER},CN=System,DC=lab,DC=example").into_bytes(),
        attributes,
    }
}

/// What the directory's thread of a sensor does, a glance at a time.
fn work(lab: &Lab, number: u8, folder: &std::path::Path) -> Work {
    let text = format!("follow-trusts = true\n[[domains]]\nname = {NAME:?}\ndirsync = false\n");
    let config = Config {
        folder: folder.join(number.to_string()),
        ..toml::from_str(&text).unwrap()
    };
    let spool = format!("{number:016x}");
    let election = Election::start(lab.runtime.handle(), &config, &lab.sender(number), &spool).unwrap();
    let loaded = Loaded::open(&config, Snapshot::default());
    let (out, _) = crossbeam_channel::bounded(1);
    let mut work = Work::new(loaded, election, out, Arc::default(), Arc::default());
    work.take_seats();
    work
}

fn duty(work: &Work, name: &str) -> Option<Duty> {
    let domain = work.domains.iter().find(|domain| domain.status.name == name)?;
    Some(domain.status.election.as_ref()?.duty)
}

fn until(work: &mut Work, what: &str, is_so: impl Fn(&Work) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !is_so(work) {
        assert!(Instant::now() < deadline, "{what}");
        for place in 0..work.domains.len() {
            work.elected(place, &runtime);
        }
        work.map();
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_trust_that_another_sensor_read_is_followed_and_the_domain_given_back_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::new(&folder.path().join("store"), 3_600);
    let mut one = Sensor::new(&lab, 1, true, folder.path());
    one.until(Duty::Synchronizer, true);
    one.read_entries(vec![trust("")]);
    one.step();

    let mut two = work(&lab, 2, folder.path());
    until(&mut two, "the trusted domain is lent to who takes it up", |two| {
        duty(two, OTHER) == Some(Duty::Synchronizer)
    });
    assert_eq!((duty(&two, NAME), two.seats.len()), (Some(Duty::Follower), 2));
    let mut three = work(&lab, 3, folder.path());
    until(&mut three, "a third follows both", |three| {
        duty(three, OTHER) == Some(Duty::Follower)
    });

    one.read_entries(vec![trust("TRUE")]);
    one.end();
    until(&mut two, "it is left", |two| {
        two.domains.len() == 1 && two.seats.len() == 1
    });
    let exchange = &one.exchange;
    let deadline = Instant::now() + PATIENCE;
    let ask = || lab.runtime.block_on(exchange.lease(OTHER, true, 0, None)).unwrap();
    until(&mut three, "it is left by the third", |three| three.domains.len() == 1);
    while !ask().granted {
        assert!(
            Instant::now() < deadline,
            "long before the silence of an hour has passed"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// The thread's work with a controller that finds a new title and then breaks; what it hands out.
fn breaking(folder: &std::path::Path) -> (Work, crossbeam_channel::Receiver<Renewal>) {
    let (port, _) = scripted(std::net::Ipv4Addr::LOCALHOST, 0, |request| match request.asked {
        Asked::Follow if request.has("next") => None,
        Asked::Follow => Some([request.user(1, "second"), request.more("next")].concat()),
        _ => Some(request.sound("first")),
    });
    std::fs::write(folder.join("password"), "password").unwrap();
    let config = Config {
        change_notification: false,
        ..config(folder, port)
    };
    let loaded = Loaded::open(&config, Snapshot::default());
    let (out, renewals) = crossbeam_channel::bounded(1);
    let work = Work::new(loaded, None, out, Arc::default(), Arc::default());
    (work, renewals)
}

fn look(work: &mut Work) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    work.domains[0].rest(); // it is due
    work.round(0, &runtime);
}

/// The title that is written down.
fn kept(work: &Work) -> Option<String> {
    let sessions = work.folder.load(&work.config.domains[0], |error| panic!("{error}"));
    let found = sessions.first()?.replica().find(resolver::directory::Guid([1; 16]))?;
    Some(found.text(resolver::directory::Attribute::Title)?.to_string())
}

#[test]
fn what_a_failing_round_found_is_handed_out_and_then_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let (mut work, renewals) = breaking(folder.path());
    look(&mut work);
    assert!(renewals.try_recv().is_ok(), "a first snapshot");
    work.save();
    assert_eq!(kept(&work).as_deref(), Some("first"));
    look(&mut work);
    assert!(work.domains[0].status.error.is_some());
    work.save();
    assert_eq!(kept(&work).as_deref(), Some("first"), "nobody was told yet");
    work.publish();
    assert_eq!(renewals.try_recv().unwrap().changes.len(), 1);
    work.save();
    assert_eq!(kept(&work).as_deref(), Some("second"));
}

#[test]
fn what_was_handed_out_a_moment_ago_is_not_written_down_by_a_full_read() {
    let folder = tempfile::tempdir().unwrap();
    let (mut work, renewals) = breaking(folder.path());
    look(&mut work);
    look(&mut work);
    assert!(
        renewals.try_recv().is_ok() && work.is_settled(),
        "a snapshot tells no change"
    );
    work.publish();
    assert!(!work.is_settled(), "a kill would cost what is not in the spool yet");
    let whole = || Round {
        read: true,
        ..Round::default()
    };
    work.take(whole());
    assert_eq!(kept(&work).as_deref(), Some("first"));
    work.told = Instant::now().checked_sub(SETTLING);
    work.take(whole());
    assert_eq!(kept(&work).as_deref(), Some("second"));
}

#[test]
fn what_nobody_takes_before_the_end_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut work, renewals) = breaking(folder.path());
    look(&mut work);
    work.save();
    look(&mut work);
    drop(renewals);
    work.stop.store(true, Ordering::Relaxed);
    work.run();
    assert_eq!(kept(&work).as_deref(), Some("first"));
}
