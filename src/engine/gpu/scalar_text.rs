//! WGSL around a model that is stepped neuron by neuron: structures from its form, and the step of the four neurons of a thread.

use std::fmt::Write;

use crate::network::Kernel;
use crate::neuron::scalar::{self, Kind};

const LANES: [char; 4] = ['x', 'y', 'z', 'w'];

/// The text around `step_neuron` of a kernel: `Neuron`, `Constants`, `Input`, `Neurons`, `load_neurons`, `store_neurons` and `advance`.
pub(super) fn harness(kernel: Kernel) -> String {
    let form = scalar::form(kernel.model);
    let (word, float) = (form.word.wgsl(), form.word == Kind::F32);
    let mut text = String::from("const currents: u32 = 0u;\n");
    text += &scalar::structures(&form);
    let own = if kernel.varied { 4 } else { 1 };
    let _ = write!(text, "struct Neurons {{");
    for i in 0..form.variables.len() {
        let _ = write!(text, " x{i}: vec4<i32>,");
    }
    let _ = write!(text, " c: array<Constants, {own}>,");
    text += " faults: vec4<u32>,";
    text += " }\n";

    text += "fn load_neurons(thread: u32, stride: u32, p: Population) -> Neurons {\n    var n: Neurons;\n";
    for i in 0..form.variables.len() {
        let _ = writeln!(text, "    n.x{i} = state[{i}u * stride + thread];");
    }
    for (i, (name, kind)) in form.constants.iter().enumerate() {
        let kind = kind.wgsl();
        if kernel.varied {
            let _ = writeln!(text, "    let w{i} = constant_of(p, {i}u, thread, stride);");
            for (k, lane) in LANES.iter().enumerate() {
                let _ = writeln!(text, "    n.c[{k}].{name} = bitcast<{kind}>(w{i}.{lane});");
            }
        } else {
            let _ = writeln!(text, "    n.c[0].{name} = bitcast<{kind}>(constant(p.constants_first + {i}u));");
        }
    }
    text += "    return n;\n}\nfn store_neurons(thread: u32, stride: u32, n: Neurons) {\n";
    for i in 0..form.variables.len() {
        let _ = writeln!(text, "    state[{i}u * stride + thread] = n.x{i};");
    }
    let sum = if float { "bitcast<vec4<u32>>(bitcast<vec4<f32>>(a) + bitcast<vec4<f32>>(b))" } else { "a + b" };
    let _ = writeln!(text, "}}\nfn add_currents(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{\n    return {sum};\n}}");

    text += "fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {\n";
    text += "    let flowing = currents_at(p, step, neuron);\n    var fired = vec4<bool>(false);\n    var a: Neuron;\n    var input: Input;\n";
    match float {
        true => text += "    let unit = bitcast<f32>(p.input_unit);\n",
        false => text += "    input.rounding = rounding_of(step);\n    var outcome = 0u;\n",
    }
    // A loop, not four copies of the step: some drivers take minutes over long shaders.
    text += "    for (var k = 0u; k < 4u; k++) {\n";
    for (i, name) in form.variables.iter().enumerate() {
        let _ = writeln!(text, "        a.{name} = bitcast<{word}>((*n).x{i}[k]);");
    }
    for (name, channel) in [("excitatory", 0), ("inhibitory", 1)] {
        let value = if float { format!("f32(input{channel}[k]) * unit") } else { format!("input{channel}[k]") };
        let _ = writeln!(text, "        input.{name} = {value};");
    }
    let _ = writeln!(text, "        input.current = bitcast<{word}>(flowing[k]);");
    let c = if kernel.varied { "k" } else { "0" };
    let _ = match float {
        true => writeln!(text, "        fired[k] = step_neuron(&a, (*n).c[{c}], input);"),
        false => writeln!(
            text,
            "        outcome = step_neuron(&a, (*n).c[{c}], input);\n        fired[k] = (outcome & SPIKE) != 0u;\n        (*n).faults[k] |= outcome & ~SPIKE;"
        ),
    };
    for (i, name) in form.variables.iter().enumerate() {
        let _ = writeln!(text, "        (*n).x{i}[k] = bitcast<i32>(a.{name});");
    }
    if float {
        let _ = writeln!(text, "        check_number((*n).x0[k], p, neuron + k * LANES, step);");
    }
    text += "    }\n";
    text += "    return fired;\n}\n";
    if float {
        text += CHECK_NUMBER;
    }
    text
}

const CHECK_NUMBER: &str = "// Notes a neuron whose potential is infinite or no number.
fn check_number(bits: i32, p: Population, neuron: u32, step: u32) {
    if ((bits & 0x7F800000) == 0x7F800000) {
        note_fault(NOT_A_NUMBER, p, neuron, step);
    }
}
";
