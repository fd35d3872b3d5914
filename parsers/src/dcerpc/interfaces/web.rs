//! Internet information services: [MS-IRP], [MS-IMSA], [MS-IISS], [MC-IISA].

use super::com::DISPATCH;
use super::{Operations, operations};

const MS_ADMIN_BASE_W: Operations = operations! {
    3 AddKey, 4 DeleteKey, 5 DeleteChildKeys, 6 EnumKeys, 7 CopyKey, 8 RenameKey, 9 R_SetData, 10 R_GetData,
    11 DeleteData, 12 R_EnumData, 13 R_GetAllData, 14 DeleteAllData, 15 CopyData, 16 GetDataPaths, 17 OpenKey,
    18 CloseKey, 19 ChangePermissions, 20 SaveData, 21 GetHandleInfo, 22 GetSystemChangeNumber, 23 GetDataSetNumber,
    24 SetLastChangeTime, 25 GetLastChangeTime, 26 R_KeyExchangePhase1, 27 R_KeyExchangePhase2, 28 Backup, 29 Restore,
    30 EnumBackups, 31 DeleteBackup, 32 UnmarshalInterface, 33 R_GetServerGuid,
};
const MS_ADMIN_BASE2_W: Operations = operations! {
    34 BackupWithPasswd, 35 RestoreWithPasswd, 36 Export, 37 Import, 38 RestoreHistory, 39 EnumHistory,
};
const WAM_ADMIN: Operations = operations! {
    3 AppCreate, 4 AppDelete, 5 AppUnLoad, 6 AppGetStatus, 7 AppDeleteRecoverable, 8 AppRecover,
};
const APP_HOST_CONSTANT_VALUE: Operations = operations! { 3 get_Name, 4 get_Value };
const APP_HOST_PROPERTY_SCHEMA_COLLECTION: Operations = operations! { 3 get_Count, 4 get_Item };
const APP_HOST_CONFIG_EXCEPTION: Operations = operations! {
    3 get_LineNumber, 4 get_FileName, 5 get_ConfigPath, 6 get_ErrorLine, 7 get_PreErrorLine, 8 get_PostErrorLine,
    9 get_ErrorString,
};
const APP_HOST_ADMIN_MANAGER: Operations = operations! {
    3 GetAdminSection, 4 GetMetadata, 5 SetMetadata, 6 get_ConfigManager,
};

super::interfaces! {
    // [MS-IRP] 3.1.5
    "82ad4280-036b-11cf-972c-00aa006887b0" "inetinfo" {
        3 R_InetInfoSetAdminInformation, 4 R_InetInfoGetGlobalAdminInformation, 5 R_InetInfoSetGlobalAdminInformation,
        6 R_InetInfoQueryStatistics, 7 R_InetInfoClearStatistics, 8 R_InetInfoFlushMemoryCache,
        9 R_InetInfoGetServerCapabilities, 10 R_W3QueryStatistics2, 11 R_W3ClearStatistics2, 12 R_FtpQueryStatistics2,
        13 R_FtpClearStatistics2, 14 R_IISEnumerateUsers, 15 R_IISDisconnectUser,
    }
    // [MS-IMSA]
    "70b51430-b6ca-11d0-b9b9-00a0c922e750" "IMSAdminBaseW" : MS_ADMIN_BASE_W {}
    "8298d101-f992-43b7-8eca-5052d885b995" "IMSAdminBase2W" : MS_ADMIN_BASE_W MS_ADMIN_BASE2_W {}
    "f612954d-3b0b-4c56-9563-227b7be624b4" "IMSAdminBase3W" : MS_ADMIN_BASE_W MS_ADMIN_BASE2_W { 40 GetChildPaths }
    "29822ab7-f302-11d0-9953-00c04fd919c1" "IWamAdmin" : WAM_ADMIN {}
    "29822ab8-f302-11d0-9953-00c04fd919c1" "IWamAdmin2" : WAM_ADMIN { 9 AppCreate2 }
    "7c4e1804-e342-483d-a43e-a850cfcc8d18" "IIISApplicationAdmin" {
        3 CreateApplication, 4 DeleteApplication, 5 CreateApplicationPool, 6 DeleteApplicationPool,
        7 EnumerateApplicationsInPool, 8 RecycleApplicationPool, 9 GetProcessMode,
    }
    "bd0c73bc-805b-4043-9c30-9a28d64dd7d2" "IIISCertObj" : DISPATCH {
        10 put_InstanceName, 12 IsInstalledRemote, 14 IsExportableRemote, 16 GetCertInfoRemote, 22 ImportFromBlob,
        23 ImportFromBlobGetHash, 25 ExportToBlob,
    }
    // [MS-IISS]
    "e8fb8620-588f-11d2-9d61-00c04f79c5fe" "IIisServiceControl" : DISPATCH {
        7 Stop, 8 Start, 9 Reboot, 10 Status, 11 Kill,
    }
    // [MC-IISA] 3.1.4
    "7883ca1c-1112-4447-84c3-52fbeb38069d" "IAppHostMethod" { 3 get_Name, 4 get_Schema, 5 CreateInstance }
    "b80f3c42-60e0-4ae0-9007-f52852d3dbed" "IAppHostMethodInstance" {
        3 get_Input, 4 get_Output, 5 Execute, 6 GetMetadata, 7 SetMetadata,
    }
    "64ff8ccc-b287-4dae-b08a-a72cbf45f453" "IAppHostElement" {
        3 get_Name, 4 get_Collection, 5 get_Properties, 6 get_ChildElements, 7 GetMetadata, 8 SetMetadata, 9 get_Schema,
        10 GetElementByName, 11 GetPropertyByName, 12 Clear, 13 get_Methods,
    }
    "ed35f7a1-5024-4e7b-a44d-07ddaf4b524d" "IAppHostProperty" : APP_HOST_CONSTANT_VALUE {
        5 put_Value, 6 Clear, 7 get_StringValue, 8 get_Exception, 9 GetMetadata, 10 SetMetadata, 11 get_Schema,
    }
    "370af178-7758-4dad-8146-7391f6e18585" "IAppHostConfigLocation" {
        3 get_Path, 4 get_Count, 5 get_Item, 6 AddConfigSection, 7 DeleteConfigSection,
    }
    "ef13d885-642c-4709-99ec-b89561c6bc69" "IAppHostElementSchema" {
        3 get_Name, 4 get_DoesAllowUnschematizedProperties, 5 GetMetadata, 6 get_CollectionSchema,
        7 get_ChildElementSchemas, 8 get_PropertySchemas, 9 get_IsCollectionDefault,
    }
    "450386db-7409-4667-935e-384dbbee2a9e" "IAppHostPropertySchema" {
        3 get_Name, 4 get_Type, 5 get_DefaultValue, 6 get_IsRequired, 7 get_IsUniqueKey, 8 get_IsCombinedKey,
        9 get_IsExpanded, 10 get_ValidationType, 11 get_ValidationParameter, 12 GetMetadata, 13 get_IsCaseSensitive,
        14 get_PossibleValues, 15 get_DoesAllowInfinite, 16 get_IsEncrypted, 17 get_TimeSpanFormat,
    }
    "0716caf8-7d05-4a46-8099-77594be91394" "IAppHostConstantValue" : APP_HOST_CONSTANT_VALUE {}
    "8f6d760f-f0cb-4d69-b5f6-848b33e9bdc6" "IAppHostConfigManager" { 3 GetConfigFile, 4 GetUniqueConfigPath }
    "31a83ea0-c0e4-4a2c-8a01-353cc2a4c60a" "IAppHostMappingExtension" {
        3 GetSiteNameFromSiteId, 4 GetSiteIdFromSiteName, 5 GetSiteElementFromSiteId, 6 MapPath,
    }
    "08a90f5f-0702-48d6-b45f-02a9885a9768" "IAppHostChildElementCollection" { 3 get_Count, 4 get_Item }
    "0191775e-bcff-445a-b4f4-3bdda54e2816" "IAppHostPropertyCollection" { 3 get_Count, 4 get_Item }
    "832a32f7-b3ea-4b8c-b260-9a2923001184" "IAppHostConfigLocationCollection" : APP_HOST_PROPERTY_SCHEMA_COLLECTION {
        5 AddLocation, 6 DeleteLocation,
    }
    "d6c7cd8f-bb8d-4f96-b591-d3a5f1320269" "IAppHostMethodCollection" { 3 get_Count, 4 get_Item }
    "0344cdda-151e-4cbf-82da-66ae61e97754" "IAppHostElementSchemaCollection" { 3 get_Count, 4 get_Item }
    "8bed2c68-a5fb-4b28-8581-a0dc5267419f" "IAppHostPropertySchemaCollection" : APP_HOST_PROPERTY_SCHEMA_COLLECTION {}
    "5b5a68e6-8b9f-45e1-8199-a95ffccdffff" "IAppHostConstantValueCollection" { 3 get_Count, 4 get_Item }
    "de095db1-5368-4d11-81f6-efef619b7bcf" "IAppHostCollectionSchema" {
        3 get_AddElementNames, 4 GetAddElementSchema, 5 get_RemoveElementSchema, 6 get_ClearElementSchema,
        7 get_IsMergeAppend, 8 GetMetadata, 9 get_DoesAllowDuplicates,
    }
    "2d9915fb-9d42-4328-b782-1b46819fab9e" "IAppHostMethodSchema" {
        3 get_Name, 4 get_InputSchema, 5 get_OutputSchema, 6 GetMetadata,
    }
    "4dfa1df3-8900-4bc7-bbb5-d1a458c52410" "IAppHostConfigException" : APP_HOST_CONFIG_EXCEPTION {}
    "eafe4895-a929-41ea-b14d-613e23f62b71" "IAppHostPropertyException" : APP_HOST_CONFIG_EXCEPTION {
        10 get_InvalidValue, 11 get_ValidationFailureReason, 12 get_ValidationFailureParameters,
    }
    "c8550bff-5281-4b1e-ac34-99b6fa38464d" "IAppHostElementCollection" : APP_HOST_PROPERTY_SCHEMA_COLLECTION {
        5 AddElement, 6 DeleteElement, 7 Clear, 8 CreateNewElement, 9 get_Schema,
    }
    "c5c04795-321c-4014-8fd6-d44658799393" "IAppHostSectionDefinition" {
        3 get_Name, 4 get_Type, 5 put_Type, 6 get_OverrideModeDefault, 7 put_OverrideModeDefault, 8 get_AllowDefinition,
        9 put_AllowDefinition, 10 get_AllowLocation, 11 put_AllowLocation,
    }
    "b7d381ee-8860-47a1-8af4-1f33b2b1f325" "IAppHostSectionDefinitionCollection" : APP_HOST_PROPERTY_SCHEMA_COLLECTION {
        5 AddSection, 6 DeleteSection,
    }
    "0dd8a158-ebe6-4008-a1d9-b7ecc8f1104b" "IAppHostSectionGroup" : APP_HOST_PROPERTY_SCHEMA_COLLECTION {
        5 get_Sections, 6 AddSectionGroup, 7 DeleteSectionGroup, 8 get_Name, 9 get_Type, 10 put_Type,
    }
    "ada4e6fb-e025-401e-a5d0-c3134a281f07" "IAppHostConfigFile" {
        3 get_ConfigPath, 4 get_FilePath, 5 get_Locations, 6 GetAdminSection, 7 GetMetadata, 8 SetMetadata,
        9 ClearInvalidSections, 10 get_RootSectionGroup,
    }
    "e7927575-5cc3-403b-822e-328a6b904bee" "IAppHostPathMapper" { 3 MapPath }
    "09829352-87c2-418d-8d79-4133969a489d" "IAppHostChangeHandler" { 3 OnSectionChanges }
    "9be77978-73ed-4a9a-87fd-13f09fec1b13" "IAppHostAdminManager" : APP_HOST_ADMIN_MANAGER {}
    "fa7660f6-7b3f-4237-a8bf-ed0ad0dcbbd9" "IAppHostWritableAdminManager" : APP_HOST_ADMIN_MANAGER {
        7 CommitChanges, 8 get_CommitPath, 9 put_CommitPath,
    }
}
