//! Whether the numbers of a result can be: files come from anywhere, and what is drawn or compared must be what it says.

use super::{ActivityOverTime, Agreement, Energy, Meter, Quantity, Realisation, RunResult, Spreads, Workload};

/// Numbers beyond this, or closer to 0 than its inverse, are in no measurement.
const MOST: f64 = 1e30;
/// Counts beyond this are not told apart by a double, nor reached by any machine.
const MOST_COUNTED: u64 = 1 << 53;
/// Longest name, in letters.
const LONGEST_NAME: usize = 200;

type Found = Result<(), String>;

/// Looks every number over.
///
/// # Errors
/// The first that cannot be, in words.
pub(super) fn sound(result: &RunResult) -> Found {
    result.engine.copy_bytes_per_s.iter().try_for_each(|rate| positive("a copy moves (bytes per second)", *rate))?;
    std::iter::once(&result.meter).chain(&result.other_meters).try_for_each(meter)?;
    for phase in &result.phases {
        within("a phase begins", phase.from_s, 0.0, MOST)?;
        within("a phase ends", phase.to_s, phase.from_s, MOST)?;
    }
    result.workloads.iter().try_for_each(|w| {
        name(&w.scenario)?;
        workload(w).map_err(|what| format!("workload {}: {what}", w.scenario))
    })
}

fn name(text: &str) -> Found {
    match text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        true => Err(format!("a workload's name has 1 to {LONGEST_NAME} letters and no control characters")),
        false => Ok(()),
    }
}

fn within(what: &str, value: f64, least: f64, most: f64) -> Found {
    match value.is_finite() && value >= least && value <= most {
        true => Ok(()),
        false => Err(format!("{what} {value:?}, which cannot be")),
    }
}

/// A number above 0 that a measurement can have.
fn positive(what: &str, value: f64) -> Found {
    within(what, value, 1.0 / MOST, MOST)
}

fn workload(w: &Workload) -> Found {
    positive("its real-time factor is", w.realtime_factor)?;
    positive("its counted time (ms) is", w.bio_ms)?;
    positive("its time step (ms) is", w.dt_ms)?;
    positive("its scale is", w.scale)?;
    within("its uncounted time (ms) is", w.transient_ms, 0.0, MOST)?;
    within("its time to build (s) is", w.build_s, 0.0, MOST)?;
    w.wall_s.iter().try_for_each(|s| positive("a repetition took (s)", *s))?;
    for (what, n) in [("neurons", w.neurons), ("synapses", w.synapses), ("updates", w.updates), ("spikes", w.spikes)] {
        counted(what, n)?;
    }
    w.realisations.iter().try_for_each(realisation)?;
    w.spreads.iter().try_for_each(spreads)?;
    w.admission.iter().filter_map(|a| a.accuracy.as_ref()).try_for_each(agreement)?;
    counted("synaptic events", w.synaptic_events)?;
    counted("external events", w.external_events)?;
    for p in &w.passes {
        within("a pass took (s)", p.seconds, 0.0, MOST)?;
    }
    std::iter::once(&w.energy).chain(&w.other_meters).try_for_each(energy)?;
    w.activity.as_ref().map_or(Ok(()), activity)
}

fn counted(what: &str, n: u64) -> Found {
    if n <= MOST_COUNTED { Ok(()) } else { Err(format!("it has {n} {what}, which cannot be")) }
}

fn realisation(r: &Realisation) -> Found {
    positive("a seed's real-time factor is", r.realtime_factor)?;
    r.wall_s.iter().try_for_each(|s| positive("a seed's repetition took (s)", *s))?;
    counted("spikes of a seed", r.spikes)?;
    counted("synaptic events of a seed", r.synaptic_events)?;
    quantity("a seed's energy is", &r.gross_j_per_synaptic_event, 0.0)?;
    r.by_window_j.iter().try_for_each(|j| within("a seed's window took (J)", *j, -MOST, MOST))
}

fn spreads(s: &Spreads) -> Found {
    let all = [Some(&s.realtime_factor), Some(&s.synaptic_events), s.gross_j_per_synaptic_event.as_ref()];
    all.into_iter().flatten().try_for_each(|s| {
        within("a mean over seeds is", s.mean, 0.0, MOST)?;
        within("the least of any seed is", s.range[0], 0.0, s.range[1])?;
        within("the most of any seed is", s.range[1], 0.0, MOST)?;
        within("a spread between seeds is", s.between_seeds, 0.0, MOST)?;
        s.within_seed.iter().try_for_each(|sd| within("a spread within seeds is", *sd, 0.0, MOST))
    })
}

fn agreement(a: &Agreement) -> Found {
    positive("its recorded time (ms) is", a.bio_ms)?;
    a.statistics.iter().try_for_each(|s| {
        [s.mean, s.reference_mean].iter().try_for_each(|m| within("the mean of a statistic is", *m, -MOST, MOST))?;
        [s.ks, s.ks_between_seeds, s.ks_limit].iter().try_for_each(|d| within("a KS distance is", *d, 0.0, 1.0))
    })
}

fn quantity(what: &str, q: &Quantity, least: f64) -> Found {
    if let Some(value) = q.value {
        within(what, value, least, MOST)?;
    }
    match q.ci95 {
        Some([low, high]) if !(low.is_finite() && high.is_finite() && low <= high) => {
            Err(format!("the interval of what {what} {:?} is {low:?} to {high:?}, which cannot be", q.value))
        }
        _ => Ok(()),
    }
}

fn energy(e: &Energy) -> Found {
    // What is drawn beyond idle may be less than nothing within its interval; what is drawn in all may not.
    let gross = [
        &e.power_w,
        &e.loaded_idle_w,
        &e.gross_j,
        &e.gross_j_per_update,
        &e.gross_j_per_spike,
        &e.gross_j_per_synaptic_event,
        &e.build_j,
    ];
    gross.into_iter().try_for_each(|q| quantity("its power or energy is", q, 0.0))?;
    let net = [&e.net_j, &e.net_j_per_update, &e.net_j_per_spike, &e.net_j_per_synaptic_event];
    net.into_iter().try_for_each(|q| quantity("its net energy is", q, -MOST))?;
    [e.relative_u95, e.relative_combined].into_iter().flatten().try_for_each(|u| within("a part of uncertainty is", u, 0.0, MOST))
}

fn meter(m: &Meter) -> Found {
    quantity("the idle power (W) is", &m.idle_power_w, 0.0)?;
    let Some(trace) = &m.power else { return Ok(()) };
    if trace.t_s.len() != trace.power_w.len() + 1 {
        return Err(format!(
            "a power trace has {} times and {} powers, and not one time more",
            trace.t_s.len(),
            trace.power_w.len()
        ));
    }
    trace.power_w.iter().try_for_each(|w| within("a power (W) is", *w, -MOST, MOST))?;
    let rising = trace.t_s.windows(2).all(|t| t[0] <= t[1]) && trace.t_s.iter().all(|t| t.is_finite());
    if rising { Ok(()) } else { Err("the times of a power trace do not rise".into()) }
}

fn activity(a: &ActivityOverTime) -> Found {
    positive("its bins have a length (ms) of", a.bin_ms)?;
    a.populations.iter().flat_map(|p| &p.rate_hz).try_for_each(|r| within("a rate (Hz) is", *r, 0.0, MOST))?;
    for s in a.active.iter().chain(a.populations.iter().flat_map(|p| &p.active)) {
        positive("a window has a length (ms) of", s.window_ms)?;
        within("a share of active neurons is", s.mean_share, 0.0, 1.0)?;
        within("a share of active neurons is", s.most_share, 0.0, 1.0)?;
    }
    let Some(r) = &a.raster else { return Ok(()) };
    positive("the raster ends at (ms)", r.until_ms)?;
    r.times_ms.iter().try_for_each(|t| within("a spike is at (ms)", *t, 0.0, MOST))?;
    match r.times_ms.len() == r.rows.len() && r.rows.iter().all(|row| (*row as usize) < r.neurons.len()) {
        true => Ok(()),
        false => Err("its raster has spikes without a row".into()),
    }
}
