//! Shader files, and the joining of those that need each other: a file says in lines `// import NAME, NAME` what it needs.

macro_rules! files {
    ($($name:literal)*) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../shaders/", $name, ".wgsl")))),*];
    };
}

files! {
    "build" "build_by_delay" "build_sorted" "census" "init" "light" "pull" "push" "push_due" "push_due_procedural" "push_own" "push_procedural"
    "push_stored" "reduce" "seal" "self_check" "step" "step_own" "update" "update_awake" "wake_all" "windows"
    "plastic/potentiate" "plastic/remember" "plastic/rule" "plastic/send"
    "shared/arrive" "shared/awake" "shared/burst" "shared/connectivity" "shared/constants_table" "shared/constants_uniform" "shared/counted" "shared/currents" "shared/due" "shared/due_row"
    "shared/fixed_point" "shared/fixed_point_wide" "shared/integrate_four" "shared/integrate_one" "shared/invocation" "shared/layout"
    "shared/list_read" "shared/listed" "shared/listed_none" "shared/multiply" "shared/part" "shared/part_of_list" "shared/pull_balanced"
    "shared/pull_serial" "shared/quads_buffer" "shared/random" "shared/ranges" "shared/ring_atomic" "shared/ring_plain"
    "shared/row_own" "shared/spikes_many" "shared/spikes_own" "shared/spikes_single" "shared/stimuli" "shared/stored" "shared/sum_plain" "shared/sum_subgroups" "shared/tables"
    "shared/totals" "shared/update" "shared/vector" "shared/wake_none" "shared/weights_constant" "shared/weights_one" "shared/weights_table"
}

/// The text of a file.
fn text(name: &str) -> &'static str {
    let found = FILES.iter().find(|(file, _)| *file == name);
    found.unwrap_or_else(|| panic!("no shader file is called {name}")).1
}

/// The files that a text says it needs.
pub(super) fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("// import ")).flat_map(|names| names.split(", "))
}

/// Some files with all that they need, each once, what is needed first; then some texts.
pub(super) fn joined(names: &[&str], texts: &[String]) -> String {
    fn add<'a>(name: &'a str, seen: &mut Vec<&'a str>, whole: &mut String) {
        if !seen.contains(&name) {
            seen.push(name);
            imports(text(name)).for_each(|other| add(other, seen, whole));
            *whole += text(name);
        }
    }
    let (mut seen, mut whole) = (Vec::new(), String::new());
    names.iter().for_each(|name| add(name, &mut seen, &mut whole));
    texts.iter().for_each(|text| whole += text);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_file_is_known_and_no_import_is_idle() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
        for folder in ["", "plastic", "shared"] {
            for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(&root).expect("below").with_extension("");
                let name = name.to_string_lossy().replace('\\', "/");
                assert!(path.is_dir() || FILES.iter().any(|(file, _)| *file == name), "{name} is not among the files");
            }
        }
        for (name, text) in FILES {
            for other in imports(text) {
                assert!(FILES.iter().any(|(file, _)| *file == other), "{name} imports {other}, which there is not");
                assert_ne!(*name, other);
            }
        }
    }

    #[test]
    fn what_is_needed_comes_first_and_once() {
        let whole = joined(&["census", "reduce"], &["fn own() {}\n".to_owned()]);
        assert_eq!(whole.matches("struct Population {").count(), 1);
        let at = |text: &str| whole.find(text).unwrap_or_else(|| panic!("{text} is missing"));
        assert!(at("struct Population {") < at("fn population(") && at("fn population(") < at("fn census("));
        assert!(at("fn census(") < at("fn own()"));
    }
}
