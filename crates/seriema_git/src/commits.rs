//! Which commits are looked at, and in which order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::CommitRef;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::account::{Problem, ProblemKind, Tally};
use crate::change::{Commit, Person};
use crate::reader::Reader;

/// Where a walk begins.
#[derive(Debug, Default)]
pub(crate) struct Tips {
    pub(crate) ids: Vec<(ObjectId, Side)>,
    /// What can't be looked at of what should have been a tip.
    pub(crate) problems: Vec<Problem>,
}

impl Tips {
    /// Whether everything that can be reached is asked for.
    pub(crate) fn hides_nothing(&self) -> bool {
        self.ids.iter().all(|(_, side)| *side == Side::LEFT)
    }
}

/// From where a commit can be reached; a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Side(u8);

impl Side {
    /// From a tip that is asked for; the only one, or the one on the left of `A...B`.
    pub(crate) const LEFT: Self = Self(1);
    /// From the one on the right.
    pub(crate) const RIGHT: Self = Self(2);
    /// From a commit that is not asked for, as `A` in `A..B`.
    pub(crate) const HIDDEN: Self = Self(4);

    fn is_hidden(self) -> bool {
        self.0 & Self::HIDDEN.0 != 0 || self.0 == Self::LEFT.0 | Self::RIGHT.0
    }
}

/// Commits that were met, by number.
#[derive(Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    numbers: FxHashMap<ObjectId, Option<u32>>,
    people: FxHashMap<Person, Arc<Person>>,
    shallow: FxHashSet<ObjectId>,
}

pub(crate) struct Node {
    pub(crate) commit: Commit,
    pub(crate) tree: ObjectId,
    /// Those that could be read.
    pub(crate) parents: SmallVec<[u32; 1]>,
    parent_ids: SmallVec<[ObjectId; 1]>,
    /// The committer's clock, in seconds since 1970.
    pub(crate) time: i64,
    side: Side,
    queued: bool,
    done: Option<Side>,
    /// Whether there are parents beyond the end of a shallow clone.
    pub(crate) boundary: bool,
}

/// How wrong a committer's clock may be without a range being read beyond its beginning, in seconds.
const CLOCK_SKEW: i64 = 24 * 60 * 60;

impl Graph {
    /// Walks from the tips, in the order of the committers' clocks. Where nothing is hidden that is all that there is;
    /// otherwise until only hidden commits are left that are older than all others.
    pub(crate) fn walk(reader: &mut Reader, tips: &Tips, shallow: FxHashSet<ObjectId>, tally: &mut Tally) -> Self {
        let mut graph = Self { shallow, ..Self::default() };
        for problem in &tips.problems {
            tally.problem(0, problem.clone());
        }
        let mut queue = BinaryHeap::new();
        // How many of those in the queue are not hidden.
        let mut live = 0_usize;
        for (id, side) in &tips.ids {
            if let Some(number) = graph.load(reader, *id, None, tally) {
                graph.reach(number, *side, &mut queue, &mut live);
            }
        }
        let mut oldest = i64::MAX;
        while let Some((time, Reverse(number))) = queue.pop() {
            let Some(node) = graph.nodes.get_mut(number as usize) else { continue };
            node.queued = false;
            let (side, id) = (node.side, node.commit.id);
            if side.is_hidden() {
                if live == 0 && time.saturating_add(CLOCK_SKEW) < oldest {
                    break;
                }
            } else {
                live -= 1;
                oldest = oldest.min(time);
            }
            if node.done.is_none() {
                let ids = std::mem::take(&mut node.parent_ids);
                let parents = ids.iter().filter_map(|parent| graph.load(reader, *parent, Some(id), tally)).collect();
                if let Some(node) = graph.nodes.get_mut(number as usize) {
                    node.parents = parents;
                }
            }
            let Some(node) = graph.nodes.get_mut(number as usize) else { continue };
            if node.done.replace(side) == Some(side) {
                continue;
            }
            for parent in node.parents.clone() {
                graph.reach(parent, side, &mut queue, &mut live);
            }
        }
        graph
    }

    fn reach(&mut self, number: u32, side: Side, queue: &mut BinaryHeap<(i64, Reverse<u32>)>, live: &mut usize) {
        let Some(node) = self.nodes.get_mut(number as usize) else { return };
        let before = node.side;
        node.side.0 |= side.0;
        if node.done == Some(node.side) {
            return;
        }
        if !node.queued {
            node.queued = true;
            queue.push((node.time, Reverse(number)));
            *live += usize::from(!node.side.is_hidden());
        } else if !before.is_hidden() && node.side.is_hidden() {
            *live -= 1;
        }
    }

    fn load(&mut self, reader: &mut Reader, id: ObjectId, child: Option<ObjectId>, tally: &mut Tally) -> Option<u32> {
        if let Some(known) = self.numbers.get(&id) {
            return *known;
        }
        let node = reader.commit(&id).and_then(|data| {
            let commit = CommitRef::from_bytes(data, id.kind());
            let commit = commit.map_err(|error| ProblemKind::Damaged(crate::error::words(&error)))?;
            Ok(node(id, &commit, &self.shallow, &mut self.people))
        });
        let number = match node {
            Ok(node) => {
                self.nodes.push(node);
                u32::try_from(self.nodes.len() - 1).ok()
            }
            Err(kind) => {
                tally.problem(0, Problem { object: Some(id), kind, path: None, commit: child });
                None
            }
        };
        self.numbers.insert(id, number);
        number
    }

    pub(crate) fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)
    }

    /// The commits that are asked for, parents before children, otherwise the older before the younger and, of the
    /// same second, by their ids.
    pub(crate) fn ordered(&self) -> Vec<u32> {
        let shown = |number: u32| self.node(number).filter(|node| node.done.is_some() && !node.side.is_hidden());
        let numbers = 0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut waits = vec![0_usize; self.nodes.len()];
        let mut children: Vec<SmallVec<[u32; 2]>> = vec![SmallVec::new(); self.nodes.len()];
        let mut ready = BinaryHeap::new();
        let key = |number: u32, node: &Node| Reverse((node.time, node.commit.id, number));
        for number in numbers {
            let Some(node) = shown(number) else { continue };
            let parents = node.parents.iter().filter(|parent| shown(**parent).is_some());
            let mut count = 0;
            for parent in parents {
                if let Some(children) = children.get_mut(*parent as usize) {
                    children.push(number);
                    count += 1;
                }
            }
            if count == 0 {
                ready.push(key(number, node));
            } else if let Some(wait) = waits.get_mut(number as usize) {
                *wait = count;
            }
        }
        let mut order = Vec::new();
        while let Some(Reverse((.., number))) = ready.pop() {
            order.push(number);
            for child in children.get_mut(number as usize).map(std::mem::take).unwrap_or_default() {
                let Some(wait) = waits.get_mut(child as usize) else { continue };
                *wait -= 1;
                if *wait == 0
                    && let Some(node) = self.node(child)
                {
                    ready.push(key(child, node));
                }
            }
        }
        order
    }
}

fn node(
    id: ObjectId,
    commit: &CommitRef<'_>,
    shallow: &FxHashSet<ObjectId>,
    people: &mut FxHashMap<Person, Arc<Person>>,
) -> Node {
    // What is wrong with names and clocks is no reason not to look at what was committed.
    let author = commit.author().ok();
    let written = author.and_then(|author| author.time().ok()).unwrap_or_default();
    let text = |field: Option<&gix::bstr::BStr>| field.map(|text| text.to_string()).unwrap_or_default();
    let person = Person { name: text(author.map(|a| a.name)), email: text(author.map(|a| a.email)) };
    let author = people.entry(person).or_insert_with_key(|person| Arc::new(person.clone())).clone();
    let boundary = shallow.contains(&id);
    let mut parent_ids: SmallVec<[ObjectId; 1]> = SmallVec::new();
    if !boundary {
        for parent in commit.parents() {
            if !parent_ids.contains(&parent) {
                parent_ids.push(parent);
            }
        }
    }
    Node {
        commit: Commit { id, author, seconds: written.seconds, offset: written.offset },
        tree: commit.tree(),
        parents: SmallVec::new(),
        parent_ids,
        time: commit.committer().ok().map_or(0, |committer| committer.seconds()),
        side: Side::default(),
        queued: false,
        done: None,
        boundary,
    }
}
