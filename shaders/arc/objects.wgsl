// Objects: connected cells, or areas of background; what tells them apart, and what becomes of them.

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
        across = across & (c == of_object(own, o, y, o.width - 1u - x));
        down = down & (c == of_object(own, o, o.height - 1u - y, x));
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
