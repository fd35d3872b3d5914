//! Delivery over clear-text loopback: interruptions at either end, and what is left when nobody listens.

use std::net::TcpListener;

use uplink::{ReceiverConfig, SenderConfig};

use crate::support::{PATIENCE, append, assert_stored_once, fail, send, send_with, serve, spool, stored};

#[tokio::test]
async fn everything_is_stored_once_and_the_spool_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let serving = serve(ReceiverConfig::embedded(&store)).await;
    let (mut appender, reader) = spool(folder.path());
    let sender = send(&serving.url, reader);
    append(&mut appender, 1_000);
    let drained = sender.drain(PATIENCE).await;
    assert_eq!((drained.acknowledged, drained.waiting, drained.error), (1_000, 0, None));
    assert_eq!(serving.stop().await.stored, 1_000);
    assert_stored_once(&store, 1_000);
    assert_eq!(appender.stats().waiting, 0);
}

#[tokio::test]
async fn without_a_receiver_everything_waits_and_the_sender_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (mut appender, reader) = spool(folder.path());
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sender = send(&format!("http://{nobody}"), reader);
    append(&mut appender, 10);
    let (drained, error) = fail(sender).await;
    assert_eq!((drained.acknowledged, drained.waiting), (0, 10));
    assert!(
        error.contains(&nobody.to_string()) && error.contains("refused"),
        "{error}"
    );
}

#[tokio::test]
async fn receivers_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let config = |listen| ReceiverConfig {
        listen,
        flush_records: 120,
        ..ReceiverConfig::embedded(&store)
    };
    let mut serving = serve(config(([127, 0, 0, 1], 0).into())).await;
    let address = serving.address;
    let (mut appender, reader) = spool(folder.path());
    let sender = send(&serving.url, reader);
    for round in 0..6 {
        append(&mut appender, 500);
        let mut status = sender.watch();
        let goal = 500 * round + 120; // something of this round has arrived
        let arrived = status.wait_for(|status| status.acknowledged_id >= goal);
        tokio::time::timeout(PATIENCE, arrived).await.unwrap().unwrap();
        if round % 2 == 0 {
            serving.kill().await;
        } else {
            serving.stop().await;
        }
        serving = serve(config(address)).await;
    }
    let drained = sender.drain(PATIENCE).await;
    assert_eq!((drained.acknowledged, drained.waiting), (3_000, 0));
    serving.stop().await;
    assert_stored_once(&store, 3_000);
}

#[tokio::test]
async fn senders_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let serving = serve(ReceiverConfig {
        flush_ms: 5,
        ..ReceiverConfig::embedded(&store)
    })
    .await;
    for round in 1..=6 {
        let (mut appender, reader) = spool(folder.path());
        let sender = send(&serving.url, reader);
        append(&mut appender, 400);
        let mut status = sender.watch();
        let arrived = status.wait_for(|status| status.acknowledged_id > 400 * (round - 1));
        tokio::time::timeout(PATIENCE, arrived).await.unwrap().unwrap();
        drop(sender); // the rest stays in the spool, and so does what is under way
    }
    let (_appender, reader) = spool(folder.path());
    assert_eq!(send(&serving.url, reader).drain(PATIENCE).await.waiting, 0);
    serving.stop().await;
    assert_stored_once(&store, 2_400);
}

#[tokio::test]
async fn a_full_window_waits_for_acknowledgements() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let serving = serve(ReceiverConfig {
        flush_ms: 20,
        ..ReceiverConfig::embedded(&store)
    })
    .await;
    let (mut appender, reader) = spool(folder.path());
    append(&mut appender, 300);
    let config = SenderConfig {
        window: 60,
        batch_records: 50,
        ..SenderConfig::new(&serving.url)
    };
    assert_eq!(send_with(config, reader).drain(PATIENCE).await.waiting, 0);
    serving.stop().await;
    assert_stored_once(&store, 300);
}

#[tokio::test]
async fn a_new_spool_of_the_same_sensor_is_not_taken_for_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let serving = serve(ReceiverConfig::embedded(&store)).await;
    for disk in ["first", "second"] {
        let (mut appender, reader) = spool(&folder.path().join(disk));
        append(&mut appender, 20);
        assert_eq!(send(&serving.url, reader).drain(PATIENCE).await.waiting, 0);
    }
    assert_eq!(serving.stop().await.stored, 40);
    assert!((1..=20).all(|id| stored(&store).get(&id) == Some(&2)));
}

#[tokio::test]
async fn a_spool_that_was_set_back_is_not_sent_into_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let serving = serve(ReceiverConfig::embedded(&store)).await;
    let (mut appender, reader) = spool(folder.path());
    append(&mut appender, 20);
    assert_eq!(send(&serving.url, reader).drain(PATIENCE).await.waiting, 0);
    drop(appender);
    let spool_folder = folder.path().join("spool");
    for entry in std::fs::read_dir(&spool_folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "identity" {
            std::fs::remove_file(path).unwrap();
        }
    }
    let (mut appender, reader) = spool(folder.path());
    append(&mut appender, 5);
    let (drained, error) = fail(send(&serving.url, reader)).await;
    assert_eq!((drained.acknowledged, drained.waiting), (0, 5));
    assert!(error.contains("was set back"), "{error}");
    serving.stop().await;
}
