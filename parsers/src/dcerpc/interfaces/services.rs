//! Services, scheduled tasks, shutdown, time: what runs on a machine and when.

super::interfaces! {
    // [MS-TSCH] 3.2.5.2
    "1ff70682-0a51-30e8-076d-740be8cee98b" "atsvc" { 0 NetrJobAdd, 1 NetrJobDel, 2 NetrJobEnum, 3 NetrJobGetInfo }
    // [MS-TSCH] 3.2.5.3
    "378e52b0-c0a9-11cf-822d-00aa0051e40f" "sasec" {
        0 SASetAccountInformation, 1 SASetNSAccountInformation, 2 SAGetNSAccountInformation, 3 SAGetAccountInformation,
    }
    // [MS-TSCH] 3.2.5.4
    "86d35949-83c9-4044-b424-db363231fd0c" "ITaskSchedulerService" {
        0 SchRpcHighestVersion, 1 SchRpcRegisterTask, 2 SchRpcRetrieveTask, 3 SchRpcCreateFolder, 4 SchRpcSetSecurity,
        5 SchRpcGetSecurity, 6 SchRpcEnumFolders, 7 SchRpcEnumTasks, 8 SchRpcEnumInstances, 9 SchRpcGetInstanceInfo,
        10 SchRpcStopInstance, 11 SchRpcStop, 12 SchRpcRun, 13 SchRpcDelete, 14 SchRpcRename, 15 SchRpcScheduledRuntimes,
        16 SchRpcGetLastRunInfo, 17 SchRpcGetTaskInfo, 18 SchRpcGetNumberOfMissedRuns, 19 SchRpcEnableTask,
    }
    // [MS-SCMR] 3.1.4
    "367abb81-9844-35f1-ad32-98f038001003" "svcctl" {
        0 RCloseServiceHandle, 1 RControlService, 2 RDeleteService, 3 RLockServiceDatabase,
        4 RQueryServiceObjectSecurity, 5 RSetServiceObjectSecurity, 6 RQueryServiceStatus, 7 RSetServiceStatus,
        8 RUnlockServiceDatabase, 9 RNotifyBootConfigStatus, 10 RI_ScSetServiceBitsW, 11 RChangeServiceConfigW,
        12 RCreateServiceW, 13 REnumDependentServicesW, 14 REnumServicesStatusW, 15 ROpenSCManagerW, 16 ROpenServiceW,
        17 RQueryServiceConfigW, 18 RQueryServiceLockStatusW, 19 RStartServiceW, 20 RGetServiceDisplayNameW,
        21 RGetServiceKeyNameW, 22 RI_ScSetServiceBitsA, 23 RChangeServiceConfigA, 24 RCreateServiceA,
        25 REnumDependentServicesA, 26 REnumServicesStatusA, 27 ROpenSCManagerA, 28 ROpenServiceA,
        29 RQueryServiceConfigA, 30 RQueryServiceLockStatusA, 31 RStartServiceA, 32 RGetServiceDisplayNameA,
        33 RGetServiceKeyNameA, 34 RI_ScGetCurrentGroupStateW, 35 REnumServiceGroupW, 36 RChangeServiceConfig2A,
        37 RChangeServiceConfig2W, 38 RQueryServiceConfig2A, 39 RQueryServiceConfig2W, 40 RQueryServiceStatusEx,
        41 REnumServicesStatusExA, 42 REnumServicesStatusExW, 43 RI_ScSendTSMessage, 44 RCreateServiceWOW64A,
        45 RCreateServiceWOW64W, 46 RI_ScQueryServiceTagInfo, 47 RNotifyServiceStatusChange, 48 RGetNotifyResults,
        49 RCloseNotifyHandle, 50 RControlServiceExA, 51 RControlServiceExW, 52 RI_ScSendPnPMessage,
        53 RI_ScValidatePnPService, 54 RI_ScOpenServiceStatusHandle, 56 RQueryServiceConfigEx, 60 RCreateWowService,
        64 ROpenSCManager2,
    }
    // [MS-RSP] 3.1.4
    "894de0c0-0d55-11d3-a322-00c04fa321a1" "initshutdown" {
        0 BaseInitiateShutdown, 1 BaseAbortShutdown, 2 BaseInitiateShutdownEx,
    }
    // [MS-RSP] 3.3.4
    "d95afe70-a6d5-4259-822e-2c84da1ddb0d" "windowsshutdown" { 0 WsdrInitiateShutdown, 1 WsdrAbortShutdown }
    // [MS-W32T] 3.2.5
    "8fb6d884-2388-11d0-8c35-00c04fda2795" "w32time" {
        0 W32TimeSync, 1 W32TimeGetNetlogonServiceBits, 2 W32TimeQueryProviderStatus, 3 W32TimeQuerySource,
        4 W32TimeQueryProviderConfiguration, 5 W32TimeQueryConfiguration, 6 W32TimeQueryStatus, 7 W32TimeLog,
    }
    // [MS-WDSC] 3.1.4
    "1a927394-352e-4553-ae3f-7cf4aafca620" "wdsrpc" { 0 WdsRpcMessage }
}
