//! What the receiver says to sensors that are not ours: repeated, damaged and impossible messages.

use prost::Message;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use uplink::ReceiverConfig;
use uplink::proto::receiver_message::Message as Heard;
use uplink::proto::sensor_message::Message as Said;
use uplink::proto::uplink_client::UplinkClient;
use uplink::proto::{Activity, Batch, Hello, ReceiverMessage, SensorMessage};

use crate::support::{assert_stored_once, serve, stored};

/// A sensor that says what a test tells it to.
struct Talk {
    said: mpsc::Sender<SensorMessage>,
    heard: Streaming<ReceiverMessage>,
}

impl Talk {
    async fn open(url: &str) -> Self {
        let (said, queue) = mpsc::channel(16);
        let mut client = UplinkClient::connect(url.to_owned()).await.unwrap();
        let heard = client.stream(ReceiverStream::new(queue)).await.unwrap().into_inner();
        Self { said, heard }
    }

    /// Says hello; answers what the welcome says.
    async fn begin(url: &str) -> (Self, u64) {
        let mut talk = Self::open(url).await;
        talk.say(Said::Hello(hello("dc1"))).await;
        match talk.hear().await.unwrap() {
            Some(Heard::Welcome(welcome)) => (talk, welcome.last_id),
            other => panic!("{other:?}"),
        }
    }

    async fn say(&self, message: Said) {
        self.said.send(SensorMessage { message: Some(message) }).await.unwrap();
    }

    async fn hear(&mut self) -> Result<Option<Heard>, Status> {
        Ok(self.heard.message().await?.and_then(|message| message.message))
    }

    /// Ends this side; answers the last acknowledgement.
    async fn end(mut self) -> Result<u64, Status> {
        drop(self.said);
        let mut last = 0;
        while let Some(message) = self.heard.message().await? {
            if let Some(Heard::Ack(ack)) = message.message {
                last = ack.last_id;
            }
        }
        Ok(last)
    }
}

fn hello(sensor: &str) -> Hello {
    Hello {
        sensor: sensor.into(),
        spool: "0123456789abcdef".into(),
        version: "test".into(),
        ..Hello::default()
    }
}

/// A batch of activities with these ids, after `change` had its way with their bytes.
fn batch(first_id: u64, last_id: u64, change: impl FnOnce(&mut Vec<u8>)) -> Said {
    let mut raw = Vec::new();
    for id in first_id..=last_id {
        Activity {
            id,
            kind: "dns_query".into(),
            ..Activity::default()
        }
        .encode_length_delimited(&mut raw)
        .unwrap();
    }
    change(&mut raw);
    Said::Batch(Batch {
        first_id,
        last_id,
        count: u32::try_from(last_id - first_id + 1).unwrap(),
        raw_bytes: u32::try_from(raw.len()).unwrap(),
        activities: zstd::bulk::compress(&raw, 1).unwrap().into(),
    })
}

#[tokio::test]
async fn what_comes_again_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(ReceiverConfig::embedded(folder.path())).await;
    let (talk, stored) = Talk::begin(&serving.url).await;
    assert_eq!(stored, 0);
    for (first, last) in [(1, 10), (5, 20), (1, 20), (21, 21)] {
        talk.say(batch(first, last, |_| {})).await;
    }
    assert_eq!(talk.end().await.unwrap(), 21);
    let (talk, stored) = Talk::begin(&serving.url).await;
    assert_eq!(stored, 21);
    talk.say(batch(15, 25, |_| {})).await;
    assert_eq!(talk.end().await.unwrap(), 25);
    let received = serving.stop().await;
    assert_eq!((received.streams, received.stored, received.duplicates), (2, 25, 33));
    assert_stored_once(folder.path(), 25);
}

#[tokio::test]
async fn a_newer_stream_takes_over_and_the_older_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(ReceiverConfig {
        flush_records: 10,
        flush_ms: 3_600_000,
        ..ReceiverConfig::embedded(folder.path())
    })
    .await;
    let (mut old, _) = Talk::begin(&serving.url).await;
    old.say(batch(1, 10, |_| {})).await;
    assert!(matches!(old.hear().await.unwrap(), Some(Heard::Ack(ack)) if ack.last_id == 10));
    let (talk, stored) = Talk::begin(&serving.url).await;
    assert_eq!(stored, 10);
    let end = loop {
        match old.hear().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().code(), Code::Aborted);
    talk.say(batch(11, 12, |_| {})).await;
    assert_eq!(talk.end().await.unwrap(), 12);
    serving.stop().await;
    assert_stored_once(folder.path(), 12);
}

#[tokio::test]
async fn a_bad_activity_is_a_hole_and_a_bad_batch_ends_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(ReceiverConfig::embedded(folder.path())).await;
    let (talk, _) = Talk::begin(&serving.url).await;
    talk.say(batch(1, 3, |raw| raw[1] = 0xff)).await; // the first one's first tag
    talk.say(batch(4, 4, Vec::clear)).await;
    assert_eq!(talk.end().await.unwrap_err().code(), Code::InvalidArgument);
    let (talk, last) = Talk::begin(&serving.url).await;
    assert_eq!(last, 3);
    let Said::Batch(good) = batch(4, 4, |_| {}) else {
        unreachable!()
    };
    for bad in [
        Batch {
            count: 2,
            ..good.clone()
        },
        Batch {
            first_id: 0,
            last_id: 0,
            ..good.clone()
        },
        Batch {
            raw_bytes: u32::MAX,
            ..good.clone()
        },
        Batch {
            raw_bytes: good.raw_bytes + 1,
            ..good.clone()
        },
        Batch {
            activities: vec![0; 9].into(),
            ..good.clone()
        },
    ] {
        let (talk, _) = Talk::begin(&serving.url).await;
        talk.say(Said::Batch(bad)).await;
        assert_eq!(talk.end().await.unwrap_err().code(), Code::InvalidArgument);
    }
    drop(talk);
    assert_eq!(serving.stop().await.malformed, 1);
    assert_eq!(stored(folder.path()).into_keys().collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn a_stream_begins_with_a_hello_that_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(ReceiverConfig::embedded(folder.path())).await;
    for (message, code) in [
        (batch(1, 1, |_| {}), Code::FailedPrecondition),
        (Said::Hello(hello("../../etc")), Code::InvalidArgument),
        (Said::Hello(hello("")), Code::InvalidArgument),
        (
            Said::Hello(Hello {
                spool: "../0123456789abc".into(),
                ..hello("dc1")
            }),
            Code::InvalidArgument,
        ),
    ] {
        let mut talk = Talk::open(&serving.url).await;
        talk.say(message).await;
        assert_eq!(talk.hear().await.unwrap_err().code(), code);
    }
    let (mut talk, _) = Talk::begin(&serving.url).await;
    talk.say(Said::Hello(hello("dc1"))).await;
    let end = loop {
        match talk.hear().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().code(), Code::FailedPrecondition);
    serving.stop().await;
}

#[tokio::test]
async fn the_standard_health_check_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(ReceiverConfig::embedded(folder.path())).await;
    let channel = tonic::transport::Endpoint::from_shared(serving.url.clone())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = HealthCheckRequest {
        service: "adtap.v1.Uplink".into(),
    };
    let answer = HealthClient::new(channel).check(request).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    serving.stop().await;
}
