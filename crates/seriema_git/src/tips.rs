//! Where the history begins: all that refers to commits, or what a revision or range names.

use gix::ObjectId;
use gix::objs::{CommitRef, Kind, TagRef};
use gix::revision::plumbing::Spec;

use crate::account::{Problem, ProblemKind};
use crate::commits::{Side, Tips};
use crate::error::{GitError, words};
use crate::reader::Reader;

/// How many tags may stand before a commit.
const MAX_TAGS: usize = 64;

/// Everything that `git log --all` begins at (HEAD, those of other work trees, branches, remote branches, tags, notes),
/// and all stashes, of which git's references name only the last.
pub(crate) fn all(repository: &gix::Repository, reader: &mut Reader) -> Result<Tips, GitError> {
    let failed = |error: gix::Error| GitError::References { why: words(&error) };
    let mut found: Vec<(String, ObjectId)> = Vec::new();
    head(repository, "HEAD", &mut found).map_err(failed)?;
    let mut tips = Tips::default();
    for reference in repository.references().map_err(failed)?.all().map_err(failed)? {
        match reference {
            Ok(reference) => {
                // Symbolic ones lead to others of the same list.
                if let Some(id) = reference.try_id() {
                    found.push((reference.name().as_bstr().to_string(), id.detach()));
                }
            }
            Err(error) => {
                let kind = ProblemKind::Damaged(words(&error));
                tips.problems.push(Problem { object: None, kind, path: None, commit: None });
            }
        }
    }
    stashes(repository, &mut found);
    // A work tree that is gone, or can't be read, has no say.
    for tree in repository.worktrees().unwrap_or_default() {
        if let Ok(other) = tree.into_repo_with_possibly_inaccessible_worktree() {
            head(&other, "HEAD of another work tree", &mut found).map_err(failed)?;
        }
    }
    if repository.git_dir() != repository.common_dir()
        && let Ok(main) = repository.main_repo()
    {
        head(&main, "HEAD of the main work tree", &mut found).map_err(failed)?;
    }
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    for (name, id) in found {
        match peel(reader, id) {
            Ok(commit) => tips.ids.push((commit, Side::LEFT)),
            Err(kind) => tips.problems.push(Problem { object: Some(id), kind, path: Some(name), commit: None }),
        }
    }
    tips.ids.sort_by_key(|(id, _)| *id);
    tips.ids.dedup();
    Ok(tips)
}

fn head(repository: &gix::Repository, name: &str, found: &mut Vec<(String, ObjectId)>) -> Result<(), gix::Error> {
    let head = repository.head()?;
    if let Some(id) = head.id() {
        found.push((name.to_owned(), id.detach()));
    }
    Ok(())
}

/// The stashes before the last are only in its log.
fn stashes(repository: &gix::Repository, found: &mut Vec<(String, ObjectId)>) {
    let Ok(Some(stash)) = repository.try_find_reference("refs/stash") else { return };
    let mut log = stash.log_iter();
    let Ok(Some(lines)) = log.all() else { return };
    for line in lines.flatten() {
        found.push(("refs/stash".to_owned(), line.new_oid()));
    }
}

/// What a revision or range names.
pub(crate) fn range(repository: &gix::Repository, reader: &mut Reader, text: &str) -> Result<Tips, GitError> {
    let failed = |why: String| GitError::Revision { revision: text.to_owned(), why };
    let spec = repository.rev_parse(text).map_err(|error| failed(words(&error)))?.detach();
    let mut commit = |id: ObjectId| {
        peel(reader, id)
            .map_err(|kind| failed(Problem { object: Some(id), kind, path: None, commit: None }.to_string()))
    };
    let ids = match spec {
        Spec::Include(id) => vec![(commit(id)?, Side::LEFT)],
        Spec::Range { from, to } => vec![(commit(from)?, Side::HIDDEN), (commit(to)?, Side::LEFT)],
        Spec::Merge { theirs, ours } => vec![(commit(theirs)?, Side::LEFT), (commit(ours)?, Side::RIGHT)],
        Spec::IncludeOnlyParents(id) => {
            let id = commit(id)?;
            parents(reader, id).map_err(failed)?.into_iter().map(|parent| (parent, Side::LEFT)).collect()
        }
        Spec::ExcludeParents(id) => {
            let id = commit(id)?;
            let hidden = parents(reader, id).map_err(failed)?.into_iter().map(|parent| (parent, Side::HIDDEN));
            std::iter::once((id, Side::LEFT)).chain(hidden).collect()
        }
        Spec::Exclude(_) => return Err(failed("it says only what to leave out".to_owned())),
    };
    Ok(Tips { ids, problems: Vec::new() })
}

fn parents(reader: &mut Reader, id: ObjectId) -> Result<Vec<ObjectId>, String> {
    let data =
        reader.commit(&id).map_err(|kind| Problem { object: Some(id), kind, path: None, commit: None }.to_string())?;
    Ok(CommitRef::from_bytes(data, id.kind()).map_err(|error| words(&error))?.parents().collect())
}

/// The commit that an id stands for, itself or through tags.
fn peel(reader: &mut Reader, mut id: ObjectId) -> Result<ObjectId, ProblemKind> {
    for _ in 0..=MAX_TAGS {
        let is = match reader.any(&id)? {
            (Kind::Commit, _) => return Ok(id),
            (Kind::Tag, data) => {
                let tag = TagRef::from_bytes(data, id.kind());
                id = tag.map_err(|error| ProblemKind::Damaged(words(&error)))?.target();
                continue;
            }
            (Kind::Tree, _) => "tree",
            (Kind::Blob, _) => "blob",
        };
        return Err(ProblemKind::Kind { is, expected: "commit" });
    }
    Err(ProblemKind::TooMany(format!("more than {MAX_TAGS} tags before a commit")))
}
