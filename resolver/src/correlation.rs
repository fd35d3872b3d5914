//! Where the user of an activity comes from that carries none itself.

use parsers::activity::{Activity, Bearer, Kind};
use parsers::json::{WriteJson, plain};
use parsers::protocol::ProtocolId;
use serde::Serialize;

/// What an activity without a user was joined with to have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Correlation {
    /// The ticket that it presents, known by its hash from the exchange that issued it.
    KerberosTicket,
    /// The bind before it on the connection.
    LdapBind,
    /// The setup of its SMB session.
    SmbSession,
    /// The security context of its RPC call, or the session that carries the call.
    RpcConnection,
    /// The authentication of its HTTP connection.
    HttpConnection,
    /// The only logon that was seen on its connection, where sessions cannot be told apart.
    Connection,
    /// The write over the network, or the event, that brought a change of the directory about.
    DirectoryWrite,
}

impl Correlation {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KerberosTicket => "kerberos_ticket",
            Self::LdapBind => "ldap_bind",
            Self::SmbSession => "smb_session",
            Self::RpcConnection => "rpc_connection",
            Self::HttpConnection => "http_connection",
            Self::Connection => "connection",
            Self::DirectoryWrite => "directory_write",
        }
    }

    /// The session that `activity` is done in, by the protocol that has the session.
    pub(crate) const fn session(activity: &Activity) -> Self {
        match activity.protocol {
            ProtocolId::Ldap | ProtocolId::Cldap => Self::LdapBind,
            ProtocolId::Smb1 | ProtocolId::Smb2 => Self::SmbSession,
            ProtocolId::Dcerpc => Self::RpcConnection,
            ProtocolId::Http => Self::HttpConnection,
            _ => Self::Connection,
        }
    }

    /// The session whose logon named the account that `activity` has. A logon's own activity has its account from itself.
    pub(crate) fn named(activity: &Activity) -> Option<Self> {
        let own = matches!(activity.kind, Kind::LdapBind | Kind::SmbSession);
        let lent = activity.bearer == Some(Bearer::Account) && !own;
        lent.then(|| Self::session(activity))
    }
}

impl WriteJson for Correlation {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}
