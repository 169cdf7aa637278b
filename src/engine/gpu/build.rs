//! Building of stored synapses on the device.

use std::ops::Range;

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::buffers::{UNIFORM_STRIDE, buffer, strided, upload};
use super::device::Device;
use super::layout::Shard;
use super::passes::wait;
use super::pipelines::{Pipeline, rule_constants};
use super::plastic_words::Words;
use super::resources::{PLAIN_GROUP, Resources, constants_buffer, due_constants, shard_uniform, sized, texture_rows};
use super::shaders::Pass;
use super::tables::{Tables, TablesFor};
use crate::engine::plan::{GpuPlan, Strategy, TEXTURE_WIDTH};
use crate::error::Result;
use crate::network::{Network, Population, Projection};

/// Synapses built per submission: well under any driver's watchdog even on slow adapters.
const BUILD_SYNAPSES: u32 = 1 << 24;

impl Resources {
    /// Evaluates all stored synapses on the device.
    pub(super) fn build_synapses(&self, network: &Network, plan: &GpuPlan, device: &Device) -> Result<()> {
        let d = &device.device;
        let pass = match plan.candidate.strategy {
            Strategy::StoredByDelay => Pass::BuildByDelay,
            strategy if strategy.pulls() => Pass::BuildSorted,
            _ => Pass::Build,
        };
        let flat = Tables::new(network, plan, TablesFor::Build, &Words::default());
        let constants = constants_buffer(d, &flat);
        let overrides =
            [&[("workgroup_size", f64::from(PLAIN_GROUP))][..], &rule_constants(network), &due_constants(plan)].concat();
        let pipeline = Pipeline::new(d, &pass, constants.is_some(), &overrides)?;
        let tables = upload(d, "build tables", bytemuck::cast_slice(&flat.words));
        let common = shard_uniform(network, plan, flat.places);
        let listed: Vec<[u32; 2]> = network.projections.iter().flat_map(|p| p.listed.iter().copied()).collect();
        // No buffer may be empty.
        let listed = upload(d, "edge lists", bytemuck::cast_slice(if listed.is_empty() { &[[0; 2]; 2] } else { &listed }));
        let split = if pass == Pass::Build { plan.build_split } else { 1 };
        // Where textures hold the synapses, one buffer takes shard after shard on its way there.
        let rows = plan.textures.map_or(0, |t| t.shard_rows);
        let ferry = plan.textures.map(|_| {
            let bytes = u64::from(rows) * 16 * u64::from(TEXTURE_WIDTH);
            buffer(d, "synapses under way", bytes, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC)
        });
        for (j, shard) in plan.synapse_shards.iter().enumerate() {
            let pieces = match plan.is_by_delay() {
                true => sender_pieces(network, &shard.slots, common),
                false => row_pieces(network, &shard.slots, common),
            };
            let Some(synapses) = ferry.as_ref().or(self.synapse_shards.get(j)).filter(|_| !pieces.is_empty()) else { continue };
            let contents = strided(&pieces);
            let uniforms = d.create_buffer_init(&BufferInitDescriptor {
                label: Some("build"),
                contents: &contents,
                usage: wgpu::BufferUsages::UNIFORM,
            });
            let group = pipeline.bind(d, |name| match name {
                "shard" => Some(sized::<Shard>(&uniforms)),
                "tables" => Some(tables.as_entire_binding()),
                "constants" => constants.as_ref().map(|buffer| buffer.as_entire_binding()),
                "listed" => Some(listed.as_entire_binding()),
                "synapses" => Some(synapses.as_entire_binding()),
                _ => None,
            })?;
            for (k, piece) in pieces.iter().enumerate() {
                let mut encoder = d.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("build") });
                {
                    let mut pass =
                        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("build"), timestamp_writes: None });
                    pass.set_pipeline(&pipeline.pipeline);
                    pass.set_bind_group(0, &group, &[k as u32 * UNIFORM_STRIDE as u32]);
                    pass.dispatch_workgroups(piece.rows.min(self.max_groups), split, 1);
                }
                if k + 1 == pieces.len() && ferry.is_some() {
                    self.copy_to_texture(&mut encoder, plan, synapses, j as u32);
                }
                let index = device.queue.submit([encoder.finish()]);
                wait(device, Some(index))?;
            }
        }
        Ok(())
    }

    /// Records the copy of a shard to its place in a texture.
    fn copy_to_texture(&self, encoder: &mut wgpu::CommandEncoder, plan: &GpuPlan, synapses: &wgpu::Buffer, shard: u32) {
        let Some(textures) = plan.textures else { return };
        let rows = texture_rows(plan.synapse_shards[shard as usize].words);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: synapses,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(16 * TEXTURE_WIDTH), rows_per_image: None },
            },
            wgpu::TexelCopyTextureInfo {
                texture: &self.textures[(shard / textures.shards_each) as usize],
                mip_level: 0,
                origin: wgpu::Origin3d { x: 0, y: shard % textures.shards_each * textures.shard_rows, z: 0 },
                aspect: wgpu::TextureAspect::All,
            },
            wgpu::Extent3d { width: TEXTURE_WIDTH, height: rows, depth_or_array_layers: 1 },
        );
    }
}

/// The neurons of a population within some slots.
fn within(population: &Population, slots: &Range<u32>) -> Range<u32> {
    let at = |slot: u32| slot.saturating_sub(population.first_slot).min(population.size);
    at(slots.start)..at(slots.end)
}

/// Runs of rows of one projection, of bounded length.
fn row_pieces(network: &Network, slots: &Range<u32>, common: Shard) -> Vec<Shard> {
    let mut pieces = Vec::new();
    for (i, p) in network.projections.iter().enumerate() {
        let source = &network.populations[p.source];
        let senders = within(source, slots);
        let at_once = (BUILD_SYNAPSES / p.longest_row().max(1)).max(1);
        for first_row in senders.clone().step_by(at_once as usize) {
            pieces.push(Shard {
                projection: i as u32,
                first_row,
                rows: at_once.min(senders.end - first_row),
                out_index: i as u32 - source.out_first,
                ..common
            });
        }
    }
    pieces
}

/// Runs of senders of one population, of bounded length.
fn sender_pieces(network: &Network, slots: &Range<u32>, common: Shard) -> Vec<Shard> {
    let mut pieces = Vec::new();
    for population in network.populations.iter().filter(|p| p.out_count > 0) {
        let senders = within(population, slots);
        let longest: u64 = network.outgoing(population).iter().map(Projection::longest_row).map(u64::from).sum();
        let at_once = (u64::from(BUILD_SYNAPSES) / longest.max(1)).max(1) as u32;
        for first in senders.clone().step_by(at_once as usize) {
            pieces.push(Shard {
                projection: population.id,
                first_row: population.first_slot + first,
                rows: at_once.min(senders.end - first),
                ..common
            });
        }
    }
    pieces
}
