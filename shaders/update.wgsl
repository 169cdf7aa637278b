// Update: advances every neuron of a shard by a batch of steps; a thread owns four neurons.
// import shared/update, shared/ring_plain

override workgroup_size: u32 = 64u;
// Workgroups that run at a time, if the adapter gives every processor one contiguous part of them. Neighbours then run at a time, so that
// spikes are listed nearly in the order of their neurons, and deliveries find in a near cache what neighbours reach.
override at_a_time: u32 = 1u;
// Dispatches of an update.
override update_parts: u32 = 1u;
// Workgroups that stay neighbours, because memory is fetched ahead.
const RUN: u32 = 16u;

@compute @workgroup_size(workgroup_size)
fn update(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    var number = group.y * groups.x + group.x;
    if (at_a_time > 1u) {
        let runs = groups.x * groups.y / (at_a_time * RUN);
        if (number < at_a_time * runs * RUN) {
            let within = number % (runs * RUN);
            number = (within / RUN * at_a_time + number / (runs * RUN)) * RUN + within % RUN;
        }
    }
    var thread = number * workgroup_size + local;
    if (update_parts > 1u) {
        thread += batch.part * (groups.x * groups.y * workgroup_size);
    }
    if (thread >= shard.blocks * LANES) {
        return;
    }
    let burst = atomicLoad(&spikes.burst);
    let place = at_place(thread);
    if (burst != 0u) {
        return;
    }
    if (thread == 0u) {
        open_ranges();
    }
    update_thread(thread, place);
}
