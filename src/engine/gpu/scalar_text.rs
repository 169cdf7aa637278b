//! WGSL around a model that is stepped neuron by neuron: structures from its form, and the step of the four neurons of a thread.

use std::fmt::Write;

use crate::network::Kernel;
use crate::neuron::form::{self, ScalarType};

/// The text around `step_neuron` of a kernel: `Neuron`, `Constants`, `Input`, `Neurons`, `load_neurons`, `load_constants`, `store_neurons`, `advance`,
/// `faults_of` and `are_zero`.
///
/// The four neurons take turns in a loop: some drivers take minutes over four copies of a long step. What is theirs moves up by one place
/// every turn and stands where it stood after four, because registers cannot be numbered while a shader runs.
pub(super) fn harness(kernel: &Kernel) -> String {
    let form = kernel.model.form();
    let (word, float) = (form.word.wgsl(), form.word == ScalarType::F32);
    let mut text = String::from("const currents: u32 = 0u;\n");
    text += &form::structures(form);
    text += "struct Neurons {";
    for i in 0..form.variables.len() {
        let _ = write!(text, " x{i}: vec4<i32>,");
    }
    match kernel.varied {
        true => (0..form.constants.len()).for_each(|i| {
            let _ = write!(text, " c{i}: vec4<u32>,");
        }),
        false => text += " c: Constants,",
    }
    text += " faults: vec4<u32>, }\n";

    text += "fn load_neurons(thread: u32, stride: u32) -> Neurons {\n    var n: Neurons;\n";
    for i in 0..form.variables.len() {
        let _ = writeln!(text, "    n.x{i} = state[{i}u * stride + thread];");
    }
    text += "    return n;\n}\nfn load_constants(n: ptr<function, Neurons>, p: Population, thread: u32, stride: u32) {\n";
    for (i, (name, kind)) in form.constants.iter().enumerate() {
        let _ = match kernel.varied {
            true => writeln!(text, "    (*n).c{i} = constant_of(p, {i}u, thread, stride);"),
            false => writeln!(text, "    (*n).c.{name} = bitcast<{}>(constant(p.constants_first + {i}u));", kind.wgsl()),
        };
    }
    text += "}\nfn store_neurons(thread: u32, stride: u32, n: Neurons) {\n";
    for i in 0..form.variables.len() {
        let _ = writeln!(text, "    state[{i}u * stride + thread] = n.x{i};");
    }
    let sum = if float { "bitcast<vec4<u32>>(bitcast<vec4<f32>>(a) + bitcast<vec4<f32>>(b))" } else { "a + b" };
    let _ = writeln!(text, "}}\nfn add_currents(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{\n    return {sum};\n}}");

    text += "fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {\n";
    text += "    var flowing = currents_at(p, step, neuron);\n    var arriving0 = input0;\n    var arriving1 = input1;\n";
    text += "    var fired = vec4<bool>(false);\n    var a: Neuron;\n    var input: Input;\n";
    text += match kernel.varied {
        true => "    var c: Constants;\n",
        false => "    let c = (*n).c;\n",
    };
    text += match float {
        true => "    let unit = bitcast<f32>(p.input_unit);\n",
        false => "    input.rounding = rounding_of(step);\n",
    };
    text += "    for (var turn = 0u; turn < 4u; turn++) {\n";
    for (i, name) in form.variables.iter().map(|v| &v.name).enumerate() {
        let _ = writeln!(text, "        a.{name} = bitcast<{word}>((*n).x{i}.x);");
    }
    if kernel.varied {
        for (i, (name, kind)) in form.constants.iter().enumerate() {
            let _ = writeln!(text, "        c.{name} = bitcast<{}>((*n).c{i}.x);", kind.wgsl());
            let _ = writeln!(text, "        (*n).c{i} = (*n).c{i}.yzwx;");
        }
    }
    for (name, channel) in [("excitatory", 0), ("inhibitory", 1)] {
        let value = if float { format!("f32(arriving{channel}.x) * unit") } else { format!("arriving{channel}.x") };
        let _ = writeln!(text, "        input.{name} = {value};\n        arriving{channel} = arriving{channel}.yzwx;");
    }
    let _ = writeln!(text, "        input.current = bitcast<{word}>(flowing.x);\n        flowing = flowing.yzwx;");
    text += match float {
        true => "        fired = vec4<bool>(fired.yzw, step_neuron(&a, c, input));\n",
        false => {
            "        let outcome = step_neuron(&a, c, input);
        fired = vec4<bool>(fired.yzw, (outcome & SPIKE) != 0u);
        (*n).faults = vec4<u32>((*n).faults.yzw, (*n).faults.x | (outcome & ~SPIKE));\n"
        }
    };
    for (i, name) in form.variables.iter().map(|v| &v.name).enumerate() {
        let _ = writeln!(text, "        (*n).x{i} = vec4<i32>((*n).x{i}.yzw, bitcast<i32>(a.{name}));");
    }
    text += "    }\n";
    if float {
        text += CHECK_NUMBERS;
    }
    text += "    return fired;\n}\n";
    text += &jump_text(kernel);
    text += "fn faults_of(n: Neurons, p: Population, fired: vec4<u32>) -> vec4<u32> {\n    return n.faults;\n}\n";
    let words: Vec<String> = (0..form.variables.len()).map(|i| format!("n.x{i}")).collect();
    let _ = writeln!(text, "fn are_zero(n: Neurons) -> bool {{\n    return all(({}) == vec4<i32>(0));\n}}", words.join(" | "));
    text
}

/// How a stimulus moves the potentials of four neurons, where a word tells that they are refractory: see `jump` of `shaders/shared/integrate_four.wgsl`.
fn jump_text(kernel: &Kernel) -> String {
    let head = "fn jump(n: ptr<function, Neurons>, p: Population, freed: vec4<bool>, by: vec4<i32>) {\n";
    let Some(reset) = kernel.model.coded_reset() else { return format!("{head}}}\n") };
    let name = &kernel.model.form().constants[reset].0;
    let reset = match kernel.varied {
        true => format!("bitcast<vec4<i32>>((*n).c{reset})"),
        false => format!("vec4<i32>((*n).c.{name})"),
    };
    format!(
        "{head}    let refractory = (*n).x0 > vec4<i32>(REFRACTORY);
    let held = select((*n).x0, {reset}, freed);
    let moved = clamp(select((*n).x0, vec4<i32>(0), refractory) + by, vec4<i32>(-REFRACTORY), vec4<i32>(REFRACTORY));
    (*n).x0 = select(moved, held, refractory);
}}
"
    )
}

/// Notes a neuron whose potential is infinite or no number, in the step in which it becomes so.
const CHECK_NUMBERS: &str = "    let infinite = ((*n).x0 & vec4<i32>(0x7F800000)) == vec4<i32>(0x7F800000);
    let exists = vec4<u32>(neuron, neuron + LANES, neuron + 2u * LANES, neuron + 3u * LANES) < vec4<u32>(p.size);
    note_faults(select(vec4<u32>(0u), vec4<u32>(NOT_A_NUMBER), infinite & exists), p.first_slot + neuron, step);
";
