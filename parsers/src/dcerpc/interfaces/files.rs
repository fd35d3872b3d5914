//! File servers: shares and sessions, workstations, distributed file systems, encrypted files, shadow copies, link tracking.

super::interfaces! {
    // [MS-SRVS] 3.1.4
    "4b324fc8-1670-01d3-1278-5a47bf6ee188" "srvsvc" {
        0 NetrCharDevEnum, 1 NetrCharDevGetInfo, 2 NetrCharDevControl, 3 NetrCharDevQEnum, 4 NetrCharDevQGetInfo,
        5 NetrCharDevQSetInfo, 6 NetrCharDevQPurge, 7 NetrCharDevQPurgeSelf, 8 NetrConnectionEnum, 9 NetrFileEnum,
        10 NetrFileGetInfo, 11 NetrFileClose, 12 NetrSessionEnum, 13 NetrSessionDel, 14 NetrShareAdd,
        15 NetrShareEnum, 16 NetrShareGetInfo, 17 NetrShareSetInfo, 18 NetrShareDel, 19 NetrShareDelSticky,
        20 NetrShareCheck, 21 NetrServerGetInfo, 22 NetrServerSetInfo, 23 NetrServerDiskEnum,
        24 NetrServerStatisticsGet, 25 NetrServerTransportAdd, 26 NetrServerTransportEnum, 27 NetrServerTransportDel,
        28 NetrRemoteTOD, 29 NetrServerSetServiceBits, 30 NetprPathType, 31 NetprPathCanonicalize,
        32 NetprPathCompare, 33 NetprNameValidate, 34 NetprNameCanonicalize, 35 NetprNameCompare,
        36 NetrShareEnumSticky, 37 NetrShareDelStart, 38 NetrShareDelCommit, 39 NetrpGetFileSecurity,
        40 NetrpSetFileSecurity, 41 NetrServerTransportAddEx, 42 NetrServerSetServiceBitsEx, 43 NetrDfsGetVersion,
        44 NetrDfsCreateLocalPartition, 45 NetrDfsDeleteLocalPartition, 46 NetrDfsSetLocalVolumeState,
        47 NetrDfsSetServerInfo, 48 NetrDfsCreateExitPoint, 49 NetrDfsDeleteExitPoint, 50 NetrDfsModifyPrefix,
        51 NetrDfsFixLocalVolume, 52 NetrDfsManagerReportSiteInfo, 53 NetrServerTransportDelEx, 54 NetrServerAliasAdd,
        55 NetrServerAliasEnum, 56 NetrServerAliasDel, 57 NetrShareDelEx,
    }
    // [MS-WKST] 3.2.4
    "6bffd098-a112-3610-9833-46c3f87e345a" "wkssvc" {
        0 NetrWkstaGetInfo, 1 NetrWkstaSetInfo, 2 NetrWkstaUserEnum, 3 NetrWkstaUserGetInfo, 4 NetrWkstaUserSetInfo,
        5 NetrWkstaTransportEnum, 6 NetrWkstaTransportAdd, 7 NetrWkstaTransportDel, 8 NetrUseAdd, 9 NetrUseGetInfo,
        10 NetrUseDel, 11 NetrUseEnum, 12 NetrMessageBufferSend, 13 NetrWorkstationStatisticsGet,
        14 I_NetrLogonDomainNameAdd, 15 I_NetrLogonDomainNameDel, 16 NetrJoinDomain, 17 NetrUnjoinDomain,
        18 NetrRenameMachineInDomain, 19 NetrValidateName, 20 NetrGetJoinInformation, 21 NetrGetJoinableOUs,
        22 NetrJoinDomain2, 23 NetrUnjoinDomain2, 24 NetrRenameMachineInDomain2, 25 NetrValidateName2,
        26 NetrGetJoinableOUs2, 27 NetrAddAlternateComputerName, 28 NetrRemoveAlternateComputerName,
        29 NetrSetPrimaryComputerName, 30 NetrEnumerateComputerNames, 31 NetrJoinDomain3, 32 NetrUnjoinDomain3,
        33 NetrRenameMachineInDomain3, 34 NetrValidateName3, 35 NetrAddAlternateComputerName2,
        36 NetrRemoveAlternateComputerName2, 37 NetrSetPrimaryComputerName2,
    }
    // [MS-DFSNM] 3.1.4
    "4fc742e0-4a10-11cf-8273-00aa004ae673" "netdfs" {
        0 NetrDfsManagerGetVersion, 1 NetrDfsAdd, 2 NetrDfsRemove, 3 NetrDfsSetInfo, 4 NetrDfsGetInfo, 5 NetrDfsEnum,
        6 NetrDfsMove, 10 NetrDfsAddFtRoot, 11 NetrDfsRemoveFtRoot, 12 NetrDfsAddStdRoot, 13 NetrDfsRemoveStdRoot,
        14 NetrDfsManagerInitialize, 15 NetrDfsAddStdRootForced, 16 NetrDfsGetDcAddress, 17 NetrDfsSetDcAddress,
        18 NetrDfsFlushFtTable, 19 NetrDfsAdd2, 20 NetrDfsRemove2, 21 NetrDfsEnumEx, 22 NetrDfsSetInfo2,
        23 NetrDfsAddRootTarget, 24 NetrDfsRemoveRootTarget, 25 NetrDfsGetSupportedNamespaceVersion,
    }
    // [MS-EFSR] 3.1.4: one interface, on the pipes lsarpc and efsrpc
    "c681d488-d850-11d0-8c52-00c04fd90f7e" "efsrpc" {
        0 EfsRpcOpenFileRaw, 1 EfsRpcReadFileRaw, 2 EfsRpcWriteFileRaw, 3 EfsRpcCloseRaw, 4 EfsRpcEncryptFileSrv,
        5 EfsRpcDecryptFileSrv, 6 EfsRpcQueryUsersOnFile, 7 EfsRpcQueryRecoveryAgents, 8 EfsRpcRemoveUsersFromFile,
        9 EfsRpcAddUsersToFile, 11 EfsRpcNotSupported, 12 EfsRpcFileKeyInfo, 13 EfsRpcDuplicateEncryptionInfoFile,
        15 EfsRpcAddUsersToFileEx, 16 EfsRpcFileKeyInfoEx, 18 EfsRpcGetEncryptedFileMetadata,
        19 EfsRpcSetEncryptedFileMetadata, 20 EfsRpcFlushEfsCache, 21 EfsRpcEncryptFileExSrv, 22 EfsRpcQueryProtectors,
    }
    "df1941c5-fe89-4e79-bf10-463657acf44d" "efsrpc" {
        0 EfsRpcOpenFileRaw, 1 EfsRpcReadFileRaw, 2 EfsRpcWriteFileRaw, 3 EfsRpcCloseRaw, 4 EfsRpcEncryptFileSrv,
        5 EfsRpcDecryptFileSrv, 6 EfsRpcQueryUsersOnFile, 7 EfsRpcQueryRecoveryAgents, 8 EfsRpcRemoveUsersFromFile,
        9 EfsRpcAddUsersToFile, 11 EfsRpcNotSupported, 12 EfsRpcFileKeyInfo, 13 EfsRpcDuplicateEncryptionInfoFile,
        15 EfsRpcAddUsersToFileEx, 16 EfsRpcFileKeyInfoEx, 18 EfsRpcGetEncryptedFileMetadata,
        19 EfsRpcSetEncryptedFileMetadata, 20 EfsRpcFlushEfsCache, 21 EfsRpcEncryptFileExSrv, 22 EfsRpcQueryProtectors,
    }
    // [MS-FSRVP] 3.1.4
    "a8e0653c-2744-4389-a61d-7373df8b2292" "fsrvp" {
        0 GetSupportedVersion, 1 SetContext, 2 StartShadowCopySet, 3 AddToShadowCopySet, 4 CommitShadowCopySet,
        5 ExposeShadowCopySet, 6 RecoveryCompleteShadowCopySet, 7 AbortShadowCopySet, 8 IsPathSupported,
        9 IsPathShadowCopied, 10 GetShareMapping, 11 DeleteShareMapping, 12 PrepareShadowCopySet,
    }
    // [MS-DLTW] 3.1.4
    "300f3532-38cc-11d0-a3f0-0020af6b0add" "trkwks" { 12 LnkSearchMachine }
    // [MS-DLTM] 3.1.4
    "4da1c422-943d-11d1-acae-00c04fc2aa3f" "trksvr" { 0 LnkSvrMessage }
    // [MS-SWN] 3.1.4
    "ccd8c074-d0e5-4a40-92b4-d074faa6ba28" "witness" {
        0 WitnessrGetInterfaceList, 1 WitnessrRegister, 2 WitnessrUnRegister, 3 WitnessrAsyncNotify,
        4 WitnessrRegisterEx, 5 WitnessrUnRegisterEx,
    }
    // [MS-DFSRH] 3.1.5
    "4bb8ab1d-9ef9-4100-8eb6-dd4b4e418b72" "IADProxy" { 3 CreateObject, 4 DeleteObject, 5 ModifyObject }
    "c4b0c7d9-abe0-4733-a1e1-9fdedf260c7a" "IADProxy2" {
        3 CreateObject, 4 DeleteObject, 5 ModifyObject, 6 CreateObject, 7 DeleteObject, 8 ModifyObject,
    }
    "e65e8028-83e8-491b-9af7-aaf6bd51a0ce" "IServerHealthReport" {
        3 GetReport, 4 GetCompressedReport, 5 GetRawReportEx, 6 GetReferenceVersionVectors, 8 GetReferenceBacklogCounts,
    }
    "20d15747-6c48-4254-a358-65039fd8c63c" "IServerHealthReport2" {
        3 GetReport, 4 GetCompressedReport, 5 GetRawReportEx, 6 GetReferenceVersionVectors, 8 GetReferenceBacklogCounts,
        9 GetReport, 10 GetCompressedReport,
    }
}
