//! Two sensors share a domain over TLS: one reads it, the other takes it in; the first goes, and the second goes on.

use std::path::Path;
use std::time::Duration;

use resolver::directory::Record;
use resolver::directory::sync::{Change, Context, Controller, Done, Entry, Replica, Section, Session};
use tokio::runtime::Handle;
use uplink::ca::{self, CaFiles};
use uplink::directory::{Answer, Exchange, ExchangeError, Followed, Place, Publication};
use uplink::{ReceiverConfig, SenderConfig};

use crate::support::{PATIENCE, Serving, serve};

const DOMAIN: &str = "lab.example";

async fn serve_tls(files: &CaFiles, store: &Path, silence: u64) -> Serving {
    serve(ReceiverConfig {
        certificate: Some(files.server.clone()),
        key: Some(files.server_key.clone()),
        ca: Some(files.ca.clone()),
        synchronizer_silence_seconds: silence,
        ..ReceiverConfig::embedded(store)
    })
    .await
}

/// A sensor's end, its session, and where it stands in the log.
struct Sensor {
    exchange: Exchange,
    session: Session,
    place: Option<Place>,
    usn: u64,
}

impl Sensor {
    fn new(files: &CaFiles, url: &str, number: u8) -> Self {
        let config = SenderConfig {
            sensor: Some(format!("sensor{number}")),
            ca: Some(files.ca.clone()),
            certificate: Some(files.client.clone()),
            key: Some(files.client_key.clone()),
            ..SenderConfig::new(url)
        };
        let base = "DC=lab,DC=example".to_owned();
        Self {
            exchange: Exchange::new(&Handle::current(), &config, &format!("{number:016x}")).unwrap(),
            session: Session::new(Context::Domain, base, Replica::new(DOMAIN), None, false),
            place: None,
            usn: 100,
        }
    }

    async fn ask(&self, epoch: u64) -> Answer {
        self.exchange.lease(DOMAIN, true, epoch, None).await.unwrap()
    }

    /// Asks until the lease is its own.
    async fn win(&self) -> Answer {
        let winning = async {
            loop {
                let answer = self.ask(0).await;
                if answer.granted {
                    return answer;
                }
                tokio::time::sleep(answer.remaining.min(Duration::from_millis(200))).await;
            }
        };
        tokio::time::timeout(PATIENCE, winning).await.unwrap()
    }

    /// A controller answers with these users; what changed.
    fn read(&mut self, users: &[(u8, &str)]) -> Vec<Change> {
        self.usn += 1;
        self.session.begin(Controller {
            name: "CN=NTDS Settings".to_owned(),
            usn: self.usn,
        });
        let mut entries = Some(users.iter().map(|(id, title)| user(*id, title)));
        while self.session.poll_search().is_some() {
            let found = entries.take().into_iter().flatten();
            found.for_each(|entry| self.session.handle_entry(entry));
            self.session.handle_done(Done::default()).unwrap();
        }
        std::iter::from_fn(|| self.session.poll_change()).collect()
    }

    async fn publish(&mut self, answer: &Answer) -> Result<u64, ExchangeError> {
        let place = self.place.get_or_insert_with(|| answer.end.clone()).clone();
        let next = Place {
            sequence: place.sequence + 1,
            ..place
        };
        let difference = Publication::difference(std::iter::once(&self.session));
        let publication = difference.unwrap_or_else(|| Publication::whole(std::iter::once(&self.session)));
        let sequence = self.exchange.publish(DOMAIN, answer.epoch, &next, &publication).await?;
        self.session.handed_on();
        self.place = Some(next);
        Ok(sequence)
    }

    /// Takes in what it does not know yet; answers each publication's number, and whether it told everything.
    async fn follow(&mut self) -> Result<Vec<(u64, bool)>, ExchangeError> {
        let mut heard = Vec::new();
        let mut open: Option<Section> = None;
        let (session, place) = (&mut self.session, &mut self.place);
        let from = place.clone();
        let mut begun = None;
        let each = |followed| match followed {
            Followed::Begin { place, whole } => begun = Some((place, whole)),
            Followed::Section(section, same) => {
                assert!(same);
                session.begin_taking(begun.as_ref().unwrap().1);
                open = Some(section);
            }
            Followed::Objects(objects) => objects.iter().for_each(|shared| session.take(shared)),
            Followed::End => {
                session.end_taking(open.take().unwrap());
                let (at, whole) = begun.take().unwrap();
                heard.push((at.sequence, whole));
                *place = Some(at);
            }
        };
        self.exchange.follow(DOMAIN, from.as_ref(), each).await?;
        Ok(heard)
    }

    fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.session.replica().records().collect();
        records.sort_by(|one, other| one.dn.cmp(&other.dn));
        records
    }
}

fn user(id: u8, title: &str) -> Entry {
    let value = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), vec![value.to_vec()]);
    let name = format!("user{id}");
    Entry {
        dn: format!("CN={name},DC=lab,DC=example").into_bytes(),
        attributes: vec![
            value("objectGUID", &[id; 16]),
            value("objectClass", b"user"),
            value("sAMAccountName", name.as_bytes()),
            value("title", title.as_bytes()),
        ],
    }
}

#[tokio::test]
async fn the_holder_goes_and_the_other_takes_over_without_telling_anything_twice() {
    let folder = tempfile::tempdir().unwrap();
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let serving = serve_tls(&files, &folder.path().join("store"), 1).await;
    let (mut one, mut two) = (
        Sensor::new(&files, &serving.url, 1),
        Sensor::new(&files, &serving.url, 2),
    );

    let mut lease = one.ask(0).await;
    assert!(lease.granted && lease.end.sequence == 0);
    assert_eq!(two.ask(0).await.holder.as_deref(), Some("sensor1"));
    assert_eq!(one.read(&[(1, "first"), (2, "second")]), []);
    assert_eq!(one.publish(&lease).await, Ok(1));
    assert_eq!(two.follow().await, Ok(vec![(1, true)]));
    assert_eq!(two.records(), one.records());

    let mut told = one.read(&[(1, "promoted")]);
    lease = one.ask(lease.epoch).await;
    assert_eq!(one.publish(&lease).await, Ok(2));
    assert_eq!(two.follow().await, Ok(vec![(2, false)]), "what changed, and no more");
    assert_eq!(two.follow().await, Ok(vec![]));
    assert_eq!(two.records(), one.records());

    // The first is silent; what it still says comes too late.
    let won = two.win().await;
    assert!(won.epoch > lease.epoch);
    two.usn = one.usn;
    told.extend(two.read(&[(1, "promoted"), (2, "retired")]));
    assert_eq!(told.len(), 2, "each change was told by one of them");
    assert_eq!(two.publish(&won).await, Ok(3));
    one.read(&[(2, "retired")]);
    assert!(matches!(one.publish(&lease).await, Err(ExchangeError::Refused(_))));
    let answer = one.ask(lease.epoch).await;
    assert_eq!(
        (answer.granted, answer.holder.as_deref(), answer.end.sequence),
        (false, Some("sensor2"), 3)
    );
    assert_eq!(one.follow().await, Ok(vec![(3, false)]));
    assert_eq!(two.records(), one.records());
    serving.stop().await;
}

#[tokio::test]
async fn a_receiver_that_starts_again_knows_everything_and_a_stranger_gets_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let store = folder.path().join("store");
    let serving = serve_tls(&files, &store, 3_600).await;
    let mut one = Sensor::new(&files, &serving.url, 1);
    let lease = one.ask(0).await;
    one.read(&[(1, "first")]);
    one.publish(&lease).await.unwrap();
    one.read(&[(1, "other")]);
    one.publish(&lease).await.unwrap();
    serving.kill().await;

    let serving = serve_tls(&files, &store, 3_600).await;
    let mut two = Sensor::new(&files, &serving.url, 2);
    let answer = two.ask(0).await;
    assert_eq!(
        (answer.holder.as_deref(), answer.end),
        (Some("sensor1"), one.place.clone().unwrap())
    );
    assert_eq!(two.follow().await, Ok(vec![(1, true), (2, false)]));
    assert_eq!(two.records(), one.records());
    // Whoever is where nobody ever was has missed something.
    two.place.as_mut().unwrap().sequence = 9;
    assert_eq!(two.follow().await, Ok(vec![(1, true), (2, false)]));
    serving.stop().await;
}

#[tokio::test]
async fn what_was_published_and_is_damaged_is_published_anew() {
    let folder = tempfile::tempdir().unwrap();
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let store = folder.path().join("store");
    let serving = serve_tls(&files, &store, 3_600).await;
    let (mut one, mut two) = (
        Sensor::new(&files, &serving.url, 1),
        Sensor::new(&files, &serving.url, 2),
    );
    let lease = one.ask(0).await;
    one.read(&[(1, "first")]);
    one.publish(&lease).await.unwrap();
    let kept = store.join(format!(".adtap/directory/{DOMAIN}/{:020}.whole", 1));
    let mut bytes = std::fs::read(&kept).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    assert!(two.follow().await.is_err());
    let answer = one.ask(lease.epoch).await;
    assert_eq!(
        (answer.granted, answer.epoch, answer.end.sequence),
        (true, lease.epoch, 0)
    );
    one.place = None;
    let whole = Publication::whole(std::iter::once(&one.session));
    let first = Place {
        sequence: 1,
        ..answer.end
    };
    assert_eq!(one.exchange.publish(DOMAIN, lease.epoch, &first, &whole).await, Ok(1));
    assert_eq!(two.follow().await, Ok(vec![(1, true)]));
    assert_eq!(two.records(), one.records());
    serving.stop().await;
}

#[tokio::test]
async fn nobody_takes_part_who_shows_no_certificate_or_bears_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let serving = serve_tls(&files, &folder.path().join("store"), 60).await;
    let stranger = SenderConfig {
        ca: Some(files.ca.clone()),
        ..SenderConfig::new(&serving.url)
    };
    let exchange = Exchange::new(&Handle::current(), &stranger, "0000000000000001").unwrap();
    let refused = exchange.lease(DOMAIN, true, 0, None).await;
    assert!(matches!(refused, Err(ExchangeError::Unreachable(_))), "{refused:?}");
    let sensor = Sensor::new(&files, &serving.url, 1);
    for domain in ["../lab.example", "lab", "LAB.EXAMPLE"] {
        let refused = sensor.exchange.lease(domain, true, 0, None).await;
        assert!(matches!(refused, Err(ExchangeError::Refused(_))), "{refused:?}");
    }
    serving.stop().await;
}
