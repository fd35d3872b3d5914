//! `docs/protocols.md` against the tree: the test or golden case that a row names must be there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Where every test of the tree is: the components of its file's path, by the test's name.
struct Tests {
    functions: BTreeMap<String, Vec<Vec<String>>>,
    /// Files with tests, for rows that name a module.
    files: Vec<Vec<String>>,
}

/// What is wrong with the last column of the tables of `docs/protocols.md`.
pub(crate) fn problems(root: &Path, sources: &[impl AsRef<Path>]) -> anyhow::Result<Vec<String>> {
    let page = fs::read_to_string(root.join("docs/protocols.md")).context("docs/protocols.md")?;
    let tests = Tests::read(root, sources)?;
    let mut problems = Vec::new();
    for (at, line) in page.lines().enumerate() {
        for name in names(line) {
            let there = match name.split_once("::") {
                Some(_) => tests.has(name),
                None => root.join("pcaps").join(name).exists(),
            };
            if !there {
                problems.push(format!(
                    "docs/protocols.md:{}: {name}: there is no such test or case; name the one that shows the row",
                    at + 1
                ));
            }
        }
    }
    Ok(problems)
}

/// The names in backticks of a table row's last column.
fn names(line: &str) -> Vec<&str> {
    let cells = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |"));
    let last = cells.and_then(|cells| cells.rsplit(" | ").next()).unwrap_or_default();
    last.split('`').skip(1).step_by(2).collect()
}

impl Tests {
    fn read(root: &Path, sources: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let mut tests = Self {
            functions: BTreeMap::new(),
            files: Vec::new(),
        };
        for file in sources {
            let file = file.as_ref();
            let text = fs::read_to_string(file)?;
            tests.add(file.strip_prefix(root).unwrap_or(file), &text);
        }
        Ok(tests)
    }

    fn add(&mut self, file: &Path, text: &str) {
        let places: Vec<String> = file
            .with_extension("")
            .components()
            .map(|component| component.as_os_str().to_string_lossy().into_owned())
            .collect();
        let mut test = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[test]") {
                test = true;
            } else if let Some(rest) = line.strip_prefix("fn ").filter(|_| test) {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                self.functions.entry(name.to_owned()).or_default().push(places.clone());
                test = false;
            }
        }
        if text.contains("#[test]") {
            self.files.push(places);
        }
    }

    /// Whether `path`, which may begin with `…` and end in a module, leads to a test. Modules are directories or files; those
    /// inside a file, `tests` as a rule, leave no trace in its path.
    fn has(&self, path: &str) -> bool {
        let mut modules: Vec<&str> = path
            .trim_start_matches('…')
            .split("::")
            .filter(|part| !part.is_empty())
            .collect();
        let leads = |places: &[String], modules: &[&str]| {
            let mut rest = places.iter();
            let mut there = modules.iter().filter(|module| **module != "tests");
            there.all(|module| rest.any(|place| place == module))
        };
        if self
            .files
            .iter()
            .any(|places| !path.starts_with('…') && leads(places, &modules))
        {
            return true;
        }
        let Some(name) = modules.pop() else { return false };
        let places = self.functions.get(name);
        places.is_some_and(|places| places.iter().any(|places| leads(places, &modules)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_found_by_its_modules_and_no_other() {
        let mut tests = Tests {
            functions: BTreeMap::new(),
            files: Vec::new(),
        };
        let text = "#[test]\nfn a_query_meets_its_answer() {}\nfn helps() {}\n";
        tests.add(Path::new("parsers/src/netbios/nbns/tests.rs"), text);
        for there in [
            "netbios::nbns::tests::a_query_meets_its_answer",
            "parsers::netbios::nbns::tests",
            "…::a_query_meets_its_answer",
            "…nbns::a_query_meets_its_answer",
        ] {
            assert!(tests.has(there), "{there}");
        }
        for gone in [
            "dns::tests::a_query_meets_its_answer",
            "netbios::nbns::tests::helps",
            "…::another",
            "dns::tests",
        ] {
            assert!(!tests.has(gone), "{gone}");
        }
    }

    #[test]
    fn the_last_column_names_what_shows_a_row() {
        assert_eq!(names("| a `b` | `c` | `d::e`, `f/g` |"), ["d::e", "f/g"]);
        assert_eq!(names("text with `code`"), [""; 0]);
    }
}
