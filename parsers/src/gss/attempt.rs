//! Credentials that were shown, and what has been said about them so far.

use capture::{Direction, Timestamp};
use compact_str::CompactString;

use super::Mechanism;
use crate::activity::{Activity, FailureReason, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::kerberos::codes;
use crate::kerberos::wire::KrbError;

/// An activity that waits for its outcome.
#[derive(Debug)]
pub(super) struct Attempt {
    activity: Box<Activity>,
    /// What the tokens said: SPNEGO's negState, AP-REP, KRB-ERROR.
    told: Option<bool>,
    /// When they said it.
    at: Option<Timestamp>,
    annotated: bool,
}

impl Attempt {
    /// `activity` asks for a judgement; whoever showed the credentials is the client, whatever the flow was taken for.
    pub(super) fn new(mut activity: Box<Activity>, direction: Direction) -> Self {
        if direction == Direction::Down {
            std::mem::swap(&mut activity.client, &mut activity.server);
        }
        Self {
            activity,
            told: None,
            at: None,
            annotated: false,
        }
    }

    /// What the carrier says beside the tokens; the first time alone.
    pub(super) fn annotate(&mut self, tell: impl FnOnce(&mut Fields)) {
        if !std::mem::replace(&mut self.annotated, true) {
            tell(&mut self.activity.details);
        }
    }

    pub(super) fn is_of(&self, mechanism: Mechanism<'_>) -> bool {
        match self.activity.kind {
            _ if mechanism == Mechanism::NEGOEX => true, // which hands on to any
            Kind::KerberosAp => mechanism.is_kerberos(),
            _ => mechanism == Mechanism::NTLMSSP,
        }
    }

    /// What the client offered beside what it then used, in its order.
    pub(super) fn offered(&mut self, mechanisms: &[CompactString]) {
        self.activity.details.list("mech_types", mechanisms.iter().cloned());
    }

    /// The negotiation is guarded by a mechListMIC (RFC 4178 §5), from either side.
    pub(super) fn guarded(&mut self) {
        self.activity.details.replace("mech_list_mic", true);
    }

    pub(super) fn refused(&self) -> bool {
        self.told == Some(false)
    }

    /// A token says that it was accepted, which no token says after a refusal.
    pub(super) fn accept(&mut self, time: Timestamp) {
        if self.told.is_none() {
            (self.told, self.at) = (Some(true), Some(time));
        }
    }

    /// A token says that it was refused.
    pub(super) fn refuse(&mut self, time: Timestamp) {
        (self.told, self.at) = (Some(false), Some(time));
    }

    /// A KRB-ERROR came: why, in the words of the service.
    pub(super) fn krb_error(&mut self, error: &KrbError<'_>, time: Timestamp) {
        self.refuse(time);
        self.activity.status = Some(error.status());
        self.activity.failure_reason = codes::reason(error.error_code, error.ntstatus(), false);
    }

    /// The carrier's word, which comes last. A carrier that goes on after SPNEGO refused has not granted anything.
    pub(super) fn conclude(mut self, outcome: Outcome, status: Option<&Status>, context: &mut Context<'_>) {
        let outcome = if self.refused() { Outcome::Failure } else { outcome };
        if let Some(status) = status {
            self.carried(status);
        }
        self.activity.answered(context.time);
        self.activity.conclude(outcome);
        context.emit(self.activity);
    }

    /// The carrier's status: the activity's own where the tokens gave none.
    fn carried(&mut self, status: &Status) {
        let activity = &mut self.activity;
        if activity.kind == Kind::KerberosAp {
            activity.details.set("carrier_status", status.code);
            activity.details.set_some("carrier_status_name", status.name);
        }
        let reason = || ntstatus(status).and_then(FailureReason::of_ntstatus);
        activity.failure_reason = activity.failure_reason.or_else(reason);
        activity.status.get_or_insert_with(|| status.clone());
    }

    /// Nobody will say more.
    pub(super) fn abandon(mut self, context: &mut Context<'_>) {
        if let Some(at) = self.at {
            self.activity.answered(at);
        }
        self.activity.conclude(match self.told {
            Some(true) => Outcome::Success,
            Some(false) => Outcome::Failure,
            None => Outcome::Unknown,
        });
        context.emit(self.activity);
    }
}

/// The NTSTATUS in a carrier's status: given beside its code, or the code itself where its severity is an error's
/// ([MS-ERREF] 2.3).
fn ntstatus(status: &Status) -> Option<u32> {
    let code = || u32::try_from(status.code).ok().filter(|code| *code >= 0xc000_0000);
    status.ntstatus.or_else(code)
}
