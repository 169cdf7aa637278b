// The first words of the tables, where they are too many for a uniform buffer.
// import shared/tables

fn constant(i: u32) -> u32 {
    return tables[i];
}

fn four_constants(q: u32) -> vec4<u32> {
    return four_words(q);
}
