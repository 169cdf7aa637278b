//! Prints the JSON Schema of a result file: `cargo run --example schema > assets/result.schema.json`.

fn main() {
    print!("{}", spikewatt::result::schema());
}
