// What comes out: its size, and each of its cells.

fn fold(i: u32, n: u32) -> u32 {
    return select(2u * n - 1u - i, i, i < n);
}

// How many cells around one, itself included, are content.
fn content_around(y: u32, x: u32) -> u32 {
    var n = 0u;
    for (var k = 0u; k < 9u; k += 1u) {
        n += min(look(i32(y) + i32(k / 3u) - 1, i32(x) + i32(k % 3u) - 1), 1u);
    }
    return n;
}

// Whether a cell of background has content around it; whether a cell of content has background around it, or the end of the grid.
fn near(y: u32, x: u32, corners: bool) -> bool {
    let a = i32(y);
    let b = i32(x);
    let sides = look(a - 1, b) | look(a + 1, b) | look(a, b - 1) | look(a, b + 1);
    return select(sides, content_around(y, x), corners) != 0u;
}

fn edge(y: u32, x: u32) -> bool {
    return content_around(y, x) < 9u;
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

// The colours, a bit each, around which a part is cut out, and a bit that tells that one is.
fn cropped_colours() -> u32 {
    var out = 0u;
    switch op {
        case T_CROP_TO_CONTENT, T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT: {
            out = CUTS | 0xFFFEu;
        }
        case T_CROP_TO_MOST_FREQUENT_COLOUR: {
            out = CUTS | select(0u, 1u << (ranked[0] & 15u), colours() > 0u);
        }
        case T_CROP_TO_RAREST_COLOUR: {
            out = CUTS | select(0u, 1u << (rarest() & 15u), colours() > 0u);
        }
        case T_CROP_AWAY_MOST_FREQUENT_OF_ALL: {
            out = CUTS | (0xFFFFu & ~(1u << most()));
        }
        default: {
            out = 0u;
        }
    }
    return out;
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
        default: {
            if is_best_op() {
                let i = (origin.x + y) * gw + origin.y + x;
                out = select(0u, g[i], atomicLoad(&label[i]) == pick);
            } else {
                out = recoloured(y, x);
            }
        }
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
        case T_MARK_LARGEST_OBJECT: { out = select(c, MARK, (c != 0u) & (joined_value(i, c, atomicLoad(&largest), true) != 0u)); }
        case T_MARK_SMALLEST_OBJECT: { out = select(c, MARK, (c != 0u) & (joined_value(i, c, atomicLoad(&smallest), true) != 0u)); }
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
                filled = select(filled, becomes, (filled == 0u) & within & is_root(k, 2u));
            }
            out = filled;
        }
        case T_MARK_ENCLOSED_CELLS, T_MARK_ENCLOSED_CELLS_BY_SIZE, T_FILL_ENCLOSED_CELLS: {
            let own = select(atomicLoad(&label[i]), 0u, c != 0u);
            let value = v[max(own, 1u) - 1u];
            let filled = select(select(value, mark(max(value, 1u) - 1u), op == T_MARK_ENCLOSED_CELLS_BY_SIZE), MARK, op == T_MARK_ENCLOSED_CELLS);
            out = select(c, filled, own > 0u);
        }
        case T_MARK_AROUND_CONTENT: { out = select(c, MARK, (c == 0u) & near(y, x, true)); }
        case T_MARK_BESIDE_CONTENT: { out = select(c, MARK, (c == 0u) & near(y, x, false)); }
        case T_MARK_AT_CORNERS_OF_CONTENT: { out = select(c, MARK, (c == 0u) & near(y, x, true) & !near(y, x, false)); }
        case T_MARK_EDGES_OF_CONTENT: { out = select(c, MARK, (c != 0u) & edge(y, x)); }
        case T_MARK_INSIDE_OF_CONTENT: { out = select(c, MARK, (c != 0u) & !edge(y, x)); }
        case T_ONLY_EDGES_OF_CONTENT: { out = select(c, 0u, (c != 0u) & !edge(y, x)); }
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
