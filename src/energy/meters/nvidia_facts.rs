//! What is known of NVIDIA's meters beyond what NVML says: how much their sensors look, how far they are off, what they see, and who else is
//! on the device. No driver is needed here.

use std::collections::BTreeSet;

use crate::energy::{Accuracy, Scope};

/// Part of the time a GPU's power sensor looks: its averaging window over its renewal period, as measured for arXiv:2312.02741 (data of its
/// repository). That is of power; how much the energy counters of these boards look nobody has measured, so the same is taken. Models that are
/// not in the data and share a chip with one that is count like it (H200 and Grace Hopper like H100).
pub(super) fn attention(name: &str) -> f64 {
    let is = |models: &[&str]| models.iter().any(|model| name.contains(model));
    if is(&["H100", "H200", "H800", "GH200"]) {
        0.25
    } else if is(&["A100"]) {
        // 25 % of the 80 GB boards and of SXM, 18 % of the 40 GB PCIe board.
        if is(&["A100-PCIE-40GB", "A100-PCIe-40GB"]) { 0.18 } else { 0.25 }
    } else if is(&["RTX 8000"]) {
        0.2
    } else if is(&["M40"]) {
        0.45
    } else if is(&["V100", "P100", "GTX 1080"]) {
        0.5
    } else {
        1.0
    }
}

/// How far a GPU's figures may be off: what was measured against a meter in the riser (data of arXiv:2312.02741), or the maker's word.
pub(super) fn accuracy(name: &str) -> Accuracy {
    const MEASURED: &str = "measured against a riser meter (data of arXiv:2312.02741)";
    let of = |low: f64, high: f64, source: &str| Accuracy { low, high, source: source.to_owned() };
    let known = [
        ("RTX 2060 SUPER", 0.127, 0.132),
        ("RTX 2080 Ti", -0.080, -0.080),
        ("RTX 3070 Ti", -0.040, -0.036),
        ("RTX 3090", -0.056, -0.045),
        ("RTX 4090", -0.053, -0.053),
        ("RTX A5000", -0.070, -0.070),
        ("GTX 1080 Ti", -0.004, -0.004),
    ];
    if let Some((_, low, high)) = known.into_iter().find(|(model, ..)| name.to_lowercase().contains(&model.to_lowercase())) {
        // One board was measured; another of the model may differ, and not by less.
        return of(f64::min(low, -0.05), f64::max(high, 0.05), MEASURED);
    }
    if ["GeForce", "TITAN", "Quadro", "RTX"].iter().any(|family| name.contains(family)) {
        return of(-0.08, 0.13, "spread of other boards of its kind against a riser meter (data of arXiv:2312.02741)");
    }
    of(-0.05, 0.05, "NVML documentation: within 5 % (Fermi and later); not measured for this board")
}

/// What a GPU's figures hold.
pub(super) fn scope(name: &str) -> Scope {
    match ["GH200", "GB200", "GB300", "Grace"].iter().any(|module| name.contains(module)) {
        true => Scope::Module,
        false => Scope::GpuBoard,
    }
}

/// Who else is on a device. NVML tells process numbers of the host; in a container this program has another number there, which nobody tells
/// it. So what was there before the adapter was opened is somebody else's, and what came with it is this program.
#[derive(Debug, Clone, Default)]
pub(super) struct Company {
    before: BTreeSet<u32>,
    own: Option<BTreeSet<u32>>,
}

impl Company {
    /// With those that were there before the adapter was opened.
    pub(super) fn after(before: BTreeSet<u32>) -> Self {
        Self { before, own: None }
    }

    /// The others among those on the device now; `pid` is this process's number as it knows it.
    pub(super) fn others(&mut self, now: &BTreeSet<u32>, pid: u32) -> Vec<u32> {
        if now.contains(&pid) && !self.before.contains(&pid) {
            return now.iter().copied().filter(|p| *p != pid).collect();
        }
        // The first look comes right after the adapter was opened.
        let before = &self.before;
        let own = self.own.get_or_insert_with(|| now.difference(before).copied().take(1).collect());
        now.difference(own).copied().collect()
    }
}

/// A counter and a sensor of the same device, side by side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CrossCheck {
    last: Option<(f64, f64)>,
    counted_j: f64,
    sensed_j: f64,
}

/// Joules that must have been counted before a ratio means anything.
const ENOUGH_J: f64 = 20.0;

impl CrossCheck {
    /// Whether it is time to look again: ten times a second is often enough.
    pub(super) fn is_due(&self, now_s: f64) -> bool {
        self.last.is_none_or(|(then_s, _)| now_s - then_s >= 0.1)
    }

    /// Takes both at a time.
    pub(super) fn take(&mut self, now_s: f64, counter_j: f64, power_w: f64) {
        if let Some((then_s, then_j)) = self.last
            && counter_j >= then_j
        {
            self.counted_j += counter_j - then_j;
            self.sensed_j += power_w * (now_s - then_s);
        }
        self.last = Some((now_s, counter_j));
    }

    /// Counted over sensed joules since the last time it was told.
    pub(super) fn ratio(&mut self) -> Option<f64> {
        if self.counted_j < ENOUGH_J || self.sensed_j < ENOUGH_J {
            return None;
        }
        let ratio = self.counted_j / self.sensed_j;
        (self.counted_j, self.sensed_j) = (0.0, 0.0);
        Some(ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensors_are_known_by_their_board() {
        for (name, looks) in [
            ("NVIDIA H100 PCIe", 0.25),
            ("NVIDIA H200", 0.25),
            ("NVIDIA A100-SXM4-80GB", 0.25),
            ("NVIDIA A100-PCIE-40GB", 0.18),
            ("Quadro RTX 8000", 0.2),
            ("Tesla V100-SXM2-16GB", 0.5),
            ("Tesla P100-PCIE-16GB", 0.5),
            ("NVIDIA GeForce GTX 1080 Ti", 0.5),
            ("NVIDIA GeForce RTX 3090", 1.0),
            ("NVIDIA GeForce RTX 5090", 1.0),
        ] {
            assert_eq!(attention(name), looks, "{name}");
        }
        let a = accuracy("NVIDIA GeForce RTX 2060 SUPER");
        assert_eq!((a.low, a.high), (-0.05, 0.132));
        let a = accuracy("NVIDIA GeForce RTX 5090");
        assert_eq!((a.low, a.high), (-0.08, 0.13));
        assert_eq!(accuracy("NVIDIA H200").high, 0.05);
        assert_eq!(scope("NVIDIA GH200 480GB"), Scope::Module);
        assert_eq!(scope("NVIDIA H200"), Scope::GpuBoard);
    }

    #[test]
    fn this_program_is_not_its_own_company_in_a_container_or_out_of_one() {
        let set = |pids: &[u32]| pids.iter().copied().collect::<BTreeSet<u32>>();
        // On the host: by number.
        let mut company = Company::after(set(&[10]));
        assert_eq!(company.others(&set(&[10, 77]), 77), [10]);
        assert_eq!(company.others(&set(&[77, 90]), 77), [90]);
        // In a container this program is 9 to itself and 4001 to NVML.
        let mut company = Company::after(set(&[10]));
        assert_eq!(company.others(&set(&[10, 4001]), 9), [10]);
        assert_eq!(company.others(&set(&[4001, 5000]), 9), [5000]);
        // A foreign process that happens to have this one's number was there before.
        let mut company = Company::after(set(&[9]));
        assert_eq!(company.others(&set(&[9, 4001]), 9), [9]);
        // A driver that tells nobody: nobody is blamed.
        assert!(Company::default().others(&set(&[]), 9).is_empty());
    }

    #[test]
    fn a_counter_that_disagrees_with_its_sensor_is_seen() {
        let mut check = CrossCheck::default();
        for i in 0..100 {
            let t = f64::from(i) * 0.1;
            check.take(t, 187.0 * t, 110.0);
        }
        assert!((check.ratio().expect("enough") - 1.7).abs() < 1e-9);
        assert_eq!(check.ratio(), None, "told once");
    }
}
