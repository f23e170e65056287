//! What kinds of sources and sinks there are.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As written in models.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("`{text}` is no kind; there are: {}", [$($text),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

kinds! {
    /// Where data comes from that others control.
    SourceKind {
        /// A query string.
        HttpQuery = "http.query",
        /// A request's body: forms, JSON.
        HttpBody = "http.body",
        /// A request's headers.
        HttpHeader = "http.header",
        /// A request's cookies.
        HttpCookie = "http.cookie",
        /// The URL: its parameters, or all of it.
        HttpPath = "http.path",
        /// An upload: its name and content.
        HttpFile = "http.file",
        /// A message on a WebSocket.
        Websocket = "websocket",
        /// A remote call: gRPC, XML-RPC, GraphQL.
        Rpc = "rpc",
        /// A message of a queue, a task's arguments.
        Message = "message",
        /// Bytes from a socket.
        Socket = "socket",
        /// Arguments of a command.
        Cli = "cli",
        /// Standard input.
        Stdin = "stdin",
        /// Environment variables.
        Env = "env",
        /// The content of a file.
        File = "file",
        /// The name of an archive's member.
        Archive = "archive",
        /// A row of a database.
        Database = "database",
        /// Another server's answer.
        Response = "response",
        /// The text of an exception.
        Exception = "exception",
        /// A random number that can be predicted.
        WeakRandom = "random.weak",
        /// An argument of a library's public function.
        Argument = "argument",
    }
}

kinds! {
    /// What data can do harm in.
    SinkKind {
        /// A statement.
        Sql = "sql",
        /// A query of a document database.
        Nosql = "nosql",
        /// A shell's command line.
        Shell = "shell",
        /// Which program is started.
        Program = "program",
        /// An argument of a program.
        Argv = "argv",
        /// Python code.
        Code = "code",
        /// What is imported, or which attribute is used.
        Import = "import",
        /// The source of a template.
        Template = "template",
        /// An LDAP filter.
        LdapFilter = "ldap.filter",
        /// An LDAP name.
        LdapDn = "ldap.dn",
        /// An XPath expression.
        Xpath = "xpath",
        /// Which file is read.
        PathRead = "path.read",
        /// Which file is written.
        PathWrite = "path.write",
        /// Which file is deleted or moved.
        PathDelete = "path.delete",
        /// Where an archive's member goes.
        Archive = "archive",
        /// Where a request is sent.
        Url = "url",
        /// Where a browser is sent.
        Redirect = "redirect",
        /// A page.
        Html = "html",
        /// A header of a response.
        Header = "header",
        /// A cookie.
        Cookie = "cookie",
        /// A log.
        Log = "log",
        /// Bytes that objects are built from.
        Pickle = "pickle",
        /// YAML that objects are built from.
        Yaml = "yaml",
        /// XML whose entities are resolved.
        Xml = "xml",
        /// A session's data.
        Session = "session",
        /// A format string.
        Format = "format",
        /// A regular expression.
        Regex = "regex",
        /// A mail's headers.
        Mail = "mail",
        /// A token or key.
        Secret = "secret",
        /// What a client is shown.
        Response = "response",
    }
}

/// A set of sink kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Kinds(u64);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self(u64::MAX);
    /// Where files are.
    pub const PATH: Self =
        Self::of(SinkKind::PathRead).with(SinkKind::PathWrite).with(SinkKind::PathDelete).with(SinkKind::Archive);

    /// One kind.
    #[must_use]
    pub const fn of(kind: SinkKind) -> Self {
        Self(1 << kind as u8)
    }

    /// One more.
    #[must_use]
    pub const fn with(self, kind: SinkKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Those of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that both have.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that the other has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a kind is one of them.
    #[must_use]
    pub const fn has(self, kind: SinkKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads one name: a kind, a group, or `*`.
    ///
    /// # Errors
    /// When the name is none of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "*" => Self::ALL,
            "path" => Self::PATH,
            "ldap" => Self::of(SinkKind::LdapFilter).with(SinkKind::LdapDn),
            other => Self::of(other.parse()?),
        })
    }
}
