//! What activities resolve to: accounts, groups and computers of the directory, and the computers behind addresses.

use std::sync::Arc;

use capture::Timestamp;
use compact_str::CompactString;
use parsers::json::{Object, WriteJson, plain};
use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use crate::printed::Printed;

/// What kind of directory object an entity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// `user`, `inetOrgPerson`.
    User,
    /// `group`.
    Group,
    /// `computer`.
    Computer,
    /// `msDS-ManagedServiceAccount`, `msDS-GroupManagedServiceAccount`, `msDS-DelegatedManagedServiceAccount`.
    ManagedServiceAccount,
    /// A trust account, or `trustedDomain`.
    Trust,
    /// Any other object, or an account that only the configuration names.
    #[default]
    Unknown,
}

impl EntityKind {
    /// The kind's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Computer => "computer",
            Self::ManagedServiceAccount => "managed_service_account",
            Self::Trust => "trust",
            Self::Unknown => "unknown",
        }
    }
}

impl WriteJson for EntityKind {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// What an analyst should know about an entity at a glance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// Is or belongs to a privileged group, directly or through others.
    Sensitive,
    /// Named by the configuration as a trap.
    Honeytoken,
    /// Is a domain controller, read-only ones included.
    DomainController,
    /// Is a server of Microsoft Exchange.
    ExchangeServer,
    /// What an operator calls it.
    Own(Arc<str>),
}

impl Tag {
    /// The tags that adtap gives.
    pub(crate) const BUILT_IN: [Self; 4] = [
        Self::Sensitive,
        Self::Honeytoken,
        Self::DomainController,
        Self::ExchangeServer,
    ];

    /// The tag's name in JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sensitive => "sensitive",
            Self::Honeytoken => "honeytoken",
            Self::DomainController => "domain_controller",
            Self::ExchangeServer => "exchange_server",
            Self::Own(name) => name,
        }
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl WriteJson for Tag {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// An account, group or computer, as the directory describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// sAMAccountName, else the RDN's value; computers keep their `$`.
    pub name: CompactString,
    /// DNS name of its domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<CompactString>,
    /// userPrincipalName, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upn: Option<CompactString>,
    /// displayName.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<CompactString>,
    /// objectSid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<CompactString>,
    /// objectGUID, lower-case with dashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<CompactString>,
    /// Distinguished name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dn: Option<CompactString>,
    /// Sorted, each at most once.
    #[serde(skip_serializing_if = "SmallVec::is_empty")]
    pub tags: SmallVec<[Tag; 1]>,
    /// dNSHostName of a computer; not printed.
    #[serde(skip)]
    pub dns_name: Option<CompactString>,
    /// operatingSystem and operatingSystemVersion of a computer; printed with [`Computer`].
    #[serde(skip)]
    pub os: Option<CompactString>,
}

impl Entity {
    /// Adds `tag` where it is not there yet.
    pub fn tag(&mut self, tag: Tag) {
        if let Err(at) = self.tags.binary_search(&tag) {
            self.tags.insert(at, tag);
        }
    }
}

impl WriteJson for Entity {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.entry("type", &self.kind);
        object.entry("name", &self.name);
        object.some("domain", self.domain.as_ref());
        object.some("upn", self.upn.as_ref());
        object.some("display_name", self.display_name.as_ref());
        object.some("sid", self.sid.as_ref());
        object.some("guid", self.guid.as_ref());
        object.some("dn", self.dn.as_ref());
        object.some("tags", Some(&*self.tags).filter(|tags| !tags.is_empty()));
        object.end();
    }
}

/// How sure it is that an address belongs to a computer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Somebody said so, or something speaks against it.
    #[default]
    Low,
    /// Proved by an authentication, or said by the host itself or by two independent sources, and nothing speaks against it:
    /// `docs/resolution.md` has the rules.
    High,
}

impl Certainty {
    /// The certainty's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

impl WriteJson for Certainty {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// Why it is not sure that an address belongs to a computer, although the evidence would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Several machines are behind the address at a time.
    Nat,
    /// Many accounts are behind the address at a time.
    TerminalServer,
    /// It is an address of a VPN gateway.
    Vpn,
    /// The configuration says that it is shared.
    SharedNetwork,
    /// The directory has the domain, and no such computer in it.
    Unlisted,
    /// The computer has since proved itself at another address.
    Elsewhere,
    /// Other evidence names another computer.
    Conflict,
    /// The proof is old.
    Stale,
    /// Its TCP is another operating system's than the directory has.
    OperatingSystem,
}

impl Doubt {
    /// The doubt's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nat => "nat",
            Self::TerminalServer => "terminal_server",
            Self::Vpn => "vpn",
            Self::SharedNetwork => "shared_network",
            Self::Unlisted => "unlisted",
            Self::Elsewhere => "elsewhere",
            Self::Conflict => "conflict",
            Self::Stale => "stale",
            Self::OperatingSystem => "operating_system",
        }
    }

    /// Whether seeing the same evidence again may end it.
    pub(crate) const fn can_be_cleared(self) -> bool {
        matches!(self, Self::Conflict | Self::Stale)
    }
}

impl WriteJson for Doubt {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// How the traffic told which computer holds an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The host address of type NetBIOS in the client's AS-REQ (RFC 4120 §7.5.3).
    KerberosHostAddress,
    /// The computer's own account logged on from the address.
    MachineLogon,
    /// Workstation of the client's NTLM AUTHENTICATE.
    NtlmWorkstation,
    /// Computer names in the server's NTLM CHALLENGE ([MS-NLMP] 2.2.2.1).
    NtlmChallenge,
    /// The server accepted a ticket for a service of that host.
    KerberosService,
    /// A DNS address or pointer record in an answer.
    DnsAnswer,
    /// A DNS address record that was registered.
    DnsUpdate,
    /// Host of the client's LDAP ping ([MS-ADTS] 6.3.3).
    CldapHost,
    /// The domain controller's own answer to an LDAP ping.
    CldapAnswer,
    /// The server's name in a path the client connected to.
    SharePath,
    /// A DHCP server granted the address to a client that calls itself so.
    DhcpLease,
    /// The host's own table of NetBIOS names (RFC 1002 §4.2.18), when somebody asked for it.
    NetbiosName,
    /// A name that the host registered with the NetBIOS name server (RFC 1002 §4.2.2).
    NbnsRegistration,
    /// RADIUS accounting reports a session of the computer's own account (802.1X).
    RadiusSession,
    /// The sensor asked: computer names in the NTLM CHALLENGE of the endpoint mapper (TCP 135).
    AskedNtlmRpc,
    /// The sensor asked: the table of NetBIOS names (UDP 137).
    AskedNetbios,
    /// The sensor asked: the name in the certificate of Remote Desktop (TCP 3389).
    AskedRdp,
    /// The sensor asked: the pointer record of the DNS server.
    AskedPtr,
    /// The family of operating systems that the SYNs of the address were made by: [`capture::Stack`].
    TcpFingerprint,
    /// The configuration names the domain controller at this address.
    Configuration,
}

impl Method {
    /// The method's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KerberosHostAddress => "kerberos_host_address",
            Self::MachineLogon => "machine_logon",
            Self::NtlmWorkstation => "ntlm_workstation",
            Self::NtlmChallenge => "ntlm_challenge",
            Self::KerberosService => "kerberos_service",
            Self::DnsAnswer => "dns_answer",
            Self::DnsUpdate => "dns_update",
            Self::CldapHost => "cldap_host",
            Self::CldapAnswer => "cldap_answer",
            Self::SharePath => "share_path",
            Self::DhcpLease => "dhcp_lease",
            Self::NetbiosName => "netbios_name",
            Self::NbnsRegistration => "nbns_registration",
            Self::RadiusSession => "radius_session",
            Self::AskedNtlmRpc => "asked_ntlm_rpc",
            Self::AskedNetbios => "asked_netbios",
            Self::AskedRdp => "asked_rdp",
            Self::AskedPtr => "asked_ptr",
            Self::TcpFingerprint => "tcp_fingerprint",
            Self::Configuration => "configuration",
        }
    }
}

impl WriteJson for Method {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

/// One reason to believe that an address belongs to a computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Where the name was read.
    pub method: Method,
    /// The name as it stood there.
    pub name: CompactString,
    /// Packet time of the latest observation, kept to the minute: later ones within it do not move the time.
    pub time: Timestamp,
}

impl WriteJson for Evidence {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.entry("method", &self.method);
        object.entry("name", &self.name);
        object.entry("time", &self.time);
        object.end();
    }
}

/// The computer behind an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Computer {
    /// Its name without domain and without `$`: the directory's, else as observed.
    pub name: CompactString,
    /// Its domain: the directory's DNS name, else as observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<CompactString>,
    /// objectSid of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<CompactString>,
    /// objectGUID of its account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<CompactString>,
    /// Its operating system, from the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<CompactString>,
    /// The tags of its account: sorted, each at most once.
    #[serde(skip_serializing_if = "SmallVec::is_empty")]
    pub tags: SmallVec<[Tag; 1]>,
    /// How sure this is.
    pub certainty: Certainty,
    /// What lowers the certainty, where the evidence alone would do or several share the address.
    #[serde(skip_serializing_if = "SmallVec::is_empty")]
    pub doubts: SmallVec<[Doubt; 2]>,
    /// Why, strongest first; at most four.
    pub evidence: Vec<Evidence>,
    /// All of the above as JSON, once it was printed: a computer that differs is another one.
    #[serde(skip)]
    pub printed: Printed,
}

impl WriteJson for Computer {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.printed.or_print(|out| {
            let mut object = Object::begin(out);
            object.entry("name", &self.name);
            object.some("domain", self.domain.as_ref());
            object.some("sid", self.sid.as_ref());
            object.some("guid", self.guid.as_ref());
            object.some("os", self.os.as_ref());
            object.some("tags", Some(&*self.tags).filter(|tags| !tags.is_empty()));
            object.entry("certainty", &self.certainty);
            object.some("doubts", Some(&*self.doubts).filter(|doubts| !doubts.is_empty()));
            object.entry("evidence", &*self.evidence);
            object.end();
        }));
    }
}
