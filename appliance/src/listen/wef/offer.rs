//! What sources are offered: the subscription, by who asks; and what an administrator has to know of it.

use std::fmt::Write as _;

use parsers::tls::Subject;
use parsers::wef::{Authentication, Query, Subscription};
use sha1::{Digest, Sha1};

use super::config::WefConfig;
use super::identity::Proof;
use super::request::SUBSCRIPTIONS;
use crate::exit::{Code, Failure};
use crate::listen::tls::Files;

/// The identifier of the only subscription, which is in the address that events are sent to.
const SUBSCRIPTION: &str = "61647461-7000-4000-8000-000000000001";

/// The subscription, but for what depends on who asks.
#[derive(Debug)]
pub(crate) struct Offer {
    config: WefConfig,
    /// Over HTTPS: what sources call this host, with the port, and SHA-1 of the CA's certificate, in hexadecimal digits.
    pub(crate) https: Option<(String, String)>,
    /// Over HTTP: what they call it, with the port.
    pub(crate) http: Option<String>,
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
        let places = config.places();
        // Where nothing is configured, what is missing is said by what HTTPS needs.
        let https = !places.tls.is_empty() || places.tcp.is_empty();
        Ok(Self {
            config: config.clone(),
            https: https.then(|| certified(config)).transpose()?,
            http: places.tcp.first().and_then(|at| {
                let host = config.name.as_ref()?.split(':').next()?;
                Some(format!("{host}:{}", at.port()))
            }),
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

    /// The subscription as `source` is told of it, which has proved by `proof` who it is.
    pub(crate) fn subscription(&self, source: &str, proof: Proof) -> Subscription {
        let config = &self.config;
        let (url, authentication) = match (proof, &self.https, &self.http) {
            (Proof::Certificate, Some((host, issuer)), _) => {
                (format!("https://{host}"), Authentication::Certificate(issuer.clone()))
            }
            (_, _, host) => (
                format!("http://{}", host.as_deref().unwrap_or_default()),
                Authentication::Kerberos,
            ),
        };
        Subscription {
            name: "adtap".to_owned(),
            notify_to: format!("{url}{SUBSCRIPTIONS}{SUBSCRIPTION}"),
            authentication,
            query: self.query(source).xml(),
            heartbeat: config.heartbeat_seconds,
            latency: config.latency_seconds,
            envelope: config.envelope_bytes,
            existing: config.existing_events,
        }
    }

    /// The SubscriptionManagers that a group policy may name, each with what its sources prove who they are by.
    pub(crate) fn managers(&self) -> Vec<(Proof, String)> {
        let certificate = self.https.iter().map(|(host, issuer)| {
            let manager = format!("Server=https://{host}/wsman/SubscriptionManager/WEC,Refresh=60,IssuerCA={issuer}");
            (Proof::Certificate, manager)
        });
        let kerberos = self.http.iter().map(|host| {
            let manager = format!("Server=http://{host}/wsman/SubscriptionManager/WEC,Refresh=60");
            (Proof::Kerberos, manager)
        });
        certificate.chain(kerberos).collect()
    }
}

/// What sources call this host over HTTPS, and the CA's thumbprint.
fn certified(config: &WefConfig) -> Result<(String, String), Failure> {
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
    let host = if host.contains(':') {
        host
    } else {
        format!("{host}:{port}")
    };
    Ok((host, thumbprint))
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
