//! System resource manager, data over the web, telnet sessions, remote assistance: [MS-WSRM], [MS-ADTG], [MS-TSRAP], [MS-RAI].

use super::com::DISPATCH;
use super::{Operations, operations};

const DATA_FACTORY: Operations = operations! { 3 Query, 4 SubmitChanges, 5 ConvertToString, 6 CreateRecordSet };
const DATA_FACTORY2: Operations = operations! { 7 Execute21, 8 Synchronize21 };

super::interfaces! {
    // [MS-WSRM]
    "c5cebee2-9df5-4cdd-a08c-c2471bc144b4" "IResourceManager" : DISPATCH {
        7 RetrieveEventList, 8 GetSystemAffinity, 9 ImportXMLFiles, 10 ExportXMLFiles, 11 RestoreXMLFiles,
        12 GetDependencies, 13 GetServiceList, 14 GetIISAppPoolNames, 15 GetServerName, 16 GetCurrentMemory,
    }
    "481e06cf-ab04-4498-8ffe-124a0a34296d" "IWRMCalendar" : DISPATCH {
        7 GetCalendarInfo, 8 CreateCalendar, 9 ModifyCalendar, 10 DeleteCalendar, 11 RenameCalendar, 12 ComputeEvents,
        13 GetScheduleInfo, 14 CreateSchedule, 15 ModifySchedule, 16 DeleteSchedule, 17 RenameSchedule,
        18 MoveBeforeCalendar, 19 MoveAfterCalendar, 20 GetServerTimeZone,
    }
    "59602eb6-57b0-4fd8-aa4b-ebf06971fe15" "IWRMPolicy" : DISPATCH {
        7 GetPolicyInfo, 8 CreatePolicy, 9 ModifyPolicy, 10 DeletePolicy, 11 RenameAllocationPolicy, 12 MoveBefore,
        13 MoveAfter, 14 SetCalDefaultPolicyName, 15 GetCalDefaultPolicyName, 16 GetProcessList, 17 GetCurrentPolicy,
        18 SetCurrentPolicy, 19 GetCurrentStateAndActivePolicyName, 20 GetConditionalPolicy, 21 SetConditionalPolicy,
    }
    "bc681469-9dd9-4bf4-9b3d-709f69efe431" "IWRMResourceGroup" : DISPATCH {
        7 GetResourceGroupInfo, 8 ModifyResourceGroup, 9 CreateResourceGroup, 10 DeleteResourceGroup,
        11 RenameResourceGroup,
    }
    "4f7ca01c-a9e5-45b6-b142-2332a1339c1d" "IWRMAccounting" : DISPATCH {
        7 CreateAccountingDb, 8 GetAccountingMetadata, 9 ExecuteAccountingQuery, 10 GetRawAccountingData,
        11 GetNextAccountingDataBatch, 12 DeleteAccountingData, 13 DefragmentDB, 14 CancelAccountingQuery,
        15 RegisterAccountingClient, 16 DumpAccountingData, 17 GetAccountingClients, 18 SetAccountingClientStatus,
        19 CheckAccountingConnection, 20 SetClientPermissions,
    }
    "21546ae8-4da5-445e-987f-627fea39c5e8" "IWRMConfig" : DISPATCH {
        7 GetConfig, 8 SetConfig, 9 IsEnabled, 10 EnableDisable, 11 GetExclusionList, 12 SetExclusionList,
        13 WSRMActivate, 14 IsWSRMActivated, 15 RestoreExclusionList,
    }
    "f31931a9-832d-481c-9503-887a0e6a79f0" "IWRMProtocol" : DISPATCH { 7 GetSupportedClient }
    "943991a5-b3fe-41fa-9696-7f7b656ee34b" "IWRMMachineGroup" : DISPATCH {
        7 CreateMachineGroup, 8 GetMachineGroupInfo, 9 ModifyMachineGroup, 10 DeleteMachineGroup, 11 RenameMachineGroup,
        12 AddMachine, 13 GetMachineInfo, 14 ModifyMachineInfo, 15 DeleteMachine,
    }
    "2a3eb639-d134-422d-90d8-aaa1b5216202" "IResourceManager2" : DISPATCH {
        7 ExportObjects, 8 GetImportConflicts, 9 ImportXml, 10 ExportXml,
    }
    "fc910418-55ca-45ef-b264-83d4ce7d30e0" "IWRMRemoteSessionMgmt" : DISPATCH {
        7 GetRemoteUserCategories, 8 SetRemoteUserCategories, 9 RefreshRemoteSessionWeights,
    }
    // [MS-ADTG]
    "0eac4842-8763-11cf-a743-00aa00a3f00d" "IDataFactory" : DATA_FACTORY {}
    "070669eb-b52f-11d1-9270-00c04fbbbfb3" "IDataFactory2" : DATA_FACTORY DATA_FACTORY2 {}
    "4639db2a-bfc5-11d2-9318-00c04fbbbfb3" "IDataFactory3" : DATA_FACTORY DATA_FACTORY2 { 9 Execute, 10 Synchronize }
    // [MS-TSRAP]
    "034634fd-ba3f-11d1-856a-00a0c944138c" "IManageTelnetSessions" : DISPATCH {
        7 GetTelnetSessions, 8 TerminateSession, 9 SendMsgToASession,
    }
    // [MS-RAI]
    "833e4100-aff7-4ac3-aac2-9f24c1457bce" "IPCHCollection" : DISPATCH { 7 get__NewEnum, 8 get_Item, 9 get_Count }
    "833e41aa-aff7-4ac3-aac2-9f24c1457bce" "ISAFSession" : DISPATCH {
        7 get_SessionID, 8 put_SessionID, 9 get_SessionState, 10 put_SessionState, 11 get_DomainName, 12 put_DomainName,
        13 get_UserName, 14 put_UserName,
    }
}
