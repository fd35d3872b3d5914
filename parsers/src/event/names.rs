//! The names of an event's data as the fields of an activity have them: `RowsDeleted` is `rows_deleted`.

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
    ("AuthenticationLevel", "authentication_level"),
    ("AuthenticationService", "authentication_service"),
    ("CertificateSerialNumber", "certificate_serial_number"),
    ("CertificateTemplate", "certificate_template"),
    ("DCOMorRPC", "dcom_or_rpc"),
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
    ("SerialNumber", "certificate_serial_number"),
    ("Subject", "subject"),
    ("SubjectAlternativeName", "subject_alternative_name"),
    ("SubjectKeyIdentifier", "subject_key_identifier"),
    ("TableId", "table_id"),
];
