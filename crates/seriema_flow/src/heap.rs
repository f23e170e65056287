//! The objects of a function that are told apart.

use std::rc::Rc;

use crate::env::Object;
use crate::value::ObjId;

/// Where an object stands among the others. Any order will do as long as it is quick to tell: nothing depends on it.
type Key = (usize, usize, u16);

#[derive(Clone, Debug)]
struct Slot {
    key: Key,
    id: ObjId,
    object: Rc<Object>,
}

/// Objects by what they are known by. Ways that part share it until one of them writes, and so do they share the objects;
/// where they meet again, both are gone through side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heap(Rc<Vec<Slot>>);

impl Heap {
    fn find(&self, id: ObjId) -> Result<usize, usize> {
        let key = key_of(id);
        self.0.binary_search_by(|slot| slot.key.cmp(&key))
    }

    /// What an object is.
    pub(crate) fn get(&self, id: ObjId) -> Option<&Rc<Object>> {
        self.find(id).ok().map(|at| &self.0[at].object)
    }

    /// An object to change; one that is not known is made.
    pub(crate) fn get_mut(&mut self, id: ObjId, make: impl FnOnce() -> Object) -> &mut Object {
        let found = self.find(id);
        let slots = Rc::make_mut(&mut self.0);
        let at = match found {
            Ok(at) => at,
            Err(at) => {
                slots.insert(at, Slot { key: key_of(id), id, object: Rc::new(make()) });
                at
            }
        };
        Rc::make_mut(&mut slots[at].object)
    }

    /// Puts an object in the place of what was known by this.
    pub(crate) fn insert(&mut self, id: ObjId, object: Rc<Object>) {
        let found = self.find(id);
        let slots = Rc::make_mut(&mut self.0);
        match found {
            Ok(at) => slots[at].object = object,
            Err(at) => slots.insert(at, Slot { key: key_of(id), id, object }),
        }
    }

    /// All objects, in no order that says anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ObjId, &Rc<Object>)> {
        self.0.iter().map(|slot| (slot.id, &slot.object))
    }

    /// Changes those objects that are to be.
    pub(crate) fn change(&mut self, which: impl Fn(&Object) -> bool, change: impl Fn(&mut Object)) {
        if !self.0.iter().any(|slot| which(&slot.object)) {
            return;
        }
        for slot in Rc::make_mut(&mut self.0) {
            if which(&slot.object) {
                change(Rc::make_mut(&mut slot.object));
            }
        }
    }

    /// Whether it is this very heap.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whether nothing else is known.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let same =
            |a: &Slot, b: &Slot| a.key == b.key && (Rc::ptr_eq(&a.object, &b.object) || a.object.same(&b.object));
        self.is(other) || (self.0.len() == other.0.len() && self.0.iter().zip(&*other.0).all(|(a, b)| same(a, b)))
    }

    /// What is known where two ways meet: of an object that only one knows, what that one does.
    pub(crate) fn join(&mut self, other: &Self, join: impl Fn(ObjId, &Object, &Object) -> Object) {
        if self.is(other) {
            return;
        }
        // Mostly they know the same objects.
        let alike = self.0.len() == other.0.len() && self.0.iter().zip(&*other.0).all(|(a, b)| a.key == b.key);
        if alike {
            for (at, theirs) in other.0.iter().enumerate() {
                let mine = &self.0[at];
                if !Rc::ptr_eq(&mine.object, &theirs.object) {
                    let joined = Rc::new(join(mine.id, &mine.object, &theirs.object));
                    Rc::make_mut(&mut self.0)[at].object = joined;
                }
            }
            return;
        }
        let mut out = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let slot = match (mine.peek(), theirs.peek()) {
                (Some(a), Some(b)) if a.key == b.key => {
                    let object = if Rc::ptr_eq(&a.object, &b.object) {
                        Rc::clone(&a.object)
                    } else {
                        Rc::new(join(a.id, &a.object, &b.object))
                    };
                    theirs.next();
                    mine.next().map(|slot| Slot { key: slot.key, id: slot.id, object })
                }
                (Some(a), Some(b)) if a.key < b.key => mine.next().cloned(),
                (_, Some(_)) => theirs.next().cloned(),
                (Some(_), None) => mine.next().cloned(),
                (None, None) => None,
            };
            match slot {
                Some(slot) => out.push(slot),
                None => break,
            }
        }
        self.0 = Rc::new(out);
    }
}

fn key_of(id: ObjId) -> Key {
    match id {
        ObjId::Made(start, end, number) => (start as usize, end as usize, number),
        ObjId::Known(label) => (label.number(), 0, u16::MAX),
        ObjId::Api(path) => (path.number(), 0, u16::MAX - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Shape;

    fn heap(objects: &[(u32, Shape)]) -> Heap {
        let mut heap = Heap::default();
        for (at, shape) in objects {
            heap.insert(ObjId::Made(*at, 0, 0), Rc::new(Object::new(*shape)));
        }
        heap
    }

    fn shapes(heap: &Heap) -> Vec<Option<Shape>> {
        (0..4).map(|at| heap.get(ObjId::Made(at, 0, 0)).map(|object| object.shape)).collect()
    }

    #[test]
    fn where_ways_meet_each_object_is_known_that_one_of_them_knew() {
        let meet = |a: &Heap, b: &Heap| {
            let mut both = a.clone();
            both.join(b, |_, _, _| Object::new(Shape::Other));
            shapes(&both)
        };
        let (a, b) = (heap(&[(3, Shape::List), (0, Shape::Dict)]), heap(&[(1, Shape::Set), (3, Shape::Tuple)]));
        let expected = vec![Some(Shape::Dict), Some(Shape::Set), None, Some(Shape::Other)];
        assert_eq!(meet(&a, &b), expected);
        assert_eq!(meet(&b, &a), expected);
    }

    #[test]
    fn objects_that_both_share_are_not_joined() {
        let one = heap(&[(0, Shape::List)]);
        let mut other = one.clone();
        other.insert(ObjId::Made(1, 0, 0), Rc::new(Object::new(Shape::Dict)));
        other.join(&one, |_, _, _| panic!("it is the same object"));
        assert_eq!(shapes(&other), [Some(Shape::List), Some(Shape::Dict), None, None]);
    }

    #[test]
    fn a_write_on_one_way_is_not_seen_on_the_other() {
        let before = heap(&[(0, Shape::List)]);
        let mut after = before.clone();
        after.get_mut(ObjId::Made(0, 0, 0), || Object::new(Shape::Other)).shape = Shape::Dict;
        assert_eq!(shapes(&before)[0], Some(Shape::List));
        assert_eq!(shapes(&after)[0], Some(Shape::Dict));
        assert!(!before.same(&after));
    }
}
