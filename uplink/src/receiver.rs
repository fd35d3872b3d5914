//! The reference receiver: it stands for the cloud, and its store is what analysts query.
//!
//! It takes the streams of many sensors, stores each (sensor, spool, id) once, as Parquet in Hive partitions, and
//! acknowledges what is synced: within milliseconds in an [`intake`], before it is written out. A kill at any moment neither loses nor doubles anything: see [`journal`].

mod activities;
mod config;
mod details;
mod error;
mod heartbeat;
mod hunting;
mod ingest;
mod intake;
mod journal;
mod ledger;
mod partition;
mod registry;
mod service;
mod store;
mod stream;
mod synchronizer;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

use crate::proto::directory_server::DirectoryServer;
use crate::proto::uplink_server::UplinkServer;
use crate::sender::session::MAX_MESSAGE;
pub use config::ReceiverConfig;
pub use error::ReceiverError;
use ledger::Ledger;
use registry::Registry;
use service::Service;
use store::Store;
use stream::Counters;
use synchronizer::Office;

/// Where a dead sensor is noticed: a ping after so long a silence, and so long for its answer.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(20));

/// HTTP/2 flow-control windows, stream and connection.
const FLOW: u32 = 2 << 20;

/// A receiver that listens, and whose store is open; it serves once [`Self::serve`] is called.
#[derive(Debug)]
pub struct Receiver {
    config: ReceiverConfig,
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<ServerTlsConfig>,
    store: Arc<Store>,
    office: Office,
}

/// What a receiver did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Streams that were opened.
    pub streams: u64,
    /// Activities stored.
    pub stored: u64,
    /// Activities that came again and were dropped.
    pub duplicates: u64,
    /// What came in place of an activity and was none.
    pub malformed: u64,
}

impl Receiver {
    /// Checks the configuration, opens the store, finishing what a kill interrupted, and listens. Blocks for as long as
    /// that takes. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// One of the three cannot be done.
    pub async fn bind(config: ReceiverConfig) -> Result<Self, ReceiverError> {
        if let Some(problem) = config.problems().into_iter().next() {
            return Err(ReceiverError::Config(problem));
        }
        let tls = tls(&config)?;
        let store = Arc::new(Store::open(&config.store)?);
        take_in(&store).map_err(ReceiverError::store(
            "holds batches that cannot be stored",
            &config.store,
        ))?;
        let silence = Duration::from_secs(config.synchronizer_silence_seconds);
        let office = Office::open(&config.store, silence).map_err(ReceiverError::store(
            "holds directories that cannot be opened",
            &config.store,
        ))?;
        let refused = |source| ReceiverError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self {
            listener,
            address,
            tls,
            store,
            office,
            config,
        })
    }

    /// Where it listens; the port is the one that was taken.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a sender on this host calls it.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "{}://{}",
            if self.tls.is_some() { "https" } else { "http" },
            self.address
        )
    }

    /// Serves until `shutdown`; then the streams store and acknowledge what has arrived, and end.
    ///
    /// # Errors
    /// The server cannot go on.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<Received, ReceiverError> {
        let failed = |error: tonic::transport::Error| ReceiverError::Server(crate::sender::reason(&error));
        let (stop, stopped) = watch::channel(false);
        let counters = Arc::new(Counters::default());
        let uplink = self.service(counters.clone(), stopped);
        let directory = DirectoryServer::new(self.office.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_serving::<UplinkServer<Service>>().await;
        let mut server = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE.0))
            .http2_keepalive_timeout(Some(KEEPALIVE.1))
            .initial_stream_window_size(FLOW)
            .initial_connection_window_size(FLOW);
        if let Some(tls) = self.tls {
            server = server.tls_config(tls).map_err(failed)?;
        }
        let shutdown = async {
            shutdown.await;
            stop.send_replace(true);
        };
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        server
            .add_service(health)
            .add_service(uplink)
            .add_service(directory)
            .serve_with_incoming_shutdown(incoming, shutdown)
            .await
            .map_err(failed)?;
        Ok(counters.read())
    }

    fn service(&self, counters: Arc<Counters>, stop: watch::Receiver<bool>) -> UplinkServer<Service> {
        let service = Service {
            registry: Arc::new(Registry::new(self.store.clone())),
            counters,
            flush_records: self.config.flush_records,
            flush_after: Duration::from_millis(self.config.flush_ms),
            acknowledge_after: Duration::from_millis(self.config.acknowledge_ms),
            stop,
        };
        UplinkServer::new(service)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }
}

impl Counters {
    fn read(&self) -> Received {
        Received {
            streams: self.streams.load(Ordering::Relaxed),
            stored: self.stored.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            malformed: self.malformed.load(Ordering::Relaxed),
        }
    }
}

/// Stores what was acknowledged and not stored yet when the receiver before this one ended.
fn take_in(store: &Arc<Store>) -> std::io::Result<()> {
    for source in store.kept()? {
        Ledger::open(store.clone(), source)?;
    }
    Ok(())
}

/// TLS on ring; with a CA, clients have to show a certificate of it.
fn tls(config: &ReceiverConfig) -> Result<Option<ServerTlsConfig>, ReceiverError> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Ok(None);
    };
    let identity = Identity::from_pem(read("receiver.certificate", certificate)?, read("receiver.key", key)?);
    let mut tls = ServerTlsConfig::new().identity(identity);
    if let Some(ca) = &config.ca {
        tls = tls.client_ca_root(Certificate::from_pem(read("receiver.ca", ca)?));
    }
    Ok(Some(tls))
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, ReceiverError> {
    fs::read(path).map_err(|error| {
        ReceiverError::Config(format!(
            "{name}: {} cannot be read ({error}); nothing was started; check path and mode",
            path.display()
        ))
    })
}
