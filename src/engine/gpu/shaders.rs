//! Shader texts: each pass joined with what it shares with others.

use std::fmt::Write;

use super::scalar_text;
use super::shader_files::{imports, joined};
use crate::engine::plan::{TEXTURE_WIDTH, Textures, Walk};
use crate::error::{Error, Result};
use crate::network::Kernel;
use crate::neuron::Source;
use crate::neuron::user::{self, UserModel};

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
    fn file(self) -> &'static str {
        match self {
            WeightSource::One => "shared/weights_one",
            WeightSource::Constant => "shared/weights_constant",
            WeightSource::Table => "shared/weights_table",
        }
    }
}

/// A pass over the device's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pass {
    Init,
    /// Puts everybody on the list of those who are awake.
    WakeAll,
    Build,
    /// Rows sorted by tile.
    BuildSorted,
    /// Rows sorted by delay.
    BuildByDelay,
    /// `wide`: 64-bit integers; `rests`: only those who are awake.
    Update {
        kernel: Kernel,
        wide: bool,
        rests: bool,
    },
    /// `windows`: neuron shards a dispatch adds to; `rests`: it wakes whom it reaches.
    Push {
        stored: bool,
        windows: u32,
        weights: WeightSource,
        rests: bool,
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
    /// Update, and push of the spikes of a workgroup's own block, in one.
    StepOwn {
        kernel: Kernel,
        wide: bool,
        weights: WeightSource,
    },
    /// Push of what such steps leave to the host.
    PushOwn {
        weights: WeightSource,
    },
    /// Plastic projections: what targets' spikes change, what senders' change and send, what both leave behind.
    Potentiate,
    /// `rests`: it wakes whom it reaches.
    Send {
        rests: bool,
    },
    Remember,
    Reduce,
    Census,
    /// Notes when neurons fired last.
    Light,
    /// Counts who fires in windows.
    Windows,
    /// Counts a submission.
    Seal,
    /// Tries what the others rest on.
    SelfCheck {
        subgroups: bool,
        wide: bool,
    },
}

/// Binding of the ring buffers of window `i` of a push.
fn ring_binding(i: u32) -> u32 {
    if i == 0 { 5 } else { 19 + i }
}

/// Binding of texture `i` of synapses.
fn texture_binding(i: u32) -> u32 {
    48 + i
}

impl Pass {
    /// Entry point, also the label of its pipeline.
    pub(super) fn entry(&self) -> &'static str {
        match self {
            Pass::Init => "init",
            Pass::WakeAll => "wake_all",
            Pass::Build | Pass::BuildSorted | Pass::BuildByDelay => "build",
            Pass::Update { .. } => "update",
            Pass::Push { .. } | Pass::PushDue { .. } | Pass::PushDueProcedural { .. } | Pass::PushOwn { .. } => "push",
            Pass::Pull { .. } => "pull",
            Pass::Step { .. } | Pass::StepOwn { .. } => "step",
            Pass::Potentiate => "potentiate",
            Pass::Send { .. } => "send",
            Pass::Remember => "remember_spikes",
            Pass::Reduce => "reduce",
            Pass::Census => "census",
            Pass::Light => "light",
            Pass::Windows => "count_windows",
            Pass::Seal => "count",
            Pass::SelfCheck { .. } => "check",
        }
    }

    /// The whole WGSL text, with constants in a uniform buffer or among the tables.
    pub(super) fn source(&self, uniform_constants: bool) -> String {
        let constants = if uniform_constants { "shared/constants_uniform" } else { "shared/constants_table" };
        let walk = |walk: Walk| match walk {
            Walk::Serial => vec!["shared/pull_serial"],
            Walk::Balanced => vec!["shared/pull_balanced", "shared/sum_plain"],
            Walk::Subgroups => vec!["shared/pull_balanced", "shared/sum_subgroups"],
        };
        // What a file leaves open, and texts that are written here.
        let (file, choices, written): (&str, Vec<&str>, Vec<String>) = match self {
            Pass::Init => ("init", vec![], vec![]),
            Pass::WakeAll => ("wake_all", vec![], vec![]),
            Pass::Build => ("build", vec![], vec![]),
            Pass::BuildSorted => ("build_sorted", vec![], vec![]),
            Pass::BuildByDelay => ("build_by_delay", vec![], vec![]),
            Pass::PushDueProcedural { weights } => ("push_due_procedural", vec![weights.file()], vec![]),
            Pass::PushDue { textures: Some(textures), count, weights } => {
                ("push_due", vec![weights.file()], vec![texture_text(*textures, *count)])
            }
            Pass::PushDue { textures: None, weights, .. } => ("push_due", vec![weights.file(), "shared/quads_buffer"], vec![]),
            Pass::Push { stored, windows, weights, rests } => {
                let rows = if *stored { "push_stored" } else { "push_procedural" };
                let wake = if *rests { "shared/awake" } else { "shared/wake_none" };
                ("push", vec![weights.file(), rows, wake], vec![window_text(*windows)])
            }
            Pass::Update { kernel, wide, rests } => {
                let (choices, written) = neuron_text(kernel, *wide, spikes_file(kernel));
                (if *rests { "update_awake" } else { "update" }, choices, written)
            }
            Pass::Pull { walk: by, weights } => ("pull", [vec![weights.file()], walk(*by)].concat(), vec![]),
            Pass::Step { kernel, walk: by, wide, weights } => {
                let (choices, written) = neuron_text(kernel, *wide, spikes_file(kernel));
                ("step", [choices, vec![weights.file()], walk(*by)].concat(), written)
            }
            Pass::StepOwn { kernel, wide, weights } => {
                let (choices, written) = neuron_text(kernel, *wide, "shared/spikes_own");
                ("step_own", [choices, vec![weights.file()]].concat(), written)
            }
            Pass::PushOwn { weights } => ("push_own", vec![weights.file()], vec![]),
            Pass::Potentiate => ("plastic/potentiate", vec![], vec![]),
            Pass::Send { rests } => ("plastic/send", vec![if *rests { "shared/awake" } else { "shared/wake_none" }], vec![]),
            Pass::Remember => ("plastic/remember", vec![], vec![]),
            Pass::Reduce => ("reduce", vec![], vec![]),
            Pass::Census => ("census", vec![], vec![]),
            Pass::Light => ("light", vec![], vec![]),
            Pass::Windows => ("windows", vec![], vec![]),
            // It knows nothing of networks.
            Pass::Seal => return joined(&["seal"], &[]),
            Pass::SelfCheck { subgroups, wide } => {
                let sums = if *subgroups { "shared/sum_subgroups" } else { "shared/sum_plain" };
                return joined(&[products(*wide), sums, "self_check"], &[]) + &entry_text(self.entry(), *subgroups);
            }
        };
        let text = joined(&[vec![constants], choices, vec![file]].concat(), &written);
        match self {
            Pass::Pull { walk, .. } | Pass::Step { walk, .. } => text + &entry_text(self.entry(), *walk == Walk::Subgroups),
            _ => text,
        }
    }
}

/// Compiles the step of a user's model together with the passes it becomes part of: a name it gives may be taken there.
///
/// # Errors
/// [`Error::Model`] with line and column in the user's file.
pub(super) fn check_user_model(kernel: &Kernel, model: &UserModel) -> Result<()> {
    let step = Pass::Step { kernel: kernel.clone(), walk: Walk::Serial, wide: false, weights: WeightSource::Table };
    for pass in [Pass::Update { kernel: kernel.clone(), wide: false, rests: false }, step] {
        let text = pass.source(false);
        let begin = text.find(&model.source).unwrap_or(0);
        user::parse(&text).map_err(|fault| {
            let fault = model.locate(&text, begin, fault);
            let message = format!("{}; if it is a name that spikewatt uses itself, choose another", fault.message);
            Error::Model { file: model.file.clone(), line: fault.line, column: fault.column, message }
        })?;
    }
    Ok(())
}

/// The file of fixed-point products.
fn products(wide: bool) -> &'static str {
    if wide { "shared/fixed_point_wide" } else { "shared/fixed_point" }
}

/// How a kernel's spikes are listed.
fn spikes_file(kernel: &Kernel) -> &'static str {
    if kernel.model.source() == Some(Source::Poisson) { "shared/spikes_many" } else { "shared/spikes_single" }
}

/// The step of the four neurons of a thread: files, and texts that stand in none or in a model's.
fn neuron_text<'a>(kernel: &'a Kernel, wide: bool, spikes: &'static str) -> (Vec<&'a str>, Vec<String>) {
    let fixed_point = products(wide);
    if let Some(form) = kernel.model.vector().filter(|_| !kernel.scalar) {
        return (imports(form.shader).chain([fixed_point, spikes]).collect(), vec![form.shader.to_owned()]);
    }
    let mut files = vec![fixed_point, "shared/multiply", "shared/ranges", "shared/currents", spikes];
    // A user's model stands alone.
    if kernel.model.user().is_none() {
        files.extend(imports(kernel.model.shader()));
    }
    (files, vec![scalar_text::harness(kernel), kernel.model.shader().to_owned()])
}

/// The entry point of a pass of which a variant asks for the size of subgroups, which only an entry point's own argument tells everywhere: naga
/// leaves it out of structures in HLSL.
fn entry_text(entry: &str, subgroups: bool) -> String {
    let (asked, told) = match subgroups {
        true => (", @builtin(subgroup_size) subgroup_threads: u32", ", subgroup_threads"),
        false => ("", ""),
    };
    format!(
        "@compute @workgroup_size(workgroup_size)
fn {entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32{asked}) {{
    {entry}_workgroup(group, groups, Invocation(local{told}));
}}
"
    )
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

#[cfg(test)]
pub(super) mod tests {
    use super::super::adapters::STORAGE_BUFFERS;
    use super::super::pipelines::{Bound, bound};
    use super::*;
    use crate::neuron::Model;
    use wgpu::naga;

    const SOURCES: [WeightSource; 3] = [WeightSource::One, WeightSource::Constant, WeightSource::Table];

    /// Every kernel there can be.
    fn kernels() -> Vec<Kernel> {
        let kernel = |model: &Model, scalar, varied, has_currents| Kernel {
            model: model.clone(),
            scalar,
            varied,
            has_currents,
            switched: false,
        };
        let scalar = Model::ALL.iter().flat_map(|model| [true, false].map(|varied| kernel(model, true, varied, false)));
        let vector = Model::ALL.iter().filter_map(|m| m.vector().map(|form| kernel(m, false, false, form.has_currents)));
        scalar.chain(vector).collect()
    }

    pub(in super::super) fn all() -> Vec<Pass> {
        let mut all = vec![
            Pass::Init,
            Pass::WakeAll,
            Pass::Build,
            Pass::BuildSorted,
            Pass::BuildByDelay,
            Pass::Reduce,
            Pass::Census,
            Pass::Light,
            Pass::Windows,
            Pass::Seal,
        ];
        all.push(Pass::SelfCheck { subgroups: false, wide: false });
        all.extend([Pass::Potentiate, Pass::Send { rests: true }, Pass::Send { rests: false }, Pass::Remember]);
        for weights in SOURCES {
            all.push(Pass::PushDueProcedural { weights });
            for rests in [true, false] {
                all.extend([true, false].map(|stored| Pass::Push { stored, windows: 1, weights, rests }));
            }
            for walk in [Walk::Serial, Walk::Balanced] {
                all.push(Pass::Pull { walk, weights });
                all.extend(kernels().into_iter().map(|kernel| Pass::Step { kernel, walk, wide: false, weights }));
            }
        }
        for rests in [true, false] {
            all.extend(kernels().into_iter().map(|kernel| Pass::Update { kernel, wide: false, rests }));
        }
        for weights in [WeightSource::Constant, WeightSource::Table] {
            all.push(Pass::PushDue { textures: None, count: 0, weights });
            all.push(Pass::PushOwn { weights });
            all.extend(kernels().into_iter().map(|kernel| Pass::StepOwn { kernel, wide: false, weights }));
            let textures = Some(Textures { shards_each: 8, shard_rows: 1024 });
            all.push(Pass::PushDue { textures, count: 2, weights });
        }
        all
    }

    /// Passes that need an optional feature, or more storage buffers than WebGPU grants.
    pub(in super::super) fn optional() -> Vec<Pass> {
        let weights = WeightSource::Table;
        let mut all = vec![Pass::Pull { walk: Walk::Subgroups, weights }];
        all.extend([(true, false), (false, true)].map(|(subgroups, wide)| Pass::SelfCheck { subgroups, wide }));
        for kernel in kernels() {
            all.extend([
                Pass::Update { kernel: kernel.clone(), wide: true, rests: false },
                Pass::Update { kernel: kernel.clone(), wide: true, rests: true },
                Pass::Step { kernel: kernel.clone(), walk: Walk::Balanced, wide: true, weights },
                Pass::StepOwn { kernel: kernel.clone(), wide: true, weights },
                Pass::Step { kernel, walk: Walk::Subgroups, wide: false, weights },
            ]);
        }
        all.extend([true, false].map(|stored| Pass::Push { stored, windows: 9, weights, rests: false }));
        all
    }

    /// What every WebGPU device grants: eight storage buffers per stage, 256 threads, no optional feature.
    #[test]
    fn every_pass_is_valid_wgsl_within_webgpus_guaranteed_limits() {
        let mut most = 0;
        for pass in all() {
            let source = pass.source(true);
            let module =
                naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            let mut validator =
                naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
            validator.validate(&module).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            assert!(module.entry_points.iter().any(|e| e.name == pass.entry()));
            let is_storage =
                |b: &Bound| matches!(b.ty, wgpu::BindingType::Buffer { ty: wgpu::BufferBindingType::Storage { .. }, .. });
            let storage = bound(&source).expect("WGSL").iter().filter(|b| is_storage(b)).count();
            assert!(storage <= 8, "{pass:?} binds {storage} storage buffers");
            most = most.max(storage);
        }
        assert_eq!(most, STORAGE_BUFFERS as usize, "adapters are offered that have fewer, or refused that have enough");
    }

    /// One number for each thing that is bound, in every file; buffers of synapses are textures in some.
    #[test]
    fn a_name_has_one_number_and_a_number_one_name() {
        let mut known: Vec<(String, u32)> = Vec::new();
        for pass in all().into_iter().chain(optional()) {
            for uniform_constants in [true, false] {
                for b in bound(&pass.source(uniform_constants)).unwrap_or_else(|e| panic!("{pass:?}: {e}")) {
                    let name = if b.name == "ring_0" { "ring".to_owned() } else { b.name };
                    assert!(
                        known.iter().all(|(n, i)| (*n == name) == (*i == b.binding)),
                        "{pass:?} binds {name} at {}",
                        b.binding
                    );
                    if !known.iter().any(|(n, _)| *n == name) {
                        known.push((name, b.binding));
                    }
                }
            }
        }
        assert!(known.len() > 15, "{known:?}");
    }
}
