//! How long a backtracking engine takes for a pattern that does not match in the end.
//!
//! Each set of characters in a pattern is a state of an automaton, each way to go on from one to the next a transition.
//! An engine that backtracks tries every path that spells the text. Where a state comes back to itself on one word in
//! two ways, their number doubles with each repetition of the word; where a word leads from one loop to itself, on to
//! another loop, and from that to itself, it grows with the word's repetitions, once for each such pair in a row.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::shared::char_set::CharSet;
use crate::shared::regex_syntax::{Anchor, Node};

/// States of an automaton: counted repetitions are written out.
const MAX_STATES: usize = 400;

/// Transitions of an automaton.
const MAX_EDGES: usize = 6_000;

/// Steps of the searches over pairs and triples of states, all together.
const MAX_STEPS: u32 = 100_000;

/// Counts up to which a repetition is written out; above, the shape is the same.
const WRITTEN_OUT: u32 = 4;

/// From which count on a bounded repetition is as bad as one without a bound.
const ENDLESS: u32 = 200;

/// How the number of paths grows with the length of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Growth {
    /// By this power, the pass over the text itself counted in.
    Power(usize),
    Exponential,
}

/// A text that takes long, in three parts of which the middle one is to be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slow {
    pub(crate) growth: Growth,
    /// Whether repetitions that follow each other and match the same character show it, others than of `.`, which a line
    /// is the end of.
    pub(crate) plain: bool,
    pub(crate) prefix: String,
    pub(crate) pump: String,
    pub(crate) suffix: String,
}

/// The worst that an engine can be made to do at one place of a text; none where it takes time in proportion to its
/// length, or the pattern is too large to tell. `whole` is whether the pattern has to match all of the text.
pub(crate) fn slowest(pattern: &Node, whole: bool) -> Option<Slow> {
    let automaton = Automaton::new(pattern)?;
    let mut search = Search { automaton: &automaton, whole, left: MAX_STEPS };
    search.exponential().or_else(|| search.polynomial())
}

/// What has to hold where a transition is made, as bits.
type Guard = u8;

/// The start of the text.
const START: Guard = 1;
/// Its end.
const END: Guard = 2;
/// Something about the surroundings that is not followed here. Paths that differ by it may exclude each other.
const GUARDED: Guard = 4;
/// The end of a line.
const LINE_END: Guard = 8;
/// Something that is likely not to hold.
const UNLIKELY: Guard = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    to: usize,
    guard: Guard,
    /// In two ways at least.
    twice: bool,
}

#[derive(Debug, Default)]
struct Automaton {
    states: Vec<CharSet>,
    edges: Vec<Vec<Edge>>,
    first: Vec<(usize, Guard)>,
    last: Vec<(usize, Guard)>,
    /// Number of the loop (strongly connected component) of each state; none for those that are in no loop.
    loops: Vec<Option<usize>>,
}

/// How a part of a pattern begins and ends, and what holds where it matches nothing.
#[derive(Clone, Default)]
struct Fragment {
    first: Vec<(usize, Guard)>,
    last: Vec<(usize, Guard)>,
    empty: Vec<Guard>,
}

impl Fragment {
    fn empty(guard: Guard) -> Self {
        Self { empty: vec![guard], ..Self::default() }
    }
}

struct Builder {
    states: Vec<CharSet>,
    edges: FxHashMap<(usize, usize, Guard), bool>,
}

impl Builder {
    fn connect(&mut self, last: &[(usize, Guard)], first: &[(usize, Guard)], between: Guard) -> Option<()> {
        for &(from, out) in last {
            for &(to, into) in first {
                self.edges.entry((from, to, out | into | between)).and_modify(|twice| *twice = true).or_insert(false);
            }
        }
        (self.edges.len() <= MAX_EDGES).then_some(())
    }

    fn build(&mut self, node: &Node) -> Option<Fragment> {
        Some(match node {
            Node::Empty => Fragment::empty(0),
            Node::Set(set) => self.state(set.clone(), 0)?,
            Node::Backreference => self.state(CharSet::all(), GUARDED)?,
            Node::Anchor(anchor) => Fragment::empty(match anchor {
                Anchor::Start => START,
                Anchor::End => END,
                Anchor::LineEnd => LINE_END,
                Anchor::LineStart | Anchor::Boundary => GUARDED,
            }),
            Node::Ahead => Fragment::empty(GUARDED | UNLIKELY),
            Node::NotAhead => Fragment::empty(GUARDED),
            Node::Sequence(nodes) => {
                let mut whole = Fragment::empty(0);
                for node in nodes {
                    let next = self.build(node)?;
                    whole = self.join(whole, next)?;
                }
                whole
            }
            Node::Choice(nodes) => {
                let mut whole = Fragment::default();
                for node in nodes {
                    let branch = self.build(node)?;
                    whole.first.extend(branch.first);
                    whole.last.extend(branch.last);
                    whole.empty.extend(branch.empty);
                }
                limit(&mut whole.empty);
                whole
            }
            Node::Repeat { node, min, max } => self.repeat(node, *min, *max)?,
            Node::Atomic(node) => {
                let before = self.states.len();
                let whole = self.build(node)?;
                let inside: Vec<_> = self.edges.keys().filter(|(from, ..)| *from >= before).copied().collect();
                for key @ (from, to, guard) in inside {
                    self.edges.remove(&key);
                    self.edges.insert((from, to, guard | GUARDED), false);
                }
                whole
            }
        })
    }

    fn state(&mut self, set: CharSet, guard: Guard) -> Option<Fragment> {
        let state = self.states.len();
        self.states.push(set);
        let ends = vec![(state, guard)];
        (state < MAX_STATES).then(|| Fragment { first: ends.clone(), last: ends, empty: Vec::new() })
    }

    fn join(&mut self, left: Fragment, right: Fragment) -> Option<Fragment> {
        self.connect(&left.last, &right.first, 0)?;
        let mut whole = Fragment { first: left.first, last: right.last, empty: Vec::new() };
        for guard in &left.empty {
            whole.first.extend(right.first.iter().map(|&(state, into)| (state, into | guard)));
            whole.empty.extend(right.empty.iter().map(|other| guard | other));
        }
        for guard in &right.empty {
            whole.last.extend(left.last.iter().map(|&(state, out)| (state, out | guard)));
        }
        limit(&mut whole.empty);
        (whole.first.len() + whole.last.len() <= MAX_EDGES).then_some(whole)
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>) -> Option<Fragment> {
        let max = max.filter(|max| *max < ENDLESS);
        let mut whole = Fragment::empty(0);
        if max == Some(0) {
            return Some(whole);
        }
        let written = min.min(WRITTEN_OUT);
        // The last of the copies that have to be there is the one that goes on for ever.
        let once = if max.is_none() { written.saturating_sub(1) } else { written };
        for _ in 0..once {
            let copy = self.build(node)?;
            whole = self.join(whole, copy)?;
        }
        match max {
            None => {
                let mut body = self.build(node)?;
                self.connect(&body.last.clone(), &body.first.clone(), 0)?;
                if min == 0 {
                    body.empty = vec![0];
                }
                self.join(whole, body)
            }
            Some(max) => {
                let copies = (max - min).min(WRITTEN_OUT);
                let mut optional = Fragment::empty(0);
                for _ in 0..copies {
                    let copy = self.build(node)?;
                    // `(X(X)?)?`: the copy that stands last is made first.
                    optional = self.join(copy, optional)?;
                    optional.empty = vec![0];
                }
                self.join(whole, optional)
            }
        }
    }
}

/// Two ways to match nothing are as bad as many.
fn limit(empty: &mut Vec<Guard>) {
    empty.sort_unstable();
    let mut index = 0;
    while index + 2 < empty.len() {
        if empty[index] == empty[index + 2] {
            empty.remove(index);
        } else {
            index += 1;
        }
    }
}

impl Automaton {
    fn new(pattern: &Node) -> Option<Self> {
        let mut builder = Builder { states: Vec::new(), edges: FxHashMap::default() };
        let whole = builder.build(pattern)?;
        let mut edges = vec![Vec::new(); builder.states.len()];
        let mut sorted: Vec<_> = builder.edges.into_iter().collect();
        sorted.sort_unstable();
        for ((from, to, guard), twice) in sorted {
            edges[from].push(Edge { to, guard, twice });
        }
        let mut automaton =
            Self { loops: Vec::new(), states: builder.states, edges, first: whole.first, last: whole.last };
        let successors: Vec<Vec<usize>> =
            (0..automaton.states.len()).map(|state| automaton.open(state).map(|edge| edge.to).collect()).collect();
        automaton.loops = components(&successors);
        Some(automaton)
    }

    /// Transitions that ask for nothing but their character.
    fn open(&self, state: usize) -> impl Iterator<Item = &Edge> {
        self.edges[state].iter().filter(|edge| edge.guard == 0)
    }

    /// The states of each loop.
    fn members(&self) -> Vec<Vec<usize>> {
        let count = self.loops.iter().flatten().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); count];
        for (state, number) in self.loops.iter().enumerate() {
            if let Some(number) = number {
                members[*number].push(state);
            }
        }
        members
    }

    /// The shortest text that leads to a state.
    fn text_before(&self, target: usize) -> Option<String> {
        let mut seen = vec![false; self.states.len()];
        let mut queue = VecDeque::new();
        for &(state, guard) in &self.first {
            if guard & (END | UNLIKELY) == 0 && !std::mem::replace(&mut seen[state], true) {
                queue.push_back((state, String::new()));
            }
        }
        while let Some((state, text)) = queue.pop_front() {
            if state == target {
                return Some(text);
            }
            let mut longer = text;
            longer.push(self.states[state].example()?);
            for edge in &self.edges[state] {
                if edge.guard & (START | END | UNLIKELY) == 0 && !std::mem::replace(&mut seen[edge.to], true) {
                    queue.push_back((edge.to, longer.clone()));
                }
            }
        }
        None
    }

    /// The states that one character leads to from each of `states`.
    fn step(&self, states: &[usize], character: char) -> Vec<usize> {
        let mut next: Vec<usize> = states
            .iter()
            .flat_map(|state| &self.edges[*state])
            .filter(|edge| {
                let passes = match character {
                    '\n' => START | END | UNLIKELY,
                    _ => START | END | UNLIKELY | LINE_END,
                };
                edge.guard & passes == 0 && self.states[edge.to].contains(character)
            })
            .map(|edge| edge.to)
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }

    /// Whether the pattern is through in one of these states, with `rest` still to come.
    fn accepts(&self, states: &[usize], rest: &str, whole: bool) -> bool {
        self.last.iter().any(|(state, guard)| {
            let end = rest.is_empty() || rest == "\n";
            let holds = guard & UNLIKELY == 0
                && (guard & START == 0)
                && (guard & END == 0 || end)
                && (guard & LINE_END == 0 || end || rest.starts_with('\n'))
                && (!whole || rest.is_empty());
            holds && states.contains(state)
        })
    }
}

/// Tarjan's strongly connected components that hold a cycle, by state.
fn components(successors: &[Vec<usize>]) -> Vec<Option<usize>> {
    let count = successors.len();
    let (mut index, mut low) = (vec![usize::MAX; count], vec![0; count]);
    let (mut stack, mut on_stack) = (Vec::new(), vec![false; count]);
    let mut found = vec![None; count];
    let (mut next, mut number) = (0, 0);
    for root in 0..count {
        if index[root] != usize::MAX {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((state, child)) = work.pop() {
            if child == 0 {
                index[state] = next;
                low[state] = next;
                next += 1;
                stack.push(state);
                on_stack[state] = true;
            }
            if let Some(&to) = successors[state].get(child) {
                work.push((state, child + 1));
                if index[to] == usize::MAX {
                    work.push((to, 0));
                } else if on_stack[to] {
                    low[state] = low[state].min(index[to]);
                }
                continue;
            }
            if low[state] == index[state] {
                let mut members = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    members.push(member);
                    if member == state {
                        break;
                    }
                }
                if members.len() > 1 || successors[state].contains(&state) {
                    for member in members {
                        found[member] = Some(number);
                    }
                    number += 1;
                }
            }
            if let Some(&(parent, _)) = work.last() {
                low[parent] = low[parent].min(low[state]);
            }
        }
    }
    found
}

/// Two loops, and a word on which the first comes back to itself, at a state, and leads to the second.
#[derive(Clone, Debug)]
struct Pair {
    from: usize,
    to: usize,
    state: usize,
    word: String,
}

struct Search<'a> {
    automaton: &'a Automaton,
    whole: bool,
    left: u32,
}

impl Search<'_> {
    fn spend(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    /// A word that a state of a loop comes back to itself on in two ways.
    fn exponential(&mut self) -> Option<Slow> {
        for members in self.automaton.members() {
            for &state in &members {
                let Some(pump) = self.two_ways(state) else { continue };
                if let Some(slow) = self.witness(Growth::Exponential, state, &pump) {
                    return Some(slow);
                }
            }
        }
        None
    }

    /// The shortest word that leads from a state to itself on two paths.
    fn two_ways(&mut self, state: usize) -> Option<String> {
        let automaton = self.automaton;
        let inside = automaton.loops[state];
        // The third part is whether the paths have parted.
        let mut seen: Seen<(usize, usize, bool)> = Seen::default();
        let start = (state, state, false);
        let mut queue = VecDeque::from([start]);
        seen.insert(start, None);
        while let Some(pair @ (left, right, parted)) = queue.pop_front() {
            for one in automaton.open(left).filter(|edge| automaton.loops[edge.to] == inside) {
                for other in automaton.open(right).filter(|edge| automaton.loops[edge.to] == inside) {
                    self.spend()?;
                    let (a, b) = (one.to.min(other.to), one.to.max(other.to));
                    let parted = parted || a != b || one.twice && left == right;
                    let next = (a, b, parted);
                    if seen.contains_key(&next) {
                        continue;
                    }
                    let common = automaton.states[a].intersection(&automaton.states[b]);
                    let Some(character) = common.example() else { continue };
                    seen.insert(next, Some((pair, character)));
                    if next == (state, state, true) {
                        return Some(trace(&seen, next));
                    }
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// The longest row of loops of which each is left for the next on a word that both can go round on.
    fn polynomial(&mut self) -> Option<Slow> {
        let automaton = self.automaton;
        let members = automaton.members();
        let reachable = self.reachability(&members);
        let mut pairs = Vec::new();
        for (from, left) in members.iter().enumerate() {
            for (to, right) in members.iter().enumerate() {
                if from == to || !reachable[from].contains(&to) {
                    continue;
                }
                if let Some((state, word)) = self.handed_over(left, right) {
                    pairs.push(Pair { from, to, state, word });
                }
            }
        }
        let plain: Vec<_> = pairs.iter().filter(|pair| self.is_plain(&members, pair)).cloned().collect();
        if let Some(slow) = self.longest_row(&plain, &reachable).filter(|slow| slow.growth > Growth::Power(2)) {
            return Some(Slow { plain: true, ..slow });
        }
        self.longest_row(&pairs, &reachable)
    }

    fn is_plain(&self, members: &[Vec<usize>], pair: &Pair) -> bool {
        let dot = CharSet::one('\n').negated();
        let mut states = members[pair.from].iter().chain(&members[pair.to]);
        let mut characters = pair.word.chars();
        let first = characters.next();
        characters.all(|character| Some(character) == first)
            && !states.any(|state| self.automaton.states[*state] == dot)
    }

    /// The longest row of pairs each of which comes after the one before.
    fn longest_row(&self, pairs: &[Pair], reachable: &[FxHashSet<usize>]) -> Option<Slow> {
        let mut length = vec![1_usize; pairs.len()];
        for _ in 0..pairs.len() {
            let mut changed = false;
            for second in 0..pairs.len() {
                for first in 0..pairs.len() {
                    let (end, begin) = (pairs[first].to, pairs[second].from);
                    let follows = first != second && (end == begin || reachable[end].contains(&begin));
                    if follows && length[second] <= length[first] {
                        length[second] = length[first] + 1;
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(length[*index]));
        order.into_iter().find_map(|index| {
            let pair = &pairs[index];
            self.witness(Growth::Power(length[index] + 1), pair.state, &pair.word)
        })
    }

    /// Which loops come after which.
    fn reachability(&self, members: &[Vec<usize>]) -> Vec<FxHashSet<usize>> {
        let automaton = self.automaton;
        members
            .iter()
            .map(|states| {
                let mut seen = vec![false; automaton.states.len()];
                let mut stack = states.clone();
                let mut found = FxHashSet::default();
                while let Some(state) = stack.pop() {
                    for edge in automaton.edges[state].iter().filter(|edge| edge.guard & (START | END) == 0) {
                        if !std::mem::replace(&mut seen[edge.to], true) {
                            found.extend(automaton.loops[edge.to]);
                            stack.push(edge.to);
                        }
                    }
                }
                if let Some(own) = states.first().and_then(|state| automaton.loops[*state]) {
                    found.remove(&own);
                }
                found
            })
            .collect()
    }

    /// A word on which a state of one loop comes back to itself, one of the other loop does so too, and the first leads
    /// to the second.
    fn handed_over(&mut self, left: &[usize], right: &[usize]) -> Option<(usize, String)> {
        for &p in left {
            for &q in right {
                if !self.automaton.states[p].overlaps(&self.automaton.states[q]) {
                    continue;
                }
                if let Some(word) = self.triple(p, q) {
                    return Some((p, word));
                }
            }
        }
        None
    }

    fn triple(&mut self, p: usize, q: usize) -> Option<String> {
        let automaton = self.automaton;
        let (first, second) = (automaton.loops[p], automaton.loops[q]);
        let mut seen: Seen<(usize, usize, usize)> = Seen::default();
        let start = (p, p, q);
        let mut queue = VecDeque::from([start]);
        seen.insert(start, None);
        while let Some(states @ (a, b, c)) = queue.pop_front() {
            for one in automaton.open(a).filter(|edge| automaton.loops[edge.to] == first) {
                for three in automaton.open(c).filter(|edge| automaton.loops[edge.to] == second) {
                    let common = automaton.states[one.to].intersection(&automaton.states[three.to]);
                    if common == CharSet::default() {
                        continue;
                    }
                    for two in automaton.open(b) {
                        self.spend()?;
                        let next = (one.to, two.to, three.to);
                        if seen.contains_key(&next) {
                            continue;
                        }
                        let Some(character) = common.intersection(&automaton.states[two.to]).example() else {
                            continue;
                        };
                        seen.insert(next, Some((states, character)));
                        if next == (p, q, q) {
                            return Some(trace(&seen, next));
                        }
                        queue.push_back(next);
                    }
                }
            }
        }
        None
    }

    /// The text that makes the engine try all paths: one that leads to the loop, and after the repetitions an end that
    /// no path gets past.
    fn witness(&self, growth: Growth, state: usize, pump: &str) -> Option<Slow> {
        let automaton = self.automaton;
        // The state has been entered when its own character has been read.
        let mut prefix = automaton.text_before(state)?;
        prefix.push(automaton.states[state].example()?);
        let mut states = vec![state];
        for character in pump.chars().chain(pump.chars()).chain(pump.chars()) {
            states = automaton.step(&states, character);
            // A path that may end here does, and nothing is tried again.
            if automaton.accepts(&states, "\u{0}\u{0}", self.whole) {
                return None;
            }
        }
        // What none of the states goes on with, or else what one of them does not.
        let next = |state: usize| {
            let sets = automaton.edges[state].iter().map(|edge| &automaton.states[edge.to]);
            sets.fold(CharSet::default(), |all, set| all.union(set))
        };
        let all = states.iter().fold(CharSet::default(), |all, state| all.union(&next(*state)));
        let suffix = std::iter::once(stray(&all))
            .chain([Some(String::new()), Some("\n!".to_owned()), Some("!\n!".to_owned())])
            .chain(states.iter().map(|state| stray(&next(*state))))
            .flatten()
            .find(|suffix| !self.gets_past(&states, suffix))?;
        Some(Slow { growth, plain: false, prefix, pump: pump.to_owned(), suffix })
    }

    /// Whether one of these states is led to an end by a text.
    fn gets_past(&self, states: &[usize], suffix: &str) -> bool {
        let mut states = states.to_vec();
        let mut rest = suffix.chars();
        loop {
            if self.automaton.accepts(&states, rest.as_str(), self.whole) {
                return true;
            }
            let Some(character) = rest.next() else { return false };
            states = self.automaton.step(&states, character);
        }
    }
}

/// A character that is not in a set.
fn stray(set: &CharSet) -> Option<String> {
    let others = set.negated();
    let printable = others.intersection(&CharSet::new(vec![(0x21, 0x7E)]));
    printable.example().or_else(|| others.example()).map(String::from)
}

/// Places of a search, with where each was reached from, and by which character.
type Seen<K> = FxHashMap<K, Option<(K, char)>>;

/// The word on the way to a place of a search.
fn trace<K: std::hash::Hash + Eq + Copy>(seen: &Seen<K>, end: K) -> String {
    let mut word = Vec::new();
    let mut at = end;
    while let Some(Some((before, character))) = seen.get(&at) {
        word.push(*character);
        at = *before;
    }
    word.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::regex_syntax::{Flags, parse};

    fn growth(pattern: &str) -> Option<Growth> {
        slowest(&parse(pattern, Flags::default())?, false).map(|slow| slow.growth)
    }

    #[test]
    fn nested_loops_are_exponential() {
        for pattern in [
            "(a+)+$",
            "(a*)*b",
            "(a|a)*b",
            "(a|aa)+$",
            r"((\r\n|\r|\n)+) *$",
            "(?:.*,)*x",
            r"^(\w+\s?)*$",
            r"([a-z]+\.?)+!",
            "(x(a*|b*)y)*z",
            r"^(([a-z])+.)+[A-Z]([a-z])+$",
            "(a{1,3})+b",
            r"(?:\w+|\d)*\Z",
            "foo(?:(a+)+b)?",
            "(?:a?b?c?)*d".replace("a?b?c?", "a*").as_str(),
        ] {
            assert_eq!(growth(pattern), Some(Growth::Exponential), "{pattern}");
        }
    }

    #[test]
    fn loops_in_a_row_are_polynomial() {
        assert_eq!(growth(r"\s*\t+\s*(\S)"), Some(Growth::Power(3)));
        assert_eq!(growth(r"^[a-z.]+.[a-z.]+.[a-z]+/"), Some(Growth::Power(3)));
        assert_eq!(growth(r"\s*\s*$"), Some(Growth::Power(2)));
        assert_eq!(growth(r"^(.*)@[^:]*$"), Some(Growth::Power(2)));
        assert_eq!(growth(r"a+a+b\d+\d+x"), Some(Growth::Power(3)));
        assert_eq!(growth(r"x{0,500}x{0,500}y"), Some(Growth::Power(2)));
    }

    #[test]
    fn what_matches_or_cannot_differ_is_neither() {
        for pattern in [
            "(a+)+",
            "(?:ab+)*$",
            r"(\w+\s)*$",
            r"^(?:[^\\']|\\.)*'",
            "(?>a+)+b",
            "(?:a++)+b",
            r"\d{4}-\d{2}$",
            r"(\d{4})+x",
            r"^[\w-]+(\.[\w-]+)*@x$",
            r"(?:a(?!b)|ab)*c",
            r"\s{0,10}\s{0,10}x",
            r"(?s:^a*a*.*$)",
            "a*a*",
            "^$",
            "",
        ] {
            assert_eq!(growth(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn the_text_is_told() {
        let slow = slowest(&parse(r"^x(\d+)+$", Flags::default()).unwrap(), false).unwrap();
        assert_eq!((slow.prefix.as_str(), slow.pump.as_str(), slow.suffix.as_str()), ("x0", "0", "a"));
    }

    #[test]
    fn large_patterns_are_given_up() {
        assert_eq!(growth(&"(a?b*".repeat(40)), None);
        assert_eq!(growth(&format!("{}$", "(?:a?b*)".repeat(300))), None);
    }
}
