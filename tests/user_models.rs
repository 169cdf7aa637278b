//! Promise: a neuron model of one's own is a file; what is wrong with it is said with line and column.

mod common;

use common::{gpu, recording, run};
use spikewatt::engine::advance_quietly;
use spikewatt::network::Network;
use spikewatt::scenario::load;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/resonate_and_fire.wgsl");

/// The example of docs/models.md: pulses 25 ms apart make neurons of 40 Hz fire, and no others.
#[test]
fn the_worked_example_resonates() {
    let scenario = load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/resonance.toml")).expect("the example");
    let n = Network::build(&scenario).expect("a network");
    let (spikes, counts) = run(gpu(&n, &recording()).as_mut(), 2000);
    assert_eq!(counts.spikes, [2, 10, 0, 0], "{spikes:?}");
    // A quarter of a period after the second pulse has arrived.
    let times: Vec<f64> = spikes.iter().filter(|s| s.population == 1).map(|s| f64::from(s.step + 1) / 10.0).collect();
    assert!(times.iter().all(|t| (36.0..42.3).contains(t)), "{times:?}");
}

/// Below threshold the potential is exp(-t / damping) sin(2 pi f t), exactly.
#[test]
fn a_users_model_follows_its_closed_form() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(EXAMPLE, folder.path().join("model.wgsl")).expect("copied");
    let text = "name = \"t\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = 300\nmodel = \"model.wgsl\"\ninitial = { x = 0.9 }\n\
                parameters = { frequency_hz = { distribution = \"uniform\", min = 20.0, max = 80.0 }, damping_ms = 50.0, v_th_mv = 2.0 }\n";
    let file = folder.path().join("s.toml");
    std::fs::write(&file, text).expect("written");
    let n = Network::build(&load(file.to_str().expect("a path")).expect("a scenario")).expect("a network");
    assert!(n.kernels()[0].varied);
    let mut engine = gpu(&n, &recording());
    let frequencies = {
        let spikewatt::network::Dynamics::Scalar(s) = &n.populations[0].dynamics else { panic!("one by one") };
        s.varied[0].1.clone()
    };
    let mut worst = 0.0f64;
    for step in 1..=400 {
        advance_quietly(engine.as_mut(), 1).expect("advances");
        let t = f64::from(step) * 0.1;
        for (v, f) in engine.potentials_mv(0, 0..300).expect("potentials").iter().zip(&frequencies) {
            let angle = std::f64::consts::TAU * f64::from(f32::from_bits(*f)) * t / 1000.0;
            worst = worst.max((v - 0.9 * (-t / 50.0).exp() * angle.sin()).abs());
        }
    }
    println!("at most {worst:.1e} mV from the closed form over 40 ms");
    assert!(worst < 1e-4, "{worst}");
}

#[test]
fn faults_of_a_model_are_shown_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = std::fs::read_to_string(EXAMPLE).expect("the example");
    let try_it = |model: &str| {
        std::fs::write(folder.path().join("m.wgsl"), model).expect("written");
        let text = "name = \"t\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = 3\nmodel = \"m.wgsl\"\nparameters = { frequency_hz = 40.0, damping_ms = 50.0 }\n";
        let file = folder.path().join("s.toml");
        std::fs::write(&file, text).expect("written");
        let n = Network::build(&load(file.to_str().expect("a path"))?)?;
        let (adapter, device) = common::adapter();
        spikewatt::engine::gpu::GpuEngine::new(n, &recording(), adapter, device).map(drop)
    };
    try_it(&good).expect("the example as it is");
    let line_of = |text: &str, part: &str| text[..text.find(part).expect(part)].matches('\n').count() + 1;
    let at = |old: &str, new: &str, place: &str, said: &str| {
        let changed = good.replacen(old, new, 1);
        assert_ne!(changed, good, "{old}");
        let message = try_it(&changed).expect_err(new).to_string();
        let line = line_of(&changed, place);
        assert!(message.contains(&format!("m.wgsl:{line}:")) && message.contains(said), "{new}: line {line}: {message}");
        println!("{message}");
    };
    // A syntax error, an unknown name, a wrong type, a name that is taken: line and column of the user's file.
    at("let before = (*n).v;", "let before = ;", "let before", ":18: expected expression");
    at("let before = (*n).v;", "let before = nothing;", "let before", ":18: no definition in scope for identifier: `nothing`");
    at("return fired;", "return 1.0;", "return 1.0", ":12: ");
    at("return fired;", "return z.x > c.threshold;", "c.threshold", "invalid field accessor `threshold`");
    let renamed = good.replace("turned(", "rotate(");
    let message = try_it(&renamed).expect_err("taken").to_string();
    assert!(message.contains("m.wgsl:31:4: redefinition of `rotate`") && message.contains("choose another"), "{message}");
    // The header, with lines of the file.
    at("weight_unit = \"mv\"", "weight_unit = \"volt\"", "weight_unit", "must be \"mv\", \"pa\" or \"ns\"");
    at("range = \"positive\"", "range = \"large\"", "range = \"large\"", "`range` must be");
    at("name = \"x\"", "name = \"v\"", "name = \"v\"\ninitial = 0.0\n\n[[parameter]]", "`v` is taken already");
    at("initial = 0.0", "start = 0.0", "start = 0.0", "unknown key `start`");
    at("default = 1.0", "default = x", "default = x", "");
    // What a model may not have, and lacks.
    let message = try_it(&good.replacen("step_neuron", "step_neurone", 1)).expect_err("no step").to_string();
    assert!(message.contains("a model's step is `fn step_neuron("), "{message}");
    let message = try_it(&(good.clone() + "var<private> memory: f32;\n")).expect_err("a variable").to_string();
    assert!(message.contains("global variable `memory` is not allowed"), "{message}");
    // A short text that stands for one without end, a large one, and one that is long.
    let mut bomb = good.clone() + "fn bomb0(x: f32) -> f32 { return x * 1.5 + 0.5; }\n";
    for i in 1..40 {
        bomb += &format!("fn bomb{i}(x: f32) -> f32 {{ return bomb{0}(x) + bomb{0}(x + 1.0); }}\n", i - 1);
    }
    let message = try_it(&bomb.replacen("return fired;", "return bomb39(z.x) > 0.0;", 1)).expect_err("too much").to_string();
    assert!(message.contains("more than 20000 expressions"), "{message}");
    try_it(&bomb).expect("what is not called is not compiled");
    let array = good.replacen(
        "let before = (*n).v;",
        "var many: array<f32, 100000>; many[u32(z_index())] = 1.0; let before = (*n).v + many[3];",
        1,
    );
    let message = try_it(&(array + "fn z_index() -> f32 { return 3.0; }\n")).expect_err("too much").to_string();
    assert!(message.contains("variables take 400000 bytes") || message.contains("variables take 400"), "{message}");
    let message = try_it(&(good.clone() + &"// and so on\n".repeat(6000))).expect_err("too long").to_string();
    assert!(message.contains("at most 64 KiB"), "{message}");
    let message = try_it(&good.replacen("/*", "//", 1)).expect_err("no header").to_string();
    assert!(message.contains("begins with a comment"), "{message}");
}

/// A model that blows up is stopped like any other, and the CPU engine says that it cannot run one.
#[test]
fn a_users_model_is_stopped_or_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = std::fs::read_to_string(EXAMPLE).expect("the example");
    std::fs::write(folder.path().join("m.wgsl"), good.replace("(*n).x = z.x;", "(*n).x = z.x * 1e10;")).expect("written");
    let text = "name = \"t\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = 3\nmodel = \"m.wgsl\"\ninitial = { x = 1.0 }\nparameters = { frequency_hz = 40.0, damping_ms = 50.0 }\n";
    let file = folder.path().join("s.toml");
    std::fs::write(&file, text).expect("written");
    let n = Network::build(&load(file.to_str().expect("a path")).expect("a scenario")).expect("a network");
    let message = advance_quietly(gpu(&n, &recording()).as_mut(), 100).expect_err("blows up").to_string();
    assert!(message.contains("of population \"N\" (resonate_and_fire)") && message.contains("by step"), "{message}");
    let message = spikewatt::engine::cpu::CpuEngine::new(n.clone(), &recording()).expect_err("refused").to_string();
    assert!(message.contains("m.wgsl is a WGSL file, which runs on an adapter"), "{message}");
}
