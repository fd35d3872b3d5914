//! Delivery over clear-text loopback: order, restarts, duplicates.

use uplink::ReceiverConfig;

use crate::support::{PATIENCE, append, assert_stored_once, send, serve, spool};

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
