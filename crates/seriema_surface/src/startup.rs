//! A program's start, gone through without running it: modules are imported, factories called, objects made, and every
//! call of a library is written down with what it was given. Frameworks are told of their routes by such calls.
//!
//! Python is followed as far as a start needs it. What is not known stays [`Value::Unknown`], branches that depend on it
//! are all taken, and everything is bounded: the same program gives the same result, whatever it holds.

mod builtin;
mod call;
mod class;
mod expression;
mod scope;
mod statement;
mod value;

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, Function, FunctionKind, Slot};

pub(crate) use value::{Arguments, Call, ClassId, FileIndex, FrameId, FuncId, GAP, Heap, Node, NodeId, Site, Value};

/// Statements and expressions that a start may take.
const MAX_STEPS: u32 = 20_000_000;
/// Statements and expressions that one call may take, what it calls among them.
const MAX_CALL_STEPS: u32 = 400_000;
/// Calls within calls.
const MAX_DEPTH: u32 = 40;
/// Elements that a loop goes through.
const MAX_ITEMS: usize = 4096;
/// Things that may be made.
const MAX_NODES: usize = 4_000_000;

/// Whether a module's body has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
}

/// Where something is evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) file: FileIndex,
    pub(crate) frame: FrameId,
}

/// What a class was made of.
#[derive(Clone, Debug)]
pub(crate) struct ClassMade {
    pub(crate) bases: Vec<Value>,
    /// The variables of its body.
    pub(crate) frame: FrameId,
    /// What was put around it, the innermost first.
    pub(crate) decorators: Vec<Value>,
}

/// A program that starts.
#[derive(Debug)]
pub(crate) struct Startup<'p> {
    pub(crate) files: &'p [FileIr],
    modules: FxHashMap<&'p str, FileIndex>,
    packages: FxHashSet<&'p str>,
    /// Packages that are started from within: those with a `manage.py`.
    roots: Vec<&'p str>,
    globals: Vec<FxHashMap<Symbol, Value>>,
    /// Modules outside of the program of which a file imports everything.
    stars: Vec<Vec<Symbol>>,
    frames: Vec<FrameId>,
    /// The variables of modules' bodies, by their names.
    slots: Vec<FxHashMap<Symbol, Slot>>,
    states: Vec<State>,
    classes: FxHashMap<ClassId, ClassMade>,
    pub(crate) heap: Heap,
    scopes: FxHashMap<FuncId, Context>,
    objects: FxHashMap<ClassId, Value>,
    /// Functions that were called.
    called: FxHashSet<FuncId>,
    active: Vec<FuncId>,
    /// The object and class of each method that is active.
    objects_of_calls: Vec<Option<(Value, ClassId)>>,
    yields: Vec<Vec<Value>>,
    steps: u32,
    limit: u32,
    /// Whether the last statement that returned always does.
    is_sure: bool,
    depth: u32,
}

impl<'p> Startup<'p> {
    /// A program that has not started.
    pub(crate) fn new(files: &'p [FileIr]) -> Self {
        let mut modules: FxHashMap<&'p str, FileIndex> = FxHashMap::default();
        let mut packages = FxHashSet::default();
        for (at, file) in files.iter().enumerate() {
            if file.module.is_empty() {
                continue;
            }
            let index = FileIndex::try_from(at).unwrap_or(FileIndex::MAX);
            // Of a module and a package of one name, Python takes the package.
            if file.is_package || !modules.contains_key(file.module.as_str()) {
                modules.insert(&file.module, index);
            }
            let mut name = file.module.as_str();
            while let Some((package, _)) = name.rsplit_once('.') {
                packages.insert(package);
                name = package;
            }
        }
        let mut heap = Heap::default();
        let body_locals = |file: &FileIr| file.functions.first().map_or(0, |body| body.locals.len());
        let frames = files.iter().map(|file| heap.open(body_locals(file))).collect();
        Self {
            files,
            roots: files.iter().filter_map(|file| file.module.strip_suffix(".manage")).collect(),
            modules,
            packages,
            globals: vec![FxHashMap::default(); files.len()],
            stars: vec![Vec::new(); files.len()],
            frames,
            slots: vec![FxHashMap::default(); files.len()],
            states: vec![State::Waiting; files.len()],
            classes: FxHashMap::default(),
            heap,
            scopes: FxHashMap::default(),
            objects: FxHashMap::default(),
            called: FxHashSet::default(),
            active: Vec::new(),
            objects_of_calls: Vec::new(),
            yields: Vec::new(),
            steps: 0,
            limit: MAX_STEPS,
            is_sure: true,
            depth: 0,
        }
    }

    /// Imports every module that is not for tests: first those that no other imports, as a program is started by them.
    /// Modules that import one another in a circle work only in the order that starts there.
    pub(crate) fn import_all(&mut self) {
        let files: Vec<FileIndex> = (0..).zip(self.files).filter(|(_, file)| !file.is_test).map(|(at, _)| at).collect();
        let mut imported: FxHashSet<FileIndex> = FxHashSet::default();
        for at in &files {
            let mut add = |name: &str| imported.extend(self.modules.get(name).filter(|other| *other != at));
            for expr in &self.file(*at).exprs {
                match expr {
                    Expr::Module(module) => add(module.as_str()),
                    Expr::Member(module, name) => {
                        add(module.as_str());
                        add(module.dot(*name).as_str());
                    }
                    _ => {}
                }
            }
        }
        let (inner, outer): (Vec<FileIndex>, Vec<FileIndex>) = files.into_iter().partition(|at| imported.contains(at));
        for at in outer.into_iter().chain(inner) {
            self.import(at);
        }
    }

    /// Whether the start was cut short.
    pub(crate) fn is_bounded(&self) -> bool {
        self.steps >= MAX_STEPS || self.heap.len() >= MAX_NODES
    }

    pub(crate) fn file(&self, index: FileIndex) -> &'p FileIr {
        &self.files[index as usize]
    }

    pub(crate) fn function(&self, func: FuncId) -> &'p Function {
        &self.file(func.file).functions[func.index as usize]
    }

    pub(crate) fn class(&self, class: ClassId) -> &'p seriema_program::ir::Class {
        &self.file(class.file).classes[class.index as usize]
    }

    /// The file of a module.
    pub(crate) fn module(&self, name: &str) -> Option<FileIndex> {
        if let Some(file) = self.modules.get(name) {
            return Some(*file);
        }
        // `manage.py` is run where it lies: what lies beside it is imported without the package around it.
        self.roots.iter().find_map(|root| self.modules.get(format!("{root}.{name}").as_str()).copied())
    }

    /// Whether a function was called when the program started.
    pub(crate) fn was_called(&self, func: FuncId) -> bool {
        self.called.contains(&func)
    }

    /// What a name of a module stands for, if it is known.
    pub(crate) fn global(&self, file: FileIndex, name: &str) -> Option<Value> {
        self.globals[file as usize].get(&Symbol::new(name)).copied()
    }

    /// A module by its dotted name, imported.
    pub(crate) fn imported(&mut self, name: &str) -> Option<FileIndex> {
        let file = self.module(name)?;
        self.import(file);
        Some(file)
    }

    /// The variables of a module's body.
    pub(crate) fn module_context(&self, file: FileIndex) -> Context {
        Context { file, frame: self.frames[file as usize] }
    }

    fn import(&mut self, file: FileIndex) {
        if self.states[file as usize] != State::Waiting {
            return;
        }
        self.states[file as usize] = State::Running;
        let source = self.file(file);
        // Python imports the packages around a module before it.
        if let Some((package, _)) = source.module.rsplit_once('.')
            && let Some(package) = self.module(package)
        {
            self.import(package);
        }
        if let Some(body) = source.functions.first() {
            let context = self.module_context(file);
            for (slot, name) in body.locals.iter().enumerate() {
                // Variables of comprehensions have the names of others, and come after them.
                self.slots[file as usize].entry(*name).or_insert_with(|| Slot::try_from(slot).unwrap_or(Slot::MAX));
            }
            // What a call may take does not cut short what it imports.
            let (before, limit) = (self.steps, std::mem::replace(&mut self.limit, MAX_STEPS));
            let object = self.objects_of_calls.len();
            self.objects_of_calls.push(None);
            stacker::maybe_grow(256 << 10, 4 << 20, || self.block(context, body.body, true));
            self.objects_of_calls.truncate(object);
            self.limit = limit.saturating_add(self.steps - before).min(MAX_STEPS);
            self.is_sure = true;
        }
        self.states[file as usize] = State::Done;
    }

    /// What a module has under a name.
    fn member(&mut self, module: Symbol, name: Symbol) -> Value {
        let Some(file) = self.module(module.as_str()) else {
            let inner = module.dot(name);
            if let Some(file) = self.imported(inner.as_str()) {
                return Value::Module(file);
            }
            let is_ours = self.packages.contains(module.as_str());
            return if is_ours { Value::Unknown } else { Value::Api(inner) };
        };
        self.import(file);
        self.of_module(file, name)
    }

    /// What a module of the program has under a name, submodules among it.
    fn of_module(&mut self, file: FileIndex, name: Symbol) -> Value {
        if let Some(value) = self.globals[file as usize].get(&name) {
            return *value;
        }
        let inner = format!("{}.{name}", self.file(file).module);
        if let Some(module) = self.imported(&inner) {
            return Value::Module(module);
        }
        if let Some(value) = self.defined(file, name) {
            return value;
        }
        match self.stars[file as usize].last() {
            Some(star) => Value::Api(star.dot(name)),
            None => Value::Unknown,
        }
    }

    /// A function or class of a module whose body has not come to it: modules that import each other.
    fn defined(&mut self, file: FileIndex, name: Symbol) -> Option<Value> {
        let source = self.file(file);
        let at = source
            .functions
            .iter()
            .position(|function| function.kind == FunctionKind::Def && function.qualified == name)?;
        let func = FuncId { file, index: u32::try_from(at).unwrap_or(u32::MAX) };
        let frame = self.frames[file as usize];
        Some(Value::Node(self.heap.add(Node::Closure { func, frame })))
    }

    /// Whether there is anything left to spend.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < self.limit && self.heap.len() < MAX_NODES
    }

    pub(crate) fn site(file: FileIndex, source: &FileIr, expr: ExprId) -> Site {
        Site { file, span: source.span(expr) }
    }
}
