//! The names of an event's data as the fields of an activity have them: `SubjectUserSid` is `subject_user_sid`.

/// The field of the datum `name`; none for one that no listed event has.
pub(super) fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(datum, _)| *datum == name).map(|(_, field)| *field)
}

/// Data that are told as they are: what says who, whom and where has a place of its own in an activity.
const FIELDS: &[(&str, &str)] = &[
    ("AccountName", "account_name"),
    ("AccessList", "access_list"),
    ("AccessMask", "access_mask"),
    ("AdditionalInfo", "additional_info"),
    ("AdditionalInfo2", "additional_info2"),
    ("Attributes", "attributes"),
    ("AuditFilter", "audit_filter"),
    ("CertificateSerialNumber", "certificate_serial_number"),
    ("Disposition", "disposition"),
    ("EnableRestrictedPermissions", "enable_restricted_permissions"),
    ("Filter", "filter"),
    ("InstanceId", "instance_id"),
    ("ObjectName", "object_name"),
    ("ObjectServer", "object_server"),
    ("ObjectType", "object_type"),
    ("OperationType", "operation_type"),
    ("Properties", "properties"),
    ("RequestId", "request_id"),
    ("Requester", "requester"),
    ("RestrictedPermissions", "restricted_permissions"),
    ("RevocationReason", "revocation_reason"),
    ("RowsDeleted", "rows_deleted"),
    ("SecuritySettings", "security_settings"),
    ("Subject", "subject"),
    ("SubjectDomainName", "subject_domain_name"),
    ("SubjectKeyIdentifier", "subject_key_identifier"),
    ("SubjectLogonId", "subject_logon_id"),
    ("SubjectUserName", "subject_user_name"),
    ("SubjectUserSid", "subject_user_sid"),
    ("TableId", "table_id"),
];
