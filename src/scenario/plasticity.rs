//! `stdp` and `short_term` of a projection.

use super::reader::{Allowed, Table};
use super::{Distribution, EdgeList, PlasticitySpec, StdpSpec};
use crate::error::Result;
use crate::math::quantile::{WEIGHT_LEVELS, levels};

/// Reads how the weights of a projection change; `unit` is that of its weights.
pub(super) fn plasticity(
    t: &Table<'_>,
    unit: &str,
    weight: &Distribution,
    delay_ms: &Distribution,
    edges: Option<&EdgeList>,
) -> Result<Option<PlasticitySpec>> {
    let (stdp, short_term) = (t.table("stdp", "`stdp`")?, t.table("short_term", "`short_term`")?);
    let Some(s) = stdp else {
        let Some(s) = short_term else { return Ok(None) };
        let u = s.required_number("u", Allowed::Positive)?;
        if u > 1.0 {
            return Err(s.error_at("u", format!("`u` = {u} is a share of the resources; give a number above 0 and at most 1")));
        }
        let (tau_rec_ms, tau_fac_ms) =
            (s.required_number("tau_rec_ms", Allowed::Positive)?, s.number("tau_fac_ms", Allowed::NotNegative)?.unwrap_or(0.0));
        s.finish()?;
        return Ok(Some(PlasticitySpec::ShortTerm { u, tau_rec_ms, tau_fac_ms }));
    };
    if let Some(other) = short_term {
        return Err(other.error("a projection has either `stdp` or `short_term`; make two projections"));
    }
    let nearest = match s.text("pairing")?.unwrap_or("all_to_all") {
        "all_to_all" => false,
        "nearest_neighbour" => true,
        _ => return Err(s.error_at("pairing", "`pairing` must be \"all_to_all\" or \"nearest_neighbour\"")),
    };
    let exponent = |key: &str| match s.number(key, Allowed::NotNegative)?.unwrap_or(0.0) {
        0.0 => Ok(false),
        1.0 => Ok(true),
        _ => Err(s.error_at(key, format!("`{key}` must be 0 (additive) or 1 (multiplicative)"))),
    };
    let key = format!("w_max_{unit}");
    let spec = StdpSpec {
        nearest,
        lambda: s.required_number("lambda", Allowed::Positive)?,
        alpha: s.number("alpha", Allowed::NotNegative)?.unwrap_or(1.0),
        mu_plus: exponent("mu_plus")?,
        mu_minus: exponent("mu_minus")?,
        tau_plus_ms: s.required_number("tau_plus_ms", Allowed::Positive)?,
        tau_minus_ms: s.required_number("tau_minus_ms", Allowed::Positive)?,
        w_max: s.required_number(&key, Allowed::Positive)?,
    };
    s.finish()?;
    let weights: Vec<f64> = match edges {
        Some(list) => list.edges.iter().map(|e| e.weight * weight.middle()).collect(),
        None => levels(weight, WEIGHT_LEVELS),
    };
    let (least, most) = weights.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), w| (a.min(*w), b.max(*w)));
    if least < 0.0 || most > spec.w_max * (1.0 + 1e-9) {
        return Err(s.error(format!(
            "the initial weights of a projection with `stdp` must lie from 0 to `{key}` = {}, not from {least} to {most}",
            spec.w_max
        )));
    }
    let delays: Vec<u32> = edges.into_iter().flat_map(|list| &list.edges).map(|e| e.delay).collect();
    if !matches!(delay_ms, Distribution::Constant(_)) || delays.windows(2).any(|d| d[0] != d[1]) {
        return Err(t.error_at(
            "delay_ms",
            "a projection with `stdp` needs one delay for all its synapses; make a projection for each delay",
        ));
    }
    Ok(Some(PlasticitySpec::Stdp(spec)))
}
