//! Certificate services: [MS-ICPR], [MS-WCCE], [MS-CSRA].

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
}
