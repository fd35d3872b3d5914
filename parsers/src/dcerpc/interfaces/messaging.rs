//! Messages and queues: [MS-MSRP], [MS-MQMP], [MS-MQQP], [MS-MQRR], [MS-MQDS].

super::interfaces! {
    // [MS-MSRP] 3.1.4
    "17fdd703-1827-4e34-79d4-24a55c53bb37" "msgsvc" {
        0 NetrMessageNameAdd, 1 NetrMessageNameEnum, 2 NetrMessageNameGetInfo, 3 NetrMessageNameDel,
    }
    // [MS-MSRP] 3.2.4
    "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc" "msgsvcsend" { 0 NetrSendMessage }
    // [MS-MQRR] 3.1.4
    "1a9134dd-7b39-45ba-ad88-44d01ca47f28" "RemoteRead" {
        0 R_GetServerPort, 2 R_OpenQueue, 3 R_CreateCursor, 4 R_CloseCursor, 5 R_PurgeQueue, 6 R_StartReceive,
        7 R_CancelReceive, 8 R_EndReceive, 9 R_MoveMessage, 10 R_OpenQueueForMove, 11 R_QMEnlistRemoteTransaction,
        12 R_StartTransactionalReceive, 13 R_SetUserAcknowledgementClass, 14 R_EndTransactionalReceive,
    }
    // [MS-MQQP] 3.1.4
    "1088a980-eae5-11d0-8d9b-00a02453c337" "qm2qm" {
        0 RemoteQMStartReceive, 1 RemoteQMEndReceive, 2 RemoteQMOpenQueue, 3 RemoteQMCloseQueue, 4 RemoteQMCloseCursor,
        5 RemoteQMCancelReceive, 6 RemoteQMPurgeQueue, 7 RemoteQMGetQMQMServerPort, 8 RemoteQmGetVersion,
        9 RemoteQMStartReceive2, 10 RemoteQMStartReceiveByLookupId,
    }
    // [MS-MQMP]
    "fdb3a030-065f-11d1-bb9b-00a024ea5525" "qmcomm" {}
    "76d12b80-3467-11d3-91ff-0090272f9ea3" "qmcomm2" {}
    // [MS-MQDS]
    "77df7a80-f298-11d0-8358-00a024c480a8" "dscomm" {}
}
