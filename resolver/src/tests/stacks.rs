//! What SYNs tell of an address, held against the operating system that the directory has.

use capture::Stack::{self, Linux, Windows};
use parsers::activity::{Activity, Kind};
use parsers::sighting::{Sighting, Source};
use proptest::prelude::*;

use super::sensor::{Sensor, logon};
use super::{CLIENT, DC1, at, between};
use crate::Config;
use crate::entity::{Certainty, Doubt, Method};

const HOUR: i64 = 3_600;
/// Windows 10 in the directory, and Samba.
const WS01: &str = "10.77.0.51";
const SRV1: &str = "10.77.0.30";

fn syn(sensor: &mut Sensor, seconds: i64, ip: &str, stack: Stack) {
    sensor.0.sighting(&Sighting {
        time: at(seconds),
        ..Sighting::new(Source::Syn(stack), ip.parse().unwrap())
    });
}

fn machine(seconds: i64, ip: &str, account: &str) -> Activity {
    logon(Kind::KerberosAs, seconds, ip, account, "LAB.EXAMPLE")
}

/// Who holds `ip`, `seconds` into the run: how sure that is, why not, and what the fingerprint said.
fn verdict(sensor: &mut Sensor, ip: &str, seconds: i64) -> (Certainty, Vec<Doubt>, Option<String>) {
    let probe = between(Kind::LdapChange, seconds, ip, "192.0.2.1");
    let source = sensor.see(probe).source.unwrap();
    let mut evidence = source.evidence.iter();
    let print = evidence.find(|evidence| evidence.method == Method::TcpFingerprint);
    let print = print.map(|print| print.name.to_string());
    (source.certainty, source.doubts.to_vec(), print)
}

#[test]
fn a_machine_account_used_from_another_system_is_not_certain() {
    let mut sensor = Sensor::new();
    syn(&mut sensor, 0, CLIENT, Linux);
    sensor.see(machine(0, CLIENT, "CLIENT$"));
    let certain = (Certainty::High, vec![], None);
    assert_eq!(verdict(&mut sensor, CLIENT, 1), certain, "one connection is none");
    syn(&mut sensor, 2, CLIENT, Linux);
    let doubted = (Certainty::Low, vec![Doubt::OperatingSystem], Some("linux".to_owned()));
    assert_eq!(verdict(&mut sensor, CLIENT, 3), doubted);
    let history = sensor.0.history(CLIENT.parse().unwrap(), at(3)).unwrap();
    assert_eq!(history.stacks, ["linux"]);
    assert_eq!(history.computer.unwrap().doubts[..], [Doubt::OperatingSystem]);
    // A machine in a machine, or a device between: its own TCP is there, too.
    syn(&mut sensor, 4, CLIENT, Windows);
    let agrees = (Certainty::High, vec![], Some("windows".to_owned()));
    assert_eq!(verdict(&mut sensor, CLIENT, 5), agrees);
}

#[test]
fn what_agrees_or_tells_nothing_changes_no_certainty() {
    let mut sensor = Sensor::new();
    for (ip, account, stack, print) in [
        (CLIENT, "CLIENT$", Windows, Some("windows")),
        (SRV1, "SRV1$", Linux, Some("linux")),
        (WS01, "WS01$", Stack::Other, None),
    ] {
        sensor.see(machine(0, ip, account));
        let before = verdict(&mut sensor, ip, 1).0;
        for second in 2..9 {
            syn(&mut sensor, second, ip, stack);
        }
        let said = verdict(&mut sensor, ip, 10);
        assert_eq!(said, (before, vec![], print.map(str::to_owned)), "{account}");
    }
    let mut blind = Sensor::without_directory();
    blind.see(machine(0, CLIENT, "CLIENT$"));
    syn(&mut blind, 1, CLIENT, Linux);
    syn(&mut blind, 2, CLIENT, Linux);
    assert_eq!(verdict(&mut blind, CLIENT, 3), (Certainty::High, vec![], None));
}

#[test]
fn a_server_is_known_by_its_answers_too() {
    let mut sensor = Sensor::new();
    let mut answer = between(Kind::KerberosAp, 0, CLIENT, SRV1);
    answer.observed.spn = Some("cifs/srv1.lab.example".into());
    sensor.see(answer);
    syn(&mut sensor, 1, SRV1, Windows);
    syn(&mut sensor, 2, SRV1, Windows);
    let seen = sensor.see(between(Kind::LdapChange, 3, CLIENT, SRV1));
    let destination = seen.destination.unwrap();
    assert_eq!(destination.os.as_deref(), Some("Samba 4.17.12-Debian"));
    assert_eq!(
        (destination.certainty, &destination.doubts[..]),
        (Certainty::Low, &[Doubt::OperatingSystem][..])
    );
}

#[test]
fn hours_of_silence_or_another_holder_end_it() {
    let mut sensor = Sensor::new();
    sensor.see(machine(0, CLIENT, "CLIENT$"));
    syn(&mut sensor, 1, CLIENT, Linux);
    syn(&mut sensor, 2, CLIENT, Linux);
    assert!(!sensor.is_certain(CLIENT, 3) && !sensor.is_certain(CLIENT, 2 * HOUR));
    assert!(sensor.is_certain(CLIENT, 4 * HOUR));
    syn(&mut sensor, 4 * HOUR + 3, CLIENT, Linux);
    syn(&mut sensor, 4 * HOUR + 4, CLIENT, Linux);
    assert!(!sensor.is_certain(CLIENT, 4 * HOUR + 5));
    sensor.see(machine(4 * HOUR + 6, CLIENT, "WS01$"));
    assert!(sensor.is_certain(CLIENT, 4 * HOUR + 7), "what was seen was the other's");
}

#[test]
fn of_a_shared_address_it_says_nothing() {
    let mut sensor = Sensor::new();
    for (seconds, account) in [(0, "CLIENT$"), (10, "WS01$"), (20, "SRV1$"), (30, "CLIENT$")] {
        sensor.see(machine(seconds, CLIENT, account));
    }
    syn(&mut sensor, 31, CLIENT, Linux);
    syn(&mut sensor, 32, CLIENT, Linux);
    assert_eq!(
        verdict(&mut sensor, CLIENT, 33),
        (Certainty::Low, vec![Doubt::Nat, Doubt::Conflict], None)
    );
}

#[test]
fn it_can_be_turned_off() {
    let config = Config {
        tcp_fingerprints: false,
        ..Config::default()
    };
    let mut sensor = Sensor::with(&config);
    sensor.see(machine(0, CLIENT, "CLIENT$"));
    for second in 1..9 {
        syn(&mut sensor, second, CLIENT, Linux);
    }
    assert_eq!(verdict(&mut sensor, CLIENT, 10), (Certainty::High, vec![], None));
}

/// One of the claims about the computer behind [`CLIENT`].
#[derive(Clone, Copy, Debug)]
enum Said {
    Machine,
    Workstation,
    Challenge,
}

fn say(sensor: &mut Sensor, seconds: i64, said: Said) {
    let mut activity = logon(Kind::NtlmAuthenticate, seconds, CLIENT, "bob", "LAB");
    match said {
        Said::Machine => activity = machine(seconds, CLIENT, "CLIENT$"),
        Said::Workstation => activity.observed.workstation = Some("CLIENT".into()),
        Said::Challenge => {
            activity = between(Kind::NtlmAuthenticate, seconds, DC1, CLIENT);
            activity.details.set("nb_computer", "CLIENT");
        }
    }
    sensor.see(activity);
}

/// What is said of [`CLIENT`] after `syns` and `claims`, each in its order; where a bit of `order` is set, a SYN comes next.
fn judged(syns: &[(i64, usize)], claims: &[(i64, Said)], order: u32) -> Option<(Certainty, Vec<Doubt>, Vec<Method>)> {
    let mut sensor = Sensor::new();
    let (mut syns, mut claims) = (syns.iter().peekable(), claims.iter().peekable());
    for turn in 0.. {
        let first = order >> (turn % 32) & 1 == 1;
        let next = syns.next_if(|_| first || claims.peek().is_none());
        match (next, claims.peek()) {
            (Some((seconds, stack)), _) => syn(&mut sensor, *seconds, CLIENT, Stack::ALL[*stack]),
            (None, Some(_)) => {
                let (seconds, said) = claims.next().unwrap();
                say(&mut sensor, *seconds, *said);
            }
            (None, None) => break,
        }
    }
    let computer = sensor.0.history(CLIENT.parse().unwrap(), at(1_800))?.computer?;
    let mut methods: Vec<_> = computer.evidence.iter().map(|evidence| evidence.method).collect();
    methods.sort_unstable();
    Some((computer.certainty, computer.doubts.to_vec(), methods))
}

proptest! {
    /// Whether SYNs come before or after what tells whose the address is: the verdict is the same.
    #[test]
    fn the_order_of_syns_and_evidence_changes_nothing(
        mut syns in prop::collection::vec((0_i64..1_800, 0_usize..4), 0..8),
        mut claims in prop::collection::vec(
            (0_i64..1_800, prop_oneof![Just(Said::Machine), Just(Said::Workstation), Just(Said::Challenge)]),
            0..6,
        ),
        order: u32,
    ) {
        syns.sort_by_key(|(seconds, _)| *seconds);
        claims.sort_by_key(|(seconds, _)| *seconds);
        let verdict = judged(&syns, &claims, u32::MAX);
        prop_assert_eq!(&verdict, &judged(&syns, &claims, 0));
        prop_assert_eq!(&verdict, &judged(&syns, &claims, order));
    }
}
