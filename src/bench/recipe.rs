//! What a community asks of a benchmark before its figures may stand beside what is published.

use crate::result::{Admission, Agreement, Energy, Scope, Tier, Workload};
use crate::scenario::{Scenario, load};

/// What is asked of one workload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// What it is called, with its source.
    pub name: &'static str,
    /// The built-in scenario it is for, in any of its variants.
    pub scenario: &'static str,
    /// Biological time that is not counted at least, ms.
    pub transient_ms: f64,
    /// Biological time that is counted at least, ms.
    pub bio_ms: f64,
    /// Seeds at least.
    pub seeds: u32,
}

/// The recipe of the cortical microcircuit of Potjans & Diesmann (2014).
const MICROCIRCUIT: Recipe = Recipe {
    name: "microcircuit benchmark (Senk et al. 2026, doi:10.1088/2634-4386/ae379a)",
    scenario: "microcircuit",
    transient_ms: 500.0,
    bio_ms: 10_000.0,
    seeds: 10,
};

impl Recipe {
    /// The recipe for a scenario; none for most.
    pub fn of(scenario: &Scenario) -> Option<&'static Recipe> {
        let meant = scenario.name.split(':').next() == Some(MICROCIRCUIT.scenario);
        // A file of the user may have the name, and another content.
        (meant && load(&scenario.name).is_ok_and(|s| s.hash == scenario.hash)).then_some(&MICROCIRCUIT)
    }

    /// Whether a workload may stand beside what is published, by all that is known of it.
    pub(super) fn admission(&self, w: &Workload, accuracy: Option<Agreement>) -> Admission {
        let mut why_not = self.of_the_run(w);
        why_not.extend(of_the_joules(&w.energy));
        match &accuracy {
            None => why_not.push("no recorded run was held against the reference's statistics".into()),
            Some(a) => why_not.extend(of_the_statistics(a)),
        }
        Admission { recipe: self.name.into(), admissible: why_not.is_empty(), why_not, accuracy }
    }

    fn of_the_run(&self, w: &Workload) -> Vec<String> {
        let mut why_not = Vec::new();
        if (w.scale - 1.0).abs() > 1e-9 {
            why_not.push(format!("the network is not the whole one, but {} of it", w.scale));
        }
        if w.transient_ms < self.transient_ms {
            why_not.push(format!("{} ms were left out at the beginning, fewer than {}", w.transient_ms, self.transient_ms));
        }
        if w.bio_ms < self.bio_ms {
            why_not.push(format!("{} ms were counted, fewer than {}", w.bio_ms, self.bio_ms));
        }
        let seeds = w.realisations.len().max(1);
        if seeds < self.seeds as usize {
            why_not.push(format!("{seeds} of {} seeds were measured", self.seeds));
        }
        why_not
    }
}

fn of_the_joules(e: &Energy) -> Vec<String> {
    let mut why_not = Vec::new();
    match (e.gross_j_per_synaptic_event.value, e.scope) {
        (Some(_), Some(Scope::Wall)) => {}
        (Some(_), scope) => {
            let seen = scope.map_or("nothing that is known", Scope::words);
            why_not.push(format!("its joules are those of the {seen}, not of the whole machine at the power outlet"));
        }
        (None, _) => why_not.push("its joules were not measured".into()),
    }
    if e.tier == Some(Tier::Assumed) {
        why_not.push("its power is assumed, not measured".into());
    }
    if e.reliable == Some(false) {
        why_not.push("its joules are not reliable".into());
    }
    why_not
}

fn of_the_statistics(a: &Agreement) -> Vec<String> {
    let off = a.statistics.iter().filter(|s| !s.agrees).map(|s| format!("{} of {}", s.statistic, s.population));
    let off: Vec<String> = off.collect();
    match off.is_empty() {
        true => Vec::new(),
        false => vec![format!("statistics are further from the reference's than its seeds from each other: {}", off.join(", "))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Quantity, StatisticAgreement, read};
    use crate::scenario::Scale;

    fn agreement(agrees: bool) -> Agreement {
        let statistic = StatisticAgreement {
            population: "L4E".into(),
            statistic: "rate, Hz".into(),
            mean: 4.0,
            reference_mean: 4.4,
            ks: 0.1,
            ks_between_seeds: 0.01,
            ks_limit: 0.02,
            agrees,
        };
        Agreement { reference: "a test's".into(), bio_ms: 10_000.0, agrees, statistics: vec![statistic] }
    }

    /// A workload that lacks nothing.
    fn exemplary() -> Workload {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/results/version-5.json");
        let mut w = read(std::path::Path::new(path)).expect("a result").workloads.remove(0);
        (w.scale, w.transient_ms, w.bio_ms) = (1.0, 500.0, 10_000.0);
        (w.energy.scope, w.energy.tier, w.energy.reliable) = (Some(Scope::Wall), Some(Tier::WallMeter), Some(true));
        w.energy.gross_j_per_synaptic_event = Quantity::exact(1e-8);
        let one = crate::result::Realisation {
            seed: 1,
            spike_checksum: String::new(),
            spikes: 1,
            synaptic_events: 1,
            wall_s: vec![1.0],
            realtime_factor: 0.1,
            gross_j_per_synaptic_event: Quantity::exact(1e-8),
            by_window_j: Vec::new(),
        };
        w.realisations = vec![one; 10];
        w
    }

    #[test]
    fn every_lack_bars_by_itself_and_is_named() {
        let admission = |w: &Workload, a: Option<Agreement>| MICROCIRCUIT.admission(w, a);
        let whole = admission(&exemplary(), Some(agreement(true)));
        assert!(whole.admissible && whole.why_not.is_empty(), "{:?}", whole.why_not);
        type Spoil = fn(&mut Workload);
        let lacks: [(Spoil, &str); 9] = [
            (|w| w.scale = 0.5, "not the whole one"),
            (|w| w.transient_ms = 50.0, "left out at the beginning"),
            (|w| w.bio_ms = 1000.0, "fewer than 10000"),
            (|w| w.realisations.truncate(3), "3 of 10 seeds"),
            (|w| w.realisations.clear(), "1 of 10 seeds"),
            (|w| w.energy.scope = Some(Scope::GpuBoard), "not of the whole machine"),
            (|w| w.energy.gross_j_per_synaptic_event = Quantity::missing("no meter"), "were not measured"),
            (|w| w.energy.tier = Some(Tier::Assumed), "assumed"),
            (|w| w.energy.reliable = Some(false), "not reliable"),
        ];
        for (spoil, word) in lacks {
            let mut w = exemplary();
            spoil(&mut w);
            let a = admission(&w, Some(agreement(true)));
            assert!(!a.admissible && a.why_not.len() == 1 && a.why_not[0].contains(word), "{word}: {:?}", a.why_not);
        }
        let a = admission(&exemplary(), None);
        assert!(!a.admissible && a.why_not[0].contains("no recorded run"), "{:?}", a.why_not);
        let a = admission(&exemplary(), Some(agreement(false)));
        assert!(!a.admissible && a.why_not[0].contains("rate, Hz of L4E"), "{:?}", a.why_not);
    }

    #[test]
    fn the_recipe_is_for_the_microcircuit_in_any_size_and_variant() {
        for name in ["microcircuit", "microcircuit:dc"] {
            assert!(Recipe::of(&load(name).expect("built in")).is_some(), "{name}");
        }
        let small = load("microcircuit").and_then(|s| s.scaled(Scale::Factor(0.1))).expect("scales");
        assert!(Recipe::of(&small).is_some());
        assert!(Recipe::of(&load("brunel").expect("built in")).is_none());
    }
}
