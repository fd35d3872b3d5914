//! The registry: [MS-RRP], and the shutdown calls that [MS-RSP] adds to the same interface.

super::interfaces! {
    // [MS-RRP] 3.1.5, [MS-RSP] 3.2.4
    "338cd001-2244-31f1-aaaa-900038001003" "winreg" {
        0 OpenClassesRoot, 1 OpenCurrentUser, 2 OpenLocalMachine, 3 OpenPerformanceData, 4 OpenUsers,
        5 BaseRegCloseKey, 6 BaseRegCreateKey, 7 BaseRegDeleteKey, 8 BaseRegDeleteValue, 9 BaseRegEnumKey,
        10 BaseRegEnumValue, 11 BaseRegFlushKey, 12 BaseRegGetKeySecurity, 13 BaseRegLoadKey,
        14 BaseRegNotifyChangeKeyValue, 15 BaseRegOpenKey, 16 BaseRegQueryInfoKey, 17 BaseRegQueryValue,
        18 BaseRegReplaceKey, 19 BaseRegRestoreKey, 20 BaseRegSaveKey, 21 BaseRegSetKeySecurity, 22 BaseRegSetValue,
        23 BaseRegUnLoadKey, 24 BaseInitiateSystemShutdown, 25 BaseAbortSystemShutdown, 26 BaseRegGetVersion,
        27 OpenCurrentConfig, 28 OpenDynData, 29 BaseRegQueryMultipleValues, 30 BaseInitiateSystemShutdownEx,
        31 BaseRegSaveKeyEx, 32 OpenPerformanceText, 33 OpenPerformanceNlsText, 34 BaseRegQueryMultipleValues2,
        35 BaseRegDeleteKeyEx,
    }
}
