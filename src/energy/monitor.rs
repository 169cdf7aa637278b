//! Meters that are read while something else goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::{Clock, Condition, Meter, MeterInfo, Trace};

/// Time between looks at a device's state, s.
const CONDITION_EVERY_S: f64 = 1.0;
/// Counters renewed more often than this are read seldom, s.
const FAST_COUNTER_S: f64 = 0.02;
/// A meter's period is not known before this many renewals; until then it is read as fast as it goes.
const RENEWALS_TO_KNOW: usize = 20;
/// Time after which a meter that is not renewed is no longer read fast, s.
const FAST_FOR_S: f64 = 2.0;

/// A meter with all it has shown.
#[derive(Debug)]
pub struct Channel {
    meter: Box<dyn Meter>,
    /// What it showed.
    pub trace: Trace,
    /// The device's state now and then, with its time.
    pub conditions: Vec<(f64, Condition)>,
    began_s: f64,
}

impl Channel {
    fn new(meter: Box<dyn Meter>, now_s: f64) -> Self {
        Self { meter, trace: Trace::default(), conditions: Vec::new(), began_s: now_s }
    }

    /// The meter's description.
    pub fn info(&self) -> &MeterInfo {
        self.meter.info()
    }

    /// Reads the meter.
    fn poll(&mut self, clock: &dyn Clock) {
        if self.trace.lost.is_some() {
            return;
        }
        match self.meter.read(clock) {
            Ok(samples) => self.trace.take(self.meter.info(), &samples),
            Err(e) => self.trace.fail(clock.now_s(), &e),
        }
        let now_s = clock.now_s();
        if self.conditions.last().is_none_or(|(t, _)| now_s - t >= CONDITION_EVERY_S)
            && let Some(condition) = self.meter.condition()
        {
            self.conditions.push((now_s, condition));
        }
    }

    /// Time to wait before the next reading, s: short against the meter's period, so that renewals are seen when they happen.
    fn interval_s(&self, now_s: f64) -> f64 {
        match self.trace.period_s() {
            _ if self.info().pushes => 0.01,
            // Whenever a fast counter is read it is up to date, so there is no need to trouble the machine more often.
            Some(period_s)
                if period_s < FAST_COUNTER_S && self.trace.counts_energy == Some(true) && self.trace.knows_its_period() =>
            {
                0.05
            }
            Some(period_s) if self.trace.updates.len() >= RENEWALS_TO_KNOW => (period_s / 10.0).clamp(0.002, 0.05),
            _ if now_s - self.began_s < FAST_FOR_S => 0.001,
            Some(period_s) => (period_s / 10.0).clamp(0.002, 0.05),
            None => 0.02,
        }
    }

    /// Conditions within a stretch of time, or the last one before it.
    pub fn conditions_within(&self, from_s: f64, to_s: f64) -> &[(f64, Condition)] {
        let begin = self.conditions.partition_point(|c| c.0 < from_s);
        let end = self.conditions.partition_point(|c| c.0 <= to_s);
        if begin < end { &self.conditions[begin..end] } else { &self.conditions[begin.saturating_sub(1)..begin] }
    }
}

/// A meter that is being read, for who looks at it from elsewhere.
#[derive(Debug, Clone)]
pub struct SharedChannel(Arc<Mutex<Channel>>);

impl SharedChannel {
    /// The meter and what it has shown so far. It is not read while this is held.
    pub fn lock(&self) -> MutexGuard<'_, Channel> {
        lock(&self.0)
    }
}

/// Asks elsewhere for what meters have shown there.
type Asker = Box<dyn Fn() + Send + Sync>;

/// Meters under observation. Dropping it ends the observation.
pub struct Monitor {
    clock: Arc<dyn Clock>,
    channels: Vec<Arc<Mutex<Channel>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    asker: Option<Asker>,
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor").field("channels", &self.channels).finish_non_exhaustive()
    }
}

impl Monitor {
    fn with(clock: Arc<dyn Clock>, meters: Vec<Box<dyn Meter>>) -> Self {
        let now_s = clock.now_s();
        let channels = meters.into_iter().map(|m| Arc::new(Mutex::new(Channel::new(m, now_s)))).collect();
        Self { clock, channels, stop: Arc::default(), threads: Vec::new(), asker: None }
    }

    /// Reads each meter from a thread of its own, as often as it is renewed.
    pub fn start(clock: Arc<dyn Clock>, meters: Vec<Box<dyn Meter>>) -> Self {
        let mut monitor = Self::with(clock, meters);
        for channel in &monitor.channels {
            let (channel, clock, stop) = (Arc::clone(channel), Arc::clone(&monitor.clock), Arc::clone(&monitor.stop));
            monitor.threads.push(std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let interval_s = {
                        let mut channel = lock(&channel);
                        channel.poll(clock.as_ref());
                        channel.interval_s(clock.now_s())
                    };
                    clock.sleep_s(interval_s);
                }
            }));
        }
        monitor
    }

    /// Reads the meters whenever a hand-turned clock has gone on by some milliseconds.
    pub fn simulated(clock: &super::simulated::SimulatedClock, meters: Vec<Box<dyn Meter>>) -> Self {
        let monitor = Self::with(Arc::new(clock.clone()), meters);
        let channels = monitor.channels.clone();
        clock.on_tick(move |clock| channels.iter().for_each(|c| lock(c).poll(clock)));
        monitor
    }

    /// The same with somebody to ask for what meters have shown elsewhere, whenever the machine rests or a reading is awaited.
    #[must_use]
    pub fn asking(mut self, asker: impl Fn() + Send + Sync + 'static) -> Self {
        self.asker = Some(Box::new(asker));
        self
    }

    /// Asks, if there is anybody to ask.
    pub fn ask(&self) {
        if let Some(asker) = &self.asker {
            asker();
        }
    }

    /// A meter, for who looks at it from elsewhere.
    pub fn shared(&self, index: usize) -> SharedChannel {
        SharedChannel(Arc::clone(&self.channels[index]))
    }

    /// The clock everything is dated with.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Number of meters.
    pub fn meters(&self) -> usize {
        self.channels.len()
    }

    /// A meter and what it has shown so far. The meter is not read while this is held.
    pub fn channel(&self, index: usize) -> MutexGuard<'_, Channel> {
        lock(&self.channels[index])
    }

    /// Waits until a meter has been seen at or after a time, but no longer than a while.
    pub fn wait_until_seen(&self, index: usize, time_s: f64, patience_s: f64) {
        let end = self.clock.now_s() + patience_s;
        let seen = || {
            let channel = self.channel(index);
            channel.trace.lost.is_some() || channel.trace.seen_s.is_some_and(|s| s.1 >= time_s)
        };
        while !seen() && self.clock.now_s() < end {
            self.ask();
            self.clock.sleep_s(0.02);
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing more to tell.
            let _ = thread.join();
        }
    }
}

/// A panic while reading leaves at worst an incomplete trace.
fn lock(channel: &Mutex<Channel>) -> MutexGuard<'_, Channel> {
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}
