//! Interfaces of Windows that no Open Specifications document describes; names are those that packet analysers and
//! published studies agree on. An interface without operations is known by name alone.

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
    "12b81e99-f207-4a4c-85d3-77b42f76fd14" "ISeclogon" {
        0 SeclCreateProcessWithLogonW, 1 SeclCreateProcessWithLogonExW,
    }
    // Cryptographic services, on the pipe keysvc
    "8d0ffe72-d252-11d0-bf8f-00c04fd9126b" "IKeySvc" {
        0 KeyrOpenKeyService, 1 KeyrEnumerateProviders, 2 KeyrEnumerateProviderTypes, 3 KeyrEnumerateProvContainers,
        4 KeyrCloseKeyService, 5 KeyrGetDefaultProvider, 6 KeyrSetDefaultProvider, 7 KeyrEnroll, 8 KeyrExportCert,
        9 KeyrImportCert, 10 KeyrEnumerateAvailableCertTypes, 11 KeyrEnumerateCAs, 12 KeyrEnroll_V2,
        13 KeyrQueryRequestStatus,
    }
    "68b58241-c259-4f03-a2e5-a2651dcbc930" "IKeySvc2" { 0 KSrSubmitRequest, 1 KSrGetTemplates, 2 KSrGetCAs }
    "0d72a7d4-6148-11d1-b4aa-00c04fb66ea0" "ICertProtect" { 0 SSCertProtectFunction }
    "f50aac00-c7f3-428e-a022-a6b71bfb9d43" "ICatDBSvc" {
        0 SSCatDBAddCatalog, 1 SSCatDBDeleteCatalog, 2 SSCatDBEnumCatalogs, 3 SSCatDBRegisterForChangeNotification,
        5 SSCatDBRebuildDatabase,
    }
    // Protected storage and DPAPI on the machine itself
    "c9378ff1-16f7-11d0-a0b2-00aa0061426a" "IPStorage" {}
    "11220835-5b26-4d94-ae86-c3e475a809de" "ICryptProtect" {}
    "5cbe92cb-f4be-45c9-9fc9-33e73e557b20" "PasswordRecovery" {}
    // Security configuration engine, on the pipe scerpc
    "93149ca2-973b-11d1-8c39-00c04fb984f9" "SceSvc" {}
    // Key management service: Windows activation
    "51c82175-844e-4750-b0d8-ec255555bc06" "KMS" { 0 RequestActivation }
    // DHCP clients
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d5" "RpcSrvDHCPC" {
        0 RpcSrvEnableDhcp, 1 RpcSrvRenewLease, 2 RpcSrvRenewLeaseByBroadcast, 3 RpcSrvReleaseLease,
        4 RpcSrvSetFallbackParams, 5 RpcSrvGetFallbackParams, 6 RpcSrvFallbackRefreshParams,
        7 RpcSrvStaticRefreshParams, 8 RpcSrvRemoveDnsRegistrations, 9 RpcSrvRequestParams,
        10 RpcSrvPersistentRequestParams, 11 RpcSrvRegisterParams, 12 RpcSrvDeRegisterParams, 13 RpcSrvEnumInterfaces,
        14 RpcSrvQueryLeaseInfo, 15 RpcSrvSetClassId, 16 RpcSrvGetClassId, 17 RpcSrvSetClientId, 18 RpcSrvGetClientId,
        19 RpcSrvNotifyMediaReconnected, 20 RpcSrvGetOriginalSubnetMask, 21 RpcSrvSetMSFTVendorSpecificOptions,
        22 RpcSrvRequestCachedParams, 23 RpcSrvRegisterConnectionStateNotification,
        24 RpcSrvDeRegisterConnectionStateNotification, 25 RpcSrvGetNotificationStatus,
        26 RpcSrvGetDhcpServicedConnections,
    }
    "3c4728c5-f0ab-448b-bda1-6ce01eb0a6d6" "dhcpcsvc6" {
        0 RpcSrvRequestPrefix, 1 RpcSrvRenewPrefix, 2 RpcSrvReleasePrefix, 3 RpcSrvRequestParams,
    }
    // License logging, on the pipe llsrpc
    "342cfd40-3c6c-11ce-a893-08002b2e9c6d" "llsrpc" {
        0 LlsrConnect, 1 LlsrClose, 2 LlsrLicenseEnumW, 3 LlsrLicenseEnumA, 4 LlsrLicenseAddW, 5 LlsrLicenseAddA,
        6 LlsrProductEnumW, 7 LlsrProductEnumA, 8 LlsrProductAddW, 9 LlsrProductAddA, 10 LlsrProductUserEnumW,
        11 LlsrProductUserEnumA, 12 LlsrProductServerEnumW, 13 LlsrProductServerEnumA, 14 LlsrProductLicenseEnumW,
        15 LlsrProductLicenseEnumA, 16 LlsrUserEnumW, 17 LlsrUserEnumA, 18 LlsrUserInfoGetW, 19 LlsrUserInfoGetA,
        20 LlsrUserInfoSetW, 21 LlsrUserInfoSetA, 22 LlsrUserDeleteW, 23 LlsrUserDeleteA, 24 LlsrUserProductEnumW,
        25 LlsrUserProductEnumA, 26 LlsrUserProductDeleteW, 27 LlsrUserProductDeleteA, 28 LlsrMappingEnumW,
        29 LlsrMappingEnumA, 30 LlsrMappingInfoGetW, 31 LlsrMappingInfoGetA, 32 LlsrMappingInfoSetW,
        33 LlsrMappingInfoSetA, 34 LlsrMappingUserEnumW, 35 LlsrMappingUserEnumA, 36 LlsrMappingUserAddW,
        37 LlsrMappingUserAddA, 38 LlsrMappingUserDeleteW, 39 LlsrMappingUserDeleteA, 40 LlsrMappingAddW,
        41 LlsrMappingAddA, 42 LlsrMappingDeleteW, 43 LlsrMappingDeleteA, 44 LlsrServerEnumW, 45 LlsrServerEnumA,
        46 LlsrServerProductEnumW, 47 LlsrServerProductEnumA, 48 LlsrLocalProductEnumW, 49 LlsrLocalProductEnumA,
        50 LlsrLocalProductInfoGetW, 51 LlsrLocalProductInfoGetA, 52 LlsrLocalProductInfoSetW,
        53 LlsrLocalProductInfoSetA, 54 LlsrServiceInfoGetW, 55 LlsrServiceInfoGetA, 56 LlsrServiceInfoSetW,
        57 LlsrServiceInfoSetA, 58 LlsrReplConnect, 59 LlsrReplClose, 60 LlsrReplicationRequestW,
        61 LlsrReplicationServerAddW, 62 LlsrReplicationServerServiceAddW, 63 LlsrReplicationServiceAddW,
        64 LlsrReplicationUserAddW, 65 LlsrProductSecurityGetW, 66 LlsrProductSecurityGetA, 67 LlsrProductSecuritySetW,
        68 LlsrProductSecuritySetA, 69 LlsrProductLicensesGetA, 70 LlsrProductLicensesGetW,
        71 LlsrCertificateClaimEnumA, 72 LlsrCertificateClaimEnumW, 73 LlsrCertificateClaimAddCheckA,
        74 LlsrCertificateClaimAddCheckW, 75 LlsrCertificateClaimAddA, 76 LlsrCertificateClaimAddW,
        77 LlsrReplicationCertDbAddW, 78 LlsrReplicationProductSecurityAddW, 79 LlsrReplicationUserAddExW,
        80 LlsrCapabilityGet, 81 LlsrLocalServiceEnumW, 82 LlsrLocalServiceEnumA, 83 LlsrLocalServiceAddA,
        84 LlsrLocalServiceAddW, 85 LlsrLocalServiceInfoSetW, 86 LlsrLocalServiceInfoSetA, 87 LlsrLocalServiceInfoGetW,
        88 LlsrLocalServiceInfoGetA, 89 LlsrCloseEx,
    }
    "57674cd0-5200-11ce-a897-08002b2e9c6d" "lls_license" { 0 LlsrLicenseRequestW, 1 LlsrLicenseFree }
    // Name service of RPC
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c3" "NsiS" { 0 nsi_binding_export, 1 nsi_binding_unexport }
    "d3fbb514-0e3b-11cb-8fad-08002b1d29c3" "NsiC" {
        0 nsi_binding_lookup_begin, 1 nsi_binding_lookup_done, 2 nsi_binding_lookup_next, 3 nsi_mgmt_handle_set_exp_age,
    }
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c4" "NsiM" {
        0 nsi_group_delete, 1 nsi_group_mbr_add, 2 nsi_group_mbr_remove, 3 nsi_group_mbr_inq_begin,
        4 nsi_group_mbr_inq_next, 5 nsi_group_mbr_inq_done, 6 nsi_profile_delete, 7 nsi_profile_elt_add,
        8 nsi_profile_elt_remove, 9 nsi_profile_elt_inq_begin, 10 nsi_profile_elt_inq_next, 11 nsi_profile_elt_inq_done,
        12 nsi_entry_object_inq_begin, 13 nsi_entry_object_inq_next, 14 nsi_entry_object_inq_done,
        15 nsi_entry_expand_name, 16 nsi_mgmt_binding_unexport, 17 nsi_mgmt_entry_delete, 18 nsi_mgmt_entry_create,
        19 nsi_mgmt_entry_inq_if_ids, 20 nsi_mgmt_inq_exp_age, 21 nsi_mgmt_inq_set_age,
    }
    // SSDP, WebDAV, Windows audio, file protection, dynamic data exchange
    "4b112204-0e19-11d3-b42b-0000f81feb9f" "ssdpsrv" {}
    "c8cb7687-e6d3-11d2-a958-00c04f682e16" "davclntrpc" {}
    "3faf4738-3a21-4307-b46c-fdda9bb8c0d5" "AudioSrv" {
        0 gfxCreateZoneFactoriesList, 1 gfxCreateGfxFactoriesList, 2 gfxCreateGfxList, 3 gfxRemoveGfx, 4 gfxAddGfx,
        5 gfxModifyGx, 6 gfxOpenGfx, 7 gfxLogon, 8 gfxLogoff, 9 winmmRegisterSessionNotificationEvent,
        10 winmmUnregisterSessionNotification, 11 winmmSessionConnectState, 12 wdmDriverOpenDrvRegKey,
        13 winmmAdvisePreferredDeviceChange, 14 winmmGetPnpInfo,
    }
    "83da7c00-e84f-11d2-9807-00c04f8ec850" "sfcapi" {
        0 SfcSrv_GetNextProtectedFile, 1 SfcSrv_IsFileProtected, 2 SfcSrv_FileException, 3 SfcSrv_InitiateScan,
        4 SfcSrv_PurgeCache, 5 SfcSrv_SetCacheSize, 6 SfcSrv_SetDisable, 7 SfcSrv_InstallProtectedFiles,
    }
    "2f5f3220-c126-1076-b549-074d078619da" "nddeapi" {
        0 NDdeShareAddW, 1 NDdeShareDelA, 2 NDdeShareDelW, 3 NDdeGetShareSecurityA, 4 NDdeGetShareSecurityW,
        5 NDdeSetShareSecurityA, 6 NDdeSetShareSecurityW, 7 NDdeShareEnumA, 8 NDdeShareEnumW, 9 NDdeShareGetInfoW,
        10 NDdeShareSetInfoW, 11 NDdeSetTrustedShareA, 12 NDdeSetTrustedShareW, 13 NDdeGetTrustedShareA,
        14 NDdeGetTrustedShareW, 15 NDdeTrustedShareEnumA, 16 NDdeTrustedShareEnumW, 18 NDdeSpecialCommand,
    }
    // Idle tasks of the task scheduler
    "0a74ef1c-41a4-4e06-83ae-dc74fb1cdd53" "idletask" {
        0 ItSrvRegisterIdleTask, 1 ItSrvUnregisterIdleTask, 2 ItSrvProcessIdleTasks, 3 ItSrvSetDetectionParameters,
    }
    // Windows audio since Vista; names that tables have for two numbers are left out
    "c386ca3e-9061-4a72-821e-498d83be188f" "AudioRpc" {
        0 AudioServerConnect, 2 AudioServerInitialize, 3 AudioServerGetAudioSession, 4 AudioServerCreateStream,
        5 AudioServerDestroyStream, 6 AudioServerGetStreamLatency, 8 AudioServerIsFormatSupported,
        11 AudioSessionGetProcessId, 12 AudioSessionGetState, 13 AudioSessionGetLastActivation,
        14 AudioSessionGetLastInactivation, 15 AudioSessionIsSystemSoundsSession, 17 AudioSessionSetDisplayName,
        18 AudioSessionGetSessionClass, 19 AudioSessionSetSessionClass, 20 AudioSessionGetVolume,
        21 AudioSessionSetVolume, 22 AudioSessionGetMute, 23 AudioSessionSetMute, 24 AudioSessionGetChannelCount,
        25 AudioSessionSetChannelVolume, 26 AudioSessionGetChannelVolume, 27 AudioSessionSetAllVolumes,
        28 AudioSessionGetAllVolumes, 31 PolicyConfigGetDeviceFormat, 32 PolicyConfigSetDeviceFormat,
        34 PolicyConfigSetProcessingPeriod, 35 PolicyConfigGetShareMode, 36 PolicyConfigSetShareMode,
        37 GetAudioSessionManager, 38 AudioSessionManagerDestroy, 39 AudioSessionManagerGetAudioSession,
        40 AudioSessionManagerGetCurrentSession, 41 AudioSessionManagerGetExistingSession,
        43 AudioSessionManagerDeleteAudioSessionClientNotification, 45 AudioVolumeConnect, 46 AudioVolumeDisconnect,
        47 AudioVolumeGetChannelCount, 48 AudioVolumeSetMasterVolumeLevel, 49 AudioVolumeSetMasterVolumeLevelScalar,
        50 AudioVolumeGetMasterVolumeLevel, 52 AudioVolumeSetChannelVolumeLevel,
        53 AudioVolumeSetChannelVolumeLevelScalar, 54 AudioVolumeGetChannelVolumeLevel,
        55 AudioVolumeGetChannelVolumeLevelScalar, 56 AudioVolumeSetMute, 58 AudioVolumeAddMasterVolumeNotification,
        59 AudioVolumeDeleteMasterVolumeNotification, 60 AudioMeterGetAverageRMS, 61 AudioMeterGetChannelsRMS,
        62 AudioMeterGetPeakValue, 63 AudioMeterGetChannelsPeakValues, 64 AudioVolumeGetStepInfo, 65 AudioVolumeStepUp,
        66 AudioVolumeStepDown,
    }
}
