//! The connection to the receiver: addresses, timeouts, TLS.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::SenderError;
use super::config::SenderConfig;

/// Where a dead peer is noticed: a ping after so long a silence, and so long for its answer.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// HTTP/2 flow-control windows, stream and connection.
const FLOW: u32 = 2 << 20;

/// The receiver of `config`, not yet connected.
pub(crate) fn endpoint(config: &SenderConfig) -> Result<Endpoint, SenderError> {
    if let Some(problem) = config.problems().into_iter().next() {
        return Err(SenderError::Config(problem));
    }
    let unusable = |error: tonic::transport::Error| SenderError::Config(format!("sender: {}", super::reason(&error)));
    let endpoint = Endpoint::from_shared(config.url.clone())
        .map_err(unusable)?
        .connect_timeout(Duration::from_secs(config.connect_seconds))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE.0)
        .keep_alive_timeout(KEEPALIVE.1)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(FLOW)
        .initial_connection_window_size(FLOW);
    if !config.url.starts_with("https") {
        return Ok(endpoint);
    }
    endpoint.tls_config(tls(config)?).map_err(unusable)
}

fn tls(config: &SenderConfig) -> Result<ClientTlsConfig, SenderError> {
    let mut tls = ClientTlsConfig::new();
    if let Some(ca) = &config.ca {
        tls = tls.ca_certificate(Certificate::from_pem(read("sender.ca", ca)?));
    }
    if let (Some(certificate), Some(key)) = (&config.certificate, &config.key) {
        tls = tls.identity(Identity::from_pem(
            read("sender.certificate", certificate)?,
            read("sender.key", key)?,
        ));
    }
    if let Some(name) = &config.server_name {
        tls = tls.domain_name(name.clone());
    }
    Ok(tls)
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, SenderError> {
    fs::read(path).map_err(|error| {
        SenderError::Config(format!(
            "{name}: {} cannot be read ({error}); no connection can be made; check path and mode",
            path.display()
        ))
    })
}
