//! Messages and queues: [MS-MSRP], [MS-MQMP], [MS-MQQP], [MS-MQRR], [MS-MQDS], [MS-MQMR].

super::interfaces! {
    // [MS-MSRP] 3.1.4
    "17fdd703-1827-4e34-79d4-24a55c53bb37" "msgsvc" {
        0 NetrMessageNameAdd, 1 NetrMessageNameEnum, 2 NetrMessageNameGetInfo, 3 NetrMessageNameDel,
    }
    // [MS-MSRP] 3.2.4
    "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc" "msgsvcsend" { 0 NetrSendMessage }
    // [MS-MQRR] 3.1.4
    "1a9134dd-7b39-45ba-ad88-44d01ca47f28" "RemoteRead" {
        0 R_GetServerPort, 2 R_OpenQueue, 3 R_CloseQueue, 4 R_CreateCursor, 5 R_CloseCursor, 6 R_PurgeQueue,
        7 R_StartReceive, 8 R_CancelReceive, 9 R_EndReceive, 10 R_MoveMessage, 11 R_OpenQueueForMove,
        12 R_QMEnlistRemoteTransaction, 13 R_StartTransactionalReceive, 14 R_SetUserAcknowledgementClass,
        15 R_EndTransactionalReceive,
    }
    // [MS-MQQP] 3.1.4
    "1088a980-eae5-11d0-8d9b-00a02453c337" "qm2qm" {
        0 RemoteQMStartReceive, 1 RemoteQMEndReceive, 2 RemoteQMOpenQueue, 3 RemoteQMCloseQueue, 4 RemoteQMCloseCursor,
        5 RemoteQMCancelReceive, 6 RemoteQMPurgeQueue, 7 RemoteQMGetQMQMServerPort, 8 RemoteQmGetVersion,
        9 RemoteQMStartReceive2, 10 RemoteQMStartReceiveByLookupId,
    }
    // [MS-MQMP] 3.1.4, 3.1.5
    "fdb3a030-065f-11d1-bb9b-00a024ea5525" "qmcomm" {
        1 R_QMGetRemoteQueueName, 2 R_QMOpenRemoteQueue, 3 R_QMCloseRemoteQueueContext, 4 R_QMCreateRemoteCursor,
        6 R_QMCreateObjectInternal, 7 R_QMSetObjectSecurityInternal, 8 R_QMGetObjectSecurityInternal,
        9 R_QMDeleteObject, 10 R_QMGetObjectProperties, 11 R_QMSetObjectProperties, 12 R_QMObjectPathToObjectFormat,
        14 R_QMGetTmWhereabouts, 15 R_QMEnlistTransaction, 16 R_QMEnlistInternalTransaction, 17 R_QMCommitTransaction,
        18 R_QMAbortTransaction, 19 rpc_QMOpenQueueInternal, 20 rpc_ACCloseHandle, 22 rpc_ACCloseCursor,
        23 rpc_ACSetCursorProperties, 26 rpc_ACHandleToFormatName, 27 rpc_ACPurgeQueue, 28 R_QMQueryQMRegistryInternal,
        31 R_QMGetRTQMServerPort,
    }
    "76d12b80-3467-11d3-91ff-0090272f9ea3" "qmcomm2" {
        0 QMSendMessageInternalEx, 1 rpc_ACSendMessageEx, 2 rpc_ACReceiveMessageEx, 3 rpc_ACCreateCursorEx,
    }
    // [MS-MQDS]
    "77df7a80-f298-11d0-8358-00a024c480a8" "dscomm" {
        0 S_DSCreateObject, 1 S_DSDeleteObject, 2 S_DSGetProps, 3 S_DSSetProps, 4 S_DSGetObjectSecurity,
        5 S_DSSetObjectSecurity, 6 S_DSLookupBegin, 7 S_DSLookupNext, 8 S_DSLookupEnd, 10 S_DSDeleteObjectGuid,
        11 S_DSGetPropsGuid, 12 S_DSSetPropsGuid, 13 S_DSGetObjectSecurityGuid, 14 S_DSSetObjectSecurityGuid,
        19 S_DSQMSetMachineProperties, 20 S_DSCreateServersCache, 21 S_DSQMSetMachinePropertiesSignProc,
        22 S_DSQMGetObjectSecurity, 23 S_DSQMGetObjectSecurityChallengeResponceProc, 24 S_InitSecCtx,
        25 S_DSValidateServer, 26 S_DSCloseServerHandle, 30 S_DSGetServerPort,
    }
    "708cca10-9569-11d1-b2a5-0060977d8118" "dscomm2" {
        0 S_DSGetComputerSites, 1 S_DSGetPropsEx, 2 S_DSGetPropsGuidEx, 3 S_DSBeginDeleteNotification,
        4 S_DSNotifyDelete, 5 S_DSEndDeleteNotification, 6 S_DSIsServerGC, 8 S_DSGetGCListInDomain,
    }
    // [MS-MQMR] 3.1.4
    "41208ee0-e970-11d1-9b9e-00e02c064c39" "qmmgmt" { 0 R_QMMgmtGetInfo, 1 R_QMMgmtAction }
}
