//! What the inventory says of each way into a program.

use std::sync::Arc;

use serde::Serialize;

/// A kind of way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// An HTTP request.
    Http,
    /// A WebSocket connection.
    WebSocket,
    /// A field of a GraphQL schema.
    GraphQl,
    /// A method of a gRPC service.
    Grpc,
    /// A task of a queue.
    Task,
    /// A function that a timer starts.
    Schedule,
    /// A message of a broker, an event of a cloud.
    Message,
    /// A command of a command line.
    Command,
    /// A tool that a language model calls.
    Tool,
}

impl EntryKind {
    /// The name, as in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "websocket",
            Self::GraphQl => "graphql",
            Self::Grpc => "grpc",
            Self::Task => "task",
            Self::Schedule => "schedule",
            Self::Message => "message",
            Self::Command => "command",
            Self::Tool => "tool",
        }
    }

    /// Whether whoever reaches the program over a network reaches it.
    #[must_use]
    pub fn is_remote(self) -> bool {
        matches!(self, Self::Http | Self::WebSocket | Self::GraphQl | Self::Grpc)
    }
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, relative to the project's root.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in bytes.
    pub column: u32,
    /// Byte offsets of start and end.
    #[serde(skip)]
    pub span: (u32, u32),
}

/// Where a parameter of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterPlace {
    /// A part of the path.
    Path,
    /// After the `?`.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The body: a form's field, a key of a JSON object, or all of it.
    Body,
    /// An uploaded file.
    File,
    /// An argument: of a task, of a command, of a tool.
    Argument,
}

impl ParameterPlace {
    /// The name, as in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
            Self::File => "file",
            Self::Argument => "argument",
        }
    }
}

/// What a request gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EntryParameter {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(rename = "in")]
    pub place: ParameterPlace,
    /// Its type, as it is written or as the pattern has it; empty if nothing says so.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub type_: String,
}

/// How a guard stands before a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardVia {
    /// A decorator of the handler, or of its class.
    Decorator,
    /// A base class.
    Base,
    /// An attribute of the class: `permission_classes`.
    Attribute,
    /// A parameter that the framework fills in: `Depends(...)`.
    Dependency,
    /// Something that holds for a router or blueprint.
    Router,
    /// Something that holds for the whole application: middleware, settings.
    Application,
    /// A check in the handler's body, or in what it calls.
    Body,
}

/// What a guard is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardKind {
    /// Who asks.
    Authentication,
    /// What they may do.
    Authorization,
    /// Whether they ask too often.
    Throttle,
    /// Whether their browser asks on behalf of somebody else.
    Csrf,
}

/// Something that stands before a handler and may turn a request away.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Guard {
    /// Its name, as it is written: `login_required`.
    pub name: String,
    /// What it is about.
    pub kind: GuardKind,
    /// How it is there.
    pub via: GuardVia,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The framework that it belongs to.
    pub framework: String,
    /// The methods of HTTP, sorted; empty where there are none.
    pub methods: Vec<String>,
    /// The path with its parameters in braces, `/users/{id}`; the name of what is no request.
    pub path: String,
    /// The path in the framework's own spelling: `/users/<int:id>`.
    pub pattern: String,
    /// The handler: its module and qualified name.
    pub handler: String,
    /// Where the handler is; where it is registered, if that is not known.
    pub location: Place,
    /// Where it is made a way in.
    pub registered: Place,
    /// What it is given.
    pub parameters: Vec<EntryParameter>,
    /// What stands before it.
    pub guards: Vec<Guard>,
    /// Whether everybody may come in on purpose: `AllowAny`, `login_not_required`.
    pub is_public: bool,
    /// Whether it changes anything: by its method, or by what it does.
    pub changes_state: bool,
    /// Whether a part of its path is not known.
    pub is_dynamic: bool,
    /// Whether it was seen to be a part of an application.
    pub is_mounted: bool,
}

impl Entry {
    /// Whether anything asks who it is that comes in.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.guards.iter().any(|guard| matches!(guard.kind, GuardKind::Authentication | GuardKind::Authorization))
    }
}

/// All ways into a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// By path and method.
    pub entries: Vec<Entry>,
    /// Routes of which nobody can say what they are.
    pub dynamic: Vec<Place>,
    /// Frameworks that the program imports and whose ways in are not known.
    pub unknown_frameworks: Vec<String>,
    /// Whether the program was too large to be followed to the end.
    pub is_bounded: bool,
}
