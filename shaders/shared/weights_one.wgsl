// Weights where every projection has only one.

fn weight_of(p: Projection, level: u32) -> i32 {
    return p.weight;
}
