//! Every number of the claims once more, by hand.

use super::*;
use Verdict::{DoesNotHold, Holds, HoldsOnlyIf, NotDecidable};

fn checked(claims: &Claims) -> Vec<Claim> {
    claims.check().expect("they work out")
}

fn embedded() -> Claims {
    Claims::of(&Brain::embedded()).expect("the embedded claims")
}

/// Defaults of the lines of arithmetic, claim by claim, and what becomes of each claim without a result.
#[test]
fn every_number_is_what_it_is_by_hand() {
    let (p, n, r, s) = (15.0f64, 86.1e9f64, 1.0f64, 2e14f64);
    let reached = |rate: f64, t: f64| 1.0 - (-rate * t).exp();
    // Lognormal rates of a mean, by a fine sum over the normal distribution.
    let lognormal = |mean: f64, t: f64, sigma: f64| {
        let of = |z: f64| {
            (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() * reached(mean * (sigma * z - sigma * sigma / 2.0).exp(), t)
        };
        (-8000..8000).map(|i| of(f64::from(i) * 1e-3) * 1e-3).sum::<f64>()
    };
    let expected: Vec<(&str, Verdict, Vec<f64>)> = vec![
        ("power", HoldsOnlyIf, vec![49.0 * 20.1 / 60.0, 467.8 * 2.805 / 60.0, 467.8 * 2.805 / 60.0 * 0.839]),
        ("bulb", Holds, vec![p / 60.0]),
        ("led-bulb", HoldsOnlyIf, vec![1.0]),
        ("fifth", HoldsOnlyIf, vec![5.0]),
        ("neurons", HoldsOnlyIf, vec![3.9 / 8.1]),
        (
            "active-at-a-time",
            HoldsOnlyIf,
            vec![1.0 / 90.0, (90.0f64 / 89.0).ln(), (1.0f64 / 0.98).ln(), (1.0f64 / 0.98).ln() / 0.16],
        ),
        ("efficiency", NotDecidable, vec![]),
        ("rate", DoesNotHold, vec![p / (n * 16.7), 107e-12, 16.7e9 / n, p / 16.7e9]),
        ("arc-neurons", NotDecidable, vec![n * reached(r, 5.0), n * reached(0.16, 5.0)]),
        ("arc-seconds", DoesNotHold, vec![40.0, 187.0]),
        ("arc-firings", HoldsOnlyIf, vec![n * 5.0, n * 187.0]),
        ("arc-calorie", HoldsOnlyIf, vec![75.0, 75.0 / 4.184, 2805.0, 2805.0 / 4184.0, 4.184 / 15.0, 28.05]),
        ("fewest-symbols", NotDecidable, vec![]),
        ("millions-of-programs", Holds, vec![20_306.0, 2_883_594.0, 409_470_490.0]),
        ("no-resources", NotDecidable, vec![1e6 / 187.0, 1870.0]),
        ("unconscious", Holds, vec![0.01, 1e-8]),
        ("skill", NotDecidable, vec![]),
        ("parameters", NotDecidable, vec![s, s / n]),
        ("switching-events", NotDecidable, vec![n / p, s / p]),
        ("james", NotDecidable, vec![]),
        ("survey", Holds, vec![1.96 * (0.65f64 * 0.35 / 2013.0).sqrt()]),
        ("ten-percent-at-rest", HoldsOnlyIf, vec![(1.0f64 / 0.9).ln(), (1.0f64 / 0.9).ln() / 0.16]),
        ("every-part", Holds, vec![0.9]),
        ("every-day", Holds, vec![1.0 / 86_400.0]),
        ("never-at-once", NotDecidable, vec![]),
        ("coffee", NotDecidable, vec![150.0]),
        ("all-within-seconds", HoldsOnlyIf, vec![reached(r, 10.0), reached(0.16, 10.0), lognormal(r, 10.0, 1.25)]),
        ("cells", DoesNotHold, vec![86.1 / 170.7]),
        ("known", NotDecidable, vec![]),
    ];
    let found = checked(&embedded());
    assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), expected.iter().map(|e| e.0).collect::<Vec<_>>());
    for (claim, (name, verdict, numbers)) in found.iter().zip(&expected) {
        assert_eq!(claim.verdict, *verdict, "{name}: holds in {:?}", claim.holds_in);
        assert_eq!(claim.steps.len(), numbers.len(), "{name}");
        for (step, number) in claim.steps.iter().zip(numbers) {
            // The sum of five points is no integral.
            let part = if step.of == "if rates are lognormal" { 0.01 } else { 1e-5 };
            let d = step.comes_to;
            assert!((d.default / number - 1.0).abs() < part, "{name}, {}: {} is not {number}", step.of, d.default);
            assert!(d.extreme_low <= d.low && d.low <= d.high && d.high <= d.extreme_high, "{name}, {}: {d:?}", step.of);
        }
        assert!(claim.why.len() > 10 && claim.constants.values().all(|k| k.source.len() > 5), "{name}");
        assert_eq!(claim.only_if.is_empty(), *verdict != HoldsOnlyIf, "{name}");
    }
}

#[test]
fn ranges_and_conditions_follow_the_constants() {
    let find = |claims: &Claims, name: &str| checked(claims).into_iter().find(|c| c.name == name).expect("a claim");
    let mut claims = embedded();
    let rate = find(&claims, "rate");
    // 12 to 25 W over 78 to 94.2 billion neurons at 8 to 35 Hz.
    assert!((rate.steps[0].comes_to.extreme_low / (12.0 / 94.2e9 / 35.0) - 1.0).abs() < 1e-9);
    assert!((rate.steps[0].comes_to.extreme_high / (25.0 / 78e9 / 8.0) - 1.0).abs() < 1e-9);
    // Not even the highest power over the fewest neurons at the lowest rate pays for the cheapest spike.
    assert!(rate.steps[0].comes_to.extreme_high < 59e-12);
    let calorie = find(&claims, "arc-calorie");
    assert!(
        calorie.only_if.iter().any(|p| matches!(p, Phrase::Figure(s, unit) if (s - 4184.0 / 15.0).abs() < 1e-9 && unit == "s"))
    );
    assert!(calorie.holds_in.is_some_and(|share| share > 0.5 && share < 1.0));
    claims.set("arc_seconds", [10.0, 20.0, 30.0]).expect("set");
    assert_eq!(find(&claims, "arc-calorie").verdict, Holds);
    assert!(find(&claims, "arc-calorie").constants["arc_seconds"].is_set);
    claims.set("power_w", [500.0; 3]).expect("set");
    assert_eq!(find(&claims, "arc-calorie").verdict, DoesNotHold);
    assert_eq!(find(&claims, "bulb").verdict, DoesNotHold);
    for (name, numbers, words) in [
        ("powr_w", [1.0; 3], "did you mean power_w?"),
        ("nothing", [1.0; 3], "there are: arc_all_seconds"),
        ("power_w", [0.0; 3], "above 0"),
        ("power_w", [3.0, 2.0, 4.0], "rising order"),
        ("power_w", [1.0, f64::NAN, 4.0], "rising order"),
        ("here_power_w", [1.0; 3], "is no constant"),
    ] {
        let error = claims.set(name, numbers).expect_err(name).to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// What was measured brings further lines, and decides what only it can.
#[test]
fn measured_figures_join_in() {
    let mut claims = embedded();
    let lines = |claims: &Claims| checked(claims).iter().map(|c| c.steps.len()).sum::<usize>();
    let before = lines(&claims);
    claims.measured("here_most_region_10ms", 0.25, "%", "a test");
    let claim = checked(&claims).into_iter().find(|c| c.name == "never-at-once").expect("a claim");
    assert_eq!((claim.verdict, claim.steps.len()), (Holds, 1));
    claims.measured("here_most_region_10ms", 1.0, "%", "a test");
    let claim = checked(&claims).into_iter().find(|c| c.name == "never-at-once").expect("a claim");
    assert_eq!(claim.verdict, DoesNotHold);
    claims.measured("here_j_per_event", 1e-7, "J", "a test");
    let claim = checked(&claims).into_iter().find(|c| c.name == "switching-events").expect("a claim");
    // 1e-7 J over 75 fJ.
    assert!((claim.steps[3].comes_to.default / (1e-7 / 75e-15) - 1.0).abs() < 1e-9, "{:?}", claim.steps);
    assert_eq!(lines(&claims), before + 1 + 2);
}
