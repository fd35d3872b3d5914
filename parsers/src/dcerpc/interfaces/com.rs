//! Distributed COM: [MS-DCOM], [MS-OAUT], [MS-CMPO].

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
    "00020400-0000-0000-c000-000000000046" "IDispatch" {
        3 GetTypeInfoCount, 4 GetTypeInfo, 5 GetIDsOfNames, 6 Invoke,
    }
    // [MS-CMPO] 3.3.4
    "906b0ce0-c70b-1067-b317-00dd010662da" "IXnRemote" {
        0 Poke, 1 BuildContext, 2 NegotiateResources, 3 SendReceive, 4 TearDownContext, 5 BeginTearDown, 6 PokeW,
        7 BuildContextW,
    }
}
