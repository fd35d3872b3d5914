//! RPC's own interfaces: C706 appendices O and Q, [MS-RPCL].

super::interfaces! {
    // C706 appendix O
    "e1af8308-5d1f-11c9-91a4-08002b14a0fa" "epmapper" {
        0 ept_insert, 1 ept_delete, 2 ept_lookup, 3 ept_map, 4 ept_lookup_handle_free, 5 ept_inq_object,
        6 ept_mgmt_delete, 7 ept_map_auth, 8 ept_map_auth_async,
    }
    // C706 appendix Q
    "afa8bd80-7d8a-11c9-bef4-08002b102989" "mgmt" {
        0 rpc__mgmt_inq_if_ids, 1 rpc__mgmt_inq_stats, 2 rpc__mgmt_is_server_listening,
        3 rpc__mgmt_stop_server_listening, 4 rpc__mgmt_inq_princ_name,
    }
    // [MS-RPCL] 3.1.4
    "e33c0cc4-0482-101a-bc0c-02608c6ba218" "loctoloc" {
        0 I_nsi_lookup_begin, 1 I_nsi_lookup_done, 2 I_nsi_lookup_next, 3 I_nsi_entry_object_inq_next,
        4 I_nsi_ping_locator, 5 I_nsi_entry_object_inq_done, 6 I_nsi_entry_object_inq_begin,
    }
    // The endpoint mapper for processes of its own machine, and debugging; no document
    "0b0a6584-9e0f-11cf-a3cf-00805f68cb1b" "localepmp" {
        0 OpenEndpointMapper, 1 AllocateReservedIPPort, 2 ept_insert_ex, 3 ept_delete_ex, 4 SetRestrictRemoteClients,
        5 ResetWithNoAuthException,
    }
    "1d55b526-c137-46c5-ab79-638f2a68e869" "DbgIdl" {
        0 GetCellByDebugCellID, 1 OpenRPCDebugCallInfoEnumeration, 2 GetNextRPCDebugCallInfo,
        3 FinishRPCDebugCallInfoEnumeration, 4 OpenRPCDebugEndpointInfoEnumeration, 5 GetNextRPCDebugEndpointInfo,
        6 FinishRPCDebugEndpointInfoEnumeration, 7 OpenRPCDebugThreadInfoEnumeration, 8 GetNextRPCDebugThreadInfo,
        9 FinishRPCDebugThreadInfoEnumeration, 10 OpenRPCDebugClientCallInfoEnumeration,
        11 GetNextRPCDebugClientCallInfo, 12 FinishRPCDebugClientCallInfoEnumeration,
    }
}
