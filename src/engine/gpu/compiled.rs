//! The pipelines of a plan, with the override constants that fit them to its network.

#![allow(
    clippy::cast_precision_loss,
    reason = "override constants are doubles; numbers of threads, channels and bits fit them exactly"
)]

use super::pipelines::{Pipeline, rule_constants};
use super::shaders::{Pass, WeightSource};
use crate::engine::plan::{DelayRows, GpuPlan, Strategy};
use crate::error::Result;
use crate::network::{Kernel, Network};

/// Threads per workgroup of the passes that are not worth tuning.
pub(super) const PLAIN_GROUP: u32 = 64;

/// The pipelines of a plan.
pub(super) struct Pipelines {
    pub(super) init: Pipeline,
    /// Where those who rest are left alone.
    pub(super) wake_all: Option<Pipeline>,
    pub(super) updates: Vec<Pipeline>,
    pub(super) deliver: Option<Pipeline>,
    pub(super) reduce: Pipeline,
    pub(super) census: Pipeline,
}

impl Pipelines {
    pub(super) fn new(network: &Network, plan: &GpuPlan, d: &wgpu::Device, uniform: bool, record: bool) -> Result<Self> {
        let weights = if network.projections.iter().all(|p| p.weights.len() <= 1) {
            WeightSource::One
        } else if plan.constant_weights {
            WeightSource::Constant
        } else {
            WeightSource::Table
        };
        let candidate = plan.candidate;
        let has_synapses = network.synapses() > 0;
        let kernels = network.kernels();
        let plain = ("workgroup_size", f64::from(PLAIN_GROUP));
        let flag = |b: bool| f64::from(u8::from(b));
        // The threads of a pull look different projections up: GPUs let them take turns at a uniform buffer.
        let looks_up = uniform && plan.constant_weights;
        let update = |(number, kernel): (usize, &Kernel)| {
            let driven = network.populations.iter().any(|p| p.kernel() == *kernel && network.draws(p));
            let stimulated = network.populations.iter().any(|p| p.kernel() == *kernel && network.stimuli.reach(p.id));
            let mut constants = vec![
                ("workgroup_size", f64::from(candidate.workgroup_size)),
                ("kernel", number as f64),
                ("only_kernel", flag(kernels.len() == 1)),
                ("has_ring", flag(has_synapses)),
                ("has_drive", flag(driven)),
                ("has_stimuli", flag(stimulated)),
            ];
            if kernel.has_currents {
                constants.push(("currents", f64::from(network.channels)));
                constants.push(("switched", flag(kernel.switched)));
            }
            let (kernel, wide) = (kernel.clone(), candidate.wide_integers);
            if plan.is_own() {
                constants.extend(own_constants(network, plan));
                return Pipeline::new(d, &Pass::StepOwn { kernel, wide, weights: sorted_weights(plan) }, uniform, &constants);
            }
            if plan.is_fused() {
                return Pipeline::new(d, &Pass::Step { kernel, walk: candidate.walk, wide, weights }, looks_up, &constants);
            }
            let order =
                [("at_a_time", f64::from(plan.groups_at_a_time)), ("update_parts", f64::from(plan.dispatches.update_parts))];
            let rests = candidate.rests;
            let order = if rests { &order[1..] } else { &order[..] };
            Pipeline::new(d, &Pass::Update { kernel, wide, rests }, uniform, &[&constants[..], order].concat())
        };
        let deliver = (network.static_synapses() > 0).then(|| {
            let size = match candidate.strategy {
                Strategy::StoredStep => candidate.workgroup_size,
                _ => candidate.delivery_workgroup_size,
            };
            let size = [("workgroup_size", f64::from(size))];
            match candidate.strategy {
                Strategy::StoredPush => {
                    let pass = Pass::Push { stored: true, windows: plan.windows, weights, rests: candidate.rests };
                    Pipeline::new(d, &pass, uniform, &size)
                }
                Strategy::ProceduralPush => {
                    let pass = Pass::Push { stored: false, windows: plan.windows, weights, rests: candidate.rests };
                    Pipeline::new(d, &pass, uniform, &[&size[..], &rule_constants(network)].concat())
                }
                Strategy::ProceduralByDelay => {
                    let pass = Pass::PushDueProcedural { weights };
                    Pipeline::new(d, &pass, uniform, &[&size[..], &rule_constants(network)].concat())
                }
                Strategy::StoredByDelay => {
                    let (textures, count) = (plan.textures, plan.texture_count());
                    let pass = Pass::PushDue { textures, count, weights: sorted_weights(plan) };
                    Pipeline::new(d, &pass, uniform, &[&size[..], &sorted_constants(network, plan)].concat())
                }
                Strategy::StoredOwn => {
                    let pass = Pass::PushOwn { weights: sorted_weights(plan) };
                    Pipeline::new(d, &pass, uniform, &[&size[..], &own_constants(network, plan)].concat())
                }
                Strategy::StoredPull | Strategy::StoredStep => {
                    Pipeline::new(d, &Pass::Pull { walk: candidate.walk, weights }, looks_up, &size)
                }
            }
        });
        let variables = ("variables", f64::from(network.state_variables()));
        let flags = [
            ("has_synapses", flag(has_synapses)),
            ("record", flag(record)),
            ("bursts_after_updates", flag(plan.bursts_after_updates())),
            ("sums_in_workgroup", flag(plan.census.1)),
        ];
        Ok(Self {
            init: Pipeline::new(d, &Pass::Init, uniform, &[plain, variables])?,
            wake_all: candidate.rests.then(|| Pipeline::new(d, &Pass::WakeAll, uniform, &[plain])).transpose()?,
            updates: kernels.iter().enumerate().map(update).collect::<Result<_>>()?,
            deliver: deliver.transpose()?,
            reduce: Pipeline::new(d, &Pass::Reduce, uniform, &[plain])?,
            census: Pipeline::new(d, &Pass::Census, uniform, &[&[plain], &flags[..]].concat())?,
        })
    }
}

/// Where deliveries of rows sorted by delay find weights: each population's stand together.
fn sorted_weights(plan: &GpuPlan) -> WeightSource {
    if plan.constant_weights { WeightSource::Constant } else { WeightSource::Table }
}

/// Whether any population sends more than one weight, in rows sorted by delay.
fn has_levels(plan: &GpuPlan) -> bool {
    plan.delay_rows.iter().flat_map(|rows| &rows.outgoing).any(|o| o.weights.len() > 1)
}

/// The override constants of what delivers rows sorted by delay.
fn sorted_constants(network: &Network, plan: &GpuPlan) -> Vec<(&'static str, f64)> {
    let own = [("channels", f64::from(network.channels)), ("levels", f64::from(u8::from(has_levels(plan))))];
    [&own[..], &due_constants(plan)].concat()
}

/// The override constants of what delivers own spikes.
fn own_constants(network: &Network, plan: &GpuPlan) -> Vec<(&'static str, f64)> {
    let wraps = plan.delay_rows.as_ref().map_or(0, |rows| rows.wraps(network));
    [sorted_constants(network, plan), vec![("wraps", f64::from(wraps)), ("ahead", f64::from(plan.reads_ahead))]].concat()
}

/// The override constants that tell the layout of words sorted by delay.
pub(super) fn due_constants(plan: &GpuPlan) -> Vec<(&'static str, f64)> {
    let bits = |rows: &DelayRows| vec![("target_bits", rows.target_bits.into()), ("delay_bits", rows.delay_bits.into())];
    plan.delay_rows.as_ref().map(bits).unwrap_or_default()
}
