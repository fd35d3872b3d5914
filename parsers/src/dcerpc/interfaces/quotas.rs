//! Quotas, file screens, reports and classification of file servers: [MS-FSRM].

use super::com::DISPATCH;
use super::{Operations, operations};

const FSRM_OBJECT: Operations = operations! { 7 get_Id, 8 get_Description, 9 put_Description, 10 Delete, 11 Commit };
const FSRM_COLLECTION: Operations = operations! {
    7 get__NewEnum, 8 get_Item, 9 get_Count, 10 get_State, 11 Cancel, 12 WaitForCompletion, 13 GetById,
};
const FSRM_MUTABLE_COLLECTION: Operations = operations! { 14 Add, 15 Remove, 16 RemoveById, 17 Clone };
const FSRM_ACTION: Operations = operations! {
    7 get_Id, 8 get_ActionType, 9 get_RunLimitInterval, 10 put_RunLimitInterval, 11 Delete,
};
const FSRM_ACTION_EMAIL: Operations = operations! {
    12 get_MailFrom, 13 put_MailFrom, 14 get_MailReplyTo, 15 put_MailReplyTo, 16 get_MailTo, 17 put_MailTo,
    18 get_MailCc, 19 put_MailCc, 20 get_MailBcc, 21 put_MailBcc, 22 get_MailSubject, 23 put_MailSubject,
    24 get_MessageText, 25 put_MessageText,
};
const FSRM_PROPERTY_DEFINITION: Operations = operations! {
    12 get_Name, 13 put_Name, 14 get_Type, 15 put_Type, 16 get_PossibleValues, 17 put_PossibleValues,
    18 get_ValueDescriptions, 19 put_ValueDescriptions, 20 get_Parameters, 21 put_Parameters,
};
const FSRM_RULE: Operations = operations! {
    12 get_Name, 13 put_Name, 14 get_RuleType, 15 get_ModuleDefinitionName, 16 put_ModuleDefinitionName,
    17 get_NamespaceRoots, 18 put_NamespaceRoots, 19 get_RuleFlags, 20 put_RuleFlags, 21 get_Parameters,
    22 put_Parameters, 23 get_LastModified,
};
const FSRM_PIPELINE_MODULE_DEFINITION: Operations = operations! {
    12 get_ModuleClsid, 13 put_ModuleClsid, 14 get_Name, 15 put_Name, 16 get_Company, 17 put_Company, 18 get_Version,
    19 put_Version, 20 get_ModuleType, 21 get_Enabled, 22 put_Enabled, 23 get_NeedsFileContent, 24 put_NeedsFileContent,
    25 get_Account, 26 put_Account, 27 get_SupportedExtensions, 28 put_SupportedExtensions, 29 get_Parameters,
    30 put_Parameters,
};
const FSRM_QUOTA_BASE: Operations = operations! {
    12 get_QuotaLimit, 13 put_QuotaLimit, 14 get_QuotaFlags, 15 put_QuotaFlags, 16 get_Thresholds, 17 AddThreshold,
    18 DeleteThreshold, 19 ModifyThreshold, 20 CreateThresholdAction, 21 EnumThresholdActions,
};
const FSRM_QUOTA_OBJECT: Operations = operations! {
    22 get_Path, 23 get_UserSid, 24 get_UserAccount, 25 get_SourceTemplateName, 26 get_MatchesSourceTemplate,
    27 ApplyTemplate,
};
const FSRM_QUOTA_MANAGER: Operations = operations! {
    7 get_ActionVariables, 8 get_ActionVariableDescriptions, 9 CreateQuota, 10 CreateAutoApplyQuota, 11 GetQuota,
    12 GetAutoApplyQuota, 13 GetRestrictiveQuota, 14 EnumQuotas, 15 EnumAutoApplyQuotas, 16 EnumEffectiveQuotas,
    17 Scan, 18 CreateQuotaCollection,
};
const FSRM_QUOTA_TEMPLATE: Operations = operations! {
    22 get_Name, 23 put_Name, 24 CopyTemplate, 25 CommitAndUpdateDerived,
};
const FSRM_FILE_GROUP: Operations = operations! {
    12 get_Name, 13 put_Name, 14 get_Members, 15 put_Members, 16 get_NonMembers, 17 put_NonMembers,
};
const FSRM_FILE_SCREEN_BASE: Operations = operations! {
    12 get_BlockedFileGroups, 13 put_BlockedFileGroups, 14 get_FileScreenFlags, 15 put_FileScreenFlags, 16 CreateAction,
    17 EnumActions,
};
const FSRM_FILE_SCREEN_TEMPLATE: Operations = operations! {
    18 get_Name, 19 put_Name, 20 CopyTemplate, 21 CommitAndUpdateDerived,
};

super::interfaces! {
    "22bcef93-4a3f-4183-89f9-2f8b8a628aee" "IFsrmObject" : DISPATCH FSRM_OBJECT {}
    "f76fbf3b-8ddd-4b42-b05a-cb1c3ff1fee8" "IFsrmCollection" : DISPATCH FSRM_COLLECTION {}
    "1bb617b8-3886-49dc-af82-a6c90fa35dda" "IFsrmMutableCollection" : DISPATCH FSRM_COLLECTION FSRM_MUTABLE_COLLECTION {}
    "96deb3b5-8b91-4a2a-9d93-80a35d8aa847" "IFsrmCommittableCollection" : DISPATCH FSRM_COLLECTION FSRM_MUTABLE_COLLECTION {
        18 Commit,
    }
    "6cd6408a-ae60-463b-9ef1-e117534d69dc" "IFsrmAction" : DISPATCH FSRM_ACTION {}
    "d646567d-26ae-4caa-9f84-4e0aad207fca" "IFsrmActionEmail" : DISPATCH FSRM_ACTION FSRM_ACTION_EMAIL {}
    "2dbe63c4-b340-48a0-a5b0-158e07fc567e" "IFsrmActionReport" : DISPATCH FSRM_ACTION {
        12 get_ReportTypes, 13 put_ReportTypes, 14 get_MailTo, 15 put_MailTo,
    }
    "4c8f96c3-5d94-4f37-a4f4-f56ab463546f" "IFsrmActionEventLog" : DISPATCH FSRM_ACTION {
        12 get_EventType, 13 put_EventType, 14 get_MessageText, 15 put_MessageText,
    }
    "12937789-e247-4917-9c20-f3ee9c7ee783" "IFsrmActionCommand" : DISPATCH FSRM_ACTION {
        12 get_ExecutablePath, 13 put_ExecutablePath, 14 get_Arguments, 15 put_Arguments, 16 get_Account,
        17 put_Account, 18 get_WorkingDirectory, 19 put_WorkingDirectory, 20 get_MonitorCommand, 21 put_MonitorCommand,
        22 get_KillTimeOut, 23 put_KillTimeOut, 24 get_LogResult, 25 put_LogResult,
    }
    "f411d4fd-14be-4260-8c40-03b7c95e608a" "IFsrmSetting" : DISPATCH {
        7 get_SmtpServer, 8 put_SmtpServer, 9 get_MailFrom, 10 put_MailFrom, 11 get_AdminEmail, 12 put_AdminEmail,
        13 get_DisableCommandLine, 14 put_DisableCommandLine, 15 get_EnableScreeningAudit, 16 put_EnableScreeningAudit,
        17 EmailTest, 18 SetActionRunLimitInterval, 19 GetActionRunLimitInterval,
    }
    "6f4dbfff-6920-4821-a6c3-b7e94c1fd60c" "IFsrmPathMapper" : DISPATCH { 7 GetSharePathsForLocalPath }
    "8276702f-2532-4839-89bf-4872609a2ea4" "IFsrmActionEmail2" : DISPATCH FSRM_ACTION FSRM_ACTION_EMAIL {
        26 get_AttachmentFileListSize, 27 put_AttachmentFileListSize,
    }
    "39322a2d-38ee-4d0d-8095-421a80849a82" "IFsrmDerivedObjectsResult" : DISPATCH {
        7 get_DerivedObjects, 8 get_Results,
    }
    "ede0150f-e9a3-419c-877c-01fe5d24c5d3" "IFsrmPropertyDefinition" : DISPATCH FSRM_OBJECT FSRM_PROPERTY_DEFINITION {}
    "47782152-d16c-4229-b4e1-0ddfe308b9f6" "IFsrmPropertyDefinition2" : DISPATCH FSRM_OBJECT FSRM_PROPERTY_DEFINITION {
        22 get_PropertyDefinitionFlags, 23 get_DisplayName, 24 put_DisplayName, 25 get_AppliesTo,
        26 get_ValueDefinitions,
    }
    "e946d148-bd67-4178-8e22-1c44925ed710" "IFsrmPropertyDefinitionValue" : DISPATCH {
        7 get_Name, 8 get_DisplayName, 9 get_Description, 10 get_UniqueID,
    }
    "4a73fee4-4102-4fcc-9ffb-38614f9ee768" "IFsrmProperty" : DISPATCH {
        7 get_Name, 8 get_Value, 9 get_Sources, 10 get_PropertyFlags,
    }
    "cb0df960-16f5-4495-9079-3f9360d831df" "IFsrmRule" : DISPATCH FSRM_OBJECT FSRM_RULE {}
    "afc052c2-5315-45ab-841b-c6db0e120148" "IFsrmClassificationRule" : DISPATCH FSRM_OBJECT FSRM_RULE {
        24 get_ExecutionOption, 25 put_ExecutionOption, 26 get_PropertyAffected, 27 put_PropertyAffected, 28 get_Value,
        29 put_Value,
    }
    "515c1277-2c81-440e-8fcf-367921ed4f59" "IFsrmPipelineModuleDefinition" : DISPATCH FSRM_OBJECT FSRM_PIPELINE_MODULE_DEFINITION {}
    "bb36ea26-6318-4b8c-8592-f72dd602e7a5" "IFsrmClassifierModuleDefinition" : DISPATCH FSRM_OBJECT FSRM_PIPELINE_MODULE_DEFINITION {
        31 get_PropertiesAffected, 32 put_PropertiesAffected, 33 get_PropertiesUsed, 34 put_PropertiesUsed,
        35 get_NeedsExplicitValue, 36 put_NeedsExplicitValue,
    }
    "d2dc89da-ee91-48a0-85d8-cc72a56f7d04" "IFsrmClassificationManager" : DISPATCH {
        7 get_ClassificationReportFormats, 8 put_ClassificationReportFormats, 9 get_Logging, 10 put_Logging,
        11 get_ClassificationReportMailTo, 12 put_ClassificationReportMailTo, 13 get_ClassificationReportEnabled,
        14 put_ClassificationReportEnabled, 15 get_ClassificationLastReportPathWithoutExtension,
        16 get_ClassificationLastError, 17 get_ClassificationRunningStatus, 18 EnumPropertyDefinitions,
        19 CreatePropertyDefinition, 20 GetPropertyDefinition, 21 EnumRules, 22 CreateRule, 23 GetRule,
        24 EnumModuleDefinitions, 25 CreateModuleDefinition, 26 GetModuleDefinition, 27 RunClassification,
        28 WaitForClassificationCompletion, 29 CancelClassification, 30 EnumFileProperties, 31 GetFileProperty,
        32 SetFileProperty, 33 ClearFileProperty,
    }
    "15a81350-497d-4aba-80e9-d4dbcc5521fe" "IFsrmStorageModuleDefinition" : DISPATCH FSRM_OBJECT FSRM_PIPELINE_MODULE_DEFINITION {
        31 get_Capabilities, 32 put_Capabilities, 33 get_StorageType, 34 put_StorageType, 35 get_UpdatesFileContent,
        36 put_UpdatesFileContent,
    }
    "1568a795-3924-4118-b74b-68d8f0fa5daf" "IFsrmQuotaBase" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE {}
    "42dc3511-61d5-48ae-b6dc-59fc00c0a8d6" "IFsrmQuotaObject" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE FSRM_QUOTA_OBJECT {}
    "377f739d-9647-4b8e-97d2-5ffce6d759cd" "IFsrmQuota" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE FSRM_QUOTA_OBJECT {
        28 get_QuotaUsed, 29 get_QuotaPeakUsage, 30 get_QuotaPeakUsageTime, 31 ResetPeakUsage,
        32 RefreshUsageProperties,
    }
    "f82e5729-6aba-4740-bfc7-c7f58f75fb7b" "IFsrmAutoApplyQuota" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE FSRM_QUOTA_OBJECT {
        28 get_ExcludeFolders, 29 put_ExcludeFolders, 30 CommitAndUpdateDerived,
    }
    "8bb68c7d-19d8-4ffb-809e-be4fc1734014" "IFsrmQuotaManager" : DISPATCH FSRM_QUOTA_MANAGER {}
    "a2efab31-295e-46bb-b976-e86d58b52e8b" "IFsrmQuotaTemplate" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE FSRM_QUOTA_TEMPLATE {}
    "9a2bf113-a329-44cc-809a-5c00fce8da40" "IFsrmQuotaTemplateImported" : DISPATCH FSRM_OBJECT FSRM_QUOTA_BASE FSRM_QUOTA_TEMPLATE {
        26 get_OverwriteOnCommit, 27 put_OverwriteOnCommit,
    }
    "4173ac41-172d-4d52-963c-fdc7e415f717" "IFsrmQuotaTemplateManager" : DISPATCH {
        7 CreateTemplate, 8 GetTemplate, 9 EnumTemplates, 10 ExportTemplates, 11 ImportTemplates,
    }
    "4846cb01-d430-494f-abb4-b1054999fb09" "IFsrmQuotaManagerEx" : DISPATCH FSRM_QUOTA_MANAGER { 19 IsAffectedByQuota }
    "27b899fe-6ffa-4481-a184-d3daade8a02b" "IFsrmReportManager" : DISPATCH {
        7 EnumReportJobs, 8 CreateReportJob, 9 GetReportJob, 10 GetOutputDirectory, 11 SetOutputDirectory,
        12 IsFilterValidForReportType, 13 GetDefaultFilter, 14 SetDefaultFilter, 15 GetReportSizeLimit,
        16 SetReportSizeLimit,
    }
    "38e87280-715c-4c7d-a280-ea1651a19fef" "IFsrmReportJob" : DISPATCH FSRM_OBJECT {
        12 get_Task, 13 put_Task, 14 get_NamespaceRoots, 15 put_NamespaceRoots, 16 get_Formats, 17 put_Formats,
        18 get_MailTo, 19 put_MailTo, 20 get_RunningStatus, 21 get_LastRun, 22 get_LastError,
        23 get_LastGeneratedInDirectory, 24 EnumReports, 25 CreateReport, 26 Run, 27 WaitForCompletion, 28 Cancel,
    }
    "d8cc81d9-46b8-4fa4-bfa5-4aa9dec9b638" "IFsrmReport" : DISPATCH {
        7 get_Type, 8 get_Name, 9 put_Name, 10 get_Description, 11 put_Description, 12 get_LastGeneratedFileNamePrefix,
        13 GetFilter, 14 SetFilter, 15 Delete,
    }
    "ee321ecb-d95e-48e9-907c-c7685a013235" "IFsrmFileManagementJobManager" : DISPATCH {
        7 get_ActionVariables, 8 get_ActionVariableDescriptions, 9 EnumFileManagementJobs, 10 CreateFileManagementJob,
        11 GetFileManagementJob,
    }
    "0770687e-9f36-4d6f-8778-599d188461c9" "IFsrmFileManagementJob" : DISPATCH FSRM_OBJECT {
        12 get_Name, 13 put_Name, 14 get_NamespaceRoots, 15 put_NamespaceRoots, 16 get_Enabled, 17 put_Enabled,
        18 get_OperationType, 19 put_OperationType, 20 get_ExpirationDirectory, 21 put_ExpirationDirectory,
        22 get_CustomAction, 23 get_Notifications, 24 get_Logging, 25 put_Logging, 26 get_ReportEnabled,
        27 put_ReportEnabled, 28 get_Formats, 29 put_Formats, 30 get_MailTo, 31 put_MailTo, 32 get_DaysSinceFileCreated,
        33 put_DaysSinceFileCreated, 34 get_DaysSinceFileLastAccessed, 35 put_DaysSinceFileLastAccessed,
        36 get_DaysSinceFileLastModified, 37 put_DaysSinceFileLastModified, 38 get_PropertyConditions, 39 get_FromDate,
        40 put_FromDate, 41 get_Task, 42 put_Task, 43 get_Parameters, 44 put_Parameters, 45 get_RunningStatus,
        46 get_LastError, 47 get_LastReportPathWithoutExtension, 48 get_LastRun, 49 get_FileNamePattern,
        50 put_FileNamePattern, 51 Run, 52 WaitForCompletion, 53 Cancel, 54 AddNotification, 55 DeleteNotification,
        56 ModifyNotification, 57 CreateNotificationAction, 58 EnumNotificationActions, 59 CreatePropertyCondition,
        60 CreateCustomAction,
    }
    "326af66f-2ac0-4f68-bf8c-4759f054fa29" "IFsrmPropertyCondition" : DISPATCH {
        7 get_Name, 8 put_Name, 9 get_Type, 10 put_Type, 11 get_Value, 12 put_Value, 13 Delete,
    }
    "6879caf9-6617-4484-8719-71c3d8645f94" "IFsrmReportScheduler" : DISPATCH {
        7 VerifyNamespaces, 8 CreateScheduleTask, 9 ModifyScheduleTask, 10 DeleteScheduleTask,
    }
    "8dd04909-0e34-4d55-afaa-89e1f1a1bbb9" "IFsrmFileGroup" : DISPATCH FSRM_OBJECT FSRM_FILE_GROUP {}
    "ad55f10b-5f11-4be7-94ef-d9ee2e470ded" "IFsrmFileGroupImported" : DISPATCH FSRM_OBJECT FSRM_FILE_GROUP {
        18 get_OverwriteOnCommit, 19 put_OverwriteOnCommit,
    }
    "426677d5-018c-485c-8a51-20b86d00bdc4" "IFsrmFileGroupManager" : DISPATCH {
        7 CreateFileGroup, 8 GetFileGroup, 9 EnumFileGroups, 10 ExportFileGroups, 11 ImportFileGroups,
    }
    "f3637e80-5b22-4a2b-a637-bbb642b41cfc" "IFsrmFileScreenBase" : DISPATCH FSRM_OBJECT FSRM_FILE_SCREEN_BASE {}
    "5f6325d3-ce88-4733-84c1-2d6aefc5ea07" "IFsrmFileScreen" : DISPATCH FSRM_OBJECT FSRM_FILE_SCREEN_BASE {
        18 get_Path, 19 get_SourceTemplateName, 20 get_MatchesSourceTemplate, 21 get_UserSid, 22 get_UserAccount,
        23 ApplyTemplate,
    }
    "bee7ce02-df77-4515-9389-78f01c5afc1a" "IFsrmFileScreenException" : DISPATCH FSRM_OBJECT {
        12 get_Path, 13 get_AllowedFileGroups, 14 put_AllowedFileGroups,
    }
    "ff4fa04e-5a94-4bda-a3a0-d5b4d3c52eba" "IFsrmFileScreenManager" : DISPATCH {
        7 get_ActionVariables, 8 get_ActionVariableDescriptions, 9 CreateFileScreen, 10 GetFileScreen,
        11 EnumFileScreens, 12 CreateFileScreenException, 13 GetFileScreenException, 14 EnumFileScreenExceptions,
        15 CreateFileScreenCollection,
    }
    "205bebf8-dd93-452a-95a6-32b566b35828" "IFsrmFileScreenTemplate" : DISPATCH FSRM_OBJECT FSRM_FILE_SCREEN_BASE FSRM_FILE_SCREEN_TEMPLATE {}
    "e1010359-3e5d-4ecd-9fe4-ef48622fdf30" "IFsrmFileScreenTemplateImported" : DISPATCH FSRM_OBJECT FSRM_FILE_SCREEN_BASE FSRM_FILE_SCREEN_TEMPLATE {
        22 get_OverwriteOnCommit, 23 put_OverwriteOnCommit,
    }
    "cfe36cba-1949-4e74-a14f-f1d580ceaf13" "IFsrmFileScreenTemplateManager" : DISPATCH {
        7 CreateTemplate, 8 GetTemplate, 9 EnumTemplates, 10 ExportTemplates, 11 ImportTemplates,
    }
}
