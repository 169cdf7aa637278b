// A workgroup applies one transformation to one grid, and tells whether it applies, what its hash is, and which colour would have to become
// which for it to be the goal. Twin: src/arc/language.rs; the constants that begin with T are its names, written before this text (src/bench/examiner.rs).
// Functions return at their end alone: llvmpipe (Mesa 22.3.6) gets returns within switches and loops wrong, where SwiftShader does not.
// Memory of a workgroup stays below 16 KiB, and no thread takes more than some 30,000 rounds of loops: software adapters end them at 65,535.

const SIDE = 30u;
const WORDS = 226u;
const OUT_WORDS = 5u;
const MARK = 10u;
const NOBODY = 0xFFFFu;
const NONE = 99u;
const THREADS = 64u;

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

fn fold(i: u32, n: u32) -> u32 {
    return select(2u * n - 1u - i, i, i < n);
}

// How cells are joined: 0 not at all, 1 of one colour along sides, 2 of one colour, corners too, 3 of any colour, corners too, 4 background.
fn joining() -> u32 {
    var out = 0u;
    switch op {
        case T_WITHOUT_SINGLE_CELLS_SIDES_ONLY, T_ONLY_OBJECTS_THAT_TOUCH_NO_EDGE, T_OBJECTS_BY_RANK_OF_SIZE, T_MARK_LARGEST_OBJECT, T_MARK_SMALLEST_OBJECT,
            T_MARK_OBJECTS_BY_SIZE, T_MARK_SQUARE_OBJECTS, T_A_CELL_FOR_EACH_OBJECT: {
            out = 1u;
        }
        case T_CROP_TO_LARGEST_OBJECT, T_CROP_TO_SMALLEST_OBJECT, T_ONLY_THE_LARGEST_OBJECT, T_ONLY_THE_SMALLEST_OBJECT, T_WITHOUT_THE_LARGEST_OBJECT,
            T_WITHOUT_THE_SMALLEST_OBJECT, T_WITHOUT_SINGLE_CELLS, T_OBJECTS_BY_RANK_OF_SIZE_CORNERS_TOO, T_MARK_OBJECTS_BY_HOLES, T_FILL_BOXES_OF_OBJECTS,
            T_MARK_INSIDE_BOXES_OF_OBJECTS: {
            out = 2u;
        }
        case T_CROP_TO_LARGEST_OBJECT_OF_ANY_COLOUR, T_CROP_TO_SMALLEST_OBJECT_OF_ANY_COLOUR, T_CROP_TO_OBJECT_OF_MOST_COLOURS,
            T_CROP_TO_OBJECT_OF_MOST_CELLS_OF_THE_RAREST_COLOUR, T_CROP_TO_SYMMETRIC_OBJECT, T_CROP_TO_ASYMMETRIC_OBJECT, T_CROP_TO_OBJECT_UNLIKE_THE_OTHERS,
            T_CROP_TO_THE_MOST_COMMON_OBJECT, T_MARK_SYMMETRIC_OBJECTS, T_OBJECTS_TAKE_THEIR_MOST_FREQUENT_COLOUR: {
            out = 3u;
        }
        case T_MARK_ENCLOSED_CELLS, T_MARK_ENCLOSED_CELLS_BY_SIZE, T_FILL_ENCLOSED_CELLS: {
            out = 4u;
        }
        default: {
            out = 0u;
        }
    }
    return out;
}


fn start_joining(how: u32) {
    for (var i = me; i < cells; i += THREADS) {
        let y = i / gw;
        let x = i % gw;
        let is_edge = y == 0u || x == 0u || y + 1u == gh || x + 1u == gw;
        let own = select(i, select(i + 1u, 0u, is_edge), how == 4u);
        atomicStore(&label[i], select(NOBODY, own, (g[i] == 0u) == (how == 4u)));
    }
}

// One round: a cell takes the smallest label around it, and that of the cell its label names. What is written meanwhile only falls.
fn join_once(how: u32) {
    for (var i = me; i < cells; i += THREADS) {
        let own = atomicLoad(&label[i]);
        var least = own;
        for (var k = 0u; k < 9u; k += 1u) {
            let dy = i32(k / 3u) - 1;
            let dx = i32(k % 3u) - 1;
            let y = i32(i / gw) + dy;
            let x = i32(i % gw) + dx;
            let beside = dy == 0 || dx == 0 || how == 2u || how == 3u;
            let inside = y >= 0 && x >= 0 && y < i32(gh) && x < i32(gw);
            let other = select(i, u32(y) * gw + u32(x), inside && beside);
            let joins = how >= 3u || g[other] == g[i];
            least = select(least, min(least, atomicLoad(&label[other])), joins);
        }
        // The cell that the label names.
        let named = select(least, max(least, 1u) - 1u, how == 4u);
        let theirs = atomicLoad(&label[min(named, 899u)]);
        least = select(least, min(least, theirs), own != NOBODY && least > 0u);
        if own != NOBODY && least < own {
            atomicMin(&label[i], least);
            atomicStore(&changed, 1u);
        }
    }
}

fn is_root(i: u32, how: u32) -> bool {
    return atomicLoad(&label[i]) == i + select(0u, 1u, how == 4u);
}

struct Object {
    top: u32,
    left: u32,
    height: u32,
    width: u32,
    cells: u32,
    // Which colours it has, a bit each.
    colours: u32,
}

fn object(own: u32) -> Object {
    var top = SIDE;
    var left = SIDE;
    var bottom = 0u;
    var right = 0u;
    var n = 0u;
    var all = 0u;
    for (var i = 0u; i < cells; i += 1u) {
        if atomicLoad(&label[i]) == own {
            top = min(top, i / gw);
            bottom = max(bottom, i / gw + 1u);
            left = min(left, i % gw);
            right = max(right, i % gw + 1u);
            n += 1u;
            all |= 1u << g[i];
        }
    }
    return Object(top, left, bottom - top, right - left, n, all);
}

// A cell of an object alone in its box; 0 where it is not.
fn of_object(own: u32, o: Object, y: u32, x: u32) -> u32 {
    let i = (o.top + y) * gw + o.left + x;
    return select(0u, g[i], atomicLoad(&label[i]) == own);
}

fn is_symmetric(own: u32, o: Object) -> bool {
    var across = true;
    var down = true;
    for (var i = 0u; i < o.height * o.width; i += 1u) {
        let y = i / o.width;
        let x = i % o.width;
        let c = of_object(own, o, y, x);
        across = across && c == of_object(own, o, y, o.width - 1u - x);
        down = down && c == of_object(own, o, o.height - 1u - y, x);
    }
    return across || down;
}

fn joined_cell(own: u32, o: Object, y: i32, x: i32) -> u32 {
    let inside = y >= 0 && x >= 0 && y < i32(o.height) && x < i32(o.width);
    let c = of_object(own, o, select(0u, u32(y), inside), select(0u, u32(x), inside));
    return select(0u, 1u, inside && c != 0u);
}

// Holes of an object whose corners join: 1 less its Euler number, counted from squares of four cells.
fn holes(own: u32, o: Object) -> u32 {
    var ones = 0;
    var threes = 0;
    var diagonals = 0;
    for (var y = -1; y < i32(o.height); y += 1) {
        for (var x = -1; x < i32(o.width); x += 1) {
            let a = joined_cell(own, o, y, x);
            let b = joined_cell(own, o, y, x + 1);
            let c = joined_cell(own, o, y + 1, x);
            let d = joined_cell(own, o, y + 1, x + 1);
            let n = a + b + c + d;
            ones += select(0, 1, n == 1u);
            threes += select(0, 1, n == 3u);
            diagonals += select(0, 1, n == 2u && a == d);
        }
    }
    return u32(1 - (ones - threes - 2 * diagonals) / 4);
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

// Two numbers that tell an object's shape and colours.
fn shape(own: u32, o: Object) -> vec2<u32> {
    var sums = vec2<u32>(mix_a((o.height << 8u) | o.width), mix_b((o.height << 8u) | o.width));
    for (var i = 0u; i < cells; i += 1u) {
        if atomicLoad(&label[i]) == own {
            let word = ((i / gw - o.top) * 32u + i % gw - o.left) * 16u + g[i] + 1u;
            sums += vec2<u32>(mix_a(word), mix_b(word));
        }
    }
    return sums;
}

fn cells_of_colour(own: u32, c: u32) -> u32 {
    var n = 0u;
    for (var i = 0u; i < cells; i += 1u) {
        n += select(0u, 1u, atomicLoad(&label[i]) == own && g[i] == c);
    }
    return n;
}

fn frequent_of(own: u32) -> u32 {
    var n: array<u32, 16>;
    for (var i = 0u; i < cells; i += 1u) {
        if atomicLoad(&label[i]) == own {
            n[g[i]] += 1u;
        }
    }
    var best = 1u;
    for (var c = 2u; c < 16u; c += 1u) {
        if n[c] > n[best] {
            best = c;
        }
    }
    return best;
}

// The highest colour beside an area of background.
fn beside_area(own: u32) -> u32 {
    var best = 0u;
    for (var i = 0u; i < cells; i += 1u) {
        if atomicLoad(&label[i]) == own {
            let y = i32(i / gw);
            let x = i32(i % gw);
            best = max(best, max(max(look(y - 1, x), look(y + 1, x)), max(look(y, x - 1), look(y, x + 1))));
        }
    }
    return best;
}

// What decides between objects, or what becomes of one.
fn value_of(own: u32) -> u32 {
    var out = 0u;
    let o = object(own);
    switch op {
        case T_CROP_TO_LARGEST_OBJECT, T_CROP_TO_LARGEST_OBJECT_OF_ANY_COLOUR, T_ONLY_THE_LARGEST_OBJECT, T_ONLY_THE_SMALLEST_OBJECT,
            T_WITHOUT_THE_LARGEST_OBJECT, T_WITHOUT_THE_SMALLEST_OBJECT, T_MARK_LARGEST_OBJECT, T_MARK_SMALLEST_OBJECT, T_OBJECTS_BY_RANK_OF_SIZE,
            T_OBJECTS_BY_RANK_OF_SIZE_CORNERS_TOO, T_MARK_ENCLOSED_CELLS_BY_SIZE, T_WITHOUT_SINGLE_CELLS, T_WITHOUT_SINGLE_CELLS_SIDES_ONLY: {
            out = o.cells;
        }
        case T_CROP_TO_SMALLEST_OBJECT, T_CROP_TO_SMALLEST_OBJECT_OF_ANY_COLOUR: {
            out = 1000u - o.cells;
        }
        case T_CROP_TO_OBJECT_OF_MOST_COLOURS: {
            out = countOneBits(o.colours);
        }
        case T_CROP_TO_OBJECT_OF_MOST_CELLS_OF_THE_RAREST_COLOUR: {
            out = cells_of_colour(own, rarest());
        }
        case T_CROP_TO_SYMMETRIC_OBJECT, T_MARK_SYMMETRIC_OBJECTS: {
            out = select(0u, 1u, is_symmetric(own, o));
        }
        case T_CROP_TO_ASYMMETRIC_OBJECT: {
            out = select(1u, 0u, is_symmetric(own, o));
        }
        case T_ONLY_OBJECTS_THAT_TOUCH_NO_EDGE: {
            out = select(1u, 0u, o.top == 0u || o.left == 0u || o.top + o.height == gh || o.left + o.width == gw);
        }
        case T_MARK_OBJECTS_BY_SIZE: {
            out = min(o.cells, 6u);
        }
        case T_MARK_OBJECTS_BY_HOLES: {
            out = min(holes(own, o), 5u) + 1u;
        }
        case T_MARK_SQUARE_OBJECTS: {
            out = select(0u, 1u, o.height == o.width && o.cells == o.height * o.width);
        }
        case T_FILL_BOXES_OF_OBJECTS, T_MARK_INSIDE_BOXES_OF_OBJECTS: {
            out = o.top | (o.left << 8u) | ((o.top + o.height) << 16u) | ((o.left + o.width) << 24u);
        }
        case T_OBJECTS_TAKE_THEIR_MOST_FREQUENT_COLOUR: {
            out = frequent_of(own);
        }
        case T_FILL_ENCLOSED_CELLS: {
            out = beside_area(own);
        }
        default: {
            out = 1u;
        }
    }
    return out;
}

fn near(y: u32, x: u32, corners: bool) -> bool {
    var some = false;
    for (var k = 0u; k < 9u; k += 1u) {
        let dy = i32(k / 3u) - 1;
        let dx = i32(k % 3u) - 1;
        let counts_here = k != 4u && (corners || dy == 0 || dx == 0);
        some = some || (counts_here && look(i32(y) + dy, i32(x) + dx) != 0u);
    }
    return some;
}

// Whether a cell of content has background beside it, or the end of the grid.
fn edge(y: u32, x: u32) -> bool {
    var some = false;
    for (var k = 0u; k < 9u; k += 1u) {
        some = some || look(i32(y) + i32(k / 3u) - 1, i32(x) + i32(k % 3u) - 1) == 0u;
    }
    return some;
}

fn row_colour(y: u32) -> u32 {
    var c = 0u;
    for (var k = 0u; k < gw; k += 1u) {
        c = first(c, at(y, k));
    }
    return c;
}

fn column_colour(x: u32) -> u32 {
    var c = 0u;
    for (var k = 0u; k < gh; k += 1u) {
        c = first(c, at(k, x));
    }
    return c;
}

fn beam(y: u32, x: u32, dy: i32, dx: i32) -> u32 {
    var a = i32(y);
    var b = i32(x);
    var c = 0u;
    for (var k = 0u; k < SIDE; k += 1u) {
        c = first(c, look(a, b));
        a -= dy;
        b -= dx;
    }
    return c;
}

fn smoothed(y: u32, x: u32) -> u32 {
    let own = at(y, x);
    var n: array<u32, 16>;
    for (var k = 0u; k < 9u; k += 1u) {
        let a = i32(y) + i32(k / 3u) - 1;
        let b = i32(x) + i32(k % 3u) - 1;
        if a >= 0 && b >= 0 && a < i32(gh) && b < i32(gw) {
            n[look(a, b)] += 1u;
        }
    }
    var best = 0u;
    for (var c = 1u; c < 16u; c += 1u) {
        if n[c] >= n[best] {
            best = c;
        }
    }
    return select(best, own, n[own] > 2u || n[own] == n[best]);
}

fn first(a: u32, b: u32) -> u32 {
    return select(b, a, a != 0u);
}

fn completed(y: u32, x: u32, across: bool, down: bool) -> u32 {
    let my = gh - 1u - y;
    let mx = gw - 1u - x;
    let c = at(y, x);
    let a = select(0u, at(y, mx), across);
    let b = select(0u, at(my, x), down);
    let d = select(0u, at(my, mx), across && down);
    return first(c, first(a, first(b, d)));
}

fn shrunk(y: u32, x: u32, n: u32) -> u32 {
    var last = 0u;
    for (var i = 0u; i < n * n; i += 1u) {
        last = first(at(y * n + i / n, x * n + i % n), last);
    }
    return last;
}

// A cell of a part between lines.
fn of_pane(part: u32, y: u32, x: u32) -> u32 {
    return at((rows[part / panes.y] & 255u) + y, (columns[part % panes.y] & 255u) + x);
}

fn pane_height(part: u32) -> u32 {
    return rows[part / panes.y] >> 8u;
}

fn pane_width(part: u32) -> u32 {
    return columns[part % panes.y] >> 8u;
}

fn pane_content(part: u32) -> u32 {
    var n = 0u;
    for (var y = 0u; y < pane_height(part); y += 1u) {
        for (var x = 0u; x < pane_width(part); x += 1u) {
            n += select(0u, 1u, of_pane(part, y, x) != 0u);
        }
    }
    return n;
}

fn pane_frequent(part: u32) -> u32 {
    var n: array<u32, 16>;
    for (var y = 0u; y < pane_height(part); y += 1u) {
        for (var x = 0u; x < pane_width(part); x += 1u) {
            n[of_pane(part, y, x)] += 1u;
        }
    }
    n[0] = 0u;
    var best = 0u;
    for (var c = 1u; c < 16u; c += 1u) {
        if n[c] > n[best] {
            best = c;
        }
    }
    return best;
}

// Whether a line is kept, or goes through all of the grid.
fn row_flag(y: u32) -> bool {
    var some = false;
    for (var x = 0u; x < gw; x += 1u) {
        switch op {
            case T_WITHOUT_REPEATED_LINES: {
                some = some || y == 0u || at(y, x) != at(max(y, 1u) - 1u, x);
            }
            case T_WITHOUT_EMPTY_LINES, T_MARK_FULL_LINES_OF_NOTHING: {
                some = some || at(y, x) != 0u;
            }
            default: {
                some = some || at(y, x) != at(y, 0u);
            }
        }
    }
    return some;
}

fn column_flag(x: u32) -> bool {
    var some = false;
    for (var y = 0u; y < gh; y += 1u) {
        switch op {
            case T_WITHOUT_REPEATED_LINES: {
                some = some || x == 0u || at(y, x) != at(y, max(x, 1u) - 1u);
            }
            case T_WITHOUT_EMPTY_LINES, T_MARK_FULL_LINES_OF_NOTHING: {
                some = some || at(y, x) != 0u;
            }
            default: {
                some = some || at(y, x) != at(0u, x);
            }
        }
    }
    return some;
}

fn row_content(y: u32) -> u32 {
    var n = 0u;
    for (var x = 0u; x < gw; x += 1u) {
        n += select(0u, 1u, at(y, x) != 0u);
    }
    return n;
}

fn column_content(x: u32) -> u32 {
    var n = 0u;
    for (var y = 0u; y < gh; y += 1u) {
        n += select(0u, 1u, at(y, x) != 0u);
    }
    return n;
}

fn is_line_op() -> bool {
    var out = false;
    switch op {
        case T_WITHOUT_REPEATED_LINES, T_WITHOUT_EMPTY_LINES, T_WITHOUT_UNIFORM_LINES, T_MARK_FULL_LINES_OF_NOTHING: {
            out = true;
        }
        default: {
            out = is_pane_op();
        }
    }
    return out;
}

fn is_pane_op() -> bool {
    var out = false;
    switch op {
        case T_PARTS_BETWEEN_LINES_OVER_EACH_OTHER, T_FULLEST_PART_BETWEEN_LINES, T_EMPTIEST_PART_BETWEEN_LINES, T_A_CELL_FOR_EACH_PART_BETWEEN_LINES: {
            out = true;
        }
        default: {
            out = false;
        }
    }
    return out;
}

fn is_sort_op() -> bool {
    return op == T_SORT_COLUMNS_BY_CONTENT || op == T_SORT_ROWS_BY_CONTENT;
}

// The one thread that lists lines: those that are kept, or what stands between those that go through.
fn list_lines() {
    var n = vec2<u32>(0u, 0u);
    if !is_pane_op() {
        for (var y = 0u; y < gh; y += 1u) {
            if v[y] != 0u {
                rows[n.x] = y;
                n.x += 1u;
            }
        }
        for (var x = 0u; x < gw; x += 1u) {
            if v[32u + x] != 0u {
                columns[n.y] = x;
                n.y += 1u;
            }
        }
        result = n;
    } else {
        list_panes();
    }
}

fn list_panes() {
    var n = vec2<u32>(0u, 0u);
    var begin = 0u;
    for (var y = 0u; y <= gh; y += 1u) {
        var is_line = y == gh;
        if !is_line {
            is_line = v[y] == 0u && at(y, 0u) != 0u;
        }
        if is_line {
            if y > begin {
                rows[n.x] = begin | ((y - begin) << 8u);
                n.x += 1u;
            }
            begin = y + 1u;
        }
    }
    begin = 0u;
    for (var x = 0u; x <= gw; x += 1u) {
        var is_line = x == gw;
        if !is_line {
            is_line = v[32u + x] == 0u && at(0u, x) != 0u;
        }
        if is_line {
            if x > begin {
                columns[n.y] = begin | ((x - begin) << 8u);
                n.y += 1u;
            }
            begin = x + 1u;
        }
    }
    panes = select(vec2<u32>(0u, 0u), n, n.x * n.y >= 2u);
}

// The one thread that chooses among parts between lines.
fn choose_pane() {
    let n = panes.x * panes.y;
    pick = 0u;
    var are_alike = true;
    for (var k = 1u; k < n; k += 1u) {
        are_alike = are_alike && pane_height(k) == pane_height(0u) && pane_width(k) == pane_width(0u);
        let is_better = select(v[k] < v[pick], v[k] > v[pick], op == T_FULLEST_PART_BETWEEN_LINES);
        pick = select(pick, k, is_better);
    }
    var found = panes;
    if op != T_A_CELL_FOR_EACH_PART_BETWEEN_LINES && n > 0u {
        found = vec2<u32>(pane_height(pick), pane_width(pick));
        if op == T_PARTS_BETWEEN_LINES_OVER_EACH_OTHER {
            found = of_size(pane_height(0u), pane_width(0u), are_alike);
        }
    }
    result = found;
}

// The colours, a bit each, around which a part is cut out.
fn cropped_colours() -> u32 {
    var out = 0u;
    switch op {
        case T_CROP_TO_CONTENT, T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT: {
            out = 0xFFFEu;
        }
        case T_CROP_TO_MOST_FREQUENT_COLOUR: {
            out = select(0u, 1u << ranked[0], colours() > 0u);
        }
        case T_CROP_TO_RAREST_COLOUR: {
            out = select(0u, 1u << (rarest() & 15u), colours() > 0u);
        }
        case T_CROP_AWAY_MOST_FREQUENT_OF_ALL: {
            out = 0xFFFFu & ~(1u << most());
        }
        default: {
            out = 0u;
        }
    }
    return out;
}

fn is_crop_op() -> bool {
    var out = false;
    switch op {
        case T_CROP_TO_CONTENT, T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT, T_CROP_TO_MOST_FREQUENT_COLOUR, T_CROP_TO_RAREST_COLOUR,
            T_CROP_AWAY_MOST_FREQUENT_OF_ALL: {
            out = true;
        }
        default: {
            out = false;
        }
    }
    return out;
}

// A line falls: cells of content stand at its end, in the order they had.
fn fall(line: u32) {
    let down = op == T_FALL_DOWN || op == T_FALL_UP;
    let back = op == T_FALL_UP || op == T_FALL_LEFT;
    let length = select(gw, gh, down);
    let is_there = line < select(gh, gw, down);
    var end = length;
    for (var k = 0u; k < length && is_there; k += 1u) {
        let i = select(length - 1u - k, k, back);
        let from_at = select(line * gw + i, i * gw + line, down);
        if g[from_at] != 0u {
            end -= 1u;
            let to = select(end, length - 1u - end, back);
            r[select(line * gw + to, to * gw + line, down)] = g[from_at];
        }
    }
}

// Background between two cells of one colour takes it, or a mark.
fn connect(line: u32, along: bool, marks: bool) {
    let length = select(gh, gw, along);
    let is_there = line < select(gw, gh, along);
    var last = NOBODY;
    var colour = 0u;
    for (var i = 0u; i < length && is_there; i += 1u) {
        let c = g[select(i * gw + line, line * gw + i, along)];
        if c != 0u && c == colour {
            for (var k = last + 1u; k < i; k += 1u) {
                r[select(k * gw + line, line * gw + k, along)] = select(c, MARK, marks);
            }
        }
        last = select(last, i, c != 0u);
        colour = first(c, colour);
    }
}

// Whether a repetition agrees with all content, and has content in every place.
fn repeats(a: u32, b: u32) -> bool {
    var holds = true;
    for (var i = 0u; i < a && holds; i += 1u) {
        for (var k = 0u; k < b && holds; k += 1u) {
            var found = 0u;
            for (var y = i; y < gh && holds; y += a) {
                for (var x = k; x < gw; x += b) {
                    let c = at(y, x);
                    holds = holds && (c == 0u || found == 0u || c == found);
                    found = first(found, c);
                }
            }
            holds = holds && found != 0u;
        }
    }
    return holds;
}

fn repeated(y: u32, x: u32) -> u32 {
    let a = pick & 31u;
    let b = (pick >> 5u) / a;
    var c = 0u;
    for (var i = y % a; i < gh; i += a) {
        for (var k = x % b; k < gw; k += b) {
            c = first(c, at(i, k));
        }
    }
    return c;
}

fn of_size(height: u32, width: u32, holds: bool) -> vec2<u32> {
    return select(vec2<u32>(0u, 0u), vec2<u32>(height, width), holds);
}

// Height and width of what comes out, where they are known beforehand; 0 where nothing does.
fn result_size() -> vec2<u32> {
    var out = vec2<u32>(0u, 0u);
    let side = min(gh, gw);
    let n = colours();
    switch op {
        case T_TURN_RIGHT, T_TURN_LEFT, T_TRANSPOSE, T_TRANSPOSE_OTHER_WAY: {
            out = vec2<u32>(gw, gh);
        }
        case T_LEFT_HALF, T_RIGHT_HALF, T_LEFT_OR_RIGHT, T_RIGHT_OR_LEFT, T_LEFT_AND_RIGHT, T_NEITHER_LEFT_NOR_RIGHT, T_EITHER_LEFT_OR_RIGHT,
            T_LEFT_WITHOUT_RIGHT, T_RIGHT_WITHOUT_LEFT: {
            out = vec2<u32>(gh, gw / 2u);
        }
        case T_TOP_HALF, T_BOTTOM_HALF, T_TOP_OR_BOTTOM, T_BOTTOM_OR_TOP, T_TOP_AND_BOTTOM, T_NEITHER_TOP_NOR_BOTTOM, T_EITHER_TOP_OR_BOTTOM: {
            out = vec2<u32>(gh / 2u, gw);
        }
        case T_LEFT_THIRD: {
            out = of_size(gh, gw / 3u, gw % 3u == 0u);
        }
        case T_TOP_THIRD: {
            out = of_size(gh / 3u, gw, gh % 3u == 0u);
        }
        case T_LEFT_SQUARE: {
            out = vec2<u32>(side, side);
        }
        case T_INSIDE: {
            out = of_size(gh - 2u, gw - 2u, gh > 2u && gw > 2u);
        }
        case T_FIRST_ROW: {
            out = vec2<u32>(1u, gw);
        }
        case T_FIRST_COLUMN: {
            out = vec2<u32>(gh, 1u);
        }
        case T_FIRST_CELL: {
            out = vec2<u32>(1u, 1u);
        }
        case T_MIRROR_TO_THE_RIGHT, T_MIRROR_TO_THE_LEFT, T_TWICE_BESIDE: {
            out = vec2<u32>(gh, 2u * gw);
        }
        case T_MIRROR_DOWN, T_MIRROR_UP, T_TWICE_BELOW: {
            out = vec2<u32>(2u * gh, gw);
        }
        case T_MIRROR_FOUR_TIMES, T_2_X_2_COPIES, T_TWICE_AS_LARGE: {
            out = vec2<u32>(2u * gh, 2u * gw);
        }
        case T_TURN_FOUR_TIMES: {
            out = of_size(2u * gh, 2u * gw, gh == gw);
        }
        case T_3_X_3_COPIES, T_THREE_TIMES_AS_LARGE: {
            out = vec2<u32>(3u * gh, 3u * gw);
        }
        case T_THRICE_BESIDE: {
            out = vec2<u32>(gh, 3u * gw);
        }
        case T_THRICE_BELOW: {
            out = vec2<u32>(3u * gh, gw);
        }
        case T_COPIES_IN_PLACE_OF_CELLS, T_COPIES_IN_PLACE_OF_EMPTY_CELLS, T_COPIES_IN_PLACE_OF_THE_MOST_FREQUENT_COLOUR: {
            out = vec2<u32>(gh * gh, gw * gw);
        }
        case T_COPIES_IN_PLACE_OF_THE_RAREST_COLOUR: {
            out = of_size(gh * gh, gw * gw, n > 0u);
        }
        case T_AS_MANY_TIMES_AS_COLOURS: {
            out = of_size(gh * n, gw * n, n >= 2u);
        }
        case T_AS_MANY_TIMES_AS_ITS_SIDE: {
            out = of_size(gh * gw, gw * gw, gh == gw && gw >= 2u);
        }
        case T_HALF_AS_LARGE: {
            out = of_size(gh / 2u, gw / 2u, gh % 2u == 0u && gw % 2u == 0u);
        }
        case T_A_THIRD_AS_LARGE: {
            out = of_size(gh / 3u, gw / 3u, gh % 3u == 0u && gw % 3u == 0u);
        }
        case T_SWAP_CONTENT_AND_EMPTY: {
            out = of_size(gh, gw, n == 1u);
        }
        case T_MOST_FREQUENT_OF_ALL_BECOMES_EMPTY: {
            out = of_size(gh, gw, most() != 0u);
        }
        case T_ONLY_THE_MOST_FREQUENT_COLOUR, T_WITHOUT_THE_MOST_FREQUENT_COLOUR, T_ONLY_THE_RAREST_COLOUR, T_WITHOUT_THE_RAREST_COLOUR,
            T_ALL_IN_THE_MOST_FREQUENT_COLOUR, T_ALL_IN_THE_RAREST_COLOUR: {
            out = of_size(gh, gw, n > 0u);
        }
        case T_SWAP_THE_TWO_MOST_FREQUENT_COLOURS: {
            out = of_size(gh, gw, n > 1u);
        }
        case T_THE_MOST_FREQUENT_COLOUR_ALONE, T_THE_RAREST_COLOUR_ALONE: {
            out = of_size(1u, 1u, n > 0u);
        }
        case T_A_CELL_FOR_EACH_COLOUR: {
            out = of_size(n, 1u, n > 0u);
        }
        case T_A_BAR_FOR_EACH_COLOUR: {
            out = of_size(n, count(ranked[0]), n > 0u);
        }
        case T_FRAME_OF_MARKS, T_FRAME_OF_NOTHING: {
            out = vec2<u32>(gh + 2u, gw + 2u);
        }
        case T_COMPLETE_DIAGONALLY: {
            out = of_size(gh, gw, gh == gw);
        }
        default: {
            out = vec2<u32>(gh, gw);
        }
    }
    return out;
}

fn halves_beside(y: u32, x: u32) -> vec2<u32> {
    return vec2<u32>(at(y, x), at(y, gw - gw / 2u + x));
}

fn halves_below(y: u32, x: u32) -> vec2<u32> {
    return vec2<u32>(at(y, x), at(gh - gh / 2u + y, x));
}

// A cell of what comes out.
fn cell(y: u32, x: u32, height: u32, width: u32) -> u32 {
    var out = 0u;
    let my = gh - 1u - y;
    let mx = gw - 1u - x;
    switch op {
        case T_TURN_RIGHT: { out = at(gh - 1u - x, y); }
        case T_TURN_AROUND: { out = at(my, mx); }
        case T_TURN_LEFT: { out = at(x, gw - 1u - y); }
        case T_MIRROR_LEFT_RIGHT: { out = at(y, mx); }
        case T_MIRROR_TOP_BOTTOM: { out = at(my, x); }
        case T_TRANSPOSE: { out = at(x, y); }
        case T_TRANSPOSE_OTHER_WAY: { out = at(gh - 1u - x, gw - 1u - y); }
        case T_CROP_TO_CONTENT, T_CROP_TO_MOST_FREQUENT_COLOUR, T_CROP_TO_RAREST_COLOUR, T_CROP_AWAY_MOST_FREQUENT_OF_ALL: {
            out = at(origin.x + y, origin.y + x);
        }
        case T_LEFT_HALF, T_TOP_HALF, T_LEFT_THIRD, T_TOP_THIRD, T_LEFT_SQUARE, T_FIRST_ROW, T_FIRST_COLUMN, T_FIRST_CELL: { out = at(y, x); }
        case T_RIGHT_HALF: { out = at(y, gw - gw / 2u + x); }
        case T_BOTTOM_HALF: { out = at(gh - gh / 2u + y, x); }
        case T_INSIDE: { out = at(y + 1u, x + 1u); }
        case T_MIRROR_TO_THE_RIGHT: { out = at(y, fold(x, gw)); }
        case T_MIRROR_TO_THE_LEFT: { out = at(y, fold(2u * gw - 1u - x, gw)); }
        case T_MIRROR_DOWN: { out = at(fold(y, gh), x); }
        case T_MIRROR_UP: { out = at(fold(2u * gh - 1u - y, gh), x); }
        case T_MIRROR_FOUR_TIMES: { out = at(fold(y, gh), fold(x, gw)); }
        case T_TURN_FOUR_TIMES: {
            let n = gw;
            let up = y < n;
            let before = x < n;
            let a = select(select(2u * n - 1u - y, x, before), select(n - 1u - (x - n), y, before), up);
            let b = select(select(2u * n - 1u - x, n - 1u - (y - n), before), select(y, x, before), up);
            out = at(a, b);
        }
        case T_TWICE_BESIDE, T_TWICE_BELOW, T_2_X_2_COPIES, T_3_X_3_COPIES, T_THRICE_BESIDE, T_THRICE_BELOW: { out = at(y % gh, x % gw); }
        case T_COPIES_IN_PLACE_OF_CELLS: { out = select(0u, at(y % gh, x % gw), at(y / gh, x / gw) != 0u); }
        case T_COPIES_IN_PLACE_OF_EMPTY_CELLS: { out = select(0u, at(y % gh, x % gw), at(y / gh, x / gw) == 0u); }
        case T_COPIES_IN_PLACE_OF_THE_MOST_FREQUENT_COLOUR: { out = select(0u, at(y % gh, x % gw), at(y / gh, x / gw) == most()); }
        case T_COPIES_IN_PLACE_OF_THE_RAREST_COLOUR: { out = select(0u, at(y % gh, x % gw), at(y / gh, x / gw) == rarest()); }
        case T_TWICE_AS_LARGE, T_THREE_TIMES_AS_LARGE, T_AS_MANY_TIMES_AS_COLOURS, T_AS_MANY_TIMES_AS_ITS_SIDE: {
            let n = height / gh;
            out = at(y / n, x / n);
        }
        case T_HALF_AS_LARGE: { out = shrunk(y, x, 2u); }
        case T_A_THIRD_AS_LARGE: { out = shrunk(y, x, 3u); }
        case T_WITHOUT_REPEATED_LINES, T_WITHOUT_EMPTY_LINES, T_WITHOUT_UNIFORM_LINES: { out = at(rows[y], columns[x]); }
        case T_SORT_COLUMNS_BY_CONTENT: { out = at(y, columns[x]); }
        case T_SORT_ROWS_BY_CONTENT: { out = at(rows[y], x); }
        case T_THE_MOST_FREQUENT_COLOUR_ALONE: { out = frequent(); }
        case T_THE_RAREST_COLOUR_ALONE: { out = rarest(); }
        case T_FULL_OF_THE_MOST_FREQUENT_COLOUR: { out = most(); }
        case T_A_CELL_FOR_EACH_COLOUR: { out = ranked[y]; }
        case T_A_BAR_FOR_EACH_COLOUR: { out = select(0u, ranked[y], x < count(ranked[y])); }
        case T_A_CELL_FOR_EACH_OBJECT: { out = MARK; }
        case T_CROP_TO_LARGEST_OBJECT, T_CROP_TO_SMALLEST_OBJECT, T_CROP_TO_LARGEST_OBJECT_OF_ANY_COLOUR, T_CROP_TO_SMALLEST_OBJECT_OF_ANY_COLOUR,
            T_CROP_TO_OBJECT_OF_MOST_COLOURS, T_CROP_TO_OBJECT_OF_MOST_CELLS_OF_THE_RAREST_COLOUR, T_CROP_TO_SYMMETRIC_OBJECT, T_CROP_TO_ASYMMETRIC_OBJECT,
            T_CROP_TO_OBJECT_UNLIKE_THE_OTHERS, T_CROP_TO_THE_MOST_COMMON_OBJECT: {
            let i = (origin.x + y) * gw + origin.y + x;
            out = select(0u, g[i], atomicLoad(&label[i]) == pick);
        }
        case T_LEFT_OR_RIGHT: { let h = halves_beside(y, x); out = first(h.x, h.y); }
        case T_RIGHT_OR_LEFT: { let h = halves_beside(y, x); out = first(h.y, h.x); }
        case T_LEFT_AND_RIGHT: { let h = halves_beside(y, x); out = select(0u, MARK, h.x != 0u && h.y != 0u); }
        case T_NEITHER_LEFT_NOR_RIGHT: { let h = halves_beside(y, x); out = select(0u, MARK, h.x == 0u && h.y == 0u); }
        case T_EITHER_LEFT_OR_RIGHT: { let h = halves_beside(y, x); out = select(0u, MARK, (h.x == 0u) != (h.y == 0u)); }
        case T_LEFT_WITHOUT_RIGHT: { let h = halves_beside(y, x); out = select(0u, MARK, h.x != 0u && h.y == 0u); }
        case T_RIGHT_WITHOUT_LEFT: { let h = halves_beside(y, x); out = select(0u, MARK, h.x == 0u && h.y != 0u); }
        case T_TOP_OR_BOTTOM: { let h = halves_below(y, x); out = first(h.x, h.y); }
        case T_BOTTOM_OR_TOP: { let h = halves_below(y, x); out = first(h.y, h.x); }
        case T_TOP_AND_BOTTOM: { let h = halves_below(y, x); out = select(0u, MARK, h.x != 0u && h.y != 0u); }
        case T_NEITHER_TOP_NOR_BOTTOM: { let h = halves_below(y, x); out = select(0u, MARK, h.x == 0u && h.y == 0u); }
        case T_EITHER_TOP_OR_BOTTOM: { let h = halves_below(y, x); out = select(0u, MARK, (h.x == 0u) != (h.y == 0u)); }
        case T_PARTS_BETWEEN_LINES_OVER_EACH_OTHER: {
            var c = 0u;
            for (var k = 0u; k < panes.x * panes.y; k += 1u) {
                c = first(c, of_pane(k, y, x));
            }
            out = c;
        }
        case T_FULLEST_PART_BETWEEN_LINES, T_EMPTIEST_PART_BETWEEN_LINES: { out = of_pane(pick, y, x); }
        case T_A_CELL_FOR_EACH_PART_BETWEEN_LINES: { out = pane_frequent(y * panes.y + x); }
        case T_FRAME_OF_MARKS, T_FRAME_OF_NOTHING: {
            let outside = y == 0u || x == 0u || y > gh || x > gw;
            out = select(look(i32(y) - 1, i32(x) - 1), select(0u, MARK, op == T_FRAME_OF_MARKS), outside);
        }
        default: { out = recoloured(y, x); }
    }
    return out;
}

// The same where cells stay where they are.
fn recoloured(y: u32, x: u32) -> u32 {
    var out = 0u;
    let c = at(y, x);
    let i = y * gw + x;
    switch op {
        case T_MARK_ALL_CONTENT: { out = select(0u, MARK, c != 0u); }
        case T_SWAP_CONTENT_AND_EMPTY: { out = select(0u, ranked[0], c == 0u); }
        case T_MOST_FREQUENT_OF_ALL_BECOMES_EMPTY: {
            let m = most();
            out = select(select(c, m, c == 0u), 0u, c == m);
        }
        case T_ONLY_THE_MOST_FREQUENT_COLOUR: { out = select(0u, c, c == frequent()); }
        case T_WITHOUT_THE_MOST_FREQUENT_COLOUR: { out = select(c, 0u, c == frequent()); }
        case T_ONLY_THE_RAREST_COLOUR: { out = select(0u, c, c == rarest()); }
        case T_WITHOUT_THE_RAREST_COLOUR: { out = select(c, 0u, c == rarest()); }
        case T_ALL_IN_THE_MOST_FREQUENT_COLOUR: { out = select(frequent(), 0u, c == 0u); }
        case T_ALL_IN_THE_RAREST_COLOUR: { out = select(rarest(), 0u, c == 0u); }
        case T_COLOURS_BY_RANK: { out = select(mark(rank_of(c)), 0u, c == 0u); }
        case T_SWAP_THE_TWO_MOST_FREQUENT_COLOURS: {
            out = select(select(c, ranked[0], c == ranked[1]), ranked[1], c == ranked[0]);
        }
        case T_ONLY_THE_LARGEST_OBJECT: { out = joined_value(i, c, atomicLoad(&largest), true); }
        case T_ONLY_THE_SMALLEST_OBJECT: { out = joined_value(i, c, atomicLoad(&smallest), true); }
        case T_WITHOUT_THE_LARGEST_OBJECT: { out = joined_value(i, c, atomicLoad(&largest), false); }
        case T_WITHOUT_THE_SMALLEST_OBJECT: { out = joined_value(i, c, atomicLoad(&smallest), false); }
        case T_WITHOUT_SINGLE_CELLS, T_WITHOUT_SINGLE_CELLS_SIDES_ONLY: { out = joined_value(i, c, 1u, false); }
        case T_ONLY_OBJECTS_THAT_TOUCH_NO_EDGE: { out = joined_value(i, c, 1u, true); }
        case T_MARK_LARGEST_OBJECT: { out = select(c, MARK, c != 0u && joined_value(i, c, atomicLoad(&largest), true) != 0u); }
        case T_MARK_SMALLEST_OBJECT: { out = select(c, MARK, c != 0u && joined_value(i, c, atomicLoad(&smallest), true) != 0u); }
        case T_OBJECTS_BY_RANK_OF_SIZE, T_OBJECTS_BY_RANK_OF_SIZE_CORNERS_TOO, T_MARK_OBJECTS_BY_SIZE, T_MARK_OBJECTS_BY_HOLES, T_MARK_SYMMETRIC_OBJECTS,
            T_MARK_SQUARE_OBJECTS: {
            let rank = v[select(atomicLoad(&label[i]), 0u, c == 0u)];
            out = select(c, mark(max(rank, 1u) - 1u), c != 0u && rank > 0u);
        }
        case T_OBJECTS_TAKE_THEIR_MOST_FREQUENT_COLOUR: {
            let value = v[select(atomicLoad(&label[i]), 0u, c == 0u)];
            out = select(value, 0u, c == 0u);
        }
        case T_FILL_BOXES_OF_OBJECTS, T_MARK_INSIDE_BOXES_OF_OBJECTS: {
            var filled = c;
            for (var k = 0u; k < cells; k += 1u) {
                let b = v[k];
                let from_left = (b >> 8u) & 255u;
                let to_bottom = (b >> 16u) & 255u;
                let to_right = b >> 24u;
                let within = y >= (b & 255u) && x >= from_left && y < to_bottom && x < to_right;
                let becomes = select(MARK, g[k], op == T_FILL_BOXES_OF_OBJECTS);
                filled = select(filled, becomes, filled == 0u && within && is_root(k, 2u));
            }
            out = filled;
        }
        case T_MARK_ENCLOSED_CELLS, T_MARK_ENCLOSED_CELLS_BY_SIZE, T_FILL_ENCLOSED_CELLS: {
            let own = select(atomicLoad(&label[i]), 0u, c != 0u);
            let value = v[max(own, 1u) - 1u];
            let filled = select(select(value, mark(max(value, 1u) - 1u), op == T_MARK_ENCLOSED_CELLS_BY_SIZE), MARK, op == T_MARK_ENCLOSED_CELLS);
            out = select(c, filled, own > 0u);
        }
        case T_MARK_AROUND_CONTENT: { out = select(c, MARK, c == 0u && near(y, x, true)); }
        case T_MARK_BESIDE_CONTENT: { out = select(c, MARK, c == 0u && near(y, x, false)); }
        case T_MARK_AT_CORNERS_OF_CONTENT: { out = select(c, MARK, c == 0u && near(y, x, true) && !near(y, x, false)); }
        case T_MARK_EDGES_OF_CONTENT: { out = select(c, MARK, c != 0u && edge(y, x)); }
        case T_MARK_INSIDE_OF_CONTENT: { out = select(c, MARK, c != 0u && !edge(y, x)); }
        case T_ONLY_EDGES_OF_CONTENT: { out = select(c, 0u, c != 0u && !edge(y, x)); }
        case T_MARK_BORDER: { out = select(c, MARK, y == 0u || x == 0u || y + 1u == gh || x + 1u == gw); }
        case T_LINES_ACROSS: { out = first(c, row_colour(y)); }
        case T_LINES_UP_AND_DOWN: { out = first(c, column_colour(x)); }
        case T_LINES_BOTH_WAYS: { out = first(c, first(column_colour(x), row_colour(y))); }
        case T_BEAMS_DOWN: { out = beam(y, x, 1, 0); }
        case T_BEAMS_UP: { out = beam(y, x, -1, 0); }
        case T_BEAMS_RIGHT: { out = beam(y, x, 0, 1); }
        case T_BEAMS_LEFT: { out = beam(y, x, 0, -1); }
        case T_BEAMS_DOWN_RIGHT: { out = beam(y, x, 1, 1); }
        case T_BEAMS_DOWN_LEFT: { out = beam(y, x, 1, -1); }
        case T_BEAMS_TO_ALL_CORNERS: { out = first(beam(y, x, 1, 1), first(beam(y, x, 1, -1), first(beam(y, x, -1, 1), beam(y, x, -1, -1)))); }
        case T_MAJORITY_OF_NEIGHBOURS: { out = smoothed(y, x); }
        case T_MARK_FULL_LINES_OF_NOTHING: { out = select(c, MARK, v[y] == 0u || v[32u + x] == 0u); }
        case T_COMPLETE_LEFT_RIGHT: { out = completed(y, x, true, false); }
        case T_COMPLETE_TOP_BOTTOM: { out = completed(y, x, false, true); }
        case T_COMPLETE_BOTH_WAYS: { out = completed(y, x, true, true); }
        case T_COMPLETE_DIAGONALLY: { out = first(c, at(x, y)); }
        case T_COMPLETE_REPETITION: { out = repeated(y, x); }
        case T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT: {
            let top = atomicLoad(&box_top);
            let left = atomicLoad(&box_left);
            let bottom = atomicLoad(&box_bottom);
            let right = atomicLoad(&box_right);
            let within = c == 0u && y >= top && y < bottom && x >= left && x < right;
            let my = select(y, top + bottom - 1u - y, within);
            let mx = select(x, left + right - 1u - x, within);
            out = select(c, first(at(y, mx), first(at(my, x), at(my, mx))), within);
        }
        default: { out = c; }
    }
    return out;
}

// A cell of content, if its object's value is, or is not, a certain one.
fn joined_value(i: u32, c: u32, value: u32, wanted: bool) -> u32 {
    let own = select(atomicLoad(&label[i]), 0u, c == 0u);
    return select(0u, c, (v[own] == value) == wanted);
}

fn is_rank_op() -> bool {
    return op == T_OBJECTS_BY_RANK_OF_SIZE || op == T_OBJECTS_BY_RANK_OF_SIZE_CORNERS_TOO || op == T_MARK_ENCLOSED_CELLS_BY_SIZE;
}

fn is_like_op() -> bool {
    return op == T_CROP_TO_OBJECT_UNLIKE_THE_OTHERS || op == T_CROP_TO_THE_MOST_COMMON_OBJECT;
}

fn is_best_op() -> bool {
    var out = false;
    switch op {
        case T_CROP_TO_LARGEST_OBJECT, T_CROP_TO_SMALLEST_OBJECT, T_CROP_TO_LARGEST_OBJECT_OF_ANY_COLOUR, T_CROP_TO_SMALLEST_OBJECT_OF_ANY_COLOUR,
            T_CROP_TO_OBJECT_OF_MOST_COLOURS, T_CROP_TO_OBJECT_OF_MOST_CELLS_OF_THE_RAREST_COLOUR, T_CROP_TO_SYMMETRIC_OBJECT, T_CROP_TO_ASYMMETRIC_OBJECT,
            T_CROP_TO_OBJECT_UNLIKE_THE_OTHERS, T_CROP_TO_THE_MOST_COMMON_OBJECT: {
            out = true;
        }
        default: {
            out = false;
        }
    }
    return out;
}

// The one thread that decides what becomes of objects: the first of those with the highest value, or whether there are any.
fn choose_object(how: u32) {
    if is_best_op() {
        result = vec2<u32>(0u, 0u);
        var best = 0u;
        var found = NOBODY;
        for (var i = 0u; i < cells; i += 1u) {
            if is_root(i, how) && (found == NOBODY || v[i] > best) {
                found = i;
                best = v[i];
            }
        }
        if found != NOBODY {
            let o = object(found);
            pick = found;
            origin = vec2<u32>(o.top, o.left);
            result = vec2<u32>(o.height, o.width);
        }
    }
    let n = atomicLoad(&objects);
    switch op {
        case T_ONLY_THE_LARGEST_OBJECT, T_ONLY_THE_SMALLEST_OBJECT, T_WITHOUT_THE_LARGEST_OBJECT, T_WITHOUT_THE_SMALLEST_OBJECT, T_MARK_LARGEST_OBJECT,
            T_MARK_SMALLEST_OBJECT: {
            result = of_size(gh, gw, n > 0u);
        }
        case T_A_CELL_FOR_EACH_OBJECT: {
            result = vec2<u32>(1u, n);
        }
        default: {}
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    me = index;
    op = group.x;
    let from_word = group.y * WORDS;
    if me == 0u {
        size = states[from_word];
        result = vec2<u32>(0u, 0u);
        atomicStore(&box_top, SIDE);
        atomicStore(&box_left, SIDE);
        atomicStore(&box_bottom, 0u);
        atomicStore(&box_right, 0u);
        atomicStore(&largest, 0u);
        atomicStore(&smallest, NOBODY);
        atomicStore(&objects, 0u);
        atomicStore(&hash_a, 0u);
        atomicStore(&hash_b, 0u);
        panes = vec2<u32>(0u, 0u);
    }
    if me < 16u {
        atomicStore(&counts[me], 0u);
        atomicStore(&lowest[me], NONE);
        atomicStore(&highest[me], 0u);
        ranked[me] = NONE;
    }
    let packed = workgroupUniformLoad(&size);
    gh = packed >> 8u;
    gw = packed & 255u;
    cells = gh * gw;
    for (var i = me; i < 900u; i += THREADS) {
        r[i] = 0u;
        v[i] = 0u;
        if i < cells {
            let c = (states[from_word + 1u + i / 4u] >> (8u * (i % 4u))) & 15u;
            g[i] = c;
            atomicAdd(&counts[c], 1u);
        }
    }
    workgroupBarrier();
    if me > 0u && me < 16u {
        if count(me) > 0u {
            ranked[rank_of(me)] = me;
        }
    }
    workgroupBarrier();
    if me == 0u {
        result = result_size();
    }
    if is_crop_op() {
        let wanted = cropped_colours();
        for (var i = me; i < cells; i += THREADS) {
            if ((wanted >> g[i]) & 1u) != 0u {
                atomicMin(&box_top, i / gw);
                atomicMin(&box_left, i % gw);
                atomicMax(&box_bottom, i / gw + 1u);
                atomicMax(&box_right, i % gw + 1u);
            }
        }
        workgroupBarrier();
        if me == 0u {
            let any = atomicLoad(&box_bottom) > 0u;
            origin = vec2<u32>(atomicLoad(&box_top), atomicLoad(&box_left));
            let cut = vec2<u32>(atomicLoad(&box_bottom) - origin.x, atomicLoad(&box_right) - origin.y);
            let kept = select(cut, vec2<u32>(gh, gw), op == T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT);
            result = select(vec2<u32>(0u, 0u), kept, any);
        }
    }
    if is_line_op() {
        if me < gh {
            v[me] = select(0u, 1u, row_flag(me));
        }
        if me >= 32u && me < 32u + gw {
            v[me] = select(0u, 1u, column_flag(me - 32u));
        }
        workgroupBarrier();
        if me == 0u && op != T_MARK_FULL_LINES_OF_NOTHING {
            list_lines();
        }
    }
    if is_pane_op() {
        workgroupBarrier();
        for (var k = me; k < panes.x * panes.y; k += THREADS) {
            v[k] = pane_content(k);
        }
        workgroupBarrier();
        if me == 0u {
            choose_pane();
        }
    }
    if is_sort_op() {
        let of_rows = op == T_SORT_ROWS_BY_CONTENT;
        let n = select(gw, gh, of_rows);
        if me < n {
            if of_rows {
                v[me] = row_content(me);
            } else {
                v[me] = column_content(me);
            }
        }
        workgroupBarrier();
        if me < n {
            var rank = 0u;
            for (var k = 0u; k < n; k += 1u) {
                rank += select(0u, 1u, v[k] < v[me] || (v[k] == v[me] && k < me));
            }
            if of_rows {
                rows[rank] = me;
            } else {
                columns[rank] = me;
            }
        }
    }
    let how = joining();
    if how > 0u {
        start_joining(how);
        for (var round = 0u; round < 900u; round += 1u) {
            if me == 0u {
                atomicStore(&changed, 0u);
            }
            workgroupBarrier();
            join_once(how);
            workgroupBarrier();
            if me == 0u {
                again = atomicLoad(&changed);
            }
            if workgroupUniformLoad(&again) == 0u {
                break;
            }
        }
        let offset = select(0u, 1u, how == 4u);
        for (var i = me; i < cells; i += THREADS) {
            if is_root(i, how) {
                let value = value_of(i + offset);
                v[i] = value;
                atomicMax(&largest, value);
                atomicMin(&smallest, value);
                atomicAdd(&objects, 1u);
                if is_rank_op() {
                    r[value - 1u] = 1u;
                }
                if is_like_op() {
                    let s = shape(i, object(i));
                    v[i] = s.x;
                    r[i] = s.y;
                }
            }
        }
        workgroupBarrier();
        // What others look at is not written before all have looked.
        var later: array<u32, 15>;
        if is_rank_op() || is_like_op() {
            for (var i = me; i < cells; i += THREADS) {
                if is_root(i, how) {
                    var n = 0u;
                    for (var k = select(v[i], 0u, is_like_op()); k < cells; k += 1u) {
                        if is_like_op() {
                            n += select(0u, 1u, is_root(k, how) && v[k] == v[i] && r[k] == r[i]);
                        } else {
                            n += r[k];
                        }
                    }
                    later[i / THREADS] = select(select(n + 1u, 1000u - n, op == T_CROP_TO_OBJECT_UNLIKE_THE_OTHERS), n, op == T_CROP_TO_THE_MOST_COMMON_OBJECT);
                }
            }
        }
        workgroupBarrier();
        if is_rank_op() || is_like_op() {
            for (var i = me; i < cells; i += THREADS) {
                if is_root(i, how) {
                    v[i] = later[i / THREADS];
                }
            }
        }
        workgroupBarrier();
        if me == 0u {
            choose_object(how);
        }
    }
    if op == T_COMPLETE_REPETITION {
        for (var k = me; k + 1u < cells; k += THREADS) {
            let a = k / gw + 1u;
            let b = k % gw + 1u;
            if repeats(a, b) {
                atomicMin(&smallest, ((a * b) << 5u) | a);
            }
        }
        workgroupBarrier();
        if me == 0u {
            pick = atomicLoad(&smallest);
            result = of_size(gh, gw, pick != NOBODY);
        }
    }
    if me == 0u {
        let fits = result.x >= 1u && result.y >= 1u && result.x <= SIDE && result.y <= SIDE;
        size = select(0u, (result.x << 8u) | result.y, fits);
    }
    let out = workgroupUniformLoad(&size);
    let height = out >> 8u;
    let width = out & 255u;
    let n = height * width;
    switch op {
        case T_FALL_DOWN, T_FALL_UP, T_FALL_RIGHT, T_FALL_LEFT: {
            fall(me);
        }
        default: {
            for (var i = me; i < n; i += THREADS) {
                r[i] = cell(i / width, i % width, height, width);
            }
            // Ranks had their sizes here.
            for (var i = n + me; i < 900u; i += THREADS) {
                r[i] = 0u;
            }
        }
    }
    workgroupBarrier();
    if op == T_CONNECT_IN_COLUMNS || op == T_CONNECT_IN_ROWS_AND_COLUMNS || op == T_CONNECT_IN_ROWS_AND_COLUMNS_BY_MARKS {
        connect(me, false, op == T_CONNECT_IN_ROWS_AND_COLUMNS_BY_MARKS);
    }
    workgroupBarrier();
    switch op {
        case T_CONNECT_IN_ROWS, T_CONNECT_IN_ROWS_AND_COLUMNS, T_CONNECT_IN_ROWS_AND_COLUMNS_BY_MARKS, T_CONNECT_IN_ROWS_BY_MARKS: {
            connect(me, true, op == T_CONNECT_IN_ROWS_AND_COLUMNS_BY_MARKS || op == T_CONNECT_IN_ROWS_BY_MARKS);
        }
        default: {}
    }
    workgroupBarrier();
    for (var i = me; i * 4u < n; i += THREADS) {
        let word = r[4u * i] | (r[4u * i + 1u] << 8u) | (r[4u * i + 2u] << 16u) | (r[4u * i + 3u] << 24u);
        atomicAdd(&hash_a, mix_a(word ^ (i * 0x9E3779B9u)));
        atomicAdd(&hash_b, mix_b(word + (i + 1u) * 0x85EBCA6Bu));
    }
    // Which colour would have to become which.
    let pair = group.y % sizes.grids;
    let has_goal = pair < sizes.pairs;
    let goal_word = min(pair, max(sizes.pairs, 1u) - 1u) * WORDS;
    let is_alike = has_goal && goals[goal_word] == out;
    if is_alike {
        for (var i = me; i < n; i += THREADS) {
            let c = (goals[goal_word + 1u + i / 4u] >> (8u * (i % 4u))) & 15u;
            atomicMin(&lowest[r[i]], c);
            atomicMax(&highest[r[i]], c);
        }
    }
    workgroupBarrier();
    if me == 0u {
        var fits = !has_goal || is_alike;
        var known = 0u;
        var colours_to = vec2<u32>(0u, 0u);
        for (var c = 0u; c < 16u; c += 1u) {
            let to = atomicLoad(&lowest[c]);
            if to != NONE {
                fits = fits && to == atomicLoad(&highest[c]);
                known |= 1u << c;
                colours_to[c / 8u] |= to << (4u * (c % 8u));
            }
        }
        let at_word = (group.y * sizes.transformations + op) * OUT_WORDS;
        verdicts[at_word] = select(0u, 1u, n > 0u) | select(0u, 2u, n > 0u && fits) | (known << 16u);
        verdicts[at_word + 1u] = colours_to.x;
        verdicts[at_word + 2u] = colours_to.y;
        verdicts[at_word + 3u] = atomicLoad(&hash_a) + mix_a(out ^ 0x51ED270Bu);
        verdicts[at_word + 4u] = atomicLoad(&hash_b) + mix_b(out ^ 0x51ED270Bu);
    }
}
