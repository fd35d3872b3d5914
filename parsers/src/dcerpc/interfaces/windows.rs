//! Interfaces of Windows that no Open Specifications document describes; names are those that packet analysers agree on.

super::interfaces! {
    // Plug and Play, on the pipe ntsvcs
    "8d9f4e40-a03d-11ce-8f69-08003e30051b" "pnp" {
        0 PNP_Disconnect, 1 PNP_Connect, 2 PNP_GetVersion, 3 PNP_GetGlobalState, 4 PNP_InitDetection,
        5 PNP_ReportLogOn, 6 PNP_ValidateDeviceInstance, 7 PNP_GetRootDeviceInstance, 8 PNP_GetRelatedDeviceInstance,
        9 PNP_EnumerateSubKeys, 10 PNP_GetDeviceList, 11 PNP_GetDeviceListSize, 12 PNP_GetDepth,
        13 PNP_GetDeviceRegProp, 14 PNP_SetDeviceRegProp, 15 PNP_GetClassInstance, 16 PNP_CreateKey,
        17 PNP_DeleteRegistryKey, 18 PNP_GetClassCount, 19 PNP_GetClassName, 20 PNP_DeleteClassKey,
        21 PNP_GetInterfaceDeviceAlias, 22 PNP_GetInterfaceDeviceList, 23 PNP_GetInterfaceDeviceListSize,
        24 PNP_RegisterDeviceClassAssociation, 25 PNP_UnregisterDeviceClassAssociation, 26 PNP_GetClassRegProp,
        27 PNP_SetClassRegProp, 28 PNP_CreateDevInst, 29 PNP_DeviceInstanceAction, 30 PNP_GetDeviceStatus,
        31 PNP_SetDeviceProblem, 32 PNP_DisableDevInst, 33 PNP_UninstallDevInst, 34 PNP_AddID, 35 PNP_RegisterDriver,
        36 PNP_QueryRemove, 37 PNP_RequestDeviceEject, 38 PNP_IsDockStationPresent, 39 PNP_RequestEjectPC,
        40 PNP_HwProfFlags, 41 PNP_GetHwProfInfo, 42 PNP_AddEmptyLogConf, 43 PNP_FreeLogConf, 44 PNP_GetFirstLogConf,
        45 PNP_GetNextLogConf, 46 PNP_GetLogConfPriority, 47 PNP_AddResDes, 48 PNP_FreeResDes, 49 PNP_GetNextResDes,
        50 PNP_GetResDesData, 51 PNP_GetResDesDataSize, 52 PNP_ModifyResDes, 53 PNP_DetectResourceConflict,
        54 PNP_QueryResConfList, 55 PNP_SetHwProf, 56 PNP_QueryArbitratorFreeData, 57 PNP_QueryArbitratorFreeSize,
        58 PNP_RunDetection, 59 PNP_RegisterNotification, 60 PNP_UnregisterNotification, 61 PNP_GetCustomDevProp,
        62 PNP_GetVersionInternal, 63 PNP_GetBlockedDriverInfo, 64 PNP_GetServerSideDeviceInstallFlags,
        65 PNP_GetObjectPropKeys, 66 PNP_GetObjectProp, 67 PNP_SetObjectProp, 68 PNP_InstallDevInst,
        69 PNP_ApplyPowerSettings, 70 PNP_DriverStoreAddDriverPackage, 71 PNP_DriverStoreDeleteDriverPackage,
        72 PNP_RegisterServiceNotification, 73 PNP_SetActiveService, 74 PNP_DeleteServiceDevices,
    }
    // Secondary logon: runas
    "12b81e99-f207-4a4c-85d3-77b42f76fd14" "ISeclogon" { 0 SeclCreateProcessWithLogonW }
    // Cryptographic services, on the pipe keysvc
    "8d0ffe72-d252-11d0-bf8f-00c04fd9126b" "IKeySvc" {}
    "68b58241-c259-4f03-a2e5-a2651dcbc930" "IKeySvc2" {}
    "0d72a7d4-6148-11d1-b4aa-00c04fb66ea0" "ICertProtect" {}
    "f50aac00-c7f3-428e-a022-a6b71bfb9d43" "ICatDBSvc" {}
    // Protected storage and DPAPI on the machine itself
    "c9378ff1-16f7-11d0-a0b2-00aa0061426a" "IPStorage" {}
    "11220835-5b26-4d94-ae86-c3e475a809de" "ICryptProtect" {}
    "5cbe92cb-f4be-45c9-9fc9-33e73e557b20" "PasswordRecovery" {}
    // Security configuration engine, on the pipe scerpc
    "93149ca2-973b-11d1-8c39-00c04fb984f9" "SceSvc" {}
    // Key management service: Windows activation
    "51c82175-844e-4750-b0d8-ec255555bc06" "KMS" { 0 RequestActivation }
    // DHCP clients
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d5" "RpcSrvDHCPC" {}
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d6" "dhcpcsvc6" {}
    // License logging, on the pipe llsrpc
    "342cfd40-3c6c-11ce-a893-08002b2e9c6d" "llsrpc" {}
    "57674cd0-5200-11ce-a897-08002b2e9c6d" "lls_license" { 0 LlsrLicenseRequestW, 1 LlsrLicenseFree }
    // Name service of RPC
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c3" "NsiS" {}
    "d3fbb514-0e3b-11cb-8fad-08002b1d29c3" "NsiC" {}
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c4" "NsiM" {}
    // SSDP, WebDAV, Windows audio, file protection, dynamic data exchange
    "4b112204-0e19-11d3-b42b-0000f81feb9f" "ssdpsrv" {}
    "c8cb7687-e6d3-11d2-a958-00c04f682e16" "davclntrpc" {}
    "3faf4738-3a21-4307-b46c-fdda9bb8c0d5" "AudioSrv" {}
    "83da7c00-e84f-11d2-9807-00c04f8ec850" "sfcapi" {}
    "2f5f3220-c126-1076-b549-074d078619da" "nddeapi" {}
    // Idle tasks of the task scheduler
    "0a74ef1c-41a4-4e06-83ae-dc74fb1cdd53" "idletask" {
        0 ItSrvRegisterIdleTask, 1 ItSrvUnregisterIdleTask, 2 ItSrvProcessIdleTasks, 3 ItSrvSetDetectionParameters,
    }
}
