//! What conditions say about the values that they look at.

use std::rc::Rc;
use std::sync::Arc;

use seriema_models::{Kinds, SinkKind};
use seriema_program::ir::{CompareOp, ExprId};
use smallvec::SmallVec;

use crate::builtin::ANY_ATTRIBUTE;
use crate::env::Env;
use crate::interp::Interp;
use crate::value::{Base, Check, Const, Fact, Flags, How, MAX_CONSTS, Ref, Value};

/// Kinds that a check of the host of a URL clears.
pub(crate) const HOST_KINDS: Kinds = Kinds::of(SinkKind::Url).with(SinkKind::Redirect);

impl Interp<'_> {
    /// Takes over what it means that a condition is true, or false.
    pub(crate) fn refine(&mut self, _test: ExprId, value: &Value, truth: bool, env: &mut Env) {
        for check in &value.data().checks {
            if check.when == truth {
                self.apply_check(check, env);
            }
        }
        if let Some(consts) = value.consts()
            && consts.len() > 1
        {
            let kept: Vec<Const> = consts.iter().copied().filter(|c| c.is_true() == truth).collect();
            if !kept.is_empty() && kept.len() < consts.len() {
                self.becomes(value, &kept, env);
            }
        }
        // What is empty does no harm.
        if !truth && !value.facts().is_empty() && value.consts().is_none() {
            let harmless = value.map_facts(|fact| fact.cleaned = Kinds::ALL);
            replace(env, value, &harmless);
        }
    }

    /// A value turned out to be one of these constants.
    pub(crate) fn becomes(&mut self, value: &Value, consts: &[Const], env: &mut Env) {
        let consts = Some(consts.iter().copied().collect());
        let check = Check { consts, ..Check::clean(value.clone(), true, Kinds::ALL) };
        self.apply_check(&check, env);
    }

    /// A check held.
    pub(crate) fn apply_check(&mut self, check: &Check, env: &mut Env) {
        let target = &check.target;
        if target.is_nothing() {
            return;
        }
        self.note_check(check);
        replace(env, target, &refined(target, check));
        // What it was made of holds the same, as far as the check goes.
        let mut base = target.data().derived.clone();
        for _ in 0..4 {
            let Some((value, how)) = base else { break };
            let inner = check.of_base(&value, how);
            if inner.says_nothing() {
                break;
            }
            replace(env, &value, &refined(&value, &inner));
            base = value.data().derived.clone();
        }
    }

    /// What a comparison means for its operands.
    pub(crate) fn note_checks(&mut self, op: CompareOp, left: &Value, right: &Value, env: &mut Env, out: &mut Value) {
        let when = matches!(op, CompareOp::Eq | CompareOp::Is | CompareOp::In);
        let mut add = |check: Check| out.to_mut().checks.push(Arc::new(check));
        match op {
            CompareOp::Eq | CompareOp::NotEq | CompareOp::Is | CompareOp::IsNot => {
                for (target, other) in [(left, right), (right, left)] {
                    if let Some(consts) = other.consts()
                        && !target.is_nothing()
                        && consts.iter().all(|c| !matches!(c, Const::Bool(_)))
                    {
                        let consts = consts.iter().copied().collect();
                        add(Check { consts: Some(consts), ..Check::clean(target.clone(), when, Kinds::ALL) });
                    }
                    // An object that there only is when the check holds: `re.match(...) is not None`.
                    if other.only() == Some(Const::None) && target.refs().iter().any(is_match) {
                        for check in target.data().checks.iter().filter(|check| check.when) {
                            add(Check { when: !when, ..(**check).clone() });
                        }
                    }
                    // The boolean that a check gave.
                    if let Some(Const::Bool(flag)) = other.only() {
                        for check in &target.data().checks {
                            let mut inner = (**check).clone();
                            inner.when = (check.when == flag) == when;
                            add(inner);
                        }
                    }
                    // `commonpath([base, path]) == base`
                    if let Some(message) = crate::library::signed_message(target) {
                        add(Check::clean(message, when, Kinds::ALL));
                    }
                    if let Some((path, How::Common)) = &target.data().derived {
                        add(Check::flags(path.clone(), when, Flags::CONTAINED));
                    }
                    // `path.resolve() == root`: the directory itself.
                    if let Some((_, How::Normalized)) = &target.data().derived
                        && other.consts().is_none()
                    {
                        add(Check::flags(target.clone(), when, Flags::CONTAINED));
                    }
                    // The host is the program's own.
                    if let Some((_, How::Host)) = &target.data().derived
                        && other.consts().is_none()
                        && is_own(other)
                    {
                        add(Check { flags: Flags::KNOWN, ..Check::clean(target.clone(), when, Kinds::ALL) });
                    }
                    // The host that the browser is at already.
                    if let Some((url, How::Host)) = &target.data().derived
                        && is_asked_host(other)
                    {
                        add(Check::clean(url.clone(), when, Kinds::of(SinkKind::Redirect)));
                    }
                    // `name == basename(name)`
                    let cleaned = cleaned_twin(target, other);
                    if !cleaned.is_empty() {
                        add(Check::clean(target.clone(), when, cleaned));
                    }
                }
            }
            CompareOp::In | CompareOp::NotIn => {
                if let (Some((_, How::Element)), Some(text)) = (&left.data().derived, right.only_str()) {
                    // A character of the text: what all of them may be, decides.
                    add(Check::clean(left.clone(), when, characters_kinds(text)));
                } else if let Some((path, How::Parents)) = &right.data().derived {
                    // `root in path.parents`
                    add(Check::flags(path.clone(), when, Flags::CONTAINED));
                } else if let Some(members) = self.constant_members(right, env) {
                    let characters = members.iter().map(|member| match member {
                        Const::Str(text) if text.as_str().chars().count() == 1 => text.as_str().chars().next(),
                        _ => None,
                    });
                    let characters: Option<String> = characters.collect();
                    let kinds = match (&left.data().derived, characters) {
                        (Some((_, How::Element)), Some(text)) => characters_kinds(&text),
                        _ => Kinds::ALL,
                    };
                    let consts = (members.len() <= MAX_CONSTS).then(|| {
                        let mut all: SmallVec<[Const; 1]> = members.into_iter().collect();
                        all.sort_unstable();
                        all.dedup();
                        all
                    });
                    add(Check { consts, flags: Flags::KNOWN, ..Check::clean(left.clone(), when, kinds) });
                } else if let Some(text) = left.only_str() {
                    let (kinds, flags) = absent_text(text);
                    let target = match &right.data().derived {
                        Some((path, How::Components)) => path,
                        _ => right,
                    };
                    if !kinds.is_empty() || !flags.is_empty() {
                        add(Check { flags, ..Check::clean(target.clone(), !when, kinds) });
                    }
                } else if is_own(right) && right.consts().is_none() && !left.is_nothing() {
                    add(Check { flags: Flags::KNOWN, ..Check::clean(left.clone(), when, Kinds::ALL) });
                } else if let Some(text) = right.only_str()
                    && !text.is_empty()
                {
                    // A piece of a constant.
                    add(Check::clean(left.clone(), when, Kinds::ALL));
                } else if right.refs().iter().any(|r| matches!(r, Ref::Class(class) if self.is_enum(*class))) {
                    add(Check::clean(left.clone(), when, Kinds::ALL));
                }
            }
            CompareOp::Lt | CompareOp::LtE | CompareOp::Gt | CompareOp::GtE => {}
        }
    }
}

impl Check {
    /// What it says of what its target was made of.
    pub(crate) fn of_base(&self, base: &Value, how: How) -> Self {
        // No host at all is none of the program's own: `javascript:...`.
        let named = self.consts.as_ref().is_none_or(|consts| consts.iter().all(|value| value.is_true()));
        let host = named && (self.consts.is_some() || self.flags.has(Flags::KNOWN));
        let (kinds, flags) = match how {
            How::Same => (self.kinds, self.flags),
            How::Normalized => (self.clears(), Flags::default()),
            How::Host if host => (HOST_KINDS, Flags::default()),
            How::Host | How::Parsed | How::Common | How::Parents | How::Components | How::Element | How::Signed => {
                (Kinds::NONE, Flags::default())
            }
        };
        Self { weak: self.weak, flags, ..Self::clean(base.clone(), self.when, kinds) }
    }

    pub(crate) fn says_nothing(&self) -> bool {
        self.kinds.is_empty() && self.weak.is_none() && self.flags.is_empty()
    }
}

/// Whether there is an object only if something matched.
fn is_match(reference: &Ref) -> bool {
    matches!(reference, Ref::Api(path) if path.as_str() == "re.Match()")
}

/// What is clean of a value that equals what was made of it: `name == basename(name)`.
fn cleaned_twin(value: &Value, twin: &Value) -> Kinds {
    let mut kinds = Kinds::ALL;
    for fact in value.facts() {
        match twin.facts().iter().find(|other| other.label == fact.label) {
            Some(other) => kinds = kinds.intersect(other.cleaned),
            None => return Kinds::NONE,
        }
    }
    if value.facts().is_empty() { Kinds::NONE } else { kinds }
}

/// What a text's absence means.
fn absent_text(text: &str) -> (Kinds, Flags) {
    match text {
        "/" | "\\" => (Kinds::PATH, Flags::default()),
        ".." | "../" => (Kinds::NONE, Flags::NO_DOTS),
        "\n" | "\r" | "\r\n" => {
            (Kinds::of(SinkKind::Log).with(SinkKind::Header).with(SinkKind::Mail), Flags::default())
        }
        _ => (Kinds::NONE, Flags::default()),
    }
}

/// Whether a value is the program's own: configuration, module constants; nothing of a request, nothing a caller gives.
pub(crate) fn is_own(value: &Value) -> bool {
    let foreign = value.facts().iter().any(|fact| !matches!(fact.label.base, Base::Global(..) | Base::Field(..)));
    !foreign && (value.data().tree.is_some() || !value.refs().is_empty() || !value.facts().is_empty())
}

/// Whether a value is the host that a client asked for: a redirect there leads nowhere else, a request there may.
fn is_asked_host(value: &Value) -> bool {
    !value.facts().is_empty()
        && value.facts().iter().all(|fact| match fact.label.base {
            Base::Source(_, _, _, what) => {
                let name = what.as_str().rsplit('.').next().unwrap_or_default();
                matches!(
                    name.trim_end_matches("()"),
                    "host" | "host_url" | "url" | "base_url" | "url_root" | "root_url" | "application_url"
                )
            }
            Base::Global(..) | Base::Field(..) => true,
            _ => false,
        })
}

fn refined(value: &Value, check: &Check) -> Value {
    let mut out = value.map_facts(|fact| refine_fact(fact, check));
    // `getattr(module, name)`: what was chosen by the name was checked.
    let chosen = |reference: &Ref| matches!(reference, Ref::Method(_, any) if any.as_str() == ANY_ATTRIBUTE);
    if !check.kinds.is_empty() && value.refs().iter().any(chosen) {
        for reference in &mut out.to_mut().refs {
            if let Ref::Method(name, any) = reference
                && any.as_str() == ANY_ATTRIBUTE
            {
                *name = Arc::new(name.map_facts(|fact| refine_fact(fact, check)));
            }
        }
    }
    if let Some(consts) = &check.consts {
        out.to_mut().consts = Some(consts.clone());
    }
    out
}

fn refine_fact(fact: &mut Fact, check: &Check) {
    fact.cleaned = if check.consts.is_some() { Kinds::ALL } else { fact.cleaned.union(check.kinds) };
    fact.flags = fact.flags.with(check.flags);
    if check.weak.is_some() && check.kinds.is_empty() {
        fact.weak = check.weak;
    }
    if check.flags.is_empty() {
        return;
    }
    if fact.flags.is_confined() {
        fact.cleaned = fact.cleaned.union(Kinds::PATH);
    } else if check.flags.has(Flags::CONTAINED) {
        fact.weak = Some(symbol!("the path is checked before `..` is taken out of it"));
    } else if check.flags.has(Flags::NO_DOTS) {
        fact.weak = Some(symbol!("`..` is refused, an absolute path is not"));
    }
}

/// Wherever this very value is kept, another one is from now on.
pub(crate) fn replace(env: &mut Env, old: &Value, new: &Value) {
    if env.slots.iter().flatten().any(|slot| slot.is(old)) {
        for slot in Rc::make_mut(&mut env.slots).iter_mut().flatten() {
            if slot.is(old) {
                *slot = new.clone();
            }
        }
    }
    let holds =
        |object: &crate::env::Object| object.fields.iter().any(|(_, field)| field.value.is(old)) || object.rest.is(old);
    env.heap.change(holds, |object| {
        for (_, field) in &mut object.fields {
            if field.value.is(old) {
                field.value = new.clone();
            }
        }
        if object.rest.is(old) {
            object.rest = new.clone();
        }
    });
}

/// What matches a pattern as a whole can do no harm in these kinds; none when it may still.
pub(crate) fn pattern_kinds(pattern: &str, whole: bool) -> Option<Kinds> {
    let mut rest = pattern;
    let mut start = whole;
    let mut end = whole;
    let mut lines = false;
    if let Some((flags, after)) = rest.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
        && flags.chars().all(|flag| matches!(flag, 'a' | 'i' | 'm' | 's' | 'u'))
    {
        lines = flags.contains('m');
        rest = after;
    }
    // Of every line, not of the text.
    if lines && !whole && !(rest.starts_with("\\A") && (rest.ends_with("\\Z") || rest.ends_with("\\z"))) {
        return None;
    }
    if let Some(inner) = rest.strip_prefix('^').or_else(|| rest.strip_prefix("\\A")) {
        rest = inner;
        start = true;
    }
    if let Some(inner) = rest.strip_suffix("\\Z").or_else(|| rest.strip_suffix("\\z")) {
        rest = inner;
        end = true;
    } else if rest.ends_with('$') && !rest.ends_with("\\$") {
        rest = &rest[..rest.len() - 1];
        end = true;
    }
    // An anchor belongs to one alternative only.
    if !start || !end || (!whole && has_alternatives(rest)) {
        return None;
    }
    allowed(rest)
}

/// Whether a pattern is one of several outside of parentheses.
fn has_alternatives(pattern: &str) -> bool {
    let mut depth = 0_u32;
    let mut class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth = depth.saturating_sub(1),
            '|' if !class && depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// What text of these characters only can do no harm in.
pub(crate) fn characters_kinds(characters: &str) -> Kinds {
    let class: String = characters.chars().filter(|c| !c.is_ascii_alphanumeric()).flat_map(|c| ['\\', c]).collect();
    allowed(&format!("[\\w{class}]")).unwrap_or(Kinds::NONE)
}

/// What a slash does no harm in, and what a blank does none in.
const WITH_SLASH: Kinds = Kinds::of(SinkKind::Sql)
    .with(SinkKind::Shell)
    .with(SinkKind::Html)
    .with(SinkKind::Log)
    .with(SinkKind::Xpath)
    .with(SinkKind::LdapFilter);
const WITH_BLANK: Kinds = Kinds::of(SinkKind::PathRead)
    .with(SinkKind::PathWrite)
    .with(SinkKind::PathDelete)
    .with(SinkKind::Html)
    .with(SinkKind::Log)
    .with(SinkKind::Header)
    .with(SinkKind::Mail);

/// What the characters that a pattern can match may do.
fn allowed(pattern: &str) -> Option<Kinds> {
    let mut kinds = Kinds::ALL;
    let mut chars = pattern.chars().peekable();
    let mut safe = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' | ',' | ':' | '@' | '+' | '=' => true,
        '/' => {
            kinds = kinds.intersect(WITH_SLASH);
            true
        }
        // Words are as good as one, where one cannot end what is around it.
        ' ' => {
            kinds = kinds.intersect(WITH_BLANK);
            true
        }
        _ => false,
    };
    while let Some(c) = chars.next() {
        match c {
            '(' => {
                if chars.peek() == Some(&'?') {
                    chars.next();
                    match chars.next()? {
                        ':' => {}
                        'P' => {
                            if chars.next()? != '<' {
                                return None;
                            }
                            for c in chars.by_ref() {
                                if c == '>' {
                                    break;
                                }
                            }
                        }
                        _ => return None,
                    }
                }
            }
            ')' | '|' | '+' | '*' | '?' => {}
            '{' => {
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                }
            }
            '[' => {
                if chars.peek() == Some(&'^') {
                    return None;
                }
                let mut previous: Option<char> = None;
                loop {
                    let c = chars.next()?;
                    match c {
                        ']' => break,
                        '\\' => match chars.next()? {
                            'w' | 'd' => previous = None,
                            's' | 'S' | 'W' | 'D' => return None,
                            other if safe(other) => previous = Some(other),
                            _ => return None,
                        },
                        '-' if previous.is_some() && chars.peek().is_some_and(|next| *next != ']') => {
                            let to = chars.next()?;
                            let from = previous.take()?;
                            let same = (from.is_ascii_lowercase() && to.is_ascii_lowercase())
                                || (from.is_ascii_uppercase() && to.is_ascii_uppercase())
                                || (from.is_ascii_digit() && to.is_ascii_digit());
                            if !same {
                                return None;
                            }
                        }
                        c if safe(c) => previous = Some(c),
                        _ => return None,
                    }
                }
            }
            '\\' => match chars.next()? {
                'w' | 'd' => {}
                's' | 'S' | 'W' | 'D' => return None,
                other if safe(other) => {}
                _ => return None,
            },
            '.' => return None,
            c if safe(c) => {}
            _ => return None,
        }
    }
    Some(kinds)
}

/// `re.sub(pattern, "", x)`: what is left when everything that matches is taken out.
pub(crate) fn complement_kinds(pattern: &str) -> Option<Kinds> {
    let class = pattern.trim_end_matches(['+', '*']);
    let inner = class.strip_prefix("[^")?.strip_suffix(']')?;
    allowed(&format!("[{inner}]"))
}

#[cfg(test)]
mod tests {
    use super::{characters_kinds, complement_kinds, pattern_kinds};
    use seriema_models::{Kinds, SinkKind};

    #[test]
    fn patterns_clean_what_they_leave_no_room_for() {
        assert_eq!(pattern_kinds(r"[a-z0-9_]+", true), Some(Kinds::ALL));
        assert_eq!(pattern_kinds(r"^\w{1,20}$", false), Some(Kinds::ALL));
        assert_eq!(pattern_kinds(r"^\w+", false), None);
        assert_eq!(pattern_kinds(r"\w+$", false), None);
        assert_eq!(pattern_kinds(r"^.*$", false), None);
        assert_eq!(pattern_kinds(r"(?m)^\w+$", false), None);
        assert_eq!(pattern_kinds(r"(?i)^\w+$", false), Some(Kinds::ALL));
        assert_eq!(pattern_kinds(r"^\w+|\d+$", false), None);
        assert_eq!(pattern_kinds(r"^(?:\w+|\d+)$", false), Some(Kinds::ALL));
        assert_eq!(characters_kinds("abc-_."), Kinds::ALL);
        assert!(!characters_kinds("abc/").has(SinkKind::PathRead));
        assert_eq!(characters_kinds("abc;"), Kinds::NONE);
        assert_eq!(pattern_kinds(r"^[^;]+$", false), None);
        assert_eq!(pattern_kinds(r"^[A-z]+$", false), None);
        assert!(pattern_kinds(r"^[\w/]+\Z", false).is_some_and(|kinds| !kinds.has(SinkKind::PathRead)));
        assert_eq!(complement_kinds(r"[^A-Za-z0-9]"), Some(Kinds::ALL));
        assert_eq!(complement_kinds(r"[;]"), None);
        let words = complement_kinds(r"[^A-Za-z0-9. ]").expect("a class");
        assert!(words.has(SinkKind::PathRead) && !words.has(SinkKind::Shell) && !words.has(SinkKind::Sql));
    }
}
