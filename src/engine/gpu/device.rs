//! An open device, and what it reports.

use std::sync::{Arc, Mutex, PoisonError};

use super::seal::Seal;
use crate::engine::AdapterDescription;
use crate::error::{Error, Remedy, Result, TooBig};

/// What a device reported and nobody has heard yet.
#[derive(Debug, Clone, Default)]
struct Faults(Arc<Mutex<Reported>>);

#[derive(Debug, Default)]
struct Reported {
    /// The first fault since the last question: it belongs to whoever asks next.
    fault: Option<String>,
    /// Why the device is gone, which is for ever.
    lost: Option<String>,
}

impl Faults {
    fn set(&self, set: impl FnOnce(&mut Reported)) {
        set(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The loss of the device, or the first fault, which is heard by this.
    fn take(&self) -> Option<String> {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.lost.clone().or_else(|| reported.fault.take())
    }
}

/// Faults of a driver that a test injects where the driver would tell of them; each happens once.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Injected {
    /// The next submission that is waited for is lost, as by a driver's watchdog.
    pub(super) loses: Once,
    /// The next one never ends.
    pub(super) hangs: Once,
    /// The next buffers are refused for want of memory.
    pub(super) refuses: Once,
}

/// Something that happens once, when it is due.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Once(std::sync::atomic::AtomicBool);

#[cfg(test)]
impl Once {
    pub(super) fn demand(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    pub(super) fn is_due(&self) -> bool {
        self.0.swap(false, std::sync::atomic::Ordering::Relaxed)
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    faults: Faults,
    pub(super) seal: Seal,
    /// The adapter it belongs to.
    pub description: AdapterDescription,
    /// What shall go wrong next, as a test demands.
    #[cfg(test)]
    pub(super) next: Arc<Injected>,
}

impl Device {
    /// What wgpu knows it by, for those who draw.
    #[cfg(feature = "pictures")]
    pub(crate) fn handles(&self) -> (&wgpu::Device, &wgpu::Queue) {
        (&self.device, &self.queue)
    }

    pub(super) fn new(device: wgpu::Device, queue: wgpu::Queue, description: AdapterDescription) -> Result<Self> {
        let faults = Faults::default();
        let all = faults.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| {
            all.set(|reported| {
                reported.fault.get_or_insert(e.to_string());
            });
        }));
        let all = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                all.set(|reported| reported.lost = Some(format!("the device was lost: {message}")));
            }
        });
        let seal = Seal::new(&device)?;
        Ok(Self {
            device,
            queue,
            faults,
            seal,
            description,
            #[cfg(test)]
            next: Arc::default(),
        })
    }

    /// Reports that the device is gone, as wgpu does when a driver was reset or an adapter was taken out.
    #[cfg(test)]
    pub(crate) fn is_taken_out(&self) {
        self.faults.set(|reported| reported.lost = Some("the device was lost: as a test demands".into()));
    }

    /// Whether the device is gone, for ever.
    pub(crate) fn is_lost(&self) -> bool {
        self.faults.0.lock().unwrap_or_else(PoisonError::into_inner).lost.is_some()
    }

    /// Whether the device has failed since somebody asked last.
    ///
    /// # Errors
    /// [`Error::Internal`] with the driver's words.
    pub(crate) fn check(&self) -> Result<()> {
        self.faults.take().map_or(Ok(()), |words| Err(self.fault(words)))
    }

    fn fault(&self, words: impl std::fmt::Display) -> Error {
        Error::Internal(format!("{}: {words}", self.description.name))
    }

    /// Does something that makes buffers and pipelines; what goes wrong on the device while it does belongs to it and to nobody after.
    ///
    /// # Errors
    /// [`Error::TooBig`] if memory runs out, [`Error::Internal`] with the driver's words for other faults, and `make`'s own.
    pub(super) fn making<T>(&self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let filters = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory];
        let scopes = filters.map(|filter| self.device.push_error_scope(filter));
        let made = make();
        // All of them must be closed, the last one first.
        let faults: Vec<wgpu::Error> = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop())).collect();
        let first = faults.into_iter().next();
        #[cfg(test)]
        let first = match self.next.refuses.is_due() {
            true => Some(wgpu::Error::OutOfMemory { source: "as a test demands".into() }),
            false => first,
        };
        match first {
            Some(wgpu::Error::OutOfMemory { .. }) => {
                let too_big = TooBig::new(format!("{} ran out of memory", self.description.name)).or(Remedy::LessMemory);
                Err(too_big.or(Remedy::CpuEngine).or(Remedy::Smaller).into())
            }
            Some(e) => Err(self.fault(e)),
            None => made,
        }
    }
}
