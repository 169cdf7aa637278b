//! Shader texts: each pass joined with what it shares with others.

use std::fmt::Write;

use super::scalar_text;
use crate::engine::plan::{TEXTURE_WIDTH, Textures, Walk};
use crate::error::{Error, Result};
use crate::network::Kernel;
use crate::neuron::Model;
use crate::neuron::user::{self, UserModel};

macro_rules! shader {
    ($path:literal) => {
        include_str!(concat!("../../../shaders/", $path, ".wgsl"))
    };
}

const LAYOUT: &str = concat!(shader!("shared/layout"), shader!("shared/tables"));
const CONSTANTS_UNIFORM: &str = shader!("shared/constants_uniform");
const CONSTANTS_TABLE: &str = shader!("shared/constants_table");
const RANDOM: &str = shader!("shared/random");
const CONNECTIVITY: &str = shader!("shared/connectivity");
const LISTED: &str = shader!("shared/listed");
const LISTED_NONE: &str = shader!("shared/listed_none");
const STORED: &str = shader!("shared/stored");
const LIST_READ: &str = shader!("shared/list_read");
const TOTALS: &str = shader!("shared/totals");
const FIXED_POINT: &str = shader!("shared/fixed_point");
const FIXED_POINT_WIDE: &str = shader!("shared/fixed_point_wide");
const RANGES_TEXT: &str = shader!("shared/ranges");
const INTEGRATE: &str = shader!("shared/integrate");
const INTEGRATE_SCALAR: &str = shader!("neuron/scalar/integrate");
const MULTIPLY: &str = shader!("shared/multiply");
const CURRENTS: &str = shader!("shared/currents");
const PLASTIC_RULE: &str = shader!("plastic/rule");
const UPDATE_VECTOR: &str = shader!("shared/update_vector");
const SINGLE_SPIKES: &str = shader!("shared/spikes_single");
const MANY_SPIKES: &str = shader!("shared/spikes_many");
const UPDATE: &str = shader!("shared/update");
const RING_PLAIN: &str = shader!("shared/ring_plain");
const RING_ATOMIC: &str = shader!("shared/ring_atomic");
const PART: &str = shader!("shared/part");
const ARRIVE: &str = shader!("shared/arrive");
const PULL_SERIAL: &str = shader!("shared/pull_serial");
const PULL_BALANCED: &str = shader!("shared/pull_balanced");
const SUM_PLAIN: &str = shader!("shared/sum_plain");
const SUM_SUBGROUPS: &str = shader!("shared/sum_subgroups");

/// Where a delivery finds the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WeightSource {
    /// Every projection has one weight, which stands in it.
    One,
    /// Among the constants.
    Constant,
    /// Among the tables.
    Table,
}

impl WeightSource {
    fn text(self) -> &'static str {
        match self {
            WeightSource::One => shader!("shared/weights_one"),
            WeightSource::Constant => shader!("shared/weights_constant"),
            WeightSource::Table => shader!("shared/weights_table"),
        }
    }
}

/// A pass over the device's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Init,
    Build,
    /// Rows sorted by tile.
    BuildSorted,
    /// Rows sorted by delay.
    BuildByDelay,
    /// `wide`: 64-bit integers.
    Update {
        kernel: Kernel,
        wide: bool,
    },
    /// `windows`: neuron shards a dispatch adds to.
    Push {
        stored: bool,
        windows: u32,
        weights: WeightSource,
    },
    /// Synapses that are due, evaluated.
    PushDueProcedural {
        weights: WeightSource,
    },
    /// `textures`: how many hold the synapses; none if a buffer does.
    PushDue {
        textures: Option<Textures>,
        count: u32,
        weights: WeightSource,
    },
    Pull {
        walk: Walk,
        weights: WeightSource,
    },
    /// Pull and update in one.
    Step {
        kernel: Kernel,
        walk: Walk,
        wide: bool,
        weights: WeightSource,
    },
    /// Plastic projections: what targets' spikes change, what senders' change and send, what both leave behind.
    Potentiate,
    Send,
    Remember,
    Reduce,
    Census,
}

/// Binding of the ring buffers of window `i` of a push.
pub(super) fn ring_binding(i: u32) -> u32 {
    if i == 0 { 5 } else { 19 + i }
}

/// Binding of texture `i` of synapses.
pub(super) fn texture_binding(i: u32) -> u32 {
    48 + i
}

impl Pass {
    /// Entry point, also the label of its pipeline.
    pub(super) fn entry(self) -> &'static str {
        match self {
            Pass::Init => "init",
            Pass::Build | Pass::BuildSorted | Pass::BuildByDelay => "build",
            Pass::Update { .. } => "update",
            Pass::Push { .. } | Pass::PushDue { .. } | Pass::PushDueProcedural { .. } => "push",
            Pass::Pull { .. } => "pull",
            Pass::Step { .. } => "step",
            Pass::Potentiate => "potentiate",
            Pass::Send => "send",
            Pass::Remember => "remember_spikes",
            Pass::Reduce => "reduce",
            Pass::Census => "census",
        }
    }

    /// The whole WGSL text, with constants in a uniform buffer or among the tables.
    pub(super) fn source(self, uniform_constants: bool) -> String {
        let pull = |walk: Walk| {
            let walk = match walk {
                Walk::Serial => PULL_SERIAL.to_owned(),
                Walk::Balanced => [PULL_BALANCED, SUM_PLAIN].concat(),
                Walk::Subgroups => [PULL_BALANCED, SUM_SUBGROUPS].concat(),
            };
            [STORED, PART, ARRIVE, &walk].concat()
        };
        let own = match self {
            Pass::Init => [RANDOM, shader!("init")].concat(),
            Pass::Build => [RANDOM, CONNECTIVITY, LISTED, STORED, shader!("build")].concat(),
            Pass::BuildSorted => [RANDOM, CONNECTIVITY, LISTED, STORED, shader!("build_sorted")].concat(),
            Pass::BuildByDelay => {
                [RANDOM, CONNECTIVITY, LISTED, STORED, shader!("shared/due"), shader!("build_by_delay")].concat()
            }
            Pass::PushDueProcedural { weights } => {
                [weights.text(), LIST_READ, RANDOM, CONNECTIVITY, LISTED_NONE, shader!("push_due_procedural")].concat()
            }
            Pass::PushDue { textures, count, weights } => {
                let quads = match textures {
                    Some(textures) => texture_text(textures, count),
                    None => shader!("shared/quads_buffer").to_owned(),
                };
                [weights.text(), LIST_READ, STORED, shader!("shared/due"), &quads, shader!("push_due")].concat()
            }
            Pass::Update { kernel, wide } => [&neuron_text(kernel, wide), RING_PLAIN, shader!("update")].concat(),
            Pass::Push { stored: true, windows, weights } => {
                [weights.text(), LIST_READ, STORED, shader!("push_stored"), &window_text(windows), shader!("push")].concat()
            }
            Pass::Push { stored: false, windows, weights } => {
                let rows = [LIST_READ, RANDOM, CONNECTIVITY, LISTED_NONE, shader!("push_procedural")].concat();
                [weights.text(), &rows, &window_text(windows), shader!("push")].concat()
            }
            Pass::Pull { walk, weights } => [weights.text(), LIST_READ, RING_ATOMIC, &pull(walk), shader!("pull")].concat(),
            Pass::Step { kernel, walk, wide, weights } => {
                [weights.text(), &neuron_text(kernel, wide), RING_ATOMIC, &pull(walk), shader!("step")].concat()
            }
            Pass::Potentiate => [LIST_READ, MULTIPLY, PLASTIC_RULE, shader!("plastic/potentiate")].concat(),
            Pass::Send => [LIST_READ, MULTIPLY, PLASTIC_RULE, shader!("plastic/send")].concat(),
            Pass::Remember => [LIST_READ, MULTIPLY, PLASTIC_RULE, shader!("plastic/remember")].concat(),
            Pass::Reduce => [TOTALS, shader!("reduce")].concat(),
            Pass::Census => [TOTALS, LIST_READ, RANDOM, shader!("census")].concat(),
        };
        [LAYOUT, if uniform_constants { CONSTANTS_UNIFORM } else { CONSTANTS_TABLE }, &own].concat()
    }

    /// Bindings it uses, as (index, kind), in rising order.
    pub(super) fn bindings(self, uniform_constants: bool) -> Vec<(u32, Binding)> {
        use Binding::{Read, Uniform, Write};
        let mut bindings = match self {
            Pass::Init => vec![(1, Uniform), (3, Read), (4, Write)],
            Pass::Build | Pass::BuildSorted | Pass::BuildByDelay => vec![(1, Uniform), (3, Read), (10, Write), (14, Read)],
            Pass::Update { .. } => {
                vec![(0, Uniform), (1, Uniform), (3, Read), (4, Write), (5, Write), (6, Write), (7, Write), (12, Write)]
            }
            Pass::Step { .. } => {
                vec![
                    (0, Uniform),
                    (1, Uniform),
                    (3, Read),
                    (4, Write),
                    (5, Write),
                    (6, Write),
                    (7, Write),
                    (10, Read),
                    (12, Write),
                ]
            }
            Pass::Push { stored, windows, .. } => {
                let synapses = stored.then_some((10, Read));
                let rings = (0..windows).map(|i| (ring_binding(i), Write));
                [(0, Uniform), (1, Uniform), (3, Read), (6, Write), (12, Read)].into_iter().chain(synapses).chain(rings).collect()
            }
            Pass::PushDueProcedural { .. } => vec![(0, Uniform), (1, Uniform), (3, Read), (5, Write), (6, Write), (12, Read)],
            Pass::PushDue { textures, count, .. } => {
                let synapses: Vec<(u32, Binding)> = match textures {
                    Some(_) => (0..count).map(|i| (texture_binding(i), Binding::Texture)).collect(),
                    None => vec![(10, Read)],
                };
                [(0, Uniform), (1, Uniform), (3, Read), (5, Write), (6, Write), (12, Read)].into_iter().chain(synapses).collect()
            }
            Pass::Pull { .. } => vec![(0, Uniform), (1, Uniform), (3, Read), (5, Write), (6, Write), (10, Read), (12, Read)],
            Pass::Potentiate | Pass::Send | Pass::Remember => {
                let own = match self {
                    Pass::Potentiate => Some((17, Read)),
                    Pass::Send => Some((5, Write)),
                    _ => None,
                };
                let common = [(0, Uniform), (1, Uniform), (3, Read), (6, Write), (12, Read), (16, Write), (18, Write)];
                common.into_iter().chain(own).collect()
            }
            Pass::Reduce => vec![(1, Uniform), (3, Read), (7, Write), (11, Write)],
            Pass::Census => vec![(0, Uniform), (1, Uniform), (3, Read), (6, Write), (8, Write), (11, Write), (12, Read)],
        };
        if uniform_constants {
            bindings.push((13, Binding::Whole));
        }
        bindings.sort_by_key(|b| b.0);
        bindings
    }
}

/// Compiles the step of a user's model together with the passes it becomes part of: a name it gives may be taken there.
///
/// # Errors
/// [`Error::Model`] with line and column in the user's file.
pub(super) fn check_user_model(kernel: Kernel, model: &UserModel) -> Result<()> {
    let step = Pass::Step { kernel, walk: Walk::Serial, wide: false, weights: WeightSource::Table };
    for pass in [Pass::Update { kernel, wide: false }, step] {
        let text = pass.source(false);
        let begin = text.find(model.source).unwrap_or(0);
        user::parse(&text).map_err(|fault| {
            let fault = model.locate(&text, begin, fault);
            let message = format!("{}; if it is a name that spikewatt uses itself, choose another", fault.message);
            Error::Model { file: model.file.to_owned(), line: fault.line, column: fault.column, message }
        })?;
    }
    Ok(())
}

/// The step of the four neurons of a thread.
fn neuron_text(kernel: Kernel, wide: bool) -> String {
    let fixed_point = if wide { FIXED_POINT_WIDE } else { FIXED_POINT };
    if !kernel.scalar {
        let text = match kernel.model {
            Model::LifPscDelta => shader!("neuron/lif_psc_delta"),
            _ => shader!("neuron/lif_psc_exp"),
        };
        return [RANDOM, RANGES_TEXT, fixed_point, text, INTEGRATE, UPDATE_VECTOR, SINGLE_SPIKES, UPDATE].concat();
    }
    let text = match kernel.model {
        Model::LifPscDelta => [INTEGRATE_SCALAR, shader!("neuron/scalar/lif_psc_delta")],
        Model::LifPscExp => [INTEGRATE_SCALAR, shader!("neuron/scalar/lif_psc_exp")],
        Model::LifCondExp => ["", shader!("neuron/lif_cond_exp")],
        Model::Izhikevich => ["", shader!("neuron/izhikevich")],
        Model::AdexCondExp => ["", shader!("neuron/adex_cond_exp")],
        Model::HhCondExpTraub => ["", shader!("neuron/hh_cond_exp_traub")],
        Model::PoissonSource => ["", shader!("neuron/poisson_source")],
        Model::RegularSource => ["", shader!("neuron/regular_source")],
        Model::SpikeTimes => ["", shader!("neuron/spike_times")],
        Model::User(model) => ["", model.source],
    };
    let spikes = if kernel.model == Model::PoissonSource { MANY_SPIKES } else { SINGLE_SPIKES };
    let harness = scalar_text::harness(kernel);
    [RANDOM, RANGES_TEXT, fixed_point, MULTIPLY, &harness, &text.concat(), CURRENTS, spikes, UPDATE].concat()
}

/// The ring buffers of as many neuron shards as a push adds to, and how to find them: WGSL has no arrays of buffers that every
/// adapter knows.
fn window_text(windows: u32) -> String {
    let mut text = format!("const WINDOWS: u32 = {windows}u;\n");
    for i in 0..windows {
        let binding = ring_binding(i);
        let _ = writeln!(text, "@group(0) @binding({binding}) var<storage, read_write> ring_{i}: array<atomic<i32>>;");
    }
    text += "// Shards have equally many slots; few of them are counted faster than divided by.\nfn window_of(at: u32) -> u32 {\n    return 0u";
    for i in 1..windows {
        let _ = write!(text, " + select(0u, 1u, at >= {i}u * shard.stride)");
    }
    text += ";\n}\nfn add_to(window: u32, place: u32, weight: i32) {\n    switch (window) {\n";
    for i in 0..windows {
        let case = if i + 1 == windows { "default".to_owned() } else { format!("case {i}u") };
        let _ = writeln!(text, "        {case}: {{ atomicAdd(&ring_{i}[place], weight); }}");
    }
    text + "    }\n}\n"
}

/// Textures of synapses, each of four words per texel, that continue each other.
fn texture_text(textures: Textures, count: u32) -> String {
    let (width, rows) = (TEXTURE_WIDTH, textures.shards_each * textures.shard_rows);
    let mut text = String::from("// Stored synapses in textures, four words at a time.\n");
    for i in 0..count {
        let binding = texture_binding(i);
        let _ = writeln!(text, "@group(0) @binding({binding}) var synapses_{i}: texture_storage_2d<rgba32uint, read>;");
    }
    let _ = writeln!(text, "fn synapse_quad(q: u32) -> vec4<u32> {{\n    let x = q % {width}u;\n    let y = q / {width}u;");
    text += "    switch (y / ";
    let _ = writeln!(text, "{rows}u) {{");
    for i in 0..count {
        let case = if i + 1 == count { "default".to_owned() } else { format!("case {i}u") };
        let first = i * rows;
        let _ = writeln!(text, "        {case}: {{ return textureLoad(synapses_{i}, vec2<u32>(x, y - {first}u)); }}");
    }
    text + "    }\n}\n"
}

/// Kind of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// A uniform with a dynamic offset.
    Uniform,
    /// A uniform buffer as a whole.
    Whole,
    Read,
    Write,
    /// A storage texture, read only.
    Texture,
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::naga;

    const SOURCES: [WeightSource; 3] = [WeightSource::One, WeightSource::Constant, WeightSource::Table];

    /// Every kernel there can be.
    fn kernels() -> Vec<Kernel> {
        let scalar = Model::ALL.into_iter().flat_map(|model| [true, false].map(|varied| Kernel { model, scalar: true, varied }));
        let vector = [Model::LifPscDelta, Model::LifPscExp].map(|model| Kernel { model, scalar: false, varied: false });
        scalar.chain(vector).collect()
    }

    fn all() -> Vec<Pass> {
        let mut all = vec![Pass::Init, Pass::Build, Pass::BuildSorted, Pass::BuildByDelay, Pass::Reduce, Pass::Census];
        all.extend([Pass::Potentiate, Pass::Send, Pass::Remember]);
        for weights in SOURCES {
            all.push(Pass::PushDueProcedural { weights });
            all.extend([true, false].map(|stored| Pass::Push { stored, windows: 1, weights }));
            for walk in [Walk::Serial, Walk::Balanced] {
                all.push(Pass::Pull { walk, weights });
                all.extend(kernels().into_iter().map(|kernel| Pass::Step { kernel, walk, wide: false, weights }));
            }
        }
        all.extend(kernels().into_iter().map(|kernel| Pass::Update { kernel, wide: false }));
        for weights in [WeightSource::Constant, WeightSource::Table] {
            all.push(Pass::PushDue { textures: None, count: 0, weights });
            let textures = Some(Textures { shards_each: 8, shard_rows: 1024 });
            all.push(Pass::PushDue { textures, count: 2, weights });
        }
        all
    }

    /// Passes that need an optional feature, or more storage buffers than WebGPU grants.
    fn optional() -> Vec<Pass> {
        let weights = WeightSource::Table;
        let mut all = vec![Pass::Pull { walk: Walk::Subgroups, weights }];
        for kernel in kernels() {
            all.extend([
                Pass::Update { kernel, wide: true },
                Pass::Step { kernel, walk: Walk::Balanced, wide: true, weights },
                Pass::Step { kernel, walk: Walk::Subgroups, wide: false, weights },
            ]);
        }
        all.extend([true, false].map(|stored| Pass::Push { stored, windows: 9, weights }));
        all
    }

    /// What every WebGPU device grants: eight storage buffers per stage, 256 threads, no optional feature.
    #[test]
    fn every_pass_is_valid_wgsl_within_webgpus_guaranteed_limits() {
        for pass in all() {
            let source = pass.source(true);
            let module =
                naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            let mut validator =
                naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
            validator.validate(&module).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            assert!(module.entry_points.iter().any(|e| e.name == pass.entry()));
            let storage = pass.bindings(true).iter().filter(|b| matches!(b.1, Binding::Read | Binding::Write)).count();
            assert!(storage <= 8, "{pass:?} binds {storage} storage buffers");
        }
    }

    #[test]
    fn every_pass_lists_exactly_the_bindings_its_text_declares() {
        for pass in all().into_iter().chain(optional()) {
            for uniform_constants in [true, false] {
                let source = pass.source(uniform_constants);
                let module =
                    naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
                let mut declared: Vec<u32> =
                    module.global_variables.iter().filter_map(|(_, g)| g.binding.as_ref().map(|b| b.binding)).collect();
                declared.sort_unstable();
                assert_eq!(declared, pass.bindings(uniform_constants).iter().map(|b| b.0).collect::<Vec<_>>(), "{pass:?}");
            }
        }
    }
}
