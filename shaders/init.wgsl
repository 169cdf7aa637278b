// Init: the state at time 0. Potentials are drawn from their population's table, currents are zero.
// import shared/tables, shared/random

override workgroup_size: u32 = 64u;
override variables: u32 = 1u;

@group(0) @binding(4) var<storage, read_write> state: array<i32>;

@compute @workgroup_size(workgroup_size)
fn init(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = (group.y * groups.x + group.x) * workgroup_size + local;
    if (at >= shard.blocks * BLOCK) {
        return;
    }
    let p = population(population_of_block(shard.first_block + at / BLOCK));
    let neuron = shard.first_slot + at - p.first_slot;
    let word = threefry(vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_INITIAL_STATE, p.id & 0xFFFFu), vec4<u32>(neuron, 0u, 0u, 0u)).x;
    let place = place_of(at);
    state[place] = bitcast<i32>(tables[p.initial_first + below(word, p.initial_count)]);
    for (var variable = 1u; variable < variables; variable++) {
        state[variable * shard.stride + place] = 0;
    }
}
