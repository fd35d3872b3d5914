//! What an operation does, told by its name: whether it changes something, where nobody reads its stub.

/// Words that name a change. They stand in an operation's name as a word of their own: `Set` of `ApiSetValue`, not of `Setup`.
/// What opens, asks, lists, waits and closes is not among them.
const CHANGES: &[&str] = &[
    "Abort", "Add", "Change", "Clear", "Create", "Del", "Delete", "Disable", "Enable", "Install", "Initiate", "Join",
    "Move", "Put", "Remove", "Rename", "Replace", "Report", "Restore", "Save", "Set", "Shutdown", "Start", "Stop",
    "Unjoin", "Update", "Write",
];

/// Words of names that only ask, whatever else stands in them: `NetrGetJoinInformation`, `ElfrChangeNotify`.
const ASKS: &[&str] = &["Enum", "Find", "Get", "Notify", "Notification", "Query"];

/// Whether `operation`, a name in CamelCase, has a word that names a change. Of a property, `get_` asks and `put_` sets,
/// whatever its own name is.
pub(super) fn change(operation: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| has_word(operation, word));
    match operation.split_once('_') {
        Some(("get", _)) => false,
        Some(("put", _)) => true,
        _ => has(CHANGES) && !has(ASKS),
    }
}

fn has_word(name: &str, word: &str) -> bool {
    name.match_indices(word).any(|(at, _)| {
        let behind = name.as_bytes().get(at + word.len());
        !behind.is_some_and(u8::is_ascii_lowercase)
    })
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_word_is_a_whole_word() {
        for name in [
            "ApiSetValue",
            "NetrShareAdd",
            "BaseInitiateShutdown",
            "NetrShareDel",
            "RpcSetJob",
            "put_Description",
            "put_FindUpdates",
        ] {
            assert!(change(name), "{name}");
        }
        for name in [
            "DsrAddressToSiteNamesW",
            "RpcGetSettings",
            "NetrShareDelegate",
            "ElfrChangeNotify",
            "ept_map",
            "get_RestoreDirectory",
        ] {
            assert!(!change(name), "{name}");
        }
    }
}
