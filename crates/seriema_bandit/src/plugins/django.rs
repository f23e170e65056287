//! Django: B610, B611 and B703.

mod assigned;

use seriema_program::ast::Expr;

use super::{Call, Verdict};
use crate::issue::{Draft, Level};
use crate::literal::{Raised, string_constant};

const SQL_INJECTION: i64 = 89;

fn is_string(expr: &Expr) -> bool {
    string_constant(expr).is_some()
}

/// B610
pub(super) fn extra(call: &Call<'_, '_>) -> Verdict {
    // The arguments by position win over those by name.
    let named = |position: usize, name: &str| {
        call.args().get(position).or_else(|| call.keyword(name).map(|keyword| &keyword.value))
    };
    let (select, filter, tables) = (named(0, "select"), named(1, "where"), named(3, "tables"));
    let list_is_unsafe = |expr: Option<&Expr>| match expr {
        Some(Expr::List(list)) => list.elts.iter().any(|elt| !is_string(elt)),
        Some(_) => true,
        None => false,
    };
    let dict_is_unsafe = |expr: Option<&Expr>| match expr {
        Some(Expr::Dict(dict)) => {
            dict.items.iter().any(|item| !item.key.as_ref().is_some_and(is_string) || !is_string(&item.value))
        }
        Some(_) => true,
        None => false,
    };
    if list_is_unsafe(filter) || list_is_unsafe(tables) || dict_is_unsafe(select) {
        let text = "Use of extra potential SQL attack vector.";
        return Ok(Some(Draft::new(Level::Medium, Level::Medium, SQL_INJECTION, text)));
    }
    Ok(None)
}

/// B611
pub(super) fn raw_sql(call: &Call<'_, '_>) -> Verdict {
    let sql = match call.args().first() {
        Some(sql) => sql,
        None => &call.keyword("sql").ok_or_else(|| Raised::key("sql"))?.value,
    };
    if is_string(sql) {
        return Ok(None);
    }
    let text = "Use of RawSQL potential SQL attack vector.";
    Ok(Some(Draft::new(Level::Medium, Level::Medium, SQL_INJECTION, text)))
}

/// B703
pub(super) fn mark_safe(call: &Call<'_, '_>) -> Verdict {
    let value = call.args().first().ok_or_else(Raised::index)?;
    if is_string(value) || assigned::is_secure(call, value)? {
        return Ok(None);
    }
    Ok(Some(Draft::new(Level::Medium, Level::High, 80, "Potential XSS on mark_safe function.")))
}
