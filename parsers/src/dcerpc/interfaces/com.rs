//! Distributed COM: [MS-DCOM], [MS-OAUT], [MS-CMPO], [MC-MQAC].

use super::{Operations, operations};

/// [MS-OAUT] 3.1.4: what every interface for scripts inherits.
pub(super) const DISPATCH: Operations = operations! { 3 GetTypeInfoCount, 4 GetTypeInfo, 5 GetIDsOfNames, 6 Invoke };

super::interfaces! {
    // [MS-DCOM] 3.1.2.5.1
    "99fcfec4-5260-101b-bbcb-00aa0021347a" "IObjectExporter" {
        0 ResolveOxid, 1 SimplePing, 2 ComplexPing, 3 ServerAlive, 4 ResolveOxid2, 5 ServerAlive2,
    }
    // [MS-DCOM] 3.1.2.5.2.3.1
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57" "IActivation" { 0 RemoteActivation }
    // [MS-DCOM] 3.1.2.5.2.3.2
    "000001a0-0000-0000-c000-000000000046" "IRemoteSCMActivator" { 3 RemoteGetClassObject, 4 RemoteCreateInstance }
    // [MS-DCOM] 3.1.1.5.6
    "00000131-0000-0000-c000-000000000046" "IRemUnknown" { 3 RemQueryInterface, 4 RemAddRef, 5 RemRelease }
    // [MS-DCOM] 3.1.1.5.7
    "00000143-0000-0000-c000-000000000046" "IRemUnknown2" {
        3 RemQueryInterface, 4 RemAddRef, 5 RemRelease, 6 RemQueryInterface2,
    }
    // [MS-DCOM] 3.1.1.5.8
    "00000000-0000-0000-c000-000000000046" "IUnknown" { 0 QueryInterface, 1 AddRef, 2 Release }
    "00000001-0000-0000-c000-000000000046" "IClassFactory" { 3 CreateInstance, 4 LockServer }
    // [MS-OAUT] 3.1.4
    "00020400-0000-0000-c000-000000000046" "IDispatch" : DISPATCH {}
    // [MS-OAUT] 3.7.4, 3.11.4, 3.3.4
    "00020401-0000-0000-c000-000000000046" "ITypeInfo" {
        3 GetTypeAttr, 4 GetTypeComp, 5 GetFuncDesc, 6 GetVarDesc, 7 GetNames, 8 GetRefTypeOfImplType,
        9 GetImplTypeFlags, 12 GetDocumentation, 13 GetDllEntry, 14 GetRefTypeInfo, 16 CreateInstance, 17 GetMops,
        18 GetContainingTypeLib,
    }
    "00020402-0000-0000-c000-000000000046" "ITypeLib" {
        3 GetTypeInfoCount, 4 GetTypeInfo, 5 GetTypeInfoType, 6 GetTypeInfoOfGuid, 7 GetLibAttr, 8 GetTypeComp,
        9 GetDocumentation, 10 IsName, 11 FindName,
    }
    "00020404-0000-0000-c000-000000000046" "IEnumVARIANT" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
    // What clients ask an object for before they use it.
    "b196b283-bab4-101a-b69c-00aa00341d07" "IProvideClassInfo" { 3 GetClassInfo }
    "b196b28f-bab4-101a-b69c-00aa00341d07" "IClassFactory2" {
        3 CreateInstance, 4 LockServer, 5 GetLicInfo, 6 RequestLicKey, 7 CreateInstanceLic,
    }
    "c3fcc19e-a970-11d2-8b5a-00a0c9b7c9c4" "IManagedObject" { 3 GetSerializedBuffer, 4 GetObjectIdentity }
    "af86e2e0-b12d-4c6a-9c5a-d7aa65101e90" "IInspectable" { 3 GetIids, 4 GetRuntimeClassName, 5 GetTrustLevel }
    // [MS-CMPO] 3.3.4
    "906b0ce0-c70b-1067-b317-00dd010662da" "IXnRemote" {
        0 Poke, 1 BuildContext, 2 NegotiateResources, 3 SendReceive, 4 TearDownContext, 5 BeginTearDown, 6 PokeW,
        7 BuildContextW,
    }
    // [MS-OAUT]
    "00020403-0000-0000-c000-000000000046" "ITypeComp" { 3 Bind, 4 BindType }
    "00020412-0000-0000-c000-000000000046" "ITypeInfo2" {
        3 GetTypeAttr, 4 GetTypeComp, 5 GetFuncDesc, 6 GetVarDesc, 7 GetNames, 8 GetRefTypeOfImplType,
        9 GetImplTypeFlags, 12 GetDocumentation, 13 GetDllEntry, 14 GetRefTypeInfo, 16 CreateInstance, 17 GetMops,
        18 GetContainingTypeLib, 22 GetTypeKind, 23 GetTypeFlags, 24 GetFuncIndexOfMemId, 25 GetVarIndexOfMemId,
        26 GetCustData, 27 GetFuncCustData, 28 GetParamCustData, 29 GetVarCustData, 30 GetImplTypeCustData,
        31 GetDocumentation2, 32 GetAllCustData, 33 GetAllFuncCustData, 34 GetAllParamCustData, 35 GetAllVarCustData,
        36 GetAllImplTypeCustData,
    }
    "00020411-0000-0000-c000-000000000046" "ITypeLib2" {
        3 GetTypeInfoCount, 4 GetTypeInfo, 5 GetTypeInfoType, 6 GetTypeInfoOfGuid, 7 GetLibAttr, 8 GetTypeComp,
        9 GetDocumentation, 10 IsName, 11 FindName, 13 GetCustData, 14 GetLibStatistics, 15 GetDocumentation2,
        16 GetAllCustData,
    }
    // [MC-MQAC]: connection points and transactions
    "0fb15084-af41-11ce-bd2b-204c4f4f5020" "ITransaction" { 3 Commit, 4 Abort, 5 GetTransactionInfo }
    "b196b287-bab4-101a-b69c-00aa00341d07" "IEnumConnections" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
    "b196b284-bab4-101a-b69c-00aa00341d07" "IConnectionPointContainer" { 3 EnumConnectionPoints, 4 FindConnectionPoint }
    "b196b286-bab4-101a-b69c-00aa00341d07" "IConnectionPoint" {
        3 GetConnectionInterface, 4 GetConnectionPointContainer, 5 Advise, 6 Unadvise, 7 EnumConnections,
    }
    "b196b285-bab4-101a-b69c-00aa00341d07" "IEnumConnectionPoints" { 3 Next, 4 Skip, 5 Reset, 6 Clone }
}
