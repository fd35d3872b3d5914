//! Opened tickets and authenticators as details of activities.

use super::crypto::{Key, Usage};
use super::ticket::{Authenticator, Part};
use super::{Closed, Keys, pac};
use crate::activity::Activity;
use crate::context::Context;
use crate::fields::Fields;
use crate::kerberos::names;
use crate::kerberos::types::{EncryptedData, PrincipalName, Ticket};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::text;
use compact_str::CompactString;

/// What the fields of a ticket are called.
#[derive(Debug)]
pub(in crate::kerberos) struct Names {
    account: &'static str,
    realm: &'static str,
    session_etype: &'static str,
    flags: &'static str,
    auth_time: &'static str,
    start_time: &'static str,
    end_time: &'static str,
    renew_till: &'static str,
    addresses: &'static str,
    transited: &'static str,
    pac: &'static str,
}

/// A ticket that is presented to a service, or granted for one.
pub(in crate::kerberos) const PRESENTED: Names = Names {
    account: "ticket_account",
    realm: "ticket_account_realm",
    session_etype: "ticket_session_etype",
    flags: "ticket_flags",
    auth_time: "ticket_auth_time",
    start_time: "ticket_start_time",
    end_time: "ticket_end_time",
    renew_till: "ticket_renew_till",
    addresses: "ticket_addresses",
    transited: "ticket_transited",
    pac: "pac",
};

/// The ticket that a TGS-REQ presents.
pub(in crate::kerberos) const TGT: Names = Names {
    account: "tgt_account",
    realm: "tgt_account_realm",
    session_etype: "tgt_session_etype",
    flags: "tgt_flags",
    auth_time: "tgt_auth_time",
    start_time: "tgt_start_time",
    end_time: "tgt_end_time",
    renew_till: "tgt_renew_till",
    addresses: "tgt_addresses",
    transited: "tgt_transited",
    pac: "tgt_pac",
};

/// Opens `ticket` and what its session key seals, where there is a keytab: says who it names in `activity`, and who acts
/// where the activity does not know yet. Costs one look where there is none.
pub(in crate::kerberos) fn open(
    ticket: &Ticket<'_>,
    authenticator: Option<(Usage, EncryptedData<'_>)>,
    called: &Names,
    activity: &mut Activity,
    context: &mut Context<'_>,
) {
    let Some(keys) = context.keys() else { return };
    match opened(&keys, ticket, authenticator, called, activity) {
        Ok(Ok(())) => {}
        Ok(Err(malformed)) => context.malformed(ProtocolId::Kerberos, malformed.0),
        Err(closed) => context.opaque(closed.reason(), ticket.enc_part.cipher.len() as u64),
    }
}

impl Closed {
    /// What its octets are counted under.
    const fn reason(self) -> &'static str {
        match self {
            Self::NoKey => "kerberos keytab without key",
            Self::WrongKey => "kerberos keytab wrong key",
        }
    }
}

fn opened(
    keys: &Keys,
    ticket: &Ticket<'_>,
    authenticator: Option<(Usage, EncryptedData<'_>)>,
    called: &Names,
    activity: &mut Activity,
) -> Result<Result<(), Malformed>, Closed> {
    let plain = keys.open(ticket)?;
    Ok(Part::read(&plain).map(|part| {
        tell(&part, called, &mut activity.details);
        let observed = &mut activity.observed;
        if observed.account.is_none() {
            observed.account = joined(part.cname);
            observed.domain = Some(text::bytes(part.crealm)).filter(|realm| !realm.is_empty());
        }
        if let (Some(key), Some((usage, sealed))) = (&part.key, authenticator) {
            shown(key, usage, &sealed, &part, &mut activity.details);
        }
    }))
}

fn tell(part: &Part<'_>, called: &Names, fields: &mut Fields) {
    fields.set_some(called.account, joined(part.cname));
    fields.text(called.realm, text::bytes(part.crealm));
    fields.set_some(called.session_etype, part.session_etype);
    fields.list(called.flags, names::flags(part.flags, names::TICKET_FLAGS));
    fields.set_some(called.auth_time, part.auth_time);
    fields.set_some(called.start_time, part.start_time);
    fields.set_some(called.end_time, part.end_time);
    fields.set_some(called.renew_till, part.renew_till);
    fields.list(called.addresses, part.addresses().map(|address| address.text()));
    fields.text(called.transited, text::bytes(part.transited));
    if let Some(Ok(pac)) = part.pac().map(pac::fields) {
        fields.set(called.pac, pac);
    }
}

/// What the authenticator says. One that does not open with the ticket's key, or names another client, is not the client's.
fn shown(key: &Key, usage: Usage, sealed: &EncryptedData<'_>, part: &Part<'_>, fields: &mut Fields) {
    let Some(plain) = key.open(usage, sealed.cipher) else {
        return fields.set("authenticator_opened", false);
    };
    let Ok(authenticator) = Authenticator::read(&plain) else {
        return fields.set("authenticator_opened", false);
    };
    let time = authenticator.time.and_then(|time| time.timestamp(authenticator.micros));
    fields.set_some("authenticator_time", time);
    fields.set_some("subkey_etype", authenticator.subkey_etype);
    let name = joined(authenticator.cname);
    if name != joined(part.cname) || authenticator.crealm != part.crealm {
        fields.set_some("authenticator_account", name);
        fields.text("authenticator_realm", text::bytes(authenticator.crealm));
    }
    if let Some((flags, bound)) = authenticator.gss() {
        // The bits of RFC 4121 §4.1.1.1 and [MS-KILE] 3.2.5.2 count from the least significant.
        fields.list("gss_flags", names::flags(flags, names::GSS_FLAGS));
        fields.set("channel_bindings", bound);
    }
    fields.flag("channel_bindings_wanted", authenticator.wants_bindings());
    fields.set_some("target_name", authenticator.target().map(text::utf16));
}

fn joined(name: Option<PrincipalName<'_>>) -> Option<CompactString> {
    name.map(|name| name.joined())
}
