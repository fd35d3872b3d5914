//! Windows Management Instrumentation: [MS-WMI] 3.1.4, 3.2.4.

super::interfaces! {
    "027947e1-d731-11ce-a357-000000000001" "IEnumWbemClassObject" { 3 Reset, 4 Next, 5 NextAsync, 6 Clone, 7 Skip }
    "1c1c45ee-4395-11d2-b60b-00104b703efd" "IWbemFetchSmartEnum" { 3 GetSmartEnum }
    "2c9273e0-1dc3-11d3-b364-00105a1f8177" "IWbemRefreshingServices" {
        3 AddObjectToRefresher, 4 AddObjectToRefresherByTemplate, 5 AddEnumToRefresher, 6 RemoveObjectFromRefresher,
        7 GetRemoteRefresher, 8 ReconnectRemoteRefresher,
    }
    "423ec01e-2e35-11d2-b604-00104b703efd" "IWbemWCOSmartEnum" { 3 Next }
    // [MS-WMIO]: passed by value, and never called over the wire
    "44aca674-e8fc-11d0-a07c-00c04fb68820" "IWbemContext" {}
    "dc12a681-737f-11cf-884d-00aa004b2e24" "IWbemClassObject" {}
    "44aca675-e8fc-11d0-a07c-00c04fb68820" "IWbemCallResult" {
        3 GetResultObject, 4 GetResultString, 5 GetResultServices, 6 GetCallStatus,
    }
    "541679ab-2e5f-11d3-b34e-00104bcc4b4a" "IWbemLoginHelper" { 3 SetEvent }
    "7c857801-7381-11cf-884d-00aa004b2e24" "IWbemObjectSink" { 3 Indicate, 4 SetStatus }
    "9556dc99-828c-11cf-a37e-00aa003240c7" "IWbemServices" {
        3 OpenNamespace, 4 CancelAsyncCall, 5 QueryObjectSink, 6 GetObject, 7 GetObjectAsync, 8 PutClass,
        9 PutClassAsync, 10 DeleteClass, 11 DeleteClassAsync, 12 CreateClassEnum, 13 CreateClassEnumAsync,
        14 PutInstance, 15 PutInstanceAsync, 16 DeleteInstance, 17 DeleteInstanceAsync, 18 CreateInstanceEnum,
        19 CreateInstanceEnumAsync, 20 ExecQuery, 21 ExecQueryAsync, 22 ExecNotificationQuery,
        23 ExecNotificationQueryAsync, 24 ExecMethod, 25 ExecMethodAsync,
    }
    // Not in [MS-WMI]; as Windows names it.
    "9f6c78ef-fce5-42fa-abea-3e7df91921dc" "IWbemLoginClientIDEx" { 3 SetClientInfoEx }
    "a359dec5-e813-4834-8a2a-ba7f1d777d76" "IWbemBackupRestoreEx" { 3 Backup, 4 Restore, 5 Pause, 6 Resume }
    "c49e32c7-bc8b-11d2-85d4-00105a1f8304" "IWbemBackupRestore" { 3 Backup, 4 Restore }
    "d4781cd6-e5d3-44df-ad94-930efe48a887" "IWbemLoginClientID" { 3 SetClientInfo }
    "f1e9c5b2-f59b-11d2-b362-00105a1f8177" "IWbemRemoteRefresher" { 3 RemoteRefresh, 4 StopRefreshing }
    "f309ad18-d86a-11d0-a075-00c04fb68820" "IWbemLevel1Login" {
        3 EstablishPosition, 4 RequestChallenge, 5 WBEMLogin, 6 NTLMLogin,
    }
}
