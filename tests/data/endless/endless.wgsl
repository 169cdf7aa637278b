/*
name = "endless"
title = "A step of 4 x 10^9 rounds: what a driver does with it"
weight_unit = "mv"

[[variable]]
name = "v"
initial = 0.0

[[parameter]]
name = "pull"
range = "positive"
*/

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    var x = (*n).v;
    var rounds = 0u;
    loop {
        rounds += 1u;
        x = c.pull * x + (1.0 - c.pull) * cos(x);
        if (rounds == 0u) {
            break;
        }
    }
    (*n).v = x + input.current;
    return false;
}
