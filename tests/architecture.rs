//! Promise: arrows run down. A room imports only rooms that stand on lower floors of `docs/architecture.md`, and every room stands there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The floors as the document shows them, lowest first.
fn floors() -> Vec<Vec<String>> {
    let document = include_str!("../docs/architecture.md");
    let block = document.split("```floors\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of floors");
    // The highest stands first, as in a house.
    let lines = block.lines().rev();
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).filter(|floor: &Vec<_>| !floor.is_empty()).collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => rust_files(&path, found),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Which room imports which, with the files that do.
fn arrows() -> BTreeMap<(String, String), Vec<String>> {
    let modules = modules();
    let mut arrows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (path, code) in &modules {
        for other in imported(path, code, &modules).into_iter().filter(|other| other[0] != path[0]) {
            arrows.entry((path[0].clone(), other[0].clone())).or_default().push(path.join("/"));
        }
    }
    arrows
}

#[test]
fn every_room_imports_only_what_stands_below_it() {
    let floors = floors();
    let floor = |room: &str| floors.iter().position(|f| f.iter().any(|r| r == room));
    let mut wrong = Vec::new();
    for ((from, to), files) in arrows() {
        match (floor(&from), floor(&to)) {
            (Some(a), Some(b)) if a > b => {}
            (Some(_), Some(_)) => wrong.push(format!("{from} imports {to}, which does not stand below it: {files:?}")),
            (None, _) => wrong.push(format!("{from} stands on no floor of docs/architecture.md")),
            (_, None) => wrong.push(format!("{from} imports {to}, which stands on no floor of docs/architecture.md: {files:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_floor_is_lived_on() {
    for room in floors().concat() {
        let there = ["", ".rs"].iter().any(|end| Path::new(&format!("src/{room}{end}")).exists());
        assert!(there, "{room} stands in docs/architecture.md and nowhere else");
    }
    assert!(arrows().len() > 40, "arrows are found: {:?}", arrows().len());
    let found = |text: &str| paths(text).join(" ");
    let text = "use crate::{bounds, grid::{self, is_multiple}};\nlet x = crate::math::sd(super::super::y);";
    assert_eq!(found(text), "crate::bounds crate::grid::self crate::grid::is_multiple crate::math::sd super::super::y");
}

/// Reports know results (and the arithmetic of intervals), and nothing that measures or simulates.
#[test]
fn reports_know_only_results() {
    let known: BTreeSet<String> = arrows().into_keys().filter(|(from, _)| from == "report").map(|(_, to)| to).collect();
    assert_eq!(known, ["error", "files", "math", "message", "result"].map(str::to_owned).into());
}

/// A module's path, with what its text imports.
type Modules = BTreeMap<Vec<String>, String>;

fn modules() -> Modules {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let module = |file: PathBuf| {
        let name = file.strip_prefix("src").expect("below src").to_string_lossy().replace('\\', "/");
        let path = name.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").map(str::to_owned).collect::<Vec<_>>();
        let kept = !["lib", "main", "tests"].contains(&path.last().expect("a name").as_str());
        let text = std::fs::read_to_string(&file).expect("a text");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        kept.then_some((path, code))
    };
    files.into_iter().filter_map(module).collect()
}

/// The paths of a `use` tree, written out.
fn written_out(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, list)) = tree.strip_suffix('}').and_then(|t| t.split_once('{')) else {
        found.push(format!("{prefix}{tree}"));
        return;
    };
    let (mut depth, mut begin) = (0, 0);
    for (i, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                written_out(&format!("{prefix}{head}"), &list[begin..i], found);
                begin = i + 1;
            }
            _ => {}
        }
    }
}

/// Every path of a text that begins with `crate` or `super`, trees written out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let within = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let begins = ["crate::", "super::"].iter().flat_map(|word| code.match_indices(word).map(|(i, _)| i));
    let mut begins: Vec<usize> = begins.filter(|i| !code[..*i].ends_with(within)).collect();
    begins.sort_unstable();
    for begin in begins {
        let rest = &code[begin..];
        let end = rest.find(|c| !within(c)).unwrap_or(rest.len());
        let mut depth = 0;
        let closes = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        };
        let tree = match rest[end..].starts_with('{') {
            true => &rest[..=end + rest[end..].find(closes).expect("a tree ends")],
            false => &rest[..end],
        };
        written_out("", tree, &mut found);
    }
    found
}

/// The modules a module imports; its own parents and children do not count.
fn imported(path: &[String], code: &str, modules: &Modules) -> BTreeSet<Vec<String>> {
    let resolved = paths(code).into_iter().filter_map(|name| {
        let mut base = path.to_vec();
        for part in name.split("::").map(str::trim) {
            match part {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                part => base.push(part.to_owned()),
            }
        }
        // The crate's root hands on a few types of its lowest rooms.
        match base.first().map(String::as_str) {
            Some("Error" | "Result" | "TooBig" | "Remedy") => base = vec!["error".to_owned()],
            Some("Message" | "Piece" | "Term") => base = vec!["message".to_owned()],
            _ => {}
        }
        let found = (1..=base.len()).rev().map(|n| base[..n].to_vec()).find(|prefix| modules.contains_key(prefix));
        assert!(found.is_some(), "{}: {name} leads nowhere", path.join("/"));
        found
    });
    resolved.filter(|other| !other.starts_with(path) && !path.starts_with(other)).collect()
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let modules = modules();
    let arrows: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        modules.iter().map(|(path, code)| (path, imported(path, code, &modules))).collect();
    // What can be reached from a file, however far.
    let reach = |from: &Vec<String>| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(at) = next.pop() {
            next.extend(arrows[&at].iter().filter(|to| seen.insert((*to).clone())).cloned());
        }
        seen
    };
    let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> = modules.keys().map(|m| (m, reach(m))).collect();
    let mut circles = BTreeSet::new();
    for (m, others) in &reached {
        if others.contains(*m) {
            let circle = others.iter().filter(|o| reached[o].contains(*m)).map(|o| o.join("/"));
            circles.insert(circle.collect::<Vec<_>>().join(" "));
        }
    }
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 300, "arrows are found");
    assert!(circles.is_empty(), "files import each other: {circles:#?}");
}

/// The names on the front page of the library.
#[test]
fn the_front_page_has_about_sixty_names() {
    let text = std::fs::read_to_string("src/lib.rs").expect("a text");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let joined = lines.join(" ");
    let mut names = Vec::new();
    for rest in joined.split("pub use ").skip(1) {
        let tree = rest.split(';').next().expect("an end");
        let mut found = Vec::new();
        written_out("", tree, &mut found);
        names.extend(found.into_iter().map(|path| path.rsplit("::").next().unwrap_or_default().trim().to_owned()));
    }
    assert!((50..=70).contains(&names.len()), "{} names: {names:?}", names.len());
    for room in
        ["analysis", "bench", "brain", "energy", "engine", "network", "neuron", "recording", "report", "result", "scenario"]
    {
        let text = std::fs::read_to_string(format!("src/{room}/mod.rs")).expect("a text");
        assert!(text.lines().any(|line| line == "//! ```"), "{room} has no compiled example");
    }
}
