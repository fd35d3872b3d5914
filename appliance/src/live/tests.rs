//! The stages of a live run on a feed that needs no interface.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use capture::source::Frame;
use capture::source::file::FileSource;
use capture::source::live::SourceStats;
use capture::{CaptureId, Endpoint, Flow, FrameId, LinkType, Poll, Source, Timestamp, Transport, Tunnel};
use crossbeam_channel::{bounded, unbounded};
use parsers::activity::{Activity, Kind};
use parsers::protocol::ProtocolId;
use resolver::Resolver;
use resolver::directory::Snapshot;
use uplink::{Appender, Spool, SpoolConfig};

use super::delay::Delays;
use super::event::Event;
use super::exchange::Exchange;
use super::feed::Feed;
use super::known;
use super::observe;
use super::outbox::Outbox;
use super::pipeline::{Parts, Pipeline};
use super::pulse::LiveTotals;
use super::store::{Batch, Storing};
use crate::config::Config;
use crate::health::{Health, Latest, Shed, examples};
use crate::listen::{Letter, Receipt, Station};
use crate::worker::{Provoke, Worker};

/// A capture that is lent as an interface would, and then nothing; its clock is the test's.
struct Capture {
    source: FileSource,
    clock: Arc<AtomicI64>,
}

impl Capture {
    fn open(name: &str) -> (Self, Arc<AtomicI64>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pcaps").join(name);
        let clock = Arc::new(AtomicI64::new(0));
        let source = FileSource::open(&[path]).unwrap();
        let clocked = Arc::clone(&clock);
        (Self { source, clock }, clocked)
    }
}

impl Source for Capture {
    fn poll(&mut self, sink: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>) -> Poll {
        let mut latest = 0;
        let poll = self.source.poll(&mut |frame| {
            latest = frame.time.0;
            sink(frame)
        });
        self.clock.fetch_max(latest, Ordering::Relaxed);
        if poll == Poll::Ended { Poll::Idle } else { poll }
    }
}

impl Feed for Capture {
    fn wait(&mut self, at_most: Duration) {
        std::thread::sleep(at_most.min(Duration::from_millis(1)));
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    fn stats(&mut self) -> SourceStats {
        SourceStats::default()
    }
}

fn until(what: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(Instant::now() < deadline, "nothing happened");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a pipeline on `feed` is made of.
fn parts(feed: Capture, appender: Appender, folder: &Path, provoke: Option<Provoke>) -> Parts<Capture> {
    Parts {
        keys: None,
        stations: Vec::new(),
        feeds: vec![feed],
        names: vec!["cap0".into(), "radius".into()],
        directory: Arc::new(Snapshot::empty()),
        renewals: (bounded(0).1, CaptureId(2)),
        appender,
        known: known::path(folder),
        delays: Delays::default(),
        shed: Shed::default(),
        latest: Latest::default(),
        provoke,
    }
}

/// Runs `name` through the stages, sets the clock on by `seconds` once it is read, and answers ids before and after, and at the end.
fn live(name: &str, seconds: i64, provoke: Option<Provoke>) -> (u64, u64, u64) {
    let (ids, ended) = run(name, seconds, provoke, &Config::default());
    assert_eq!(ended.len(), 5, "{ended:?}");
    ids
}

/// The same by `config`; and which threads have ended.
fn run(name: &str, seconds: i64, provoke: Option<Provoke>, config: &Config) -> ((u64, u64, u64), Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    let spool = SpoolConfig {
        directory: folder.path().join("spool"),
        ..SpoolConfig::default()
    };
    let (appender, reader) = Spool::open(&spool).unwrap();
    let (feed, clock) = Capture::open(name);
    let (events, received) = unbounded();
    let pipeline = Pipeline::start(parts(feed, appender, folder.path(), provoke), config, &events).unwrap();
    let ids = || reader.stats().synced_id;
    until(|| clock.load(Ordering::Relaxed) > 0);
    std::thread::sleep(Duration::from_millis(300));
    let before = ids();
    clock.fetch_add(seconds * 1_000_000_000, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(300));
    let after = ids();
    pipeline.stop();
    until(|| pipeline.has_ended());
    let ended: Vec<_> = received.try_iter().collect();
    assert!(ended.contains(&Event::Ended {
        thread: "resolve".into()
    }));
    let all = pipeline.pulses()[0].totals();
    assert_eq!(all.totals.panics > 0, provoke.is_some());
    assert_eq!(all.queue_lost, 0);
    let mut resolver = Resolver::new(&resolver::Config::default(), Arc::new(Snapshot::empty()));
    known::restore(&mut resolver, &known::path(folder.path()));
    assert!(resolver.stats().addresses > 0, "what was learnt of addresses is kept");
    ((before, after, ids()), ended)
}

#[test]
fn a_quiet_network_closes_what_is_open() {
    let (before, after, last) = live("story/capture.pcap", 3_600, None);
    assert!(before > 0, "what does not fold is spooled at once");
    assert!(
        after > before,
        "windows close by the clock while nothing comes: {before} {after}"
    );
    assert!(last >= after);
}

#[test]
fn a_panic_costs_its_flow() {
    let (_, _, whole) = live("story/capture.pcap", 0, None);
    let (_, _, rest) = live("story/capture.pcap", 0, Some(Provoke::Panic(88)));
    assert!(rest > 0 && rest < whole, "{rest} of {whole}");
}

#[test]
fn asking_who_somebody_is_loses_nothing() {
    let (_, _, plain) = live("story/capture.pcap", 3_600, None);
    let mut config = Config::default();
    config.lookup.enabled = true;
    // No way to ask: nothing is sent, and every address comes back as it went.
    let ways = &mut config.lookup;
    (ways.rpc, ways.netbios, ways.rdp, ways.ptr) = (false, false, false, false);
    let ((_, _, asking), ended) = run("story/capture.pcap", 3_600, None, &config);
    assert_eq!((asking, ended.len()), (plain, 6), "{ended:?}");
    assert!(ended.contains(&Event::Ended {
        thread: "lookup".into()
    }));
}

#[test]
fn a_full_queue_never_stops_a_worker() {
    let (queue, parcels) = bounded(1);
    let mut outbox = Outbox::new(0, queue);
    let mut worker = Worker::new(0, &capture::Config::default(), false);
    let (mut feed, _) = Capture::open("story/capture.pcap");
    let mut now = Timestamp(0);
    let mut poll = Poll::More;
    while poll == Poll::More {
        poll = feed.poll(&mut |frame| {
            worker.frame(frame);
            now = frame.time;
            ControlFlow::Continue(())
        });
        outbox.take(&mut worker);
        outbox.send(now);
        outbox.send(now.after(Duration::from_secs(1)));
    }
    let produced = outbox.kinds().total();
    let mut arrived = parcels
        .try_iter()
        .map(|parcel| parcel.activities.len() as u64)
        .sum::<u64>();
    outbox.send(now.after(Duration::from_secs(2)));
    arrived += parcels
        .try_iter()
        .map(|parcel| parcel.activities.len() as u64)
        .sum::<u64>();
    assert!(produced > 0);
    assert_eq!(arrived + outbox.lost(), produced);
}

#[test]
fn frames_find_their_owner_or_are_counted() {
    let mut ends = Exchange::between(2);
    let (mut feed, _) = Capture::open("story/capture.pcap");
    let (mut kept, mut frames) = (0, 0);
    let mut poll = Poll::More;
    while poll == Poll::More {
        poll = feed.poll(&mut |frame| {
            frames += 1;
            kept += u64::from(ends[0].keeps(frame));
            ControlFlow::Continue(())
        });
        ends[0].flush();
    }
    let mut taken = 0;
    while let Some(batch) = ends[1].next() {
        for frame in batch.frames() {
            assert!(ends[1].keeps(&frame), "it is its owner's");
        }
        taken += batch.len() as u64;
        ends[1].recycle(batch);
    }
    assert_eq!(ends[0].handed(), taken);
    assert_eq!(kept + taken + ends[0].lost(), frames);
}

/// An NTP packet between the client and the controller: mode, origin and transmit timestamp.
fn ntp(mode: u8, origin: u64, transmit: u64) -> Vec<u8> {
    let (client, controller) = ([10, 77, 0, 50], [10, 77, 0, 10]);
    let (source, destination) = if mode == 3 {
        (client, controller)
    } else {
        (controller, client)
    };
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, 76, 0, 0, 0, 0, 64, 17, 0, 0]);
    frame.extend([source, destination].concat());
    frame.extend([0, 123, 0, 123, 0, 56, 0, 0]);
    frame.extend([4 << 3 | mode, 2, 6, 0xe9]);
    frame.extend([0; 20]);
    frame.extend([origin, 0, transmit].map(u64::to_be_bytes).concat());
    frame
}

/// What a worker made of the controller's answer, whose clock is ahead by so many seconds, given at `time`.
fn told(time: Timestamp, ahead: i64) -> LiveTotals {
    let controller = capture::Controller {
        name: "dc1".into(),
        addresses: vec!["10.77.0.10".parse().unwrap()],
    };
    let config = capture::Config {
        controllers: vec![controller],
        ..capture::Config::default()
    };
    let mut worker = Worker::new(0, &config, false);
    let answer = (time.seconds() + ahead + 2_208_988_800).cast_unsigned() << 32;
    for (seq, data) in [(1, ntp(3, 0, 4_711)), (2, ntp(4, 4_711, answer))] {
        let (capture, number) = (CaptureId(0), seq);
        worker.frame(&Frame {
            seq,
            id: FrameId { capture, number },
            time,
            link: LinkType(1),
            data: &data,
            wire_len: 90,
            stripped: None,
        });
    }
    LiveTotals {
        totals: worker.totals(),
        ..LiveTotals::default()
    }
}

/// A session that a gateway reports.
fn session() -> Box<Activity> {
    let end = |ip: &str| Endpoint {
        ip: ip.parse().unwrap(),
        port: 1_813,
        mac: None,
    };
    let flow = Flow {
        id: 0,
        transport: Transport::Udp,
        client: end("10.77.0.80"),
        server: end("10.77.0.200"),
        tunnel: Tunnel::default(),
        capture: CaptureId(1),
        midstream: false,
    };
    Box::new(Activity::new(
        Kind::VpnConnection,
        ProtocolId::Radius,
        &flow,
        Timestamp::new(1_763_600_000, 0),
    ))
}

#[test]
fn a_receipt_comes_once_its_letter_is_synced_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let spool = SpoolConfig {
        commit_ms: 60_000, // nothing else syncs
        ..SpoolConfig::new(folder.path().join("spool"))
    };
    let (appender, reader) = Spool::open(&spool).unwrap();
    let (told, heard) = bounded(1);
    let station = Station::new("teller", move |office| {
        let (desk, mut receipts) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..3 {
            let letter = Letter {
                activities: vec![session(), session()],
                receipt: Some(Receipt::new(number, desk.clone())),
            };
            office.post.send(letter).unwrap();
            told.send(receipts.blocking_recv().unwrap()).unwrap();
        }
    });
    let (feed, _) = Capture::open("story/capture.pcap");
    let parts = Parts {
        stations: vec![station],
        ..parts(feed, appender, folder.path(), None)
    };
    let (events, _received) = unbounded();
    let pipeline = Pipeline::start(parts, &Config::default(), &events).unwrap();
    for number in 0..3 {
        let signed = heard.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!((signed.number, signed.stored), (number, true));
        assert!(reader.stats().synced_id >= 2 * (number + 1));
    }
    pipeline.stop();
    until(|| pipeline.has_ended());
}

/// An event that may tell of a logon on the wire.
fn validated() -> Box<Activity> {
    let text = "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4776</EventID>\
                <TimeCreated SystemTime='2026-11-20T08:00:00Z'/><Channel>Security</Channel><Computer>dc9.lab.example</Computer></System>\
                <EventData><Data Name='TargetUserName'>nobody</Data><Data Name='Status'>0x0</Data></EventData></Event>";
    let event = parsers::event::read(text.as_bytes(), &parsers::event::Arrival::default()).unwrap();
    parsers::event::activity(&event, CaptureId(1)).unwrap()
}

#[test]
fn a_receipt_for_events_waits_for_as_long_as_they_wait_for_their_like() {
    let folder = tempfile::tempdir().unwrap();
    let (appender, reader) = Spool::open(&SpoolConfig::new(folder.path().join("spool"))).unwrap();
    let (ask, asked) = bounded::<()>(1);
    let (told, heard) = bounded(1);
    let station = Station::new("teller", move |office| {
        let (desk, mut receipts) = tokio::sync::mpsc::unbounded_channel();
        for (number, ()) in asked.into_iter().enumerate() {
            let letter = Letter {
                activities: vec![validated()],
                receipt: Some(Receipt::new(number as u64, desk.clone())),
            };
            office.post.send(letter).unwrap();
            told.send(receipts.blocking_recv().unwrap()).unwrap();
        }
    });
    let (feed, clock) = Capture::open("story/capture.pcap");
    let parts = Parts {
        stations: vec![station],
        ..parts(feed, appender, folder.path(), None)
    };
    let (events, _received) = unbounded();
    let config = Config::parse("[events.syslog]\nudp = [\"127.0.0.1\"]\nsources = [\"127.0.0.1\"]\n").unwrap();
    let pipeline = Pipeline::start(parts, &config, &events).unwrap();
    until(|| clock.load(Ordering::Relaxed) > 0);
    std::thread::sleep(Duration::from_millis(300));
    ask.send(()).unwrap();
    assert!(
        heard.recv_timeout(Duration::from_millis(300)).is_err(),
        "packet time stands still"
    );
    let before = reader.stats().synced_id;
    clock.fetch_add(2_000_000_000, Ordering::Relaxed);
    assert!(heard.recv_timeout(Duration::from_secs(20)).unwrap().stored);
    assert!(reader.stats().synced_id > before);
    // At the end nothing is waited for.
    ask.send(()).unwrap();
    drop(ask);
    std::thread::sleep(Duration::from_millis(100));
    pipeline.stop();
    assert!(heard.recv_timeout(Duration::from_secs(20)).unwrap().stored);
    until(|| pipeline.has_ended());
}

#[test]
fn a_receipt_says_what_the_disk_did_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let (appender, _reader) = Spool::open(&SpoolConfig::new(folder.path().join("spool"))).unwrap();
    // The first segment cannot be made where there is no folder any more.
    fs::remove_dir_all(folder.path().join("spool")).unwrap();
    let (batches, received) = bounded(1);
    let (desk, mut receipts) = tokio::sync::mpsc::unbounded_channel();
    let resolved = resolver::Resolved {
        activity: session(),
        actor: None,
        correlated: None,
        target: None,
        source: None,
        destination: None,
        waited: false,
    };
    let batch = Batch {
        resolved: vec![resolved],
        receipts: vec![Receipt::new(7, desk)],
    };
    batches.send(batch).unwrap();
    drop(batches);
    Storing::new(appender, Vec::new(), Latest::default(), Delays::default()).run(&received);
    let signed = receipts.blocking_recv().unwrap();
    assert_eq!((signed.number, signed.stored), (7, false));
}

#[test]
fn a_controllers_wrong_clock_raises_the_alert_and_a_right_one_does_not() {
    for (ahead, alerts) in [(-400, 1), (299, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let health = Health::open(&crate::health::Config::default(), folder.path());
        let began = Timestamp::new(examples::START, 0);
        let totals = [told(began, ahead)];
        for second in 0..120 {
            let mut snapshot = examples::healthy(second);
            snapshot.controllers = observe::controllers(&totals, snapshot.time);
            assert_eq!(snapshot.controllers[0].clock_skew_ms, Some(ahead * 1_000));
            health.observe(snapshot);
        }
        let (_, open) = health.newest();
        assert_eq!(open.len(), alerts, "{open:?}");
        assert!(open.iter().all(|alert| alert.id == 1105), "{open:?}");
        let later = began.after(Duration::from_secs(90_000));
        assert_eq!(
            observe::controllers(&totals, later)[0].clock_skew_ms,
            None,
            "an old reading tells nothing"
        );
    }
}
