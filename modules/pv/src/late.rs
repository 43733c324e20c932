//! Texts with variables that are only known while the server runs.

use crate::Pv;
use diagnostics::codes::names;
use diagnostics::{Diagnostic, SourceMap, Span};
use module_api::ast::{Expr, TextPlace};
use module_api::{
    Binder, Call, Expression, ExpressionCompiler, Runtime, Template, Text, VariableSlots,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// How many texts each lane keeps compiled.
const TEXTS_MAX: usize = 64;

/// What is kept from load for texts that come later.
#[derive(Default)]
pub struct Late {
    slots: Mutex<VariableSlots>,
    flags: BTreeMap<String, u8>,
    /// Set when the first text has come: names in it are no variables of the program.
    is_running: AtomicBool,
}

impl Late {
    /// Keeps the declared names of flags.
    pub fn new(flags: &BTreeMap<String, u8>) -> Late {
        Late {
            flags: flags.clone(),
            ..Late::default()
        }
    }

    /// Keeps the slots that were given out so far, while the configuration is loaded.
    pub fn remember(&self, slots: &VariableSlots) {
        if !self.is_running.load(Ordering::Relaxed) {
            let mut kept = self.slots.lock();
            if kept.len() != slots.len() {
                *kept = slots.clone();
            }
        }
    }

    /// The slots of the program's variables.
    pub fn slots(&self) -> VariableSlots {
        self.slots.lock().clone()
    }
}

/// Texts compiled while running, oldest first; all for one runtime.
#[derive(Default)]
struct Compiled {
    runtime: Weak<Runtime>,
    texts: Vec<(Text, Arc<Template>)>,
}

/// Compiles a text, once as long as the lane remembers it.
///
/// # Errors
/// Says which variable in it cannot be.
pub fn template(pv: &Pv, call: &mut Call, text: &Text) -> Result<Arc<Template>, Diagnostic> {
    let runtime = call.runtime.clone();
    let compiled = call.lane.get::<Compiled>();
    if !std::ptr::eq(compiled.runtime.as_ptr(), Arc::as_ptr(&runtime)) {
        *compiled = Compiled {
            runtime: Arc::downgrade(&runtime),
            texts: Vec::new(),
        };
    }
    if let Some((_, template)) = compiled.texts.iter().find(|(known, _)| known == text) {
        return Ok(template.clone());
    }
    let template = Arc::new(compile(pv, &runtime, text)?);
    if compiled.texts.len() >= TEXTS_MAX {
        compiled.texts.remove(0);
    }
    compiled.texts.push((text.clone(), template.clone()));
    Ok(template)
}

fn compile(pv: &Pv, runtime: &Runtime, text: &Text) -> Result<Template, Diagnostic> {
    pv.late.is_running.store(true, Ordering::Relaxed);
    let mut slots = pv.late.slots();
    let mut binder = Binder {
        loaded: &runtime.loaded,
        routes: &runtime.routes,
        slots: &mut slots,
        flags: &pv.late.flags,
        sources: &SourceMap::new(),
        diagnostics: &mut Vec::new(),
        compiler: &NoExpressions,
        asks: Vec::new(),
    };
    binder.template_at(&text.to_str_lossy(), TextPlace::Whole(Span::default()))
}

/// There are no expressions in a text.
struct NoExpressions;

impl ExpressionCompiler for NoExpressions {
    fn compile(&self, expr: &Expr, _: &mut Binder<'_>) -> Result<Box<dyn Expression>, Diagnostic> {
        let message = "an expression cannot be part of a text";
        Err(Diagnostic::error(
            names::MISPLACED_EXPRESSION,
            expr.span,
            message,
        ))
    }
}
