#!/bin/sh
# Copies this example into a new folder and gives the copy a git history, in which no credential was ever committed.
# No audit runs this script.
#
#     ./make_history.sh [FOLDER]      default: a new temporary folder, whose name is printed
set -eu

source=$(cd "$(dirname "$0")" && pwd)
target=${1:-$(mktemp -d)}
mkdir -p "$target"
if [ -n "$(ls -A "$target")" ]; then
    echo "$target is not empty" >&2
    exit 2
fi

day=1
commit() {
    git add --all
    GIT_AUTHOR_DATE="2024-03-0${day}T09:00:00Z" GIT_COMMITTER_DATE="2024-03-0${day}T09:00:00Z" \
        git -c user.name=Ada -c user.email=ada@shop.example -c commit.gpgsign=false -c core.hooksPath=/dev/null \
        commit --quiet --message "$1"
    day=$((day + 1))
}

cp -R "$source/shop" "$source/wsgi.py" "$source/requirements.txt" "$target"
cd "$target"
git init --quiet --initial-branch=main .
printf '__pycache__/\n*.db\n*.env\ninstance/\n' > .gitignore
commit "The shop"

cp -R "$source/." "$target"
commit "Tests, container, CI"
echo "$target"
