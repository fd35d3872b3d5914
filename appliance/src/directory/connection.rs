//! A connection to one controller: ldap3 over TLS, with a bound on every wait.
//!
//! ldap3 reads what comes in a task of its own. Should that panic on a controller's garbage, the connection ends with an error
//! like any other; entries are taken apart here, where a malformed one is skipped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapResult, Scope, SearchStream, StdStream};
use resolver::directory::sync::{Controller, Done, Entry, Search, usn};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::config::{DomainConfig, Transport};
use super::credentials::{Account, Secret};
use super::trouble::{Kind, Trouble};

/// For connecting, TLS included: who is gone without a word must not hold up other domains.
const CONNECTING: Duration = Duration::from_secs(10);
/// For a bind, tickets included, the rootDSE, and one object.
const REPLYING: Duration = Duration::from_secs(10);
/// For an answer from its begin to its end, which is a page of 1,000 entries at most, or what has changed: a DirSync looks through much
/// before it answers.
const ANSWERING: Duration = Duration::from_secs(120);

/// How long a controller may say nothing while it is listened to; then firewalls on the way may have forgotten the connection.
const STANDING: Duration = Duration::from_secs(900);

/// What a controller says of itself ([MS-ADTS] 3.1.1.3.2).
#[derive(Clone, Debug, Default)]
pub(super) struct Root {
    pub(super) controller: Controller,
    pub(super) domain: String,
    pub(super) configuration: String,
}

/// How long a controller is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For what it knows offhand.
    pub(super) reply: Duration,
    /// For an answer as a whole.
    pub(super) answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            reply: REPLYING,
            answer: ANSWERING,
        }
    }
}

/// A connection.
pub(super) struct Connection {
    /// The controller's name, as it was configured.
    pub(super) host: String,
    /// Whether nothing but Kerberos protects it.
    sealed: bool,
    /// What is to be sealed, until somebody has bound.
    #[cfg(feature = "gssapi")]
    waiting: Option<super::sasl::Waiting>,
    /// Where it is, where that was found out before.
    pub(super) address: Option<SocketAddr>,
    /// It is asked as a global catalog.
    pub(super) catalog: bool,
    pub(super) since: Instant,
    pub(super) patience: Patience,
    /// It broke at a bind, or that was not answered: no other account need be tried.
    pub(super) broken: bool,
    ldap: Ldap,
}

/// Where a controller is, and as whom it is asked.
pub(super) struct Source {
    pub(super) config: DomainConfig,
    pub(super) host: String,
    /// Where that is, where it was found by DNS.
    pub(super) address: Option<SocketAddr>,
    pub(super) account: Account,
}

impl Source {
    /// A further connection, with its account bound.
    pub(super) async fn connect(&self) -> Result<Connection, Trouble> {
        let mut connection = Connection::open_at(&self.config, &self.host, self.address).await?;
        connection.bind(&self.account).await?;
        Ok(connection)
    }
}

/// A search that was sent, and how long its answer may take as a whole.
pub(super) struct Asked {
    stream: SearchStream<'static, String, Vec<String>>,
    patience: Option<Duration>,
}

impl Connection {
    /// Connects to the controller `host` of `domain`; over `stream` where there is a TCP connection already.
    pub(super) async fn open(
        domain: &DomainConfig,
        host: &str,
        stream: Option<std::net::TcpStream>,
    ) -> Result<Self, Trouble> {
        let mut settings = LdapConnSettings::new()
            .set_conn_timeout(CONNECTING)
            .set_starttls(domain.transport == Transport::Starttls);
        if matches!(domain.transport, Transport::Ldaps | Transport::Starttls) {
            settings = settings.set_config(tls(domain)?);
        }
        let address = stream.as_ref().and_then(|stream| stream.peer_addr().ok());
        let scheme = if domain.transport == Transport::Ldaps {
            "ldaps"
        } else {
            "ldap"
        };
        #[cfg_attr(not(feature = "gssapi"), expect(unused_mut, reason = "nobody seals"))]
        let mut url = format!("{scheme}://{host}:{}", domain.port());
        #[cfg(feature = "gssapi")]
        let (waiting, stream) = match domain.transport {
            Transport::Sealed => {
                let (waiting, pair) = bare(domain, host, stream).await?;
                settings = settings.set_std_stream(StdStream::Unix(pair));
                "ldapi://pair".clone_into(&mut url);
                (Some(waiting), None)
            }
            _ => (None, stream),
        };
        if let Some(stream) = stream {
            settings = settings.set_std_stream(StdStream::Tcp(stream));
        }
        let opened = LdapConnAsync::with_settings(settings, &url).await;
        let (connection, ldap) = opened.map_err(|error| Trouble::connection(host, &error))?;
        tokio::spawn(async move {
            let _ = connection.drive().await; // whoever asks is told
        });
        Ok(Self {
            host: host.to_owned(),
            sealed: domain.transport == Transport::Sealed,
            #[cfg(feature = "gssapi")]
            waiting,
            address,
            catalog: false,
            since: Instant::now(),
            patience: Patience::default(),
            broken: false,
            ldap,
        })
    }

    /// Connects to a global catalog of the forest of `domain`.
    pub(super) async fn catalog(domain: &DomainConfig, host: &str) -> Result<Self, Trouble> {
        let config = DomainConfig {
            port: Some(domain.catalog_port()),
            ..domain.clone()
        };
        let connection = Self::open(&config, host, None).await?;
        Ok(Self {
            catalog: true,
            ..connection
        })
    }

    /// As [`Self::open`], at `address` where that is known.
    async fn open_at(domain: &DomainConfig, host: &str, address: Option<SocketAddr>) -> Result<Self, Trouble> {
        let Some(address) = address else {
            return Self::open(domain, host, None).await;
        };
        let stream = timeout(CONNECTING, TcpStream::connect(address)).await;
        let stream = stream
            .map_err(std::io::Error::from)
            .flatten()
            .and_then(TcpStream::into_std);
        let stream = stream.map_err(|error| Trouble::new(Kind::Unreachable, format!("{host}: {address}: {error}")))?;
        Self::open(domain, host, Some(stream)).await
    }

    /// Authenticates.
    pub(super) async fn bind(&mut self, account: &Account) -> Result<(), Trouble> {
        let patience = self.patience.reply;
        let what = format!("{}: nobody is bound within {} s", self.host, patience.as_secs());
        let bound = timeout(patience, self.try_bind(account)).await;
        self.broken |= bound.is_err();
        bound.unwrap_or_else(|_| Err(Trouble::new(Kind::Unreachable, what)))
    }

    async fn try_bind(&mut self, account: &Account) -> Result<(), Trouble> {
        #[cfg(feature = "gssapi")]
        if let (Some(waiting), Secret::Keytab(principal, _)) = (&mut self.waiting, &account.secret) {
            named(&self.host)?;
            let sealer = waiting.bind(&self.host, principal).await?;
            if let Some(waiting) = self.waiting.take() {
                tokio::spawn(waiting.relay(sealer));
            }
            return Ok(());
        }
        let bound = match &account.secret {
            Secret::Password(_) if self.sealed => {
                let what = format!(
                    "{}: a password is not sent where Kerberos is to seal (transport \"sealed\")",
                    account.user
                );
                return Err(Trouble::new(Kind::Credentials, what));
            }
            Secret::Password(password) => self.ldap.simple_bind(&account.user, password).await,
            Secret::Keytab(principal, _) => gssapi(&mut self.ldap, &self.host, principal).await?,
        };
        self.broken |= bound.is_err();
        let result = bound.map_err(|error| Trouble::connection(&self.host, &error))?;
        match result.rc {
            0 => Ok(()),
            code => Err(Trouble::bind(&self.host, &account.user, code, &result.text)),
        }
    }

    /// The rootDSE.
    pub(super) async fn root(&mut self) -> Result<Root, Trouble> {
        let asked = [
            "dsServiceName",
            "highestCommittedUSN",
            "defaultNamingContext",
            "configurationNamingContext",
        ];
        let search = Search {
            base: String::new(),
            subtree: false,
            filter: "(objectClass=*)".to_owned(),
            attributes: asked.map(str::to_owned).to_vec(),
            controls: Vec::new(),
        };
        let mut root = Root::default();
        let done = self
            .look_up(&search, |entry| {
                for (name, values) in entry.attributes {
                    let text = values
                        .first()
                        .map(|value| String::from_utf8_lossy(value).into_owned())
                        .unwrap_or_default();
                    match name.to_ascii_lowercase().as_slice() {
                        b"dsservicename" => root.controller.name = text,
                        b"highestcommittedusn" => root.controller.usn = usn(text.as_bytes()).unwrap_or_default(),
                        b"defaultnamingcontext" => root.domain = text,
                        b"configurationnamingcontext" => root.configuration = text,
                        _ => {}
                    }
                }
            })
            .await?;
        if done.code != 0 || root.domain.is_empty() {
            let what = format!(
                "{}: it is no domain controller: its rootDSE names no defaultNamingContext",
                self.host
            );
            return Err(Trouble::new(Kind::Refused, what));
        }
        Ok(root)
    }

    /// Does a search for one object, and gives `entry` what it finds.
    pub(super) async fn look_up(&mut self, search: &Search, mut entry: impl FnMut(Entry)) -> Result<Done, Trouble> {
        let patience = self.patience.reply;
        let asked = self.ask_within(search, patience, Some(patience)).await?;
        let take = |found| {
            entry(found);
            Ok(())
        };
        self.hear(asked, take).await
    }

    /// Sends a search.
    pub(super) async fn ask(&mut self, search: &Search) -> Result<Asked, Trouble> {
        let patience = self.patience.answer;
        self.ask_within(search, patience, Some(patience)).await
    }

    /// `silence` is for the next entry, `patience` for the answer as a whole.
    async fn ask_within(
        &mut self,
        search: &Search,
        silence: Duration,
        patience: Option<Duration>,
    ) -> Result<Asked, Trouble> {
        let controls: Vec<RawControl> = search.controls.iter().map(raw).collect();
        let ldap = self.ldap.with_timeout(silence);
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        let scope = if search.subtree { Scope::Subtree } else { Scope::Base };
        let started = ldap
            .streaming_search(&search.base, scope, &search.filter, search.attributes.clone())
            .await;
        let asked = |stream| Asked { stream, patience };
        started
            .map(asked)
            .map_err(|error| Trouble::connection(&self.host, &error))
    }

    /// Gives `entry` what a search finds, for as long as it takes it.
    pub(super) async fn hear(
        &self,
        asked: Asked,
        entry: impl FnMut(Entry) -> Result<(), Trouble>,
    ) -> Result<Done, Trouble> {
        let Some(patience) = asked.patience else {
            return self.hear_on(asked.stream, entry).await;
        };
        let what = format!("{}: its answer has no end within {} s", self.host, patience.as_secs());
        let heard = timeout(patience, self.hear_on(asked.stream, entry)).await;
        heard.unwrap_or_else(|_| Err(Trouble::new(Kind::Unreachable, what)))
    }

    async fn hear_on(
        &self,
        mut stream: SearchStream<'static, String, Vec<String>>,
        mut entry: impl FnMut(Entry) -> Result<(), Trouble>,
    ) -> Result<Done, Trouble> {
        let broken = |error: ldap3::LdapError| Trouble::connection(&self.host, &error);
        while let Some(found) = stream.next().await.map_err(broken)? {
            if !found.is_ref()
                && !found.is_intermediate()
                && let Some(found) = read(found)
            {
                entry(found)?;
            }
        }
        Ok(done(stream.finish().await))
    }

    /// Does a search that stands: `told` is called for each entry, for as long as the controller goes on.
    pub(super) async fn stand(&mut self, search: &Search, mut told: impl FnMut()) -> Result<Done, Trouble> {
        let asked = self.ask_within(search, STANDING, None).await?;
        let take = |_| {
            told();
            Ok(())
        };
        self.hear(asked, take).await
    }

    /// Says goodbye, where that is quick.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.ldap.unbind()).await;
    }
}

/// A ticket is for a name.
#[cfg(feature = "gssapi")]
fn named(host: &str) -> Result<(), Trouble> {
    if host.parse::<std::net::IpAddr>().is_err() {
        return Ok(());
    }
    let what =
        format!("{host}: an address, of which no ticket names a controller; write its DNS name into controllers");
    Err(Trouble::new(Kind::Refused, what))
}

/// A connection without TLS, and the end of it that ldap3 is to speak to.
#[cfg(feature = "gssapi")]
async fn bare(
    domain: &DomainConfig,
    host: &str,
    stream: Option<std::net::TcpStream>,
) -> Result<(super::sasl::Waiting, std::os::unix::net::UnixStream), Trouble> {
    let unreachable = |error: std::io::Error| Trouble::new(Kind::Unreachable, format!("{host}: {error}"));
    let stream = match stream {
        Some(stream) => TcpStream::from_std(stream),
        None => {
            let connected = timeout(CONNECTING, TcpStream::connect((host, domain.port()))).await;
            connected.map_err(std::io::Error::from).flatten()
        }
    };
    super::sasl::Waiting::new(stream.map_err(unreachable)?).map_err(unreachable)
}

/// Binds as `principal`, whose key is in the keytab that MIT Kerberos has been told of: gets a ticket for the controller, within
/// TLS.
#[cfg(feature = "gssapi")]
async fn gssapi(ldap: &mut Ldap, host: &str, principal: &str) -> Result<ldap3::result::Result<LdapResult>, Trouble> {
    named(host)?;
    let own = principal.to_owned();
    let acquired = tokio::task::spawn_blocking(move || {
        use cross_krb5::K5Cred;
        cross_krb5::Cred::client_acquire(cross_krb5::InitiateFlags::empty(), Some(&own))
    });
    let credential = match acquired.await {
        Ok(acquired) => acquired.map_err(|error| Trouble::ticket(principal, &format!("{error:#}")))?,
        Err(error) => return Err(Trouble::ticket(principal, &error.to_string())),
    };
    match ldap.sasl_gssapi_cred_bind(credential, host).await {
        Err(ldap3::LdapError::GssapiOperationError(what)) => {
            Err(Trouble::ticket(principal, &format!("{host}: {what}")))
        }
        bound => Ok(bound),
    }
}

/// Not built.
#[cfg(not(feature = "gssapi"))]
async fn gssapi(_: &mut Ldap, _: &str, _: &str) -> Result<ldap3::result::Result<LdapResult>, Trouble> {
    Err(Trouble::new(Kind::Credentials, crate::krb5::ABSENT))
}

fn raw(control: &resolver::directory::sync::Control) -> RawControl {
    RawControl {
        ctype: control.oid.to_owned(),
        crit: control.critical,
        val: control.value.clone(),
    }
}

fn done(result: LdapResult) -> Done {
    let controls = result
        .ctrls
        .into_iter()
        .map(|control| (control.1.ctype, control.1.val.unwrap_or_default()));
    Done {
        code: result.rc,
        message: result.text,
        controls: controls.collect(),
    }
}

/// SearchResultEntry ::= [APPLICATION 4] SEQUENCE { objectName, attributes SEQUENCE OF { type, vals SET OF value } }
fn read(found: ldap3::ResultEntry) -> Option<Entry> {
    let mut parts = found.0.match_id(4)?.expect_constructed()?.into_iter();
    let dn = parts.next()?.expect_primitive()?;
    let attributes = parts.next()?.expect_constructed()?.into_iter();
    let attributes = attributes.map(|attribute| {
        let mut parts = attribute.expect_constructed()?.into_iter();
        let name = parts.next()?.expect_primitive()?;
        let values = parts.next()?.expect_constructed()?.into_iter();
        let values: Option<Vec<Vec<u8>>> = values.map(|value| value.expect_primitive()).collect();
        Some((name, values?))
    });
    Some(Entry {
        dn,
        attributes: attributes.collect::<Option<_>>()?,
    })
}

/// TLS by rustls on ring, trusting the domain's own CA, or the system's.
fn tls(domain: &DomainConfig) -> Result<Arc<ClientConfig>, Trouble> {
    let roots = roots(domain)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Trouble::new(Kind::Certificate, error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn roots(domain: &DomainConfig) -> Result<RootCertStore, Trouble> {
    let mut roots = RootCertStore::empty();
    let Some(path) = &domain.ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let unusable = |what: String| Trouble::new(Kind::Certificate, format!("{}: {what}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(roots)
}
