//! Performance counters, logs and alerts: [MS-PCQ], [MS-PLA].

use super::com::DISPATCH;
use super::{Operations, operations};

const DATA_COLLECTOR: Operations = operations! {
    7 get_DataCollectorSet, 9 get_DataCollectorType, 10 get_FileName, 11 put_FileName, 12 get_FileNameFormat,
    13 put_FileNameFormat, 14 get_FileNameFormatPattern, 15 put_FileNameFormatPattern, 16 get_LatestOutputLocation,
    17 put_LatestOutputLocation, 18 get_LogAppend, 19 put_LogAppend, 20 get_LogCircular, 21 put_LogCircular,
    22 get_LogOverwrite, 23 put_LogOverwrite, 24 get_Name, 25 put_Name, 26 get_OutputLocation, 27 get_Index, 29 get_Xml,
    30 SetXml,
};

super::interfaces! {
    // [MS-PCQ] 3.1.4
    "da5a86c5-12c2-4943-ab30-7f74a813d853" "PerflibV2" {
        3 PerflibV2OpenQueryHandle, 4 PerflibV2CloseQueryHandle, 5 PerflibV2QueryCounterInfo,
        6 PerflibV2QueryCounterData, 7 PerflibV2ValidateCounters,
    }
    // [MS-PLA] 3.2.4
    "03837520-098b-11d8-9414-505054503030" "IDataCollectorSet" : DISPATCH {
        7 get_DataCollectors, 8 get_Duration, 9 put_Duration, 10 get_Description, 11 put_Description,
        12 get_DescriptionUnresolved, 13 get_DisplayName, 14 put_DisplayName, 15 get_DisplayNameUnresolved,
        16 get_Keywords, 17 put_Keywords, 18 get_LatestOutputLocation, 19 put_LatestOutputLocation, 20 get_Name,
        21 get_OutputLocation, 22 get_RootPath, 23 put_RootPath, 24 get_Segment, 25 put_Segment,
        26 get_SegmentMaxDuration, 27 put_SegmentMaxDuration, 28 get_SegmentMaxSize, 29 put_SegmentMaxSize,
        30 get_SerialNumber, 31 put_SerialNumber, 32 get_Server, 33 get_Status, 34 get_Subdirectory,
        35 put_Subdirectory, 36 get_SubdirectoryFormat, 37 put_SubdirectoryFormat, 38 get_SubdirectoryFormatPattern,
        39 put_SubdirectoryFormatPattern, 40 get_Task, 41 put_Task, 42 get_TaskRunAsSelf, 43 put_TaskRunAsSelf,
        44 get_TaskArguments, 45 put_TaskArguments, 46 get_TaskUserTextArguments, 47 put_TaskUserTextArguments,
        48 get_Schedules, 49 get_SchedulesEnabled, 50 put_SchedulesEnabled, 51 get_UserAccount, 52 get_Xml,
        53 get_Security, 54 put_Security, 55 get_StopOnCompletion, 56 put_StopOnCompletion, 57 get_DataManager,
        58 SetCredentials, 59 Query, 60 Commit, 61 Delete, 62 Start, 63 Stop, 64 SetXml, 65 SetValue, 66 GetValue,
    }
    "03837541-098b-11d8-9414-505054503030" "IDataManager" : DISPATCH {
        7 get_Enabled, 8 put_Enabled, 9 get_CheckBeforeRunning, 10 put_CheckBeforeRunning, 11 get_MinFreeDisk,
        12 put_MinFreeDisk, 13 get_MaxSize, 14 put_MaxSize, 15 get_MaxFolderCount, 16 put_MaxFolderCount,
        17 get_ResourcePolicy, 18 put_ResourcePolicy, 19 get_FolderActions, 20 get_ReportSchema, 21 put_ReportSchema,
        22 get_ReportFileName, 23 put_ReportFileName, 24 get_RuleTargetFileName, 25 put_RuleTargetFileName,
        26 get_EventsFileName, 27 put_EventsFileName, 28 get_Rules, 29 put_Rules, 30 Run, 31 Extract,
    }
    "03837543-098b-11d8-9414-505054503030" "IFolderAction" : DISPATCH {
        7 get_Age, 8 put_Age, 9 get_Size, 10 put_Size, 11 get_Actions, 12 put_Actions, 13 get_SendCabTo,
        14 put_SendCabTo,
    }
    "03837544-098b-11d8-9414-505054503030" "IFolderActionCollection" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 Add, 11 Remove, 12 Clear, 13 AddRange, 14 CreateFolderAction,
    }
    "038374ff-098b-11d8-9414-505054503030" "IDataCollector" : DISPATCH DATA_COLLECTOR {}
    "03837506-098b-11d8-9414-505054503030" "IPerformanceCounterDataCollector" : DISPATCH DATA_COLLECTOR {
        32 get_DataSourceName, 33 put_DataSourceName, 34 get_PerformanceCounters, 35 put_PerformanceCounters,
        36 get_LogFileFormat, 37 put_LogFileFormat, 38 get_SampleInterval, 39 put_SampleInterval,
        40 get_SegmentMaxRecords, 41 put_SegmentMaxRecords,
    }
    "0383750b-098b-11d8-9414-505054503030" "ITraceDataCollector" : DISPATCH DATA_COLLECTOR {
        32 get_BufferSize, 33 put_BufferSize, 34 get_BuffersLost, 36 get_BuffersWritten, 38 get_ClockType,
        39 put_ClockType, 40 get_EventsLost, 42 get_ExtendedModes, 43 put_ExtendedModes, 44 get_FlushTimer,
        45 put_FlushTimer, 46 get_FreeBuffers, 48 get_Guid, 49 put_Guid, 50 get_IsKernelTrace, 51 get_MaximumBuffers,
        52 put_MaximumBuffers, 53 get_MinimumBuffers, 54 put_MinimumBuffers, 55 get_NumberOfBuffers,
        56 put_NumberOfBuffers, 57 get_PreallocateFile, 58 put_PreallocateFile, 59 get_ProcessMode, 60 put_ProcessMode,
        61 get_RealTimeBuffersLost, 63 get_SessionId, 65 get_SessionName, 66 put_SessionName, 67 get_SessionThreadId,
        69 get_StreamMode, 70 put_StreamMode, 71 get_TraceDataProviders,
    }
    "03837514-098b-11d8-9414-505054503030" "IConfigurationDataCollector" : DISPATCH DATA_COLLECTOR {
        32 get_FileMaxCount, 33 put_FileMaxCount, 34 get_FileMaxRecursiveDepth, 35 put_FileMaxRecursiveDepth,
        36 get_FileMaxTotalSize, 37 put_FileMaxTotalSize, 38 get_Files, 39 put_Files, 40 get_ManagementQueries,
        41 put_ManagementQueries, 42 get_QueryNetworkAdapters, 43 put_QueryNetworkAdapters, 44 get_RegistryKeys,
        45 put_RegistryKeys, 46 get_RegistryMaxRecursiveDepth, 47 put_RegistryMaxRecursiveDepth, 48 get_SystemStateFile,
        49 put_SystemStateFile,
    }
    "03837516-098b-11d8-9414-505054503030" "IAlertDataCollector" : DISPATCH DATA_COLLECTOR {
        32 get_AlertThresholds, 33 put_AlertThresholds, 34 get_EventLog, 35 put_EventLog, 36 get_SampleInterval,
        37 put_SampleInterval, 38 get_Task, 39 put_Task, 40 get_TaskRunAsSelf, 41 put_TaskRunAsSelf,
        42 get_TaskArguments, 43 put_TaskArguments, 44 get_TaskUserTextArguments, 45 put_TaskUserTextArguments,
        46 get_TriggerDataCollectorSet, 47 put_TriggerDataCollectorSet,
    }
    "0383751a-098b-11d8-9414-505054503030" "IApiTracingDataCollector" : DISPATCH DATA_COLLECTOR {
        32 get_LogApiNamesOnly, 33 put_LogApiNamesOnly, 34 get_LogApisRecursively, 35 put_LogApisRecursively,
        36 get_ExePath, 37 put_ExePath, 38 get_LogFilePath, 39 put_LogFilePath, 40 get_IncludeModules,
        41 put_IncludeModules, 42 get_IncludeApis, 43 put_IncludeApis, 44 get_ExcludeApis, 45 put_ExcludeApis,
    }
    "03837502-098b-11d8-9414-505054503030" "IDataCollectorCollection" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 Add, 11 Remove, 12 Clear, 13 AddRange,
        14 CreateDataCollectorFromXml, 15 CreateDataCollector,
    }
    "03837524-098b-11d8-9414-505054503030" "IDataCollectorSetCollection" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 Add, 11 Remove, 12 Clear, 13 AddRange, 14 GetDataCollectorSets,
    }
    "03837512-098b-11d8-9414-505054503030" "ITraceDataProvider" : DISPATCH {
        7 get_DisplayName, 8 put_DisplayName, 9 get_Guid, 10 put_Guid, 11 get_Level, 12 get_KeywordsAny,
        13 get_KeywordsAll, 14 get_Properties, 15 get_FilterEnabled, 16 put_FilterEnabled, 17 get_FilterType,
        18 put_FilterType, 19 get_FilterData, 20 put_FilterData, 21 Query, 22 Resolve, 23 SetSecurity, 24 GetSecurity,
        25 GetRegisteredProcesses,
    }
    "03837510-098b-11d8-9414-505054503030" "ITraceDataProviderCollection" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 Add, 11 Remove, 12 Clear, 13 AddRange, 14 CreateTraceDataProvider,
        15 GetTraceDataProviders, 16 GetTraceDataProvidersByProcess,
    }
    "0383753a-098b-11d8-9414-505054503030" "ISchedule" : DISPATCH {
        7 get_StartDate, 8 put_StartDate, 9 get_EndDate, 10 put_EndDate, 11 get_StartTime, 12 put_StartTime,
        13 get_Days, 14 put_Days,
    }
    "0383753d-098b-11d8-9414-505054503030" "IScheduleCollection" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 Add, 11 Remove, 12 Clear, 13 AddRange, 14 CreateSchedule,
    }
    "03837533-098b-11d8-9414-505054503030" "IValueMapItem" : DISPATCH {
        7 get_Description, 8 put_Description, 9 get_Enabled, 10 put_Enabled, 11 get_Key, 12 put_Key, 13 get_Value,
        14 put_Value, 15 get_ValueMapType, 16 put_ValueMapType,
    }
    "03837534-098b-11d8-9414-505054503030" "IValueMap" : DISPATCH {
        7 get_Count, 8 get_Item, 9 get__NewEnum, 10 get_Description, 11 put_Description, 12 get_Value, 13 put_Value,
        14 get_ValueMapType, 15 put_ValueMapType, 16 Add, 17 Remove, 18 Clear, 19 AddRange, 20 CreateValueMapItem,
    }
}
