//! A presented ticket as fields and as `kerberos_ap` details: for every protocol that carries an AP-REQ.

use super::edata::EData;
use super::keytab::{self, Usage};
use super::wire::{ApReq, KrbError, Ticket};
use super::{codes, names};
use crate::activity::{Activity, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::{ntstatus, text};

impl ApReq<'_> {
    /// What the message says, for `decode`: `realm`, `sname`, `ticket_…`, `authenticator_…`, `ap_options`.
    pub fn fill(&self, fields: &mut Fields) {
        fields.text("realm", text::bytes(self.ticket.realm));
        fields.set_some("sname", self.ticket.sname.map(|name| name.joined()));
        self.details(fields);
    }

    /// What a `kerberos_ap` says of it: `spn`, the ticket's realm, etype, kvno, size and hash, and whether the service is to
    /// prove itself. The client's name is sealed in ticket and authenticator; a keytab opens them. Outcome and time are the
    /// carrier's to set.
    pub fn describe(&self, activity: &mut Activity, context: &mut Context<'_>) {
        let spn = self.ticket.sname.map(|name| name.joined());
        activity.observed.spn.clone_from(&spn);
        activity.details.set_some("spn", spn);
        activity.details.text("realm", text::bytes(self.ticket.realm));
        self.details(&mut activity.details);
        let authenticator = self.authenticator.map(|sealed| (Usage::Authenticator, sealed));
        keytab::open(&self.ticket, authenticator, &keytab::PRESENTED, activity, context);
    }

    fn details(&self, fields: &mut Fields) {
        sealed_ticket(&self.ticket, fields);
        if let Some(authenticator) = self.authenticator {
            set_etype(
                fields,
                "authenticator_etype",
                "authenticator_etype_name",
                authenticator.etype,
            );
        }
        fields.list("ap_options", names::flags(self.ap_options, names::AP_OPTIONS));
        fields.set("mutual", self.mutual());
    }
}

impl KrbError<'_> {
    /// The code, its name, and the NTSTATUS that Windows puts into e-data.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = Status::new(i64::from(self.error_code), codes::error(self.error_code));
        status.ntstatus = self.ntstatus();
        status.ntstatus_name = status.ntstatus.and_then(ntstatus::name);
        status
    }

    /// The NTSTATUS in its e-data, where there is one.
    #[must_use]
    pub fn ntstatus(&self) -> Option<u32> {
        Some(EData::read(self.e_data?).ext_error?.status)
    }

    /// Whether the server asks for another step rather than refusing: more pre-authentication, the same again over TCP, or
    /// the client's own realm (a referral, which names that realm in `crealm`).
    #[must_use]
    pub const fn continues(&self) -> bool {
        match self.error_code {
            codes::PREAUTH_REQUIRED
            | codes::RESPONSE_TOO_BIG
            | codes::PREAUTH_EXPIRED
            | codes::MORE_PREAUTH_DATA_REQUIRED => true,
            codes::WRONG_REALM => self.crealm.is_some(),
            _ => false,
        }
    }

    /// Concludes `activity` with this answer: outcome, status, reason. `pkinit` tells that the client authenticated with a
    /// certificate, so that a failed pre-authentication is no wrong password.
    pub fn conclude(&self, activity: &mut Activity, pkinit: bool) {
        activity.status = Some(self.status());
        if self.continues() {
            activity.conclude(Outcome::Continued);
        } else {
            activity.conclude(Outcome::Failure);
            activity.failure_reason = codes::reason(self.error_code, self.ntstatus(), pkinit);
        }
    }
}

/// `ticket_etype`, `ticket_etype_name`, `ticket_kvno`, `ticket_size` (octets of cipher) and `ticket_sha256`.
pub(super) fn sealed_ticket(ticket: &Ticket<'_>, fields: &mut Fields) {
    let part = &ticket.enc_part;
    set_etype(fields, "ticket_etype", "ticket_etype_name", part.etype);
    fields.set_some("ticket_kvno", part.kvno);
    fields.set("ticket_size", part.cipher.len());
    fields.set("ticket_sha256", part.sha256());
}

/// An encryption type and, where it has one, its standard name.
pub(super) fn set_etype(fields: &mut Fields, name: &'static str, name_name: &'static str, etype: i32) {
    fields.set(name, etype);
    fields.set_some(name_name, names::etype(etype));
}
