// Weights among the constants: for adapters that read a uniform buffer fast even if every thread reads another word.

fn weight_of(p: Projection, level: u32) -> i32 {
    return bitcast<i32>(constant(p.weight_first + level));
}

fn weight_at(place: u32) -> i32 {
    return bitcast<i32>(constant(place));
}
