//! Submissions, and what comes back of them.
//!
//! A driver may end work early (a watchdog, a reset) and not say so: Metal counts a command buffer that failed as complete, DX12 tells of a
//! lost device at the next submission. The last work of every submission therefore counts it, in a word that comes back with whatever the
//! host reads: where the count is not what it must be, nothing is believed.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::buffers::passing;
use super::device::Device;
use crate::engine::plan::SEAL_BYTES;
use crate::error::{Error, Result};

/// Longest wait for a device. Submissions take some hundredths of a second, on software adapters some seconds: one that takes so long
/// will not come back.
const PATIENCE_S: u64 = 600;
/// The environment variable that tells another time, s.
const PATIENCE_VARIABLE: &str = "SPIKEWATT_PATIENCE_S";
const SEAL_WORDS: usize = SEAL_BYTES as usize / 4;

/// How long a device is waited for.
fn patience() -> Duration {
    static TOLD: OnceLock<Duration> = OnceLock::new();
    *TOLD.get_or_init(|| told_patience().unwrap_or_default().unwrap_or(Duration::from_secs(PATIENCE_S)))
}

/// The time that the environment tells, if it tells any.
///
/// # Errors
/// [`Error::Input`] for what is no number of seconds above 0.
pub(crate) fn told_patience() -> Result<Option<Duration>> {
    let Some(told) = std::env::var_os(PATIENCE_VARIABLE) else { return Ok(None) };
    let seconds = told.to_str().and_then(|text| text.parse::<u64>().ok()).filter(|s| *s > 0);
    seconds.map(|s| Some(Duration::from_secs(s))).ok_or_else(|| {
        let told = told.to_string_lossy();
        Error::Input(format!("{PATIENCE_VARIABLE}={told}: give a whole number of seconds above 0, or none for {PATIENCE_S} s"))
    })
}

/// A part of a buffer to be read back: the buffer, where it begins, bytes.
pub(super) type Part<'a> = (&'a wgpu::Buffer, u64, u64);

/// A submission under way, with what it brings back.
#[derive(Debug)]
pub(super) struct Sent {
    index: wgpu::SubmissionIndex,
    number: u32,
    staging: wgpu::Buffer,
    mapped: Receiver<()>,
}

/// A buffer into which parts of so many bytes in all come back.
pub(super) fn staging(device: &wgpu::Device, bytes: u64) -> wgpu::Buffer {
    passing(device, "read back", SEAL_BYTES + bytes, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST)
}

impl Device {
    /// An encoder for the next submission.
    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("spikewatt") })
    }

    /// Records that the submission is done, behind the work on a storage buffer.
    fn count(&self, encoder: &mut wgpu::CommandEncoder, worked_on: &wgpu::Buffer) -> Result<()> {
        let seal = &self.seal;
        let group = seal.pipeline.bind(&self.device, |name| match name {
            "seal" => Some(seal.done.as_entire_binding()),
            "worked_on" => Some(wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: worked_on,
                offset: 0,
                size: wgpu::BufferSize::new(16),
            })),
            _ => None,
        })?;
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("seal"), timestamp_writes: None });
        pass.set_pipeline(&seal.pipeline.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(1, 1, 1);
        Ok(())
    }

    /// Hands over what has been recorded, whose last work is on a storage buffer; what becomes of it shows when something is read.
    pub(super) fn submit(&self, mut encoder: wgpu::CommandEncoder, worked_on: &wgpu::Buffer) -> Result<()> {
        self.count(&mut encoder, worked_on)?;
        self.hand_over(encoder).map(|_| ())
    }

    /// The same, with parts of buffers to be read back into a [`staging`] buffer of their size.
    pub(super) fn send(
        &self,
        mut encoder: wgpu::CommandEncoder,
        worked_on: &wgpu::Buffer,
        staging: wgpu::Buffer,
        parts: &[Part<'_>],
    ) -> Result<Sent> {
        self.count(&mut encoder, worked_on)?;
        encoder.copy_buffer_to_buffer(&self.seal.done, 0, &staging, 0, SEAL_BYTES);
        let mut at = SEAL_BYTES;
        for (buffer, offset, bytes) in parts {
            encoder.copy_buffer_to_buffer(buffer, *offset, &staging, at, *bytes);
            at += bytes;
        }
        #[cfg(test)]
        let encoder = if self.next.loses.is_due() { self.encoder() } else { encoder };
        let (sender, mapped) = channel();
        // A failed mapping shows when the buffer is read.
        encoder.map_buffer_on_submit(&staging, wgpu::MapMode::Read, .., move |_| {
            let _ = sender.send(());
        });
        let (index, number) = self.hand_over(encoder)?;
        Ok(Sent { index, number, staging, mapped })
    }

    /// Submits and numbers at once: another thread may hold the same device.
    fn hand_over(&self, encoder: wgpu::CommandEncoder) -> Result<(wgpu::SubmissionIndex, u32)> {
        let commands = encoder.finish();
        let mut submitted =
            self.seal.submitted.lock().map_err(|_| Error::Internal("a thread ended while it submitted".into()))?;
        *submitted = submitted.wrapping_add(1);
        Ok((self.queue.submit([commands]), *submitted))
    }

    /// Waits for a submission; the words of its parts, and the staging buffer for the next one.
    ///
    /// # Errors
    /// [`Error::Internal`] if the device has not done all that was submitted, or does not answer.
    pub(super) fn receive(&self, sent: Sent) -> Result<(Vec<u32>, wgpu::Buffer)> {
        let Sent { index, number, staging, mapped } = sent;
        let waited = self.device.poll(wgpu::PollType::Wait { submission_index: Some(index), timeout: Some(patience()) });
        #[cfg(test)]
        let waited = if self.next.hangs.is_due() { Err(wgpu::PollError::Timeout) } else { waited };
        waited.map_err(|e| match e {
            wgpu::PollError::Timeout => self.no_answer(),
            e => Error::Internal(format!("waiting for the device: {e}")),
        })?;
        self.check()?;
        self.wait_mapped(&mapped)?;
        let view = staging.get_mapped_range(..).map_err(|e| Error::Internal(format!("reading back: {e}")))?;
        let mut words: Vec<u32> = bytemuck::pod_collect_to_vec(&view);
        drop(view);
        staging.unmap();
        if words.first() != Some(&number) {
            return Err(Error::Internal(format!(
                "{}: the driver ended work before it was done, and did not say so (a watchdog, or a reset by another program), so nothing of it is believed; close what else uses the adapter and repeat",
                self.description.name
            )));
        }
        words.drain(..SEAL_WORDS.min(words.len()));
        Ok((words, staging))
    }

    /// Waits until a buffer whose submission is complete has been mapped.
    fn wait_mapped(&self, mapped: &Receiver<()>) -> Result<()> {
        // Another thread's poll may have taken the notice and be about to deliver it: completion does not imply mapping.
        let begin = Instant::now();
        while let Err(e) = mapped.try_recv() {
            if begin.elapsed() > patience() {
                return Err(self.no_answer());
            }
            if e == TryRecvError::Disconnected {
                return Err(Error::Internal("reading back: the buffer was never mapped".into()));
            }
            self.device.poll(wgpu::PollType::Poll).map_err(|e| Error::Internal(format!("reading back: {e}")))?;
            self.check()?;
            std::thread::yield_now();
        }
        Ok(())
    }

    fn no_answer(&self) -> Error {
        let (name, limit) = (&self.description.name, patience().as_secs());
        // Who lets a device go waits until it is idle, and this one may never be.
        std::mem::forget((self.device.clone(), self.queue.clone()));
        Error::Internal(format!("{name} has not answered for {limit} s: its driver hangs, or another program holds it"))
    }

    /// Submits what has been recorded, whose last work is on a storage buffer, and waits for all there has been.
    pub(super) fn settle(&self, encoder: wgpu::CommandEncoder, worked_on: &wgpu::Buffer) -> Result<()> {
        let sent = self.send(encoder, worked_on, staging(&self.device, 0), &[])?;
        self.receive(sent).map(|_| ())
    }

    /// Reads words of a storage buffer back, waiting for them.
    pub(super) fn read_words(&self, source: &wgpu::Buffer, offset: u64, words: u64) -> Result<Vec<u32>> {
        let parts = [(source, offset, words * 4)];
        let sent = self.send(self.encoder(), source, staging(&self.device, words * 4), &parts)?;
        let mut all = self.receive(sent)?.0;
        all.truncate(usize::try_from(words).unwrap_or(usize::MAX));
        Ok(all)
    }
}
