//! What the passes rest on, tried when an adapter is opened. Drivers have got each of these wrong somewhere: broadcasts through workgroup
//! memory behind a barrier (wgpu 4500 on Metal), counters in workgroup memory (wgpu 8643 on Mali), the order of a subgroup's threads. What
//! fails bars the ways to run that rest on it.

use super::buffers::passing;
use super::device::Device;
use super::pipelines::Pipeline;
use super::shaders::Pass;
use crate::engine::plan::{AdapterLimits, Barred};
use crate::error::{Error, Result};
use crate::neuron::fixed_point;

/// Workgroups of a check, and threads of each.
const GROUPS: u32 = 64;
const GROUP: u32 = 64;
/// Words of an outcome.
const OUTCOME_WORDS: u64 = 6;

/// What a check counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Outcome {
    /// Whether all threads ran and drew tickets of their own.
    atomics: bool,
    broadcasts: u32,
    sums: u32,
    counters: u32,
    products: u32,
}

impl Outcome {
    fn of(words: &[u32]) -> Self {
        let threads = GROUPS * GROUP;
        let tickets = threads.wrapping_mul(threads - 1) / 2;
        match words {
            [ran, drawn, broadcasts, sums, counters, products, ..] => Self {
                atomics: *ran == threads && *drawn == tickets,
                broadcasts: *broadcasts,
                sums: *sums,
                counters: *counters,
                products: *products,
            },
            _ => Self::default(),
        }
    }
}

/// Tries what the passes rest on.
///
/// # Errors
/// [`Error::Internal`] where the adapter cannot be used at all.
pub(super) fn check(device: &Device, limits: &AdapterLimits) -> Result<Barred> {
    let plain = run(device, false, false)?;
    // What does not even compile is barred like what goes wrong, and so are subgroups that these workgroups cannot check.
    let by_subgroups =
        |size: u32| if GROUP.is_multiple_of(size) { run(device, true, false).unwrap_or_default() } else { Outcome::default() };
    let subgroups = limits.subgroup_size.map(by_subgroups);
    let wide = limits.wide_integers.then(|| run(device, false, true).unwrap_or_default());
    judge(plain, subgroups, wide)
        .map_err(|what| Error::Internal(format!("{} cannot be used: its self-check found {what}", device.description.name)))
}

/// What outcomes bar; `Err` tells what nothing can do without.
fn judge(plain: Outcome, subgroups: Option<Outcome>, wide: Option<Outcome>) -> std::result::Result<Barred, &'static str> {
    if !plain.atomics {
        return Err("atomic additions that do not add up");
    }
    if plain.products > 0 {
        return Err("products that are wrong");
    }
    let fails = |outcome: Option<Outcome>, wrong: fn(&Outcome) -> u32| outcome.is_some_and(|o| !o.atomics || wrong(&o) > 0);
    Ok(Barred {
        workgroup_sharing: plain.broadcasts + plain.sums > 0,
        workgroup_counters: plain.counters > 0,
        subgroups: fails(subgroups, |o| o.sums + o.broadcasts),
        wide_integers: fails(wide, |o| o.products),
    })
}

/// One check, with sums by subgroups or not, and products of 64-bit integers or not.
fn run(device: &Device, subgroups: bool, wide: bool) -> Result<Outcome> {
    let d = &device.device;
    let words = products();
    device.making(|| {
        let pipeline = Pipeline::new(d, &Pass::SelfCheck { subgroups, wide }, false, &[("workgroup_size", f64::from(GROUP))])?;
        let copied = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        let outcome = passing(d, "outcome", 4 * OUTCOME_WORDS, copied);
        let factors = passing(d, "products", 16 * words.len() as u64, copied);
        device.queue.write_buffer(&factors, 0, bytemuck::cast_slice(&words));
        let group = pipeline.bind(d, |name| match name {
            "outcome" => Some(outcome.as_entire_binding()),
            "products" => Some(factors.as_entire_binding()),
            _ => None,
        })?;
        let mut encoder = device.encoder();
        {
            let mut pass =
                encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("self-check"), timestamp_writes: None });
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(GROUPS, 1, 1);
        }
        let staging = super::submission::staging(d, 4 * OUTCOME_WORDS);
        let sent = device.send(encoder, &outcome, staging, &[(&outcome, 0, 4 * OUTCOME_WORDS)])?;
        Ok(Outcome::of(&device.receive(sent)?.0))
    })
}

/// Factors, what they multiply, offsets of the rounding and products as the host works them out: both signs, all sizes, the ends of the
/// ranges.
fn products() -> Vec<[u32; 4]> {
    let mut all = Vec::new();
    for factor in [2u32, 0x0001_0000, 0x7FFF_FFFE, 0x8000_0000, 0xFFFF_0002, 0xFFFF_FFFE] {
        for magnitude in [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1_0001, 0x1234_5678, 0x3FFF_FFFF, 0x4000_0000] {
            for x in [magnitude, -magnitude] {
                for step in [0, 1, 3_000_000_001] {
                    let rounding = fixed_point::rounding(step);
                    let product = fixed_point::scale(x, factor, rounding);
                    all.push([factor, x.cast_unsigned(), rounding, product.cast_unsigned()]);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_bars_what_rests_on_it_and_nothing_else() {
        let good = Outcome { atomics: true, ..Outcome::default() };
        assert_eq!(judge(good, Some(good), Some(good)), Ok(Barred::default()));
        let barred = |plain, subgroups, wide| judge(plain, subgroups, wide).expect("usable");
        let sharing = Barred { workgroup_sharing: true, ..Barred::default() };
        assert_eq!(barred(Outcome { broadcasts: 1, ..good }, Some(good), Some(good)), sharing);
        assert_eq!(barred(Outcome { sums: 3, ..good }, None, None), sharing);
        assert!(barred(Outcome { counters: 1, ..good }, None, None).workgroup_counters);
        assert!(barred(good, Some(Outcome { sums: 1, ..good }), None).subgroups);
        assert!(barred(good, Some(Outcome::default()), None).subgroups, "what did not run has not passed");
        assert!(barred(good, None, Some(Outcome { products: 1, ..good })).wide_integers);
        assert!(judge(Outcome { products: 1, ..good }, None, None).is_err());
        assert!(judge(Outcome::default(), None, None).is_err());
        let threads = GROUPS * GROUP;
        assert_eq!(Outcome::of(&[threads, threads * (threads - 1) / 2, 0, 0, 0, 0]), good);
        assert!(!Outcome::of(&[threads, 0, 0, 0, 0, 0]).atomics, "every thread drew the same ticket");
        assert!(!Outcome::of(&[0; 6]).atomics, "nothing ran");
    }
}
