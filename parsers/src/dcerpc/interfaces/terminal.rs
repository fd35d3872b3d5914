//! Terminal services: [MS-TSTS], [MS-TSGU].

super::interfaces! {
    // 3.3.4.1
    "484809d6-4239-471b-b5bc-61df8c23ac48" "TermSrvSession" {
        0 RpcOpenSession, 1 RpcCloseSession, 2 RpcConnect, 3 RpcDisconnect, 4 RpcLogoff, 5 RpcGetUserName,
        6 RpcGetTerminalName, 7 RpcGetState, 8 RpcIsSessionDesktopLocked, 9 RpcShowMessageBox, 10 RpcGetTimes,
        11 RpcGetSessionCounters, 12 RpcGetSessionInformation, 13 RpcSwitchToServicesSession,
        14 RpcRevertFromServicesSession, 15 RpcGetLoggedOnCount, 16 RpcGetSessionType, 17 RpcGetSessionInformationEx,
        21 RpcGetActivityId,
    }
    // 3.3.4.2
    "11899a43-2b68-4a76-92e3-a3d6ad8c26ce" "TermSrvNotification" {
        0 RpcWaitForSessionState, 1 RpcRegisterAsyncNotification, 2 RpcWaitAsyncNotification,
        3 RpcUnRegisterAsyncNotification,
    }
    // 3.3.4.3
    "88143fd0-c28d-4b2b-8fef-8d882f6a9390" "TermSrvEnumeration" {
        0 RpcOpenEnum, 1 RpcCloseEnum, 2 RpcFilterByState, 3 RpcFilterByCallersName, 4 RpcEnumAddFilter,
        5 RpcGetEnumResult, 6 RpcFilterBySessionType, 8 RpcGetSessionIds, 9 RpcGetEnumResultEx, 10 RpcGetAllSessions,
        11 RpcGetAllSessionsEx,
    }
    // 3.5.4.1
    "bde95fdf-eee0-45de-9e12-e5a61cd0d4fe" "RCMPublic" {
        0 RpcGetClientData, 1 RpcGetConfigData, 2 RpcGetProtocolStatus, 3 RpcGetLastInputTime, 4 RpcGetRemoteAddress,
        5 RpcShadow, 6 RpcShadowTarget, 7 RpcShadowStop, 8 RpcGetAllListeners, 9 RpcGetSessionProtocolLastInputTime,
        10 RpcGetUserCertificates, 11 RpcQuerySessionData,
    }
    // 3.5.4.2
    "497d95a6-2d27-4bf5-9bbd-a6046957133c" "RCMListener" {
        0 RpcOpenListener, 1 RpcCloseListener, 2 RpcStopListener, 3 RpcStartListener, 4 RpcIsListening,
    }
    // 3.7.4.1
    "5ca4a760-ebb1-11cf-8611-00a0245420ed" "IcaApi" {
        0 RpcWinStationOpenServer, 1 RpcWinStationCloseServer, 2 RpcIcaServerPing, 3 RpcWinStationEnumerate,
        4 RpcWinStationRename, 5 RpcWinStationQueryInformation, 6 RpcWinStationSetInformation,
        7 RpcWinStationSendMessage, 8 RpcLogonIdFromWinStationName, 9 RpcWinStationNameFromLogonId,
        10 RpcWinStationConnect, 11 RpcWinStationVirtualOpen, 12 RpcWinStationBeepOpen, 13 RpcWinStationDisconnect,
        14 RpcWinStationReset, 15 RpcWinStationShutdownSystem, 16 RpcWinStationWaitSystemEvent, 17 RpcWinStationShadow,
        18 RpcWinStationShadowTargetSetup, 19 RpcWinStationShadowTarget, 20 RpcWinStationGenerateLicense,
        21 RpcWinStationInstallLicense, 22 RpcWinStationEnumerateLicenses, 23 RpcWinStationActivateLicense,
        24 RpcWinStationRemoveLicense, 25 RpcWinStationQueryLicense, 26 RpcWinStationSetPoolCount,
        27 RpcWinStationQueryUpdateRequired, 28 RpcWinStationCallback, 29 RpcWinStationBreakPoint,
        30 RpcWinStationReadRegistry, 31 RpcWinStationWaitForConnect, 32 RpcWinStationNotifyLogon,
        33 RpcWinStationNotifyLogoff, 34 OldRpcWinStationEnumerateProcesses, 35 RpcWinStationAnnoyancePopup,
        36 RpcWinStationEnumerateProcesses, 37 RpcWinStationTerminateProcess, 43 RpcWinStationGetAllProcesses,
        44 RpcWinStationGetProcessSid, 45 RpcWinStationGetTermSrvCountersValue, 46 RpcWinStationReInitializeSecurity,
        53 RpcWinStationGetLanAdapterName, 55 RpcWinStationQueryLogonCredentials, 58 RpcWinStationUpdateSettings,
        59 RpcWinStationShadowStop, 60 RpcWinStationCloseServerEx, 61 RpcWinStationIsHelpAssistantSession,
        62 RpcWinStationGetMachinePolicy, 65 RpcWinStationCheckLoopBack, 66 RpcConnectCallback,
        70 RpcWinStationGetAllProcesses_NT6, 75 RpcWinStationOpenSessionDirectory,
    }
    // 3.8.4
    "1257b580-ce2f-4109-82d6-a9459d0bf6bc" "SessEnvPublicRpc" { 0 RpcShadow2 }
    // Addresses of sessions
    "53b46b02-c73b-4a3e-8dee-b16b80672fc0" "TSVIPPublic" { 0 RpcGetSessionIP }
    // [MS-TSGU] 3.2.6: gateway
    "44e265dd-7daf-42cd-8560-3cdb6e7a2729" "TsProxyRpcInterface" {
        1 TsProxyCreateTunnel, 2 TsProxyAuthorizeTunnel, 3 TsProxyMakeTunnelCall, 4 TsProxyCreateChannel,
        6 TsProxyCloseChannel, 7 TsProxyCloseTunnel, 8 TsProxySetupReceivePipe, 9 TsProxySendToServer,
    }
    // Licence server; no document: as a published study of CVE-2024-38077 calls it
    "3d267954-eeb7-11d1-b94e-00c04fa3080d" "HydraLsPipe" {
        0 TLSRpcGetVersion, 1 TLSRpcConnect, 2 TLSRpcDisconnect, 4 TLSRpcGetServerName, 13 TLSRpcKeyPackEnumNext,
        34 TLSRpcRequestTermServCert, 35 TLSRpcRetrieveTermServCert, 38 TLSRpcRegisterLicenseKeyPack,
        44 TLSRpcChallengeServer, 45 TLSRpcResponseServerChallenge, 49 TLSRpcTelephoneRegisterLKP,
    }
    // Licensing policy; no document
    "2f59a331-bf7d-48cb-9ec5-7c090d76e8b8" "lcrpc" {
        0 RpcLicensingOpenServer, 1 RpcLicensingCloseServer, 2 RpcLicensingLoadPolicy, 3 RpcLicensingUnloadPolicy,
        4 RpcLicensingSetPolicy, 5 RpcLicensingGetAvailablePolicyIds, 6 RpcLicensingGetPolicy,
        7 RpcLicensingGetPolicyInformation, 8 RpcLicensingDeactivateCurrentPolicy,
    }
}
