//! Accounts, policy and logons: [MS-SAMR], [MS-LSAD], [MS-LSAT], [MS-NRPC], and the keys and claims that belong to them.

super::interfaces! {
    // [MS-RAA]
    "0b1c2170-5732-4e0e-8cd3-d9b16f3b84d7" "authzr" {
        0 AuthzrFreeContext, 1 AuthzrInitializeContextFromSid, 2 AuthzrInitializeCompoundContext, 3 AuthzrAccessCheck,
        4 AuthzGetInformationFromContext, 5 AuthzrModifyClaims, 6 AuthzrModifySids,
    }
    // [MS-SAMR] 3.1.5
    "12345778-1234-abcd-ef00-0123456789ac" "samr" {
        0 SamrConnect, 1 SamrCloseHandle, 2 SamrSetSecurityObject, 3 SamrQuerySecurityObject, 4 SamrShutdownSamServer,
        5 SamrLookupDomainInSamServer, 6 SamrEnumerateDomainsInSamServer, 7 SamrOpenDomain,
        8 SamrQueryInformationDomain, 9 SamrSetInformationDomain, 10 SamrCreateGroupInDomain,
        11 SamrEnumerateGroupsInDomain, 12 SamrCreateUserInDomain, 13 SamrEnumerateUsersInDomain,
        14 SamrCreateAliasInDomain, 15 SamrEnumerateAliasesInDomain, 16 SamrGetAliasMembership,
        17 SamrLookupNamesInDomain, 18 SamrLookupIdsInDomain, 19 SamrOpenGroup, 20 SamrQueryInformationGroup,
        21 SamrSetInformationGroup, 22 SamrAddMemberToGroup, 23 SamrDeleteGroup, 24 SamrRemoveMemberFromGroup,
        25 SamrGetMembersInGroup, 26 SamrSetMemberAttributesOfGroup, 27 SamrOpenAlias, 28 SamrQueryInformationAlias,
        29 SamrSetInformationAlias, 30 SamrDeleteAlias, 31 SamrAddMemberToAlias, 32 SamrRemoveMemberFromAlias,
        33 SamrGetMembersInAlias, 34 SamrOpenUser, 35 SamrDeleteUser, 36 SamrQueryInformationUser,
        37 SamrSetInformationUser, 38 SamrChangePasswordUser, 39 SamrGetGroupsForUser, 40 SamrQueryDisplayInformation,
        41 SamrGetDisplayEnumerationIndex, 42 SamrTestPrivateFunctionsDomain, 43 SamrTestPrivateFunctionsUser,
        44 SamrGetUserDomainPasswordInformation, 45 SamrRemoveMemberFromForeignDomain, 46 SamrQueryInformationDomain2,
        47 SamrQueryInformationUser2, 48 SamrQueryDisplayInformation2, 49 SamrGetDisplayEnumerationIndex2,
        50 SamrCreateUser2InDomain, 51 SamrQueryDisplayInformation3, 52 SamrAddMultipleMembersToAlias,
        53 SamrRemoveMultipleMembersFromAlias, 54 SamrOemChangePasswordUser2, 55 SamrUnicodeChangePasswordUser2,
        56 SamrGetDomainPasswordInformation, 57 SamrConnect2, 58 SamrSetInformationUser2, 59 SamrSetBootKeyInformation,
        60 SamrGetBootKeyInformation, 61 SamrConnect3, 62 SamrConnect4, 63 SamrUnicodeChangePasswordUser3,
        64 SamrConnect5, 65 SamrRidToSid, 66 SamrSetDSRMPassword, 67 SamrValidatePassword,
        68 SamrQueryLocalizableAccountsInDomain, 69 SamrPerformGenericOperation, 73 SamrUnicodeChangePasswordUser4,
        74 SamrValidateComputerAccountReuseAttempt, 77 SamrAccountIsDelegatedManagedServiceAccount,
    }
    // [MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4
    "12345778-1234-abcd-ef00-0123456789ab" "lsarpc" {
        0 LsarClose, 1 LsarDelete, 2 LsarEnumeratePrivileges, 3 LsarQuerySecurityObject, 4 LsarSetSecurityObject,
        5 LsarChangePassword, 6 LsarOpenPolicy, 7 LsarQueryInformationPolicy, 8 LsarSetInformationPolicy,
        9 LsarClearAuditLog, 10 LsarCreateAccount, 11 LsarEnumerateAccounts, 12 LsarCreateTrustedDomain,
        13 LsarEnumerateTrustedDomains, 14 LsarLookupNames, 15 LsarLookupSids, 16 LsarCreateSecret, 17 LsarOpenAccount,
        18 LsarEnumeratePrivilegesAccount, 19 LsarAddPrivilegesToAccount, 20 LsarRemovePrivilegesFromAccount,
        21 LsarGetQuotasForAccount, 22 LsarSetQuotasForAccount, 23 LsarGetSystemAccessAccount,
        24 LsarSetSystemAccessAccount, 25 LsarOpenTrustedDomain, 26 LsarQueryInfoTrustedDomain,
        27 LsarSetInformationTrustedDomain, 28 LsarOpenSecret, 29 LsarSetSecret, 30 LsarQuerySecret,
        31 LsarLookupPrivilegeValue, 32 LsarLookupPrivilegeName, 33 LsarLookupPrivilegeDisplayName, 34 LsarDeleteObject,
        35 LsarEnumerateAccountsWithUserRight, 36 LsarEnumerateAccountRights, 37 LsarAddAccountRights,
        38 LsarRemoveAccountRights, 39 LsarQueryTrustedDomainInfo, 40 LsarSetTrustedDomainInfo,
        41 LsarDeleteTrustedDomain, 42 LsarStorePrivateData, 43 LsarRetrievePrivateData, 44 LsarOpenPolicy2,
        45 LsarGetUserName, 46 LsarQueryInformationPolicy2, 47 LsarSetInformationPolicy2,
        48 LsarQueryTrustedDomainInfoByName, 49 LsarSetTrustedDomainInfoByName, 50 LsarEnumerateTrustedDomainsEx,
        51 LsarCreateTrustedDomainEx, 52 LsarCloseTrustedDomainEx, 53 LsarQueryDomainInformationPolicy,
        54 LsarSetDomainInformationPolicy, 55 LsarOpenTrustedDomainByName, 56 LsarTestCall, 57 LsarLookupSids2,
        58 LsarLookupNames2, 59 LsarCreateTrustedDomainEx2, 60 CredrWrite, 61 CredrRead, 62 CredrEnumerate,
        63 CredrWriteDomainCredentials, 64 CredrReadDomainCredentials, 65 CredrDelete, 66 CredrGetTargetInfo,
        67 CredrProfileLoaded, 68 LsarLookupNames3, 69 CredrGetSessionTypes, 70 LsarRegisterAuditEvent,
        71 LsarGenAuditEvent, 72 LsarUnregisterAuditEvent, 73 LsarQueryForestTrustInformation,
        74 LsarSetForestTrustInformation, 75 CredrRename, 76 LsarLookupSids3, 77 LsarLookupNames4, 78 LsarOpenPolicySce,
        79 LsarAdtRegisterSecurityEventSource, 80 LsarAdtUnregisterSecurityEventSource, 81 LsarAdtReportSecurityEvent,
        82 CredrFindBestCredential, 83 LsarSetAuditPolicy, 84 LsarQueryAuditPolicy, 85 LsarEnumerateAuditPolicy,
        86 LsarEnumerateAuditCategories, 87 LsarEnumerateAuditSubCategories, 88 LsarLookupAuditCategoryName,
        89 LsarLookupAuditSubCategoryName, 90 LsarSetAuditSecurity, 91 LsarQueryAuditSecurity,
        92 CredrReadByTokenHandle, 93 CredrRestoreCredentials, 94 CredrBackupCredentials,
        129 LsarCreateTrustedDomainEx3, 130 LsarOpenPolicy3, 132 LsarQueryForestTrustInformation2,
        133 LsarSetForestTrustInformation2, 135 LsarOpenPolicyWithCreds, 136 LsarOpenSecret2, 137 LsarCreateSecret2,
        138 LsarSetSecret2, 139 LsarQuerySecret2, 140 LsarStorePrivateData2, 141 LsarRetrievePrivateData2,
    }
    // [MS-NRPC] 3.5.4
    "12345678-1234-abcd-ef00-01234567cffb" "netlogon" {
        0 NetrLogonUasLogon, 1 NetrLogonUasLogoff, 2 NetrLogonSamLogon, 3 NetrLogonSamLogoff, 4 NetrServerReqChallenge,
        5 NetrServerAuthenticate, 6 NetrServerPasswordSet, 7 NetrDatabaseDeltas, 8 NetrDatabaseSync,
        9 NetrAccountDeltas, 10 NetrAccountSync, 11 NetrGetDCName, 12 NetrLogonControl, 13 NetrGetAnyDCName,
        14 NetrLogonControl2, 15 NetrServerAuthenticate2, 16 NetrDatabaseSync2, 17 NetrDatabaseRedo,
        18 NetrLogonControl2Ex, 19 NetrEnumerateTrustedDomains, 20 DsrGetDcName, 21 NetrLogonGetCapabilities,
        22 NetrLogonSetServiceBits, 23 NetrLogonGetTrustRid, 24 NetrLogonComputeServerDigest,
        25 NetrLogonComputeClientDigest, 26 NetrServerAuthenticate3, 27 DsrGetDcNameEx, 28 DsrGetSiteName,
        29 NetrLogonGetDomainInfo, 30 NetrServerPasswordSet2, 31 NetrServerPasswordGet, 32 NetrLogonSendToSam,
        33 DsrAddressToSiteNamesW, 34 DsrGetDcNameEx2, 35 NetrLogonGetTimeServiceParentDomain,
        36 NetrEnumerateTrustedDomainsEx, 37 DsrAddressToSiteNamesExW, 38 DsrGetDcSiteCoverageW, 39 NetrLogonSamLogonEx,
        40 DsrEnumerateDomainTrusts, 41 DsrDeregisterDnsHostRecords, 42 NetrServerTrustPasswordsGet,
        43 DsrGetForestTrustInformation, 44 NetrGetForestTrustInformation, 45 NetrLogonSamLogonWithFlags,
        46 NetrServerGetTrustInfo, 48 DsrUpdateReadOnlyServerDnsRecords, 49 NetrChainSetClientAttributes,
        59 NetrServerAuthenticateKerberos,
    }
    // [MS-BKRP] 3.1.4
    "3dde7c30-165d-11d1-ab8f-00805f14db40" "bkrp" { 0 BackuprKey }
    // [MS-CAPR] 3.1.4
    "afc07e2e-311c-4435-808c-c483ffeec7c9" "lsacap" { 0 LsarGetAvailableCAPIDs }
    // [MS-GKDI] 3.1.4
    "b9785960-524f-11df-8b6d-83dcded72085" "gkdi" { 0 GetKey }
    // [MS-SSP]: enterprise single sign-on
    "9d07ca0d-8f02-4ed5-b727-acf37fea5bbc" "ISingleSignonRemoteMasterSecret" { 0 RemoteGetMasterSecret }
    // What a server of mimikatz offers, as Impacket has it
    "17fc11e9-c258-4b8d-8d07-2f4125156244" "mimikatz" { 0 MimiBind, 1 MimiUnbind, 2 MimiCommand }
}
