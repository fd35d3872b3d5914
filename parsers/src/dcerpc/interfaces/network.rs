//! Networks: DHCP, WINS, the browser, telephony, remote access.

super::interfaces! {
    // [MS-DHCPM] 3.1.4
    "6bffd098-a112-3610-9833-46c3f874532d" "dhcpsrv" {
        0 R_DhcpCreateSubnet, 1 R_DhcpSetSubnetInfo, 2 R_DhcpGetSubnetInfo, 3 R_DhcpEnumSubnets,
        4 R_DhcpAddSubnetElement, 5 R_DhcpEnumSubnetElements, 6 R_DhcpRemoveSubnetElement, 7 R_DhcpDeleteSubnet,
        8 R_DhcpCreateOption, 9 R_DhcpSetOptionInfo, 10 R_DhcpGetOptionInfo, 11 R_DhcpRemoveOption,
        12 R_DhcpSetOptionValue, 13 R_DhcpGetOptionValue, 14 R_DhcpEnumOptionValues, 15 R_DhcpRemoveOptionValue,
        16 R_DhcpCreateClientInfo, 17 R_DhcpSetClientInfo, 18 R_DhcpGetClientInfo, 19 R_DhcpDeleteClientInfo,
        20 R_DhcpEnumSubnetClients, 21 R_DhcpGetClientOptions, 22 R_DhcpGetMibInfo, 23 R_DhcpEnumOptions,
        24 R_DhcpSetOptionValues, 25 R_DhcpServerSetConfig, 26 R_DhcpServerGetConfig, 27 R_DhcpScanDatabase,
        28 R_DhcpGetVersion, 29 R_DhcpAddSubnetElementV4, 30 R_DhcpEnumSubnetElementsV4,
        31 R_DhcpRemoveSubnetElementV4, 32 R_DhcpCreateClientInfoV4, 33 R_DhcpSetClientInfoV4,
        34 R_DhcpGetClientInfoV4, 35 R_DhcpEnumSubnetClientsV4, 36 R_DhcpSetSuperScopeV4,
        37 R_DhcpGetSuperScopeInfoV4, 38 R_DhcpDeleteSuperScopeV4, 39 R_DhcpServerSetConfigV4,
        40 R_DhcpServerGetConfigV4, 41 R_DhcpServerSetConfigVQ, 42 R_DhcpServerGetConfigVQ, 43 R_DhcpGetMibInfoVQ,
        44 R_DhcpCreateClientInfoVQ, 45 R_DhcpSetClientInfoVQ, 46 R_DhcpGetClientInfoVQ,
        47 R_DhcpEnumSubnetClientsVQ, 48 R_DhcpCreateSubnetVQ, 49 R_DhcpGetSubnetInfoVQ, 50 R_DhcpSetSubnetInfoVQ,
    }
    // [MS-DHCPM] 3.2.4
    "5b821720-f63b-11d0-aad2-00c04fc324db" "dhcpsrv2" {
        0 R_DhcpEnumSubnetClientsV5, 1 R_DhcpSetMScopeInfo, 2 R_DhcpGetMScopeInfo, 3 R_DhcpEnumMScopes,
        4 R_DhcpAddMScopeElement, 5 R_DhcpEnumMScopeElements, 6 R_DhcpRemoveMScopeElement, 7 R_DhcpDeleteMScope,
        8 R_DhcpScanMDatabase, 9 R_DhcpCreateMClientInfo, 10 R_DhcpSetMClientInfo, 11 R_DhcpGetMClientInfo,
        12 R_DhcpDeleteMClientInfo, 13 R_DhcpEnumMScopeClients, 14 R_DhcpCreateOptionV5, 15 R_DhcpSetOptionInfoV5,
        16 R_DhcpGetOptionInfoV5, 17 R_DhcpEnumOptionsV5, 18 R_DhcpRemoveOptionV5, 19 R_DhcpSetOptionValueV5,
        20 R_DhcpSetOptionValuesV5, 21 R_DhcpGetOptionValueV5, 22 R_DhcpEnumOptionValuesV5,
        23 R_DhcpRemoveOptionValueV5, 24 R_DhcpCreateClass, 25 R_DhcpModifyClass, 26 R_DhcpDeleteClass,
        27 R_DhcpGetClassInfo, 28 R_DhcpEnumClasses, 29 R_DhcpGetAllOptions, 30 R_DhcpGetAllOptionValues,
        31 R_DhcpGetMCastMibInfo, 32 R_DhcpAuditLogSetParams, 33 R_DhcpAuditLogGetParams, 34 R_DhcpServerQueryAttribute,
        35 R_DhcpServerQueryAttributes, 36 R_DhcpServerRedoAuthorization, 37 R_DhcpAddSubnetElementV5,
        38 R_DhcpEnumSubnetElementsV5, 39 R_DhcpRemoveSubnetElementV5, 40 R_DhcpGetServerBindingInfo,
        41 R_DhcpSetServerBindingInfo, 42 R_DhcpQueryDnsRegCredentials, 43 R_DhcpSetDnsRegCredentials,
        44 R_DhcpBackupDatabase, 45 R_DhcpRestoreDatabase, 46 R_DhcpGetServerSpecificStrings, 47 R_DhcpCreateOptionV6,
        48 R_DhcpSetOptionInfoV6, 49 R_DhcpGetOptionInfoV6, 50 R_DhcpEnumOptionsV6, 51 R_DhcpRemoveOptionV6,
        52 R_DhcpSetOptionValueV6, 53 R_DhcpEnumOptionValuesV6, 54 R_DhcpRemoveOptionValueV6, 55 R_DhcpGetAllOptionsV6,
        56 R_DhcpGetAllOptionValuesV6, 57 R_DhcpCreateSubnetV6, 58 R_DhcpEnumSubnetsV6, 59 R_DhcpAddSubnetElementV6,
        60 R_DhcpEnumSubnetElementsV6, 61 R_DhcpRemoveSubnetElementV6, 62 R_DhcpDeleteSubnetV6,
        63 R_DhcpGetSubnetInfoV6, 64 R_DhcpEnumSubnetClientsV6, 65 R_DhcpServerSetConfigV6, 66 R_DhcpServerGetConfigV6,
        67 R_DhcpSetSubnetInfoV6, 68 R_DhcpGetMibInfoV6, 69 R_DhcpGetServerBindingInfoV6,
        70 R_DhcpSetServerBindingInfoV6, 71 R_DhcpSetClientInfoV6, 72 R_DhcpGetClientInfoV6,
        73 R_DhcpDeleteClientInfoV6, 74 R_DhcpCreateClassV6, 75 R_DhcpModifyClassV6, 76 R_DhcpDeleteClassV6,
        77 R_DhcpEnumClassesV6, 78 R_DhcpGetOptionValueV6, 79 R_DhcpSetSubnetDelayOffer, 80 R_DhcpGetSubnetDelayOffer,
        81 R_DhcpGetMibInfoV5, 82 R_DhcpAddFilterV4, 83 R_DhcpDeleteFilterV4, 84 R_DhcpSetFilterV4,
        85 R_DhcpGetFilterV4, 86 R_DhcpEnumFilterV4, 87 R_DhcpSetDnsRegCredentialsV5,
        88 R_DhcpEnumSubnetClientsFilterStatusInfo, 89 R_DhcpV4FailoverCreateRelationship,
        90 R_DhcpV4FailoverSetRelationship, 91 R_DhcpV4FailoverDeleteRelationship, 92 R_DhcpV4FailoverGetRelationship,
        93 R_DhcpV4FailoverEnumRelationship, 94 R_DhcpV4FailoverAddScopeToRelationship,
        95 R_DhcpV4FailoverDeleteScopeFromRelationship, 96 R_DhcpV4FailoverGetScopeRelationship,
        97 R_DhcpV4FailoverGetScopeStatistics, 98 R_DhcpV4FailoverGetClientInfo, 99 R_DhcpV4FailoverGetSystemTime,
        100 R_DhcpV4FailoverTriggerAddrAllocation, 101 R_DhcpV4SetOptionValue, 102 R_DhcpV4SetOptionValues,
        103 R_DhcpV4GetOptionValue, 104 R_DhcpV4RemoveOptionValue, 105 R_DhcpV4GetAllOptionValues,
        106 R_DhcpV4QueryPolicyEnforcement, 107 R_DhcpV4SetPolicyEnforcement, 108 R_DhcpV4CreatePolicy,
        109 R_DhcpV4GetPolicy, 110 R_DhcpV4SetPolicy, 111 R_DhcpV4DeletePolicy, 112 R_DhcpV4EnumPolicies,
        113 R_DhcpV4AddPolicyRange, 114 R_DhcpV4RemovePolicyRange, 115 R_DhcpV4EnumSubnetClients,
        116 R_DhcpV6SetStatelessStoreParams, 117 R_DhcpV6GetStatelessStoreParams, 118 R_DhcpV6GetStatelessStatistics,
        119 R_DhcpV4EnumSubnetReservations, 120 R_DhcpV4GetFreeIPAddress, 121 R_DhcpV6GetFreeIPAddress,
        122 R_DhcpV4CreateClientInfo, 123 R_DhcpV4GetClientInfo, 124 R_DhcpV6CreateClientInfo,
        125 R_DhcpV4FailoverGetAddressStatus, 126 R_DhcpV4CreatePolicyEx, 127 R_DhcpV4GetPolicyEx,
        128 R_DhcpV4SetPolicyEx, 129 R_DhcpV4EnumPoliciesEx, 130 R_DhcpV4EnumSubnetClientsEx,
        131 R_DhcpV4CreateClientInfoEx, 132 R_DhcpV4GetClientInfoEx,
    }
    // [MS-RAIW] 3.1.4
    "45f52c28-7f9f-101a-b52b-08002b2efabe" "winsif" {
        0 R_WinsRecordAction, 1 R_WinsStatus, 2 R_WinsTrigger, 3 R_WinsDoStaticInit, 4 R_WinsDoScavenging,
        5 R_WinsGetDbRecs, 6 R_WinsTerm, 7 R_WinsBackup, 8 R_WinsDelDbRecs, 9 R_WinsPullRange,
        10 R_WinsSetPriorityClass, 11 R_WinsResetCounters, 12 R_WinsWorkerThdUpd, 13 R_WinsGetNameAndAdd,
        14 R_WinsGetBrowserNames_Old, 15 R_WinsDeleteWins, 16 R_WinsSetFlags, 17 R_WinsGetBrowserNames,
        18 R_WinsGetDbRecsByName, 19 R_WinsStatusNew, 20 R_WinsStatusWHdl, 21 R_WinsDoScavengingNew,
    }
    "811109bf-a4e1-11d1-ab54-00a0c91e9b45" "winsi2" { 0 R_WinsTombstoneDbRecs, 1 R_WinsCheckAccess }
    // [MS-BRWSA] 3.1.4
    "6bffd098-a112-3610-9833-012892020162" "browser" {
        0 I_BrowserrServerEnum, 1 I_BrowserrDebugCall, 2 I_BrowserrQueryOtherDomains, 3 I_BrowserrResetNetlogonState,
        4 I_BrowserrDebugTrace, 5 I_BrowserrQueryStatistics, 6 I_BrowserrResetStatistics, 7 NetrBrowserStatisticsClear,
        8 NetrBrowserStatisticsGet, 9 I_BrowserrSetNetlogonState, 10 I_BrowserrQueryEmulatedDomains,
        11 I_BrowserrServerEnumEx,
    }
    // [MS-TRP] 3.1.4
    "2f5f6520-ca46-1067-b319-00dd010662da" "tapsrv" { 0 ClientAttach, 1 ClientRequest, 2 ClientDetach }
    // [MS-TRP] 3.2.4
    "2f5f6521-ca47-1068-b319-00dd010662db" "remotesp" { 0 RemoteSPAttach, 1 RemoteSPEventProc, 2 RemoteSPDetach }
    // [MS-RRASM] 3.3.4
    "8f09f000-b7ed-11ce-bbd2-00001a181cad" "dimsvc" {
        0 RMprAdminServerGetInfo, 1 RRasAdminConnectionEnum, 2 RRasAdminConnectionGetInfo,
        3 RRasAdminConnectionClearStats, 4 RRasAdminPortEnum, 5 RRasAdminPortGetInfo, 6 RRasAdminPortClearStats,
        7 RRasAdminPortReset, 8 RRasAdminPortDisconnect, 9 RRouterInterfaceTransportSetGlobalInfo,
        10 RRouterInterfaceTransportGetGlobalInfo, 11 RRouterInterfaceGetHandle, 12 RRouterInterfaceCreate,
        13 RRouterInterfaceGetInfo, 14 RRouterInterfaceSetInfo, 15 RRouterInterfaceDelete,
        16 RRouterInterfaceTransportRemove, 17 RRouterInterfaceTransportAdd, 18 RRouterInterfaceTransportGetInfo,
        19 RRouterInterfaceTransportSetInfo, 20 RRouterInterfaceEnum, 21 RRouterInterfaceConnect,
        22 RRouterInterfaceDisconnect, 23 RRouterInterfaceUpdateRoutes, 24 RRouterInterfaceQueryUpdateResult,
        25 RRouterInterfaceUpdatePhonebookInfo, 26 RMIBEntryCreate, 27 RMIBEntryDelete, 28 RMIBEntrySet,
        29 RMIBEntryGet, 30 RMIBEntryGetFirst, 31 RMIBEntryGetNext, 32 RMIBGetTrapInfo, 33 RMIBSetTrapInfo,
        34 RRasAdminConnectionNotification, 35 RRasAdminSendUserMessage, 36 RRouterDeviceEnum,
        37 RRouterInterfaceTransportCreate, 38 RRouterInterfaceDeviceGetInfo, 39 RRouterInterfaceDeviceSetInfo,
        40 RRouterInterfaceSetCredentialsEx, 41 RRouterInterfaceGetCredentialsEx,
        42 RRasAdminConnectionRemoveQuarantine, 43 RMprAdminServerSetInfo, 44 RMprAdminServerGetInfoEx,
        45 RRasAdminConnectionEnumEx, 46 RRasAdminConnectionGetInfoEx, 47 RMprAdminServerSetInfoEx,
        48 RRasAdminUpdateConnection, 49 RRouterInterfaceSetCredentialsLocal, 50 RRouterInterfaceGetCredentialsLocal,
        51 RRouterInterfaceGetCustomInfoEx, 52 RRouterInterfaceSetCustomInfoEx,
    }
    // [MS-RRASM] 3.5.4
    "20610036-fa22-11cf-9823-00a0c911e5df" "rasrpc" {
        5 RasRpcDeleteEntry, 9 RasRpcGetUserPreferences, 10 RasRpcSetUserPreferences, 11 RasRpcGetSystemDirectory,
        12 RasRpcSubmitRequest, 14 RasRpcGetInstalledProtocolsEx, 15 RasRpcGetVersion,
    }
    // [MS-FASP] 3.1.4; its headings number those of version 2.33 from 91 on, its IDL from 90 on: they are left out
    "6b5bdd1e-528c-422c-af8c-a4079be4fe48" "RemoteFW" {
        0 RRPC_FWOpenPolicyStore, 1 RRPC_FWClosePolicyStore, 2 RRPC_FWRestoreDefaults, 3 RRPC_FWGetGlobalConfig,
        4 RRPC_FWSetGlobalConfig, 5 RRPC_FWAddFirewallRule, 6 RRPC_FWSetFirewallRule, 7 RRPC_FWDeleteFirewallRule,
        8 RRPC_FWDeleteAllFirewallRules, 9 RRPC_FWEnumFirewallRules, 10 RRPC_FWGetConfig, 11 RRPC_FWSetConfig,
        12 RRPC_FWAddConnectionSecurityRule, 13 RRPC_FWSetConnectionSecurityRule,
        14 RRPC_FWDeleteConnectionSecurityRule, 15 RRPC_FWDeleteAllConnectionSecurityRules,
        16 RRPC_FWEnumConnectionSecurityRules, 17 RRPC_FWAddAuthenticationSet, 18 RRPC_FWSetAuthenticationSet,
        19 RRPC_FWDeleteAuthenticationSet, 20 RRPC_FWDeleteAllAuthenticationSets, 21 RRPC_FWEnumAuthenticationSets,
        22 RRPC_FWAddCryptoSet, 23 RRPC_FWSetCryptoSet, 24 RRPC_FWDeleteCryptoSet, 25 RRPC_FWDeleteAllCryptoSets,
        26 RRPC_FWEnumCryptoSets, 27 RRPC_FWEnumPhase1SAs, 28 RRPC_FWEnumPhase2SAs, 29 RRPC_FWDeletePhase1SAs,
        30 RRPC_FWDeletePhase2SAs, 31 RRPC_FWEnumProducts, 32 RRPC_FWAddMainModeRule, 33 RRPC_FWSetMainModeRule,
        34 RRPC_FWDeleteMainModeRule, 35 RRPC_FWDeleteAllMainModeRules, 36 RRPC_FWEnumMainModeRules,
        37 RRPC_FWQueryFirewallRules, 38 RRPC_FWQueryConnectionSecurityRules2_10, 39 RRPC_FWQueryMainModeRules,
        40 RRPC_FWQueryAuthenticationSets, 41 RRPC_FWQueryCryptoSets, 42 RRPC_FWEnumNetworks, 43 RRPC_FWEnumAdapters,
        44 RRPC_FWGetGlobalConfig2_10, 45 RRPC_FWGetConfig2_10, 46 RRPC_FWAddFirewallRule2_10,
        47 RRPC_FWSetFirewallRule2_10, 48 RRPC_FWEnumFirewallRules2_10, 49 RRPC_FWAddConnectionSecurityRule2_10,
        50 RRPC_FWSetConnectionSecurityRule2_10, 51 RRPC_FWEnumConnectionSecurityRules2_10,
        52 RRPC_FWAddAuthenticationSet2_10, 53 RRPC_FWSetAuthenticationSet2_10, 54 RRPC_FWEnumAuthenticationSets2_10,
        55 RRPC_FWAddCryptoSet2_10, 56 RRPC_FWSetCryptoSet2_10, 57 RRPC_FWEnumCryptoSets2_10,
        58 RRPC_FWAddConnectionSecurityRule2_20, 59 RRPC_FWSetConnectionSecurityRule2_20,
        60 RRPC_FWEnumConnectionSecurityRules2_20, 61 RRPC_FWQueryConnectionSecurityRules2_20,
        62 RRPC_FWAddAuthenticationSet2_20, 63 RRPC_FWSetAuthenticationSet2_20, 64 RRPC_FWEnumAuthenticationSets2_20,
        65 RRPC_FWQueryAuthenticationSets2_20, 66 RRPC_FWAddFirewallRule2_20, 67 RRPC_FWSetFirewallRule2_20,
        68 RRPC_FWEnumFirewallRules2_20, 69 RRPC_FWQueryFirewallRules2_20, 70 RRPC_FWAddFirewallRule2_24,
        71 RRPC_FWSetFirewallRule2_24, 72 RRPC_FWEnumFirewallRules2_24, 73 RRPC_FWQueryFirewallRules2_24,
        74 RRPC_FWAddFirewallRule2_25, 75 RRPC_FWSetFirewallRule2_25, 76 RRPC_FWEnumFirewallRules2_25,
        77 RRPC_FWQueryFirewallRules2_25, 78 RRPC_FWAddFirewallRule2_26, 79 RRPC_FWSetFirewallRule2_26,
        80 RRPC_FWEnumFirewallRules2_26, 81 RRPC_FWQueryFirewallRules2_26, 82 RRPC_FWAddFirewallRule2_27,
        83 RRPC_FWSetFirewallRule2_27, 84 RRPC_FWEnumFirewallRules2_27, 85 RRPC_FWQueryFirewallRules2_27,
        86 RRPC_FWAddFirewallRule2_31, 87 RRPC_FWSetFirewallRule2_31, 88 RRPC_FWEnumFirewallRules2_31,
        89 RRPC_FWQueryFirewallRules2_31,
    }
    "621dff68-3c39-4c6c-aae3-e68e2c6503ad" "wzcsvc" {
        0 EnumInterfaces, 1 QueryInterface, 2 SetInterface, 3 RefreshInterface, 4 QueryContext, 5 SetContext,
        6 EapolUIResponse, 7 EapolGetCustomAuthData, 8 EapolSetCustomAuthData, 9 EapolGetInterfaceParams,
        10 EapolSetInterfaceParams, 11 EapolReAuthenticateInterface, 12 EapolQueryInterfaceState,
        13 OpenWZCDbLogSession, 14 CloseWZCDbLogSession, 15 EnumWZCDbLogRecords, 16 FlushWZCdbLog,
        17 GetWZCDbLogRecord,
    }
    // [MS-BPAU]
    "e3d0d746-d2af-40fd-8a7a-0d7078bb7092" "BitsPeerAuth" { 0 ExchangePublicKeys }
    // [MS-LREC]
    "22e5386d-8b12-4bf0-b0ec-6a1ea419e366" "NetEventForwarder" {
        0 RpcNetEventOpenSession, 1 RpcNetEventReceiveData, 2 RpcNetEventCloseSession,
    }
    // [MS-RRASM]: how a router is set up, over DCOM
    "66a2db1b-d706-11d0-a37b-00c04fc9da04" "IRemoteNetworkConfig" { 3 UpgradeRouterConfig, 4 SetUserConfig }
    "66a2db20-d706-11d0-a37b-00c04fc9da04" "IRemoteRouterRestart" { 3 RestartRouter }
    "66a2db21-d706-11d0-a37b-00c04fc9da04" "IRemoteSetDnsConfig" { 3 SetDnsConfig }
    "66a2db22-d706-11d0-a37b-00c04fc9da04" "IRemoteICFICSConfig" { 3 GetIcfEnabled, 4 GetIcsEnabled }
    "67e08fc2-2984-4b62-b92e-fc1aae64bbbb" "IRemoteStringIdConfig" { 3 GetStringFromId }
    "6139d8a4-e508-4ebb-bac7-d7f275145897" "IRemoteIPV6Config" { 3 GetAddressList }
    "5ff9bdf6-bd91-4d8b-a614-d6317acc8dd8" "IRemoteSstpCertCheck" { 3 CheckIfCertificateAllowedRR }
    // IPv6 transition, as Impacket has it
    "552d076a-cb29-4e44-8b6a-d15e59e2c0af" "iptransition" {
        0 IpTransitionProtocolApplyConfigChanges, 1 IpTransitionProtocolApplyConfigChangesEx,
        2 IpTransitionCreatev6Inv4Tunnel, 3 IpTransitionDeletev6Inv4Tunnel,
    }
}
