//! How fast a device copies its own memory: the roof under which passes that move data stand.

use std::time::{Duration, Instant};

use super::Device;
use crate::error::{Error, Result};

/// Most bytes of one buffer: more than the caches of any device hold.
const LARGEST: u64 = 256 << 20;
/// Bytes that every timed submission moves at least, so that its own cost does not count.
const MOVED: u64 = 1 << 30;
/// Timed submissions; the first one only wakes the device.
const ROUNDS: usize = 4;
/// No copy takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

impl Device {
    /// Bytes per second that a copy from one buffer to another moves, read and written bytes together: the most of several copies.
    ///
    /// # Errors
    /// [`Error::TooBig`] if there is no memory for two buffers, [`Error::Internal`] if the device fails or does not come back.
    pub fn copy_bytes_per_s(&self) -> Result<f64> {
        let (device, queue) = (&self.device, &self.queue);
        let size = LARGEST.min(device.limits().max_buffer_size) & !3;
        let [from, to] = self.making(|| {
            let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
            Ok(["copied", "copy"].map(|name| {
                device.create_buffer(&wgpu::BufferDescriptor { label: Some(name), size, usage, mapped_at_creation: false })
            }))
        })?;
        let copies = MOVED.div_ceil(2 * size).max(1);
        let mut most = 0.0f64;
        for round in 0..ROUNDS {
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copies") });
            for i in 0..copies {
                // To and fro: a copy that waits for the one before it cannot be left out.
                let (a, b) = if i % 2 == 0 { (&from, &to) } else { (&to, &from) };
                encoder.copy_buffer_to_buffer(a, 0, b, 0, size);
            }
            let begin = Instant::now();
            let index = queue.submit([encoder.finish()]);
            let waited = wgpu::PollType::Wait { submission_index: Some(index), timeout: Some(PATIENCE) };
            device.poll(waited).map_err(|e| Error::Internal(format!("{}: a copy did not end: {e}", self.description.name)))?;
            self.check()?;
            if round > 0 {
                most = most.max((2 * size * copies) as f64 / begin.elapsed().as_secs_f64());
            }
        }
        from.destroy();
        to.destroy();
        Ok(most)
    }
}
