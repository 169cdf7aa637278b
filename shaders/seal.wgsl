// Seal: the last work of every submission counts it, so that the host can tell whether a submission was done. A driver that ends work
// early says nothing on some systems.

@group(0) @binding(40) var<storage, read_write> seal: array<u32>;
// Something that the work before changes, bound so that the count comes behind it.
@group(0) @binding(41) var<storage, read_write> worked_on: array<u32>;

@compute @workgroup_size(1)
fn count() {
    seal[0] += 1u;
}
