//! Commands that are known by what a member is given alone: lateral movement in the middle of which the sensor began to listen,
//! so that neither the object's class nor the member's name was seen.

use super::variant::Argument;

/// `View.ExecuteShellCommand` of MMC20.Application, as its type library numbers it.
const EXECUTE_SHELL_COMMAND: u32 = 0x36;

/// `ShellExecute` of the shell's automation (`IShellDispatch2`), as its type library numbers it.
const SHELL_EXECUTE: u32 = 0x6003_0001;

/// The largest of the ways to show a window: SW_FORCEMINIMIZE.
const MAX_SHOW: i64 = 11;

/// Whether what member `number` is given can be nothing but a command. Either takes as many arguments as no member does that
/// happens to have the same number, and says last how a window is shown, where a password would hardly stand.
pub(super) fn runs(number: u32, given: &[Argument]) -> bool {
    match (number, given) {
        (EXECUTE_SHELL_COMMAND, [command, directory, parameters, window]) => {
            texts([command, directory, parameters]) && (is_show(window) || is_word(window, &WINDOWS))
        }
        (SHELL_EXECUTE, [file, arguments, directory, verb, show]) => {
            texts([file, arguments, directory]) && is_word(verb, &VERBS) && is_show(show)
        }
        _ => false,
    }
}

/// States of the window of a command that MMC runs.
const WINDOWS: [&str; 4] = ["Maximized", "Minimized", "Normal", "Restored"];

/// What the shell may do with a file.
const VERBS: [&str; 8] = ["", "edit", "explore", "find", "open", "print", "properties", "runas"];

/// All are texts, and the first one is not empty.
fn texts(given: [&Argument; 3]) -> bool {
    let [first, ..] = given;
    first.text().is_some_and(|text| !text.is_empty()) && given.iter().all(|argument| argument.text().is_some())
}

fn is_show(argument: &Argument) -> bool {
    argument.number().is_some_and(|number| (0..=MAX_SHOW).contains(&number))
}

fn is_word(argument: &Argument, words: &[&str]) -> bool {
    let text = argument.text();
    text.is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)))
}
