//! The simulation beside a window: a thread of its own, which is told what to do and tells where it stands.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::gpu::Device;
use crate::engine::{Counts, Engine, LightPlan};
use crate::error::{Error, Result};
use crate::view::Lit;

/// Wall time the simulation goes on for before it looks up.
const STRETCH: Duration = Duration::from_millis(100);
/// The same where its speed is held down, so that it does not move in jerks.
const SHORT_STRETCH: Duration = Duration::from_millis(20);
/// How often it tells its speed.
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// What the simulation is told.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Orders {
    pub(super) paused: bool,
    /// Biological over wall time at most; as fast as it can without.
    pub(super) speed: Option<f64>,
    /// Steps to go although it is paused.
    pub(super) single: u64,
    pub(super) quit: bool,
}

/// What the simulation tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// Since the time before: wall and biological time, s.
    pub(super) wall_s: f64,
    pub(super) bio_s: f64,
    /// Spikes of each population and all synaptic events in it.
    pub(super) spikes: Vec<u64>,
    pub(super) events: u64,
    /// How it is run.
    pub(super) plan: String,
    /// Why it does not go on.
    pub(super) fault: Option<String>,
    /// Since it began: wall time while it was to run, and biological time, s.
    pub(super) ran_s: f64,
    pub(super) lived_s: f64,
}

/// What window and simulation share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    orders: Mutex<Orders>,
    changed: Condvar,
    /// Whether it is to look up at once.
    look_up: AtomicBool,
    told: Mutex<Told>,
    lit: Mutex<Option<Lit>>,
    step: AtomicU64,
    ready: AtomicBool,
    /// Whether the window has found out what drawing costs, for which the simulation waits.
    may_begin: AtomicBool,
    failed: Mutex<Option<Error>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn orders(&self) -> Orders {
        *locked(&self.orders)
    }

    /// Gives other orders.
    pub(super) fn order(&self, change: impl FnOnce(&mut Orders)) {
        let mut orders = locked(&self.orders);
        change(&mut orders);
        self.look_up.store(orders.paused || orders.quit, Ordering::Relaxed);
        self.changed.notify_all();
    }

    pub(super) fn told(&self) -> Told {
        locked(&self.told).clone()
    }

    pub(super) fn lit(&self) -> MutexGuard<'_, Option<Lit>> {
        locked(&self.lit)
    }

    /// Steps since time 0.
    pub(super) fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    /// Whether the engine is there.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Lets the simulation begin.
    pub(super) fn begin(&self) {
        self.may_begin.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    pub(super) fn has_begun(&self) -> bool {
        self.may_begin.load(Ordering::Acquire)
    }

    /// What ended it, if something did.
    pub(super) fn take_failure(&self) -> Option<Error> {
        locked(&self.failed).take()
    }

    pub(super) fn has_failed(&self) -> bool {
        locked(&self.failed).is_some()
    }

    /// Waits until there is something to do: how many steps to go if it is paused, none if it runs. `None` to quit.
    fn wait(&self) -> Option<(Orders, u64)> {
        let mut orders = locked(&self.orders);
        loop {
            if orders.quit {
                return None;
            }
            if self.has_begun() && (!orders.paused || orders.single > 0) {
                let single = if orders.paused { std::mem::take(&mut orders.single) } else { 0 };
                return Some((*orders, single));
            }
            let waited = self.changed.wait_timeout(orders, Duration::from_millis(200));
            orders = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Rests for a while, unless there are other orders.
    fn rest(&self, time: Duration) {
        let orders = locked(&self.orders);
        let before = *orders;
        drop(self.changed.wait_timeout_while(orders, time, |now| *now == before));
    }
}

/// Runs until it is told to quit. `make` builds the engine.
pub(super) fn run(
    shared: &Shared,
    make: impl FnOnce() -> Result<Box<dyn Engine>>,
    device: &Device,
    same_device: bool,
    light: LightPlan,
) {
    let outcome = make().and_then(|mut engine| {
        let lit = Lit::new(engine.as_mut(), device, same_device, light)?;
        *locked(&shared.lit) = Some(lit);
        locked(&shared.told).plan = engine.plan().line;
        shared.ready.store(true, Ordering::Release);
        go_on(shared, engine.as_mut())
    });
    if let Err(e) = outcome {
        *locked(&shared.failed) = Some(e);
    }
}

fn go_on(shared: &Shared, engine: &mut dyn Engine) -> Result<()> {
    let dt_s = engine.network().scenario.dt_ms * 1e-3;
    let mut before = engine.counts()?;
    let (mut steps, mut since, mut told_step) = (1u64, Instant::now(), engine.step());
    let (mut ran, mut rested) = (Duration::ZERO, false);
    while let Some((orders, single)) = shared.wait() {
        // What is told counts from when it goes on.
        if std::mem::take(&mut rested) {
            (since, told_step) = (Instant::now(), engine.step());
        }
        let wanted = if orders.speed.is_some() { SHORT_STRETCH } else { STRETCH };
        let left = engine.network().max_steps.saturating_sub(engine.step());
        let stretch = match (orders.speed, single) {
            (_, 1..) => single,
            // No more than the speed allows for the stretch.
            (Some(speed), 0) => steps.min(((speed * wanted.as_secs_f64() / dt_s) as u64).max(1)),
            (None, 0) => steps,
        };
        if left == 0 {
            locked(&shared.told).fault = Some("this is the last step that can be numbered".into());
            shared.order(|o| o.paused = true);
            continue;
        }
        let (begin, from) = (Instant::now(), engine.step());
        let outcome = engine.advance(stretch.min(left), &mut |done| {
            shared.step.store(from + done, Ordering::Relaxed);
            match shared.look_up.load(Ordering::Relaxed) && single == 0 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        match outcome {
            Ok(()) | Err(Error::Interrupted) => {}
            Err(e) => return Err(e),
        }
        let took = begin.elapsed();
        let done = engine.step() - from;
        shared.step.store(engine.step(), Ordering::Relaxed);
        if let Some(lit) = shared.lit().as_mut() {
            lit.take(engine)?;
        }
        if single == 0 && done > 0 {
            let per_step = took.as_secs_f64() / done as f64;
            steps = ((wanted.as_secs_f64() / per_step.max(1e-9)) as u64).clamp(1, (2 * steps).max(16));
        }
        if let Some(speed) = orders.speed.filter(|_| single == 0) {
            let due = Duration::from_secs_f64((done as f64 * dt_s / speed).min(3600.0));
            shared.rest(due.saturating_sub(begin.elapsed()));
        }
        ran += begin.elapsed();
        if since.elapsed() >= TOLD_EVERY || single > 0 {
            tell(shared, engine, &mut before, (since.elapsed(), told_step, ran))?;
            (since, told_step) = (Instant::now(), engine.step());
        }
        rested = shared.orders().paused;
        if rested {
            tell(shared, engine, &mut before, (since.elapsed(), told_step, ran))?;
        }
    }
    tell(shared, engine, &mut before, (since.elapsed(), told_step, ran))
}

fn tell(
    shared: &Shared,
    engine: &mut dyn Engine,
    before: &mut Counts,
    (wall, from_step, ran): (Duration, u64, Duration),
) -> Result<()> {
    let now = engine.counts()?;
    let dt_s = engine.network().scenario.dt_ms * 1e-3;
    let mut told = locked(&shared.told);
    (told.ran_s, told.lived_s) = (ran.as_secs_f64(), engine.step() as f64 * dt_s);
    if engine.step() > from_step {
        told.wall_s = wall.as_secs_f64();
        told.bio_s = (engine.step() - from_step) as f64 * dt_s;
        told.spikes = now.spikes.iter().zip(&before.spikes).map(|(n, b)| n - b).collect();
        told.events = now.synaptic_events - before.synaptic_events;
    }
    drop(told);
    *before = now;
    Ok(())
}
