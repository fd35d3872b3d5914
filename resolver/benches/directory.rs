//! A directory of a million accounts and computers: what it takes to load, to hold, and to look somebody up.
//!
//! It is generated, written down, and loaded by a process of its own, whose memory is that of the directory alone: what is kept to
//! tell changes by, and the snapshot that names are looked up in, both together. `-- 100000` takes another number.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use resolver::directory::sync::{Context, Controller, Done, Entry, Replica, Session};
use resolver::directory::{Guid, Listed, Snapshot};

/// What the appliance uses too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Accounts and computers; beside them is a group for each fifty.
const MANY: u32 = 1_000_000;
/// Members of a group.
const MEMBERS: u32 = 150;
/// Names looked up of each kind: once each, all over the directory, and a few of them again and again.
const LOOKUPS: u32 = 200_000;
const FEW: usize = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, path, many] = arguments.as_slice()
        && word == "load"
    {
        return measure(Path::new(path), many.parse()?);
    }
    let many = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(MANY);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lab.example.directory");
    let (session, took) = timed(|| generated(many));
    println!(
        "generated    {many} accounts and computers in {:.2} s",
        took.as_secs_f64()
    );
    let (saved, took) = timed(|| session.save(&path));
    saved?;
    let size = std::fs::metadata(&path)?.len();
    println!("written      {} MB in {:.2} s", size >> 20, took.as_secs_f64());
    drop(session);
    let status = Command::new(std::env::current_exe()?)
        .arg("load")
        .arg(&path)
        .arg(many.to_string())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the measurement failed".into())
    }
}

/// In a fresh process: load, join, look up.
fn measure(path: &Path, many: u32) -> Result<(), Box<dyn std::error::Error>> {
    let began = memory()?;
    let (session, loading) = timed(|| Session::load(path, true));
    let session = session?.ok_or("there is no file")?;
    let (snapshot, joining) = timed(|| Snapshot::empty().joined([session.replica()].into_iter()));
    let used = memory()?.saturating_sub(began);
    let both = loading + joining;
    println!(
        "loaded       {} objects in {:.2} s ({:.2} s from disk, {:.2} s for the indices)",
        snapshot.len(),
        both.as_secs_f64(),
        loading.as_secs_f64(),
        joining.as_secs_f64()
    );
    println!(
        "memory       {} MB ({} octets an account)",
        used >> 20,
        used / u64::from(many)
    );
    lookups(&snapshot, many)
}

/// A key of an object by its number, and how it is looked up.
struct Kind {
    name: &'static str,
    key: fn(u32) -> String,
    ask: for<'a> fn(&'a Snapshot, &str) -> Option<Listed<'a>>,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "account",
        key: name,
        ask: |snapshot, key| snapshot.account(key, None),
    },
    Kind {
        name: "DOMAIN\\name",
        key: |number| format!("LAB\\{}", name(number)),
        ask: |snapshot, key| snapshot.named(key, None),
    },
    Kind {
        name: "upn",
        key: |number| format!("{}@lab.example", name(number)),
        ask: |snapshot, key| snapshot.upn(key),
    },
    Kind {
        name: "sid",
        key: |number| format!("S-1-5-21-1-2-3-{}", number + 2_000),
        ask: |snapshot, key| snapshot.sid(key),
    },
    Kind {
        name: "guid",
        key: |number| guid(number).to_string(),
        ask: |snapshot, key| snapshot.guid(key),
    },
    Kind {
        name: "dn",
        key: dn,
        ask: |snapshot, key| snapshot.dn(key),
    },
    Kind {
        name: "host",
        key: |number| format!("{}.lab.example", computer(number)),
        ask: |snapshot, key| snapshot.host(key, None),
    },
    Kind {
        name: "spn",
        key: |number| format!("HOST/{}", computer(number)),
        ask: |snapshot, key| snapshot.spn(key, None),
    },
];

fn lookups(snapshot: &Snapshot, many: u32) -> Result<(), Box<dyn std::error::Error>> {
    println!("look-up                once  again  with its entity");
    for kind in KINDS {
        let keys: Vec<String> = (0..LOOKUPS).map(|step| (kind.key)(scattered(step, many))).collect();
        let look = |key: &String| black_box((kind.ask)(snapshot, key)).is_some();
        let once = each(&keys, look)?;
        let few: Vec<String> = keys.iter().take(FEW).cycle().take(keys.len()).cloned().collect();
        let again = each(&few, look)?;
        let entity = each(&keys, |key| {
            black_box((kind.ask)(snapshot, key).and_then(|listed| listed.entity())).is_some()
        })?;
        println!(
            "             {:<12} {once:>4} ns {again:>3} ns {entity:>6} ns",
            kind.name
        );
    }
    Ok(())
}

/// Nanoseconds that `look` takes for each of `keys`, all of which it has to find.
fn each(keys: &[String], look: impl Fn(&String) -> bool) -> Result<u128, String> {
    let (found, took) = timed(|| keys.iter().filter(|key| look(key)).count());
    match found == keys.len() {
        true => Ok(took.as_nanos() / keys.len() as u128),
        false => Err(format!("{found} of {} found", keys.len())),
    }
}

fn generated(many: u32) -> Session {
    let replica = Replica::new("lab.example");
    let mut session = Session::new(Context::Domain, "DC=lab,DC=example".into(), replica, None, false);
    session.begin(Controller {
        name: "generated".into(),
        usn: 1,
    });
    session.handle_entry(head());
    (0..many).for_each(|number| session.handle_entry(account(number)));
    (0..many / 50).for_each(|number| session.handle_entry(group(number, many)));
    if let Err(refusal) = session.handle_done(Done::default()) {
        println!("{refusal}");
    }
    session
}

fn head() -> Entry {
    entry(
        u32::MAX,
        "DC=lab,DC=example",
        &[("objectClass", &["top", "domain", "domainDNS"])],
    )
}

/// Seven in ten are users, the rest computers.
fn account(number: u32) -> Entry {
    let (name, sid) = (name(number), sid(number));
    let upn = format!("{name}@lab.example");
    let stamps = format!("{}", 134_000_000_000_000_000_u64 + u64::from(number) * 1_000_003);
    let mut entry = if number % 10 < 7 {
        let display = format!("Firstname Lastname {number}");
        let manager = dn(number / 10 * 10);
        entry(
            number,
            &dn(number),
            &[
                ("objectClass", &["top", "person", "organizationalPerson", "user"]),
                ("displayName", &[&display]),
                ("mail", &[&upn]),
                ("title", &["Senior Consultant"]),
                ("department", &["Department of Administration"]),
                ("telephoneNumber", &["+49 30 1234567"]),
                ("manager", &[&manager]),
                ("userAccountControl", &["512"]),
                ("primaryGroupID", &["513"]),
            ],
        )
    } else {
        let short = name.trim_end_matches('$');
        let host = format!("{short}.lab.example");
        let services: Vec<String> = ["HOST", "RestrictedKrbHost", "TERMSRV", "WSMAN"]
            .iter()
            .flat_map(|class| [format!("{class}/{short}"), format!("{class}/{host}")])
            .collect();
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        entry(
            number,
            &dn(number),
            &[
                (
                    "objectClass",
                    &["top", "person", "organizationalPerson", "user", "computer"],
                ),
                ("dNSHostName", &[&host]),
                ("servicePrincipalName", &services),
                ("operatingSystem", &["Windows 11 Enterprise"]),
                ("operatingSystemVersion", &["10.0 (26100)"]),
                ("msDS-SupportedEncryptionTypes", &["28"]),
                ("userAccountControl", &["4096"]),
                ("primaryGroupID", &["515"]),
            ],
        )
    };
    for (attribute, value) in [
        ("sAMAccountName", name.as_bytes()),
        ("userPrincipalName", upn.as_bytes()),
        ("objectSid", &sid),
        ("name", name.as_bytes()),
        ("whenCreated", b"20240101000000.0Z"),
        ("pwdLastSet", stamps.as_bytes()),
        ("accountExpires", b"9223372036854775807"),
    ] {
        entry.attributes.push((attribute.into(), vec![value.to_vec()]));
    }
    entry
}

fn group(number: u32, many: u32) -> Entry {
    let place = many + number;
    let name = format!("group{number}");
    let mut entry = entry(
        place,
        &format!("CN={name},OU=Groups,DC=lab,DC=example"),
        &[("objectClass", &["top", "group"]), ("sAMAccountName", &[&name])],
    );
    let member = |step| {
        let member = scattered(number * MEMBERS + step, many);
        format!("<GUID={}>;{}", guid(member), dn(member)).into_bytes()
    };
    entry
        .attributes
        .push((b"objectSid".to_vec(), vec![sid(place).to_vec()]));
    entry
        .attributes
        .push((b"member".to_vec(), (0..MEMBERS).map(member).collect()));
    entry
}

fn entry(number: u32, dn: &str, attributes: &[(&str, &[&str])]) -> Entry {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    let mut entry = Entry {
        dn: dn.into(),
        attributes: attributes
            .iter()
            .map(|(name, list)| (name.as_bytes().to_vec(), values(list)))
            .collect(),
    };
    entry
        .attributes
        .push((b"objectGUID".to_vec(), vec![guid(number).0.to_vec()]));
    entry
}

fn name(number: u32) -> String {
    if number % 10 < 7 {
        format!("user{number}")
    } else {
        format!("PC{number:07}$")
    }
}

/// A computer near an account of any number.
fn computer(number: u32) -> String {
    format!("PC{:07}", number / 10 * 10 + 7 + number % 3)
}

fn dn(number: u32) -> String {
    let own = name(number);
    format!(
        "CN={},OU=Site {:03},OU=Accounts,DC=lab,DC=example",
        own.trim_end_matches('$'),
        number % 200
    )
}

fn guid(number: u32) -> Guid {
    let mixed = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Guid(mixed.to_le_bytes())
}

fn sid(number: u32) -> [u8; 28] {
    let mut sid = [0; 28];
    let parts = [
        [1, 5, 0, 0],
        [0, 0, 0, 5],
        [21, 0, 0, 0],
        [1, 0, 0, 0],
        [2, 0, 0, 0],
        [3, 0, 0, 0],
    ];
    let parts = parts.into_iter().chain([(number.wrapping_add(2_000)).to_le_bytes()]);
    sid.iter_mut()
        .zip(parts.flatten())
        .for_each(|(slot, byte)| *slot = byte);
    sid
}

/// Numbers below `many`, without order.
fn scattered(step: u32, many: u32) -> u32 {
    ((u64::from(step) * 2_654_435_761 + 12_345) % u64::from(many)) as u32
}

/// Octets of memory in use: the second number of statm(5), in pages.
fn memory() -> Result<u64, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = text.split(' ').nth(1).ok_or("no statm")?.parse()?;
    Ok(pages * 4_096)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = act();
    (done, began.elapsed())
}
