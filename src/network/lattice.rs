//! Neurons in space: square lattices on a torus, and connections whose number falls with distance.
//!
//! The neurons of a population stand on a square lattice that covers the whole sheet, whose opposite edges meet. They are numbered
//! in strips of [`STRIP`] columns, each strip row by row, so that neighbours have near numbers: what a spike reaches lies together in
//! memory. A synapse draws a distance (from a table of equiprobable radii, of which each synapse of a row has its own part, so that
//! distances rise along the row) and a direction (from a table of cosines and sines) and goes to the nearest neuron; all of it is
//! integer arithmetic, the same on every device. Twin: `row_of` and `lattice_target` in `shaders/shared/connectivity.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use glam::DVec2;

use crate::scenario::{DistanceKernel, KernelShape, Sheet};

/// Columns of a strip.
pub const STRIP: u32 = 64;
/// Parts of a lattice spacing in which places are counted.
pub const SPACING: u32 = 16;
/// Equiprobable radii of a profile, and directions of the full circle: the upper 12 bits of a word pick one.
pub const LEVELS: usize = 4096;

/// Column and row of a neuron on a lattice of a side.
pub fn cell(side: u32, index: u32) -> (u32, u32) {
    let strip = index / (STRIP * side);
    let width = STRIP.min(side - STRIP * strip);
    let within = index - strip * STRIP * side;
    (STRIP * strip + within % width, within / width)
}

/// The neuron at a column and row.
pub fn index(side: u32, x: u32, y: u32) -> u32 {
    let strip = x / STRIP;
    let width = STRIP.min(side - STRIP * strip);
    STRIP * strip * side + y * width + x % STRIP
}

/// Position of a neuron on a sheet, mm from its corner.
pub fn position_mm(side: u32, sheet_mm: f64, neuron: u32) -> DVec2 {
    let (x, y) = cell(side, neuron);
    (DVec2::new(f64::from(x), f64::from(y)) + 0.5) * (sheet_mm / f64::from(side))
}

/// Shortest way between two points of a sheet whose opposite edges meet, mm.
pub fn distance_mm(sheet_mm: f64, a: DVec2, b: DVec2) -> f64 {
    let d = (a - b).abs();
    d.min(DVec2::splat(sheet_mm) - d).length()
}

/// A distance-dependent projection between two lattices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lattice {
    /// Neurons along a side of the sending population.
    pub source_side: u32,
    /// Neurons along a side of the receiving population.
    pub target_side: u32,
    /// Equiprobable distances in rising order, in units of 1/16 of the targets' spacing.
    pub radii: Vec<u32>,
    /// Cosine and sine of equally spaced directions, units of 2^-14.
    pub directions: Vec<[i32; 2]>,
}

impl Lattice {
    /// Tables of a profile on a sheet of `sheet_mm` a side.
    pub fn new(source_side: u32, target_side: u32, sheet_mm: f64, profile: &DistanceKernel) -> Self {
        let per_mm = f64::from(SPACING * target_side) / sheet_mm;
        let radii = radii_mm(profile, sheet_mm).into_iter().map(|r| libm::round(r * per_mm) as u32).collect();
        let directions = (0..LEVELS)
            .map(|i| {
                let angle = (i as f64 + 0.5) / LEVELS as f64 * std::f64::consts::TAU;
                [libm::cos(angle), libm::sin(angle)].map(|x| libm::round(x * 16384.0) as i32)
            })
            .collect();
        Self { source_side, target_side, radii, directions }
    }

    /// Targets within the longest distance of a sender.
    pub fn reach(&self) -> u32 {
        let spacings = f64::from(self.radii.last().copied().unwrap_or(0)) / f64::from(SPACING);
        (std::f64::consts::PI * spacings * spacings).ceil() as u32
    }

    /// Where a sender stands among the targets, in parts of their spacing.
    pub fn place(&self, source: u32) -> [u32; 2] {
        let (x, y) = cell(self.source_side, source);
        [x, y].map(|c| (2 * c + 1) * (SPACING / 2) * self.target_side / self.source_side)
    }

    /// The target that two random words pick for a sender.
    #[inline]
    pub fn target(&self, place: [u32; 2], radius_word: u32, angle_word: u32) -> u32 {
        let radius = self.radii[(radius_word >> 20) as usize] as i32;
        let direction = self.directions[(angle_word >> 20) as usize];
        let extent = (SPACING * self.target_side) as i32;
        let wrapped = |place: u32, component: i32| {
            let at = place as i32 + ((radius * component + 0x2000) >> 14);
            let inside = if at < 0 {
                at + extent
            } else if at >= extent {
                at - extent
            } else {
                at
            };
            inside as u32 / SPACING
        };
        index(self.target_side, wrapped(place[0], direction[0]), wrapped(place[1], direction[1]))
    }
}

/// Equiprobable distances of a profile in the plane, mm, in rising order.
pub fn radii_mm(profile: &DistanceKernel, sheet_mm: f64) -> Vec<f64> {
    let scale = profile.length_mm;
    let cut = profile.farthest_mm(Sheet { side_mm: sheet_mm }) / scale;
    let cumulative = |x: f64| match profile.kind {
        KernelShape::Gaussian => -libm::expm1(-0.5 * x * x),
        KernelShape::Exponential => 1.0 - (1.0 + x) * libm::exp(-x),
    };
    let whole = cumulative(cut);
    (0..LEVELS)
        .map(|i| {
            let wanted = whole * (i as f64 + 0.5) / LEVELS as f64;
            let x = match profile.kind {
                KernelShape::Gaussian => libm::sqrt(-2.0 * libm::log1p(-wanted)),
                KernelShape::Exponential => {
                    let (mut low, mut high) = (0.0, cut.min(64.0));
                    for _ in 0..80 {
                        let middle = 0.5 * (low + high);
                        if cumulative(middle) < wanted { low = middle } else { high = middle }
                    }
                    0.5 * (low + high)
                }
            };
            x * scale
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_is_one_to_one() {
        for side in [1, 5, 63, 64, 65, 130, 200] {
            let mut seen: Vec<u32> = (0..side * side)
                .map(|i| {
                    let (x, y) = cell(side, i);
                    assert!(x < side && y < side);
                    assert_eq!(index(side, x, y), i);
                    y * side + x
                })
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..side * side).collect::<Vec<_>>());
        }
    }

    /// Mean and second moment of the distance, against the closed forms of both profiles in the plane.
    #[test]
    fn radii_follow_their_profile() {
        for (kind, mean, second) in
            [(KernelShape::Gaussian, libm::sqrt(std::f64::consts::FRAC_PI_2), 2.0), (KernelShape::Exponential, 2.0, 6.0)]
        {
            let r = radii_mm(&DistanceKernel { kind, length_mm: 0.2, cut_mm: None, velocity_mm_per_ms: None }, 1000.0);
            let n = r.len() as f64;
            assert!((r.iter().sum::<f64>() / n / 0.2 / mean - 1.0).abs() < 1e-3);
            assert!((r.iter().map(|x| x * x).sum::<f64>() / n / 0.04 / second - 1.0).abs() < 1e-2);
        }
    }

    #[test]
    fn nothing_lies_beyond_half_the_sheet() {
        let profile = DistanceKernel { kind: KernelShape::Exponential, length_mm: 0.5, cut_mm: None, velocity_mm_per_ms: None };
        let l = Lattice::new(100, 50, 1.0, &profile);
        assert!(l.radii.iter().all(|r| *r <= SPACING * 50 / 2));
        for neuron in [0, 99, 5000, 9999] {
            for (a, b) in [(0, 0), (u32::MAX, u32::MAX), (u32::MAX, 1 << 30), (u32::MAX, 3 << 30), (u32::MAX, 1 << 31)] {
                let target = l.target(l.place(neuron), a, b);
                assert!(target < 2500);
                let (from, to) = (position_mm(100, 1.0, neuron), position_mm(50, 1.0, target));
                // Half a diagonal of a cell is lost to the nearest neuron.
                assert!(distance_mm(1.0, from, to) <= 0.5 * std::f64::consts::SQRT_2 + 0.02);
            }
        }
    }
}
