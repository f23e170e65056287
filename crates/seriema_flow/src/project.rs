//! All files together: modules, functions, classes.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use seriema_models::Models;
use seriema_program::Symbol;
use seriema_program::ir::{
    ClassIndex, Expr, ExprId, FileIr, Function, FunctionIndex, FunctionKind, List, Literal, Stmt,
};

use crate::apis::{Api, Apis};
use crate::usage::SetAttributes;

/// A file of the project.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FileId(pub(crate) u32);

/// A function of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FuncId(pub(crate) u32);

/// A class of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ClassId(pub(crate) u32);

/// How a function is used as a member of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) property: bool,
    pub(crate) statical: bool,
    pub(crate) class_method: bool,
    pub(crate) context_manager: bool,
}

/// A class with its place in the hierarchy.
#[derive(Debug, Default)]
pub(crate) struct ClassInfo {
    pub(crate) file: FileId,
    pub(crate) index: ClassIndex,
    /// Itself first.
    pub(crate) mro: Vec<ClassId>,
    /// Base classes outside the project, of the whole hierarchy.
    pub(crate) api_bases: Vec<Symbol>,
    pub(crate) methods: FxHashMap<Symbol, FuncId>,
    /// `@name.setter`
    pub(crate) setters: FxHashMap<Symbol, FuncId>,
    pub(crate) subclasses: Vec<ClassId>,
    /// Annotated names of the body, in order: a dataclass's fields.
    pub(crate) annotated: Vec<(Symbol, ExprId)>,
    pub(crate) is_data: bool,
    /// Whether it is a view that nobody names: only its subclasses are entered, if it has any.
    pub(crate) is_dormant: bool,
}

/// What a name of a module is by the look of its bindings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Static {
    Func(FuncId),
    Class(ClassId),
    Module(FileId),
    Api(Symbol),
    /// An instance of a class of the project.
    Instance(ClassId),
}

/// Subclasses that are looked at for what comes after a class.
const MAX_SUBCLASSES: usize = 40;
/// Methods that may come after one.
const MAX_NEXT: usize = 6;
/// Classes in one order of resolution.
const MAX_MRO: usize = 64;
/// Aliases followed from module to module.
const MAX_HOPS: u32 = 16;

/// The whole program.
pub(crate) struct Project {
    pub(crate) files: Vec<FileIr>,
    pub(crate) models: Models,
    apis: Apis,
    pub(crate) funcs: Vec<(FileId, FunctionIndex)>,
    pub(crate) traits: Vec<Traits>,
    pub(crate) classes: Vec<ClassInfo>,
    func_base: Vec<u32>,
    class_base: Vec<u32>,
    modules: FxHashMap<String, FileId>,
    /// Per file: what is assigned to the module's names.
    pub(crate) bindings: Vec<FxHashMap<Symbol, Vec<ExprId>>>,
    pub(crate) stars: Vec<Vec<Symbol>>,
    /// Names that functions of the file declare global.
    pub(crate) written_globals: Vec<FxHashSet<Symbol>>,
    /// Attributes of classes that are assigned to outside of the class's body.
    pub(crate) written_attributes: FxHashSet<(ClassId, Symbol)>,
    /// Methods of a class that assign to an attribute of their instance.
    pub(crate) writers: FxHashMap<(ClassId, Symbol), Vec<FuncId>>,
    /// Variables of modules that functions only read.
    pub(crate) unchanged: FxHashSet<(FileId, Symbol)>,
    /// What else a function may be: the implementations that `functools.singledispatch` chooses from.
    pub(crate) dispatch: FxHashMap<FuncId, Vec<FuncId>>,
    /// Methods by name.
    pub(crate) by_name: FxHashMap<Symbol, Vec<FuncId>>,
    /// First components of all imports, per file.
    pub(crate) imports: Vec<FxHashSet<Symbol>>,
    /// Per file: the attributes that are set in it, of whatever.
    pub(crate) set_attributes: Vec<SetAttributes>,
    /// All of them.
    attributes: FxHashSet<Symbol>,
    /// Functions of the project that a model says the cleaning of: where the project is the library itself.
    pub(crate) modelled: FxHashMap<FuncId, Symbol>,
}

impl Project {
    pub(crate) fn new(files: Vec<FileIr>, models: Models) -> Self {
        let mut project = Self {
            models,
            apis: Apis::default(),
            funcs: Vec::new(),
            traits: Vec::new(),
            classes: Vec::new(),
            func_base: Vec::new(),
            class_base: Vec::new(),
            modules: FxHashMap::default(),
            bindings: Vec::new(),
            stars: Vec::new(),
            written_globals: Vec::new(),
            written_attributes: FxHashSet::default(),
            writers: FxHashMap::default(),
            unchanged: FxHashSet::default(),
            dispatch: FxHashMap::default(),
            by_name: FxHashMap::default(),
            imports: Vec::new(),
            set_attributes: Vec::new(),
            attributes: FxHashSet::default(),
            modelled: FxHashMap::default(),
            files,
        };
        project.index();
        project.link_classes();
        project.note_set_attributes();
        project.note_writes();
        project.unchanged = crate::usage::unchanged(&project);
        project.note_dispatch();
        project.note_modelled();
        #[allow(clippy::iter_over_hash_type, reason = "marks only")]
        for class in crate::registered::dormant(&project) {
            project.classes[class.0 as usize].is_dormant = true;
        }
        project
    }

    /// All classes.
    pub(crate) fn class_ids(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..u32::try_from(self.classes.len()).unwrap_or(u32::MAX)).map(ClassId)
    }

    /// Finds functions of which a model says what they clean: its author has read them, with all that the analysis does
    /// not know.
    fn note_modelled(&mut self) {
        for number in 0..self.funcs.len() {
            let (file, index) = self.funcs[number];
            let file = self.file(file);
            let function = &file.functions[index as usize];
            if function.class.is_some() || function.kind != FunctionKind::Def {
                continue;
            }
            let path = Symbol::new(file.module.as_str()).dot(function.qualified);
            if !self.models.cleans(path.as_str()).is_empty() && self.models.sinks(path.as_str()).is_empty() {
                self.modelled.insert(FuncId(u32::try_from(number).unwrap_or(u32::MAX)), path);
            }
        }
    }

    fn index(&mut self) {
        for (number, file) in self.files.iter().enumerate() {
            let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
            if !file.module.is_empty() {
                self.modules.entry(file.module.clone()).or_insert(id);
            }
            self.func_base.push(u32::try_from(self.funcs.len()).unwrap_or(u32::MAX));
            self.class_base.push(u32::try_from(self.classes.len()).unwrap_or(u32::MAX));
            let mut written = FxHashSet::default();
            for (index, function) in (0..).zip(&file.functions) {
                let func = FuncId(u32::try_from(self.funcs.len()).unwrap_or(u32::MAX));
                self.funcs.push((id, index));
                self.traits.push(traits(file, function));
                written.extend(function.globals.iter().copied());
                if function.class.is_some() && function.kind == FunctionKind::Def {
                    self.by_name.entry(function.name).or_default().push(func);
                }
            }
            for (index, class) in (0..).zip(&file.classes) {
                let mut info = ClassInfo { file: id, index, ..ClassInfo::default() };
                let body = &file.functions[class.body as usize];
                scan(file, body.body, &mut |stmt| {
                    if let Stmt::Annotate(target, annotation) = stmt
                        && let Expr::Local(slot) = file.expr(target)
                        && let Some(name) = body.locals.get(slot as usize)
                    {
                        info.annotated.push((*name, annotation));
                    }
                });
                self.classes.push(info);
            }
            let mut bindings: FxHashMap<Symbol, Vec<ExprId>> = FxHashMap::default();
            let mut stars = Vec::new();
            if let Some(module) = file.functions.first() {
                scan(file, module.body, &mut |stmt| match stmt {
                    Stmt::Assign(target, value) => {
                        if let Expr::Local(slot) = file.expr(target)
                            && let Some(name) = module.locals.get(slot as usize)
                        {
                            bindings.entry(*name).or_default().push(value);
                        }
                    }
                    Stmt::ImportStar(module) => stars.push(module),
                    _ => {}
                });
            }
            let mut imports = FxHashSet::default();
            for expr in &file.exprs {
                if let Expr::Module(module) | Expr::Member(module, _) = expr {
                    imports.insert(Symbol::new(module.as_str().split('.').next().unwrap_or_default()));
                }
            }
            self.bindings.push(bindings);
            self.stars.push(stars);
            self.written_globals.push(written);
            self.imports.push(imports);
        }
        for number in 0..self.funcs.len() {
            let (file, index) = self.funcs[number];
            let function = &self.files[file.0 as usize].functions[index as usize];
            if let Some(class) = function.class
                && function.kind == FunctionKind::Def
            {
                let class = self.class_id(file, class);
                let name = function.name;
                let func = FuncId(u32::try_from(number).unwrap_or(u32::MAX));
                let accessor = function.decorators.iter().find_map(|decorator| {
                    match self.files[file.0 as usize].expr(*decorator) {
                        Expr::Attribute(_, accessor) if accessor.as_str() == "setter" => Some(true),
                        Expr::Attribute(_, accessor) if accessor.as_str() == "deleter" => Some(false),
                        _ => None,
                    }
                });
                let info = &mut self.classes[class.0 as usize];
                match accessor {
                    Some(true) => info.setters.insert(name, func),
                    Some(false) => None,
                    None => info.methods.insert(name, func),
                };
            }
        }
    }

    fn note_set_attributes(&mut self) {
        self.set_attributes = self.files.iter().map(SetAttributes::of).collect();
        self.attributes = self.set_attributes.iter().flat_map(|set| set.names.iter().copied()).collect();
    }

    fn link_classes(&mut self) {
        let mut bases: Vec<Vec<Static>> = Vec::with_capacity(self.classes.len());
        for class in &self.classes {
            let file = &self.files[class.file.0 as usize];
            let node = &file.classes[class.index as usize];
            let found = node.bases.iter().map(|base| self.static_expr(class.file, *base, MAX_HOPS));
            bases.push(found.flatten().collect());
        }
        for (number, bases) in bases.iter().enumerate() {
            let id = ClassId(u32::try_from(number).unwrap_or(u32::MAX));
            for base in bases {
                if let Static::Class(base) = base {
                    self.classes[base.0 as usize].subclasses.push(id);
                }
            }
        }
        let mut lines = vec![None; self.classes.len()];
        for number in 0..self.classes.len() {
            let id = ClassId(u32::try_from(number).unwrap_or(u32::MAX));
            let mro = linearized(id, &bases, &mut lines, 0);
            let mut api = Vec::new();
            for base in mro.iter().flat_map(|class| &bases[class.0 as usize]) {
                if let Static::Api(path) = base
                    && !api.contains(path)
                {
                    api.push(*path);
                }
            }
            let (file, index) = (self.classes[number].file, self.classes[number].index);
            let node = &self.files[file.0 as usize].classes[index as usize];
            let decorated = node.decorators.iter().any(|decorator| {
                let name = last_name(&self.files[file.0 as usize], *decorator);
                matches!(name.as_str(), "dataclass" | "define" | "frozen" | "attrs" | "mutable" | "s" | "attrib")
            });
            let data_base = api.iter().any(|base| {
                matches!(
                    base.as_str(),
                    "typing.NamedTuple"
                        | "pydantic.BaseModel"
                        | "pydantic.main.BaseModel"
                        | "sqlmodel.SQLModel"
                        | "pydantic_settings.BaseSettings"
                        | "msgspec.Struct"
                        | "typing.TypedDict"
                )
            });
            let info = &mut self.classes[number];
            info.mro = mro;
            info.api_bases = api;
            info.is_data = decorated || data_base;
        }
        for number in 0..self.classes.len() {
            if !self.classes[number].is_data {
                let inherited = self.classes[number].mro.iter().skip(1).any(|base| {
                    let base = &self.classes[base.0 as usize];
                    base.is_data
                });
                self.classes[number].is_data =
                    inherited && !self.classes[number].methods.contains_key(&symbol!("__init__"));
            }
        }
    }

    /// Finds what is assigned to attributes of modules and classes from elsewhere: it is no constant then.
    fn note_writes(&mut self) {
        let mut globals = Vec::new();
        let mut attributes = Vec::new();
        let mut writers = Vec::new();
        for number in 0..self.funcs.len() {
            let (file_id, index) = self.funcs[number];
            let file = &self.files[file_id.0 as usize];
            let function = &file.functions[index as usize];
            let own =
                function.class.filter(|_| self.traits[number].class_method).map(|class| self.class_id(file_id, class));
            scan(file, function.body, &mut |stmt| {
                let (Stmt::Assign(target, _) | Stmt::Augment(target, ..)) = stmt else { return };
                let Expr::Attribute(object, name) = file.expr(target) else { return };
                if let (Expr::Local(0), Some(class), None) = (file.expr(object), function.class, own)
                    && function.kind == FunctionKind::Def
                {
                    let func = FuncId(u32::try_from(number).unwrap_or(u32::MAX));
                    writers.push(((self.class_id(file_id, class), name), func));
                    return;
                }
                if let (Expr::Local(0), Some(own)) = (file.expr(object), own) {
                    attributes.push((own, name));
                    return;
                }
                let local = function.kind != FunctionKind::Module && matches!(root(file, object), Expr::Local(_));
                if local {
                    return;
                }
                for found in self.static_expr(file_id, object, MAX_HOPS) {
                    match found {
                        Static::Module(module) => globals.push((module, name)),
                        Static::Class(class) => attributes.push((class, name)),
                        _ => {}
                    }
                }
            });
        }
        for (field, func) in writers {
            let known: &mut Vec<FuncId> = self.writers.entry(field).or_default();
            if known.last() != Some(&func) {
                known.push(func);
            }
        }
        for (file, name) in globals {
            self.written_globals[file.0 as usize].insert(name);
        }
        for (class, name) in attributes {
            let bases = self.classes[class.0 as usize].mro.clone();
            self.written_attributes.extend(bases.into_iter().map(|base| (base, name)));
        }
    }

    /// Finds what is registered with functions that choose by type.
    fn note_dispatch(&mut self) {
        let mut found = Vec::new();
        for (number, (file_id, index)) in (0..).zip(&self.funcs) {
            let file = self.file(*file_id);
            for decorator in &file.functions[*index as usize].decorators {
                let callee = match file.expr(*decorator) {
                    Expr::Call(index) => file.calls[index as usize].callee,
                    _ => *decorator,
                };
                let Expr::Attribute(object, name) = file.expr(callee) else { continue };
                if name.as_str() != "register" || !matches!(root(file, object), Expr::Global(_) | Expr::Local(_)) {
                    continue;
                }
                for target in self.static_expr(*file_id, object, MAX_HOPS) {
                    if let Static::Func(generic) = target
                        && self.is_dispatching(generic)
                    {
                        found.push((generic, FuncId(number)));
                    }
                }
            }
        }
        for (generic, implementation) in found {
            self.dispatch.entry(generic).or_default().push(implementation);
        }
    }

    fn is_dispatching(&self, func: FuncId) -> bool {
        let (file, _) = self.funcs[func.0 as usize];
        let file = self.file(file);
        self.function(func).decorators.iter().any(|decorator| last_name(file, *decorator).as_str() == "singledispatch")
    }

    /// What else a function may be.
    pub(crate) fn implementations(&self, func: FuncId) -> &[FuncId] {
        self.dispatch.get(&func).map_or(&[], Vec::as_slice)
    }

    /// The methods of a class that assign to an attribute of their instance.
    pub(crate) fn writers(&self, class: ClassId, name: Symbol) -> &[FuncId] {
        self.writers.get(&(class, name)).map_or(&[], Vec::as_slice)
    }

    /// Attributes that methods assign to, with their classes.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (ClassId, Symbol)> + '_ {
        self.writers.keys().copied()
    }

    /// Whether functions only read what a module put into its variable.
    pub(crate) fn is_unchanged(&self, file: FileId, name: Symbol) -> bool {
        self.unchanged.contains(&(file, name))
    }

    /// The module whose variable a name of a module is.
    pub(crate) fn owner(&self, file: FileId, name: Symbol, hops: u32) -> Option<(FileId, Symbol)> {
        let hops = hops.checked_sub(1)?;
        if let Some(values) = self.bindings[file.0 as usize].get(&name) {
            if let [only] = values.as_slice()
                && let Expr::Member(module, inner) = self.file(file).expr(*only)
                && let Some(module) = self.module(module.as_str())
            {
                return self.owner(module, inner, hops);
            }
            return Some((file, name));
        }
        if self.binds(file, name) {
            return Some((file, name));
        }
        let star = self.star_owner(file, name, hops)?;
        self.owner(star, name, hops)
    }

    /// What a module assigns to a name.
    pub(crate) fn bound_to(&self, file: FileId, name: Symbol) -> &[ExprId] {
        self.bindings[file.0 as usize].get(&name).map_or(&[], Vec::as_slice)
    }

    /// What is assigned to the names of a module by the module itself.
    pub(crate) fn bound_expressions(&self, file: FileId) -> impl Iterator<Item = ExprId> + '_ {
        self.bindings[file.0 as usize].values().flatten().copied()
    }

    pub(crate) fn file(&self, id: FileId) -> &FileIr {
        &self.files[id.0 as usize]
    }

    pub(crate) fn function(&self, id: FuncId) -> &Function {
        let (file, index) = self.funcs[id.0 as usize];
        &self.files[file.0 as usize].functions[index as usize]
    }

    pub(crate) fn func_id(&self, file: FileId, index: FunctionIndex) -> FuncId {
        FuncId(self.func_base[file.0 as usize] + index)
    }

    pub(crate) fn class_id(&self, file: FileId, index: ClassIndex) -> ClassId {
        ClassId(self.class_base[file.0 as usize] + index)
    }

    pub(crate) fn class(&self, id: ClassId) -> &ClassInfo {
        &self.classes[id.0 as usize]
    }

    /// The function that is a class's body.
    pub(crate) fn class_body(&self, id: ClassId) -> FuncId {
        let class = self.class(id);
        self.func_id(class.file, self.file(class.file).classes[class.index as usize].body)
    }

    pub(crate) fn module(&self, name: &str) -> Option<FileId> {
        self.modules.get(name).copied()
    }

    /// What models say of a path of a library.
    pub(crate) fn api(&self, path: Symbol) -> Arc<Api> {
        self.apis.get(&self.models, path)
    }

    /// The name by which a path of a library is known.
    pub(crate) fn canonical(&self, path: Symbol) -> Symbol {
        self.api(path).canonical
    }

    /// Whether models say anything of a call or of what it gives.
    pub(crate) fn knows_call(&self, path: Symbol) -> bool {
        self.apis.knows_call(&self.models, path)
    }

    /// The method that a class has by itself or from its bases.
    pub(crate) fn method(&self, class: ClassId, name: Symbol) -> Option<FuncId> {
        self.class(class).mro.iter().find_map(|base| self.class(*base).methods.get(&name).copied())
    }

    /// What assigning to a property of a class calls.
    pub(crate) fn setter(&self, class: ClassId, name: Symbol) -> Option<FuncId> {
        self.class(class).mro.iter().find_map(|base| self.class(*base).setters.get(&name).copied())
    }

    /// Whether the attribute of the class itself is assigned to outside of the class's body.
    pub(crate) fn is_written(&self, class: ClassId, name: Symbol) -> bool {
        self.written_attributes.contains(&(class, name))
    }

    /// The method that comes after `class` in the hierarchy of its instances.
    pub(crate) fn super_method(&self, class: ClassId, name: Symbol) -> Option<FuncId> {
        self.class(class).mro.iter().skip(1).find_map(|base| self.class(*base).methods.get(&name).copied())
    }

    /// The methods that may come after `class` in the hierarchy of an instance: of this very class, or of any that has it.
    pub(crate) fn next_methods(&self, class: ClassId, name: Symbol, exact: Option<ClassId>) -> Vec<FuncId> {
        let next = |instance: ClassId| {
            let mro = &self.class(instance).mro;
            let at = mro.iter().position(|base| *base == class)?;
            mro[at + 1..].iter().find_map(|base| self.class(*base).methods.get(&name).copied())
        };
        if let Some(exact) = exact {
            return next(exact).into_iter().collect();
        }
        let mut out: Vec<FuncId> = next(class).into_iter().collect();
        let mut seen = vec![class];
        let mut at = 0;
        while at < seen.len() && seen.len() < MAX_SUBCLASSES {
            for subclass in &self.class(seen[at]).subclasses {
                if !seen.contains(subclass) {
                    seen.push(*subclass);
                    if let Some(func) = next(*subclass)
                        && !out.contains(&func)
                    {
                        out.push(func);
                    }
                }
            }
            at += 1;
        }
        out.truncate(MAX_NEXT);
        out
    }

    /// Whether a module's name is bound once, and by the module alone.
    pub(crate) fn is_fixed(&self, file: FileId, name: Symbol) -> bool {
        self.bindings[file.0 as usize].get(&name).is_some_and(|all| all.len() == 1)
            && !self.written_globals[file.0 as usize].contains(&name)
    }

    /// Whether an attribute of a class's instances is what the class's body says: nobody assigns to it, no subclass
    /// has another one.
    pub(crate) fn is_fixed_attribute(&self, class: ClassId, name: Symbol) -> bool {
        let info = self.class(class);
        !self.attributes.contains(&name)
            && !info.is_data
            && info.mro.iter().all(|base| !self.set_attributes[self.class(*base).file.0 as usize].any)
            && !self.subclass_binds(class, name, MAX_HOPS)
    }

    fn subclass_binds(&self, class: ClassId, name: Symbol, hops: u32) -> bool {
        let Some(hops) = hops.checked_sub(1) else { return true };
        self.class(class).subclasses.iter().any(|subclass| {
            let body = self.function(self.class_body(*subclass));
            body.locals.contains(&name) || self.subclass_binds(*subclass, name, hops)
        })
    }

    /// What a module's name is by the look of its bindings.
    pub(crate) fn static_global(&self, file: FileId, name: Symbol, hops: u32) -> Vec<Static> {
        let Some(hops) = hops.checked_sub(1) else { return Vec::new() };
        if let Some(values) = self.bindings[file.0 as usize].get(&name) {
            let mut out = Vec::new();
            for value in values.iter().take(4) {
                for found in self.static_expr(file, *value, hops) {
                    if !out.contains(&found) {
                        out.push(found);
                    }
                }
            }
            return out;
        }
        for star in self.stars[file.0 as usize].iter().rev() {
            match self.module(star.as_str()) {
                Some(module) if module != file => {
                    let found = self.static_global(module, name, hops);
                    if !found.is_empty() {
                        return found;
                    }
                }
                _ => {}
            }
        }
        Vec::new()
    }

    /// Whether a module binds a name, by itself or by a star import of the project.
    pub(crate) fn binds(&self, file: FileId, name: Symbol) -> bool {
        self.bindings[file.0 as usize].contains_key(&name) || self.written_globals[file.0 as usize].contains(&name)
    }

    /// Whether `from module import *` brings a name of the module: those of `__all__`, or all without an underscore.
    pub(crate) fn exports_to_star(&self, file: FileId, name: Symbol) -> bool {
        let bindings = &self.bindings[file.0 as usize];
        if !bindings.contains_key(&name) {
            return false;
        }
        let ir = self.file(file);
        let listed = bindings.get(&symbol!("__all__")).and_then(|all| match all.as_slice() {
            [only] => match ir.expr(*only) {
                Expr::Display(_, list) => Some(ir.exprs_of(list)),
                _ => None,
            },
            _ => None,
        });
        match listed {
            Some(names) => {
                names.iter().any(|item| matches!(ir.expr(*item), Expr::Literal(Literal::Str(text)) if text == name))
            }
            None => !name.as_str().starts_with('_') || bindings.contains_key(&symbol!("__all__")),
        }
    }

    /// The modules outside the project that a file takes everything from.
    pub(crate) fn foreign_stars(&self, file: FileId) -> impl Iterator<Item = Symbol> + '_ {
        self.stars[file.0 as usize].iter().copied().filter(|star| self.module(star.as_str()).is_none())
    }

    /// The module of the project whose name a star import brings into a file.
    pub(crate) fn star_owner(&self, file: FileId, name: Symbol, hops: u32) -> Option<FileId> {
        let hops = hops.checked_sub(1)?;
        self.stars[file.0 as usize].iter().rev().find_map(|star| {
            let module = self.module(star.as_str())?;
            if module == file {
                None
            } else if self.binds(module, name) {
                Some(module)
            } else {
                self.star_owner(module, name, hops)
            }
        })
    }

    /// What `from module import name` gives.
    pub(crate) fn static_member(&self, module: Symbol, name: Symbol, hops: u32) -> Vec<Static> {
        if let Some(file) = self.module(module.as_str()) {
            let found = self.static_global(file, name, hops);
            if !found.is_empty() {
                return found;
            }
            return self.module(module.dot(name).as_str()).map(Static::Module).into_iter().collect();
        }
        let path = module.dot(name);
        if let Some(file) = self.module(path.as_str()) {
            return vec![Static::Module(file)];
        }
        vec![Static::Api(self.canonical(path))]
    }

    /// What `import module` gives.
    pub(crate) fn static_module(&self, module: Symbol) -> Static {
        match self.module(module.as_str()) {
            Some(file) => Static::Module(file),
            None => Static::Api(module),
        }
    }

    /// What an expression of a module's or class's body, or an annotation, refers to.
    pub(crate) fn static_expr(&self, file: FileId, expr: ExprId, hops: u32) -> Vec<Static> {
        let Some(hops) = hops.checked_sub(1) else { return Vec::new() };
        let ir = self.file(file);
        match ir.expr(expr) {
            Expr::Global(name) => {
                let found = self.static_global(file, name, hops);
                if found.is_empty() && !self.binds(file, name) { self.builtin(file, name) } else { found }
            }
            Expr::Local(slot) => {
                // Only a module's own names are known here.
                let name = ir.functions.first().and_then(|module| module.locals.get(slot as usize));
                name.map(|name| self.static_global(file, *name, hops)).unwrap_or_default()
            }
            Expr::Module(module) => vec![self.static_module(module)],
            Expr::Member(module, name) => self.static_member(module, name, hops),
            Expr::Function(index) => vec![Static::Func(self.func_id(file, index))],
            Expr::Class(index) => vec![Static::Class(self.class_id(file, index))],
            Expr::Attribute(object, name) => {
                let mut out = Vec::new();
                for object in self.static_expr(file, object, hops) {
                    match object {
                        Static::Module(module) => {
                            let found = self.static_global(module, name, hops);
                            if found.is_empty() {
                                let inner = format!("{}.{name}", self.file(module).module);
                                out.extend(self.module(&inner).map(Static::Module));
                            }
                            out.extend(found);
                        }
                        Static::Api(path) => {
                            let path = path.dot(name);
                            match self.module(path.as_str()) {
                                Some(module) => out.push(Static::Module(module)),
                                None => out.push(Static::Api(self.canonical(path))),
                            }
                        }
                        Static::Class(class) | Static::Instance(class) => {
                            out.extend(self.method(class, name).map(Static::Func));
                        }
                        Static::Func(_) => {}
                    }
                }
                out
            }
            Expr::Call(index) => {
                let call = &ir.calls[index as usize];
                let mut out = Vec::new();
                for callee in self.static_expr(file, call.callee, hops) {
                    match callee {
                        Static::Class(class) => out.push(Static::Instance(class)),
                        Static::Api(path) => {
                            out.push(Static::Api(self.canonical(path.called())));
                        }
                        _ => {}
                    }
                }
                out
            }
            Expr::Binary(_, left, right) => {
                // `A | None`
                let mut out = self.static_expr(file, left, hops);
                out.extend(self.static_expr(file, right, hops));
                out
            }
            Expr::Index(object, index) => {
                let name = last_name(ir, object);
                match name.as_str() {
                    "Optional" | "Annotated" | "Final" | "ClassVar" => match ir.expr(index) {
                        Expr::Display(_, list) => {
                            let first = ir.exprs_of(list).first();
                            first.map(|first| self.static_expr(file, *first, hops)).unwrap_or_default()
                        }
                        _ => self.static_expr(file, index, hops),
                    },
                    // `class A(Generic[T])`, `class A(Base[T])`
                    _ => self.static_expr(file, object, hops),
                }
            }
            _ => Vec::new(),
        }
    }

    fn builtin(&self, file: FileId, name: Symbol) -> Vec<Static> {
        if let Some(star) = self.foreign_stars(file).next() {
            return vec![Static::Api(self.canonical(star.dot(name)))];
        }
        vec![Static::Api(symbol!("builtins").dot(name))]
    }
}

/// The statements of a body and of the blocks in it, but not of functions.
pub(crate) fn scan(file: &FileIr, body: List, visit: &mut impl FnMut(Stmt)) {
    for id in file.stmts_of(body) {
        let stmt = file.stmt(*id);
        visit(stmt);
        match stmt {
            Stmt::If(_, a, b) | Stmt::While(_, a, b) | Stmt::For(_, _, a, b) => {
                scan(file, a, visit);
                scan(file, b, visit);
            }
            Stmt::With(_, _, body) => scan(file, body, visit),
            Stmt::Try(index) => {
                let node = &file.tries[index as usize];
                scan(file, node.body, visit);
                for handler in &node.handlers {
                    scan(file, handler.body, visit);
                }
                scan(file, node.orelse, visit);
                scan(file, node.finally, visit);
            }
            Stmt::Match(index) => {
                for case in &file.matches[index as usize].cases {
                    scan(file, case.body, visit);
                }
            }
            _ => {}
        }
    }
}

/// What a chain of attributes begins with.
pub(crate) fn root(file: &FileIr, mut expr: ExprId) -> Expr {
    while let Expr::Attribute(object, _) = file.expr(expr) {
        expr = object;
    }
    file.expr(expr)
}

/// The order of resolution: C3, as Python has it; where bases contradict each other, the rest as it comes.
fn linearized(class: ClassId, bases: &[Vec<Static>], known: &mut [Option<Vec<ClassId>>], depth: usize) -> Vec<ClassId> {
    if let Some(known) = &known[class.0 as usize] {
        return known.clone();
    }
    // A class that is its own base stops here.
    known[class.0 as usize] = Some(vec![class]);
    let direct: Vec<ClassId> = bases[class.0 as usize]
        .iter()
        .filter_map(|base| if let Static::Class(base) = base { Some(*base) } else { None })
        .take(MAX_MRO)
        .collect();
    let mut lines: Vec<Vec<ClassId>> = Vec::new();
    if depth < MAX_MRO {
        lines.extend(direct.iter().map(|base| linearized(*base, bases, known, depth + 1)));
    }
    lines.push(direct);
    let mut out = vec![class];
    while out.len() < MAX_MRO {
        lines.retain(|line| !line.is_empty());
        let heads = lines.iter().map(|line| line[0]);
        let fits = |head: &ClassId| !lines.iter().any(|line| line[1..].contains(head));
        let Some(next) = heads.clone().find(fits).or_else(|| heads.clone().next()) else { break };
        for line in &mut lines {
            line.retain(|other| *other != next);
        }
        if !out.contains(&next) {
            out.push(next);
        }
    }
    known[class.0 as usize] = Some(out.clone());
    out
}

/// The last component of a dotted expression.
pub(crate) fn last_name(file: &FileIr, expr: ExprId) -> Symbol {
    match file.expr(expr) {
        Expr::Global(name) | Expr::Attribute(_, name) | Expr::Member(_, name) => name,
        Expr::Call(index) => last_name(file, file.calls[index as usize].callee),
        Expr::Local(slot) => file
            .functions
            .first()
            .and_then(|module| module.locals.get(slot as usize))
            .copied()
            .unwrap_or_else(|| symbol!("")),
        _ => symbol!(""),
    }
}

fn traits(file: &FileIr, function: &Function) -> Traits {
    let mut traits = Traits::default();
    for decorator in &function.decorators {
        match last_name(file, *decorator).as_str() {
            "property" | "cached_property" | "reify" | "hybrid_property" => traits.property = true,
            "staticmethod" => traits.statical = true,
            "classmethod" | "validator" => traits.class_method = true,
            "contextmanager" | "asynccontextmanager" => traits.context_manager = true,
            _ => {}
        }
    }
    if matches!(function.name.as_str(), "__new__" | "__init_subclass__" | "__class_getitem__") {
        traits.class_method = true;
    }
    traits
}
