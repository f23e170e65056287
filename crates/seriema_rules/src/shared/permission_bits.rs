//! What is known of a file mode before the program runs.

use seriema_program::ast::{Expr, Number, Operator, UnaryOp};
use seriema_program::{BindingKind, Semantic};

/// Names and operators followed before giving up.
const MAX_STEPS: u32 = 16;

/// Bits of a value: which are known to be set, and which to be clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownBits {
    /// Set.
    pub ones: u64,
    /// Clear.
    pub zeros: u64,
    /// Whether the value does not fit 64 bits.
    pub oversized: bool,
}

impl KnownBits {
    const UNKNOWN: Self = Self { ones: 0, zeros: 0, oversized: false };

    const fn exact(value: u64) -> Self {
        Self { ones: value, zeros: !value, oversized: false }
    }

    /// The value, where every bit is known.
    pub(crate) fn value(self) -> Option<u64> {
        (!self.oversized && self.ones == !self.zeros).then_some(self.ones)
    }

    /// Whether it cannot be a mode: twelve bits are all there are.
    pub(crate) fn is_invalid(self) -> bool {
        self.oversized || self.ones & !0o7777 != 0
    }
}

/// The bits that a mode is known to have, through names, `stat` constants and bitwise operators.
pub(crate) fn known_bits<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> KnownBits {
    bits(semantic, expr, MAX_STEPS)
}

fn bits<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32) -> KnownBits {
    let Some(steps) = steps.checked_sub(1) else { return KnownBits::UNKNOWN };
    match expr {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => {
                value.as_u64().map_or(KnownBits { oversized: true, ..KnownBits::UNKNOWN }, KnownBits::exact)
            }
            _ => KnownBits::UNKNOWN,
        },
        Expr::Name(name) => {
            if let Some(value) = semantic.qualified(expr).as_deref().and_then(stat_constant) {
                return KnownBits::exact(value);
            }
            match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
                Some(BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)))
                    if semantic.constant(expr).is_some() || !value.is_number_literal_expr() =>
                {
                    bits(semantic, value, steps)
                }
                _ => KnownBits::UNKNOWN,
            }
        }
        Expr::Attribute(_) => {
            semantic.qualified(expr).as_deref().and_then(stat_constant).map_or(KnownBits::UNKNOWN, KnownBits::exact)
        }
        Expr::UnaryOp(op) if op.op == UnaryOp::Invert => {
            let inner = bits(semantic, &op.operand, steps);
            KnownBits { ones: inner.zeros, zeros: inner.ones, oversized: inner.oversized }
        }
        Expr::BinOp(op) => {
            let left = bits(semantic, &op.left, steps);
            let right = bits(semantic, &op.right, steps);
            match op.op {
                Operator::BitOr => KnownBits {
                    ones: left.ones | right.ones,
                    zeros: left.zeros & right.zeros,
                    oversized: left.oversized || right.oversized,
                },
                // An inverted mask clears bits, and sets none above the other side's.
                Operator::BitAnd => KnownBits {
                    ones: left.ones & right.ones,
                    zeros: left.zeros | right.zeros,
                    oversized: left.oversized && right.oversized,
                },
                Operator::BitXor if semantic.text(&*op.left) == semantic.text(&*op.right) => KnownBits::exact(0),
                Operator::BitXor => KnownBits {
                    ones: (left.ones & right.zeros) | (left.zeros & right.ones),
                    zeros: (left.ones & right.ones) | (left.zeros & right.zeros),
                    oversized: left.oversized || right.oversized,
                },
                _ => KnownBits::UNKNOWN,
            }
        }
        _ => KnownBits::UNKNOWN,
    }
}

/// Values of the `stat` module, <https://docs.python.org/3/library/stat.html>; its indexes and flags too, since they
/// are taken for modes by mistake.
fn stat_constant(path: &str) -> Option<u64> {
    Some(match path.strip_prefix("stat.")? {
        "ST_MODE" | "S_IFDOOR" | "S_IFPORT" => 0o0,
        "ST_INO" | "S_IXOTH" | "UF_NODUMP" => 0o1,
        "ST_DEV" | "S_IWOTH" | "UF_IMMUTABLE" => 0o2,
        "ST_NLINK" => 0o3,
        "ST_UID" | "S_IROTH" | "UF_APPEND" => 0o4,
        "ST_GID" => 0o5,
        "ST_SIZE" => 0o6,
        "ST_ATIME" | "S_IRWXO" => 0o7,
        "ST_MTIME" | "S_IXGRP" | "UF_OPAQUE" => 0o10,
        "ST_CTIME" => 0o11,
        "S_IWGRP" | "UF_NOUNLINK" => 0o20,
        "S_IRGRP" | "UF_COMPRESSED" => 0o40,
        "S_IRWXG" => 0o70,
        "S_IEXEC" | "S_IXUSR" => 0o100,
        "S_IWRITE" | "S_IWUSR" => 0o200,
        "S_IREAD" | "S_IRUSR" => 0o400,
        "S_IRWXU" => 0o700,
        "S_ISVTX" => 0o1000,
        "S_ISGID" | "S_ENFMT" => 0o2000,
        "S_ISUID" => 0o4000,
        _ => return None,
    })
}
