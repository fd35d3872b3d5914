//! Printing: [MS-RPRN], [MS-PAR], [MS-PAN]; faxes: [MS-FAX].

super::interfaces! {
    // [MS-PAN] 3.1.1.4
    "0b6edbfa-4a24-4fc6-8a23-942b1eca65d1" "IRPCAsyncNotify" {
        0 IRPCAsyncNotify_RegisterClient, 1 IRPCAsyncNotify_UnregisterClient, 3 IRPCAsyncNotify_GetNewChannel,
        4 IRPCAsyncNotify_GetNotificationSendResponse, 5 IRPCAsyncNotify_GetNotification,
        6 IRPCAsyncNotify_CloseChannel,
    }
    // [MS-PAN] 3.1.2.4
    "ae33069b-a2a8-46ee-a235-ddfd339be281" "IRPCRemoteObject" { 0 IRPCRemoteObject_Create, 1 IRPCRemoteObject_Delete }
    // [MS-RPRN] 3.1.4
    "12345678-1234-abcd-ef00-0123456789ab" "winspool" {
        0 RpcEnumPrinters, 1 RpcOpenPrinter, 2 RpcSetJob, 3 RpcGetJob, 4 RpcEnumJobs, 5 RpcAddPrinter,
        6 RpcDeletePrinter, 7 RpcSetPrinter, 8 RpcGetPrinter, 9 RpcAddPrinterDriver, 10 RpcEnumPrinterDrivers,
        11 RpcGetPrinterDriver, 12 RpcGetPrinterDriverDirectory, 13 RpcDeletePrinterDriver, 14 RpcAddPrintProcessor,
        15 RpcEnumPrintProcessors, 16 RpcGetPrintProcessorDirectory, 17 RpcStartDocPrinter, 18 RpcStartPagePrinter,
        19 RpcWritePrinter, 20 RpcEndPagePrinter, 21 RpcAbortPrinter, 22 RpcReadPrinter, 23 RpcEndDocPrinter,
        24 RpcAddJob, 25 RpcScheduleJob, 26 RpcGetPrinterData, 27 RpcSetPrinterData, 28 RpcWaitForPrinterChange,
        29 RpcClosePrinter, 30 RpcAddForm, 31 RpcDeleteForm, 32 RpcGetForm, 33 RpcSetForm, 34 RpcEnumForms,
        35 RpcEnumPorts, 36 RpcEnumMonitors, 37 RpcAddPort, 38 RpcConfigurePort, 39 RpcDeletePort,
        40 RpcCreatePrinterIC, 41 RpcPlayGdiScriptOnPrinterIC, 42 RpcDeletePrinterIC, 43 RpcAddPrinterConnection,
        44 RpcDeletePrinterConnection, 45 RpcPrinterMessageBox, 46 RpcAddMonitor, 47 RpcDeleteMonitor,
        48 RpcDeletePrintProcessor, 49 RpcAddPrintProvidor, 50 RpcDeletePrintProvidor,
        51 RpcEnumPrintProcessorDatatypes, 52 RpcResetPrinter, 53 RpcGetPrinterDriver2,
        54 RpcClientFindFirstPrinterChangeNotification, 55 RpcFindNextPrinterChangeNotification,
        56 RpcFindClosePrinterChangeNotification, 57 RpcRouterFindFirstPrinterChangeNotificationOld,
        58 RpcReplyOpenPrinter, 59 RpcRouterReplyPrinter, 60 RpcReplyClosePrinter, 61 RpcAddPortEx,
        62 RpcRemoteFindFirstPrinterChangeNotification, 63 RpcSpoolerInit, 64 RpcResetPrinterEx,
        65 RpcRemoteFindFirstPrinterChangeNotificationEx, 66 RpcRouterReplyPrinterEx,
        67 RpcRouterRefreshPrinterChangeNotification, 69 RpcOpenPrinterEx, 70 RpcAddPrinterEx, 71 RpcSetPort,
        72 RpcEnumPrinterData, 73 RpcDeletePrinterData, 77 RpcSetPrinterDataEx, 78 RpcGetPrinterDataEx,
        79 RpcEnumPrinterDataEx, 80 RpcEnumPrinterKey, 81 RpcDeletePrinterDataEx, 82 RpcDeletePrinterKey,
        84 RpcDeletePrinterDriverEx, 85 RpcAddPerMachineConnection, 86 RpcDeletePerMachineConnection,
        87 RpcEnumPerMachineConnections, 88 RpcXcvData, 89 RpcAddPrinterDriverEx, 96 RpcFlushPrinter,
        97 RpcSendRecvBidiData, 102 RpcGetCorePrinterDrivers, 104 RpcGetPrinterDriverPackagePath,
        110 RpcGetJobNamedPropertyValue, 111 RpcSetJobNamedProperty, 112 RpcDeleteJobNamedProperty,
        113 RpcEnumJobNamedProperties, 116 RpcLogJobInfoForBranchOffice, 117 RpcRegeneratePrintDeviceCapabilities,
        119 RpcIppCreateJobOnPrinter, 120 RpcIppGetJobAttributes, 121 RpcIppSetJobAttributes,
        122 RpcIppGetPrinterAttributes, 123 RpcIppSetPrinterAttributes,
    }
    // [MS-PAR] 3.1.4
    "76f03f96-cdfd-44fc-a22c-64950a001209" "IRemoteWinspool" {
        0 RpcAsyncOpenPrinter, 1 RpcAsyncAddPrinter, 2 RpcAsyncSetJob, 3 RpcAsyncGetJob, 4 RpcAsyncEnumJobs,
        5 RpcAsyncAddJob, 6 RpcAsyncScheduleJob, 7 RpcAsyncDeletePrinter, 8 RpcAsyncSetPrinter, 9 RpcAsyncGetPrinter,
        10 RpcAsyncStartDocPrinter, 11 RpcAsyncStartPagePrinter, 12 RpcAsyncWritePrinter, 13 RpcAsyncEndPagePrinter,
        14 RpcAsyncEndDocPrinter, 15 RpcAsyncAbortPrinter, 16 RpcAsyncGetPrinterData, 17 RpcAsyncGetPrinterDataEx,
        18 RpcAsyncSetPrinterData, 19 RpcAsyncSetPrinterDataEx, 20 RpcAsyncClosePrinter, 21 RpcAsyncAddForm,
        22 RpcAsyncDeleteForm, 23 RpcAsyncGetForm, 24 RpcAsyncSetForm, 25 RpcAsyncEnumForms,
        26 RpcAsyncGetPrinterDriver, 27 RpcAsyncEnumPrinterData, 28 RpcAsyncEnumPrinterDataEx,
        29 RpcAsyncEnumPrinterKey, 30 RpcAsyncDeletePrinterData, 31 RpcAsyncDeletePrinterDataEx,
        32 RpcAsyncDeletePrinterKey, 33 RpcAsyncXcvData, 34 RpcAsyncSendRecvBidiData, 35 RpcAsyncCreatePrinterIC,
        36 RpcAsyncPlayGdiScriptOnPrinterIC, 37 RpcAsyncDeletePrinterIC, 38 RpcAsyncEnumPrinters,
        39 RpcAsyncAddPrinterDriver, 40 RpcAsyncEnumPrinterDrivers, 41 RpcAsyncGetPrinterDriverDirectory,
        42 RpcAsyncDeletePrinterDriver, 43 RpcAsyncDeletePrinterDriverEx, 44 RpcAsyncAddPrintProcessor,
        45 RpcAsyncEnumPrintProcessors, 46 RpcAsyncGetPrintProcessorDirectory, 47 RpcAsyncEnumPorts,
        48 RpcAsyncEnumMonitors, 49 RpcAsyncAddPort, 50 RpcAsyncSetPort, 51 RpcAsyncAddMonitor,
        52 RpcAsyncDeleteMonitor, 53 RpcAsyncDeletePrintProcessor, 54 RpcAsyncEnumPrintProcessorDatatypes,
        55 RpcAsyncAddPerMachineConnection, 56 RpcAsyncDeletePerMachineConnection,
        57 RpcAsyncEnumPerMachineConnections, 58 RpcSyncRegisterForRemoteNotifications,
        59 RpcSyncUnRegisterForRemoteNotifications, 60 RpcSyncRefreshRemoteNotifications,
        61 RpcAsyncGetRemoteNotifications, 62 RpcAsyncInstallPrinterDriverFromPackage,
        63 RpcAsyncUploadPrinterDriverPackage, 64 RpcAsyncGetCorePrinterDrivers, 65 RpcAsyncCorePrinterDriverInstalled,
        66 RpcAsyncGetPrinterDriverPackagePath, 67 RpcAsyncDeletePrinterDriverPackage, 68 RpcAsyncReadPrinter,
        69 RpcAsyncResetPrinter, 70 RpcAsyncGetJobNamedPropertyValue, 71 RpcAsyncSetJobNamedProperty,
        72 RpcAsyncDeleteJobNamedProperty, 73 RpcAsyncEnumJobNamedProperties, 74 RpcAsyncLogJobInfoForBranchOffice,
    }
    // [MS-FAX]
    "ea0a3165-4834-11d2-a6f8-00c04fa346cc" "fax" {
        0 FAX_GetServicePrinters, 1 FAX_ConnectionRefCount, 2 FAX_OpenPort, 3 FAX_ClosePort, 4 FAX_EnumJobs,
        5 FAX_GetJob, 6 FAX_SetJob, 7 FAX_GetPageData, 8 FAX_GetDeviceStatus, 9 FAX_Abort, 10 FAX_EnumPorts,
        11 FAX_GetPort, 12 FAX_SetPort, 13 FAX_EnumRoutingMethods, 14 FAX_EnableRoutingMethod, 15 FAX_GetRoutingInfo,
        16 FAX_SetRoutingInfo, 17 FAX_EnumGlobalRoutingInfo, 18 FAX_SetGlobalRoutingInfo, 19 FAX_GetConfiguration,
        20 FAX_SetConfiguration, 21 FAX_GetLoggingCategories, 22 FAX_SetLoggingCategories, 23 FAX_GetSecurity,
        24 FAX_SetSecurity, 25 FAX_AccessCheck, 26 FAX_CheckServerProtSeq, 27 FAX_SendDocumentEx, 28 FAX_EnumJobsEx,
        29 FAX_GetJobEx, 30 FAX_GetCountryList, 31 FAX_GetPersonalProfileInfo, 32 FAX_GetQueueStates, 33 FAX_SetQueue,
        34 FAX_GetReceiptsConfiguration, 35 FAX_SetReceiptsConfiguration, 36 FAX_GetReceiptsOptions, 37 FAX_GetVersion,
        38 FAX_GetOutboxConfiguration, 39 FAX_SetOutboxConfiguration, 40 FAX_GetPersonalCoverPagesOption,
        41 FAX_GetArchiveConfiguration, 42 FAX_SetArchiveConfiguration, 43 FAX_GetActivityLoggingConfiguration,
        44 FAX_SetActivityLoggingConfiguration, 45 FAX_EnumerateProviders, 46 FAX_GetPortEx, 47 FAX_SetPortEx,
        48 FAX_EnumPortsEx, 49 FAX_GetExtensionData, 50 FAX_SetExtensionData, 51 FAX_AddOutboundGroup,
        52 FAX_SetOutboundGroup, 53 FAX_RemoveOutboundGroup, 54 FAX_EnumOutboundGroups, 55 FAX_SetDeviceOrderInGroup,
        56 FAX_AddOutboundRule, 57 FAX_RemoveOutboundRule, 58 FAX_SetOutboundRule, 59 FAX_EnumOutboundRules,
        60 FAX_RegisterServiceProviderEx, 61 FAX_UnregisterServiceProviderEx, 62 FAX_UnregisterRoutingExtension,
        63 FAX_StartMessagesEnum, 64 FAX_EndMessagesEnum, 65 FAX_EnumMessages, 66 FAX_GetMessage, 67 FAX_RemoveMessage,
        68 FAX_StartCopyToServer, 69 FAX_StartCopyMessageFromServer, 70 FAX_WriteFile, 71 FAX_ReadFile, 72 FAX_EndCopy,
        73 FAX_StartServerNotification, 74 FAX_StartServerNotificationEx, 75 FAX_EndServerNotification,
        76 FAX_GetServerActivity, 77 FAX_SetConfigWizardUsed, 78 FAX_EnumRoutingExtensions, 79 FAX_ConnectFaxServer,
        80 FAX_GetSecurityEx, 81 FAX_RefreshArchive, 82 FAX_SetRecipientsLimit, 83 FAX_GetRecipientsLimit,
        84 FAX_GetServerSKU, 85 FAX_CheckValidFaxFolder, 86 FAX_GetJobEx2, 87 FAX_EnumJobsEx2, 88 FAX_GetMessageEx,
        89 FAX_StartMessagesEnumEx, 90 FAX_EnumMessagesEx, 91 FAX_StartServerNotificationEx2, 92 FAX_CreateAccount,
        93 FAX_DeleteAccount, 94 FAX_EnumAccounts, 95 FAX_GetAccountInfo, 96 FAX_GetGeneralConfiguration,
        97 FAX_SetGeneralConfiguration, 98 FAX_GetSecurityEx2, 99 FAX_SetSecurityEx2, 100 FAX_AccessCheckEx2,
        101 FAX_ReAssignMessage, 102 FAX_SetMessage, 103 FAX_GetConfigOption,
    }
    "6099fc12-3eff-11d0-abd0-00c04fd91a4e" "faxclient" {
        0 FAX_OpenConnection, 1 FAX_ClientEventQueue, 2 FAX_CloseConnection, 3 FAX_ClientEventQueueEx,
    }
}
