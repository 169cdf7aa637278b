//! Promise: the connectivity rules give what their names say.

mod common;

use common::{delta_population, head, network, projection};
use spikewatt::network::{Network, Projection, Synapse};
use spikewatt::scenario::{Scale, parse};

fn two_populations(n_source: u32, n_target: u32, rest: &str) -> Network {
    network(
        &(head(11)
            + &delta_population("S", n_source, 2.0, 0.0, 0.1)
            + &delta_population("T", n_target, 2.0, 0.0, 0.1)
            + &projection("S", "T", rest)),
    )
}

fn rows(p: &Projection) -> Vec<Vec<Synapse>> {
    (0..p.source_size).map(|i| (0..p.row_length(i)).map(|k| p.row(i).synapse(k)).collect()).collect()
}

fn in_degrees(p: &Projection) -> Vec<u32> {
    let mut degrees = vec![0; p.target_size as usize];
    for s in rows(p).into_iter().flatten() {
        degrees[s.target as usize] += 1;
    }
    degrees
}

fn mean_and_variance(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, values.map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

const PLAIN: &str = "weight_mv = 0.1\ndelay_ms = 1.5";

#[test]
fn fixed_total_number_has_that_many_synapses_with_both_ends_drawn_uniformly() {
    let n = two_populations(500, 800, &format!("rule = \"fixed_total_number\"\nnumber = 80000\n{PLAIN}"));
    let p = &n.projections[0];
    assert_eq!(p.synapses(), 80_000);
    // Binomial: variance = mean x (1 - 1/n). The variance of a sample variance of m values is about 2 variance^2 / m.
    let (mean, variance) = mean_and_variance(in_degrees(p).into_iter().map(f64::from));
    assert!((mean - 100.0).abs() < 1e-9);
    assert!((variance / 100.0 - 1.0).abs() < 5.0 * (2.0f64 / 800.0).sqrt(), "in-degree variance {variance}");
    let (mean, variance) = mean_and_variance((0..500).map(|i| f64::from(p.row_length(i))));
    assert!((mean - 160.0).abs() < 1e-9);
    assert!((variance / 160.0 - 1.0).abs() < 5.0 * (2.0f64 / 500.0).sqrt(), "out-degree variance {variance}");
}

#[test]
fn fixed_indegree_gives_every_target_exactly_that_many_with_senders_drawn_uniformly() {
    let n = two_populations(300, 1000, &format!("rule = \"fixed_indegree\"\nindegree = 60\n{PLAIN}"));
    let p = &n.projections[0];
    assert!(in_degrees(p).into_iter().all(|k| k == 60));
    let (mean, variance) = mean_and_variance((0..300).map(|i| f64::from(p.row_length(i))));
    assert!((mean - 200.0).abs() < 1e-9);
    assert!((variance / 200.0 - 1.0).abs() < 5.0 * (2.0f64 / 300.0).sqrt(), "out-degree variance {variance}");
    // Pairs meet as often as independent draws would: counts per pair are Poisson with mean 0.2.
    let mut pairs = vec![0u32; 300 * 1000];
    for (i, row) in rows(p).into_iter().enumerate() {
        for s in row {
            pairs[i * 1000 + s.target as usize] += 1;
        }
    }
    let doubles = pairs.iter().filter(|c| **c == 2).count() as f64;
    let expected = 300_000.0 * 0.2f64.powi(2) / 2.0 * (-0.2f64).exp();
    assert!((doubles - expected).abs() < 6.0 * expected.sqrt(), "{doubles} double pairs, {expected} expected");
}

#[test]
fn pairwise_bernoulli_connects_each_pair_at_most_once_with_its_probability() {
    let rest = format!("rule = \"pairwise_bernoulli\"\nprobability = 0.05\n{PLAIN}");
    let n = two_populations(400, 700, &rest);
    let p = &n.projections[0];
    for row in rows(p) {
        let mut targets: Vec<u32> = row.iter().map(|s| s.target).collect();
        let before = targets.len();
        targets.sort_unstable();
        targets.dedup();
        assert_eq!(targets.len(), before, "a pair was connected twice");
    }
    let (expected, sd) = (0.05 * 280_000.0, (280_000.0f64 * 0.05 * 0.95).sqrt());
    assert!((p.synapses() as f64 - expected).abs() < 5.0 * sd);
    let (_, variance) = mean_and_variance(in_degrees(p).into_iter().map(f64::from));
    let binomial = 400.0 * 0.05 * 0.95;
    assert!((variance / binomial - 1.0).abs() < 5.0 * (2.0f64 / 700.0).sqrt(), "in-degree variance {variance}");
}

#[test]
fn autapses_can_be_left_out() {
    for rule in ["rule = \"pairwise_bernoulli\"\nprobability = 0.5", "rule = \"all_to_all\""] {
        let text = head(2) + &delta_population("S", 100, 2.0, 0.0, 0.1);
        let with = network(&(text.clone() + &projection("S", "S", &format!("{rule}\n{PLAIN}"))));
        let without = network(&(text + &projection("S", "S", &format!("{rule}\nautapses = false\n{PLAIN}"))));
        let autapses = |n: &Network| {
            rows(&n.projections[0]).iter().enumerate().flat_map(|(i, r)| r.iter().filter(move |s| s.target == i as u32)).count()
        };
        assert!(autapses(&with) > 20);
        assert_eq!(autapses(&without), 0);
        assert!(rows(&without.projections[0]).iter().flatten().all(|s| s.target < 100));
    }
}

#[test]
fn one_to_one_and_all_to_all_are_what_they_say() {
    let n = two_populations(50, 50, &format!("rule = \"one_to_one\"\n{PLAIN}"));
    assert!(rows(&n.projections[0]).iter().enumerate().all(|(i, r)| r.len() == 1 && r[0].target == i as u32));
    let n = two_populations(20, 30, &format!("rule = \"all_to_all\"\n{PLAIN}"));
    assert!(rows(&n.projections[0]).iter().all(|r| r.iter().map(|s| s.target).eq(0..30)));
}

#[test]
fn distributed_weights_and_delays_have_the_moments_asked_for_and_are_independent() {
    let rest = "rule = \"fixed_total_number\"\nnumber = 200000\n\
                weight_mv = { distribution = \"normal\", mean = 0.5, sd = 0.05, min = 0.0 }\n\
                delay_ms = { distribution = \"normal\", mean = 1.5, sd = 0.3, min = 0.05 }";
    let n = two_populations(200, 200, rest);
    let p = &n.projections[0];
    let unit = 2f64.powi(n.populations[1].scales.w_bits);
    let all: Vec<Synapse> = rows(p).into_iter().flatten().collect();
    let weight = |s: &Synapse| f64::from(p.weights[s.weight_level as usize]) / unit;
    let delay = |s: &Synapse| f64::from(s.delay) * 0.1;
    let (mw, vw) = mean_and_variance(all.iter().map(weight));
    let (md, vd) = mean_and_variance(all.iter().map(delay));
    assert!((mw - 0.5).abs() < 5.0 * 0.05 / 200_000f64.sqrt() + 1e-5, "{mw}");
    assert!((vw.sqrt() / 0.05 - 1.0).abs() < 0.01, "{}", vw.sqrt());
    // Rounding to the grid adds the variance of a uniform error of one step.
    assert!((md - 1.5).abs() < 0.005, "{md}");
    assert!((vd.sqrt() / (0.3f64.powi(2) + 0.01 / 12.0).sqrt() - 1.0).abs() < 0.01, "{}", vd.sqrt());
    let covariance = all.iter().map(|s| (weight(s) - mw) * (delay(s) - md)).sum::<f64>() / 200_000.0;
    assert!((covariance / (vw * vd).sqrt()).abs() < 5.0 / 200_000f64.sqrt());
}

#[test]
fn a_packed_synapse_unpacks_to_itself() {
    let rest = "rule = \"fixed_total_number\"\nnumber = 20000\n\
                weight_mv = { distribution = \"uniform\", min = 0.0, max = 1.0 }\n\
                delay_ms = { distribution = \"uniform\", min = 0.3, max = 6.0 }";
    let n = two_populations(100, 777, rest);
    let p = &n.projections[0];
    let layout = p.word_layout().expect("32 bits suffice");
    for s in rows(p).into_iter().flatten() {
        assert_eq!(layout.unpack(layout.pack(s)), s);
    }
}

/// Deliveries of what is due find a delay's synapses by this.
#[test]
fn delays_rise_along_the_rows_of_a_sheet_and_are_found_where_they_begin() {
    use spikewatt::scenario::{Scale, load};
    let n = Network::build(&load("sheet").expect("built in").scaled(Scale::Factor(0.1)).expect("scales")).expect("a network");
    for p in &n.projections {
        let (min, max) = p.delay_range();
        let first = p.first_of_delays();
        assert!(max > min && p.is_by_delay());
        assert_eq!(first.len() as u32, max - min + 2);
        for source in [0, 1, p.source_size / 2, p.source_size - 1] {
            let row = p.row(source);
            let delays: Vec<u32> = (0..p.row_length(source)).map(|k| row.synapse(k).delay).collect();
            assert!(delays.windows(2).all(|w| w[0] <= w[1]));
            for delay in min..=max {
                // Those with the delay begin there or one later, and end before the next delay's first but one.
                let (begin, end) = (first[(delay - min) as usize], first[(delay - min) as usize + 1] + 1);
                for (k, d) in (0..).zip(&delays) {
                    assert!(*d != delay || (begin..end).contains(&k), "delay {delay} at {k}, not within {begin}..{end}");
                }
            }
        }
    }
}

/// Distances, directions, delays and in-degrees of the sheet, from its synapses and the positions of their ends.
#[test]
fn synapses_of_the_sheet_follow_their_profiles_and_delays_their_distances() {
    use spikewatt::network::lattice::{distance_mm, position_mm, radii_mm};
    use spikewatt::scenario::{Rule, Scale, load};
    let n = Network::build(&load("sheet").expect("built in").scaled(Scale::Factor(0.25)).expect("scales")).expect("a network");
    let sheet_mm = n.scenario.sheet.expect("a sheet").side_mm;
    for p in &n.projections {
        let spec = &n.scenario.projections[p.id as usize];
        let Rule::FixedOutdegree { profile: Some(profile), .. } = spec.rule else { panic!("a profile") };
        let velocity = profile.velocity_mm_per_ms.expect("a velocity");
        let side = |size: u32| size.isqrt();
        let spacing = sheet_mm / f64::from(side(p.target_size));
        let radii = radii_mm(&profile, sheet_mm);
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        let mut mean_step = glam::DVec2::ZERO;
        let mut indegree = vec![0u32; p.target_size as usize];
        for source in (0..p.source_size).step_by(7) {
            let row = p.row(source);
            let from = position_mm(side(p.source_size), sheet_mm, source);
            for k in 0..p.row_length(source) {
                let s = row.synapse(k);
                let to = position_mm(side(p.target_size), sheet_mm, s.target);
                let d = distance_mm(sheet_mm, from, to);
                sum += d;
                squares += d * d;
                count += 1.0;
                let step = to - from;
                mean_step += step - sheet_mm * (step / sheet_mm).round();
                indegree[s.target as usize] += 1;
                // The nearest neuron is off by half a diagonal of a cell, a place by 1/16 of a spacing, a delay by half a step.
                let expected = (0.5 + d / velocity) / n.scenario.dt_ms;
                assert!(
                    (f64::from(s.delay) - expected).abs() < 0.5 + 0.8 * spacing / velocity / n.scenario.dt_ms,
                    "{d} mm: {} steps",
                    s.delay
                );
            }
        }
        let mean = radii.iter().sum::<f64>() / radii.len() as f64;
        let second = radii.iter().map(|r| r * r).sum::<f64>() / radii.len() as f64;
        assert!((sum / count / mean - 1.0).abs() < 0.01, "mean distance {} mm, profile {mean} mm", sum / count);
        assert!((squares / count / second - 1.0).abs() < 0.02, "mean square {} mm^2, profile {second} mm^2", squares / count);
        assert!(
            (mean_step / count).length() < 5.0 * (second / count).sqrt() + 0.02 * spacing,
            "a direction is preferred: {mean_step}"
        );
        // In-degrees are Poisson-like: variance over mean near 1.
        let m = count / f64::from(p.target_size);
        let fano = indegree.iter().map(|x| (f64::from(*x) - m).powi(2)).sum::<f64>() / f64::from(p.target_size) / m;
        assert!((0.9..1.15).contains(&fano), "variance over mean of in-degrees: {fano}");
    }
}

/// Without multapses no pair is connected twice, degrees are exact, and the other side's degrees are binomial.
#[test]
fn fixed_degrees_without_multapses_connect_each_pair_at_most_once() {
    for (rule, fixed, other) in [("indegree", 1000.0, 300.0), ("outdegree", 300.0, 1000.0)] {
        let n = two_populations(300, 1000, &format!("rule = \"fixed_{rule}\"\n{rule} = 60\nmultapses = false\n{PLAIN}"));
        let p = &n.projections[0];
        let mut pairs: Vec<(u32, u32)> =
            (0u32..).zip(rows(p)).flat_map(|(i, row)| row.into_iter().map(move |s| (i, s.target))).collect();
        pairs.sort_unstable();
        let synapses = pairs.len();
        pairs.dedup();
        assert_eq!((pairs.len(), synapses), ((fixed * 60.0) as usize, (fixed * 60.0) as usize), "{rule}");
        let out: Vec<u32> = (0..300).map(|i| p.row_length(i)).collect();
        let (own, others) = if rule == "indegree" { (in_degrees(p), out) } else { (out, in_degrees(p)) };
        assert!(own.iter().all(|k| *k == 60), "{rule}");
        // Each of `fixed` neurons picks a given one of `other` with probability 60 / other.
        let share = 60.0 / other;
        let expected = fixed * share * (1.0 - share);
        let (mean, variance) = mean_and_variance(others.into_iter().map(f64::from));
        assert!((mean - fixed * share).abs() < 1e-9);
        assert!(
            (variance / expected - 1.0).abs() < 5.0 * (2.0 / other).sqrt(),
            "{rule}: variance {variance}, expected {expected}"
        );
    }
    // As many as there are: all of them, once.
    let n = two_populations(50, 70, &format!("rule = \"fixed_indegree\"\nindegree = 50\nmultapses = false\n{PLAIN}"));
    assert!(rows(&n.projections[0]).iter().all(|row| row.iter().map(|s| s.target).eq(0..70)));
}

/// Lognormal degrees: means, widths and the part that stays near are as they are told, on either side, and the same for all projections of a
/// population.
#[test]
fn lognormal_degrees_are_as_wide_as_they_should_be() {
    let text = |modules: u32, within: f64| {
        let population = |name: &str, size: u32| {
            format!(
                "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_delta\"\nparameters = {{ tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }}\n\n"
            )
        };
        let to = |target: &str, outdegree: f64| {
            format!(
                "[[projection]]\nsource = \"A\"\ntarget = \"{target}\"\nrule = \"lognormal_degrees\"\noutdegree = {outdegree:?}\nsigma_out = 0.9\nsigma_in = 1.1\nmodules = {modules}\nwithin = {within:?}\nweight_mv = {{ distribution = \"lognormal\", median = 0.5, sigma = 1.0, min = 0.2 }}\ndelay_ms = 1.8\n\n"
            )
        };
        format!("name = \"test\"\nversion = 1\ndt_ms = 0.1\n\n{}{}", population("A", 8000), population("B", 4000))
            + &to("A", 80.0)
            + &to("B", 40.5)
    };
    let build = |text: &str| Network::build(&parse("test.toml", text, None).expect("valid")).expect("a network");
    let of = |degrees: &[f64]| {
        let mean = degrees.iter().sum::<f64>() / degrees.len() as f64;
        let logs: Vec<f64> = degrees.iter().filter(|d| **d > 0.0).map(|d| d.ln()).collect();
        let middle = logs.iter().sum::<f64>() / logs.len() as f64;
        (mean, (logs.iter().map(|l| (l - middle).powi(2)).sum::<f64>() / logs.len() as f64).sqrt())
    };
    let n = build(&text(20, 0.75));
    let mut own = Vec::new();
    for (p, mean) in n.projections.iter().zip([80.0, 40.5]) {
        let out: Vec<f64> = (0..p.source_size).map(|i| f64::from(p.row_length(i))).collect();
        let mut reached = vec![0.0; p.target_size as usize];
        let (mut near, mut all) = (0u64, 0u64);
        for i in 0..p.source_size {
            let row = p.row(i);
            let module = |index: u32, size: u32| u64::from(index) * 20 / u64::from(size);
            for s in (0..p.row_length(i)).map(|k| row.synapse(k)) {
                assert_eq!(s.delay, 18);
                reached[s.target as usize] += 1.0;
                near += u64::from(module(i, p.source_size) == module(s.target, p.target_size));
                all += 1;
            }
        }
        // The mean of 8,000 lognormal factors of width 0.9 is told to 1.2 %; five standard errors.
        let (found, width) = of(&out);
        assert!((found / mean - 1.0).abs() < 0.06, "{found} of {mean}");
        assert!((width - 0.9).abs() < 0.05, "{width}");
        // Targets' counts spread by chance as well, most where few arrive.
        let (_, width) = of(&reached);
        assert!((1.05..1.25).contains(&width), "{width}");
        // Three quarters stay, and a twentieth of the others comes back.
        let stays = near as f64 / all as f64;
        assert!((stays - (0.75 + 0.25 / 20.0)).abs() < 0.01, "{stays}");
        own.push(out);
    }
    // A neuron with many synapses to its own population has many to the other.
    let ratio: Vec<f64> = own[0].iter().zip(&own[1]).filter(|(a, _)| **a > 200.0).map(|(a, b)| b / a).collect();
    assert!(ratio.len() > 200 && ratio.iter().all(|r| (r - 40.5 / 80.0).abs() < 0.02), "{} neurons", ratio.len());
    let weights = &n.projections[0].weights;
    let mv = |w: i32| f64::from(w) / f64::from(n.populations[0].scales.w_bits).exp2();
    assert!(
        (mv(weights[0]) - 0.2).abs() < 1e-3 && (mv(weights[128]) - 0.5).abs() < 0.01,
        "{} {}",
        mv(weights[0]),
        mv(weights[128])
    );
    // Scaled, modules stay as large, and degrees too.
    let scaled = parse("test.toml", &text(20, 0.75), None).expect("valid").scaled(Scale::Factor(0.5)).expect("scales");
    let small = Network::build(&scaled).expect("a network");
    assert!((small.synapses() as f64 / n.synapses() as f64 - 0.5).abs() < 0.03);
    for wrong in ["modules = 0", "modules = 4001"] {
        let message = parse("test.toml", &text(20, 0.75).replace("modules = 20", wrong), None).expect_err(wrong).to_string();
        assert!(message.contains("a whole number from 1 to"), "{message}");
    }
}
