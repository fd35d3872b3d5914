//! TLS with a private CA and client certificates.

use uplink::{ReceiverConfig, SenderConfig, ca};

use crate::support::{PATIENCE, append, assert_stored_once, send_with, serve, spool};

#[tokio::test]
async fn both_ends_show_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let serving = serve(ReceiverConfig {
        certificate: Some(files.server),
        key: Some(files.server_key),
        ca: Some(files.ca.clone()),
        ..ReceiverConfig::embedded(&store)
    })
    .await;
    assert!(serving.url.starts_with("https://"));
    let (mut appender, reader) = spool(folder.path());
    let config = SenderConfig {
        ca: Some(files.ca),
        certificate: Some(files.client),
        key: Some(files.client_key),
        ..SenderConfig::new(&serving.url)
    };
    let sender = send_with(config, reader);
    append(&mut appender, 100);
    let drained = sender.drain(PATIENCE).await;
    assert_eq!((drained.waiting, drained.error), (0, None));
    serving.stop().await;
    assert_stored_once(&store, 100);
}
