//! The ladder from older schemas to today's: each step makes a result of one version into one of the next.

use serde_json::{Value, json};

use crate::brain::Brain;

/// The oldest version that can be read.
pub(super) const OLDEST: u64 = 3;

/// A result in today's form, and whether its comparison with the brain must be made anew.
pub(super) fn renewed(mut value: Value, version: u64) -> (Value, bool) {
    if version < 4 {
        fourth(&mut value);
    }
    if version < 5 {
        fifth(&mut value);
    }
    if version < 6 {
        sixth(&mut value);
    }
    if version < 7 {
        seventh(&mut value);
    }
    if version < 8 {
        eighth(&mut value);
    }
    (value, version < 4)
}

/// Calls a function with every element of a list.
fn each(value: &mut Value, key: &str, change: impl Fn(&mut Value)) {
    if let Some(list) = value.get_mut(key).and_then(Value::as_array_mut) {
        list.iter_mut().for_each(change);
    }
}

/// Gives an object a key; what should be an object and is none is refused by the types.
fn put(value: &mut Value, key: &str, what: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), what);
    }
}

/// Calls a function with every meter, and one with the figures of every meter.
fn metered(value: &mut Value, meter: impl Fn(&mut Value), energy: impl Fn(&mut Value)) {
    if let Some(chosen) = value.get_mut("meter") {
        meter(chosen);
    }
    each(value, "other_meters", &meter);
    each(value, "workloads", |w| {
        if let Some(figures) = w.get_mut("energy") {
            energy(figures);
        }
        each(w, "other_meters", &energy);
    });
}

/// Version 4 has other constants of the brain and compares otherwise; a meter's gain may lie more to one side than to the other.
fn fourth(value: &mut Value) {
    metered(
        value,
        |meter| {
            if let Some(accuracy) = meter.get_mut("accuracy").and_then(Value::as_object_mut)
                && let Some(relative) = accuracy.remove("relative").and_then(|r| r.as_f64())
            {
                accuracy.insert("low".into(), json!(-relative));
                accuracy.insert("high".into(), json!(relative));
            }
        },
        |energy| {
            if let Some(conditions) = energy.get_mut("conditions").and_then(Value::as_object_mut) {
                conditions.insert("counter_over_power".into(), Value::Null);
            }
        },
    );
    each(value, "workloads", |w| {
        put(w, "brain", Value::Null);
    });
    put(value, "brain", serde_json::to_value(Brain::embedded()).unwrap_or_default());
    put(value, "setup", json!({ "room_celsius": null, "meter_calibrated": null, "gain": null }));
}

/// Version 5 tells what became of every workload, and keeps power, phases and windows.
fn fifth(value: &mut Value) {
    metered(
        value,
        |meter| put(meter, "power", Value::Null),
        |energy| {
            put(energy, "relative_combined", combined(energy));
            put(energy, "by_window", json!([]));
        },
    );
    each(value, "workloads", |w| {
        put(w, "plan", json!({ "line": w["plan"] }));
        put(w, "peak_host_bytes", Value::Null);
        put(w, "device_bytes", Value::Null);
        put(w, "activity", Value::Null);
    });
    let complete = value["workloads"].as_array().into_iter().flatten();
    let mut outcomes: Vec<Value> =
        complete.map(|w| json!({ "scenario": w["scenario"], "ending": "complete", "reason": null })).collect();
    for f in value["failures"].as_array().into_iter().flatten() {
        outcomes.retain(|o| o["scenario"] != f["scenario"]);
        outcomes.push(json!({ "scenario": f["scenario"], "ending": "failed", "reason": f["reason"] }));
    }
    if let Some(top) = value.as_object_mut() {
        top.remove("failures");
    }
    put(value, "outcomes", json!(outcomes));
    put(value, "phases", json!([]));
    for (place, key) in [("program", "build"), ("machine", "governor"), ("machine", "container"), ("machine", "virtual_machine")]
    {
        if let Some(object) = value.get_mut(place) {
            put(object, key, Value::Null);
        }
    }
}

/// Version 6 knows seeds, recipes, the power of a loaded network, and how fast the device copies.
fn sixth(value: &mut Value) {
    let why = "it was not measured before version 6";
    metered(value, |_| {}, |energy| put(energy, "loaded_idle_w", json!({ "value": null, "ci95": null, "reason": why })));
    each(value, "workloads", |w| {
        put(w, "realisations", json!([]));
        put(w, "spreads", Value::Null);
        put(w, "admission", Value::Null);
    });
    if let Some(engine) = value.get_mut("engine") {
        put(engine, "copy_bytes_per_s", Value::Null);
    }
}

/// Version 7 knows trials.
fn seventh(value: &mut Value) {
    each(value, "workloads", |w| put(w, "trials", json!([])));
}

/// Version 8 tells of every population how many of its neurons are active.
fn eighth(value: &mut Value) {
    each(value, "workloads", |w| {
        if let Some(activity) = w.get_mut("activity").filter(|a| !a.is_null()) {
            each(activity, "populations", |p| put(p, "active", json!([])));
        }
    });
    put(value, "schema_version", json!(super::SCHEMA_VERSION));
}

/// The standard uncertainty of all components of a budget.
fn combined(energy: &Value) -> Value {
    let parts = energy["budget"].as_array().map_or(&[][..], Vec::as_slice);
    match energy["relative_u95"].is_null() {
        true => Value::Null,
        false => json!(parts.iter().filter_map(|p| p["relative"].as_f64()).map(|r| r * r).sum::<f64>().sqrt()),
    }
}
