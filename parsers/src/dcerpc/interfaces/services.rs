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
    // [MS-CMRP] 3.1.4, protocol version 3
    "b97db8b2-4c63-11cf-bff6-08002be23f2f" "clusapi" {
        0 ApiOpenCluster, 1 ApiCloseCluster, 2 ApiSetClusterName, 3 ApiGetClusterName, 4 ApiGetClusterVersion,
        5 ApiGetQuorumResource, 6 ApiSetQuorumResource, 7 ApiCreateEnum, 8 ApiOpenResource, 9 ApiCreateResource,
        10 ApiDeleteResource, 11 ApiCloseResource, 12 ApiGetResourceState, 13 ApiSetResourceName, 14 ApiGetResourceId,
        15 ApiGetResourceType, 16 ApiFailResource, 17 ApiOnlineResource, 18 ApiOfflineResource,
        19 ApiAddResourceDependency, 20 ApiRemoveResourceDependency, 21 ApiCanResourceBeDependent, 22 ApiCreateResEnum,
        23 ApiAddResourceNode, 24 ApiRemoveResourceNode, 25 ApiChangeResourceGroup, 26 ApiCreateResourceType,
        27 ApiDeleteResourceType, 28 ApiGetRootKey, 29 ApiCreateKey, 30 ApiOpenKey, 31 ApiEnumKey, 32 ApiSetValue,
        33 ApiDeleteValue, 34 ApiQueryValue, 35 ApiDeleteKey, 36 ApiEnumValue, 37 ApiCloseKey, 38 ApiQueryInfoKey,
        39 ApiSetKeySecurity, 40 ApiGetKeySecurity, 41 ApiOpenGroup, 42 ApiCreateGroup, 43 ApiDeleteGroup,
        44 ApiCloseGroup, 45 ApiGetGroupState, 46 ApiSetGroupName, 47 ApiGetGroupId, 48 ApiGetNodeId, 49 ApiOnlineGroup,
        50 ApiOfflineGroup, 51 ApiMoveGroup, 52 ApiMoveGroupToNode, 53 ApiCreateGroupResourceEnum,
        54 ApiSetGroupNodeList, 55 ApiCreateNotify, 56 ApiCloseNotify, 57 ApiAddNotifyCluster, 58 ApiAddNotifyNode,
        59 ApiAddNotifyGroup, 60 ApiAddNotifyResource, 61 ApiAddNotifyKey, 62 ApiReAddNotifyNode,
        63 ApiReAddNotifyGroup, 64 ApiReAddNotifyResource, 65 ApiGetNotify, 66 ApiOpenNode, 67 ApiCloseNode,
        68 ApiGetNodeState, 69 ApiPauseNode, 70 ApiResumeNode, 71 ApiEvictNode, 72 ApiNodeResourceControl,
        73 ApiResourceControl, 74 ApiNodeResourceTypeControl, 75 ApiResourceTypeControl, 76 ApiNodeGroupControl,
        77 ApiGroupControl, 78 ApiNodeNodeControl, 79 ApiNodeControl, 81 ApiOpenNetwork, 82 ApiCloseNetwork,
        83 ApiGetNetworkState, 84 ApiSetNetworkName, 85 ApiCreateNetworkEnum, 86 ApiGetNetworkId,
        87 ApiSetNetworkPriorityOrder, 88 ApiNodeNetworkControl, 89 ApiNetworkControl, 90 ApiAddNotifyNetwork,
        91 ApiReAddNotifyNetwork, 92 ApiOpenNetInterface, 93 ApiCloseNetInterface, 94 ApiGetNetInterfaceState,
        95 ApiGetNetInterface, 96 ApiGetNetInterfaceId, 97 ApiNodeNetInterfaceControl, 98 ApiNetInterfaceControl,
        99 ApiAddNotifyNetInterface, 100 ApiReAddNotifyNetInterface, 101 ApiCreateNodeEnum, 102 ApiGetClusterVersion2,
        103 ApiCreateResTypeEnum, 104 ApiBackupClusterDatabase, 105 ApiNodeClusterControl, 106 ApiClusterControl,
        107 ApiUnblockGetNotifyCall, 108 ApiSetServiceAccountPassword, 109 ApiSetResourceDependencyExpression,
        110 ApiGetResourceDependencyExpression, 112 ApiGetResourceNetworkName, 113 ApiExecuteBatch,
        114 ApiCreateBatchPort, 115 ApiGetBatchNotification, 116 ApiCloseBatchPort, 117 ApiOpenClusterEx,
        118 ApiOpenNodeEx, 119 ApiOpenGroupEx, 120 ApiOpenResourceEx, 121 ApiOpenNetworkEx, 122 ApiOpenNetInterfaceEx,
        123 ApiChangeCsvState, 124 ApiCreateNodeEnumEx, 125 ApiCreateEnumEx, 126 ApiPauseNodeEx,
        127 ApiPauseNodeWithDrainTarget, 128 ApiResumeNodeEx, 129 ApiCreateGroupEx, 130 ApiOnlineGroupEx,
        131 ApiOfflineGroupEx, 132 ApiMoveGroupEx, 133 ApiMoveGroupToNodeEx, 134 ApiCancelClusterGroupOperation,
        135 ApiOnlineResourceEx, 136 ApiOfflineResourceEx, 137 ApiCreateNotifyV2, 138 ApiAddNotifyV2,
        139 ApiGetNotifyV2, 143 ApiCreateGroupEnum, 144 ApiCreateResourceEnum, 145 ApiExecuteReadBatch,
        146 ApiRestartResource, 147 ApiGetNotifyAsync, 155 ApiAddNotifyResourceTypeV2, 157 ApiExecuteReadBatchEx,
        163 ApiCreateGroupSet, 164 ApiOpenGroupSet, 165 ApiCloseGroupSet, 166 ApiDeleteGroupSet,
        167 ApiAddGroupToGroupSet, 168 ApiRemoveGroupFromGroupSet, 169 ApiMoveGroupToGroupSet,
        171 ApiAddGroupSetDependency, 172 ApiAddGroupToGroupSetDependency, 173 ApiNodeGroupSetControl,
        174 ApiGroupSetControl, 175 ApiSetGroupDependencyExpression, 176 ApiRemoveClusterGroupDependency,
        177 ApiSetGroupSetDependencyExpression, 178 ApiRemoveGroupSetDependency,
        179 ApiRemoveClusterGroupToGroupSetDependency, 180 ApiCreateGroupSetEnum, 181 ApiCreateNetInterfaceEnum,
        182 ApiChangeCsvStateEx, 183 ApiAddGroupToGroupSetEx, 184 ApiChangeResourceGroupEx,
        185 ApiClusterNativeUpdateControl,
    }
}
