// Rows and columns: which are kept, the parts between those that go through, gravity, connections, repetition.

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
                some = some | (y == 0u) | (at(y, x) != at(max(y, 1u) - 1u, x));
            }
            case T_WITHOUT_EMPTY_LINES, T_MARK_FULL_LINES_OF_NOTHING: {
                some = some | (at(y, x) != 0u);
            }
            default: {
                some = some | (at(y, x) != at(y, 0u));
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
                some = some | (x == 0u) | (at(y, x) != at(y, max(x, 1u) - 1u));
            }
            case T_WITHOUT_EMPTY_LINES, T_MARK_FULL_LINES_OF_NOTHING: {
                some = some | (at(y, x) != 0u);
            }
            default: {
                some = some | (at(y, x) != at(0u, x));
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
        are_alike = are_alike & (pane_height(k) == pane_height(0u)) & (pane_width(k) == pane_width(0u));
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
                    holds = holds & ((c == 0u) | (found == 0u) | (c == found));
                    found = first(found, c);
                }
            }
            holds = holds & (found != 0u);
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
