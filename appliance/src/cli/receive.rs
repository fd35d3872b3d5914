//! `adtap receive`: the reference receiver.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use uplink::{Receiver, ReceiverConfig, ReceiverError, ca};

use crate::cli::summary::number;
use crate::config::Config;
use crate::exit::{Code, Failure};

/// Receive activities over gRPC and store them as Parquet (the reference receiver).
///
/// Stores every activity once, and acknowledges what is synced. Without a certificate it listens on loopback alone. To start
/// with TLS: `adtap receive --init-ca certs`, then
/// `adtap receive --listen 0.0.0.0:4390 --certificate certs/server.pem --key certs/server.key --ca certs/ca.pem`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:4390].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Folder to store in [default: adtap-store].
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The receiver's certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Let in only clients whose certificate this CA signed (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    ca: Option<PathBuf>,
    /// Make a CA, a server and a client certificate in this folder, and end.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["listen", "store", "certificate", "ca"])]
    init_ca: Option<PathBuf>,
    /// A DNS name or address for the server certificate of --init-ca; may be given several times [default: this host].
    #[arg(long, value_name = "NAME", requires = "init_ca")]
    name: Vec<String>,
}

pub(crate) fn run(arguments: Arguments, config: &Config) -> anyhow::Result<()> {
    if let Some(folder) = &arguments.init_ca {
        return init_ca(folder, &arguments.name);
    }
    let config = arguments.over(config.receiver.clone());
    if let Some(problem) = config.problems().into_iter().next() {
        return Err(Failure::new(Code::Config, problem).into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("receiver")
        .build()?;
    runtime.block_on(serve(config))
}

impl Arguments {
    /// The configuration, with what the command line says on top.
    fn over(self, mut config: ReceiverConfig) -> ReceiverConfig {
        config.listen = self.listen.unwrap_or(config.listen);
        config.store = self.store.unwrap_or(config.store);
        config.certificate = self.certificate.or(config.certificate);
        config.key = self.key.or(config.key);
        config.ca = self.ca.or(config.ca);
        config
    }
}

async fn serve(config: ReceiverConfig) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let store = config.store.display().to_string();
    let receiver = Receiver::bind(config).await.map_err(|error| failure(&error))?;
    eprintln!(
        "adtap: receiving at {}, storing into {store}; Ctrl-C ends it",
        receiver.url()
    );
    let received = receiver
        .serve(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
        .await
        .map_err(|error| failure(&error))?;
    eprintln!(
        "adtap: {} activities stored from {} streams, {} came twice and were dropped, {} were malformed",
        number(received.stored),
        number(received.streams),
        number(received.duplicates),
        number(received.malformed)
    );
    Ok(())
}

fn failure(error: &ReceiverError) -> Failure {
    let code = match error {
        ReceiverError::Config(_) => Code::Config,
        ReceiverError::Listen { .. } => Code::Unavailable,
        _ => Code::Io,
    };
    Failure::new(code, error.to_string())
}

fn init_ca(folder: &std::path::Path, names: &[String]) -> anyhow::Result<()> {
    let names = if names.is_empty() {
        ca::default_names()
    } else {
        names.to_vec()
    };
    let files = ca::init(folder, &names).map_err(|error| Failure::new(Code::CannotCreate, error.to_string()))?;
    println!(
        "CA           {} (its key, {}, signs further certificates: keep it elsewhere)",
        files.ca.display(),
        files.ca_key.display()
    );
    println!(
        "receiver     --certificate {} --key {} --ca {}",
        files.server.display(),
        files.server_key.display(),
        files.ca.display()
    );
    println!(
        "sensor       --certificate {} --key {} --ca {}",
        files.client.display(),
        files.client_key.display(),
        files.ca.display()
    );
    println!("names        {}", names.join(", "));
    Ok(())
}
