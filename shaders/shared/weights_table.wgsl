// Weights among the tables.

fn weight_of(p: Projection, level: u32) -> i32 {
    return bitcast<i32>(tables[p.weight_first + level]);
}

fn weight_at(place: u32) -> i32 {
    return bitcast<i32>(tables[place]);
}
