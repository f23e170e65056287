//! What names stand for when a program has started: what was written, what was made of it, and what is not known.

use rustc_hash::FxHashMap;
use seriema_program::Symbol;

/// A file of the program: index into its files.
pub(crate) type FileIndex = u32;

/// A function: its file, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FuncId {
    pub(crate) file: FileIndex,
    pub(crate) index: u32,
}

/// A class: its file, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClassId {
    pub(crate) file: FileIndex,
    pub(crate) index: u32,
}

/// Something that was made: index into [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) u32);

/// The variables of a call: index into [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FrameId(pub(crate) u32);

/// A place: a file, and byte offsets of start and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) file: FileIndex,
    pub(crate) span: (u32, u32),
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    /// Text; what is not known of it is [`GAP`].
    Text(Symbol),
    /// Something that is not of the program, by its dotted path: `flask.Flask`.
    Api(Symbol),
    /// A module of the program.
    Module(FileIndex),
    Class(ClassId),
    Node(NodeId),
}

/// Stands in a text for a part that is not known.
pub(crate) const GAP: char = '\u{fffc}';

/// What a call was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Symbol, Value)>,
    /// Whether there were `*args` or `**kwargs` of which not everything is known.
    pub(crate) is_open: bool,
}

impl Arguments {
    /// One positional argument.
    pub(crate) fn of(value: Value) -> Self {
        Self { positional: vec![value], ..Self::default() }
    }

    /// The argument at a position, or of a name.
    pub(crate) fn get(&self, position: Option<usize>, name: &str) -> Option<Value> {
        position.and_then(|position| self.positional.get(position).copied()).or_else(|| self.named(name))
    }

    /// The argument of a name.
    pub(crate) fn named(&self, name: &str) -> Option<Value> {
        self.keywords.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| *value)
    }
}

/// Something that was made.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A list, tuple or set; an open one has more elements than are known.
    Sequence { items: Vec<Value>, is_open: bool },
    /// A dictionary; an open one has more entries than are known.
    Dict { entries: Vec<(Value, Value)>, is_open: bool },
    /// A function, with the variables that it was made among.
    Closure { func: FuncId, frame: FrameId },
    /// A function of the program, of an object.
    Bound { of: Value, function: NodeId },
    /// `super()`: an object, as the bases of a class have it.
    Super { of: Value, class: ClassId },
    /// An attribute of something whose attributes nobody knows.
    Attribute { of: Value, name: Symbol },
    /// What a call gave that is not followed: the making of an object, a decorator's work.
    Call(Call),
}

/// A call that is not followed into.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) callee: Value,
    pub(crate) arguments: Arguments,
    pub(crate) site: Site,
}

/// The variables of a call.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) locals: Vec<Value>,
}

/// Everything that was made, in the order of its making.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    nodes: Vec<Node>,
    frames: Vec<Frame>,
    attributes: FxHashMap<(Value, Symbol), NodeId>,
    assigned: FxHashMap<(Value, Symbol), Value>,
}

impl Heap {
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(crate) fn sequence(&mut self, items: Vec<Value>, is_open: bool) -> Value {
        Value::Node(self.add(Node::Sequence { items, is_open }))
    }

    /// The attribute of a thing: always the same node.
    pub(crate) fn attribute(&mut self, of: Value, name: Symbol) -> Value {
        if let Some(node) = self.attributes.get(&(of, name)) {
            return Value::Node(*node);
        }
        let node = self.add(Node::Attribute { of, name });
        self.attributes.insert((of, name), node);
        Value::Node(node)
    }

    /// Gives an attribute a value.
    pub(crate) fn assign(&mut self, of: Value, name: Symbol, value: Value) {
        self.assigned.insert((of, name), value);
    }

    /// What was assigned to an attribute.
    pub(crate) fn assigned(&self, of: Value, name: Symbol) -> Option<Value> {
        self.assigned.get(&(of, name)).copied()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn open(&mut self, locals: usize) -> FrameId {
        let id = FrameId(u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
        self.frames.push(Frame { locals: vec![Value::Unknown; locals] });
        id
    }

    pub(crate) fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.0 as usize]
    }

    pub(crate) fn frame_mut(&mut self, id: FrameId) -> &mut Frame {
        &mut self.frames[id.0 as usize]
    }

    /// All calls that were not followed, in their order.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (NodeId, &Call)> {
        self.nodes.iter().enumerate().filter_map(|(at, node)| match node {
            Node::Call(call) => Some((NodeId(u32::try_from(at).unwrap_or(u32::MAX)), call)),
            _ => None,
        })
    }

    /// The call that made a value.
    pub(crate) fn call(&self, value: Value) -> Option<&Call> {
        match value {
            Value::Node(id) => match self.node(id) {
                Node::Call(call) => Some(call),
                _ => None,
            },
            _ => None,
        }
    }

    /// The elements of a list, tuple or set, and whether there may be more.
    pub(crate) fn items(&self, value: Value) -> Option<(&[Value], bool)> {
        match value {
            Value::Node(id) => match self.node(id) {
                Node::Sequence { items, is_open } => Some((items, *is_open)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The entries of a dictionary.
    pub(crate) fn entries(&self, value: Value) -> Option<&[(Value, Value)]> {
        match value {
            Value::Node(id) => match self.node(id) {
                Node::Dict { entries, .. } => Some(entries),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Symbol::new(text))
    }

    pub(crate) fn api(path: &str) -> Self {
        Self::Api(Symbol::new(path))
    }

    pub(crate) fn as_text(self) -> Option<&'static str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(crate) fn is_known(self) -> bool {
        self != Self::Unknown
    }
}
