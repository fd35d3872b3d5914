//! Certificate services: [MS-ICPR], [MS-WCCE], [MS-CSRA], [MS-OCSPA], [MS-TPMVSC].

super::interfaces! {
    // [MS-ICPR] 3.2.4
    "91ae6020-9e3c-11cf-8d7c-00aa00c091be" "icpr" { 0 CertServerRequest }
    // [MS-WCCE] 3.2.1.4.2
    "d99e6e70-fc88-11d0-b498-00a0c90312f3" "ICertRequestD" { 3 Request, 4 GetCACert, 5 Ping }
    // [MS-WCCE] 3.2.1.4.3
    "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90" "ICertRequestD2" {
        3 Request, 4 GetCACert, 5 Ping, 6 Request2, 7 GetCAProperty, 8 GetCAPropertyInfo, 9 Ping2,
    }
    // [MS-CSRA] 3.1.4.1
    "d99e6e71-fc88-11d0-b498-00a0c90312f3" "ICertAdminD" {
        3 SetExtension, 4 SetAttributes, 5 ResubmitRequest, 6 DenyRequest, 7 IsValidCertificate, 8 PublishCRL, 9 GetCRL,
        10 RevokeCertificate, 11 EnumViewColumn, 12 GetViewDefaultColumnSet, 13 EnumAttributesOrExtensions, 14 OpenView,
        15 EnumView, 16 CloseView, 17 ServerControl, 18 Ping, 19 GetServerState, 20 BackupPrepare, 21 BackupEnd,
        22 BackupGetAttachmentInformation, 23 BackupGetBackupLogs, 24 BackupOpenFile, 25 BackupReadFile,
        26 BackupCloseFile, 27 BackupTruncateLogs, 28 ImportCertificate, 29 BackupGetDynamicFiles,
        30 RestoreGetDatabaseLocations,
    }
    // [MS-CSRA] 3.1.4.2
    "7fe0d935-dda6-443f-85d0-1cfb58fe41dd" "ICertAdminD2" {
        3 SetExtension, 4 SetAttributes, 5 ResubmitRequest, 6 DenyRequest, 7 IsValidCertificate, 8 PublishCRL, 9 GetCRL,
        10 RevokeCertificate, 11 EnumViewColumn, 12 GetViewDefaultColumnSet, 13 EnumAttributesOrExtensions, 14 OpenView,
        15 EnumView, 16 CloseView, 17 ServerControl, 18 Ping, 19 GetServerState, 20 BackupPrepare, 21 BackupEnd,
        22 BackupGetAttachmentInformation, 23 BackupGetBackupLogs, 24 BackupOpenFile, 25 BackupReadFile,
        26 BackupCloseFile, 27 BackupTruncateLogs, 28 ImportCertificate, 29 BackupGetDynamicFiles,
        30 RestoreGetDatabaseLocations, 31 PublishCRLs, 32 GetCAProperty, 33 SetCAProperty, 34 GetCAPropertyInfo,
        35 EnumViewColumnTable, 36 GetCASecurity, 37 SetCASecurity, 38 Ping2, 39 GetArchivedKey, 40 GetAuditFilter,
        41 SetAuditFilter, 42 GetOfficerRights, 43 SetOfficerRights, 44 GetConfigEntry, 45 SetConfigEntry, 46 ImportKey,
        47 GetMyRoles, 48 DeleteRow,
    }
    // [MS-OCSPA] 3.2.4.1
    "784b693d-95f3-420b-8126-365c098659f2" "IOCSPAdminD" {
        3 GetOCSPProperty, 4 SetOCSPProperty, 5 GetCAConfigInformation, 6 SetCAConfigInformation, 7 GetSecurity,
        8 SetSecurity, 9 GetSigningCertificates, 10 GetHashAlgorithms, 11 GetMyRoles, 12 Ping,
    }
    // [MS-TPMVSC]: virtual smart cards
    "1a1bb35f-abb8-451c-a1ae-33d98f1bef4a" "ITpmVirtualSmartCardManagerStatusCallback" {
        3 ReportProgress, 4 ReportError,
    }
    "112b1dff-d9dc-41f7-869f-d67fee7cb591" "ITpmVirtualSmartCardManager" {
        3 CreateVirtualSmartCard, 4 DestroyVirtualSmartCard,
    }
    "fdf8a2b9-02de-47f4-bc26-aa85ab5e5267" "ITpmVirtualSmartCardManager2" {
        3 CreateVirtualSmartCard, 4 DestroyVirtualSmartCard, 5 CreateVirtualSmartCardWithPinPolicy,
    }
    "3c745a97-f375-4150-be17-5950f694c699" "ITpmVirtualSmartCardManager3" {
        3 CreateVirtualSmartCard, 4 DestroyVirtualSmartCard, 5 CreateVirtualSmartCardWithPinPolicy,
        6 CreateVirtualSmartCardWithAttestation,
    }
}
