//! Shader texts: each pass joined with what it shares with others.

use crate::neuron::Model;

const RANDOM: &str = include_str!("../../../shaders/shared/random.wgsl");
const LAYOUT: &str = include_str!("../../../shaders/shared/layout.wgsl");
const FIXED_POINT: &str = include_str!("../../../shaders/shared/fixed_point.wgsl");
const INTEGRATE: &str = include_str!("../../../shaders/shared/integrate.wgsl");
const CONNECTIVITY: &str = include_str!("../../../shaders/shared/connectivity.wgsl");
const LIF_PSC_DELTA: &str = include_str!("../../../shaders/neuron/lif_psc_delta.wgsl");
const LIF_PSC_EXP: &str = include_str!("../../../shaders/neuron/lif_psc_exp.wgsl");
const INIT: &str = include_str!("../../../shaders/init.wgsl");
const BUILD: &str = include_str!("../../../shaders/build.wgsl");
const UPDATE: &str = include_str!("../../../shaders/update.wgsl");
const DELIVER: &str = include_str!("../../../shaders/deliver.wgsl");
const DELIVER_STORED: &str = include_str!("../../../shaders/deliver_stored.wgsl");
const DELIVER_PROCEDURAL: &str = include_str!("../../../shaders/deliver_procedural.wgsl");
const REDUCE: &str = include_str!("../../../shaders/reduce.wgsl");

/// A pass over the device's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Init,
    Build,
    Update(Model),
    DeliverStored,
    DeliverProcedural,
    Reduce,
}

impl Pass {
    /// Entry point, also the label of its pipeline.
    pub(super) fn entry(self) -> &'static str {
        match self {
            Pass::Init => "init",
            Pass::Build => "build",
            Pass::Update(_) => "update",
            Pass::DeliverStored | Pass::DeliverProcedural => "deliver",
            Pass::Reduce => "reduce",
        }
    }

    /// The whole WGSL text.
    pub(super) fn source(self) -> String {
        match self {
            Pass::Init => [LAYOUT, RANDOM, INIT].concat(),
            Pass::Build => [LAYOUT, RANDOM, CONNECTIVITY, BUILD].concat(),
            Pass::Update(Model::LifPscDelta) => [LAYOUT, RANDOM, FIXED_POINT, LIF_PSC_DELTA, INTEGRATE, UPDATE].concat(),
            Pass::Update(Model::LifPscExp) => [LAYOUT, RANDOM, FIXED_POINT, LIF_PSC_EXP, INTEGRATE, UPDATE].concat(),
            Pass::DeliverStored => [LAYOUT, RANDOM, CONNECTIVITY, DELIVER, DELIVER_STORED].concat(),
            Pass::DeliverProcedural => [LAYOUT, RANDOM, CONNECTIVITY, DELIVER, DELIVER_PROCEDURAL].concat(),
            Pass::Reduce => [LAYOUT, REDUCE].concat(),
        }
    }

    /// Bindings it uses, as (index, kind).
    pub(super) fn bindings(self) -> &'static [(u32, Binding)] {
        use Binding::{Read, Uniform, Write};
        match self {
            Pass::Init => &[(1, Uniform), (2, Read), (3, Read), (4, Write)],
            Pass::Build => &[(1, Uniform), (3, Read), (9, Read), (10, Write)],
            Pass::Update(_) => &[
                (0, Uniform),
                (1, Uniform),
                (2, Read),
                (3, Read),
                (4, Write),
                (5, Write),
                (6, Write),
                (7, Write),
                (8, Write),
                (12, Write),
            ],
            Pass::DeliverStored => {
                &[(0, Uniform), (1, Uniform), (2, Read), (3, Read), (5, Write), (6, Write), (9, Read), (10, Read), (12, Read)]
            }
            Pass::DeliverProcedural => {
                &[(0, Uniform), (1, Uniform), (2, Read), (3, Read), (5, Write), (6, Write), (9, Read), (12, Read)]
            }
            Pass::Reduce => &[(1, Uniform), (2, Read), (7, Write), (11, Write)],
        }
    }
}

/// Kind of a binding; uniforms have dynamic offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    Uniform,
    Read,
    Write,
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::naga;

    const ALL: [Pass; 7] = [
        Pass::Init,
        Pass::Build,
        Pass::Update(Model::LifPscDelta),
        Pass::Update(Model::LifPscExp),
        Pass::DeliverStored,
        Pass::DeliverProcedural,
        Pass::Reduce,
    ];

    /// What every WebGPU device grants: eight storage buffers per stage, 256 threads, no optional feature.
    #[test]
    fn every_pass_is_valid_wgsl_within_webgpus_guaranteed_limits() {
        for pass in ALL {
            let source = pass.source();
            let module =
                naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            let mut validator =
                naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
            validator.validate(&module).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
            assert!(module.entry_points.iter().any(|e| e.name == pass.entry()));
            let storage = pass.bindings().iter().filter(|b| b.1 != Binding::Uniform).count();
            assert!(storage <= 8, "{pass:?} binds {storage} storage buffers");
        }
    }

    #[test]
    fn every_pass_lists_exactly_the_bindings_its_text_declares() {
        for pass in ALL {
            let module = naga::front::wgsl::parse_str(&pass.source()).expect("valid, as tested above");
            let mut declared: Vec<u32> =
                module.global_variables.iter().filter_map(|(_, g)| g.binding.as_ref().map(|b| b.binding)).collect();
            declared.sort_unstable();
            assert_eq!(declared, pass.bindings().iter().map(|b| b.0).collect::<Vec<_>>(), "{pass:?}");
        }
    }
}
