//! Apple silicon, through the same counters that `powermetrics` shows.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use super::super::meter::now;
use super::MeterKind;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Site, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "apple",
    name: "Apple chip",
    rank: 40,
    why: "the chip's own estimate",
    missed_by: &[Site::IntegratedGpu, Site::Cpu],
    find: Some(|_| Apple::open().map(|m| Box::new(m) as _)),
};

/// Length of one average, ms: some chips publish their counters every 2.2 s only, and shorter samples would be 0 W and far too much by turns.
const AVERAGE_MS: u32 = 2500;

/// Power of CPU, GPU and neural engine of an Apple chip.
#[derive(Debug)]
pub(crate) struct Apple {
    info: MeterInfo,
    powers: Receiver<Result<f64, String>>,
}

impl Apple {
    /// Opens the chip's meters.
    pub(crate) fn open() -> Result<Self, String> {
        let (send, powers) = channel();
        // The sampler waits while it averages, and may not move between threads.
        std::thread::spawn(move || {
            let mut sampler = match macmon::Sampler::new() {
                Ok(sampler) => sampler,
                Err(e) => return drop(send.send(Err(e.to_string()))),
            };
            while send.send(sampler.get_metrics(AVERAGE_MS).map(|m| f64::from(m.all_power)).map_err(|e| e.to_string())).is_ok() {}
        });
        powers.recv().map_err(|e| e.to_string()).flatten().map_err(|e| format!("this chip does not tell its power: {e}"))?;
        let mut info =
            MeterInfo::new(KIND.word, "power of the Apple chip (CPU, GPU, neural engine)", Tier::ModelledPower, Scope::Chip);
        info.pushes = true;
        // A chip at work that shows 0 W does not tell its power.
        info.plausible_w = (1e-3, 1000.0);
        info.notes.push("Apple calls these figures estimates; memory is not in them".into());
        Ok(Self { info, powers })
    }
}

impl Meter for Apple {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        match self.powers.try_recv() {
            Ok(Ok(watts)) => Ok(now(clock, Reading::PowerW(watts))),
            Ok(Err(e)) => Err(MeterError::passing(e)),
            Err(TryRecvError::Empty) => Ok(Vec::new()),
            Err(TryRecvError::Disconnected) => Err(MeterError::gone("the chip's sampler ended")),
        }
    }
}
