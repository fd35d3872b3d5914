//! What certificate authorities and federation servers log.

use super::{Asked, F, FEDERATION, L, Listed, Part, SECURITY, W};

/// Since 2022 with what was asked for how, and issued.
const REQUEST: &[&str] = &[
    "RequestId",
    "Requester",
    "Attributes",
    "Disposition",
    "SubjectKeyIdentifier",
    "Subject",
    "SubjectAlternativeName",
    "CertificateTemplate",
    "SerialNumber",
    "AuthenticationService",
    "AuthenticationLevel",
    "DCOMorRPC",
];

const R1: Part = F("Request ID", "RequestId");
const R2: Part = F("Requester", "Requester");
/// `name:value`, one a line.
const R3: Part = L("Attributes", "Attributes");
const R4: Part = F("Disposition", "Disposition");
const R5: Part = F("SKI", "SubjectKeyIdentifier");
const R6: Part = F("Subject", "Subject");
const A1: Part = F("Authentication Service", "AuthenticationService");
const A2: Part = F("Authentication Level", "AuthenticationLevel");
const A3: Part = F("DCOMorRPC", "DCOMorRPC");

const REQUEST_MESSAGE: &[&[Part]] = &[
    &[
        R1,
        R2,
        R3,
        R4,
        R5,
        R6,
        L("Subject Alternative Name", "SubjectAlternativeName"),
        F("Certificate Template", "CertificateTemplate"),
        F("Serial Number", "SerialNumber"),
        A1,
        A2,
        A3,
    ],
    // Denied.
    &[R1, R2, R3, R4, R5, R6, A1, A2, A3],
    &[R1, R2, R3, R4, R5, R6],
];

/// Data, and who did it; the message has no word of that.
macro_rules! by {
    ($($name:expr),*) => {
        [$($name,)* "SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId"]
    };
}

const fn authority(
    id: u32,
    data: &'static [&'static str],
    keys: &'static [&'static str],
    messages: &'static [&'static [Part]],
) -> Listed {
    Listed {
        id,
        asked: Asked::Always,
        provider: SECURITY,
        data,
        keys,
        messages,
    }
}

/// The first datum is the activity's identifier, the second what happened, as XML.
const fn federation(id: u32) -> Listed {
    Listed {
        id,
        asked: Asked::Always,
        provider: FEDERATION,
        data: &["InstanceId", "AuditBase"],
        keys: &["AuditBase"],
        messages: &[&[
            F("Activity ID", "InstanceId"),
            W("Additional Data"),
            F("XML", "AuditBase"),
        ]],
    }
}

pub(super) const EVENTS: &[Listed] = &[
    authority(
        4_870,
        &by!["CertificateSerialNumber", "RevocationReason"],
        &["CertificateSerialNumber"],
        &[&[
            F("Serial Number", "CertificateSerialNumber"),
            F("Reason", "RevocationReason"),
        ]],
    ),
    authority(
        4_882,
        &by!["SecuritySettings"],
        &["SecuritySettings"],
        &[&[Part::Rest("SecuritySettings")]],
    ),
    authority(
        4_885,
        &by!["AuditFilter"],
        &["AuditFilter"],
        &[&[F("Filter", "AuditFilter")]],
    ),
    authority(4_887, REQUEST, &["Requester"], REQUEST_MESSAGE),
    authority(4_888, REQUEST, &["Requester"], REQUEST_MESSAGE),
    authority(
        4_890,
        &by!["EnableRestrictedPermissions", "RestrictedPermissions"],
        &["EnableRestrictedPermissions"],
        &[&[
            F("Enable", "EnableRestrictedPermissions"),
            Part::Rest("RestrictedPermissions"),
        ]],
    ),
    authority(
        4_896,
        &by!["TableId", "Filter", "RowsDeleted"],
        &["TableId"],
        &[&[
            F("Table ID", "TableId"),
            F("Filter", "Filter"),
            F("Rows Deleted", "RowsDeleted"),
        ]],
    ),
    federation(1_202),
    federation(1_203),
];
