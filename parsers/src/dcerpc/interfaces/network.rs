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
    "5b821720-f63b-11d0-aad2-00c04fc324db" "dhcpsrv2" {}
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
        4 I_BrowserrDebugTrace, 5 I_BrowserrQueryStatistics,
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
        42 RRasAdminConnectionRemoveQuarantine,
    }
    // [MS-RRASM] 3.5.4
    "20610036-fa22-11cf-9823-00a0c911e5df" "rasrpc" {
        5 RasRpcDeleteEntry, 9 RasRpcGetUserPreferences, 10 RasRpcSetUserPreferences, 11 RasRpcGetSystemDirectory,
        12 RasRpcSubmitRequest, 14 RasRpcGetInstalledProtocolsEx, 15 RasRpcGetVersion,
    }
    // [MS-FASP]
    "6b5bdd1e-528c-422c-af8c-a4079be4fe48" "RemoteFW" {}
    "621dff68-3c39-4c6c-aae3-e68e2c6503ad" "wzcsvc" {
        0 EnumInterfaces, 1 QueryInterface, 2 SetInterface, 3 RefreshInterface, 4 QueryContext, 5 SetContext,
        6 EapolUIResponse, 7 EapolGetCustomAuthData, 8 EapolSetCustomAuthData, 9 EapolGetInterfaceParams,
        10 EapolSetInterfaceParams, 11 EapolReAuthenticateInterface, 12 EapolQueryInterfaceState,
        13 OpenWZCDbLogSession, 14 CloseWZCDbLogSession, 15 EnumWZCDbLogRecords, 16 FlushWZCdbLog,
        17 GetWZCDbLogRecord,
    }
}
