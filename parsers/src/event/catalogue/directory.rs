//! Objects of the directory, and its replication.

use super::{Asked, F, H, Listed, Part, SECURITY, subject};

const REPLICA: &[&str] = &[
    "DestinationDRA",
    "SourceDRA",
    "SourceAddr",
    "NamingContext",
    "Options",
    "StatusCode",
];

const REPLICA_MESSAGE: &[&[Part]] = &[&[
    F("Destination DRA", "DestinationDRA"),
    F("Source DRA", "SourceDRA"),
    F("Source Address", "SourceAddr"),
    F("Naming Context", "NamingContext"),
    F("Options", "Options"),
    F("Status Code", "StatusCode"),
]];

const fn replica(id: u32) -> Listed {
    Listed {
        id,
        asked: Asked::Never,
        provider: SECURITY,
        data: REPLICA,
        keys: &["NamingContext"],
        messages: REPLICA_MESSAGE,
    }
}

pub(super) const EVENTS: &[Listed] = &[
    Listed {
        id: 4_662,
        asked: Asked::Always,
        provider: SECURITY,
        data: &[
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "ObjectServer",
            "ObjectType",
            "ObjectName",
            "OperationType",
            "HandleId",
            "AccessList",
            "AccessMask",
            "Properties",
            "AdditionalInfo",
            "AdditionalInfo2",
        ],
        keys: &["ObjectName", "AccessMask"],
        messages: &[subject![
            H("Object"),
            F("Object Server", "ObjectServer"),
            F("Object Type", "ObjectType"),
            F("Object Name", "ObjectName"),
            F("Handle ID", "HandleId"),
            H("Operation"),
            F("Operation Type", "OperationType"),
            F("Accesses", "AccessList"),
            F("Access Mask", "AccessMask"),
            F("Properties", "Properties"),
            H("Additional Information"),
            F("Parameter 1", "AdditionalInfo"),
            F("Parameter 2", "AdditionalInfo2"),
        ]],
    },
    Listed {
        id: 5_136,
        asked: Asked::Always,
        provider: SECURITY,
        data: &[
            "OpCorrelationID",
            "AppCorrelationID",
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "DSName",
            "DSType",
            "ObjectDN",
            "ObjectGUID",
            "ObjectClass",
            "AttributeLDAPDisplayName",
            "AttributeSyntaxOID",
            "AttributeValue",
            "OperationType",
        ],
        keys: &["ObjectDN", "AttributeLDAPDisplayName"],
        messages: &[subject![
            H("Directory Service"),
            F("Name", "DSName"),
            F("Type", "DSType"),
            H("Object"),
            F("DN", "ObjectDN"),
            F("GUID", "ObjectGUID"),
            F("Class", "ObjectClass"),
            H("Attribute"),
            F("LDAP Display Name", "AttributeLDAPDisplayName"),
            F("Syntax (OID)", "AttributeSyntaxOID"),
            F("Value", "AttributeValue"),
            H("Operation"),
            F("Type", "OperationType"),
            F("Correlation ID", "OpCorrelationID"),
            F("Application Correlation ID", "AppCorrelationID"),
        ]],
    },
    replica(4_928),
    replica(4_929),
];
