//! TLS with a private CA and client certificates.

use std::path::Path;

use uplink::ca::{self, CaFiles};
use uplink::{ReceiverConfig, SenderConfig};

use crate::support::{PATIENCE, Serving, append, assert_stored_once, fail, files, send_with, serve, spool};

async fn serve_tls(files: &CaFiles, store: &Path) -> Serving {
    serve(ReceiverConfig {
        certificate: Some(files.server.clone()),
        key: Some(files.server_key.clone()),
        ca: Some(files.ca.clone()),
        ..ReceiverConfig::embedded(store)
    })
    .await
}

fn trusting(files: &CaFiles, url: &str) -> SenderConfig {
    SenderConfig {
        ca: Some(files.ca.clone()),
        backoff_ms: 5,
        max_backoff_ms: 50,
        ..SenderConfig::new(url)
    }
}

fn identified(files: &CaFiles, config: SenderConfig) -> SenderConfig {
    SenderConfig {
        certificate: Some(files.client.clone()),
        key: Some(files.client_key.clone()),
        ..config
    }
}

#[tokio::test]
async fn both_ends_show_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let files = ca::init(&folder.path().join("tls"), &[]).unwrap();
    let serving = serve_tls(&files, &store).await;
    assert!(serving.url.starts_with("https://127.0.0.1:"));
    let config = identified(&files, trusting(&files, &serving.url));
    let (mut appender, reader) = spool(folder.path());
    append(&mut appender, 100);
    let drained = send_with(config, reader).drain(PATIENCE).await;
    assert_eq!((drained.waiting, drained.error), (0, None));
    serving.stop().await;
    assert_stored_once(&store, 100);
}

#[tokio::test]
async fn strangers_are_let_in_by_neither_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let ours = ca::init(&folder.path().join("ours"), &[]).unwrap();
    let theirs = ca::init(&folder.path().join("theirs"), &[]).unwrap();
    let serving = serve_tls(&ours, &store).await;
    let url = &serving.url;
    for config in [
        trusting(&ours, url),                      // no certificate
        identified(&theirs, trusting(&ours, url)), // another CA's
        identified(&ours, trusting(&theirs, url)), // a receiver it does not know
        SenderConfig {
            server_name: Some("other.example".into()),
            ..identified(&ours, trusting(&ours, url))
        },
        SenderConfig::new(url.replace("https", "http")), // clear text
    ] {
        let disk = tempfile::tempdir_in(folder.path()).unwrap();
        let (mut appender, reader) = spool(disk.path());
        append(&mut appender, 100);
        let (drained, _) = fail(send_with(config, reader)).await;
        assert_eq!((drained.acknowledged, drained.waiting), (0, 100));
    }
    assert_eq!(serving.stop().await.stored, 0);
    assert_eq!(files(&store).len(), 0);
}
