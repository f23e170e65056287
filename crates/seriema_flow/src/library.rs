//! Calls of libraries: what models say of them.

use std::sync::Arc;

use seriema_models::{Argument, Condition, Constant, Kinds, Place, SinkKind, SourceKind, Way, When};
use seriema_program::Symbol;
use seriema_program::ir::{Conversion, percent_conversions};
use smallvec::SmallVec;

use crate::access::Seg;
use crate::call::Args;
use crate::env::{Env, Object};
use crate::interp::Interp;
use crate::method::is_lookup;
use crate::probe::Callee;
use crate::project::ClassId;
use crate::step::{Step, Why};
use crate::summary::{Forbidden, Harm, Hit, Need, Site, Vector, WrongConstant};
use crate::value::{Base, Check, Const, Fact, Facts, Flags, How, Label, ObjId, Part, Ref, Shape, Value, add_fact};

/// Stands for text that is not known, but not others' either.
pub(crate) const UNKNOWN: char = '\u{fffc}';

impl Interp<'_> {
    /// Calls something of a library.
    pub(crate) fn library_call(
        &mut self,
        path: Symbol,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        self.out.counts.external += 1;
        self.note_callee(Callee::Library(path));
        if let Some(known) = self.builtin_call(path, receiver, args, span, env) {
            return known;
        }
        let project = self.project;
        let models = &project.models;
        let name = path.as_str();
        for sink in models.sinks(name) {
            let Some(needs) = self.conditions(&sink.when, &sink.unless, receiver, args, env) else { continue };
            if let (SinkKind::Argv, [Way::AllFrom(from @ 1..)]) = (sink.kind, &*sink.argument.0) {
                // The vector begins with the program, or with the name that it is shown by.
                let items = args.positional.get(from - 1..).unwrap_or_default().to_vec();
                let vector = Sequence { items, rest: args.star.clone() };
                self.reach_vector(&vector, path, span, &needs, env);
                continue;
            }
            let shown = if sink.kind == SinkKind::Log { shown_as(&sink.argument, args) } else { Vec::new() };
            for (index, value) in self.argument(&sink.argument, receiver, args).into_iter().enumerate() {
                // A representation has no line breaks, a number neither.
                if matches!(shown.get(index), None | Some(Conversion::Plain)) {
                    self.reach_if(sink.kind, &value, path, span, &needs, env);
                }
            }
        }
        for check in models.checks(name) {
            // What callers decide is not looked at here: a constant that is wrong only with another one.
            if self.conditions(&check.when, &check.unless, receiver, args, env).is_none_or(|needs| !needs.is_empty()) {
                continue;
            }
            let given = self.argument(&check.argument, receiver, args);
            if given.is_empty() {
                let unpacked = args.star.is_some() || args.double_star.is_some();
                if !unpacked || check.argument.0.is_empty() {
                    self.check_constant(check, None, path, span, env);
                }
            } else {
                for value in given {
                    self.check_constant(check, Some(&value), path, span, env);
                }
            }
        }
        for route in models.register_routes(name) {
            self.register(route, args, receiver, span, env);
        }
        let result_path = path.called();
        let mut result = self.api(result_path, span);
        let mut modelled = false;
        for source in models.sources(result_path.as_str()) {
            if let Some(argument) = &source.argument {
                for value in self.argument(argument, receiver, args) {
                    let fact = self.source_fact(source.kind, span, path);
                    self.store(&value, Seg::Any, Value::of_facts(SmallVec::from_iter([fact])), span, env);
                }
            } else {
                modelled = true;
            }
        }
        let cleans = models.cleans(name);
        let applies: SmallVec<[bool; 4]> =
            cleans.iter().map(|clean| self.applies(&clean.when, &clean.unless, receiver, args, env)).collect();
        for (index, clean) in cleans.iter().enumerate() {
            modelled = true;
            // What is said of one argument in several entries holds together.
            if cleans[..index].iter().any(|before| before.argument == clean.argument) {
                continue;
            }
            for value in self.argument(&clean.argument, receiver, args) {
                let mut facts = Facts::new();
                self.all_facts(&value, env, &mut facts);
                for mut fact in facts {
                    for (entry, applies) in cleans.iter().zip(&applies) {
                        if entry.argument != clean.argument || !applies {
                            continue;
                        }
                        match &entry.weak {
                            Some(weak) => fact.weak = Some(Symbol::new(weak)),
                            None => fact.cleaned = fact.cleaned.union(entry.kinds),
                        }
                    }
                    fact.step = Step::after(&fact.step, self.file_id, span, Why::Library(path));
                    result.add_fact(fact);
                }
            }
        }
        for callback in models.callbacks(name) {
            modelled = true;
            for function in self.argument(&callback.function, receiver, args) {
                let found = self.call_back(&function, callback, receiver, args, span, env);
                if let Some(to) = &callback.to {
                    self.deliver(&found, to, &mut result, receiver, args, span, env);
                }
            }
        }
        for undo in models.undos(name) {
            modelled = true;
            for value in self.argument(&undo.argument, receiver, args) {
                let mut facts = Facts::new();
                self.all_facts(&value, env, &mut facts);
                for mut fact in facts {
                    fact.cleaned = fact.cleaned.without(undo.kinds);
                    fact.step = Step::after(&fact.step, self.file_id, span, Why::Library(path));
                    result.add_fact(fact);
                }
            }
        }
        for flow in models.flows(name) {
            modelled = true;
            if !self.applies(&flow.when, &flow.unless, receiver, args, env) {
                continue;
            }
            for from in &flow.from {
                let value = self.place(from, 0, receiver, args, span, env);
                let value = value.map_facts(|_| ());
                self.deliver(&value, &flow.to, &mut result, receiver, args, span, env);
            }
        }
        for guard in models.guards(name) {
            for target in self.argument(&guard.argument, receiver, args) {
                let weak = guard.weak.as_deref().map(Symbol::new);
                let kinds = if weak.is_some() { Kinds::NONE } else { guard.kinds };
                let when = guard.when == When::True;
                let check = Check { weak, ..Check::clean(target, when, kinds) };
                if guard.when == When::Returns {
                    self.apply_check(&check, env);
                } else {
                    result.to_mut().checks.push(Arc::new(check));
                }
            }
        }
        if matches!(
            name,
            "hmac.compare_digest" | "secrets.compare_digest" | "django.utils.crypto.constant_time_compare"
        ) {
            // Whoever made the code that is given has the key: the message is from there.
            for message in args.positional.iter().filter_map(signed_message) {
                result.to_mut().checks.push(Arc::new(Check::clean(message, true, Kinds::ALL)));
            }
        }
        if models.never_returns(name) {
            env.dead = true;
        }
        self.settings(name, &mut result, receiver, args, span, env);
        if let Some(message) = authenticated(name, receiver, args) {
            result.to_mut().derived = Some((message, How::Signed));
        }
        if !modelled && !is_modelled_class(models, name) {
            // What an object looks up by a key is not the key.
            let looked_up = name.rsplit_once("().").is_some_and(|(_, method)| is_lookup(method));
            let mut pieces = if looked_up { Vec::new() } else { args.all() };
            pieces.extend(receiver.cloned());
            let made = self.obscure(&pieces, span, env);
            for fact in made.facts() {
                result.add_fact(fact.clone());
            }
        }
        result
    }

    fn call_back(
        &mut self,
        function: &Value,
        callback: &seriema_models::Callback,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let mut given = Args::default();
        for (index, place) in callback.gives.iter().enumerate() {
            let again = callback.gives[..index].iter().filter(|other| *other == place).count();
            given.positional.push(self.place(place, again, receiver, args, span, env));
        }
        let callable = function.refs().iter().any(|r| {
            matches!(
                r,
                Ref::Func(..)
                    | Ref::Bound(..)
                    | Ref::Partial(_)
                    | Ref::Class(_)
                    | Ref::Sym(_)
                    | Ref::Obj(_)
                    | Ref::Method(..)
                    | Ref::Api(_)
            )
        });
        if callable { self.call_value(function, given, span, env) } else { Value::default() }
    }

    /// The value at a place; of a place that is named several times, one element after the other.
    fn place(
        &mut self,
        place: &Place,
        again: usize,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        if let Some(kind) = place.source {
            let fact = self.source_fact(kind, span, Symbol::new(kind.as_str()));
            return Value::of_facts(SmallVec::from_iter([fact]));
        }
        let mut out: Option<Value> = None;
        for value in self.argument(&place.argument, receiver, args) {
            let value = if place.elements {
                match self.items(&value, env) {
                    Some(items) if again > 0 || (items.len() > 1 && is_tuple(&value, env)) => {
                        items.get(again).cloned().unwrap_or_default()
                    }
                    _ => self.element(&value, span, env),
                }
            } else {
                value
            };
            out = Some(out.map_or_else(|| value.clone(), |known: Value| known.join(&value)));
        }
        out.unwrap_or_default()
    }

    #[allow(clippy::too_many_arguments, reason = "one place knows them all")]
    fn deliver(
        &mut self,
        value: &Value,
        to: &Place,
        result: &mut Value,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) {
        match to.argument.0.first() {
            Some(Way::Return) => {
                if to.elements {
                    // Pieces of a text stand anywhere in it.
                    let mut value = value.clone();
                    if value.data().parts.is_some() {
                        value.to_mut().parts = None;
                    }
                    let value = &value;
                    let mut object = Object::new(Shape::Iterator);
                    object.len = None;
                    object.add_rest(value);
                    for reference in result.refs() {
                        if let Ref::Obj(id) = reference
                            && let Some(known) = env.object(*id)
                        {
                            object.add_rest(&known.rest.clone());
                        }
                    }
                    let made = self.make_fresh(span, object, env);
                    for reference in made.refs() {
                        result.add_ref(reference.clone());
                    }
                    return;
                }
                let mut facts = Facts::new();
                self.all_facts(value, env, &mut facts);
                for fact in facts {
                    add_fact(&mut result.to_mut().facts, fact);
                }
                for reference in value.refs() {
                    if matches!(
                        reference,
                        Ref::Func(..) | Ref::Bound(..) | Ref::Class(_) | Ref::Partial(_) | Ref::Method(..)
                    ) {
                        result.add_ref(reference.clone());
                    }
                }
            }
            Some(Way::Receiver) => {
                if let Some(receiver) = receiver {
                    self.store(receiver, Seg::Any, value.clone(), span, env);
                }
            }
            Some(_) => {
                for target in self.argument(&to.argument, receiver, args) {
                    self.store(&target, Seg::Any, value.clone(), span, env);
                }
            }
            None => {}
        }
    }

    /// The values that an argument is given.
    pub(crate) fn argument(&self, argument: &Argument, receiver: Option<&Value>, args: &Args) -> Vec<Value> {
        let mut out = Vec::new();
        for way in &argument.0 {
            match way {
                Way::Position(index) => {
                    if let Some(value) = args.positional.get(*index) {
                        return vec![value.clone()];
                    }
                    if let Some(star) = &args.star
                        && *index >= args.positional.len()
                    {
                        return vec![star.clone()];
                    }
                }
                Way::Name(name) => {
                    if let Some(value) = args.keyword(name) {
                        return vec![value.clone()];
                    }
                }
                Way::AllFrom(index) => {
                    out.extend(args.positional.iter().skip(*index).cloned());
                    out.extend(args.star.clone());
                }
                Way::AllNamed => {
                    out.extend(args.keywords.iter().map(|(_, value)| value.clone()));
                    out.extend(args.double_star.clone());
                }
                Way::Receiver => out.extend(receiver.cloned()),
                Way::Return => {}
            }
        }
        out
    }

    /// Whether conditions hold, as far as this function can tell; what callers decide is not taken to hold.
    pub(crate) fn applies(
        &self,
        when: &[Condition],
        unless: &[Condition],
        receiver: Option<&Value>,
        args: &Args,
        env: &Env,
    ) -> bool {
        let needs = self.conditions(when, unless, receiver, args, env);
        needs.is_some_and(|needs| needs.iter().all(|need| !need.holds))
    }

    /// Whether conditions hold: none when they do not, else what callers have to give for it.
    fn conditions(
        &self,
        when: &[Condition],
        unless: &[Condition],
        receiver: Option<&Value>,
        args: &Args,
        env: &Env,
    ) -> Option<Vec<Need>> {
        let mut needs = Vec::new();
        let all = when.iter().map(|condition| (condition, true));
        for (condition, holds) in all.chain(unless.iter().map(|condition| (condition, false))) {
            let answer = match self.argument(&condition.argument, receiver, args).first() {
                Some(value) => self.condition_on(condition, value, env),
                None => Answer::Known(is_default(condition)),
            };
            match answer {
                Answer::Known(answer) if answer == holds => {}
                Answer::Known(_) => return None,
                Answer::Open(label, condition) => needs.push(Need { label, condition, holds }),
            }
        }
        Some(needs)
    }

    /// Whether a condition holds for a value.
    pub(crate) fn condition_on(&self, condition: &Condition, value: &Value, env: &Env) -> Answer {
        if let Some(method) = &condition.defines {
            let method = Symbol::new(method);
            return Answer::Known(
                self.classes_of(value, env).iter().any(|class| self.project.method(*class, method).is_some()),
            );
        }
        if let Some(option) = &condition.option {
            return match option_of(value, Symbol::new(option), env) {
                Some(set) => {
                    let inner = Condition { option: None, ..condition.clone() };
                    self.condition_on(&inner, &set, env)
                }
                None => match open_label(value) {
                    Some(label) => Answer::Open(label, Arc::new(condition.clone())),
                    None => Answer::Known(is_default(condition)),
                },
            };
        }
        if condition.is.0.iter().any(|constant| self.is_constant(value, constant)) {
            return Answer::Known(true);
        }
        match open_label(value) {
            Some(label) if value.consts().is_none() => Answer::Open(label, Arc::new(condition.clone())),
            _ => Answer::Known(false),
        }
    }

    /// The classes of the project that a value is an instance of.
    fn classes_of(&self, value: &Value, env: &Env) -> SmallVec<[ClassId; 2]> {
        let shape = value.data().tree.as_ref().map(|tree| tree.shape);
        let shapes = value.refs().iter().filter_map(|reference| match reference {
            Ref::Obj(id) => env.object(*id).map(|object| object.shape),
            Ref::Instance(class) => Some(Shape::Instance(*class)),
            _ => None,
        });
        shapes
            .chain(shape)
            .filter_map(|shape| if let Shape::Instance(class) = shape { Some(class) } else { None })
            .collect()
    }

    /// Notes what a call sets on the object that it makes, or on another one.
    fn settings(
        &mut self,
        name: &str,
        result: &mut Value,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) {
        let project = self.project;
        let mut made: Option<Object> = None;
        for setting in project.models.settings(name) {
            if !self.applies(&setting.when, &[], receiver, args, env) {
                continue;
            }
            let name = Symbol::new(&setting.name);
            let given = self.argument(&setting.argument, receiver, args).into_iter().next();
            let given = match &setting.option {
                Some(option) => given.and_then(|value| option_of(&value, Symbol::new(option), env)),
                None => given,
            };
            let unpacked = args.star.is_some() || args.double_star.is_some();
            let value = match (given, &setting.default) {
                (Some(value), _) => value,
                (None, Some(default)) if !unpacked => constant_of(default),
                (None, _) => continue,
            };
            match &setting.on {
                Some(on) => {
                    for target in self.argument(on, receiver, args) {
                        self.store(&target, Seg::Attr(name), value.clone(), span, env);
                    }
                }
                None => {
                    let object = made.get_or_insert_with(|| Object::new(Shape::Other));
                    object.set(Seg::Attr(name), value, true);
                }
            }
        }
        if let Some(object) = made {
            let made = self.make_fresh(span, object, env);
            for reference in made.refs() {
                result.add_ref(reference.clone());
            }
        }
    }

    /// Data gets into an argument that can do harm.
    pub(crate) fn reach(&mut self, kind: SinkKind, value: &Value, callee: Symbol, span: (u32, u32), env: &mut Env) {
        self.reach_if(kind, value, callee, span, &[], env);
    }

    /// The same, if callers give what makes it a sink.
    fn reach_if(
        &mut self,
        kind: SinkKind,
        value: &Value,
        callee: Symbol,
        span: (u32, u32),
        needs: &[Need],
        env: &mut Env,
    ) {
        self.note_sink(kind, value, callee, span, env);
        match kind {
            SinkKind::Program | SinkKind::Argv => return self.reach_process(kind, value, callee, span, needs, env),
            // A dictionary or list is sent as JSON.
            SinkKind::Html
                if self.is_container(value, env)
                    && !matches!(value.refs().first(), Some(Ref::Obj(id)) if env.object(*id).is_some_and(|o| matches!(o.shape, Shape::Iterator))) =>
            {
                return;
            }
            _ => {}
        }
        let facts = self.sink_facts(value, env);
        self.reach_with(kind, facts, callee, span, needs);
    }

    fn reach_with(
        &mut self,
        kind: SinkKind,
        facts: Vec<(Fact, Option<Symbol>)>,
        callee: Symbol,
        span: (u32, u32),
        needs: &[Need],
    ) {
        if facts.is_empty() {
            return;
        }
        let mut site = None;
        for (fact, prefix) in facts {
            if !still_harms(kind, &fact, prefix) {
                continue;
            }
            let site = site.get_or_insert_with(|| self.site(span, kind, callee));
            let site = Arc::clone(site);
            self.arrive(&site, fact, prefix, needs.to_vec(), 0);
        }
    }

    /// A program and its arguments: a list's first element is the program, the others are arguments.
    fn reach_process(
        &mut self,
        kind: SinkKind,
        value: &Value,
        callee: Symbol,
        span: (u32, u32),
        needs: &[Need],
        env: &mut Env,
    ) {
        if let Some(vector) = self.sequence(value, env) {
            self.reach_words(self.vector_facts(kind, Vector::Whole, &vector, env), callee, span, needs);
            return;
        }
        let facts = self.sink_facts(value, env);
        if kind == SinkKind::Program {
            // A list that came from elsewhere: its elements are what matters.
            let facts = facts
                .into_iter()
                .filter(|(fact, _)| !fact.label.path.segs().iter().any(|seg| matches!(seg, Seg::Any | Seg::Each)))
                .collect();
            self.reach_with(kind, facts, callee, span, needs);
        } else if let Some(label) = open_label(value)
            && let Some((fact, _)) = facts.into_iter().find(|(fact, _)| fact.label == label)
        {
            // Whether it is a list, and of what, callers know.
            let site = self.site(span, kind, callee);
            self.add_hit(Hit {
                label,
                site,
                prefix: None,
                fact,
                needs: needs.to_vec(),
                vector: Vector::Whole,
                conditions: self.conditions.clone(),
                depth: 0,
            });
        }
    }

    /// The arguments of a program, whose name comes first.
    fn reach_vector(&mut self, vector: &Sequence, callee: Symbol, span: (u32, u32), needs: &[Need], env: &mut Env) {
        let words = self.vector_facts(SinkKind::Argv, Vector::Whole, vector, env);
        self.note_words(&words, callee, span);
        self.reach_words(words, callee, span, needs);
    }

    fn reach_words(&mut self, words: Vec<Word>, callee: Symbol, span: (u32, u32), needs: &[Need]) {
        for word in words {
            if word.vector == Vector::None {
                self.reach_with(word.kind, vec![(word.fact, word.prefix)], callee, span, needs);
            } else {
                let site = self.site(span, word.kind, callee);
                let (label, fact, vector) = (word.fact.label, word.fact, word.vector);
                let (needs, conditions) = (needs.to_vec(), self.conditions.clone());
                self.add_hit(Hit { label, site, prefix: None, fact, needs, vector, conditions, depth: 0 });
            }
        }
    }

    /// What is in a program's name, or in its arguments; of a shell, in the command that it is given.
    pub(crate) fn vector_facts(&self, kind: SinkKind, vector: Vector, sequence: &Sequence, env: &Env) -> Vec<Word> {
        let mut out = Vec::new();
        let mut add = |kind: SinkKind, value: &Value| {
            let facts = self.sink_facts(value, env).into_iter();
            out.extend(facts.map(|(fact, prefix)| Word { kind, fact, prefix, vector: Vector::None }));
        };
        if kind == SinkKind::Program {
            if let Some(first) = sequence.items.first().or(sequence.rest.as_ref()) {
                add(kind, first);
            }
            return out;
        }
        let mut words = sequence.items.iter();
        if vector == Vector::Whole {
            let Some(first) = words.next() else { return out };
            let program = first.only_str().and_then(|text| text.rsplit('/').next()).unwrap_or_default();
            if is_shell(program) {
                let mut words = words.chain(&sequence.rest);
                let is_command = |item: &&Value| {
                    item.only_str().is_some_and(|text| text.starts_with(['-', '/']) && text.ends_with(['c', 'C']))
                };
                if words.find(is_command).is_some()
                    && let Some(command) = words.next()
                {
                    add(SinkKind::Shell, command);
                }
                return out;
            }
            if has_harmless_options(program) {
                return out;
            }
        }
        for item in words {
            if matches!(item.only_str(), Some("--" | "--end-of-options")) {
                return out;
            }
            add(SinkKind::Argv, item);
        }
        let Some(rest) = &sequence.rest else { return out };
        // The elements of one list that a caller gives: what comes first among them, the caller knows.
        match (open_label(rest).and_then(Label::list), rest.facts()) {
            (Some(list), [fact]) if fact.label.list() == Some(list) => {
                let fact = Fact { label: list, ..fact.clone() };
                out.push(Word { kind: SinkKind::Argv, fact, prefix: None, vector: Vector::Tail });
            }
            _ => add(SinkKind::Argv, rest),
        }
        out
    }

    /// What is known of the elements of a list: those at its beginning, and what may come after them.
    pub(crate) fn sequence(&self, value: &Value, env: &Env) -> Option<Sequence> {
        if !self.is_container(value, env) {
            return None;
        }
        let mut found: Option<Sequence> = None;
        let object = match value.refs().iter().find(|reference| matches!(reference, Ref::Obj(_))) {
            Some(Ref::Obj(id)) => env.object(*id),
            _ => None,
        };
        if let Some(object) = object {
            let known = (0..).map_while(|at| object.get(Seg::Index(at)).map(|field| field.value.clone()));
            let ordered = matches!(object.shape, Shape::List | Shape::Tuple);
            found = Some(if ordered {
                Sequence { items: known.collect(), rest: object.rest_written.then(|| object.rest.clone()) }
            } else {
                Sequence { items: Vec::new(), rest: Some(object.elements()) }
            });
        } else if let Some(tree) = &value.data().tree {
            let at = |index| tree.fields.binary_search_by(|(known, _)| known.cmp(&Seg::Index(index))).ok();
            let known = (0..).map_while(|index| at(index).map(|at| tree.fields[at].1.clone()));
            let ordered = matches!(tree.shape, Shape::List | Shape::Tuple);
            found = Some(if ordered {
                Sequence { items: known.collect(), rest: (!tree.rest.is_nothing()).then(|| tree.rest.clone()) }
            } else {
                Sequence { items: Vec::new(), rest: Some(crate::attr::tree_element(tree, None)) }
            });
        }
        found
    }

    /// The facts in a value, each with the text that stands before it.
    pub(crate) fn sink_facts(&self, value: &Value, env: &Env) -> Vec<(Fact, Option<Symbol>)> {
        let mut out = Vec::new();
        let Some(parts) = &value.data().parts else {
            let mut facts = Facts::new();
            self.all_facts(value, env, &mut facts);
            out.extend(facts.into_iter().map(|fact| (fact, None)));
            return out;
        };
        let mut before = String::new();
        for part in parts.iter() {
            match part {
                Part::Text(text) => before.push_str(text.as_str()),
                Part::Value(value) => {
                    let mut facts = Facts::new();
                    self.all_facts(value, env, &mut facts);
                    let prefix = (!before.is_empty()).then(|| Symbol::new(&before));
                    for fact in facts {
                        if !out.iter().any(|(known, _): &(Fact, _)| known.label == fact.label) {
                            out.push((fact, prefix));
                        }
                    }
                    before.push(UNKNOWN);
                }
            }
        }
        // The way through the formatting is longer, but whole.
        for (fact, _) in &mut out {
            if let Some(own) = value.facts().iter().find(|own| own.label == fact.label) {
                fact.step = Arc::clone(&own.step);
            }
        }
        out
    }

    /// A constant that must not be.
    pub(crate) fn check_constant(
        &mut self,
        check: &seriema_models::Check,
        value: Option<&Value>,
        callee: Symbol,
        span: (u32, u32),
        _env: &mut Env,
    ) {
        let mut constants = Vec::new();
        let mut paths = Vec::new();
        for constant in &check.is.0 {
            match constant {
                Constant::Bool(flag) => constants.push(Const::Bool(*flag)),
                Constant::Int(number) => constants.push(Const::Int(*number)),
                Constant::Text(text) if text == "None" => constants.push(Const::None),
                Constant::Text(text) => {
                    constants.push(Const::Str(Symbol::new(text)));
                    if text.contains('.') {
                        paths.push(Symbol::new(text));
                    }
                }
            }
        }
        let forbidden = Arc::new(Forbidden {
            rule: Symbol::new(&check.rule),
            message: Symbol::new(&check.message),
            constants,
            paths,
        });
        let harm = Harm::Constant(Arc::clone(&forbidden));
        let site = Arc::new(Site { file: self.file_id, span, harm, callee, func: self.func });
        match value {
            None => {
                // A check without constants is about the call itself.
                if check.absent || (check.is.0.is_empty() && check.argument.0.is_empty()) {
                    self.out.wrong.push(WrongConstant { site, way: None });
                }
            }
            Some(value) => {
                let entry =
                    value.refs().iter().find_map(|r| if let Ref::Entry(entry) = r { Some(entry) } else { None });
                if let Some(entry) = entry {
                    // Wrong are the keys of what is wrong.
                    let wrong = entry.table.iter().filter(|(_, value)| is_forbidden(&forbidden, value));
                    let constants: Vec<Const> = wrong.map(|(key, _)| *key).collect();
                    if !constants.is_empty() {
                        let harm = Harm::Constant(Arc::new(Forbidden {
                            constants,
                            paths: Vec::new(),
                            ..(*forbidden).clone()
                        }));
                        let site = Arc::new(Site { harm, ..(*site).clone() });
                        let label = entry.key;
                        let step = Step::first(self.file_id, span, Why::Parameter);
                        let fact = Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step };
                        self.add_hit(Hit {
                            label,
                            site,
                            prefix: None,
                            fact,
                            needs: Vec::new(),
                            vector: Vector::None,
                            conditions: self.conditions.clone(),
                            depth: 0,
                        });
                    }
                    return;
                }
                if is_forbidden(&forbidden, value) {
                    self.out.wrong.push(WrongConstant { site, way: None });
                    return;
                }
                for reference in value.refs() {
                    if let Ref::Sym(label) = reference
                        && matches!(label.base, Base::Param(_))
                    {
                        let step = Step::first(self.file_id, span, Why::Parameter);
                        let fact =
                            Fact { label: *label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step };
                        let site = Arc::clone(&site);
                        let hit = Hit {
                            label: *label,
                            site,
                            prefix: None,
                            fact,
                            needs: Vec::new(),
                            vector: Vector::None,
                            conditions: self.conditions.clone(),
                            depth: 0,
                        };
                        self.add_hit(hit);
                    }
                }
            }
        }
    }

    /// Whether a value is a constant of a model: a literal, or something of a library by its path.
    fn is_constant(&self, value: &Value, constant: &Constant) -> bool {
        let literal = value.consts().is_some_and(|consts| {
            consts.iter().any(|known| match (known, constant) {
                (Const::Bool(a), Constant::Bool(b)) => a == b,
                (Const::Int(a), Constant::Int(b)) => a == b,
                (Const::Int(a), Constant::Bool(b)) => (*a != 0) == *b,
                (Const::Str(a), Constant::Text(b)) => a.as_str().eq_ignore_ascii_case(b),
                (Const::None, Constant::Text(b)) => b == "None",
                (known, Constant::Bool(b)) => known.is_true() == *b,
                _ => false,
            })
        });
        literal
            || value.refs().iter().any(|reference| match (reference, constant) {
                (Ref::Api(path), Constant::Text(text)) => {
                    path.as_str() == text || path.as_str().strip_suffix("()") == Some(text)
                }
                // A class of the project is what its bases are.
                (Ref::Class(class), Constant::Text(text)) => {
                    self.project.class(*class).api_bases.iter().any(|base| base.as_str() == text)
                }
                // A container with something in it is true, and so are functions.
                (Ref::Obj(_) | Ref::Func(..), Constant::Bool(true)) => true,
                _ => false,
            })
    }

    /// A method of something that nobody knows, which is a sink by its name.
    pub(crate) fn fallback(
        &mut self,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        object: Option<seriema_program::ir::ExprId>,
        env: &mut Env,
    ) {
        let project = self.project;
        let sinks = project.models.method_sinks(name.as_str());
        if sinks.is_empty() || receiver.refs().iter().any(|r| matches!(r, Ref::Obj(_))) {
            return;
        }
        let written = object.map(|object| self.written_name(object)).unwrap_or_default();
        let words: Vec<&str> = written.trim_matches('_').split('_').collect();
        for sink in sinks {
            let named =
                sink.receiver.iter().any(|word| words.last().is_some_and(|last| last.eq_ignore_ascii_case(word)));
            for value in self.argument(&sink.argument, Some(receiver), args) {
                let looks = sink.looks_sql && reads_like_sql(&value);
                if named || looks {
                    self.reach(sink.kind, &value, name, span, env);
                }
            }
        }
    }

    fn written_name(&self, expr: seriema_program::ir::ExprId) -> &'static str {
        use seriema_program::ir::Expr;
        match self.file.expr(expr) {
            Expr::Local(slot) => self.function.locals.get(usize::from(slot)).map_or("", |name| name.as_str()),
            Expr::Global(name) | Expr::Attribute(_, name) => name.as_str(),
            Expr::Call(index) => match self.file.expr(self.file.calls[index as usize].callee) {
                Expr::Attribute(_, name) | Expr::Global(name) => name.as_str(),
                _ => "",
            },
            _ => "",
        }
    }

    /// The path of a file, made of pieces: a later absolute piece would replace the earlier ones.
    pub(crate) fn joined_path(&mut self, pieces: &[Value], span: (u32, u32), env: &Env) -> Value {
        let mut all = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                all.push(Value::text("/"));
            }
            all.push(piece.clone());
        }
        self.concat_parts(&all, span, env)
    }

    /// Makes a path absolute.
    pub(crate) fn normalized(&mut self, value: &Value, span: (u32, u32)) -> Value {
        // Of a constant it is known well enough which directory it is.
        if value.only_str().is_some_and(|text| text.starts_with('/') && !text.contains("/.")) {
            return value.clone();
        }
        let mut out = value.map_facts(|fact| fact.flags = fact.flags.with(Flags::NORMALIZED));
        for fact in &mut out.to_mut().facts {
            fact.step = Step::after(&fact.step, self.file_id, span, Why::Formatted);
        }
        let data = out.to_mut();
        data.refs.clear();
        data.consts = None;
        data.checks.clear();
        data.derived = Some((value.clone(), How::Normalized));
        out
    }
}

/// What gets into the name or the arguments of a program.
pub(crate) struct Word {
    pub(crate) kind: SinkKind,
    pub(crate) fact: Fact,
    pub(crate) prefix: Option<Symbol>,
    pub(crate) vector: Vector,
}

/// Whether a condition holds for a value.
pub(crate) enum Answer {
    /// So or so.
    Known(bool),
    /// Callers know: what is asked, and of what.
    Open(Label, Arc<Condition>),
}

/// The elements of a list, as far as they are known by place.
pub(crate) struct Sequence {
    /// Those at the beginning.
    pub(crate) items: Vec<Value>,
    /// What may come after them.
    pub(crate) rest: Option<Value>,
}

/// The message that a call makes a code of, which nobody else can make without the key.
fn authenticated(name: &str, receiver: Option<&Value>, args: &Args) -> Option<Value> {
    let (function, method) = name.rsplit_once('.')?;
    match (function, method) {
        ("hmac", "new" | "HMAC" | "digest") => {
            let key = args.positional.first().or_else(|| args.keyword("key"))?;
            let foreign =
                |fact: &Fact| matches!(fact.label.base, Base::Source(kind, ..) if crate::report::is_remote(kind));
            let own = !key.facts().iter().any(foreign);
            let message = args.positional.get(1).or_else(|| args.keyword("msg")).filter(|_| own)?;
            (!message.is_nothing()).then(|| message.clone())
        }
        (_, "digest" | "hexdigest") => receiver.and_then(signed_message),
        _ => None,
    }
}

/// The message that a value is the code of.
pub(crate) fn signed_message(value: &Value) -> Option<Value> {
    match &value.data().derived {
        Some((message, How::Signed)) => Some(message.clone()),
        Some((inner, How::Same)) => match &inner.data().derived {
            Some((message, How::Signed)) => Some(message.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a condition holds for what is not given.
fn is_default(condition: &Condition) -> bool {
    condition.default.as_ref().is_some_and(|default| condition.is.0.contains(default))
}

/// What a caller gives, when the value is that.
pub(crate) fn open_label(value: &Value) -> Option<Label> {
    value.refs().iter().find_map(|reference| match reference {
        Ref::Sym(label) if matches!(label.base, Base::Param(_) | Base::Result(_)) => Some(*label),
        _ => None,
    })
}

/// What was set on an object before.
fn option_of(value: &Value, name: Symbol, env: &Env) -> Option<Value> {
    let seg = Seg::Attr(name);
    let mut out: Option<Value> = None;
    let mut add = |found: &Value| {
        out = Some(out.as_ref().map_or_else(|| found.clone(), |known| known.join(found)));
    };
    for reference in value.refs() {
        let id = match reference {
            Ref::Obj(id) => *id,
            Ref::Api(path) => ObjId::Api(*path),
            Ref::Sym(label) => ObjId::Known(*label),
            _ => continue,
        };
        if let Some(field) = env.object(id).and_then(|object| object.get(seg))
            && field.written
        {
            add(&field.value);
        }
    }
    if let Some(tree) = &value.data().tree
        && let Ok(at) = tree.fields.binary_search_by(|(known, _)| known.cmp(&seg))
    {
        add(&tree.fields[at].1);
    }
    out
}

fn constant_of(constant: &Constant) -> Value {
    match constant {
        Constant::Bool(flag) => Value::constant(Const::Bool(*flag)),
        Constant::Int(number) => Value::constant(Const::Int(*number)),
        Constant::Text(text) if text == "None" => Value::constant(Const::None),
        Constant::Text(text) => Value::text(text),
    }
}

fn is_tuple(value: &Value, env: &Env) -> bool {
    matches!(value.refs(), [Ref::Obj(id)] if env.object(*id).is_some_and(|object| object.shape == Shape::Tuple))
}

/// Classes whose instances say themselves what is in them.
fn is_modelled_class(models: &seriema_models::Models, path: &str) -> bool {
    !models.bases(path).is_empty()
}

pub(crate) fn is_forbidden(forbidden: &Forbidden, value: &Value) -> bool {
    let literal = value.consts().is_some_and(|consts| {
        consts.iter().any(|known| {
            forbidden.constants.iter().any(|wrong| match (known, wrong) {
                (Const::Str(a), Const::Str(b)) => a.as_str().eq_ignore_ascii_case(b.as_str()),
                (a, b) => a == b,
            })
        })
    });
    literal
        || value.refs().iter().any(|reference| {
            matches!(reference, Ref::Api(path) if forbidden.paths.iter().any(|wrong| {
                path == wrong || path.as_str().strip_suffix("()") == Some(wrong.as_str())
            }))
        })
}

/// Whether the text before a value takes the harm out of it.
pub(crate) fn is_harmless_prefix(kind: SinkKind, prefix: Option<Symbol>) -> bool {
    let Some(prefix) = prefix.map(Symbol::as_str) else { return false };
    match kind {
        SinkKind::Url | SinkKind::Redirect => {
            if prefix.starts_with(UNKNOWN) {
                // The program's own address, then others' data.
                return true;
            }
            if let Some((_, rest)) = prefix.split_once("://") {
                return rest.contains(['/', '?', '#']);
            }
            // A path of the own site; `//host` is another one.
            let mut chars = prefix.chars();
            chars.next() == Some('/') && chars.next().is_some_and(|second| second != '/' && second != '\\')
                || prefix.starts_with(['?', '#'])
        }
        SinkKind::Argv => !prefix.is_empty() && prefix != "-" && prefix != "--",
        SinkKind::Import => prefix.contains('.') || prefix.contains('_'),
        SinkKind::Program => prefix.contains('/') && !prefix.ends_with('/'),
        _ => false,
    }
}

/// How a `%` template shows the arguments after it; nothing when that is not known.
fn shown_as(argument: &Argument, args: &Args) -> Vec<Conversion> {
    let [Way::AllFrom(from @ 1..)] = &*argument.0 else { return Vec::new() };
    let template = args.positional.get(from - 1).and_then(Value::only_str);
    template.and_then(percent_conversions).unwrap_or_default()
}

/// Whether a fact can do harm in a sink, with the text that stands before it.
pub(crate) fn still_harms(kind: SinkKind, fact: &Fact, prefix: Option<Symbol>) -> bool {
    if fact.cleaned.has(kind) {
        // Quoted for the shell, within other quotes: its own quotes close them or are nothing special.
        let quoted_only = kind == SinkKind::Shell && !fact.cleaned.has(SinkKind::Code);
        return quoted_only && prefix.is_some_and(|prefix| is_in_quotes(prefix.as_str()));
    }
    !is_harmless_prefix(kind, prefix)
}

/// Whether a shell's command line ends inside of quotes.
fn is_in_quotes(text: &str) -> bool {
    let mut open = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, open) {
            ('\\', None | Some('"')) => {
                chars.next();
            }
            ('"' | '\'', None) => open = Some(c),
            (c, Some(quote)) if c == quote => open = None,
            _ => {}
        }
    }
    open.is_some()
}

/// Whether text that is known reads like a statement.
fn reads_like_sql(value: &Value) -> bool {
    let mut text = String::new();
    if let Some(parts) = &value.data().parts {
        for part in parts.iter() {
            if let Part::Text(piece) = part {
                text.push_str(piece.as_str());
            }
        }
    }
    let lower = text.trim_start().to_ascii_lowercase();
    [
        "select ",
        "insert ",
        "update ",
        "delete ",
        "drop ",
        "create ",
        "alter ",
        "replace into",
        "with ",
        "merge ",
        "call ",
        "exec ",
    ]
    .iter()
    .any(|word| lower.starts_with(word))
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "cmd" | "cmd.exe" | "powershell" | "pwsh")
}

/// Programs that no option makes read, write or start anything: what they are given, they show or count.
fn has_harmless_options(program: &str) -> bool {
    matches!(
        program,
        "echo"
            | "printf"
            | "true"
            | "false"
            | "test"
            | "["
            | "expr"
            | "sleep"
            | "seq"
            | "yes"
            | "cal"
            | "basename"
            | "dirname"
            | "whoami"
            | "id"
            | "groups"
            | "uname"
            | "hostname"
            | "uptime"
            | "kill"
            | "nproc"
            | "tput"
            | "cowsay"
            | "figlet"
            | "fortune"
            | "banner"
    )
}

/// Cleans facts of everything but what digests and numbers still tell: that a random number was predictable.
pub(crate) fn harmless(value: &Value) -> Value {
    let kinds = Kinds::ALL.without(Kinds::of(SinkKind::Secret).with(SinkKind::Cookie));
    let mut out = Value::default();
    for fact in value.facts() {
        if let Base::Source(SourceKind::WeakRandom, ..) | Base::Param(_) | Base::Result(_) = fact.label.base {
            let mut fact = fact.clone();
            fact.cleaned = fact.cleaned.union(kinds);
            out.add_fact(fact);
        }
    }
    out
}
