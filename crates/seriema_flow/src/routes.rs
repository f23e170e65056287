//! Ways in: functions that frameworks call.

use seriema_models::{Route, SourceKind, Way};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, Literal, Parameter, ParameterKind};

use crate::call::Args;
use crate::env::Env;
use crate::interp::Interp;
use crate::memo::Dep;
use crate::project::{ClassId, FuncId, Static};
use crate::summary::Entry;
use crate::value::{Base, Label, Ref, Value};

/// Names through which a dependency is looked for.
const MAX_HOPS: u32 = 8;
/// Decorators around one view.
const MAX_WRAPPERS: usize = 6;

/// How a function is a way in.
struct WayIn<'r> {
    route: &'r Route,
    /// The rule or pattern of the URL.
    text: Option<&'static str>,
    /// Parameters that are given something else: `self` of a method.
    skip: u8,
    /// Where it is made one.
    span: (u32, u32),
}

impl Interp<'_> {
    /// A decorator that makes what it is given a way in: `made` is what the decorators below it made of the function.
    pub(crate) fn note_route(&mut self, decorator: &Value, expr: ExprId, func: FuncId, made: &Value, env: &mut Env) {
        let project = self.project;
        let is_method = project.function(func).class.is_some();
        for reference in decorator.refs() {
            let Ref::Api(path) = reference else { continue };
            let path = path.as_str();
            let mut routes = project.models.decorator_routes(path.strip_suffix("()").unwrap_or(path));
            if routes.is_empty() {
                routes = project.models.decorator_routes(path);
            }
            let text = self.route_text(expr);
            for route in routes {
                if !route.when.is_empty() || !route.unless.is_empty() {
                    let args = match self.file.expr(expr) {
                        Expr::Call(index) => self.arguments(index, env),
                        _ => Args::default(),
                    };
                    if !self.applies(&route.when, &route.unless, None, &args, env) {
                        continue;
                    }
                }
                let way = WayIn { route, text, skip: u8::from(is_method), span: self.file.span(expr) };
                self.way_in(&way, Some(func), made, env);
            }
        }
    }

    /// A function is a way in, with whatever decorators of the project put around it.
    fn way_in(&mut self, way: &WayIn<'_>, own: Option<FuncId>, made: &Value, env: &Env) {
        let numbers =
            |interp: &Self, func| way.text.map(|text| interp.harmless(way.route, text, func)).unwrap_or_default();
        let mut entered = false;
        for reference in made.refs() {
            let Ref::Func(func, captured) = reference else { continue };
            entered |= own.is_none_or(|own| own == *func);
            let mut chain = self.wrapped(*func, captured);
            // What the view itself calls is no view.
            if let Some(own) = own {
                chain.truncate(chain.iter().position(|one| *one == own).map_or(0, |at| at + 1));
            }
            let Some(view) = chain.last().copied() else {
                // A wrapper is there for many views: what it got from around it for this one, it has not for the others.
                let own = own.is_none_or(|own| own == *func);
                let captured = if own { around(captured, env) } else { Vec::new() };
                self.add_entry(way.route, *func, way.skip, numbers(self, *func), captured);
                continue;
            };
            // What the outermost one is given gets to the others as each hands it on.
            entered = true;
            let types = if own.is_some() { way.route.types.clone() } else { Vec::new() };
            let inner = Route { parameters: None, types, ..way.route.clone() };
            for one in std::iter::once(*func).chain(chain) {
                self.add_entry(&inner, one, way.skip, Vec::new(), Vec::new());
            }
            let mut numbers = numbers(self, view);
            numbers.retain(|name| !self.project.function(*func).parameters.iter().any(|own| own.name == *name));
            if let Some(text) = way.text {
                numbers.extend(self.harmless(way.route, text, *func));
            }
            let mut inside = env.clone();
            let args = self.given_by(way, *func, view, &numbers, &mut inside);
            // What is noted of the expression that is looked at is not about this.
            let probe = self.probe.take();
            self.call_value(&Value::reference(reference.clone()), args, way.span, &mut inside);
            self.probe = probe;
        }
        // What is made of it does not show: it may be entered as it stands.
        if let Some(own) = own.filter(|_| !entered) {
            self.add_entry(way.route, own, way.skip, numbers(self, own), Vec::new());
        }
    }

    /// The functions that a wrapper hands its own arguments on to, one after the other; the decorated one comes last.
    fn wrapped(&self, func: FuncId, captured: &[Value]) -> Vec<FuncId> {
        let mut out = Vec::new();
        let (mut func, mut captured) = (func, captured);
        while out.len() < MAX_WRAPPERS {
            let Some(summary) = self.summary(func) else { break };
            let parameters = &self.project.function(func).parameters;
            let own = |value: &Value| {
                value.facts().iter().any(|fact| {
                    matches!(fact.label.base, Base::Param(slot)
                    if parameters.iter().any(|p| p.slot == slot && p.kind != ParameterKind::Captured))
                })
            };
            let mut outer = parameters.iter().filter(|p| p.kind == ParameterKind::Captured).zip(captured);
            let next = outer.find_map(|(parameter, value)| {
                let label = Label::whole(Base::Param(parameter.slot));
                let handed = summary.calls.iter().any(|call| {
                    call.callee == label
                        && call.method.is_none()
                        && (call.positional.iter().chain(&call.star).chain(&call.double_star).any(own)
                            || call.keywords.iter().any(|(_, value)| own(value)))
                });
                match value.refs() {
                    [Ref::Func(inner, captured)] if handed => Some((*inner, captured)),
                    _ => None,
                }
            });
            let Some((inner, further)) = next else { break };
            out.push(inner);
            (func, captured) = (inner, further);
        }
        out
    }

    /// What a framework gives to a view behind a wrapper: what the view is known to take, by its names.
    fn given_by(&mut self, way: &WayIn<'_>, outer: FuncId, view: FuncId, numbers: &[Symbol], env: &mut Env) -> Args {
        let project = self.project;
        let skip = usize::from(way.skip);
        let mut args = Args::default();
        if way.skip > 0 {
            let function = project.function(view);
            let class = function.class.map(|class| project.class_id(project.funcs[view.0 as usize].0, class));
            args.positional.push(class.map(|class| Value::reference(Ref::Instance(class))).unwrap_or_default());
        }
        let by_place = |func: FuncId| {
            let all = project.function(func).parameters.iter();
            all.filter(|p| matches!(p.kind, ParameterKind::Positional | ParameterKind::Normal))
        };
        let count = by_place(view).count().saturating_sub(skip).min(way.route.types.len());
        for path in &way.route.types[..count] {
            args.positional.push(self.api(Symbol::new(self.project.models.canonical(path)), way.span));
        }
        let Some(kind) = way.route.parameters else { return args };
        let open = project.function(outer).parameters.iter().any(|p| p.kind == ParameterKind::DoubleStar);
        for func in if open && outer != view { vec![outer, view] } else { vec![outer] } {
            let (file, _) = project.funcs[func.0 as usize];
            self.rests_on(Dep::Signature(func));
            let named = project.function(func).parameters.iter().filter(|p| p.kind == ParameterKind::Keyword);
            for parameter in by_place(func).skip(skip + count).chain(named) {
                let clean = parameter.annotation.is_some_and(|annotation| self.is_clean_annotation(file, annotation));
                let span = parameter.span();
                let known = args.keywords.iter().any(|(name, _)| *name == parameter.name);
                if known || clean || numbers.contains(&parameter.name) {
                    continue;
                }
                if file == self.file_id && self.injected(parameter, span, env).is_some() {
                    continue;
                }
                let fact = self.source_fact_in(file, kind, span, parameter.name);
                args.keywords.push((parameter.name, Value::of_facts(std::iter::once(fact).collect())));
            }
        }
        let rest = project.function(view).parameters.iter().find(|p| p.kind == ParameterKind::DoubleStar);
        if let Some(rest) = rest.filter(|_| open) {
            let (file, _) = project.funcs[view.0 as usize];
            self.rests_on(Dep::Signature(view));
            let fact = self.source_fact_in(file, kind, (rest.start, rest.start + 1), rest.name);
            args.double_star = Some(Value::of_facts(std::iter::once(fact).collect()));
        }
        args
    }

    /// The parameters of a route that its text does not fill, or fills with what can do no harm.
    fn harmless(&self, route: &Route, text: &str, func: FuncId) -> Vec<Symbol> {
        let mut out = typed_in(text);
        // Of a rule as Flask has it: what it does not name is given by the program, as a default.
        if route.parameters == Some(SourceKind::HttpPath) && !text.contains(['{', '*', '(', ':', '%'])
            || text.contains('<')
        {
            let named = |name: &str| {
                text.split('<')
                    .skip(1)
                    .any(|piece| piece.split_once('>').is_some_and(|(inner, _)| inner.rsplit(':').next() == Some(name)))
            };
            let function = self.project.function(func);
            out.extend(function.parameters.iter().map(|parameter| parameter.name).filter(|name| !named(name.as_str())));
        }
        out
    }

    fn add_entry(&mut self, route: &Route, func: FuncId, skip: u8, numbers: Vec<Symbol>, captured: Vec<Value>) {
        let types = route.types.iter().map(|path| Symbol::new(self.project.models.canonical(path))).collect();
        let entry =
            Entry { func, parameters: route.parameters, returns: route.returns, types, skip, numbers, captured };
        if !self.out.entries.contains(&entry) {
            self.out.entries.push(entry);
        }
    }

    /// What a framework puts into a parameter that says so: `x = Depends(f)`, `x: Annotated[T, Depends(f)]`.
    pub(crate) fn injected(&mut self, parameter: &Parameter, span: (u32, u32), env: &mut Env) -> Option<Value> {
        let file = self.file;
        let mut markers: Vec<ExprId> = parameter.default.into_iter().collect();
        if let Some(annotation) = parameter.annotation
            && let Expr::Index(_, index) = file.expr(annotation)
            && let Expr::Display(_, list) = file.expr(index)
        {
            markers.extend(file.exprs_of(list).iter().skip(1));
        }
        let mut out: Option<Value> = None;
        for marker in markers {
            let Expr::Call(index) = file.expr(marker) else { continue };
            let call = &file.calls[index as usize];
            for callee in self.project.static_expr(self.file_id, call.callee, MAX_HOPS) {
                let Static::Api(path) = callee else { continue };
                for callback in self.project.models.callbacks(path.as_str()) {
                    if callback.to.is_none() || !callback.gives.is_empty() {
                        continue;
                    }
                    let function = callback.function.0.iter().find_map(|way| match way {
                        Way::Position(at) => call.positional.get(*at).copied(),
                        Way::Name(name) => {
                            let named =
                                |(given, _): &&(Option<Symbol>, ExprId)| given.is_some_and(|g| g.as_str() == name);
                            call.keywords.iter().find(named).map(|(_, value)| *value)
                        }
                        _ => None,
                    });
                    let found = function.map(|function| self.provided(function, span, env)).unwrap_or_default();
                    out = Some(out.map_or_else(|| found.clone(), |known| known.join(&found)));
                }
            }
        }
        out
    }

    /// What a function or class that a framework calls by itself gives.
    fn provided(&mut self, function: ExprId, span: (u32, u32), env: &mut Env) -> Value {
        let mut out = Value::default();
        for found in self.project.static_expr(self.file_id, function, MAX_HOPS) {
            let given = match found {
                Static::Func(func) => {
                    let before = std::mem::replace(&mut self.injecting, true);
                    let given = self.invoke(func, &[], None, Args::default(), span, env);
                    self.injecting = before;
                    if self.project.function(func).is_generator { self.element(&given, span, env) } else { given }
                }
                Static::Class(class) => self.construct(class, Args::default(), span, env),
                _ => continue,
            };
            out = out.join(&given);
        }
        out
    }

    /// Methods of a class that a base class calls.
    pub(crate) fn note_class_routes(&mut self, class: ClassId) {
        let project = self.project;
        let info = project.class(class);
        if info.is_dormant {
            return;
        }
        for base in &info.api_bases {
            for route in project.models.base_routes(base.as_str()) {
                for method in &route.methods {
                    if let Some(func) = project.method(class, Symbol::new(method)) {
                        let statical = project.traits[func.0 as usize].statical;
                        self.add_entry(route, func, u8::from(!statical), Vec::new(), Vec::new());
                    }
                }
            }
        }
    }

    /// A call that makes one of its arguments a way in.
    pub(crate) fn register(
        &mut self,
        route: &Route,
        args: &Args,
        receiver: Option<&Value>,
        span: (u32, u32),
        env: &Env,
    ) {
        let Some(function) = &route.function else { return };
        if !self.applies(&route.when, &route.unless, receiver, args, env) {
            return;
        }
        let text = args.positional.first().and_then(Value::only_str);
        let numbers = text.map(typed_in).unwrap_or_default();
        for value in self.argument(function, receiver, args) {
            for reference in value.refs() {
                match reference {
                    Ref::Func(..) => {
                        let way = WayIn { route, text, skip: 0, span };
                        self.way_in(&way, None, &Value::reference(reference.clone()), env);
                    }
                    Ref::Bound(func, _) => self.add_entry(route, *func, 1, numbers.clone(), Vec::new()),
                    Ref::Class(class) if !route.methods.is_empty() => {
                        for method in &route.methods {
                            if let Some(func) = self.project.method(*class, Symbol::new(method)) {
                                self.add_entry(route, func, 1, numbers.clone(), Vec::new());
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// The text of the route that a decorator is given.
    fn route_text(&self, decorator: ExprId) -> Option<&'static str> {
        let Expr::Call(index) = self.file.expr(decorator) else { return None };
        let call = &self.file.calls[index as usize];
        match self.file.expr(*call.positional.first()?) {
            Expr::Literal(Literal::Str(text)) => Some(text.as_str()),
            _ => None,
        }
    }
}

/// What a function has from the one around it, as it is seen from outside.
fn around(captured: &[Value], env: &Env) -> Vec<Value> {
    captured.iter().map(|value| env.export(value, 2).without_facts()).collect()
}

/// `<int:id>`, `{id:int}`, `(?P<id>\d+)`: parameters that can be numbers and identifiers only.
fn typed_in(route: &str) -> Vec<Symbol> {
    let mut out = Vec::new();
    for piece in route.split('<').skip(1) {
        let Some((inner, after)) = piece.split_once('>') else { continue };
        match inner.split_once(':') {
            Some((kind, name)) => {
                let kind = kind.split('(').next().unwrap_or_default();
                if matches!(kind, "int" | "float" | "uuid" | "slug" | "any") {
                    out.push(Symbol::new(name));
                }
            }
            None if after.starts_with("\\d") || after.starts_with("[0-9]") || after.starts_with("\\w") => {
                out.push(Symbol::new(inner))
            }
            None => {}
        }
    }
    for piece in route.split('{').skip(1) {
        let Some((inner, _)) = piece.split_once('}') else { continue };
        if let Some((name, kind)) = inner.split_once(':')
            && (matches!(kind, "int" | "float" | "uuid") || kind.starts_with("\\d"))
        {
            out.push(Symbol::new(name));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::typed_in;

    #[test]
    fn converters_are_read() {
        let names = |route| typed_in(route).into_iter().map(|name| name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("/a/<int:id>/<name>/<string:title>"), ["id"]);
        assert_eq!(names("/a/{id:int}/{name}"), ["id"]);
        assert_eq!(names(r"^a/(?P<id>\d+)/(?P<rest>.*)$"), ["id"]);
    }
}
