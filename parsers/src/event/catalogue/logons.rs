//! Logons and tickets.

use super::{Asked, F, H, Listed, NTLM, Part, SECURITY, W, subject};

const N0: Part = H("Network Information");
const N1: Part = F("Workstation Name", "WorkstationName");
const N2: Part = F("Source Network Address", "IpAddress");
const N3: Part = F("Source Port", "IpPort");

const D0: Part = H("Detailed Authentication Information");
const D1: Part = F("Logon Process", "LogonProcessName");
const D2: Part = F("Authentication Package", "AuthenticationPackageName");
const D3: Part = F("Transited Services", "TransmittedServices");
const D4: Part = F("Package Name (NTLM only)", "LmPackageName");
const D5: Part = F("Key Length", "KeyLength");

const P0: Part = H("Process Information");
const P1: Part = F("Process ID", "ProcessId");
const P2: Part = F("Process Name", "ProcessName");

const C0: Part = H("Certificate Information");
const C1: Part = F("Certificate Issuer Name", "CertIssuerName");
const C2: Part = F("Certificate Serial Number", "CertSerialNumber");
const C3: Part = F("Certificate Thumbprint", "CertThumbprint");

const A0: Part = H("Network Information");
const A1: Part = F("Client Address", "IpAddress");
const A2: Part = F("Client Port", "IpPort");

/// What controllers log since January 2025 of the keys of account, service and controller.
const K1: Part = F("MSDS-SupportedEncryptionTypes", "AccountSupportedEncryptionTypes");
const K2: Part = F("Available Keys", "AccountAvailableKeys");
const K3: Part = F("MSDS-SupportedEncryptionTypes", "ServiceSupportedEncryptionTypes");
const K4: Part = F("Available Keys", "ServiceAvailableKeys");
const K5: Part = H("Domain Controller Information");
const K6: Part = F("MSDS-SupportedEncryptionTypes", "DCSupportedEncryptionTypes");
const K7: Part = F("Available Keys", "DCAvailableKeys");
/// Those that the client offered.
const K8: Part = F("Advertized Etypes", "ClientAdvertizedEncryptionTypes");
const K9: Part = F("Session Encryption Type", "SessionKeyEncryptionType");

const T0: Part = W("Ticket information");
const X1: Part = W("Certificate information is only provided");
const X2: Part = W("This event is generated every time");

/// 4768, with `account` behind the account's identifier, `service` behind the service's, and so on.
macro_rules! as_exchange {
    ([$($account:expr),*], [$($service:expr),*], [$($client:expr),*], [$($session:expr),*], [$($preauth:expr),*], [$($ticket:expr),*]) => {
        &[
            H("Account Information"),
            F("Account Name", "TargetUserName"),
            F("Supplied Realm Name", "TargetDomainName"),
            F("User ID", "TargetSid"),
            $($account,)*
            H("Service Information"),
            F("Service Name", "ServiceName"),
            F("Service ID", "ServiceSid"),
            $($service,)*
            A0,
            A1,
            A2,
            $($client,)*
            H("Additional Information"),
            F("Ticket Options", "TicketOptions"),
            F("Result Code", "Status"),
            F("Ticket Encryption Type", "TicketEncryptionType"),
            $($session,)*
            F("Pre-Authentication Type", "PreAuthType"),
            $($preauth,)*
            C0,
            C1,
            C2,
            C3,
            $($ticket,)*
            X1,
        ]
    };
}

/// 4769, in the same way.
macro_rules! tgs_exchange {
    ([$($account:expr),*], [$($service:expr),*], [$($client:expr),*], [$($session:expr),*], [$($ticket:expr),*]) => {
        &[
            H("Account Information"),
            F("Account Name", "TargetUserName"),
            F("Account Domain", "TargetDomainName"),
            F("Logon GUID", "LogonGuid"),
            $($account,)*
            H("Service Information"),
            F("Service Name", "ServiceName"),
            F("Service ID", "ServiceSid"),
            $($service,)*
            A0,
            A1,
            A2,
            $($client,)*
            H("Additional Information"),
            F("Ticket Options", "TicketOptions"),
            F("Ticket Encryption Type", "TicketEncryptionType"),
            $($session,)*
            F("Failure Code", "Status"),
            F("Transited Services", "TransmittedServices"),
            $($ticket,)*
            X2,
        ]
    };
}

const P3: Part = F("Pre-Authentication EncryptionType", "PreAuthEncryptionType");
const R1: Part = F("Response ticket hash", "ResponseTicket");
const R2: Part = F("Request ticket hash", "RequestTicketHash");
const R3: Part = F("Response ticket hash", "ResponseTicketHash");

const AS_EXCHANGE: &[&[Part]] = &[
    as_exchange!([K1, K2], [K3, K4, K5, K6, K7], [K8], [K9], [P3], [T0, R1]),
    as_exchange!([K1, K2], [K3, K4, K5, K6, K7], [K8], [K9], [P3], []),
    as_exchange!([], [], [], [], [], [T0, R1]),
    as_exchange!([], [], [], [], [], []),
];
const TGS_EXCHANGE: &[&[Part]] = &[
    tgs_exchange!([K1, K2], [K3, K4, K5, K6, K7], [K8], [K9], [T0, R2, R3]),
    // Some put both hashes into one line.
    tgs_exchange!([K1, K2], [K3, K4, K5, K6, K7], [K8], [K9], [T0, R2]),
    tgs_exchange!([K1, K2], [K3, K4, K5, K6, K7], [K8], [K9], []),
    tgs_exchange!([], [], [], [], [T0, R2, R3]),
    tgs_exchange!([], [], [], [], []),
];

pub(super) const EVENTS: &[Listed] = &[
    Listed {
        id: 4_776,
        asked: Asked::Always,
        provider: SECURITY,
        data: &["PackageName", "TargetUserName", "Workstation", "Status"],
        keys: &["TargetUserName", "Status"],
        messages: &[&[
            F("Authentication Package", "PackageName"),
            F("Logon Account", "TargetUserName"),
            F("Source Workstation", "Workstation"),
            F("Error Code", "Status"),
        ]],
    },
    Listed {
        id: 8_004,
        asked: Asked::Always,
        provider: NTLM,
        data: &[
            "SChannelName",
            "UserName",
            "DomainName",
            "WorkstationName",
            "SChannelType",
        ],
        keys: &["UserName", "SChannelName"],
        messages: &[&[
            F("Secure Channel name", "SChannelName"),
            F("User name", "UserName"),
            F("Domain name", "DomainName"),
            F("Workstation name", "WorkstationName"),
            F("Secure Channel type", "SChannelType"),
        ]],
    },
    Listed {
        id: 4_624,
        asked: Asked::Logons,
        provider: SECURITY,
        data: &[
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "TargetUserSid",
            "TargetUserName",
            "TargetDomainName",
            "TargetLogonId",
            "LogonType",
            "LogonProcessName",
            "AuthenticationPackageName",
            "WorkstationName",
            "LogonGuid",
            "TransmittedServices",
            "LmPackageName",
            "KeyLength",
            "ProcessId",
            "ProcessName",
            "IpAddress",
            "IpPort",
            "ImpersonationLevel",
            "RestrictedAdminMode",
            "TargetOutboundUserName",
            "TargetOutboundDomainName",
            "VirtualAccount",
            "TargetLinkedLogonId",
            "ElevatedToken",
            "RemoteCredentialGuard",
        ],
        keys: &["TargetUserName", "LogonType"],
        messages: &[
            subject![
                H("Logon Information"),
                F("Logon Type", "LogonType"),
                F("Restricted Admin Mode", "RestrictedAdminMode"),
                F("Remote Credential Guard", "RemoteCredentialGuard"),
                F("Virtual Account", "VirtualAccount"),
                F("Elevated Token", "ElevatedToken"),
                F("Impersonation Level", "ImpersonationLevel"),
                H("New Logon"),
                F("Security ID", "TargetUserSid"),
                F("Account Name", "TargetUserName"),
                F("Account Domain", "TargetDomainName"),
                F("Logon ID", "TargetLogonId"),
                F("Linked Logon ID", "TargetLinkedLogonId"),
                F("Network Account Name", "TargetOutboundUserName"),
                F("Network Account Domain", "TargetOutboundDomainName"),
                F("Logon GUID", "LogonGuid"),
                P0,
                P1,
                P2,
                N0,
                N1,
                N2,
                N3,
                D0,
                D1,
                D2,
                D3,
                D4,
                D5,
            ],
            subject![
                H("Logon Information"),
                F("Logon Type", "LogonType"),
                F("Restricted Admin Mode", "RestrictedAdminMode"),
                F("Virtual Account", "VirtualAccount"),
                F("Elevated Token", "ElevatedToken"),
                F("Impersonation Level", "ImpersonationLevel"),
                H("New Logon"),
                F("Security ID", "TargetUserSid"),
                F("Account Name", "TargetUserName"),
                F("Account Domain", "TargetDomainName"),
                F("Logon ID", "TargetLogonId"),
                F("Linked Logon ID", "TargetLinkedLogonId"),
                F("Network Account Name", "TargetOutboundUserName"),
                F("Network Account Domain", "TargetOutboundDomainName"),
                F("Logon GUID", "LogonGuid"),
                P0,
                P1,
                P2,
                N0,
                N1,
                N2,
                N3,
                D0,
                D1,
                D2,
                D3,
                D4,
                D5,
            ],
            subject![
                F("Logon Type", "LogonType"),
                F("Impersonation Level", "ImpersonationLevel"),
                H("New Logon"),
                F("Security ID", "TargetUserSid"),
                F("Account Name", "TargetUserName"),
                F("Account Domain", "TargetDomainName"),
                F("Logon ID", "TargetLogonId"),
                F("Logon GUID", "LogonGuid"),
                P0,
                P1,
                P2,
                N0,
                N1,
                N2,
                N3,
                D0,
                D1,
                D2,
                D3,
                D4,
                D5,
            ],
            subject![
                F("Logon Type", "LogonType"),
                H("New Logon"),
                F("Security ID", "TargetUserSid"),
                F("Account Name", "TargetUserName"),
                F("Account Domain", "TargetDomainName"),
                F("Logon ID", "TargetLogonId"),
                F("Logon GUID", "LogonGuid"),
                P0,
                P1,
                P2,
                N0,
                N1,
                N2,
                N3,
                D0,
                D1,
                D2,
                D3,
                D4,
                D5,
            ],
        ],
    },
    Listed {
        id: 4_625,
        asked: Asked::Logons,
        provider: SECURITY,
        data: &[
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "TargetUserSid",
            "TargetUserName",
            "TargetDomainName",
            "Status",
            "FailureReason",
            "SubStatus",
            "LogonType",
            "LogonProcessName",
            "AuthenticationPackageName",
            "WorkstationName",
            "TransmittedServices",
            "LmPackageName",
            "KeyLength",
            "ProcessId",
            "ProcessName",
            "IpAddress",
            "IpPort",
        ],
        keys: &["TargetUserName", "Status"],
        messages: &[subject![
            F("Logon Type", "LogonType"),
            H("Account For Which Logon Failed"),
            F("Security ID", "TargetUserSid"),
            F("Account Name", "TargetUserName"),
            F("Account Domain", "TargetDomainName"),
            H("Failure Information"),
            F("Failure Reason", "FailureReason"),
            F("Status", "Status"),
            F("Sub Status", "SubStatus"),
            H("Process Information"),
            F("Caller Process ID", "ProcessId"),
            F("Caller Process Name", "ProcessName"),
            N0,
            N1,
            N2,
            N3,
            D0,
            D1,
            D2,
            D3,
            D4,
            D5,
        ]],
    },
    Listed {
        id: 4_768,
        asked: Asked::Never,
        provider: SECURITY,
        data: &[
            "TargetUserName",
            "TargetDomainName",
            "TargetSid",
            "ServiceName",
            "ServiceSid",
            "TicketOptions",
            "Status",
            "TicketEncryptionType",
            "PreAuthType",
            "IpAddress",
            "IpPort",
            "CertIssuerName",
            "CertSerialNumber",
            "CertThumbprint",
            "ResponseTicket",
            "AccountSupportedEncryptionTypes",
            "AccountAvailableKeys",
            "ServiceSupportedEncryptionTypes",
            "ServiceAvailableKeys",
            "DCSupportedEncryptionTypes",
            "DCAvailableKeys",
            "ClientAdvertizedEncryptionTypes",
            "SessionKeyEncryptionType",
            "PreAuthEncryptionType",
        ],
        keys: &["TargetUserName", "Status"],
        messages: AS_EXCHANGE,
    },
    Listed {
        id: 4_769,
        asked: Asked::Never,
        provider: SECURITY,
        data: &[
            "TargetUserName",
            "TargetDomainName",
            "ServiceName",
            "ServiceSid",
            "TicketOptions",
            "TicketEncryptionType",
            "IpAddress",
            "IpPort",
            "Status",
            "LogonGuid",
            "TransmittedServices",
            "RequestTicketHash",
            "ResponseTicketHash",
            "AccountSupportedEncryptionTypes",
            "AccountAvailableKeys",
            "ServiceSupportedEncryptionTypes",
            "ServiceAvailableKeys",
            "DCSupportedEncryptionTypes",
            "DCAvailableKeys",
            "ClientAdvertizedEncryptionTypes",
            "SessionKeyEncryptionType",
        ],
        keys: &["ServiceName", "Status"],
        messages: TGS_EXCHANGE,
    },
    Listed {
        id: 4_771,
        asked: Asked::Never,
        provider: SECURITY,
        data: &[
            "TargetUserName",
            "TargetSid",
            "ServiceName",
            "TicketOptions",
            "Status",
            "PreAuthType",
            "IpAddress",
            "IpPort",
            "CertIssuerName",
            "CertSerialNumber",
            "CertThumbprint",
        ],
        keys: &["TargetUserName", "Status"],
        messages: &[&[
            H("Account Information"),
            F("Security ID", "TargetSid"),
            F("Account Name", "TargetUserName"),
            H("Service Information"),
            F("Service Name", "ServiceName"),
            A0,
            A1,
            A2,
            H("Additional Information"),
            F("Ticket Options", "TicketOptions"),
            F("Failure Code", "Status"),
            F("Pre-Authentication Type", "PreAuthType"),
            C0,
            C1,
            C2,
            C3,
            X1,
        ]],
    },
];
