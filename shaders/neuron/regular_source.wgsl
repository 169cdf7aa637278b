// A spike every interval; see src/neuron/sources.rs.
// import shared/ranges

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    // What is left to the next spike, in the same parts of a step as the interval.
    let left = bitcast<u32>((*n).left);
    let spike = left <= c.step;
    (*n).left = bitcast<i32>(left - c.step + select(0u, c.interval, spike));
    return select(0u, SPIKE, spike);
}
