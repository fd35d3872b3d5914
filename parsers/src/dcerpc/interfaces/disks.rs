//! Disks and volumes, shadow copies, removable storage: [MS-VDS], [MS-DMRP], [MS-SCMP], [MS-RSMP].

use super::{Operations, operations};

const NTMS_LIBRARY_CONTROL1: Operations = operations! {
    3 EjectNtmsMedia, 4 InjectNtmsMedia, 5 AccessNtmsLibraryDoor, 6 CleanNtmsDrive, 7 DismountNtmsDrive,
    8 InventoryNtmsLibrary, 10 CancelNtmsLibraryRequest, 11 ReserveNtmsCleanerSlot, 12 ReleaseNtmsCleanerSlot,
    13 InjectNtmsCleaner, 14 EjectNtmsCleaner, 15 DeleteNtmsLibrary, 16 DeleteNtmsDrive, 17 GetNtmsRequestOrder,
    18 SetNtmsRequestOrder, 19 DeleteNtmsRequests, 20 BeginNtmsDeviceChangeDetection, 21 SetNtmsDeviceChangeDetection,
    22 EndNtmsDeviceChangeDetection,
};
const NTMS_MEDIA_SERVICES1: Operations = operations! {
    3 MountNtmsMedia, 4 DismountNtmsMedia, 6 AllocateNtmsMedia, 7 DeallocateNtmsMedia, 8 SwapNtmsMedia,
    9 DecommissionNtmsMedia, 10 SetNtmsMediaComplete, 11 DeleteNtmsMedia, 12 CreateNtmsMediaPoolA,
    13 CreateNtmsMediaPoolW, 14 GetNtmsMediaPoolNameA, 15 GetNtmsMediaPoolNameW, 16 MoveToNtmsMediaPool,
    17 DeleteNtmsMediaPool, 18 AddNtmsMediaType, 19 DeleteNtmsMediaType, 20 ChangeNtmsMediaType,
};
const NTMS_OBJECT_MANAGEMENT1: Operations = operations! {
    3 GetNtmsObjectSecurity, 4 SetNtmsObjectSecurity, 5 GetNtmsObjectAttributeA, 6 GetNtmsObjectAttributeW,
    7 SetNtmsObjectAttributeA, 8 SetNtmsObjectAttributeW, 9 EnumerateNtmsObject, 10 DisableNtmsObject,
    11 EnableNtmsObject,
};
const NTMS_OBJECT_MANAGEMENT2: Operations = operations! {
    12 EnumerateNtmsObjectR, 13 GetNtmsUIOptionsA, 14 GetNtmsUIOptionsW, 15 SetNtmsUIOptionsA, 16 SetNtmsUIOptionsW,
};

super::interfaces! {
    // [MS-VDS] 3.4.5
    "118610b7-8d94-4030-b5b8-500889788e4e" "IEnumVdsObject" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
    "8326cd1d-cf59-4936-b786-5efc08798e25" "IVdsAdviseSink" { 3 OnNotify }
    "d5d23b6d-5a55-4492-9889-397a3c2d2dbc" "IVdsAsync" { 3 Cancel, 4 Wait, 5 QueryStatus }
    "e0393303-90d4-4a97-ab71-e9b671ee2729" "IVdsServiceLoader" { 3 LoadService }
    "0818a8ef-9ba9-40d8-a6f9-e22833cc771e" "IVdsService" {
        3 IsServiceReady, 4 WaitForServiceReady, 5 GetProperties, 6 QueryProviders, 8 QueryUnallocatedDisks,
        9 GetObject, 10 QueryDriveLetters, 11 QueryFileSystemTypes, 12 Reenumerate, 13 Refresh,
        14 CleanupObsoleteMountPoints, 15 Advise, 16 Unadvise, 17 Reboot, 18 SetFlags, 19 ClearFlags,
    }
    "4afc3636-db01-4052-80c3-03bbcb8d3c69" "IVdsServiceInitialization" { 3 Initialize }
    "b6b22da8-f903-4be7-b492-c09d875ac9da" "IVdsServiceUninstallDisk" { 3 GetDiskIdFromLunInfo, 4 UninstallDisks }
    "0ac13689-3134-47c6-a17c-4669216801be" "IVdsServiceHba" { 3 QueryHbaPorts }
    "14fbe036-3ed7-4e10-90e9-a5ff991aff01" "IVdsServiceIscsi" {
        3 GetInitiatorName, 4 QueryInitiatorAdapters, 8 SetInitiatorSharedSecret,
    }
    "fc5d23e8-a88b-41a5-8de0-2d2f73c5a630" "IVdsServiceSAN" { 3 GetSANPolicy, 4 SetSANPolicy }
    "15fc031c-0652-4306-b2c3-f558b8f837e2" "IVdsServiceSw" { 3 GetDiskObject }
    "2abd757f-2851-4997-9a13-47d2a885d6ca" "IVdsHbaPort" { 3 GetProperties, 4 SetAllPathStatuses }
    "b07fedd4-1682-4440-9189-a39b55194dc5" "IVdsIscsiInitiatorAdapter" { 3 GetProperties, 4 QueryInitiatorPortals }
    "38a0a9ab-7cc8-4693-ac07-1f28bd03c3da" "IVdsIscsiInitiatorPortal" { 3 GetProperties, 4 GetInitiatorAdapter }
    "10c5e575-7984-4e81-a56b-431f5f92ae42" "IVdsProvider" { 3 GetProperties }
    "9aa58360-ce33-4f92-b658-ed24b14425b8" "IVdsSwProvider" { 3 QueryPacks, 4 CreatePack }
    "d99bdaae-b13a-4178-9fdb-e27f16b4603e" "IVdsHwProvider" { 3 QuerySubSystems }
    "b481498c-8354-45f9-84a0-0bdd2832a91f" "IVdsVdProvider" {
        3 QueryVDisks, 4 CreateVDisk, 5 AddVDisk, 6 GetDiskFromVDisk, 7 GetVDiskFromDisk,
    }
    "83bfb87f-43fb-4903-baa6-127f01029eec" "IVdsSubSystemImportTarget" { 3 GetImportTarget, 4 SetImportTarget }
    "3b69d7f5-9d94-4648-91ca-79939ba263bf" "IVdsPack" {
        3 GetProperties, 4 GetProvider, 5 QueryVolumes, 6 QueryDisks, 7 CreateVolume, 8 AddDisk, 9 MigrateDisks,
        11 RemoveMissingDisk, 12 Recover,
    }
    "13b50bff-290a-47dd-8558-b7c58db1a71a" "IVdsPack2" { 3 CreateVolume2 }
    "07e5c822-f00c-47a1-8fce-b244da56fd06" "IVdsDisk" {
        3 GetProperties, 4 GetPack, 5 GetIdentificationData, 6 QueryExtents, 7 ConvertStyle, 8 SetFlags, 9 ClearFlags,
    }
    "40f73c8b-687d-4a13-8d96-3d7f2e683936" "IVdsDisk2" { 3 SetSANMode }
    "8f4b2f5d-ec15-4357-992f-473ef10975b9" "IVdsDisk3" { 3 GetProperties2, 4 QueryFreeExtents }
    "6e6f6b40-977c-4069-bddd-ac710059f8c0" "IVdsAdvancedDisk" {
        3 GetPartitionProperties, 4 QueryPartitions, 5 CreatePartition, 6 DeletePartition, 7 ChangeAttributes,
        8 AssignDriveLetter, 9 DeleteDriveLetter, 10 GetDriveLetter, 11 FormatPartition, 12 Clean,
    }
    "9723f420-9355-42de-ab66-e31bb15beeac" "IVdsAdvancedDisk2" { 3 ChangePartitionType }
    "3858c0d5-0f35-4bf5-9714-69874963bc36" "IVdsAdvancedDisk3" { 3 GetProperties, 4 GetUniqueId }
    "9882f547-cfc3-420b-9750-00dfbec50662" "IVdsCreatePartitionEx" { 3 CreatePartitionEx }
    "90681b1d-6a7f-48e8-9061-31b7aa125322" "IVdsDiskOnline" { 3 Online, 4 Offline }
    "538684e0-ba3d-4bc0-aca9-164aff85c2a9" "IVdsDiskPartitionMF" {
        3 GetPartitionFileSystemProperties, 4 GetPartitionFileSystemTypeName, 5 QueryPartitionFileSystemFormatSupport,
        6 FormatPartitionEx,
    }
    "9cbe50ca-f2d2-4bf4-ace1-96896b729625" "IVdsDiskPartitionMF2" { 3 FormatPartitionEx2 }
    "0316560b-5db4-4ed9-bbb5-213436ddc0d9" "IVdsRemovable" { 3 QueryMedia, 4 Eject }
    "88306bb2-e71f-478c-86a2-79da200a0f11" "IVdsVolume" {
        3 GetProperties, 4 GetPack, 5 QueryPlexes, 6 Extend, 7 Shrink, 8 AddPlex, 9 BreakPlex, 10 RemovePlex, 11 Delete,
        12 SetFlags, 13 ClearFlags,
    }
    "72ae6713-dcbb-4a03-b36b-371f6ac6b53d" "IVdsVolume2" { 3 GetProperties2 }
    "ee2d5ded-6236-4169-931d-b9778ce03dc6" "IVdsVolumeMF" {
        3 GetFileSystemProperties, 4 Format, 5 AddAccessPath, 6 QueryAccessPaths, 7 QueryReparsePoints,
        8 DeleteAccessPath, 9 Mount, 10 Dismount, 11 SetFileSystemFlags, 12 ClearFileSystemFlags,
    }
    "4dbcee9a-6343-4651-b85f-5e75d74d983c" "IVdsVolumeMF2" {
        3 GetFileSystemTypeName, 4 QueryFileSystemFormatSupport, 5 FormatEx,
    }
    "6788faf9-214e-4b85-ba59-266953616e09" "IVdsVolumeMF3" { 3 QueryVolumeGuidPathnames, 4 FormatEx2, 5 OfflineVolume }
    "d68168c9-82a2-4f85-b6e9-74707c49a58f" "IVdsVolumeShrink" { 3 QueryMaxReclaimableBytes, 4 Shrink }
    "1be2275a-b315-4f70-9e44-879b3a2a53f2" "IVdsVolumeOnline" { 3 Online }
    "4daa0135-e1d1-40f1-aaa5-3cc1e53221c3" "IVdsVolumePlex" { 3 GetProperties, 4 GetVolume, 5 QueryExtents, 6 Repair }
    "1e062b84-e5e6-4b4b-8a25-67b81e8f13e8" "IVdsVDisk" { 3 Open, 4 GetProperties, 5 GetHostVolume, 6 GetDeviceName }
    "75c8f324-f715-4fe3-a28e-f9011b61a4a1" "IVdsOpenVDisk" {
        3 Attach, 4 Detach, 5 DetachAndDelete, 6 Compact, 7 Merge, 8 Expand,
    }
    // [MS-DMRP]
    "d2d79df5-3400-11d0-b40b-00aa005ff586" "IVolumeClient" {
        3 EnumDisks, 4 EnumDiskRegions, 5 CreatePartition, 6 CreatePartitionAssignAndFormat,
        7 CreatePartitionAssignAndFormatEx, 8 DeletePartition, 9 WriteSignature, 10 MarkActivePartition, 11 Eject,
        13 FTEnumVolumes, 14 FTEnumLogicalDiskMembers, 15 FTDeleteVolume, 16 FTBreakMirror, 17 FTResyncMirror,
        18 FTRegenerateParityStripe, 19 FTReplaceMirrorPartition, 20 FTReplaceParityStripePartition,
        21 EnumDriveLetters, 22 AssignDriveLetter, 23 FreeDriveLetter, 24 EnumLocalFileSystems,
        25 GetInstalledFileSystems, 26 Format, 28 EnumVolumes, 29 EnumVolumeMembers, 30 CreateVolume,
        31 CreateVolumeAssignAndFormat, 32 CreateVolumeAssignAndFormatEx, 33 GetVolumeMountName, 34 GrowVolume,
        35 DeleteVolume, 36 AddMirror, 37 RemoveMirror, 38 SplitMirror, 39 InitializeDisk, 40 UninitializeDisk,
        41 ReConnectDisk, 43 ImportDiskGroup, 44 DiskMergeQuery, 45 DiskMerge, 47 ReAttachDisk, 51 ReplaceRaid5Column,
        52 RestartVolume, 53 GetEncapsulateDiskInfo, 54 EncapsulateDisk, 55 QueryChangePartitionNumbers,
        56 DeletePartitionNumberInfoFromRegistry, 57 SetDontShow, 58 GetDontShow, 67 EnumTasks, 68 GetTaskDetail,
        69 AbortTask, 70 HrGetErrorData, 71 Initialize, 72 Uninitialize, 73 Refresh, 74 RescanDisks, 75 RefreshFileSys,
        76 SecureSystemPartition, 77 ShutDownSystem, 78 EnumAccessPath, 79 EnumAccessPathForVolume, 80 AddAccessPath,
        81 DeleteAccessPath,
    }
    "d2d79df7-3400-11d0-b40b-00aa005ff586" "IDMNotify" { 3 ObjectsChanged }
    "3a410f21-553f-11d1-8e5e-00a0c92c9d5d" "IDMRemoteServer" { 3 CreateRemoteObject }
    "4bdafc52-fe6a-11d2-93f8-00105a11164a" "IVolumeClient2" { 3 GetMaxAdjustedFreeSpace }
    "135698d2-3a37-4d26-99df-e2bb6ae3ac61" "IVolumeClient3" {
        3 EnumDisksEx, 4 EnumDiskRegionsEx, 5 CreatePartition, 6 CreatePartitionAssignAndFormat,
        7 CreatePartitionAssignAndFormatEx, 8 DeletePartition, 9 InitializeDiskStyle, 10 MarkActivePartition, 11 Eject,
        13 FTEnumVolumes, 14 FTEnumLogicalDiskMembers, 15 FTDeleteVolume, 16 FTBreakMirror, 17 FTResyncMirror,
        18 FTRegenerateParityStripe, 19 FTReplaceMirrorPartition, 20 FTReplaceParityStripePartition,
        21 EnumDriveLetters, 22 AssignDriveLetter, 23 FreeDriveLetter, 24 EnumLocalFileSystems,
        25 GetInstalledFileSystems, 26 Format, 27 EnumVolumes, 28 EnumVolumeMembers, 29 CreateVolume,
        30 CreateVolumeAssignAndFormat, 31 CreateVolumeAssignAndFormatEx, 32 GetVolumeMountName, 33 GrowVolume,
        34 DeleteVolume, 35 CreatePartitionsForVolume, 36 DeletePartitionsForVolume, 37 GetMaxAdjustedFreeSpace,
        38 AddMirror, 39 RemoveMirror, 40 SplitMirror, 41 InitializeDiskEx, 42 UninitializeDisk, 43 ReConnectDisk,
        44 ImportDiskGroup, 45 DiskMergeQuery, 46 DiskMerge, 47 ReAttachDisk, 48 ReplaceRaid5Column, 49 RestartVolume,
        50 GetEncapsulateDiskInfoEx, 51 EncapsulateDiskEx, 52 QueryChangePartitionNumbers,
        53 DeletePartitionNumberInfoFromRegistry, 54 SetDontShow, 55 GetDontShow, 64 EnumTasks, 65 GetTaskDetail,
        66 AbortTask, 67 HrGetErrorData, 68 Initialize, 69 Uninitialize, 70 Refresh, 71 RescanDisks, 72 RefreshFileSys,
        73 SecureSystemPartition, 74 ShutDownSystem, 75 EnumAccessPath, 76 EnumAccessPathForVolume, 77 AddAccessPath,
        78 DeleteAccessPath,
    }
    "deb01010-3a37-4d26-99df-e2bb6ae3ac61" "IVolumeClient4" { 3 RefreshEx, 4 GetVolumeDeviceName }
    // [MS-SCMP]
    "fa7df749-66e7-4986-a27f-e2f04ae53772" "IVssSnapshotMgmt" {
        3 GetProviderMgmtInterface, 4 QueryVolumesSupportedForSnapshots, 5 QuerySnapshotsByVolume,
    }
    "214a0f28-b737-4026-b847-4f9e37d79529" "IVssDifferentialSoftwareSnapshotMgmt" {
        3 AddDiffArea, 4 ChangeDiffAreaMaximumSize, 5 QueryVolumesSupportedForDiffAreas, 6 QueryDiffAreasForVolume,
        7 QueryDiffAreasOnVolume,
    }
    "ae1c7110-2f60-11d3-8a39-00c04f72d8e3" "IVssEnumObject" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
    "01954e6b-9254-4e6e-808c-c9e05d007696" "IVssEnumMgmtObject" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
    // [MS-RSMP] 3.2.5
    "4e934f30-341a-11d1-8fb1-00a024cb6019" "INtmsLibraryControl1" : NTMS_LIBRARY_CONTROL1 {}
    "d02e4be0-3419-11d1-8fb1-00a024cb6019" "INtmsMediaServices1" : NTMS_MEDIA_SERVICES1 {}
    "69ab7050-3059-11d1-8faf-00a024cb6019" "INtmsObjectInfo1" {
        3 GetNtmsServerObjectInformationA, 4 GetNtmsServerObjectInformationW, 5 SetNtmsObjectInformationA,
        6 SetNtmsObjectInformationW, 7 CreateNtmsMediaA, 8 CreateNtmsMediaW,
    }
    "b057dc50-3059-11d1-8faf-00a024cb6019" "INtmsObjectManagement1" : NTMS_OBJECT_MANAGEMENT1 {}
    "879c8bbe-41b0-11d1-be11-00c04fb6bf70" "IClientSink" { 3 OnNotify }
    "db90832f-6910-4d46-9f5e-9fd6bfa73903" "INtmsLibraryControl2" : NTMS_LIBRARY_CONTROL1 { 23 IdentifyNtmsSlot }
    "895a2c86-270d-489d-a6c0-dc2a9b35280e" "INtmsObjectManagement2" : NTMS_OBJECT_MANAGEMENT1 NTMS_OBJECT_MANAGEMENT2 {}
    "3bbed8d9-2c9a-4b21-8936-acb2f995be6c" "INtmsObjectManagement3" : NTMS_OBJECT_MANAGEMENT1 NTMS_OBJECT_MANAGEMENT2 {
        17 GetNtmsObjectAttributeAR, 18 GetNtmsObjectAttributeWR,
    }
    "7d07f313-a53f-459a-bb12-012c15b1846e" "IRobustNtmsMediaServices1" : NTMS_MEDIA_SERVICES1 {
        21 GetNtmsMediaPoolNameAR, 22 GetNtmsMediaPoolNameWR,
    }
    "081e7188-c080-4ff3-9238-29f66d6cabfd" "IMessenger" { 3 SendMessage, 4 RecallMessage }
    "bb39332c-bfee-4380-ad8a-badc8aff5bb6" "INtmsNotifySink" { 3 ConnectCallback, 4 OnNotify, 5 ReleaseCallback }
}
