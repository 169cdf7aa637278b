// A workgroup applies one transformation to one grid, and tells whether it applies, what its hash is, and which colour would have to become
// which for it to be the goal. Twin: src/arc/language.rs; the constants that begin with T are its names, written before this text (src/bench/examiner.rs).
// Functions return at their end alone: llvmpipe (Mesa 22.3.6) gets returns within switches and loops wrong, where SwiftShader does not.
// Memory of a workgroup stays below 16 KiB, and loops of a thread below the 65,535 rounds after which software adapters end them (tests/arc.rs: the
// largest grids with the most objects and with the longest).

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
    if me == 0u && (wanted & CUTS) != 0u {
        let any = atomicLoad(&box_bottom) > 0u;
        origin = vec2<u32>(atomicLoad(&box_top), atomicLoad(&box_left));
        let cut = vec2<u32>(atomicLoad(&box_bottom) - origin.x, atomicLoad(&box_right) - origin.y);
        let kept = select(cut, vec2<u32>(gh, gw), op == T_COMPLETE_SYMMETRY_AROUND_THE_MIDDLE_OF_CONTENT);
        result = select(vec2<u32>(0u, 0u), kept, any);
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
