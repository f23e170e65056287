//! Models by API path.

use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::schema::{self, Argument, Condition, Constant, Constants, Place, When};
use crate::{EMBEDDED, Kinds, SinkKind, SourceKind};

/// A model that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError {
    /// The file.
    pub file: String,
    /// The one-based line.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ModelError {}

/// Data that others control.
#[derive(Clone, Debug)]
pub struct Source {
    /// What kind.
    pub kind: SourceKind,
    /// An argument that is filled, instead of the result.
    pub argument: Option<Argument>,
}

/// An argument that does harm.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Which one.
    pub argument: Argument,
    /// What kind.
    pub kind: SinkKind,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
    /// Not if one of these holds.
    pub unless: Vec<Condition>,
    /// Of a sink by method: what the receiver's name ends in.
    pub receiver: Vec<String>,
    /// Of a sink by method: what the argument has to look like.
    pub looks_sql: bool,
}

/// A call whose result is its cleaned argument.
#[derive(Clone, Debug)]
pub struct Clean {
    /// What is cleaned.
    pub kinds: Kinds,
    /// Of which argument.
    pub argument: Argument,
    /// Why it does not really clean.
    pub weak: Option<String>,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
    /// Not if one of these holds.
    pub unless: Vec<Condition>,
}

/// A check.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Of which argument.
    pub argument: Argument,
    /// When it holds.
    pub when: When,
    /// What is clean then.
    pub kinds: Kinds,
    /// Why it does not really check.
    pub weak: Option<String>,
}

/// How data goes through.
#[derive(Clone, Debug)]
pub struct Flow {
    /// From these.
    pub from: Vec<Place>,
    /// To this.
    pub to: Place,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
    /// Not if one of these holds.
    pub unless: Vec<Condition>,
}

/// A function that is called back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Which argument.
    pub function: Argument,
    /// What it is given.
    pub gives: Vec<Place>,
    /// Where its result goes.
    pub to: Option<Place>,
}

/// A way in.
#[derive(Clone, Debug)]
pub struct Route {
    /// Of a registering call: which argument is the handler.
    pub function: Option<Argument>,
    /// Of a base class: its methods that handle.
    pub methods: Vec<String>,
    /// What the first parameters are instances of.
    pub types: Vec<String>,
    /// What kind of source the parameters are.
    pub parameters: Option<SourceKind>,
    /// What kind of sink the returned value goes to.
    pub returns: Option<SinkKind>,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
    /// Not if one of these holds.
    pub unless: Vec<Condition>,
}

/// A constant argument that is wrong by itself.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which argument.
    pub argument: Argument,
    /// What it must not be.
    pub is: Constants,
    /// Whether it must be given.
    pub absent: bool,
    /// Not if one of these holds.
    pub unless: Vec<Condition>,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
    /// The rule.
    pub rule: String,
    /// What to say.
    pub message: String,
}

/// Names of one path: aliases of it, and what it is an instance of.
const MAX_NAMES: usize = 4;
/// How often models bring in others that they speak of.
const MAX_MODEL_ROUNDS: usize = 4;
/// Base classes one above the other in which a member is looked for.
const MAX_BASES: u32 = 8;

/// What a call sets on an object, for conditions on that object later.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The option's name.
    pub name: String,
    /// What it is set to.
    pub argument: Argument,
    /// An option of that argument, instead of the argument itself.
    pub option: Option<String>,
    /// What it is when the argument is not given.
    pub default: Option<Constant>,
    /// The object; the result of the call when there is none.
    pub on: Option<Argument>,
    /// Only if all of these hold.
    pub when: Vec<Condition>,
}

/// A call that takes back what cleaned its argument.
#[derive(Clone, Debug)]
pub struct Undo {
    /// Of which argument.
    pub argument: Argument,
    /// What is dangerous again.
    pub kinds: Kinds,
}

/// The argument that is meant when an entry names none.
fn first() -> Argument {
    Argument(vec![schema::Way::Position(0)])
}

type Table<T> = FxHashMap<String, Vec<T>>;

/// The models that a project needs.
#[derive(Debug, Default)]
pub struct Models {
    types: FxHashMap<String, String>,
    aliases: FxHashMap<String, String>,
    bases: FxHashMap<String, Vec<String>>,
    sources: Table<Source>,
    sinks: Table<Sink>,
    assigns: Table<Sink>,
    methods: Table<Sink>,
    cleans: Table<Clean>,
    guards: Table<Guard>,
    flows: Table<Flow>,
    callbacks: Table<Callback>,
    decorators: Table<Route>,
    base_routes: Table<Route>,
    registers: Table<Route>,
    noreturns: FxHashSet<String>,
    checks: Table<Check>,
    assign_checks: Table<Check>,
    settings: Table<Setting>,
    undos: Table<Undo>,
    modules: FxHashSet<&'static str>,
}

fn add<T: Clone>(table: &mut Table<T>, names: &schema::Names, entry: &T) {
    for name in &names.0 {
        table.entry(name.clone()).or_default().push(entry.clone());
    }
}

impl Models {
    /// Reads the models of the libraries that a project imports, by the imports' first components.
    ///
    /// # Errors
    /// When one of the program's own models is malformed; tests hold that none is.
    pub fn for_modules(imported: &FxHashSet<&str>) -> Result<Self, ModelError> {
        let mut models = Self::default();
        let mut read = vec![false; EMBEDDED.len()];
        let mut wanted: FxHashSet<String> = imported.iter().map(|module| (*module).to_owned()).collect();
        for _ in 0..MAX_MODEL_ROUNDS {
            let before = models.modules.len();
            for ((name, modules, text), read) in EMBEDDED.iter().zip(&mut read) {
                if !*read && modules.iter().any(|module| *module == "*" || wanted.contains(*module)) {
                    *read = true;
                    models.modules.extend(modules.iter());
                    models.read(name, text)?;
                }
            }
            if models.modules.len() == before {
                break;
            }
            // What these give may be of other libraries: Flask's `app.logger` is one of `logging`.
            let others = models.types.values().chain(models.bases.values().flatten());
            wanted.extend(others.filter_map(|path| path.split('.').next()).map(str::to_owned));
        }
        Ok(models)
    }

    /// Reads all models that come with the program.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn all() -> Result<Self, ModelError> {
        let every = EMBEDDED.iter().flat_map(|(_, modules, _)| modules.iter().copied()).collect();
        Self::for_modules(&every)
    }

    /// Whether a module is modelled.
    #[must_use]
    pub fn knows(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    /// Adds a file's models.
    ///
    /// # Errors
    /// When the text is not TOML, or not as `docs/models.md` has it.
    pub fn read(&mut self, file: &str, text: &str) -> Result<(), ModelError> {
        let parsed: schema::File = toml::from_str(text).map_err(|error| ModelError {
            file: file.to_owned(),
            line: error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or(text);
                u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
            }),
            message: error.message().to_owned(),
        })?;
        for entry in parsed.types {
            for path in entry.path.0 {
                self.types.insert(path, entry.is.clone());
            }
        }
        for class in parsed.classes {
            for alias in class.aliases {
                self.aliases.insert(alias, class.name.clone());
            }
            self.bases.entry(class.name).or_default().extend(class.bases);
        }
        for entry in parsed.sources {
            add(&mut self.sources, &entry.path, &Source { kind: entry.kind, argument: entry.argument });
        }
        for entry in parsed.sinks {
            let sink = Sink {
                argument: entry.argument,
                kind: entry.kind,
                when: entry.when,
                unless: entry.unless,
                receiver: entry.receiver,
                looks_sql: entry.looks.is_some(),
            };
            add(&mut self.sinks, &entry.call, &sink);
            add(&mut self.assigns, &entry.assign, &sink);
            add(&mut self.methods, &entry.method, &sink);
        }
        for entry in parsed.cleans {
            let argument = entry.argument.unwrap_or_else(first);
            let clean =
                Clean { kinds: entry.kinds, argument, weak: entry.weak, when: entry.when, unless: entry.unless };
            add(&mut self.cleans, &entry.call, &clean);
        }
        for entry in parsed.guards {
            let argument = entry.argument.unwrap_or_else(first);
            let guard = Guard { argument, when: entry.when, kinds: entry.kinds, weak: entry.weak };
            add(&mut self.guards, &entry.call, &guard);
        }
        for entry in parsed.flows {
            let flow = Flow { from: entry.from, to: entry.to, when: entry.when, unless: entry.unless };
            add(&mut self.flows, &entry.call, &flow);
        }
        for entry in parsed.callbacks {
            let callback = Callback { function: entry.function, gives: entry.gives, to: entry.to };
            add(&mut self.callbacks, &entry.call, &callback);
        }
        for entry in parsed.routes {
            let route = Route {
                function: entry.function,
                methods: entry.methods,
                types: entry.types,
                parameters: entry.parameters,
                returns: entry.returns,
                when: entry.when,
                unless: entry.unless,
            };
            add(&mut self.decorators, &entry.decorator, &route);
            add(&mut self.base_routes, &entry.base, &route);
            add(&mut self.registers, &entry.register, &route);
        }
        for entry in parsed.noreturns {
            self.noreturns.extend(entry.call.0);
        }
        for entry in parsed.checks {
            let check = Check {
                argument: entry.argument,
                is: entry.is,
                absent: entry.absent,
                unless: entry.unless,
                when: entry.when,
                rule: entry.rule,
                message: entry.message,
            };
            add(&mut self.checks, &entry.call, &check);
            add(&mut self.assign_checks, &entry.assign, &check);
        }
        for entry in parsed.options {
            let setting = Setting {
                name: entry.name,
                argument: entry.argument,
                option: entry.option,
                default: entry.default,
                on: entry.on,
                when: entry.when,
            };
            add(&mut self.settings, &entry.call, &setting);
        }
        for entry in parsed.undos {
            let argument = entry.argument.unwrap_or_else(first);
            add(&mut self.undos, &entry.call, &Undo { argument, kinds: entry.kinds });
        }
        Ok(())
    }

    /// The name by which a path is known: of aliases the class's own, of typed paths the instance.
    #[must_use]
    pub fn canonical<'p>(&'p self, path: &'p str) -> &'p str {
        let mut path = path;
        for _ in 0..MAX_NAMES {
            match self.further_name(path) {
                Some(next) => path = next,
                None => break,
            }
        }
        path
    }

    /// All names of a path, from the one that is given to the canonical one: a source may be known by any.
    pub fn names<'p>(&'p self, path: &'p str) -> impl Iterator<Item = &'p str> {
        std::iter::successors(Some(path), |path| self.further_name(path)).take(MAX_NAMES + 1)
    }

    fn further_name<'p>(&'p self, path: &str) -> Option<&'p str> {
        if let Some(next) = self.types.get(path).or_else(|| self.aliases.get(path)) {
            return Some(next);
        }
        // What a base class's attribute is an instance of.
        let at = member_at(path)?;
        let (class, member) = (&path[..at], &path[at..]);
        self.type_in_bases(class, member, MAX_BASES)
    }

    fn type_in_bases(&self, class: &str, member: &str, depth: u32) -> Option<&str> {
        self.bases(class).iter().filter(|_| depth > 0).find_map(|base| {
            let base = self.aliases.get(base).unwrap_or(base);
            let found = self.types.get(&format!("{base}{member}")).map(String::as_str);
            found.or_else(|| self.type_in_bases(base, member, depth - 1))
        })
    }

    /// The base classes of a class.
    #[must_use]
    pub fn bases(&self, class: &str) -> &[String] {
        self.bases.get(class).map_or(&[], Vec::as_slice)
    }

    /// Looks a path up in a table, as it is or as a member of a base class.
    fn find<'t, T>(&'t self, table: &'t Table<T>, path: &str) -> &'t [T] {
        if let Some(found) = table.get(path) {
            return found;
        }
        let Some(at) = member_at(path) else { return &[] };
        let (class, member) = (&path[..at], &path[at..]);
        self.find_in_bases(table, class, member, MAX_BASES)
    }

    fn find_in_bases<'t, T>(&'t self, table: &'t Table<T>, class: &str, member: &str, depth: u32) -> &'t [T] {
        if depth == 0 {
            return &[];
        }
        for base in self.bases(class) {
            let base = self.canonical(base);
            if let Some(found) = table.get(&format!("{base}{member}")) {
                return found;
            }
            let found = self.find_in_bases(table, base, member, depth - 1);
            if !found.is_empty() {
                return found;
            }
        }
        &[]
    }

    /// Sources by path.
    #[must_use]
    pub fn sources(&self, path: &str) -> &[Source] {
        self.find(&self.sources, path)
    }

    /// Sinks by the path of what is called.
    #[must_use]
    pub fn sinks(&self, path: &str) -> &[Sink] {
        self.find(&self.sinks, path)
    }

    /// Sinks by the path of what is assigned.
    #[must_use]
    pub fn assigns(&self, path: &str) -> &[Sink] {
        self.find(&self.assigns, path)
    }

    /// Sinks by a method's name, for receivers that nobody knows.
    #[must_use]
    pub fn method_sinks(&self, name: &str) -> &[Sink] {
        self.methods.get(name).map_or(&[], Vec::as_slice)
    }

    /// Cleaning calls.
    #[must_use]
    pub fn cleans(&self, path: &str) -> &[Clean] {
        self.find(&self.cleans, path)
    }

    /// Checking calls.
    #[must_use]
    pub fn guards(&self, path: &str) -> &[Guard] {
        self.find(&self.guards, path)
    }

    /// Flows through calls.
    #[must_use]
    pub fn flows(&self, path: &str) -> &[Flow] {
        self.find(&self.flows, path)
    }

    /// Callbacks of calls.
    #[must_use]
    pub fn callbacks(&self, path: &str) -> &[Callback] {
        self.find(&self.callbacks, path)
    }

    /// Routes by decorator.
    #[must_use]
    pub fn decorator_routes(&self, path: &str) -> &[Route] {
        self.find(&self.decorators, path)
    }

    /// Routes by base class, searched upwards.
    #[must_use]
    pub fn base_routes(&self, class: &str) -> Vec<&Route> {
        let mut found = Vec::new();
        let mut pending = vec![class.to_owned()];
        let mut seen = FxHashSet::default();
        while let Some(class) = pending.pop() {
            let class = self.canonical(&class).to_owned();
            if seen.len() > 64 || !seen.insert(class.clone()) {
                continue;
            }
            found.extend(self.base_routes.get(&class).into_iter().flatten());
            pending.extend(self.bases(&class).iter().cloned());
        }
        found
    }

    /// Routes by registering call.
    #[must_use]
    pub fn register_routes(&self, path: &str) -> &[Route] {
        self.find(&self.registers, path)
    }

    /// Whether a call never returns.
    #[must_use]
    pub fn never_returns(&self, path: &str) -> bool {
        self.noreturns.contains(path)
    }

    /// Whether anything is said of a call or of what it gives.
    #[must_use]
    pub fn knows_call(&self, path: &str) -> bool {
        let result = format!("{path}()");
        !self.sinks(path).is_empty()
            || !self.cleans(path).is_empty()
            || !self.flows(path).is_empty()
            || !self.guards(path).is_empty()
            || !self.callbacks(path).is_empty()
            || !self.checks(path).is_empty()
            || !self.register_routes(path).is_empty()
            || self.never_returns(path)
            || self.names(&result).any(|name| name != result || !self.sources(name).is_empty())
    }

    /// Checks of calls.
    #[must_use]
    pub fn checks(&self, path: &str) -> &[Check] {
        self.find(&self.checks, path)
    }

    /// What a call sets.
    #[must_use]
    pub fn settings(&self, path: &str) -> &[Setting] {
        self.find(&self.settings, path)
    }

    /// What a call takes back.
    #[must_use]
    pub fn undos(&self, path: &str) -> &[Undo] {
        self.find(&self.undos, path)
    }

    /// Checks of assignments.
    #[must_use]
    pub fn assign_checks(&self, path: &str) -> &[Check] {
        self.find(&self.assign_checks, path)
    }
}

/// Where the last member of an instance begins: `().name`. Each call of a library asks for it a dozen times, which is too
/// often to set up a search for a string.
fn member_at(path: &str) -> Option<usize> {
    path.as_bytes().windows(3).rposition(|part| part == b"().")
}

#[cfg(test)]
mod tests {
    use super::Models;

    #[test]
    fn own_models_are_well_formed() {
        if let Err(error) = Models::all() {
            panic!("{error}");
        }
    }

    #[test]
    fn a_typo_is_an_error_with_its_line() {
        let text = "[library]\nname = \"x\"\nmodules = [\"x\"]\n\n[[sink]]\ncall = \"x.run\"\nkind = \"shel\"\n";
        let error = Models::default().read("x.toml", text).expect_err("a typo");
        assert!(error.to_string().starts_with("x.toml:7: `shel` is no kind"), "{error}");
    }
}
