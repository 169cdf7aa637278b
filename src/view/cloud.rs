//! Where the neurons of a network stand in a picture. A picture's places are an illustration, unless data tell them: only lattices have places
//! in the model.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of neurons fit 28 bits (src/bounds.rs), colours 8"
)]

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

use crate::network::{Network, Population};
use crate::scenario::Positions;

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

/// The colour of a population.
pub fn colour(population: usize) -> [u8; 3] {
    COLOURS[population % COLOURS.len()]
}

/// Populations that can be shown or hidden; those beyond share the last one's fate.
pub const TOLD_APART: usize = 128;

/// A neuron in space, and its colour.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Place {
    /// Where, in units of the cloud's size.
    pub at: Vec3,
    /// Red, green, blue; and its population, plus 1 (0: nobody is there).
    pub colour: [u8; 4],
}

/// Every neuron of a network, slot by slot: populations begin with whole blocks, and what is left of a block is nobody's.
#[derive(Debug, Clone)]
pub struct Cloud {
    places: Vec<Place>,
    neurons: u64,
}

impl Cloud {
    /// Where the scenario says, all in one frame; else layers of a cortical column for populations that are called after them (`L4E`), a sheet for lattices, a shell for each region where names
    /// begin with them (`V1-E`), slabs of a block for all others.
    pub fn new(network: &Network) -> Self {
        let nobody = Place { at: Vec3::ZERO, colour: [0; 4] };
        let mut places = vec![nobody; network.slots() as usize];
        let regions = regions(network);
        let layered = network.populations.iter().all(|p| layer(&p.name).is_some());
        let of_lattice = |p: &Population| {
            let sends = network.projections.iter().filter(|q| q.source == p.id as usize);
            sends.filter_map(|q| q.lattice.as_ref()).map(|l| l.source_side).next()
        };
        let count = network.populations.len();
        let told = Told::of(network);
        for (i, p) in network.populations.iter().enumerate() {
            let [r, g, b] = colour(i);
            let number = i.min(TOLD_APART - 1) as u8 + 1;
            let side = of_lattice(p);
            let own = told.as_ref().and_then(|told| Some((told, positions(network, p)?)));
            for neuron in 0..p.size {
                if let Some((told, positions)) = own {
                    let at = told.place(stands(positions, neuron, p.size));
                    places[(p.first_slot + neuron) as usize] = Place { at, colour: [r, g, b, number] };
                    continue;
                }
                let at = match (layered.then(|| layer(&p.name)).flatten(), side, &regions) {
                    (Some([low, high]), _, _) => column(neuron, p.id, low, high),
                    (None, Some(side), _) => sheet(neuron, side, i),
                    (None, None, Some(regions)) => shell(neuron, p.size, regions[i]),
                    (None, None, None) => slab(neuron, p.size, i, count),
                };
                places[(p.first_slot + neuron) as usize] = Place { at, colour: [r, g, b, number] };
            }
        }
        let neurons = network.populations.iter().map(|p| u64::from(p.size)).sum();
        Self { places, neurons }
    }

    /// How many neurons there are.
    pub fn len(&self) -> u64 {
        self.neurons
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.neurons == 0
    }

    /// All slots.
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}

/// What the scenario says of where a population's neurons stand.
fn positions<'a>(network: &'a Network, population: &Population) -> Option<&'a Positions> {
    network.scenario.populations.get(population.origin() as usize)?.positions.as_ref()
}

/// Where a neuron stands. Neighbours on a lattice are neighbours on the surface, each with as much of it.
fn stands(positions: &Positions, neuron: u32, size: u32) -> Vec3 {
    match positions {
        Positions::Listed(all) => Vec3::from_array(all[neuron as usize]),
        Positions::Ellipsoid { centre, radii } => {
            let side = size.isqrt().max(1);
            let part = |i: u32, of: u32| (i as f32 + 0.5) / of as f32;
            let height = 1.0 - 2.0 * part(neuron / side, size.div_ceil(side));
            let (turn, around) = (std::f32::consts::TAU * part(neuron % side, side), (1.0 - height * height).max(0.0).sqrt());
            let at = Vec3::new(around * turn.cos(), height, around * turn.sin());
            Vec3::from_array(*centre) + Vec3::from_array(*radii) * at
        }
    }
}

/// The frame around all places that the scenario tells.
#[derive(Debug, Clone, Copy)]
struct Told {
    middle: Vec3,
    /// Half of its longest side.
    reach: f32,
}

impl Told {
    fn of(network: &Network) -> Option<Self> {
        let corners = |p: &Positions| match p {
            Positions::Listed(all) => {
                let each = || all.iter().map(|at| Vec3::from_array(*at));
                Some((each().reduce(Vec3::min)?, each().reduce(Vec3::max)?))
            }
            Positions::Ellipsoid { centre, radii } => {
                let (centre, radii) = (Vec3::from_array(*centre), Vec3::from_array(*radii));
                Some((centre - radii, centre + radii))
            }
        };
        let all = network.populations.iter().filter_map(|p| corners(positions(network, p)?));
        let (low, high) = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some(Self { middle: low.midpoint(high), reach: (0.5 * (high - low)).max_element().max(f32::MIN_POSITIVE) })
    }

    fn place(&self, at: Vec3) -> Vec3 {
        1.25 * (at - self.middle) / self.reach
    }
}

/// A population's shell: which region of how many, and which of how many shells within each other.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shell {
    region: [usize; 2],
    layer: [usize; 2],
}

/// The shells of all populations, if all names begin with a region and `-`, and there are several regions.
fn regions(network: &Network) -> Option<Vec<Shell>> {
    let names: Option<Vec<&str>> = network.populations.iter().map(|p| p.name.split_once('-').map(|n| n.0)).collect();
    let names = names?;
    let mut known: Vec<&str> = Vec::new();
    names.iter().for_each(|n| {
        if !known.contains(n) {
            known.push(n);
        }
    });
    let shell = |(i, name): (usize, &&str)| {
        let layers = names.iter().filter(|n| *n == name).count();
        let layer = names[..i].iter().filter(|n| *n == name).count();
        Shell { region: [known.iter().position(|k| k == name).unwrap_or(0), known.len()], layer: [layer, layers] }
    };
    (known.len() > 1).then(|| names.iter().enumerate().map(shell).collect())
}

/// A place on a shell: regions stand on a ring, the populations of each within each other, neurons spread evenly (Fibonacci's lattice).
fn shell(neuron: u32, size: u32, Shell { region, layer }: Shell) -> Vec3 {
    let part = |i: usize, of: usize| i as f32 / of as f32;
    let angle = std::f32::consts::TAU * part(region[0], region[1]);
    let middle = 0.85 * Vec3::new(angle.cos(), 0.35 * (2.0 * angle).sin(), angle.sin());
    let most = (0.8 * (std::f32::consts::PI / region[1] as f32).sin()).min(0.55);
    let radius = most * (1.0 - 0.6 * part(layer[0], layer[1]));
    let height = 1.0 - (2.0 * neuron as f32 + 1.0) / size as f32;
    // The golden angle.
    let turn = (f64::from(neuron) * 2.399_963_229_728_653 % std::f64::consts::TAU) as f32;
    let around = (1.0 - height * height).max(0.0).sqrt();
    middle + radius * Vec3::new(around * turn.cos(), height, around * turn.sin())
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
        for name in ["microcircuit", "sheet", "coffee", "brunel", "celegans", "membrane"] {
            let scenario = crate::scenario::load(name).expect("built in");
            let scenario = if name == "celegans" {
                scenario
            } else {
                scenario.scaled(crate::scenario::Scale::Factor(0.01)).expect("scales")
            };
            let cloud = Cloud::new(&Network::build(&scenario).expect("a network"));
            has_places(name, &cloud);
        }
    }

    fn has_places(name: &str, cloud: &Cloud) {
        let somebody = || cloud.places().iter().filter(|p| p.colour[3] > 0);
        let mut seen: Vec<[i32; 3]> = somebody().map(|p| (p.at * 1e5).as_ivec3().to_array()).collect();
        assert!(somebody().all(|p| p.at.is_finite() && p.at.length() < 2.0), "{name}");
        assert_eq!(seen.len() as u64, cloud.len(), "{name}");
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() as u64 * 100 > cloud.len() * 99, "{name}: {} places for {} neurons", seen.len(), cloud.len());
    }

    #[test]
    fn regions_are_shells_apart_from_each_other() {
        let population = |name: &str| {
            format!(
                "[[population]]\nname = \"{name}\"\nsize = 200\nmodel = \"lif_psc_delta\"\nparameters = {{ tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }}\n\n"
            )
        };
        let names = ["V1-E", "V1-I", "V2-E", "V2-I", "MT-E"];
        let text = format!("name = \"t\"\nversion = 1\ndt_ms = 0.1\n\n{}", names.map(population).concat());
        let network = Network::build(&crate::scenario::parse("t.toml", &text, None).expect("parses")).expect("builds");
        let cloud = Cloud::new(&network);
        has_places("regions", &cloud);
        let of = |i: usize| {
            let p = &network.populations[i];
            let places: Vec<Vec3> = (0..p.size).map(|n| cloud.places()[(p.first_slot + n) as usize].at).collect();
            let middle = places.iter().sum::<Vec3>() / places.len() as f32;
            let radii: Vec<f32> = places.iter().map(|at| at.distance(middle)).collect();
            (middle, radii.iter().copied().fold(f32::MAX, f32::min), radii.iter().copied().fold(0.0, f32::max))
        };
        for i in 0..5 {
            let (_, least, most) = of(i);
            assert!(most - least < 0.02, "population {i} is no shell: {least} to {most}");
        }
        // Inhibitory neurons within the excitatory ones of their region, regions clear of each other.
        assert!(of(0).0.distance(of(1).0) < 0.01 && of(1).2 < of(0).1);
        assert!(of(0).0.distance(of(2).0) > of(0).2 + of(2).2 && of(2).0.distance(of(4).0) > of(2).2 + of(4).2);
        // One region alone is none.
        assert!(regions(&Network::build(&crate::scenario::load("brunel").expect("built in")).expect("builds")).is_none());
    }

    #[test]
    fn what_data_tell_of_places_is_shown_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("n.csv"), "id,x,y,z\n7,100,0,-40\n9,300,0,-40\n8,200,50,-40\n6,250,0,0\n")
            .expect("written");
        let parameters = "{ tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }";
        let text = format!(
            "name = \"t\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"a\"\nids = \"n.csv\"\npositions = {{}}\nmodel = \"lif_psc_delta\"\nparameters = {parameters}\n"
        );
        let file = folder.path().join("t.toml").display().to_string();
        let network = Network::build(&crate::scenario::parse(&file, &text, None).expect("parses")).expect("builds");
        let cloud = Cloud::new(&network);
        let at: Vec<Vec3> = (0..4).map(|i| cloud.places()[i].at).collect();
        let near = |a: Vec3, b: [f32; 3]| assert!(a.distance(Vec3::from_array(b)) < 1e-6, "{a} is not {b:?}");
        near(at[0], [-1.25, -0.3125, -0.25]);
        near(at[1], [1.25, -0.3125, -0.25]);
        near(at[2], [0.0, 0.3125, -0.25]);
        near(at[3], [0.625, -0.3125, 0.25]);
        assert_eq!(cloud.len(), 4);
    }

    #[test]
    fn layers_lie_on_top_of_each_other() {
        let heights = ["L23E", "L4I", "L5E", "L6I"].map(|n| layer(n).expect("a layer"));
        assert!(heights.windows(2).all(|h| h[0][0] > h[1][1]));
        assert_eq!(layer("E"), None);
    }
}
