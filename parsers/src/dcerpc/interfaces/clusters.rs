//! Failover clusters: [MS-CMRP], [MS-CSVP], [MC-CCFG].

use super::com::DISPATCH;
use super::{Operations, operations};

const CLUSTER_LOG_EX: Operations = operations! {
    3 GenerateClusterLog, 4 GenerateClusterHealthLog, 5 GenerateClusterSetLog, 6 GenerateClusterNetworkLog,
    7 ExportClusterPerformanceHistory, 8 GenerateNetftLog,
};
const CLUSTER_LOG_EX2: Operations = operations! { 9 GenerateLogEx, 10 GetCountLogs, 11 GetLogFilePath };

super::interfaces! {
    // [MS-CSVP]; IClusterLogEx3 adds GenerateLogEx2, which its heading numbers 17 and its IDL 12: left out
    "11942d87-a1de-4e7f-83fb-a840d9c5928d" "IClusterStorage3" {
        3 CprepDiskGetUniqueIds3, 4 CprepCheckNetFtBindings3, 5 CprepCsvTestSetup3, 6 CprepIsNodeClustered3,
        7 CprepCreateNewSmbShares3, 8 CprepConnectToNewSmbShares3, 9 CprepDiskGetProps3, 10 CprepDiskIsReadOnly3,
        11 CprepDiskPRRegister3, 12 CprepDiskFindKey3, 13 CprepDiskPRPreempt3, 14 CprepDiskPRReserve3,
        15 CprepDiskIsPRPresent3, 16 CprepDiskPRRelease3, 17 CprepDiskPRClear3,
    }
    "bd7c23c2-c805-457c-8f86-d17fe6b9d19f" "IClusterLogEx" : CLUSTER_LOG_EX {}
    "2510ea7d-c355-40c9-852c-e3b1b1338d67" "IClusterLogEx2" : CLUSTER_LOG_EX CLUSTER_LOG_EX2 {}
    "e6d3c166-560f-4b58-b31a-fdea05fb606f" "IClusterLogEx3" : CLUSTER_LOG_EX CLUSTER_LOG_EX2 {}
    // [MC-CCFG]
    "52c80b95-c1ad-4240-8d89-72e9fa84025e" "IClusCfgAsyncEvictCleanup" : DISPATCH { 7 CleanupNode }
    // [MS-CSVP]
    "12108a88-6858-4467-b92f-e6cf4568dfb6" "IClusterStorage2" {
        3 CprepDiskRawRead, 4 CprepDiskRawWrite, 5 CprepPrepareNode, 6 CprepPrepareNodePhase2, 7 CprepDiskGetProps,
        12 CprepDiskStopDefense, 13 CprepDiskOnline, 14 CprepDiskVerifyUnique, 17 CprepDiskWriteFileData,
        18 CprepDiskVerifyFileData, 19 CprepDiskDeleteFile, 20 CprepDiskOffline, 22 CprepDiskGetUniqueIds,
        23 CprepDiskAttach, 24 CprepDiskPRArbitrate, 25 CprepDiskPRRegister, 26 CprepDiskPRUnRegister,
        27 CprepDiskPRReserve, 28 CprepDiskPRRelease, 29 CprepDiskDiskPartitionIsNtfs, 30 CprepDiskGetArbSectors,
        31 CprepDiskIsPRPresent, 32 CprepDiskPRPreempt, 33 CprepDiskPRClear, 34 CprepDiskIsOnline,
        35 CprepDiskSetOnline, 36 CprepDiskGetFSName, 37 CprepDiskIsReadable, 38 CprepDiskGetDsms,
    }
    "2931c32c-f731-4c56-9feb-3d5f1c5e72bf" "IClusterNetwork2" {
        3 SendRTMessage, 4 InitializeNode, 5 GetIpConfigSerialized, 6 CleanupNode, 7 QueryFirewallConfiguration,
        8 ProcessAddRoutes, 9 GetAddRoutesStatus, 11 CancelAddRoutesRequest,
    }
    "d6105110-8917-41a5-aa32-8e0aa2933dc9" "IClusterCleanup" { 3 CleanUpEvictedNode, 4 ClearPR }
    "491260b5-05c9-40d9-b7f2-1f7bdae0927f" "IClusterSetup" {
        3 ConfigSvcSecret, 4 RetrieveSvcSecret, 5 RetrieveHostLabel, 6 GetFunctionalLevel, 9 ConfigClusterCert,
        10 RetrieveClusterCert, 11 GenerateClusterCert, 12 GetUpgradeVersion, 14 ConfigClusterCertV2,
        15 RetrieveClusterCertV2, 16 GenerateClusterCertV2,
    }
    "85923ca7-1b6b-4e83-a2e4-f5ba3bfbb8a3" "IClusterLog" {
        3 GenerateClusterLog, 4 GenerateTimeSpanLog, 5 GenerateClusterLogInLocalTime, 6 GenerateTimeSpanLogInLocalTime,
    }
    "f1d6c29c-8fbe-4691-8724-f6d8deaeafc8" "IClusterFirewall" {
        3 InitializeAdapterConfiguration, 4 GetNextAdapterFirewallConfiguration,
    }
    "e3c9b851-c442-432b-8fc6-a7faafc09d3b" "IClusterUpdate" { 3 GetUpdates, 4 Count }
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
