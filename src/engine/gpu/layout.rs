//! Structures shared with the shaders; `shaders/shared/layout.wgsl` holds the same, and a test here compares them.

use bytemuck::{Pod, Zeroable};
use glam::UVec4;

/// Batches whose spikes can be told apart: a power of two.
pub(super) const RANGES: u32 = 8192;
/// Words of the spike buffer before its entries.
pub(super) const SPIKES_HEADER_WORDS: u32 = 8;

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Population {
    pub(super) first_slot: u32,
    pub(super) size: u32,
    pub(super) id: u32,
    pub(super) kernel: u32,
    pub(super) threshold: i32,
    pub(super) reset: i32,
    pub(super) refractory_steps: u32,
    pub(super) kept: u32,
    pub(super) syn_kept0: u32,
    pub(super) syn_kept1: u32,
    pub(super) syn_gain0: u32,
    pub(super) syn_gain1: u32,
    pub(super) input_shift: u32,
    pub(super) poisson_first: u32,
    pub(super) poisson_count: u32,
    pub(super) poisson_weight: i32,
    pub(super) poisson_channel: u32,
    pub(super) out_first: u32,
    pub(super) out_count: u32,
    pub(super) initial_first: u32,
    pub(super) initial_count: u32,
    pub(super) tile_slots: u32,
    pub(super) delay_min: u32,
    pub(super) delay_span: u32,
    pub(super) out_weights: u32,
    pub(super) out_split: u32,
    pub(super) constants_first: u32,
    pub(super) varied_first: u32,
    pub(super) input_unit: u32,
    pub(super) current_first: u32,
    pub(super) current_count: u32,
    pub(super) noise_first: u32,
    pub(super) noise_count: u32,
    pub(super) noise_steps: u32,
    pub(super) source: u32,
    pub(super) unused1: u32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Projection {
    pub(super) permutation_key: UVec4,
    pub(super) id: u32,
    pub(super) rule: u32,
    pub(super) skip_self: u32,
    pub(super) needs_words: u32,
    pub(super) source_first_slot: u32,
    pub(super) source_size: u32,
    pub(super) target_first_slot: u32,
    pub(super) target_size: u32,
    pub(super) row_first: u32,
    pub(super) start_first: u32,
    pub(super) weight_first: u32,
    pub(super) weight_count: u32,
    pub(super) delay_first: u32,
    pub(super) delay_count: u32,
    pub(super) delay_min: u32,
    pub(super) target_bits: u32,
    pub(super) delay_bits: u32,
    pub(super) channel: u32,
    pub(super) permuted: u32,
    pub(super) low_bits: u32,
    pub(super) high_bits: u32,
    pub(super) tiles: u32,
    pub(super) outdegree: u32,
    pub(super) radius_first: u32,
    pub(super) angle_first: u32,
    pub(super) source_side: u32,
    pub(super) target_side: u32,
    pub(super) weight: i32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct PlasticProjection {
    pub(super) stdp: u32,
    pub(super) source_first_slot: u32,
    pub(super) source_size: u32,
    pub(super) target_first_slot: u32,
    pub(super) target_size: u32,
    pub(super) rows_first: u32,
    pub(super) columns_first: u32,
    pub(super) senders_first: u32,
    pub(super) targets_first: u32,
    pub(super) channel: u32,
    pub(super) delay: u32,
    pub(super) slot_bits: u32,
    pub(super) nearest: u32,
    pub(super) trace_bits: u32,
    pub(super) plus: i32,
    pub(super) plus_shift: u32,
    pub(super) plus_limit: i32,
    pub(super) minus: i32,
    pub(super) minus_shift: u32,
    pub(super) minus_limit: i32,
    pub(super) mu_plus: u32,
    pub(super) mu_minus: u32,
    pub(super) scale: i32,
    pub(super) decay_plus: u32,
    pub(super) decay_minus: u32,
    pub(super) unused0: u32,
    pub(super) unused1: u32,
    pub(super) unused2: u32,
    pub(super) unused3: u32,
    pub(super) unused4: u32,
    pub(super) unused5: u32,
    pub(super) unused6: u32,
}

/// What is remembered of a neuron's spikes.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct SpikeMemory {
    pub(super) x: i32,
    pub(super) u: i32,
    pub(super) last: u32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Batch {
    pub(super) step: u32,
    pub(super) length: u32,
    pub(super) ring_row: u32,
    pub(super) index: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) from_step: u32,
    pub(super) from_ring_row: u32,
}

/// No batch to deliver.
pub(super) const NO_BATCH: u32 = u32::MAX;

/// The spikes of one batch in the circular list.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct BatchSpikes {
    pub(super) start: u32,
    pub(super) listed: u32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Shard {
    pub(super) seed_low: u32,
    pub(super) seed_high: u32,
    pub(super) first_block: u32,
    pub(super) blocks: u32,
    pub(super) first_slot: u32,
    pub(super) stride: u32,
    pub(super) ring_steps: u32,
    pub(super) channels: u32,
    pub(super) list_entries: u32,
    pub(super) projection: u32,
    pub(super) first_row: u32,
    pub(super) rows: u32,
    pub(super) sender_first: u32,
    pub(super) sender_end: u32,
    pub(super) populations: u32,
    pub(super) tiles: u32,
    pub(super) blocks_first: u32,
    pub(super) projections_first: u32,
    pub(super) degrees_first: u32,
    pub(super) pairs_first: u32,
    pub(super) tiles_first: u32,
    pub(super) heads_first: u32,
    pub(super) out_index: u32,
    pub(super) plastic_first: u32,
    pub(super) unused1: u32,
    pub(super) unused2: u32,
    pub(super) unused3: u32,
    pub(super) unused4: u32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
pub(super) struct Total {
    pub(super) spikes_low: u32,
    pub(super) spikes_high: u32,
    pub(super) external_low: u32,
    pub(super) external_high: u32,
    pub(super) checksum_high: u32,
    pub(super) checksum_low: u32,
    pub(super) unused0: u32,
    pub(super) unused1: u32,
}

/// Where the neuron of a slot stands in state and ring buffers; twin of `place_of` in `shaders/shared/tables.wgsl`.
pub(super) fn place_of(slot: u32) -> u32 {
    let (block, lanes) = (crate::neuron::BLOCK as u32, crate::neuron::BLOCK as u32 / 4);
    slot / block * block + slot % lanes * 4 + slot / lanes % 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gpu::shaders::{Pass, WeightSource};
    use std::mem::{offset_of, size_of};
    use wgpu::naga;

    fn structure(module: &naga::Module, name: &str) -> (u32, Vec<(String, u32)>) {
        module
            .types
            .iter()
            .find_map(|(_, t)| match &t.inner {
                naga::TypeInner::Struct { members, span } if t.name.as_deref() == Some(name) => {
                    Some((*span, members.iter().map(|m| (m.name.clone().unwrap_or_default(), m.offset)).collect()))
                }
                _ => None,
            })
            .unwrap_or_else(|| panic!("no struct {name}"))
    }

    macro_rules! same_layout {
        ($module:expr, $name:ident { $($field:ident),* $(,)? }) => {{
            let (span, members) = structure($module, stringify!($name));
            assert_eq!(span as usize, size_of::<$name>(), stringify!($name));
            let host = [$((stringify!($field).to_owned(), offset_of!($name, $field) as u32)),*];
            assert_eq!(members, host, stringify!($name));
        }};
    }

    #[test]
    fn host_and_shader_structures_agree() {
        let module = |pass: Pass| {
            naga::front::wgsl::parse_str(&pass.source(true))
                .unwrap_or_else(|e| panic!("{}", e.emit_to_string(&pass.source(true))))
        };
        let all = module(Pass::Push { stored: true, windows: 1, weights: WeightSource::Table });
        same_layout!(
            &all,
            Population {
                first_slot,
                size,
                id,
                kernel,
                threshold,
                reset,
                refractory_steps,
                kept,
                syn_kept0,
                syn_kept1,
                syn_gain0,
                syn_gain1,
                input_shift,
                poisson_first,
                poisson_count,
                poisson_weight,
                poisson_channel,
                out_first,
                out_count,
                initial_first,
                initial_count,
                tile_slots,
                delay_min,
                delay_span,
                out_weights,
                out_split,
                constants_first,
                varied_first,
                input_unit,
                current_first,
                current_count,
                noise_first,
                noise_count,
                noise_steps,
                source,
                unused1
            }
        );
        same_layout!(
            &all,
            Projection {
                permutation_key,
                id,
                rule,
                skip_self,
                needs_words,
                source_first_slot,
                source_size,
                target_first_slot,
                target_size,
                row_first,
                start_first,
                weight_first,
                weight_count,
                delay_first,
                delay_count,
                delay_min,
                target_bits,
                delay_bits,
                channel,
                permuted,
                low_bits,
                high_bits,
                tiles,
                outdegree,
                radius_first,
                angle_first,
                source_side,
                target_side,
                weight
            }
        );
        let plastic = module(Pass::Send);
        same_layout!(
            &plastic,
            PlasticProjection {
                stdp,
                source_first_slot,
                source_size,
                target_first_slot,
                target_size,
                rows_first,
                columns_first,
                senders_first,
                targets_first,
                channel,
                delay,
                slot_bits,
                nearest,
                trace_bits,
                plus,
                plus_shift,
                plus_limit,
                minus,
                minus_shift,
                minus_limit,
                mu_plus,
                mu_minus,
                scale,
                decay_plus,
                decay_minus,
                unused0,
                unused1,
                unused2,
                unused3,
                unused4,
                unused5,
                unused6
            }
        );
        same_layout!(&plastic, SpikeMemory { x, u, last });
        same_layout!(&all, Batch { step, length, ring_row, index, first, last, from_step, from_ring_row });
        same_layout!(&all, BatchSpikes { start, listed });
        same_layout!(
            &all,
            Shard {
                seed_low,
                seed_high,
                first_block,
                blocks,
                first_slot,
                stride,
                ring_steps,
                channels,
                list_entries,
                projection,
                first_row,
                rows,
                sender_first,
                sender_end,
                populations,
                tiles,
                blocks_first,
                projections_first,
                degrees_first,
                pairs_first,
                tiles_first,
                heads_first,
                out_index,
                plastic_first,
                unused1,
                unused2,
                unused3,
                unused4
            }
        );
        let (_, spikes) = structure(&all, "Spikes");
        assert_eq!(spikes.last().map(|m| m.1), Some(4 * SPIKES_HEADER_WORDS));
        same_layout!(
            &module(Pass::Census),
            Total { spikes_low, spikes_high, external_low, external_high, checksum_high, checksum_low, unused0, unused1 }
        );
    }

    #[test]
    fn constants_of_both_sides_agree() {
        let source = Pass::Push { stored: false, windows: 1, weights: WeightSource::Table }.source(true);
        for (name, value) in
            [("BLOCK", crate::neuron::BLOCK as u32), ("RANGES", RANGES), ("ROW_UNIT", crate::engine::plan::ROW_UNIT)]
        {
            assert!(source.contains(&format!("const {name}: u32 = {value}u;")), "{name}");
        }
        for (name, words) in
            [("POPULATION_WORDS", size_of::<Population>() / 4), ("PROJECTION_WORDS", size_of::<Projection>() / 4)]
        {
            assert!(source.contains(&format!("const {name}: u32 = {words}u;")), "{name}");
        }
        let plastic = Pass::Send.source(true);
        for (name, words) in
            [("PLASTIC_WORDS", size_of::<PlasticProjection>() / 4), ("MEMORY_WORDS", size_of::<SpikeMemory>() / 4)]
        {
            assert!(plastic.contains(&format!("const {name}: u32 = {words}u;")), "{name}");
        }
        // The shader reads a projection member by member.
        let read = [offset_of!(PlasticProjection, scale) / 4, offset_of!(PlasticProjection, decay_minus) / 4];
        assert!(plastic.contains(&format!("p.scale = bitcast<i32>(tables[at + {}u])", read[0])));
        assert!(plastic.contains(&format!("p.decay_minus = tables[at + {}u]", read[1])));
        for (name, value) in [
            ("OUT_FIRST", offset_of!(Population, out_first) / 4),
            ("SOURCE", offset_of!(Population, source) / 4),
            ("TILE_SLOTS", offset_of!(Population, tile_slots) / 4),
            ("DELAY_MIN", offset_of!(Population, delay_min) / 4),
            ("DELAY_SPAN", offset_of!(Population, delay_span) / 4),
            ("OUT_WEIGHTS", offset_of!(Population, out_weights) / 4),
            ("OUT_SPLIT", offset_of!(Population, out_split) / 4),
            ("STRIP", crate::network::lattice::STRIP as usize),
            ("SPACING", crate::network::lattice::SPACING as usize),
        ] {
            assert!(source.contains(&format!("const {name}: u32 = {value}u;")), "{name}");
        }
        assert_eq!(offset_of!(Population, out_first) + 4, offset_of!(Population, out_count));
        // The shader unrolls the rounds.
        let rounds = crate::network::random::PERMUTATION_ROUNDS as usize;
        assert_eq!(source.matches("halves = feistel(").count(), rounds);
    }
}
