//! What listens beside the cable: Windows events and RADIUS, over kills, without rights, and over IPv6.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::thread::JoinHandle;

use tests::wef::certificates::{self, Sources};
use tests::wef::source::{Task, Told};
use tests::wef::text::{self, Form};

use super::*;

const COLLECTOR: &str = "adtap.lab.example";

/// `[events.wef]` at `at`, with certificates of a CA that is made for it.
fn wef(bed: &Bed, at: &str) -> String {
    let folder = bed.path("ca");
    certificates::make(&folder, COLLECTOR).unwrap();
    let file = |name: &str| folder.join(name);
    format!(
        "[events.wef]\nlisten = [\"{at}\"]\ncertificate = {:?}\nkey = {:?}\nca = {:?}\n",
        file("server.pem"),
        file("server.key"),
        file("ca.pem")
    )
}

/// `[radius]` at `at`, which [`Gateway`] on this host may ask.
fn radius(bed: &Bed, at: &str) -> String {
    let secret = bed.path("secret");
    fs::write(&secret, "xyzzy5461\n").unwrap();
    let client = format!("[[radius.clients]]\nname = \"gateway\"\naddresses = [\"{at}\"]\nsecret-file = {secret:?}\n");
    format!("[radius]\nlisten = [\"{at}\"]\n{client}")
}

/// The controller dc1, which sends so many events to the collector at `at`, in batches of 25.
fn controller(bed: &Bed, at: IpAddr, events: u64) -> JoinHandle<Told> {
    let task = Task {
        name: "dc1.lab.example".to_owned(),
        tls: Sources::open(&bed.path("ca"))
            .unwrap()
            .client("dc1.lab.example")
            .unwrap(),
        at: SocketAddr::new(at, 5_986),
        collector: COLLECTOR.to_owned(),
        events,
        batch: 25,
        form: Form::Compressed,
        pause: Duration::ZERO,
        until: Instant::now() + PATIENCE,
    };
    let batches = task.prepare();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(task.run(batches))
    })
}

/// Everything was acknowledged.
#[track_caller]
fn all(controller: JoinHandle<Told>, events: u64) -> Told {
    let told = controller.join().unwrap();
    assert_eq!(
        (told.acknowledged, told.wrong.as_slice()),
        (events, &[][..]),
        "{told:?}"
    );
    told
}

impl Bed {
    /// The EventRecordIDs of the events that are stored by the collector, and how often each is.
    fn record_ids(&self) -> BTreeMap<u64, u64> {
        let mut ids = BTreeMap::new();
        for details in details(&self.path("store/activities")) {
            let events = details.get("events").and_then(|events| events.as_array()).cloned();
            for event in events.into_iter().flatten() {
                let id = event.get("record_id").and_then(serde_json::Value::as_u64);
                *ids.entry(id.unwrap()).or_default() += 1;
            }
        }
        ids
    }
}

/// The details of every activity in the Parquet files below `folder`.
fn details(folder: &Path) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(details(&path));
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            let schema = reader.metadata().file_metadata().schema_descr();
            let mut columns = 0..schema.num_columns();
            let column = columns.find(|at| schema.column(*at).name() == "details").unwrap();
            let rows = reader.get_row_iter(None).unwrap();
            all.extend(rows.map(|row| serde_json::from_str(row.unwrap().get_string(column).unwrap()).unwrap()));
        }
    }
    all
}

/// How many activities the listener `name` has made, as `/status.json` says.
fn heard(name: &str) -> Option<u64> {
    let status = status()?;
    let mut listeners = status.get("snapshot")?.get("listeners")?.as_array()?.iter();
    let listener = listeners.find(|listener| listener.get("name").is_some_and(|known| known == name))?;
    let kinds = listener.get("activities")?.as_object()?;
    kinds.values().map(serde_json::Value::as_u64).sum()
}

/// Waits until the listener `name` has made so many activities.
fn hear(name: &str, activities: u64) {
    let deadline = Instant::now() + PATIENCE;
    while heard(name) != Some(activities) {
        assert!(Instant::now() < deadline, "{name}: {:?} of {activities}", heard(name));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_a_controller_forwards_is_stored_once_over_kills() {
    in_namespace(
        "listeners::what_a_controller_forwards_is_stored_once_over_kills",
        |bed| {
            const EVENTS: u64 = 300;
            bed.configure(&wef(bed, "127.0.0.1"));
            let receiver = bed.receiver();
            let mut daemon = bed.run(&[]);
            let controller = controller(bed, [127, 0, 0, 1].into(), EVENTS);
            let places = bed.path("spool/wef-sources");
            // A batch takes a quarter of a second, in which it waits for what was captured of it: each kill falls into another part of that.
            for after in [0, 100, 200] {
                let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
                let (before, deadline) = (size(&places), Instant::now() + PATIENCE);
                while size(&places) <= before {
                    assert!(Instant::now() < deadline, "nothing is acknowledged: {}", daemon.text());
                    std::thread::sleep(Duration::from_millis(5));
                }
                std::thread::sleep(Duration::from_millis(after));
                daemon.signal(Signal::SIGKILL);
                daemon.ended();
                daemon = bed.run(&[]);
            }
            let told = all(controller, EVENTS);
            assert!(
                told.connected > 3 && told.batches > EVENTS / 25,
                "it was killed amid batches: {told:?}"
            );
            let text = daemon.stop();
            receiver.stop();
            assert_eq!(number(&text, "by this run, ", " wait"), 0, "{text}");
            assert_eq!(bed.record_ids(), (1..=EVENTS).map(|id| (id, 1)).collect());
            assert_eq!(bed.stored().len() as u64, EVENTS);
        },
    );
}

/// What every thread of the daemon may do.
fn rights(daemon: &Daemon) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", daemon.child.id())).unwrap();
    let mut all = Vec::new();
    for task in tasks {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        all.extend(["CapEff:", "CapPrm:", "CapBnd:"].map(|set| line(&status, set)));
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn it_keeps_the_right_to_low_ports_where_it_listens_there_alone() {
    in_namespace(
        "listeners::it_keeps_the_right_to_low_ports_where_it_listens_there_alone",
        |bed| {
            if User::from_name("nobody").unwrap().is_none() {
                println!("skipped: there is no user nobody");
                return;
            }
            // Else nobody reaches the spool, nor reads the key.
            fs::set_permissions(bed.folder.path(), Permissions::from_mode(0o755)).unwrap();
            let run = "[run]\nuser = \"nobody\"\n";
            let high = wef(bed, "127.0.0.1");
            bed.configure(&format!("{run}{high}"));
            let daemon = bed.run(&[]);
            assert_eq!(
                rights(&daemon),
                ["0000000000002000"],
                "CAP_NET_RAW alone: 5986 is open to everybody"
            );
            let _text = daemon.stop();
            let low = format!("{run}{high}[events.syslog]\nudp = [\"127.0.0.1\"]\nsources = [\"127.0.0.0/8\"]\n");
            bed.configure(&low);
            let mut daemon = bed.run(&[]);
            assert_eq!(rights(&daemon), ["0000000000002400"], "and CAP_NET_BIND_SERVICE");
            // With it another address of the same port is opened, by the same process.
            bed.configure(&low.replace("udp = [\"127.0.0.1\"]", "udp = [\"127.0.0.2\"]"));
            daemon.signal(Signal::SIGHUP);
            daemon.says("127.0.0.2:514");
            assert_eq!(rights(&daemon), ["0000000000002400"]);
            daemon.stop();
        },
    );
}

#[test]
fn listeners_hear_ipv6() {
    in_namespace("listeners::listeners_hear_ipv6", |bed| {
        if let Err(error) = UdpSocket::bind("[::1]:0") {
            assert!(
                !Path::new("/proc/net/if_inet6").exists(),
                "this kernel has IPv6: {error}"
            );
            println!("skipped: this kernel has no IPv6 ({error})");
            return;
        }
        let syslog = "[events.syslog]\nudp = [\"::1\"]\ntcp = [\"::1\"]\nsources = [\"::1\"]\n";
        let at_once = "[resolver]\nevent-join = 0\n";
        bed.configure(&format!("{at_once}{syslog}{}{}", radius(bed, "::1"), wef(bed, "::1")));
        let receiver = bed.receiver();
        let daemon = bed.run(&[]);
        assert_eq!(Gateway::at("[::1]:1813").asks(), Gateway::STARTED);
        all(controller(bed, "::1".parse().unwrap(), 25), 25);
        let message = |id| {
            format!(
                "<13>1 2026-11-29T01:00:00Z dc2 events - - - {}",
                text::event("dc2.lab.example", id)
            )
        };
        let datagrams = UdpSocket::bind("[::1]:0").unwrap();
        datagrams.send_to(message(101).as_bytes(), "[::1]:514").unwrap();
        let mut stream = TcpStream::connect("[::1]:514").unwrap();
        stream.write_all(format!("{}\n", message(102)).as_bytes()).unwrap();
        hear("syslog", 2);
        let other = TcpStream::connect("127.0.0.1:514").map_err(|error| error.kind());
        assert_eq!(
            other.err(),
            Some(ErrorKind::ConnectionRefused),
            "nobody listens at other addresses"
        );
        let text = daemon.stop();
        receiver.stop();
        for place in ["udp [::1]:514", "tcp [::1]:514", "udp [::1]:1813", "[::1]:5986"] {
            assert!(text.contains(place), "{place}: {text}");
        }
        assert_eq!(bed.record_ids(), (1..=25).chain([101, 102]).map(|id| (id, 1)).collect());
        assert_eq!(bed.stored().len(), 28, "and what the gateway reports");
    });
}
