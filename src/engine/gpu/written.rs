//! What of the shaders is written from the host's definitions: blocks between a line
//! `// written: NAME` and a line `// end`. `SPIKEWATT_RENEW=1 cargo test --lib written` writes them anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::layout::{self, Structure};
use crate::network::RuleKind;
use crate::network::lattice::{SPACING, STRIP};
use crate::network::plasticity::{NEVER, ONE};
use crate::network::random::Purpose;
use crate::neuron::fault::SPIKE;
use crate::neuron::fixed_point::{MAX_CURRENT, MAX_INCREMENT, REFRACTORY};
use crate::neuron::{BLOCK, Fault, Model};

fn structure(name: &str) -> Structure {
    layout::structures().into_iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no structure {name}"))
}

fn comment(text: &mut String, indent: &str, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "{indent}//{line}");
    }
}

/// A structure in WGSL; `more` are members that only the shaders see.
fn defined(name: &str, more: &str) -> String {
    let s = structure(name);
    let mut text = String::from("\n");
    comment(&mut text, "", s.doc);
    let _ = writeln!(text, "struct {name} {{");
    for m in &s.members {
        comment(&mut text, "    ", m.doc);
        let kind = match m.kind {
            "UVec4" => "vec4<u32>",
            "Atomic" => "atomic<u32>",
            kind => kind,
        };
        let _ = writeln!(text, "    {}: {kind},", m.name);
    }
    text + more + "}\n"
}

fn unsigned(name: &str, value: u32) -> String {
    match value {
        u32::MAX => format!("const {name}: u32 = 0xFFFFFFFFu;\n"),
        _ => format!("const {name}: u32 = {value}u;\n"),
    }
}

fn signed(name: &str, value: i32) -> String {
    format!("const {name}: i32 = {value};\n")
}

/// The number of words of a structure.
fn words(constant: &str, name: &str) -> String {
    unsigned(constant, structure(name).bytes as u32 / 4)
}

/// Where members stand in a structure.
fn members(name: &str, members: &[&str]) -> String {
    let s = structure(name);
    let at =
        |member: &str| s.members.iter().find(|m| m.name == member).unwrap_or_else(|| panic!("no {member}")).offset as u32 / 4;
    members.iter().map(|m| unsigned(&m.to_uppercase(), at(m))).collect()
}

/// A function that reads a structure of whole quads, four words at a time, given what reads four.
fn reader(function: &str, name: &str, first: &str, words: &str, four: &str) -> String {
    let s = structure(name);
    assert!(s.bytes.is_multiple_of(16), "{name} is no whole number of quads");
    let mut text = format!("\nfn {function}(i: u32) -> {name} {{\n    let at = ({first}i * {words}) / 4u;\n    var p: {name};\n");
    let read: Vec<_> = s.members.iter().filter(|m| !m.name.starts_with("unused")).collect();
    for quad in 0..s.bytes / 16 {
        if read.iter().any(|m| m.offset / 16 == quad) {
            let _ = writeln!(text, "    let q{quad} = {four}(at + {quad}u);");
        }
    }
    for m in read {
        let (quad, word) = (m.offset / 16, m.offset / 4 % 4);
        let value = match (m.kind, ["x", "y", "z", "w"][word]) {
            ("i32", word) => format!("bitcast<i32>(q{quad}.{word})"),
            ("UVec4", _) => format!("q{quad}"),
            (_, word) => format!("q{quad}.{word}"),
        };
        let _ = writeln!(text, "    p.{} = {value};", m.name);
    }
    text + "    return p;\n}\n"
}

/// The blocks by name.
fn blocks() -> Vec<(String, String)> {
    let layout = [
        "// Neurons of one block, and how many of them share one counter of the noise generator.\n".to_owned(),
        unsigned("BLOCK", BLOCK as u32),
        unsigned("LANES", BLOCK as u32 / 4),
        "// Batches whose spikes can be told apart: a power of two.\n".to_owned(),
        unsigned("RANGES", layout::RANGES),
        unsigned("NO_BATCH", layout::NO_BATCH),
        "// The heads of stored senders begin at multiples of this many words.\n".to_owned(),
        unsigned("ROW_UNIT", crate::engine::plan::ROW_UNIT),
        ["Population", "Projection", "PlasticProjection", "Batch", "BatchSpikes", "Shard"].map(|name| defined(name, "")).concat(),
        defined("Spikes", "    entries: array<vec2<u32>>,\n"),
    ];
    let places = [
        words("POPULATION_WORDS", "Population"),
        words("PROJECTION_WORDS", "Projection"),
        "// Where some members stand in a population; `out_count` follows `out_first`.\n".to_owned(),
        members(
            "Population",
            &["id", "kernel", "out_first", "source", "tile_slots", "delay_min", "delay_span", "out_weights", "out_split"],
        ),
    ];
    let readers = [
        reader("population", "Population", "", "POPULATION_WORDS", "four_constants"),
        reader("projection", "Projection", "shard.projections_first + ", "PROJECTION_WORDS", "four_constants"),
    ];
    let plasticity = [
        signed("ONE", ONE),
        unsigned("NEVER", NEVER),
        words("PLASTIC_WORDS", "PlasticProjection"),
        words("MEMORY_WORDS", "SpikeMemory"),
        defined("SpikeMemory", ""),
        reader("plastic_projection", "PlasticProjection", "shard.plastic_first + ", "PLASTIC_WORDS", "four_words"),
    ];
    let stimuli = [
        unsigned("TO_POTENTIAL", layout::TO_POTENTIAL),
        words("STIMULUS_WORDS", "Stimulus"),
        defined("Stimulus", ""),
        reader("stimulus", "Stimulus", "shard.stimuli_first + ", "STIMULUS_WORDS", "four_words"),
    ];
    let awake = [unsigned("AT_ALL_TIMES", layout::AT_ALL_TIMES), unsigned("AWAKE_COUNTS", layout::AWAKE_COUNTS)];
    let purposes = [
        ("PURPOSE_DRIVE", Purpose::Drive),
        ("PURPOSE_SYNAPSE", Purpose::Synapse),
        ("PURPOSE_INITIAL_STATE", Purpose::InitialState),
        ("PURPOSE_CHECKSUM", Purpose::Checksum),
        ("PURPOSE_NOISE", Purpose::Noise),
        ("PURPOSE_STIMULUS", Purpose::Stimulus),
    ];
    let rules = [
        ("RULE_UNIFORM", RuleKind::Uniform),
        ("RULE_INDEGREE", RuleKind::Indegree),
        ("RULE_SUBSET", RuleKind::Subset),
        ("RULE_ONE_TO_ONE", RuleKind::OneToOne),
        ("RULE_LATTICE", RuleKind::Lattice),
        ("RULE_LISTED", RuleKind::Listed),
    ];
    let faults = [
        ("NOT_A_NUMBER", Fault::NotANumber),
        ("FAULT_INPUT", Fault::Input),
        ("FAULT_POTENTIAL", Fault::Potential),
        ("FAULT_THRESHOLD", Fault::Threshold),
        ("FAULT_RECOVERY", Fault::Recovery),
    ];
    let ranges = [
        signed("REFRACTORY", REFRACTORY),
        signed("MAX_INCREMENT", MAX_INCREMENT),
        signed("MAX_CURRENT", MAX_CURRENT),
        "// Bits of an outcome: whether the neuron spiked, and what went wrong.\n".to_owned(),
        unsigned("SPIKE", SPIKE),
        faults.map(|(name, fault)| unsigned(name, fault as u32)).concat(),
    ];
    let columns = "// Columns of a strip of a lattice, and parts of a spacing in which places are counted.\n";
    let mut all = vec![
        ("layout".to_owned(), layout.concat()),
        ("members".to_owned(), places.concat()),
        ("readers".to_owned(), readers.concat()),
        ("totals".to_owned(), defined("Total", "")),
        ("open ranges".to_owned(), defined("OpenBatchSpikes", "")),
        ("plasticity".to_owned(), plasticity.concat()),
        ("stimuli".to_owned(), stimuli.concat()),
        ("awake".to_owned(), awake.concat()),
        ("purposes".to_owned(), purposes.map(|(name, purpose)| unsigned(name, purpose as u32)).concat()),
        (
            "rules".to_owned(),
            rules.map(|(name, rule)| unsigned(name, rule as u32)).concat()
                + columns
                + &unsigned("STRIP", STRIP)
                + &unsigned("SPACING", SPACING),
        ),
        ("ranges".to_owned(), ranges.concat()),
    ];
    for model in Model::ALL.iter().filter(|m| !m.numbers().is_empty()) {
        all.push((
            model.name().to_owned(),
            model.numbers().iter().map(|(name, value)| format!("const {name} = {value};\n")).collect(),
        ));
    }
    all
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn blocks_of_the_shaders_are_written_from_the_hosts_definitions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let (mut all, blocks) = (Vec::new(), blocks());
    files(&root, &mut all);
    let mut seen = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(&path).expect("a text").replace("\r\n", "\n");
        let (mut renewed, mut lines) = (String::new(), text.lines());
        while let Some(line) = lines.next() {
            let _ = writeln!(renewed, "{line}");
            if let Some(name) = line.strip_prefix("// written: ") {
                let (_, block) = blocks.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{path:?}: no block {name}"));
                renewed += block;
                seen.push(name.to_owned());
                let end = lines.find(|line| *line == "// end");
                let _ = writeln!(renewed, "{}", end.unwrap_or_else(|| panic!("{path:?}: {name} has no end")));
            }
        }
        if std::env::var_os("SPIKEWATT_RENEW").is_some() {
            std::fs::write(&path, &renewed).expect("writes");
        } else {
            assert!(
                renewed == text,
                "{path:?} is not what its blocks are written from; renew it as the head of src/engine/gpu/written.rs says"
            );
        }
    }
    seen.sort_unstable();
    let mut expected: Vec<String> = blocks.into_iter().map(|(name, _)| name).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected, "every block stands in one place");
}

/// The offsets WGSL gives the members are those of the host.
#[test]
fn wgsl_lays_structures_out_as_the_host_does() {
    use super::shaders::{Pass, WeightSource};
    let kernel = crate::network::Kernel {
        model: Model::ALL[0].clone(),
        scalar: true,
        varied: false,
        has_currents: false,
        switched: false,
    };
    let push = Pass::Push { stored: true, windows: 1, weights: WeightSource::Table, rests: false };
    let passes = [push, Pass::Send { rests: false }, Pass::Census, Pass::Update { kernel, wide: false, rests: false }];
    let mut found = Vec::new();
    for pass in passes {
        let source = pass.source(true);
        let module = wgpu::naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
        for (_, t) in module.types.iter() {
            let (wgpu::naga::TypeInner::Struct { members, span }, Some(name)) = (&t.inner, &t.name) else { continue };
            let Some(own) = layout::structures().into_iter().find(|s| s.name == name) else { continue };
            let offsets: Vec<usize> = members.iter().map(|m| m.offset as usize).take(own.members.len()).collect();
            assert_eq!(offsets, own.members.iter().map(|m| m.offset).collect::<Vec<_>>(), "{name}");
            assert!(name == "Spikes" || *span as usize == own.bytes, "{name}: {span} and {} bytes", own.bytes);
            found.push(name.clone());
        }
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), layout::structures().len(), "{found:?}");
}

#[test]
fn the_rounds_of_a_permutation_are_as_many_on_both_sides() {
    use super::shaders::{Pass, WeightSource};
    let source = Pass::Push { stored: false, windows: 1, weights: WeightSource::Table, rests: false }.source(true);
    assert_eq!(source.matches("halves = feistel(").count(), crate::network::random::PERMUTATION_ROUNDS as usize);
    let population = structure("Population");
    let at = |name: &str| population.members.iter().find(|m| m.name == name).expect("a member").offset;
    assert_eq!(at("out_first") + 4, at("out_count"));
}
