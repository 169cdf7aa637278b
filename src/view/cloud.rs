//! Where the neurons of a network stand in a picture. A picture's places are an illustration: only lattices have places in the model.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of neurons fit 28 bits (src/bounds.rs), colours 8"
)]

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

use crate::network::{Network, Population};

/// Colours that people tell apart whatever their eyes (Okabe and Ito 2008), lightened for a dark ground: red, green, blue.
const COLOURS: [[u8; 3]; 8] = [
    [86, 180, 233],
    [230, 159, 0],
    [0, 190, 140],
    [240, 228, 66],
    [80, 140, 220],
    [225, 110, 40],
    [215, 140, 185],
    [190, 190, 190],
];

/// A neuron in space, and its colour.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Place {
    /// Where, in units of the cloud's size.
    pub at: Vec3,
    /// Red, green, blue, 255.
    pub colour: [u8; 4],
}

/// Every neuron of a network, population by population.
#[derive(Debug, Clone)]
pub struct Cloud {
    places: Vec<Place>,
    /// First neuron of every population.
    first: Vec<usize>,
}

impl Cloud {
    /// Layers of a cortical column for populations that are called after them (`L4E`), a sheet for lattices, slabs of a block for all others.
    pub fn new(network: &Network) -> Self {
        let (mut places, mut first) = (Vec::new(), Vec::new());
        let layered = network.populations.iter().all(|p| layer(&p.name).is_some());
        let of_lattice = |p: &Population| {
            let sends = network.projections.iter().filter(|q| q.source == p.id as usize);
            sends.filter_map(|q| q.lattice.as_ref()).map(|l| l.source_side).next()
        };
        let count = network.populations.len();
        for (i, p) in network.populations.iter().enumerate() {
            first.push(places.len());
            let [r, g, b] = COLOURS[i % COLOURS.len()];
            let side = of_lattice(p);
            for neuron in 0..p.size {
                let at = match (layered.then(|| layer(&p.name)).flatten(), side) {
                    (Some([low, high]), _) => column(neuron, p.id, low, high),
                    (None, Some(side)) => sheet(neuron, side, i),
                    (None, None) => slab(neuron, p.size, i, count),
                };
                places.push(Place { at, colour: [r, g, b, 255] });
            }
        }
        Self { places, first }
    }

    /// How many neurons there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All neurons.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The number of a neuron of a population among all.
    pub fn number(&self, population: u32, neuron: u32) -> usize {
        self.first[population as usize] + neuron as usize
    }
}

/// Bottom and top of a layer of the cortical column, by the beginning of a population's name.
fn layer(name: &str) -> Option<[f32; 2]> {
    let layers = [("L23", [0.28, 0.95]), ("L4", [-0.10, 0.26]), ("L5", [-0.42, -0.14]), ("L6", [-0.95, -0.46])];
    layers.into_iter().find(|(layer, _)| name.starts_with(layer)).map(|(_, height)| height)
}

/// A number between 0 and 1 that belongs to a neuron and a purpose (SplitMix64, doi:10.1145/2714064.2660195).
fn scattered(neuron: u32, population: u32, purpose: u32) -> f32 {
    let mut z = (u64::from(neuron) << 32 | u64::from(population) << 8 | u64::from(purpose)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
}

fn column(neuron: u32, population: u32, low: f32, high: f32) -> Vec3 {
    let [a, b, c] = [0, 1, 2].map(|purpose| scattered(neuron, population, purpose));
    let (radius, angle) = (0.62 * a.sqrt(), std::f32::consts::TAU * b);
    Vec3::new(radius * angle.cos(), low + c * (high - low), radius * angle.sin())
}

fn sheet(neuron: u32, side: u32, layer: usize) -> Vec3 {
    let place = |i: u32| (i as f32 + 0.5) / side.max(1) as f32 * 2.0 - 1.0;
    Vec3::new(place(neuron % side.max(1)), 0.08 * layer as f32, place(neuron / side.max(1)))
}

/// A slab of as many neurons, one of so many on top of each other.
fn slab(neuron: u32, size: u32, layer: usize, layers: usize) -> Vec3 {
    let height = 2.0 / layers as f32;
    // As many along each side as fill a slab evenly.
    let along = (f64::from(size) * 4.0 / (4.0 * f64::from(height))).cbrt().ceil().max(1.0) as u32;
    let levels = size.div_ceil(along * along).max(1);
    let place = |i: u32, of: u32| (i as f32 + 0.5) / of as f32 * 2.0 - 1.0;
    let y = -1.0 + height * (layer as f32 + 0.1 + 0.8 * (((neuron / (along * along)) as f32 + 0.5) / levels as f32));
    0.8 * Vec3::new(place(neuron % along, along), y, place(neuron / along % along, along))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neuron_has_a_place_of_its_own_within_sight() {
        for name in ["microcircuit", "sheet", "brunel", "celegans", "membrane"] {
            let scenario = crate::scenario::load(name).expect("built in");
            let scenario = if name == "celegans" {
                scenario
            } else {
                scenario.scaled(crate::scenario::Scale::Factor(0.01)).expect("scales")
            };
            let cloud = Cloud::new(&Network::build(&scenario).expect("a network"));
            let mut seen: Vec<[i32; 3]> = cloud.places().iter().map(|p| (p.at * 1e5).as_ivec3().to_array()).collect();
            assert!(cloud.places().iter().all(|p| p.at.is_finite() && p.at.length() < 2.0), "{name}");
            seen.sort_unstable();
            seen.dedup();
            assert!(seen.len() * 100 > cloud.len() * 99, "{name}: {} places for {} neurons", seen.len(), cloud.len());
        }
    }

    #[test]
    fn layers_lie_on_top_of_each_other() {
        let heights = ["L23E", "L4I", "L5E", "L6I"].map(|n| layer(n).expect("a layer"));
        assert!(heights.windows(2).all(|h| h[0][0] > h[1][1]));
        assert_eq!(layer("E"), None);
    }
}
