//! What certificate authorities and federation servers log.

use super::{Asked, F, FEDERATION, H, Listed, Part, SECURITY};

const REQUEST: &[&str] = &[
    "RequestId",
    "Requester",
    "Attributes",
    "Disposition",
    "SubjectKeyIdentifier",
    "Subject",
];

const REQUEST_MESSAGE: &[&[Part]] = &[&[
    F("Request ID", "RequestId"),
    F("Requester", "Requester"),
    F("Attributes", "Attributes"),
    F("Disposition", "Disposition"),
    F("SKI", "SubjectKeyIdentifier"),
    F("Subject", "Subject"),
]];

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
            H("Additional Data"),
            F("Activity ID", "InstanceId"),
            F("XML", "AuditBase"),
        ]],
    }
}

pub(super) const EVENTS: &[Listed] = &[
    authority(
        4_870,
        &["CertificateSerialNumber", "RevocationReason"],
        &["CertificateSerialNumber"],
        &[&[
            F("Serial Number", "CertificateSerialNumber"),
            F("Reason", "RevocationReason"),
        ]],
    ),
    authority(
        4_882,
        &["SecuritySettings"],
        &["SecuritySettings"],
        &[&[F("Security Settings", "SecuritySettings")]],
    ),
    authority(
        4_885,
        &["AuditFilter"],
        &["AuditFilter"],
        &[&[F("Filter", "AuditFilter")]],
    ),
    authority(4_887, REQUEST, &["Requester"], REQUEST_MESSAGE),
    authority(4_888, REQUEST, &["Requester"], REQUEST_MESSAGE),
    authority(
        4_890,
        &["EnableRestrictedPermissions", "RestrictedPermissions"],
        &["EnableRestrictedPermissions"],
        &[&[
            F("Enable", "EnableRestrictedPermissions"),
            F("Restricted Permissions", "RestrictedPermissions"),
        ]],
    ),
    authority(
        4_896,
        &["TableId", "Filter", "RowsDeleted"],
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
