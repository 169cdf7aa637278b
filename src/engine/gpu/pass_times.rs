//! Per-pass times by timestamp queries: every pass of a batch in a compute pass of its own.

use super::buffers::passing;
use super::device::Device;
use super::layout::SPIKES_HEADER_WORDS;
use super::passes::Command;
use super::steps::Encoded;
use super::submission::staging;
use super::{GpuEngine, passes};
use crate::engine::pass_times::{delivery_bytes, update_bytes};
use crate::engine::plan::Delivery;
use crate::engine::{Engine, PassTime};
use crate::error::Result;

/// Batches timed per submission.
const BATCHES: u32 = 32;
/// Passes of a batch: update or step, delivery. Each group of shards ends with a census, a submission with a reduction.
const PASSES: u32 = 2;

/// Timestamp queries and where they are read from.
struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    used: u32,
}

impl Clock {
    fn new(device: &wgpu::Device, groups: u32) -> Self {
        let count = 2 * ((BATCHES + groups) * (PASSES + 1) + 2);
        let bytes = u64::from(count) * 8;
        Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("passes"),
                ty: wgpu::QueryType::Timestamp,
                count,
            }),
            resolved: passing(device, "timestamps", bytes, wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            used: 0,
        }
    }

    /// Begins a timed pass.
    fn pass<'a>(&mut self, encoder: &'a mut wgpu::CommandEncoder, label: &str) -> wgpu::ComputePass<'a> {
        let begin = self.used;
        self.used += 2;
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some(label),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.queries,
                beginning_of_pass_write_index: Some(begin),
                end_of_pass_write_index: Some(begin + 1),
            }),
        })
    }

    /// Seconds of every pass since the last call, and the header of the spike list after them.
    fn read(
        &mut self,
        device: &Device,
        mut encoder: wgpu::CommandEncoder,
        spikes: &wgpu::Buffer,
    ) -> Result<(Vec<f64>, Vec<u32>)> {
        encoder.resolve_query_set(&self.queries, 0..self.used, &self.resolved, 0);
        let (header, bytes) = (4 * u64::from(SPIKES_HEADER_WORDS), u64::from(self.used) * 8);
        let parts = [(spikes, 0, header), (&self.resolved, 0, bytes)];
        let sent = device.send(encoder, spikes, staging(&device.device, header + bytes), &parts)?;
        let (mut words, _) = device.receive(sent)?;
        let stamps = words.split_off(SPIKES_HEADER_WORDS as usize);
        let period = f64::from(device.queue.get_timestamp_period()) * 1e-9;
        let stamps: &[u64] = &stamps.chunks_exact(2).map(|w| u64::from(w[1]) << 32 | u64::from(w[0])).collect::<Vec<_>>();
        let times = stamps[..self.used as usize].chunks_exact(2).map(|s| s[1].saturating_sub(s[0]) as f64 * period).collect();
        self.used = 0;
        Ok((times, words))
    }
}

impl GpuEngine {
    /// See [`Engine::time_passes`].
    pub(super) fn timed(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        if !self.device.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(Vec::new());
        }
        let before = self.counts()?.synaptic_events;
        let mut clock = Clock::new(&self.device.device, self.plan.groups());
        let mut spent = [0.0; 4];
        let (mut done, mut batches, mut submissions) = (0, 0, 0u64);
        while done < steps {
            let from = self.at.clone();
            let Encoded { params, commands, batches: mut count, steps: mut advanced } = self.next_batches(
                steps - done,
                (BATCHES / self.plan.groups()).clamp(1, self.plan.most_batches).min(self.batches_per_submission.max(1)),
            );
            self.resources.write_batches(&self.device.queue, &params);
            let mut encoder = self.device.encoder();
            let mut kinds = Vec::new();
            let delivers = self.resources.deliver.is_some() || self.resources.plastic.is_some();
            let order: &[usize] = match delivers {
                true if self.plan.is_by_delay() => &[1, 0],
                true if self.plan.delivers_after() => &[0, 1],
                _ => &[0],
            };
            for command in &commands {
                let (work, group, at): (&[usize], u32, u32) = match *command {
                    Command::WakeAll { at } => (&[3], 0, at),
                    Command::Batch { group, at } => (order, group, at),
                    Command::Rest { at } => (&[1], 0, at),
                    Command::Census { at } => (&[2], 0, at),
                };
                for &kind in work {
                    let mut pass = clock.pass(&mut encoder, ["update", "delivery", "census", "wake all"][kind]);
                    match kind {
                        0 => self.resources.dispatch_updates(&mut pass, &self.plan, group, at),
                        1 => self.resources.dispatch_deliveries(&mut pass, &self.plan, at),
                        2 => self.resources.dispatch_census(&mut pass, &self.plan, at, 0),
                        _ => self.resources.dispatch_wake_all(&mut pass, at),
                    }
                    kinds.push(kind);
                }
            }
            self.resources.dispatch_reduction(&mut clock.pass(&mut encoder, "reduction"));
            kinds.push(2);
            let (times, header) = clock.read(&self.device, encoder, &self.resources.spikes)?;
            for (kind, seconds) in kinds.into_iter().zip(times) {
                spent[kind] += seconds;
            }
            // What a burst leaves to the host is not timed.
            if let Some(number) = passes::check_header(&header, &self.network, &self.device)?.burst {
                self.counted_steps -= advanced;
                (count, advanced) = self.deliver_burst(from, number, advanced)?;
                self.counted_steps += advanced;
            }
            done += advanced;
            batches += u64::from(count);
            submissions += 1;
        }
        let events = self.counts()?.synaptic_events - before;
        let stored = self.plan.delivery == Delivery::Stored;
        // Nobody counts the neurons that are left alone.
        let update = (!self.plan.candidate.rests).then(|| update_bytes(&self.network, steps, batches));
        let delivery = delivery_bytes(events, stored);
        let fused = self.plan.is_fused() || self.plan.is_own();
        let pass = |i: usize, name: &'static str, dispatches, bytes| PassTime {
            name: name.into(),
            dispatches,
            seconds: spent[i],
            bytes,
        };
        let mut table = vec![pass(
            0,
            if fused { "step" } else { "update" },
            batches,
            update.map(|update| if fused { update + delivery } else { update }),
        )];
        if !self.plan.is_own() && (self.resources.deliver.is_some() || self.resources.plastic.is_some()) {
            let dispatches = if fused { submissions } else { batches * self.resources.deliveries.len() as u64 };
            table.push(pass(1, "delivery", dispatches, (!fused).then_some(delivery)));
        }
        table.push(pass(2, "census", submissions, None));
        Ok(table)
    }
}
