//! The agent of Windows updates: [MS-UAMG]; numbers are those of its IDL, where its headings have others.

use super::com::DISPATCH;
use super::{Operations, operations};

const UPDATE: Operations = operations! {
    7 get_Title, 8 get_AutoSelectOnWebSites, 9 get_BundledUpdates, 10 get_CanRequireSource, 11 get_Categories,
    12 get_Deadline, 13 get_DeltaCompressedContentAvailable, 14 get_DeltaCompressedContentPreferred, 15 get_Description,
    16 get_EulaAccepted, 17 get_EulaText, 18 get_HandlerID, 19 get_Identity, 20 get_Image, 21 get_InstallationBehavior,
    22 get_IsBeta, 23 get_IsDownloaded, 24 get_IsHidden, 26 get_IsInstalled, 27 get_IsMandatory, 28 get_IsUninstallable,
    29 get_Languages, 30 get_LastDeploymentChangeTime, 31 get_MaxDownloadSize, 32 get_MinDownloadSize,
    33 get_MoreInfoUrls, 34 get_MsrcSeverity, 35 get_RecommendedCpuSpeed, 36 get_RecommendedHardDiskSpace,
    37 get_RecommendedMemory, 38 get_ReleaseNotes, 39 get_SecurityBulletinIDs, 40 get_SupersededUpdateIDs,
    41 get_SupportUrl, 42 get_Type, 43 get_UninstallationNotes, 44 get_UninstallationBehavior,
    45 get_UninstallationSteps, 46 get_KBArticleIDs, 48 get_DeploymentAction, 50 get_DownloadPriority,
    51 get_DownloadContents,
};
const UPDATE_SERVICE_MANAGER: Operations = operations! {
    7 get_Services, 9 RegisterServiceWithAU, 10 RemoveService, 12 AddScanPackageService, 13 SetOption,
};
const WINDOWS_DRIVER_UPDATE: Operations = operations! {
    52 get_DriverClass, 53 get_DriverHardwareID, 54 get_DriverManufacturer, 55 get_DriverModel, 56 get_DriverProvider,
    57 get_DriverVerDate, 58 get_DeviceProblemNumber, 59 get_DeviceStatus,
};
const UPDATE2: Operations = operations! { 52 get_RebootRequired, 53 get_IsPresent, 54 get_CveIDs };
const UPDATE3: Operations = operations! { 56 get_BrowseOnly };
const UPDATE4: Operations = operations! { 57 get_PerUser };
const WINDOWS_DRIVER_UPDATE2: Operations = operations! { 60 get_RebootRequired, 61 get_IsPresent, 62 get_CveIDs };
const WINDOWS_DRIVER_UPDATE3: Operations = operations! { 64 get_BrowseOnly };
const WINDOWS_DRIVER_UPDATE4: Operations = operations! { 65 get_WindowsDriverUpdateEntries, 66 get_PerUser };
const UPDATE_HISTORY_ENTRY: Operations = operations! {
    7 get_Operation, 8 get_ResultCode, 9 get_HResult, 10 get_Date, 11 get_UpdateIdentity, 12 get_Title,
    13 get_Description, 14 get_UnmappedResultCode, 15 get_ClientApplicationID, 16 get_ServerSelection, 17 get_ServiceID,
    18 get_UninstallationSteps, 19 get_UninstallationNotes, 20 get_SupportUrl,
};
const UPDATE_SEARCHER: Operations = operations! {
    7 get_CanAutomaticallyUpgradeService, 8 put_CanAutomaticallyUpgradeService, 9 get_ClientApplicationID,
    10 put_ClientApplicationID, 11 get_IncludePotentiallySupersededUpdates, 12 put_IncludePotentiallySupersededUpdates,
    13 get_ServerSelection, 14 put_ServerSelection, 17 EscapeString, 18 QueryHistory, 19 Search, 20 get_Online,
    21 put_Online, 22 GetTotalHistoryCount, 23 get_ServiceID, 24 put_ServiceID,
};
const UPDATE_SEARCHER2: Operations = operations! { 25 get_IgnoreDownloadPriority, 26 put_IgnoreDownloadPriority };
const UPDATE_SESSION: Operations = operations! {
    7 get_ClientApplicationID, 8 put_ClientApplicationID, 9 get_ReadOnly, 12 CreateUpdateSearcher,
};
const UPDATE_SESSION2: Operations = operations! { 15 get_UserLocale, 16 put_UserLocale };
const UPDATE_SERVICE: Operations = operations! {
    7 get_Name, 8 get_ContentValidationCert, 9 get_ExpirationDate, 10 get_IsManaged, 11 get_IsRegisteredWithAU,
    12 get_IssueDate, 13 get_OffersWindowsUpdates, 14 get_RedirectUrls, 15 get_ServiceID, 16 get_IsScanPackageService,
    17 get_CanRegisterWithAU, 18 get_ServiceUrl, 19 get_SetupPrefix,
};

super::interfaces! {
    "3a56bfb8-576c-43f7-9335-fe4838fd7e37" "ICategoryCollection" : DISPATCH { 7 get_Item, 8 get__NewEnum, 9 get_Count }
    "07f7438c-7709-4ca5-b518-91279288134e" "IUpdateCollection" : DISPATCH {
        7 get_Item, 8 put_Item, 9 get__NewEnum, 10 get_Count, 11 get_ReadOnly, 12 Add, 13 Clear, 15 Insert, 16 RemoveAt,
    }
    "6a92b07a-d821-4682-b423-5c805022cc4d" "IUpdate" : DISPATCH UPDATE {}
    "23857e3c-02ba-44a3-9423-b1c900805f37" "IUpdateServiceManager" : DISPATCH UPDATE_SERVICE_MANAGER {}
    "0bb8531d-7e8d-424f-986c-a0b8f60a3e7b" "IUpdateServiceManager2" : DISPATCH UPDATE_SERVICE_MANAGER {
        14 get_ClientApplicationID, 15 put_ClientApplicationID, 16 QueryServiceRegistration, 17 AddService2,
    }
    "eff90582-2ddc-480f-a06d-60f3fbc362c3" "IStringCollection" : DISPATCH {
        7 get_Item, 8 put_Item, 9 get__NewEnum, 10 get_Count, 11 get_ReadOnly, 12 Add, 13 Clear, 14 Copy, 15 Insert,
        16 RemoveAt,
    }
    "85713fa1-7796-4fa2-be3b-e2d6124dd373" "IWindowsUpdateAgentInfo" : DISPATCH { 7 GetInfo }
    "e7a4d634-7942-4dd9-a111-82228ba33901" "IAutomaticUpdatesResults" : DISPATCH {
        7 get_LastSearchSuccessDate, 8 get_LastInstallationSuccessDate,
    }
    "673425bf-c082-4c7c-bdfd-569464b8e0ce" "IAutomaticUpdates" : DISPATCH { 7 DetectNow }
    "4a2f5c31-cfd9-410e-b7fb-29a653973a0f" "IAutomaticUpdates2" : DISPATCH { 7 DetectNow, 14 get_Results }
    "46297823-9940-4c09-aed9-cd3ea6d05968" "IUpdateIdentity" : DISPATCH { 7 get_RevisionNumber, 8 get_UpdateID }
    "7c907864-346c-4aeb-8f3f-57da289f969f" "IImageInformation" : DISPATCH {
        7 get_AltText, 8 get_Height, 9 get_Source, 10 get_Width,
    }
    "81ddc1b8-9d35-47a6-b471-5b80f519223b" "ICategory" : DISPATCH {
        7 get_Name, 8 get_CategoryID, 9 get_Children, 10 get_Description, 11 get_Image, 12 get_Order, 13 get_Parent,
        14 get_Type, 15 get_Updates,
    }
    "d9a59339-e245-4dbd-9686-4d5763e39624" "IInstallationBehavior" : DISPATCH {
        7 get_CanRequestUserInput, 8 get_Impact, 9 get_RebootBehavior, 10 get_RequiresNetworkConnectivity,
    }
    "54a2cb2d-9a0c-48b6-8a50-9abb69ee2d02" "IUpdateDownloadContent" : DISPATCH { 7 get_DownloadUrl }
    "c97ad11b-f257-420b-9d9f-377f733f6f68" "IUpdateDownloadContent2" : DISPATCH {
        7 get_DownloadUrl, 8 get_IsDeltaCompressedContent,
    }
    "bc5513c8-b3b8-4bf7-a4d4-361c0d8c88ba" "IUpdateDownloadContentCollection" : DISPATCH {
        7 get_Item, 8 get__NewEnum, 9 get_Count,
    }
    "b383cd1a-5ce9-4504-9f63-764b1236f191" "IWindowsDriverUpdate" : DISPATCH UPDATE WINDOWS_DRIVER_UPDATE {}
    "144fe9b0-d23d-4a8b-8634-fb4457533b7a" "IUpdate2" : DISPATCH UPDATE UPDATE2 {}
    "112eda6b-95b3-476f-9d90-aee82c6b8181" "IUpdate3" : DISPATCH UPDATE UPDATE2 UPDATE3 {}
    "27e94b0d-5139-49a2-9a61-93522dc54652" "IUpdate4" : DISPATCH UPDATE UPDATE2 UPDATE3 UPDATE4 {}
    "c1c2f21a-d2f4-4902-b5c6-8a081c19a890" "IUpdate5" : DISPATCH UPDATE UPDATE2 UPDATE3 UPDATE4 {
        58 get_AutoSelection, 59 get_AutoDownload,
    }
    "ed8bfe40-a60b-42ea-9652-817dfcfa23ec" "IWindowsDriverUpdateEntry" : DISPATCH {
        7 get_DriverClass, 8 get_DriverHardwareID, 9 get_DriverManufacturer, 10 get_DriverModel, 11 get_DriverProvider,
        12 get_DriverVerDate, 13 get_DeviceProblemNumber, 14 get_DeviceStatus,
    }
    "0d521700-a372-4bef-828b-3d00c10adebd" "IWindowsDriverUpdateEntryCollection" : DISPATCH {
        7 get_Item, 8 get__NewEnum, 9 get_Count,
    }
    "615c4269-7a48-43bd-96b7-bf6ca27d6c3e" "IWindowsDriverUpdate2" : DISPATCH UPDATE WINDOWS_DRIVER_UPDATE WINDOWS_DRIVER_UPDATE2 {}
    "49ebd502-4a96-41bd-9e3e-4c5057f4250c" "IWindowsDriverUpdate3" : DISPATCH UPDATE WINDOWS_DRIVER_UPDATE WINDOWS_DRIVER_UPDATE2 WINDOWS_DRIVER_UPDATE3 {}
    "004c6a2b-0c19-4c69-9f5c-a269b2560db9" "IWindowsDriverUpdate4" : DISPATCH UPDATE WINDOWS_DRIVER_UPDATE WINDOWS_DRIVER_UPDATE2 WINDOWS_DRIVER_UPDATE3 WINDOWS_DRIVER_UPDATE4 {}
    "70cf5c82-8642-42bb-9dbc-0cfd263c6c4f" "IWindowsDriverUpdate5" : DISPATCH UPDATE WINDOWS_DRIVER_UPDATE WINDOWS_DRIVER_UPDATE2 WINDOWS_DRIVER_UPDATE3 WINDOWS_DRIVER_UPDATE4 {
        67 get_AutoSelection, 68 get_AutoDownload,
    }
    "a376dd5e-09d4-427f-af7c-fed5b6e1c1d6" "IUpdateException" : DISPATCH { 7 get_Message, 8 get_HResult, 9 get_Context }
    "503626a3-8e14-4729-9355-0fe664bd2321" "IUpdateExceptionCollection" : DISPATCH {
        7 get_Item, 8 get__NewEnum, 9 get_Count,
    }
    "d40cff62-e08c-4498-941a-01e25f0fd33c" "ISearchResult" : DISPATCH {
        7 get_ResultCode, 8 get_RootCategories, 9 get_Updates, 10 get_Warnings,
    }
    "be56a644-af0e-4e0e-a311-c1d8e695cbff" "IUpdateHistoryEntry" : DISPATCH UPDATE_HISTORY_ENTRY {}
    "c2bfb780-4539-4132-ab8c-0a8772013ab6" "IUpdateHistoryEntry2" : DISPATCH UPDATE_HISTORY_ENTRY { 21 get_Categories }
    "a7f04f3c-a290-435b-aadf-a116c3357a5c" "IUpdateHistoryEntryCollection" : DISPATCH {
        7 get_Item, 8 get__NewEnum, 9 get_Count,
    }
    "8f45abf1-f9ae-4b95-a933-f0f66e5056ea" "IUpdateSearcher" : DISPATCH UPDATE_SEARCHER {}
    "4cbdcb2d-1589-4beb-bd1c-3e582ff0add0" "IUpdateSearcher2" : DISPATCH UPDATE_SEARCHER UPDATE_SEARCHER2 {}
    "04c6895d-eaf2-4034-97f3-311de9be413a" "IUpdateSearcher3" : DISPATCH UPDATE_SEARCHER UPDATE_SEARCHER2 {
        27 get_SearchScope, 28 put_SearchScope,
    }
    "816858a4-260d-4260-933a-2585f1abc76b" "IUpdateSession" : DISPATCH UPDATE_SESSION {}
    "91caf7b0-eb23-49ed-9937-c52d817f46f7" "IUpdateSession2" : DISPATCH UPDATE_SESSION UPDATE_SESSION2 {}
    "918efd1e-b5d8-4c90-8540-aeb9bdc56f9d" "IUpdateSession3" : DISPATCH UPDATE_SESSION UPDATE_SESSION2 {
        17 CreateUpdateServiceManager, 18 QueryHistory,
    }
    "76b3b17e-aed6-4da5-85f0-83587f81abe3" "IUpdateService" : DISPATCH UPDATE_SERVICE {}
    "1518b460-6518-4172-940f-c75883b24ceb" "IUpdateService2" : DISPATCH UPDATE_SERVICE { 20 get_IsDefaultAUService }
    "9b0353aa-0e52-44ff-b8b0-1f7fa0437f88" "IUpdateServiceCollection" : DISPATCH {
        7 get_Item, 8 get__NewEnum, 9 get_Count,
    }
    "dde02280-12b3-4e0b-937b-6747f6acb286" "IUpdateServiceRegistration" : DISPATCH {
        7 get_RegistrationState, 8 get_ServiceID, 9 get_IsPendingRegistrationWithAU, 10 get_Service,
    }
}
