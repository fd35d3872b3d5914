//! The directory and its replication: [MS-DRSR], [MS-DSSP], [MS-DNSP], [MS-FRS1], [MS-FRS2], and the address book of Exchange.

super::interfaces! {
    // [MS-DRSR] 4.1
    "e3514235-4b06-11d1-ab04-00c04fc2dcd2" "drsuapi" {
        0 IDL_DRSBind, 1 IDL_DRSUnbind, 2 IDL_DRSReplicaSync, 3 IDL_DRSGetNCChanges, 4 IDL_DRSUpdateRefs,
        5 IDL_DRSReplicaAdd, 6 IDL_DRSReplicaDel, 7 IDL_DRSReplicaModify, 8 IDL_DRSVerifyNames, 9 IDL_DRSGetMemberships,
        10 IDL_DRSInterDomainMove, 11 IDL_DRSGetNT4ChangeLog, 12 IDL_DRSCrackNames, 13 IDL_DRSWriteSPN,
        14 IDL_DRSRemoveDsServer, 15 IDL_DRSRemoveDsDomain, 16 IDL_DRSDomainControllerInfo, 17 IDL_DRSAddEntry,
        18 IDL_DRSExecuteKCC, 19 IDL_DRSGetReplInfo, 20 IDL_DRSAddSidHistory, 21 IDL_DRSGetMemberships2,
        22 IDL_DRSReplicaVerifyObjects, 23 IDL_DRSGetObjectExistence, 24 IDL_DRSQuerySitesByCost, 25 IDL_DRSInitDemotion,
        26 IDL_DRSReplicaDemotion, 27 IDL_DRSFinishDemotion, 28 IDL_DRSAddCloneDC, 29 IDL_DRSWriteNgcKey,
        30 IDL_DRSReadNgcKey,
    }
    // [MS-DRSR] 4.2
    "7c44d7d4-31d5-424c-bd5e-2b3e1f323d22" "dsaop" { 0 IDL_DSAPrepareScript, 1 IDL_DSAExecuteScript }
    // [MS-DSSP] 3.2.5
    "3919286a-b10c-11d0-9ba8-00c04fd92ef5" "dssetup" {
        0 DsRolerGetPrimaryDomainInformation, 1 DsRolerDnsNameToFlatName, 2 DsRolerDcAsDc, 3 DsRolerDcAsReplica,
        4 DsRolerDemoteDc, 5 DsRolerGetDcOperationProgress, 6 DsRolerGetDcOperationResults, 7 DsRolerCancel,
        8 DsRolerServerSaveStateForUpgrade, 9 DsRolerUpgradeDownlevelServer, 10 DsRolerAbortDownlevelServerUpgrade,
    }
    // [MS-DNSP] 3.1.4
    "50abc2a4-574d-40b3-9d66-ee4fd5fba076" "dnsserver" {
        0 R_DnssrvOperation, 1 R_DnssrvQuery, 2 R_DnssrvComplexOperation, 3 R_DnssrvEnumRecords, 4 R_DnssrvUpdateRecord,
        5 R_DnssrvOperation2, 6 R_DnssrvQuery2, 7 R_DnssrvComplexOperation2, 8 R_DnssrvEnumRecords2,
        9 R_DnssrvUpdateRecord2, 10 R_DnssrvUpdateRecord3, 11 R_DnssrvEnumRecords3, 12 R_DnssrvOperation3,
        13 R_DnssrvQuery3, 14 R_DnssrvComplexOperation3, 15 R_DnssrvOperation4, 16 R_DnssrvQuery4,
        17 R_DnssrvUpdateRecord4, 18 R_DnssrvEnumRecords4,
    }
    // [MS-FRS1] 3.3.4
    "f5cc59b4-4264-101a-8c59-08002b2f8426" "frsrpc" {
        0 FrsRpcSendCommPkt, 1 FrsRpcVerifyPromotionParent, 2 FrsRpcStartPromotionParent, 3 FrsNOP,
    }
    // [MS-FRS1] 3.2.4
    "d049b186-814f-11d1-9a3c-00c04fc9b232" "frsapi" {
        4 NtFrsApi_Rpc_Set_DsPollingIntervalW, 5 NtFrsApi_Rpc_Get_DsPollingIntervalW, 7 NtFrsApi_Rpc_InfoW,
        8 NtFrsApi_Rpc_IsPathReplicated, 9 NtFrsApi_Rpc_WriterCommand, 10 NtFrsApi_Rpc_ForceReplication,
    }
    // [MS-FRS2] 3.2.4
    "897e2e5f-93f3-4376-9c9c-fd2277495c27" "frstrans" {
        0 CheckConnectivity, 1 EstablishConnection, 2 EstablishSession, 3 RequestUpdates, 4 RequestVersionVector,
        5 AsyncPoll, 6 RequestRecords, 7 UpdateCancel, 8 RawGetFileData, 9 RdcGetSignatures, 10 RdcPushSourceNeeds,
        11 RdcGetFileData, 12 RdcClose, 13 InitializeFileTransferAsync, 15 RawGetFileDataAsync, 16 RdcGetFileDataAsync,
        17 RdcFileDataTransferKeepAlive,
    }
    // [MS-NSPI], [MS-OXNSPI] 3.1.4
    "f5cc5a18-4264-101a-8c59-08002b2f8426" "nspi" {
        0 NspiBind, 1 NspiUnbind, 2 NspiUpdateStat, 3 NspiQueryRows, 4 NspiSeekEntries, 5 NspiGetMatches,
        6 NspiResortRestriction, 7 NspiDNToMId, 8 NspiGetPropList, 9 NspiGetProps, 10 NspiCompareMIds, 11 NspiModProps,
        12 NspiGetSpecialTable, 13 NspiGetTemplateInfo, 14 NspiModLinkAtt, 16 NspiQueryColumns, 17 NspiGetNamesFromIDs,
        18 NspiGetIDsFromNames, 19 NspiResolveNames, 20 NspiResolveNamesW,
    }
    // [MS-OXABREF] 3.1.4
    "1544f5e0-613c-11d1-93df-00c04fd7bd09" "rfri" { 0 RfrGetNewDSA, 1 RfrGetFQDNFromServerDN }
    // [MS-OXCRPC] 3.1.4
    "a4f1db00-ca47-1067-b31f-00dd010662da" "emsmdb" {
        1 EcDoDisconnect, 4 EcRRegisterPushNotification, 6 EcDummyRpc, 10 EcDoConnectEx, 11 EcDoRpcExt2,
        14 EcDoAsyncConnectEx,
    }
    // [MS-OXCRPC] 3.3.4
    "5261574a-4572-206e-b268-6b199213b4e4" "asyncemsmdb" { 0 EcDoAsyncWaitEx }
}
