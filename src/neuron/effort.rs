//! How much a driver's compiler has to do for a user's model: compilers copy functions into those that call them, so that a short text may
//! stand for one without end, and give every variable of a function a place for each thread.

use wgpu::naga::{Block, Function, Handle, Module, Statement};

/// Most expressions of a step once every call is replaced by what it calls; the built-in models have a few hundred.
const MOST_EXPRESSIONS: u64 = 20_000;
/// Most bytes of a step's variables, likewise.
const MOST_BYTES: u64 = 16 << 10;
/// Longest text of a model, bytes.
const LONGEST: usize = 64 << 10;

/// What is too much about a model, if anything is; `text` is the user's own.
pub(super) fn too_long(text: &str) -> Option<String> {
    (text.len() > LONGEST)
        .then(|| format!("a model is a text of at most {} KiB, and this has {}", LONGEST >> 10, text.len() >> 10))
}

/// The same of what it says.
pub(super) fn too_much(module: &Module) -> Option<String> {
    // Functions stand behind those that they call.
    let mut all: Vec<(u64, u64)> = Vec::new();
    for (_, function) in module.functions.iter() {
        all.push(effort(module, function, &all));
    }
    let entries = module.entry_points.iter().map(|entry| effort(module, &entry.function, &all));
    let (expressions, bytes) = entries.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)));
    if expressions > MOST_EXPRESSIONS {
        return Some(format!(
            "with every call written out, a step has more than {MOST_EXPRESSIONS} expressions, which may keep a driver's compiler busy for ever; call fewer functions from others"
        ));
    }
    (bytes > MOST_BYTES)
        .then(|| format!("a step's variables take {bytes} bytes, and a thread has room for {MOST_BYTES}; use smaller arrays"))
}

/// Expressions and bytes of variables of a function and of all that it calls.
fn effort(module: &Module, function: &Function, before: &[(u64, u64)]) -> (u64, u64) {
    let variables = function.local_variables.iter();
    let bytes = variables.map(|(_, v)| u64::from(module.types[v.ty].inner.size(module.to_ctx()))).fold(0, u64::saturating_add);
    let mut sum = (function.expressions.len() as u64, bytes);
    calls(&function.body, &mut |callee| {
        let (expressions, bytes) = before.get(callee.index()).copied().unwrap_or((u64::MAX, 0));
        sum = (sum.0.saturating_add(expressions), sum.1.saturating_add(bytes));
    });
    sum
}

/// Every call in a block.
fn calls(block: &Block, found: &mut impl FnMut(Handle<Function>)) {
    for statement in block {
        match statement {
            Statement::Call { function, .. } => found(*function),
            Statement::Block(inner) => calls(inner, found),
            Statement::If { accept, reject, .. } => {
                calls(accept, found);
                calls(reject, found);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| calls(&case.body, found)),
            Statement::Loop { body, continuing, .. } => {
                calls(body, found);
                calls(continuing, found);
            }
            _ => {}
        }
    }
}
