//! Promise: what the protocol states of a load's energy is true, whatever bad habits the sensor has, or the run says it is unreliable.
//!
//! Every test plays a load whose energy is known to a simulated sensor, and shows that a reading at start and stop alone is wrong.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use spikewatt::energy::simulated::{Habits, Power, SimulatedClock, SimulatedSensor};
use spikewatt::energy::{Account, Clock, Idle, Load, Meter, Monitor, Profile, Reading, Repetition, Rig, Work};
use spikewatt::error::Result;

/// When repetitions began, for powers that follow the load.
type Begins = Arc<Mutex<Vec<f64>>>;

/// A repetition that takes a time and counts a million events a second.
struct TimedLoad {
    clock: SimulatedClock,
    repetition_s: f64,
    begins: Begins,
}

impl TimedLoad {
    fn run(&self, seconds: f64) -> Work {
        self.begins.lock().expect("not poisoned").push(self.clock.now_s());
        self.clock.turn(seconds);
        let events = (seconds * 1e6).round() as u64;
        Work { steps: events, spikes: events / 1000, events }
    }
}

impl Load for TimedLoad {
    fn repeat(&mut self, _: &dyn Clock) -> Result<Repetition> {
        Ok(Repetition { work: self.run(self.repetition_s), wall_s: self.repetition_s })
    }

    fn go_on(&mut self, part: f64) -> Result<Work> {
        Ok(self.run(self.repetition_s * part))
    }
}

/// When the load begins: the idle baseline comes before.
const LOAD_S: f64 = 12.0371;

/// A device at 60 W that takes `watts` more from [`LOAD_S`] on, rising within 0.2 s.
fn loaded(watts: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Power {
    Power::new(move |t| 60.0 + if t < LOAD_S { 0.0 } else { watts(t) * ((t - LOAD_S) / 0.2).min(1.0) })
}

struct Outcome {
    account: std::result::Result<Account, String>,
    /// True energy of the windows that were used, J per event.
    truth: f64,
    /// Error of a reading before and after the first repetition, part of the true energy of that repetition.
    naive_error: f64,
}

fn measure(habits: &Habits, power: &Power, repetition_s: f64, profile: &Profile) -> Outcome {
    measure_following(habits, power, repetition_s, profile, &Begins::default())
}

/// The same with a power that may follow the load's repetitions.
fn measure_following(habits: &Habits, power: &Power, repetition_s: f64, profile: &Profile, begins: &Begins) -> Outcome {
    let clock = SimulatedClock::default();
    // Nobody starts a run just when a sensor is renewed.
    clock.turn(0.0371);
    let sensor = SimulatedSensor::new(habits.clone(), power);
    let monitor = Monitor::simulated(&clock, vec![Box::new(sensor)]);
    let stop = AtomicBool::new(false);
    let mut idle = Idle::default();
    let rig = Rig { monitor: &monitor, chosen: Some(0), profile, idle: &idle, stop: &stop };
    let quiet = rig.idle_span(profile.idle_s - rig.restless_s()).expect("rests");
    idle.spans.push(quiet);
    clock.turn(LOAD_S - clock.now_s());
    let rig = Rig { monitor: &monitor, chosen: Some(0), profile, idle: &idle, stop: &stop };
    let mut load = TimedLoad { clock: clock.clone(), repetition_s, begins: Arc::clone(begins) };
    let seen = rig.observe(&mut load, clock.now_s(), 0).expect("observes");
    let account = {
        let channel = monitor.channel(0);
        Account::of(channel.info(), &channel.trace, &seen, &idle, profile)
    };
    let used: Vec<_> = match &account {
        Ok(a) => a.windows.iter().map(|(w, _)| *w).collect(),
        Err(_) => seen.windows.clone(),
    };
    let events: u64 = used.iter().map(|w| w.work.events).sum();
    let truth = used.iter().map(|w| power.energy_j(w.span.from_s, w.span.to_s)).sum::<f64>() / events as f64;
    Outcome { account, truth, naive_error: naive_error(habits, power, repetition_s) }
}

/// What a script around a vendor's tool gets: one reading before a repetition and one after it, a counter's difference, or the mean of two
/// powers times the time. No warm-up, no look at when the meter is renewed.
fn naive_error(habits: &Habits, power: &Power, repetition_s: f64) -> f64 {
    let clock = SimulatedClock::default();
    let mut sensor = SimulatedSensor::new(habits.clone(), power);
    let mut show = |at: f64| {
        while clock.now_s() + 0.005 < at {
            clock.turn(0.005);
            let _ = sensor.read(&clock);
        }
        clock.turn(at - clock.now_s());
        sensor.read(&clock).ok().and_then(|s| s.first().map(|s| s.reading))
    };
    let (from_s, to_s) = (LOAD_S, LOAD_S + repetition_s);
    let energy_j = match (show(from_s), show(to_s)) {
        (Some(Reading::EnergyJ(a)), Some(Reading::EnergyJ(b))) => b - a,
        (Some(Reading::PowerW(a)), Some(Reading::PowerW(b))) => 0.5 * (a + b) * (to_s - from_s),
        _ => return f64::INFINITY,
    };
    (energy_j / power.energy_j(from_s, to_s) - 1.0).abs()
}

impl Outcome {
    /// Half width of the stated interval, J per event.
    fn stated(&self) -> f64 {
        let a = self.account.as_ref().expect("an account");
        a.relative_u95().expect("an interval") * a.energy_j / a.work.events as f64
    }

    fn error(&self) -> f64 {
        let a = self.account.as_ref().expect("an account");
        (a.energy_j / a.work.events as f64 - self.truth).abs()
    }

    fn covers(&self) -> bool {
        self.error() <= self.stated()
    }

    /// The promise: within its own interval, or said to be unreliable.
    fn keeps_the_promise(&self) -> bool {
        match &self.account {
            Ok(a) => self.covers() || !a.is_reliable(),
            Err(_) => true,
        }
    }

    fn words(&self) -> String {
        match &self.account {
            Ok(a) => a.warnings.iter().map(|w| w.text.clone()).collect::<Vec<_>>().join("; "),
            Err(why) => why.clone(),
        }
    }

    fn show(&self, name: &str) {
        let a = self.account.as_ref().ok();
        println!(
            "{name:<28} error {:>7.3} %, stated +- {:>6.3} %, naive {:>7.3} %{}",
            a.map_or(f64::NAN, |_| 100.0 * self.error() / self.truth),
            a.map_or(f64::NAN, |_| 100.0 * self.stated() / self.truth),
            100.0 * self.naive_error,
            match self.words() {
                words if words.is_empty() => String::new(),
                words => format!(" [{words}]"),
            }
        );
    }
}

/// Within its interval and reliable, and the naive reading is wrong by more than the interval.
fn holds_where_a_naive_reading_fails(name: &str, habits: &Habits, power: &Power, repetition_s: f64) {
    let o = measure(habits, power, repetition_s, &Profile::STANDARD);
    o.show(name);
    let a = o.account.as_ref().expect("an account");
    assert!(a.is_reliable(), "{name}: {}", o.words());
    assert!(o.covers(), "{name}: off by {} of a stated {}", o.error(), o.stated());
    assert!(o.stated() < 0.03 * o.truth, "{name}: an interval that wide says nothing: {:?}", a.budget);
    assert!(
        o.naive_error * o.truth > o.stated(),
        "{name}: the naive reading is not that bad: {} of {}",
        o.naive_error,
        o.stated()
    );
}

/// The promise is kept, and the words tell what happened.
fn says_what_happened(name: &str, habits: &Habits, power: &Power, words: &[&str]) -> Outcome {
    let o = measure(habits, power, 0.63, &Profile::STANDARD);
    o.show(name);
    assert!(o.keeps_the_promise(), "{name}: off by {} of a stated {}, and said to be reliable", o.error(), o.stated());
    for word in words {
        assert!(o.words().contains(word), "{name}: \"{word}\" is not in: {}", o.words());
    }
    assert!(o.naive_error > 0.03, "{name}: the naive reading is not that bad: {}", o.naive_error);
    o
}

#[test]
fn a_counter_renewed_ten_times_a_second() {
    let power = loaded(|t| 200.0 + 10.0 * (t * 1.7).sin());
    holds_where_a_naive_reading_fails("100 ms counter", &Habits::counter(0.1), &power, 0.6);
}

#[test]
fn a_sensor_that_averages_over_a_second() {
    let habits = Habits { averaging_s: 1.0, ..Habits::sensor(0.1) };
    let power = loaded(|t| 200.0 + 8.0 * (t * 0.9).sin());
    holds_where_a_naive_reading_fails("1 s average", &habits, &power, 0.6);
}

#[test]
fn a_sensor_that_looks_a_quarter_of_the_time() {
    let power = loaded(|t| 200.0 + 30.0 * (t * 17.3).sin());
    holds_where_a_naive_reading_fails(
        "25 % attention, counter",
        &Habits { attention: 0.25, ..Habits::counter(0.1) },
        &power,
        0.63,
    );
    holds_where_a_naive_reading_fails("25 % attention, sensor", &Habits { attention: 0.25, ..Habits::sensor(0.1) }, &power, 0.63);
}

/// Every repetition takes exactly one period of the sensor and draws much more in its first quarter: a sensor that looks a quarter of the
/// time sees either nothing but that quarter or nothing of it, if the two keep step.
#[test]
fn a_load_in_step_with_a_sensor_that_looks_a_quarter_of_the_time() {
    let begins = Begins::default();
    let power = {
        let begins = Arc::clone(&begins);
        Power::new(move |t| {
            let begins = begins.lock().expect("not poisoned");
            match begins.partition_point(|b| *b <= t) {
                0 => 60.0,
                n if t - begins[n - 1] < 0.025 => 360.0,
                _ => 200.0,
            }
        })
    };
    let habits = Habits { attention: 0.25, ..Habits::counter(0.1) };
    let o = measure_following(&habits, &power, 0.1, &Profile::STANDARD, &begins);
    o.show("25 % attention, in step");
    assert!(o.account.as_ref().is_ok_and(Account::is_reliable), "{}", o.words());
    assert!(o.covers(), "off by {} of a stated {}", o.error(), o.stated());
    assert!(o.naive_error * o.truth > o.stated(), "the naive reading is not that bad: {}", o.naive_error);
    // Kept in step it would read 200 W or 360 W for a mean of 240 W.
    assert!(o.stated() < 0.03 * o.truth && o.error() < 0.02 * o.truth, "off by {} of {}", o.error(), o.truth);
}

#[test]
fn a_coarse_scale() {
    let power = loaded(|t| 203.7 + 6.0 * (t * 2.3).sin());
    holds_where_a_naive_reading_fails("steps of 5 W", &Habits { resolution: 5.0, ..Habits::sensor(0.1) }, &power, 0.6);
    holds_where_a_naive_reading_fails("milliwatts", &Habits { resolution: 1e-3, ..Habits::sensor(0.1) }, &power, 0.6);
}

#[test]
fn a_counter_that_wraps_around() {
    let habits = Habits { wraps_at_j: Some(2000.0), ..Habits::counter(0.05) };
    let power = loaded(|t| 180.0 + 9.0 * (t * 1.3).sin());
    holds_where_a_naive_reading_fails("wrap-around", &habits, &power, 0.6);
}

#[test]
fn a_counter_that_is_reset() {
    let habits = Habits { resets_at_s: Some(LOAD_S + 18.0), ..Habits::counter(0.1) };
    let o = says_what_happened("reset", &habits, &loaded(|_| 200.0), &["was left out", "reset"]);
    assert!(o.covers() && o.naive_error > 0.01, "the other windows are right; the naive reading is off by {}", o.naive_error);
}

#[test]
fn values_that_stand_still() {
    for (name, habits) in [("stale counter", Habits::counter(0.1)), ("stale sensor", Habits::sensor(0.1))] {
        let habits = Habits { stale_s: Some((LOAD_S + 18.0, LOAD_S + 21.0)), ..habits };
        let power = loaded(|t| 200.0 + 15.0 * (t * 0.8).sin());
        let o = says_what_happened(name, &habits, &power, &["stood still"]);
        assert!(o.account.is_ok_and(|a| a.windows.len() >= 4), "the other windows are kept");
    }
}

#[test]
fn gaps_and_failures_in_the_middle() {
    let during = Some((LOAD_S + 17.0, LOAD_S + 19.0));
    let power = loaded(|t| 200.0 + 15.0 * (t * 0.8).sin());
    let o = says_what_happened("gap", &Habits { gap_s: during, ..Habits::sensor(0.1) }, &power, &["readings are missing"]);
    assert!(o.covers());
    let o = says_what_happened("errors", &Habits { fails_s: during, ..Habits::sensor(0.1) }, &power, &["readings are missing"]);
    assert!(o.covers());
    // A counter goes on counting meanwhile: nothing is lost.
    let o = says_what_happened("gap of a counter", &Habits { gap_s: during, ..Habits::counter(0.1) }, &power, &[]);
    assert!(o.covers());
}

#[test]
fn a_meter_that_disappears_keeps_the_windows_before() {
    let habits = Habits { gone_at_s: Some(LOAD_S + 20.0), ..Habits::counter(0.1) };
    let o = says_what_happened("disappears", &habits, &loaded(|_| 200.0), &["the meter was lost", "unplugged"]);
    assert!(o.account.as_ref().is_ok_and(|a| !a.windows.is_empty()) && o.covers(), "{}", o.words());
    let habits = Habits { gone_at_s: Some(LOAD_S + 1.0), ..Habits::counter(0.1) };
    let o = says_what_happened("disappears at once", &habits, &loaded(|_| 200.0), &["unplugged"]);
    assert!(o.account.is_err());
}

#[test]
fn another_program_on_the_device() {
    let power = loaded(|t| 200.0 + if (LOAD_S + 15.0..LOAD_S + 24.0).contains(&t) { 60.0 } else { 0.0 });
    let o = says_what_happened("another program", &Habits::counter(0.1), &power, &["something else may have used the device"]);
    assert!(o.account.is_ok_and(|a| !a.is_reliable()));
}

#[test]
fn clocks_that_are_set() {
    let power = loaded(|t| 200.0 + 15.0 * (t * 0.8).sin());
    let back = Habits { clock_step_s: Some((LOAD_S + 18.0, -2.5)), ..Habits::counter(0.1) };
    says_what_happened("clock set back", &back, &power, &["a clock was set back"]);
    let forth = Habits { clock_step_s: Some((LOAD_S + 18.0, 2.5)), ..Habits::sensor(0.1) };
    let o = says_what_happened("clock set forward", &forth, &power, &[]);
    assert!(o.words().contains("missing") || !o.account.is_ok_and(|a| a.is_reliable()));
}

#[test]
fn absurd_watts_are_flagged_and_not_dropped() {
    for watts in [-40.0, 1e7] {
        let habits = Habits { nonsense: Some((LOAD_S + 20.0, watts)), ..Habits::sensor(0.1) };
        let o = says_what_happened("nonsense", &habits, &loaded(|_| 200.0), &["outside 0 to 2000 W"]);
        assert!(o.account.is_ok_and(|a| !a.is_reliable()));
    }
}

#[test]
fn a_meter_that_does_not_see_the_work_is_found_out() {
    let o = measure(&Habits::sensor(0.1), &Power::new(|t| 60.0 + 0.5 * (3.0 * t).sin()), 0.63, &Profile::STANDARD);
    assert!(o.words().contains("no more power under load"), "{}", o.words());
}

#[test]
fn a_load_that_never_settles_is_told_and_not_waited_for() {
    let o = measure(&Habits::counter(0.1), &loaded(|t| 100.0 + 3.0 * (t - LOAD_S)), 0.63, &Profile::STANDARD);
    o.show("rising load");
    assert!(o.words().contains("not steady after 30 s"), "{}", o.words());
    assert!(o.keeps_the_promise());
}

/// A generator of its own, so that a failing trace can be named by its number.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.next() % from.len() as u64) as usize]
    }
}

/// A device of random power: a level, slow warming, two waves, and noise with a memory.
fn random_power(dice: &mut Dice) -> Power {
    let level = dice.between(50.0, 400.0);
    let warming = dice.between(0.0, 0.02) * level;
    let settles_s = dice.between(2.0, 8.0);
    let waves: Vec<(f64, f64, f64)> =
        (0..2).map(|_| (dice.between(0.0, 0.08) * level, 10f64.powf(dice.between(-1.0, 2.0)), dice.between(0.0, 6.3))).collect();
    let noise_sd = dice.between(0.0, 0.05) * level;
    let memory_s = 10f64.powf(dice.between(-2.0, 0.0));
    // A random walk drawn back to 0, on a grid of 10 ms.
    let keep = (-0.01 / memory_s).exp();
    let mut noise = vec![0.0];
    for _ in 0..70_000 {
        let kick: f64 = (0..4).map(|_| dice.between(-1.0, 1.0)).sum::<f64>() * 0.866 * noise_sd * (1.0 - keep * keep).sqrt();
        noise.push(noise.last().expect("not empty") * keep + kick);
    }
    loaded(move |t| {
        let slow = warming * (1.0 - (-(t - LOAD_S) / settles_s).exp());
        let waves: f64 = waves.iter().map(|(a, hz, phase)| a * (hz * t * std::f64::consts::TAU + phase).sin()).sum();
        level + slow + waves + noise[((t * 100.0) as usize).min(noise.len() - 1)]
    })
}

fn random_habits(dice: &mut Dice) -> Habits {
    let period_s = dice.pick(&[0.02, 0.05, 0.1, 0.1, 0.25]);
    Habits {
        counter: dice.pick(&[true, false]),
        attention: dice.pick(&[1.0, 1.0, 0.25]),
        averaging_s: dice.pick(&[0.0, 0.0, 1.0]),
        resolution: dice.pick(&[0.0, 1e-3, 1.0]),
        ..Habits::sensor(period_s)
    }
}

/// The property: the stated interval covers the truth in at least 93 % of random traces, without calling many of them unreliable, and is no
/// wider than it need be.
#[test]
fn the_interval_covers_the_truth() {
    let traces = 1000;
    let (mut covered, mut reliable, mut naive_covered, mut stated) = (0, 0, 0, Vec::new());
    for seed in 0..traces {
        let mut dice = Dice(seed);
        let (habits, power) = (random_habits(&mut dice), random_power(&mut dice));
        let repetition_s = 10f64.powf(dice.between(-1.0, 0.5));
        // Fewer, shorter waits than the standard profile, the same rules.
        let profile = Profile { cap_s: 90.0, ..Profile::STANDARD };
        let o = measure(&habits, &power, repetition_s, &profile);
        let a = o.account.as_ref().expect("an account");
        if !a.is_reliable() {
            continue;
        }
        reliable += 1;
        stated.push(o.stated() / o.truth);
        covered += u64::from(o.covers());
        naive_covered += u64::from(o.naive_error * o.truth <= o.stated());
        if !o.covers() {
            println!(
                "trace {seed}: off by {:.3} %, stated {:.3} %, {habits:?}",
                100.0 * o.error() / o.truth,
                100.0 * o.stated() / o.truth
            );
        }
    }
    stated.sort_by(f64::total_cmp);
    let part = covered as f64 / reliable as f64;
    println!(
        "{traces} random traces: {reliable} reliable, {covered} of them covered ({:.1} %), median interval +- {:.2} %; a naive reading would lie within the same intervals in {:.1} %",
        100.0 * part,
        100.0 * stated[stated.len() / 2],
        100.0 * naive_covered as f64 / reliable as f64
    );
    assert!(reliable as f64 >= 0.9 * traces as f64, "only {reliable} of {traces} are said to be reliable");
    assert!(part >= 0.93, "only {covered} of {reliable} intervals cover the truth");
    assert!(naive_covered as f64 / (reliable as f64) < 0.93, "the traces are so easy that a naive reading would do");
}
