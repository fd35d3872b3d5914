//! kill -9 of sender or receiver at random moments: what had reached the spool is stored exactly once, ids without holes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use tests::{adtap, case};

/// How often one of the two is killed.
const KILLS: u64 = 50;

/// Moments drawn from a fixed seed (SplitMix64), so that a failure can be run again.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    /// Waits up to 400 ms: a moment is chosen by the clock, and nothing is concluded from it.
    fn pass(&mut self) {
        std::thread::sleep(Duration::from_millis(self.next() % 400));
    }
}

struct Lab {
    folder: tempfile::TempDir,
    port: u16,
}

impl Lab {
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            folder: tempfile::tempdir().unwrap(),
            port,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn receiver(&self) -> Child {
        let mut receive = Command::new(adtap());
        receive
            .args(["receive", "--listen", &format!("127.0.0.1:{}", self.port), "--store"])
            .arg(self.path("store"));
        receive.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn sender(&self) -> Child {
        let mut replay = Command::new(adtap());
        replay.args([
            "replay",
            "--quiet",
            "--to",
            &format!("http://127.0.0.1:{}", self.port),
            "--spool",
        ]);
        replay.arg(self.path("spool")).arg(case("story/capture.pcap"));
        replay.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_reached_the_spool_is_stored_exactly_once() {
    let (lab, mut moments) = (Lab::new(), Moments(20_261_120));
    let (mut receiver, mut sender) = (lab.receiver(), lab.sender());
    for _ in 0..KILLS {
        moments.pass();
        if moments.next() % 2 == 0 {
            kill(&mut receiver);
            receiver = lab.receiver();
        } else {
            kill(&mut sender);
            sender = lab.sender();
        }
        if sender.try_wait().unwrap().is_some() {
            sender = lab.sender(); // it was done before its turn came
        }
    }
    sender.wait().unwrap();
    let last = lab.sender().wait().unwrap();
    assert!(last.success(), "the last run delivers everything: {last}");
    // What is acknowledged is synced; in the tables it is once the receiver has written it out.
    let pid = Pid::from_raw(i32::try_from(receiver.id()).unwrap());
    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
    receiver.wait().unwrap();

    let given = highest_id(&lab.path("spool"));
    let mut stored = BTreeMap::new();
    count_ids(&lab.path("store/activities"), &mut stored);
    let twice: Vec<_> = stored.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "stored more than once: {twice:?}");
    let holes: Vec<u64> = (1..=given).filter(|id| !stored.contains_key(id)).collect();
    assert!(
        holes.is_empty(),
        "{} of {given} ids are missing: {:?}…",
        holes.len(),
        holes.get(..10)
    );
    assert_eq!(stored.len() as u64, given);
    println!("{KILLS} kills, {given} activities, each stored once");
}

/// The highest id the spool says is acknowledged; nothing may wait.
fn highest_id(spool: &Path) -> u64 {
    let output = Command::new(adtap())
        .args(["spool", "status", "--json"])
        .arg(spool)
        .output()
        .unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |name| status.get(name).and_then(serde_json::Value::as_u64);
    assert_eq!((number("waiting"), number("evicted")), (Some(0), Some(0)), "{status}");
    number("acknowledged").unwrap()
}

/// How often each id stands in the Parquet files below `folder`.
fn count_ids(folder: &Path, stored: &mut BTreeMap<u64, u64>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count_ids(&path, stored);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            let schema = reader.metadata().file_metadata().schema_descr();
            let column = (0..schema.num_columns())
                .find(|at| schema.column(*at).name() == "id")
                .unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let id = u64::try_from(row.unwrap().get_long(column).unwrap()).unwrap();
                *stored.entry(id).or_default() += 1;
            }
        }
    }
}
