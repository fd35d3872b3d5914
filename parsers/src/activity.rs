//! An activity: one logical fact, a request joined with its answer.

mod bearer;
mod reason;

pub use bearer::Bearer;
pub use reason::FailureReason;

use capture::{CaptureId, Endpoint, Flow, Timestamp, Transport, Tunnel};
use compact_str::CompactString;
use serde::Serialize;
use serde::ser::SerializeMap;

use crate::fields::Fields;
use crate::json::{Object, WriteJson, plain};
use crate::message::Carriers;
use crate::protocol::ProtocolId;

/// What an activity says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the names are the documentation: docs/activities.md describes each"
)]
pub enum Kind {
    KerberosAs,
    KerberosTgs,
    KerberosAp,
    PasswordChange,
    NtlmAuthenticate,
    LdapBind,
    LdapSearch,
    LdapChange,
    CldapPing,
    DnsQuery,
    DnsUpdate,
    SmbSession,
    SmbFile,
    SmbEncrypted,
    RpcCall,
    SamrQuery,
    LsarpcQuery,
    Netlogon,
    DirectoryReplication,
    SessionEnumeration,
    ServiceCreation,
    TaskScheduling,
    WmiExecution,
    AuthenticationCoercion,
    DpapiBackupKey,
    RemoteRegistry,
    EventLog,
    Nbns,
    RdpConnection,
    Winrm,
    VpnConnection,
    TlsSession,
    WindowsEvent,
    DirectoryChange,
}

impl Kind {
    /// Every kind, in the order of [`Self::index`].
    pub const ALL: [Self; 34] = [
        Self::KerberosAs,
        Self::KerberosTgs,
        Self::KerberosAp,
        Self::PasswordChange,
        Self::NtlmAuthenticate,
        Self::LdapBind,
        Self::LdapSearch,
        Self::LdapChange,
        Self::CldapPing,
        Self::DnsQuery,
        Self::DnsUpdate,
        Self::SmbSession,
        Self::SmbFile,
        Self::SmbEncrypted,
        Self::RpcCall,
        Self::SamrQuery,
        Self::LsarpcQuery,
        Self::Netlogon,
        Self::DirectoryReplication,
        Self::SessionEnumeration,
        Self::ServiceCreation,
        Self::TaskScheduling,
        Self::WmiExecution,
        Self::AuthenticationCoercion,
        Self::DpapiBackupKey,
        Self::RemoteRegistry,
        Self::EventLog,
        Self::Nbns,
        Self::RdpConnection,
        Self::Winrm,
        Self::VpnConnection,
        Self::TlsSession,
        Self::WindowsEvent,
        Self::DirectoryChange,
    ];

    /// The kind's name on the wire and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KerberosAs => "kerberos_as",
            Self::KerberosTgs => "kerberos_tgs",
            Self::KerberosAp => "kerberos_ap",
            Self::PasswordChange => "password_change",
            Self::NtlmAuthenticate => "ntlm_authenticate",
            Self::LdapBind => "ldap_bind",
            Self::LdapSearch => "ldap_search",
            Self::LdapChange => "ldap_change",
            Self::CldapPing => "cldap_ping",
            Self::DnsQuery => "dns_query",
            Self::DnsUpdate => "dns_update",
            Self::SmbSession => "smb_session",
            Self::SmbFile => "smb_file",
            Self::SmbEncrypted => "smb_encrypted",
            Self::RpcCall => "rpc_call",
            Self::SamrQuery => "samr_query",
            Self::LsarpcQuery => "lsarpc_query",
            Self::Netlogon => "netlogon",
            Self::DirectoryReplication => "directory_replication",
            Self::SessionEnumeration => "session_enumeration",
            Self::ServiceCreation => "service_creation",
            Self::TaskScheduling => "task_scheduling",
            Self::WmiExecution => "wmi_execution",
            Self::AuthenticationCoercion => "authentication_coercion",
            Self::DpapiBackupKey => "dpapi_backup_key",
            Self::RemoteRegistry => "remote_registry",
            Self::EventLog => "event_log",
            Self::Nbns => "nbns",
            Self::RdpConnection => "rdp_connection",
            Self::Winrm => "winrm",
            Self::VpnConnection => "vpn_connection",
            Self::TlsSession => "tls_session",
            Self::WindowsEvent => "windows_event",
            Self::DirectoryChange => "directory_change",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether this kind is an authentication: its outcome is a logon's, and it never folds.
    #[must_use]
    pub const fn is_logon(self) -> bool {
        matches!(
            self,
            Self::KerberosAs | Self::KerberosTgs | Self::KerberosAp | Self::NtlmAuthenticate | Self::LdapBind
        )
    }

    /// Whether this kind is a remote procedure call, by whatever interface: its caller is who logged on over its connection.
    #[must_use]
    pub const fn is_remote_call(self) -> bool {
        matches!(
            self,
            Self::RpcCall
                | Self::SamrQuery
                | Self::LsarpcQuery
                | Self::Netlogon
                | Self::DirectoryReplication
                | Self::SessionEnumeration
                | Self::ServiceCreation
                | Self::TaskScheduling
                | Self::WmiExecution
                | Self::AuthenticationCoercion
                | Self::DpapiBackupKey
                | Self::RemoteRegistry
                | Self::EventLog
        )
    }

    /// Whether identical repeats of this kind become one activity with a count. Authentications and changes never do.
    #[must_use]
    pub const fn folds(self) -> bool {
        matches!(
            self,
            Self::LdapSearch
                | Self::CldapPing
                | Self::DnsQuery
                | Self::SmbSession
                | Self::SmbFile
                | Self::RpcCall
                | Self::SamrQuery
                | Self::LsarpcQuery
                | Self::Netlogon
                | Self::SessionEnumeration
                | Self::RemoteRegistry
                | Self::EventLog
                | Self::Nbns
                | Self::Winrm
                | Self::TlsSession
        )
    }
}

/// How many of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByKind([u64; Kind::ALL.len()]);

impl ByKind {
    /// None.
    pub const NONE: Self = Self([0; Kind::ALL.len()]);

    /// One more of `kind`.
    pub fn count(&mut self, kind: Kind) {
        if let Some(count) = self.0.get_mut(kind.index()) {
            *count += 1;
        }
    }

    /// As many more as `other` has.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// Every kind and how many there are of it.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL.into_iter().zip(self.0)
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Default for ByKind {
    fn default() -> Self {
        Self::NONE
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server did it.
    Success,
    /// The server refused.
    Failure,
    /// The server asked for another step: no logon, failed or not.
    Continued,
    /// No answer was seen.
    #[default]
    Unknown,
}

impl Outcome {
    /// The outcome's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Continued => "continued",
            Self::Unknown => "unknown",
        }
    }
}

impl WriteJson for Outcome {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// The server's word on the outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Status {
    /// The protocol's own code.
    pub code: i64,
    /// Its standard name; absent for unknown codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// An NTSTATUS that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntstatus: Option<u32>,
    /// That status' name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntstatus_name: Option<&'static str>,
}

impl Status {
    /// A code and its name.
    #[must_use]
    pub const fn new(code: i64, name: Option<&'static str>) -> Self {
        Self {
            code,
            name,
            ntstatus: None,
            ntstatus_name: None,
        }
    }
}

impl WriteJson for Status {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.entry("code", &self.code);
        object.some("name", self.name);
        object.some("ntstatus", self.ntstatus.as_ref());
        object.some("ntstatus_name", self.ntstatus_name);
        object.end();
    }
}

/// The identifiers as they stood on the wire, before anybody resolved them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(default)]
pub struct Observed {
    /// Who acts: the account as the protocol wrote it, without its realm or domain where that stands apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<CompactString>,
    /// The account's realm or domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<CompactString>,
    /// The name the client calls itself by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workstation: Option<CompactString>,
    /// The service asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spn: Option<CompactString>,
    /// The directory object it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dn: Option<CompactString>,
    /// The security identifier it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<CompactString>,
    /// The account acted upon: whose password changes, who is impersonated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_account: Option<CompactString>,
    /// That account's realm or domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_domain: Option<CompactString>,
    /// A host name it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<CompactString>,
}

impl Observed {
    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl WriteJson for Observed {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.some("account", self.account.as_ref());
        object.some("domain", self.domain.as_ref());
        object.some("workstation", self.workstation.as_ref());
        object.some("spn", self.spn.as_ref());
        object.some("dn", self.dn.as_ref());
        object.some("sid", self.sid.as_ref());
        object.some("target_account", self.target_account.as_ref());
        object.some("target_domain", self.target_domain.as_ref());
        object.some("host", self.host.as_ref());
        object.end();
    }
}

/// Where an activity belongs among all of a run: by the packet that brought it about, then by its flow, then by order of
/// emission. The same for any number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Run-wide sequence number of the packet being processed.
    pub packet: u64,
    /// [`Flow::id`].
    pub flow: u64,
    /// Emission within the two.
    pub index: u32,
}

/// What an activity was seen in first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Packets: both ends are known.
    #[default]
    Wire,
    /// A Windows event, which names no end but the one that it is about, if any.
    Event,
    /// The directory itself, as its synchronisation found it: no end, but where the write that changed it was seen.
    Directory,
}

/// One logical fact.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Where it belongs; not printed.
    pub order: Order,
    /// What it was seen in; not printed, but what an event does not know is left out.
    pub origin: Origin,
    /// Packet time of the request.
    pub time: Timestamp,
    /// Answer − request, µs, where there was an answer.
    pub duration_us: Option<u64>,
    /// What happened.
    pub kind: Kind,
    /// The hunting tables' name for it.
    pub action_type: Option<&'static str>,
    /// The protocol it is a fact of.
    pub protocol: ProtocolId,
    /// What carried that protocol.
    pub carrier: Carriers,
    /// TCP or UDP.
    pub transport: Transport,
    /// Layers around the frame.
    pub tunnel: Tunnel,
    /// Where it was captured.
    pub capture: CaptureId,
    /// Who asked.
    pub client: Endpoint,
    /// Who was asked.
    pub server: Endpoint,
    /// How it ended.
    pub outcome: Outcome,
    /// The server's word on it.
    pub status: Option<Status>,
    /// Why it failed.
    pub failure_reason: Option<FailureReason>,
    /// It changes something, or a secret was read: repeats of it are told one by one, whatever its kind; not printed.
    pub changes: bool,
    /// The logon that it was done under, where it names nobody itself; not printed.
    pub bearer: Option<Bearer>,
    /// How many identical ones it stands for.
    pub count: u32,
    /// Time of the last of them.
    pub end_time: Option<Timestamp>,
    /// Identifiers of the wire.
    pub observed: Observed,
    /// What else the kind says.
    pub details: Fields,
}

impl Activity {
    /// An activity of `flow` that began at `time`, with no outcome yet.
    #[must_use]
    pub fn new(kind: Kind, protocol: ProtocolId, flow: &Flow, time: Timestamp) -> Self {
        Self {
            order: Order::default(),
            origin: Origin::Wire,
            time,
            duration_us: None,
            kind,
            action_type: None,
            protocol,
            carrier: Carriers::default(),
            transport: flow.transport,
            tunnel: flow.tunnel.clone(),
            capture: flow.capture,
            client: flow.client,
            server: flow.server,
            outcome: Outcome::Unknown,
            status: None,
            failure_reason: None,
            changes: false,
            bearer: None,
            count: 1,
            end_time: None,
            observed: Observed::default(),
            details: Fields::new(),
        }
    }

    /// What carried it; none where it was not seen on the wire.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        (self.origin == Origin::Wire).then_some(self.transport)
    }

    /// `end`, one of its two ends; none for one that its event does not tell.
    #[must_use]
    pub fn known<'a>(&self, end: &'a Endpoint) -> Option<&'a Endpoint> {
        (self.origin == Origin::Wire || !end.ip.is_unspecified()).then_some(end)
    }

    /// Whether identical repeats of it become one activity with a count: those of chatter that did not fail, changed
    /// nothing and read no secret.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.kind.folds() && self.outcome != Outcome::Failure && !self.changes
    }

    /// The answer came at `time`.
    pub fn answered(&mut self, time: Timestamp) {
        self.duration_us = Some(u64::try_from(time.since(self.time).as_micros()).unwrap_or(u64::MAX));
    }

    /// Sets the outcome, and for a logon the action type that goes with it.
    pub fn conclude(&mut self, outcome: Outcome) {
        self.outcome = outcome;
        if self.kind.is_logon() {
            self.action_type = match outcome {
                Outcome::Success => Some("LogonSuccess"),
                Outcome::Failure => Some("LogonFailed"),
                Outcome::Continued | Outcome::Unknown => None,
            };
        }
    }

    /// Writes the common fields, all but `details`, into `object`; `capture` is the name of [`Self::capture`].
    pub fn write_json(&self, object: &mut Object<'_>, capture: &str) {
        object.entry("time", &self.time);
        object.some("duration_us", self.duration_us.as_ref());
        object.entry("kind", self.kind.name());
        object.some("action_type", self.action_type);
        object.entry("protocol", self.protocol.name());
        object.some("carrier", Some(&self.carrier).filter(|carrier| !carrier.0.is_empty()));
        object.some("transport", self.transport().as_ref());
        object.some("tunnel", Some(&self.tunnel).filter(|tunnel| !tunnel.0.is_empty()));
        object.entry("capture", capture);
        object.some("client", self.known(&self.client));
        object.some("server", self.known(&self.server));
        object.entry("outcome", &self.outcome);
        object.some("status", self.status.as_ref());
        object.some("failure_reason", self.failure_reason.as_ref());
        object.some("count", Some(&self.count).filter(|count| **count > 1));
        object.some("end_time", self.end_time.as_ref());
        object.some("observed", Some(&self.observed).filter(|observed| !observed.is_empty()));
    }

    /// Writes the common fields, all but `details`, into `map`; `capture` is the name of [`Self::capture`].
    pub fn write<M: SerializeMap>(&self, map: &mut M, capture: &str) -> Result<(), M::Error> {
        map.serialize_entry("time", &self.time)?;
        entry(map, "duration_us", self.duration_us.as_ref())?;
        map.serialize_entry("kind", self.kind.name())?;
        entry(map, "action_type", self.action_type.as_ref())?;
        map.serialize_entry("protocol", self.protocol.name())?;
        if !self.carrier.0.is_empty() {
            map.serialize_entry("carrier", &self.carrier)?;
        }
        entry(map, "transport", self.transport().as_ref())?;
        if !self.tunnel.0.is_empty() {
            map.serialize_entry("tunnel", &self.tunnel)?;
        }
        map.serialize_entry("capture", capture)?;
        entry(map, "client", self.known(&self.client))?;
        entry(map, "server", self.known(&self.server))?;
        map.serialize_entry("outcome", &self.outcome)?;
        entry(map, "status", self.status.as_ref())?;
        entry(map, "failure_reason", self.failure_reason.as_ref())?;
        if self.count > 1 {
            map.serialize_entry("count", &self.count)?;
        }
        entry(map, "end_time", self.end_time.as_ref())?;
        if !self.observed.is_empty() {
            map.serialize_entry("observed", &self.observed)?;
        }
        Ok(())
    }
}

fn entry<M: SerializeMap, T: Serialize>(map: &mut M, name: &'static str, value: Option<&T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}
