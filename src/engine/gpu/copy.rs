//! How fast a device copies its own memory: the roof under which passes that move data stand.

use std::time::{Duration, Instant};

use super::Device;
use crate::error::{Error, Result};

/// Most bytes of one buffer: more than the caches of any device hold.
const LARGEST: u64 = 256 << 20;
/// Time that a timed submission takes at least, so that its own cost does not count, s.
const LONG_ENOUGH_S: f64 = 0.02;
/// Most copies of a submission.
const MOST_COPIES: u32 = 128;
/// Timed submissions of each way to copy; the first one wakes the device, and tells how many copies the others need.
const ROUNDS: usize = 4;
/// No copy takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Threads of a workgroup, and workgroups in a row, of the copy by a kernel.
const THREADS: u64 = 256;
const GROUPS: u64 = 1024;

/// A kernel's copy, four words a thread: drivers may copy by an engine of their own that is slower than the processors.
const KERNEL: &str = "@group(0) @binding(0) var<storage, read> original: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> twin: array<vec4<u32>>;
@compute @workgroup_size(256)
fn copy(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = at.y * groups.x * 256u + at.x;
    if (i < arrayLength(&twin)) {
        twin[i] = original[i];
    }
}
";

/// Two buffers, and how a kernel sees them: one way, and the other.
struct Copies {
    buffers: [wgpu::Buffer; 2],
    bytes: u64,
    pipeline: wgpu::ComputePipeline,
    groups: [wgpu::BindGroup; 2],
}

impl Copies {
    fn new(device: &wgpu::Device) -> Self {
        let limits = device.limits();
        let bytes = LARGEST.min(limits.max_buffer_size).min(limits.max_storage_buffer_binding_size) & !15;
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::STORAGE;
        let buffers = ["copied", "copy"].map(|name| {
            device.create_buffer(&wgpu::BufferDescriptor { label: Some(name), size: bytes, usage, mapped_at_creation: false })
        });
        let source = wgpu::ShaderSource::Wgsl(KERNEL.into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("copy"), source });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("copy"),
            layout: None,
            module: &module,
            entry_point: None,
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let layout = pipeline.get_bind_group_layout(0);
        let groups = [[0, 1], [1, 0]].map(|order| {
            let entries = [0, 1].map(|binding| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: buffers[order[binding]].as_entire_binding(),
            });
            device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("copy"), layout: &layout, entries: &entries })
        });
        Self { buffers, bytes, pipeline, groups }
    }

    /// To and fro: a copy that waits for the one before it cannot be left out.
    fn encode(&self, encoder: &mut wgpu::CommandEncoder, copies: u32, by_kernel: bool) {
        let way = |i: u32| (i % 2) as usize;
        if !by_kernel {
            for i in 0..copies {
                encoder.copy_buffer_to_buffer(&self.buffers[way(i)], 0, &self.buffers[way(i + 1)], 0, self.bytes);
            }
            return;
        }
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        let rows = (self.bytes / 16).div_ceil(THREADS * GROUPS);
        for i in 0..copies {
            pass.set_bind_group(0, &self.groups[way(i)], &[]);
            pass.dispatch_workgroups(GROUPS as u32, u32::try_from(rows).unwrap_or(u32::MAX), 1);
        }
    }
}

impl Device {
    /// Bytes per second that a copy from one buffer to another moves, read and written bytes together: the most of several copies, by the
    /// driver's command and by a kernel.
    ///
    /// # Errors
    /// [`Error::TooBig`] if there is no memory for two buffers, [`Error::Internal`] if the device fails or does not come back.
    pub fn copy_bytes_per_s(&self) -> Result<f64> {
        let copies = self.making(|| Ok(Copies::new(&self.device)))?;
        let mut most = 0.0f64;
        for by_kernel in [false, true] {
            let mut number = 2;
            for round in 0..ROUNDS {
                let seconds = self.timed(&copies, number, by_kernel)?;
                if round > 0 {
                    most = most.max((2 * copies.bytes * u64::from(number)) as f64 / seconds);
                } else {
                    let enough = f64::from(number) * LONG_ENOUGH_S / seconds.max(1e-9);
                    number = (enough.min(f64::from(MOST_COPIES)) as u32).max(number);
                }
            }
        }
        copies.buffers.iter().for_each(wgpu::Buffer::destroy);
        Ok(most)
    }

    fn timed(&self, copies: &Copies, number: u32, by_kernel: bool) -> Result<f64> {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copies") });
        copies.encode(&mut encoder, number, by_kernel);
        let begin = Instant::now();
        let index = self.queue.submit([encoder.finish()]);
        let waited = wgpu::PollType::Wait { submission_index: Some(index), timeout: Some(PATIENCE) };
        self.device.poll(waited).map_err(|e| Error::Internal(format!("{}: a copy did not end: {e}", self.description.name)))?;
        self.check()?;
        Ok(begin.elapsed().as_secs_f64())
    }
}
