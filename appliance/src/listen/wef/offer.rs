//! What sources are offered: the subscription, by who asks; and what an administrator has to know of it.

use std::fmt::Write as _;

use parsers::tls::Subject;
use parsers::wef::{Query, Subscription};
use sha1::{Digest, Sha1};

use super::config::WefConfig;
use super::request::SUBSCRIPTIONS;
use crate::exit::{Code, Failure};
use crate::listen::tls::Files;

/// The identifier of the only subscription, which is in the address that events are sent to.
const SUBSCRIPTION: &str = "61647461-7000-4000-8000-000000000001";

/// The subscription, but for what depends on who asks.
#[derive(Debug)]
pub(crate) struct Offer {
    config: WefConfig,
    /// What sources call this host, with the port.
    pub(crate) host: String,
    /// SHA-1 of the CA's certificate, in hexadecimal digits.
    pub(crate) issuer: String,
}

/// The certificates that `config` names, as far as it names all.
pub(super) fn files(config: &WefConfig) -> Result<Files<'_>, Failure> {
    match (&config.certificate, &config.key, &config.ca) {
        (Some(certificate), Some(key), Some(ca)) => Ok(Files {
            table: "events.wef",
            certificate,
            key,
            ca: Some(ca),
            revoked: config.revoked(),
        }),
        _ => Err(Failure::new(
            Code::Config,
            "events.wef: certificate, key or ca is missing; there is nothing to subscribe to; give all three (docs/wef.md makes them)",
        )),
    }
}

impl Offer {
    /// What `config` offers.
    ///
    /// # Errors
    /// A certificate cannot be read, or names no host.
    pub(crate) fn new(config: &WefConfig) -> Result<Self, Failure> {
        let files = files(config)?;
        let issuer = files.ca.map(|ca| files.chain(ca)).transpose()?;
        let issuer = issuer.iter().flatten().next().map(Sha1::digest);
        let mut thumbprint = String::new();
        for octet in issuer.unwrap_or_default() {
            let _cannot_fail = write!(thumbprint, "{octet:02X}");
        }
        let host = match &config.name {
            Some(name) => name.clone(),
            None => own_name(files)?,
        };
        let port = config.places().tls.first().map_or(5_986, std::net::SocketAddr::port);
        Ok(Self {
            config: config.clone(),
            host: if host.contains(':') {
                host
            } else {
                format!("{host}:{port}")
            },
            issuer: thumbprint,
        })
    }

    /// What is asked of `source`, whose name is in lower case.
    pub(super) fn query(&self, source: &str) -> Query {
        let named = |names: &[super::super::names::Name]| names.iter().any(|name| name.is(source));
        Query {
            logons: named(&self.config.logon_servers),
            relayed: named(&self.config.relays),
        }
    }

    /// The subscription as `source` is told of it.
    pub(crate) fn subscription(&self, source: &str) -> Subscription {
        let config = &self.config;
        Subscription {
            name: "adtap".to_owned(),
            notify_to: format!("https://{}{SUBSCRIPTIONS}{SUBSCRIPTION}", self.host),
            issuer: self.issuer.clone(),
            query: self.query(source).xml(),
            heartbeat: config.heartbeat_seconds,
            latency: config.latency_seconds,
            envelope: config.envelope_bytes,
            existing: config.existing_events,
        }
    }

    /// The SubscriptionManager of the group policy.
    pub(crate) fn manager(&self) -> String {
        format!(
            "Server=https://{}/wsman/SubscriptionManager/WEC,Refresh=60,IssuerCA={}",
            self.host, self.issuer
        )
    }
}

/// What the certificate calls this host.
fn own_name(files: Files<'_>) -> Result<String, Failure> {
    let chain = files.chain(files.certificate)?;
    let subject = chain
        .first()
        .and_then(|own| Subject::read(own).ok())
        .unwrap_or_default();
    let host = |name: &str| name.contains('.') && name.parse::<std::net::IpAddr>().is_err() && !name.contains('*');
    let names = subject.dns_names.into_iter().chain(subject.common_name);
    let mut names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    names.sort_by_key(|name| !host(name)); // localhost, where there is nothing better
    names.first().map(ToString::to_string).ok_or_else(|| {
        let sentence = format!(
            "events.wef: {}: the certificate names no host; sources could not be told where to send; give events.wef.name",
            files.certificate.display()
        );
        Failure::new(Code::Config, sentence)
    })
}
