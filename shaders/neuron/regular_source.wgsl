// A spike every interval; see src/neuron/sources.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let left = (*n).left - 1;
    (*n).left = select(left, c.interval, left <= 0);
    return left <= 0;
}
