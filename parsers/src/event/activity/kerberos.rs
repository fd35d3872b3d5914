//! Tickets that a domain controller gave or refused.

use capture::CaptureId;

use super::{actor, begin, client, code, principal, sid, text};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::event::Event;
use crate::kerberos::{codes, names};
use crate::protocol::ProtocolId;

/// 4768, 4771: a ticket-granting ticket was asked for.
pub(super) fn ticket_granting(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::KerberosAs, ProtocolId::Kerberos, event, capture);
    actor(
        &mut activity,
        event.get("TargetUserName"),
        event.get("TargetDomainName"),
    );
    exchange(&mut activity, event);
    activity.details.set_some("sname", text(event, "ServiceName"));
    let preauth = event
        .number("PreAuthType")
        .and_then(|number| i32::try_from(number).ok());
    activity.details.set_some("preauth_type", preauth);
    let observed = &mut activity.observed;
    sid::complete((&mut observed.account, &mut observed.domain), event, "TargetSid");
    activity.details.set_some("account_sid", sid::sid(event, "TargetSid"));
    for (field, name) in [
        ("certificate_issuer", "CertIssuerName"),
        ("certificate_serial", "CertSerialNumber"),
        ("certificate_sha1", "CertThumbprint"),
    ] {
        activity.details.set_some(field, text(event, name));
    }
    let certified = event.get("CertThumbprint").is_some() || matches!(preauth, Some(14..=17));
    conclude(&mut activity, event, certified);
    activity
}

/// 4769: a ticket for a service was asked for. The service is named by its account, not as the client named it.
pub(super) fn service(event: &Event, capture: CaptureId) -> Activity {
    let mut activity = begin(Kind::KerberosTgs, ProtocolId::Kerberos, event, capture);
    let domain = event.get("TargetDomainName");
    if let Some((account, realm)) = event.get("TargetUserName").map(|name| principal(name, domain)) {
        actor(&mut activity, Some(account), realm);
    }
    exchange(&mut activity, event);
    activity.observed.sid = sid::sid(event, "ServiceSid").filter(|sid| sid.starts_with("S-1-5-21-"));
    activity.details.set_some("service_account", text(event, "ServiceName"));
    activity
        .details
        .set_some("transited_services", text(event, "TransmittedServices"));
    activity.details.set_some("logon_guid", text(event, "LogonGuid"));
    conclude(&mut activity, event, false);
    activity
}

fn exchange(activity: &mut Activity, event: &Event) {
    client(activity, event);
    let details = &mut activity.details;
    if let Some(options) = code(event, "TicketOptions") {
        details.list("kdc_options", names::flags(options, names::KDC_OPTIONS));
    }
    // 0xffffffff: no ticket was given.
    let etype = code(event, "TicketEncryptionType").map(u32::cast_signed);
    if let Some(etype) = etype.filter(|etype| *etype != -1) {
        details.set("ticket_etype", etype);
        details.set_some("ticket_etype_name", names::etype(etype));
    }
}

/// The result is a code of Kerberos (RFC 4120 §7.5.9).
fn conclude(activity: &mut Activity, event: &Event, certified: bool) {
    let Some(code) = code(event, "Status").map(u32::cast_signed) else {
        return;
    };
    activity.status = Some(Status::new(
        code.into(),
        (code != 0).then(|| codes::error(code)).flatten(),
    ));
    activity.failure_reason = codes::reason(code, None, certified);
    activity.conclude(match code {
        0 => Outcome::Success,
        _ => Outcome::Failure,
    });
}
