//! Who a connection belongs to, where its sessions cannot be told apart.
//!
//! A parser that saw a session begin says by which logon ([`parsers::activity::Bearer`]). Of a session whose beginning it did
//! not see, the logons on the connection tell as much as this: LDAP has one identity at a time, the last bind's; where sessions
//! of several identities share a connection (SMB, RPC) its owner is not told by it.

use std::sync::Arc;

use parsers::activity::{Activity, Kind, Outcome};

use crate::generations::Generations;
use crate::owner::{Owner, Owners};

/// The most connections remembered; beyond it the older half is forgotten.
const MAX_CONNECTIONS: usize = 1 << 16;

/// Whose a connection is.
#[derive(Clone, Debug)]
enum Bearer {
    /// All that is done on it.
    One(Arc<Owner>),
    /// Nobody's that can be told: several identities, or one that was not seen.
    Unknown,
}

impl Bearer {
    /// Whether both are the same account: `LAB\alice` of NTLM may be `alice@LAB.EXAMPLE` of Kerberos.
    fn is(&self, other: &Self) -> bool {
        let (Self::One(one), Self::One(two)) = (self, other) else {
            return false;
        };
        let label = |owner: &Owner| {
            let domain = owner.domain.as_deref().unwrap_or_default();
            domain.split('.').next().unwrap_or_default().to_lowercase()
        };
        one.account.to_lowercase() == two.account.to_lowercase() && label(one) == label(two)
    }
}

/// Connections by their flow.
#[derive(Debug)]
pub(crate) struct Bearers {
    known: Generations<u64, Bearer>,
    owners: Owners,
    forgotten: u64,
}

impl Default for Bearers {
    fn default() -> Self {
        Self {
            known: Generations::new(MAX_CONNECTIONS),
            owners: Owners::default(),
            forgotten: 0,
        }
    }
}

impl Bearers {
    /// How many connections were forgotten because there were too many.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// A logon over a connection, by the ticket of `owner` where it was one by ticket.
    pub(crate) fn hear(&mut self, activity: &Activity, owner: Option<&Arc<Owner>>) {
        if activity.outcome != Outcome::Success {
            return;
        }
        let bearer = match activity.kind {
            Kind::KerberosAp => match owner {
                Some(owner) => Bearer::One(Arc::clone(owner)),
                None => self.named(activity),
            },
            Kind::NtlmAuthenticate => self.named(activity),
            Kind::LdapBind if !is_sasl(activity) => self.named(activity),
            _ => return,
        };
        let flow = activity.order.flow;
        let sequential =
            activity.kind == Kind::LdapBind || activity.carrier.0.first().is_some_and(|first| first == "ldap");
        let bearer = match self.known.get(&flow) {
            Some(known) if !sequential && !known.is(&bearer) => Bearer::Unknown,
            _ => bearer,
        };
        self.forgotten += self.known.insert(flow, bearer).unwrap_or(0) as u64;
    }

    /// Who does `activity`, where it does not say itself.
    pub(crate) fn owner(&self, activity: &Activity) -> Option<Arc<Owner>> {
        let asks = activity.kind.is_remote_call()
            || matches!(
                activity.kind,
                Kind::LdapBind
                    | Kind::LdapSearch
                    | Kind::LdapChange
                    | Kind::PasswordChange
                    | Kind::SmbSession
                    | Kind::SmbFile
                    | Kind::SmbEncrypted
                    | Kind::Winrm
            );
        if !asks || activity.observed.account.is_some() || activity.bearer.is_some() {
            return None;
        }
        match self.known.get(&activity.order.flow)? {
            Bearer::One(owner) => Some(Arc::clone(owner)),
            Bearer::Unknown => None,
        }
    }

    /// The identity that a logon names itself; none for an anonymous one.
    fn named(&mut self, activity: &Activity) -> Bearer {
        let observed = &activity.observed;
        match &observed.account {
            Some(account) => Bearer::One(self.owners.named(account, observed.domain.as_ref())),
            None => Bearer::Unknown,
        }
    }
}

/// A bind whose credentials are an activity of their own.
fn is_sasl(activity: &Activity) -> bool {
    let method = activity.details.get_text("method").unwrap_or_default();
    method.starts_with("sasl") || method.starts_with("sicily")
}
