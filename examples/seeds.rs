//! How far seeds of NEST are apart on the microcircuit: `cargo run --release --example seeds -- A.npz B.npz ...`, files that
//! `benches/peers/nest_microcircuit.py --bio-ms 10000 --presim-ms 500 --seed N --save FILE.npz` wrote, prints
//! `assets/reference/microcircuit_seeds.csv`.

use std::io::Read;

use spikewatt::analysis::{Reference, Statistic, Trains, ks_distance};
use spikewatt::network::Network;
use spikewatt::recording::{Header, Recording, Rows};
use spikewatt::scenario::load;

type Failure = Box<dyn std::error::Error>;

fn array<T: npyz::Deserialize>(path: &str, name: &str) -> Result<Vec<T>, Failure> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path)?)?;
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy"))?.read_to_end(&mut bytes)?;
    Ok(npyz::NpyFile::new(&bytes[..])?.into_vec()?)
}

/// The spike trains of a file: neurons count through the populations, from 1.
fn trains(path: &str, network: &Network, reference: &Reference) -> Result<Trains, Failure> {
    let header = Header::new(network, reference.transient_ms, reference.transient_ms + reference.bio_ms);
    let (senders, times): (Vec<i32>, Vec<f32>) = (array(path, "senders")?, array(path, "times")?);
    let dt_ms = network.scenario.dt_ms;
    let mut rows = Rows::default();
    for (sender, time) in senders.iter().zip(times) {
        let mut neuron = u32::try_from(*sender - 1)?;
        let mut population = 0;
        while neuron >= header.populations[population as usize].size {
            neuron -= header.populations[population as usize].size;
            population += 1;
        }
        #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "times of a recording are steps")]
        rows.push((f64::from(time) / dt_ms).round() as u64 - 1, dt_ms, population, neuron);
    }
    Ok(Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None)?)
}

fn main() -> Result<(), Failure> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let network = Network::build(&load("microcircuit")?)?;
    let reference = Reference::microcircuit();
    let seeds = files.iter().map(|f| trains(f, &network, &reference)).collect::<Result<Vec<_>, _>>()?;
    println!(
        "# Kolmogorov-Smirnov distances between {} seeds of {}, the seed of microcircuit.csv among them; the limit is their mean",
        seeds.len() + 1,
        reference.name
    );
    println!(
        "# plus three standard deviations (in parts of the mean, of all populations together), and never less than the largest. Neurons:"
    );
    for p in &network.populations {
        println!("# {}: {}", p.name, p.size);
    }
    println!("population,statistic,ks_mean,ks_largest,ks_limit");
    for statistic in Statistic::ALL {
        // Mean and largest distance of every population.
        let mut rows = Vec::new();
        let (mut squares, mut degrees) = (0.0, 0.0);
        for (p, population) in network.populations.iter().enumerate() {
            let mut samples: Vec<Vec<f64>> = seeds.iter().map(|t| statistic.of(t, p)).collect();
            samples.extend(reference.quantiles(statistic, &population.name));
            let pairs = (0..samples.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
            let distances: Vec<f64> = pairs.map(|(i, j)| ks_distance(&samples[i], &samples[j])).collect();
            let mean = distances.iter().sum::<f64>() / distances.len() as f64;
            squares += distances.iter().map(|d| (d / mean - 1.0).powi(2)).sum::<f64>();
            degrees += distances.len() as f64 - 1.0;
            rows.push((population.name.as_str(), mean, distances.iter().copied().fold(0.0, f64::max)));
        }
        // Few seeds tell little of one population's spread, but that of all together, in parts of their means.
        let relative = (squares / degrees).sqrt();
        for (name, mean, largest) in rows {
            let limit = (mean * (1.0 + 3.0 * relative)).max(largest);
            println!("{name},{},{mean:.4},{largest:.4},{limit:.4}", statistic.word());
        }
    }
    Ok(())
}
