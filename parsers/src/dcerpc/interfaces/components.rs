//! COM+: catalog, events, tracking, transactions, serviced components: [MS-COMA], [MS-COMEV], [MS-COMT], [MS-COM], [MS-IOI].

use super::com::DISPATCH;
use super::{Operations, operations};

const EVENT_SYSTEM: Operations = operations! {
    7 Query, 8 Store, 9 Remove, 10 get_EventObjectChangeEventClassID, 11 QueryS, 12 RemoveS,
};
const EVENT_CLASS: Operations = operations! {
    7 get_EventClassID, 8 put_EventClassID, 9 get_EventClassName, 10 put_EventClassName, 11 get_OwnerSID,
    12 put_OwnerSID, 13 get_FiringInterfaceID, 14 put_FiringInterfaceID, 15 get_Description, 16 put_Description,
    19 get_TypeLib, 20 put_TypeLib,
};
const EVENT_CLASS2: Operations = operations! {
    21 get_PublisherID, 22 put_PublisherID, 23 get_MultiInterfacePublisherFilterCLSID,
    24 put_MultiInterfacePublisherFilterCLSID, 25 get_AllowInprocActivation, 26 put_AllowInprocActivation,
    27 get_FireInParallel, 28 put_FireInParallel,
};
const EVENT_SUBSCRIPTION: Operations = operations! {
    7 get_SubscriptionID, 8 put_SubscriptionID, 9 get_SubscriptionName, 10 put_SubscriptionName, 11 get_PublisherID,
    12 put_PublisherID, 13 get_EventClassID, 14 put_EventClassID, 15 get_MethodName, 16 put_MethodName,
    17 get_SubscriberCLSID, 18 put_SubscriberCLSID, 19 get_SubscriberInterface, 20 put_SubscriberInterface,
    21 get_PerUser, 22 put_PerUser, 23 get_OwnerSID, 24 put_OwnerSID, 25 get_Enabled, 26 put_Enabled,
    27 get_Description, 28 put_Description, 29 get_MachineName, 30 put_MachineName, 31 GetPublisherProperty,
    32 PutPublisherProperty, 33 RemovePublisherProperty, 34 GetPublisherPropertyCollection, 35 GetSubscriberProperty,
    36 PutSubscriberProperty, 37 RemoveSubscriberProperty, 38 GetSubscriberPropertyCollection, 39 get_InterfaceID,
    40 put_InterfaceID,
};
const EVENT_SUBSCRIPTION2: Operations = operations! {
    41 get_FilterCriteria, 42 put_FilterCriteria, 43 get_SubscriberMoniker, 44 put_SubscriberMoniker,
};

super::interfaces! {
    // [MS-COMA] 3.1.4
    "182c40fa-32e4-11d0-818b-00a0c9231c29" "ICatalogSession" { 7 InitializeSession, 8 GetServerInformation }
    "1d118904-94b3-4a64-9fa6-ed432666a7b9" "ICatalog64BitSupport" {
        3 SupportsMultipleBitness, 4 Initialize64BitQueryCellSupport,
    }
    "a8927a41-d3ce-11d1-8472-006008b0e5ca" "ICatalogTableInfo" { 3 GetClientTableInfo }
    "0e3d6630-b46b-11d1-9d2d-006008b0e5ca" "ICatalogTableRead" { 3 ReadTable }
    "0e3d6631-b46b-11d1-9d2d-006008b0e5ca" "ICatalogTableWrite" { 3 WriteTable }
    "8db2180e-bd29-11d1-8b7e-00c04fd7a924" "IRegister" { 3 RegisterModule }
    "971668dc-c3fe-4ea1-9643-0c7230f494a1" "IRegister2" {
        3 CreateFullConfiguration, 4 CreateLegacyConfiguration, 5 PromoteLegacyConfiguration, 8 RegisterModule2,
    }
    "c2be6970-df9e-11d1-8b87-00c04fd7a924" "IImport" { 3 ImportFromFile, 4 QueryFile }
    "1f7b1697-ecb2-4cbb-8a0e-75c427f4a6f0" "IImport2" { 3 SetPartition }
    "cfadac84-e12c-11d1-b34c-00c04f990d54" "IExport" { 3 ExportConglomeration }
    "f131ea3e-b7be-480e-a60d-51cb2785779e" "IExport2" { 3 ExportPartition }
    "7f43b400-1a0e-4d57-bbc9-6b0c65f7a889" "IAlternateLaunch" { 3 CreateConfiguration, 4 DeleteConfiguration }
    "456129e2-1078-11d2-b0f9-00805fc73204" "ICatalogUtils" {
        3 ValidateUser, 4 WaitForEndWrites, 5 GetEventClassesForIID,
    }
    "c726744e-5735-4f08-8286-c510ee638fb6" "ICatalogUtils2" {
        3 CopyConglomerations, 4 CopyComponentConfiguration, 5 AliasComponent, 6 MoveComponentConfiguration,
        7 GetEventClassesForIID2, 8 IsSafeToDelete, 9 FlushPartitionCache, 10 EnumerateSRPLevels,
        11 GetComponentVersions,
    }
    "47cde9a1-0bf6-11d2-8016-00c04fb9988e" "ICapabilitySupport" { 3 Start, 4 Stop, 7 IsInstalled, 8 IsRunning }
    "3f3b1b86-dbbe-11d1-9da6-00805f85cfe3" "IContainerControl" {
        3 CreateContainer, 4 ShutdownContainers, 5 RefreshComponents,
    }
    "6c935649-30a6-4211-8687-c4c83e5fe1c7" "IContainerControl2" {
        3 ShutdownContainer, 4 PauseContainer, 5 ResumeContainer, 6 IsContainerPaused, 7 GetRunningContainers,
        8 GetContainerIDFromProcessID, 9 RecycleContainer, 10 GetContainerIDFromConglomerationID,
    }
    "98315903-7be5-11d2-adc1-00a02463d6e7" "IReplicationUtil" {
        3 CreateShare, 4 CreateEmptyDir, 5 RemoveShare, 6 BeginReplicationAsTarget, 7 QueryConglomerationPassword,
        8 CreateReplicationDir,
    }
    // [MS-COMEV]
    "f89ac270-d4eb-11d1-b682-00805fc79216" "IEventObjectCollection" : DISPATCH {
        7 get__NewEnum, 8 get_Item, 9 get_NewEnum, 10 get_Count, 11 Add, 12 Remove,
    }
    "4e14fb9f-2e22-11d1-9964-00c04fbbb345" "IEventSystem" : DISPATCH EVENT_SYSTEM {}
    "fb2b72a0-7a68-11d1-88f9-0080c7d771bf" "IEventClass" : DISPATCH EVENT_CLASS {}
    "fb2b72a1-7a68-11d1-88f9-0080c7d771bf" "IEventClass2" : DISPATCH EVENT_CLASS EVENT_CLASS2 {}
    "f4a07d63-2e25-11d1-9964-00c04fbbb345" "IEnumEventObject" { 3 Clone, 4 Next, 5 Reset, 6 Skip }
    "4a6b0e15-2e38-11d1-9965-00c04fbbb345" "IEventSubscription" : DISPATCH EVENT_SUBSCRIPTION {}
    "4a6b0e16-2e38-11d1-9965-00c04fbbb345" "IEventSubscription2" : DISPATCH EVENT_SUBSCRIPTION EVENT_SUBSCRIPTION2 {}
    "7fb7ea43-2d76-4ea8-8cd9-3decc270295e" "IEventClass3" : DISPATCH EVENT_CLASS EVENT_CLASS2 {
        29 get_EventClassPartitionID, 30 put_EventClassPartitionID, 31 get_EventClassApplicationID,
        32 put_EventClassApplicationID,
    }
    "fbc1d17d-c498-43a0-81af-423ddd530af6" "IEventSubscription3" : DISPATCH EVENT_SUBSCRIPTION EVENT_SUBSCRIPTION2 {
        45 get_EventClassPartitionID, 46 put_EventClassPartitionID, 47 get_EventClassApplicationID,
        48 put_EventClassApplicationID, 49 get_SubscriberPartitionID, 50 put_SubscriberPartitionID,
        51 get_SubscriberApplicationID, 52 put_SubscriberApplicationID,
    }
    "99cc098f-a48a-4e9c-8e58-965c0afc19d5" "IEventSystem2" : DISPATCH EVENT_SYSTEM {
        13 GetVersion, 14 VerifyTransientSubscribers,
    }
    "a0e8f27a-888c-11d1-b763-00c04fb926af" "IEventSystemInitialize" { 3 SetCOMCatalogBehaviour }
    // [MS-COMT]
    "b60040e0-bcf3-11d1-861d-0080c729264d" "IGetTrackingData" {
        4 GetContainerData, 5 GetComponentDataByContainer, 6 GetComponentDataByContainerAndCLSID,
    }
    "4e6cdcc9-fb25-4fd5-9cc5-c9f4b6559cec" "IComTrackingInfoEvents" { 3 OnNewTrackingInfo }
    "23c9dd26-2355-4fe2-84de-f779a238adbd" "IProcessDump" : DISPATCH { 7 IsSupported, 8 DumpProcess }
    // [MS-COM]
    "97199110-db2e-11d1-a251-0000f805ca53" "ITransactionStream" {
        3 GetSeqAndTxViaExport, 4 GetSeqAndTxViaTransmitter, 5 GetTxViaExport, 6 GetTxViaTransmitter,
    }
    // [MS-IOI]
    "6619a740-8154-43be-a186-0319578e02db" "IRemoteDispatch" : DISPATCH {
        7 RemoteDispatchAutoDone, 8 RemoteDispatchNotAutoDone,
    }
    "8165b19e-8d3a-4d0b-80c8-97de310db583" "IServicedComponentInfo" { 3 GetComponentInfo }
}
