// What a workgroup knows of a grid: its cells, colours, and the memory that the other files of this folder share.

const SIDE = 30u;
const WORDS = 226u;
const OUT_WORDS = 5u;
const MARK = 10u;
const NOBODY = 0xFFFFu;
const NONE = 99u;
const THREADS = 64u;
const CUTS = 0x10000u;

struct Sizes {
    // Grids of a state, and how many of them have goals.
    grids: u32,
    pairs: u32,
    transformations: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// A grid is its height and width in a word, then its cells, four in a word.
@group(0) @binding(1) var<storage, read> states: array<u32>;
@group(0) @binding(2) var<storage, read> goals: array<u32>;
@group(0) @binding(3) var<storage, read_write> verdicts: array<u32>;

var<workgroup> g: array<u32, 900>;
var<workgroup> r: array<u32, 900>;
// A value for each object or area, at its first cell; a value for each line or part.
var<workgroup> v: array<u32, 900>;
// The first cell of a cell's object; of areas of background, that plus 1, and 0 where they are open.
var<workgroup> label: array<atomic<u32>, 900>;
var<workgroup> counts: array<atomic<u32>, 16>;
var<workgroup> ranked: array<u32, 16>;
var<workgroup> rows: array<u32, 32>;
var<workgroup> columns: array<u32, 32>;
var<workgroup> lowest: array<atomic<u32>, 16>;
var<workgroup> highest: array<atomic<u32>, 16>;
var<workgroup> box_top: atomic<u32>;
var<workgroup> box_left: atomic<u32>;
var<workgroup> box_bottom: atomic<u32>;
var<workgroup> box_right: atomic<u32>;
var<workgroup> largest: atomic<u32>;
var<workgroup> smallest: atomic<u32>;
var<workgroup> objects: atomic<u32>;
var<workgroup> changed: atomic<u32>;
var<workgroup> hash_a: atomic<u32>;
var<workgroup> hash_b: atomic<u32>;
var<workgroup> again: u32;
var<workgroup> size: u32;
// Height and width of the result, 0 where there is none; where a part begins; rows and columns of parts between lines; what was chosen.
var<workgroup> result: vec2<u32>;
var<workgroup> origin: vec2<u32>;
var<workgroup> panes: vec2<u32>;
var<workgroup> pick: u32;

var<private> me: u32;
var<private> op: u32;
var<private> gh: u32;
var<private> gw: u32;
var<private> cells: u32;

fn at(y: u32, x: u32) -> u32 {
    return g[y * gw + x];
}

// 0 outside of the grid.
fn look(y: i32, x: i32) -> u32 {
    let inside = y >= 0 && x >= 0 && y < i32(gh) && x < i32(gw);
    return select(0u, g[select(0u, u32(y) * gw + u32(x), inside)], inside);
}

fn count(c: u32) -> u32 {
    return atomicLoad(&counts[c]);
}

fn colours() -> u32 {
    var n = 0u;
    for (var c = 1u; c < 16u; c += 1u) {
        n += select(0u, 1u, count(c) > 0u);
    }
    return n;
}

fn rank_of(c: u32) -> u32 {
    var rank = 0u;
    for (var d = 1u; d < 16u; d += 1u) {
        let n = count(d);
        rank += select(0u, 1u, n > 0u && (n > count(c) || (n == count(c) && d < c)));
    }
    return rank;
}

fn frequent() -> u32 {
    return select(NONE, ranked[0], colours() > 0u);
}

fn rarest() -> u32 {
    let n = colours();
    return select(NONE, ranked[max(n, 1u) - 1u], n > 0u);
}

// The most frequent colour, background and all; of several the lowest.
fn most() -> u32 {
    var best = 0u;
    for (var c = 1u; c < 16u; c += 1u) {
        if count(c) > count(best) {
            best = c;
        }
    }
    return best;
}

fn mark(rank: u32) -> u32 {
    return MARK + min(rank, 5u);
}

fn mix_a(word: u32) -> u32 {
    var x = word;
    x = (x ^ (x >> 16u)) * 0x7FEB352Du;
    x = (x ^ (x >> 15u)) * 0x846CA68Bu;
    return x ^ (x >> 16u);
}

fn mix_b(word: u32) -> u32 {
    var x = word;
    x = (x ^ (x >> 16u)) * 0x2C1B3C6Du;
    x = (x ^ (x >> 12u)) * 0x297A2D39u;
    return x ^ (x >> 15u);
}

fn first(a: u32, b: u32) -> u32 {
    return select(b, a, a != 0u);
}
