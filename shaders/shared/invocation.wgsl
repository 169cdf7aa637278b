// Where a thread stands in its workgroup.

struct Invocation {
    local: u32,
}
