//! What an earlier run kept changes nothing but the time that an analysis takes: after each of a hundred edits of a program,
//! an analysis that takes from the run before gives what one gives that knows nothing.

#![allow(clippy::disallowed_methods, reason = "reads pages and examples")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::lowered;
use seriema_flow::{Options, ToKeep, analyse, analyse_again};

const EDITS: usize = 100;

/// A program's files by path.
type Program = BTreeMap<String, String>;

/// The blocks of some pages of the suite, and one application of many modules.
fn program() -> Program {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut program = Program::new();
    for page in ["containers", "classes", "guards-in-helpers", "closures-callbacks", "exceptions-context"] {
        let text = fs::read_to_string(root.join("suite").join(page).with_extension("md")).expect("a page");
        let blocks = text
            .split("```python")
            .skip(1)
            .filter_map(|block| block.split("```").next()?.split_once('\n'))
            .map(|(_, code)| code);
        for (number, block) in blocks.step_by(3).enumerate() {
            program.insert(format!("{}_{number}.py", page.replace('-', "_")), block.to_owned());
        }
    }
    add(&root.join("../../examples/vulnerable-shop"), "", &mut program);
    assert!(program.len() > 40, "{} files are no program", program.len());
    program
}

fn add(directory: &Path, prefix: &str, program: &mut Program) {
    for entry in fs::read_dir(directory).expect("an example").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if entry.path().is_dir() {
            add(&entry.path(), &format!("{prefix}{name}/"), program);
        } else if name.ends_with(".py") {
            program.insert(format!("{prefix}{name}"), fs::read_to_string(entry.path()).expect("a file"));
        }
    }
}

/// Numbers that look random, the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}

/// Changes a program somewhere. Says what it did.
fn edit(program: &mut Program, numbers: &mut Numbers, number: usize) -> String {
    let paths: Vec<String> = program.keys().cloned().collect();
    let path = paths[numbers.below(paths.len())].clone();
    let other = program[&paths[numbers.below(paths.len())]].clone();
    let text = program.get_mut(&path).expect("one of them");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = numbers.below(lines.len());
    let what = match numbers.below(12) {
        0..=3 => {
            lines.insert(at, format!("# edit {number}"));
            "a comment"
        }
        4 => {
            if at < lines.len() {
                lines.remove(at);
            }
            "a line less"
        }
        5 => {
            if let Some(line) = lines.get(at).cloned() {
                lines.insert(at, line);
            }
            "a line twice"
        }
        6 => {
            if at + 1 < lines.len() {
                lines.swap(at, at + 1);
            }
            "lines in another order"
        }
        7 => {
            for line in &mut lines {
                *line = line.replace(" == ", " != ");
            }
            "other conditions"
        }
        8 => {
            for line in &mut lines {
                *line = line.replace("\"id\"", "\"key\"").replace("\"name\"", "\"other\"");
            }
            "other keys"
        }
        9 => {
            lines.push(format!(
                "\n\ndef added_{number}(request):\n    import os\n    os.system(request.args[\"x\"])\n    return request\n"
            ));
            "a function more"
        }
        10 => {
            lines = other.lines().map(str::to_owned).collect();
            "the text of another file"
        }
        _ => {
            program.insert(format!("added_{number}.py"), other);
            return format!("edit {number}: a file more");
        }
    };
    *program.get_mut(&path).expect("one of them") = lines.join("\n") + "\n";
    format!("edit {number} of {path}: {what}")
}

fn files(program: &Program) -> Vec<seriema_program::ir::FileIr> {
    program.iter().map(|(path, text)| lowered(path, text)).collect()
}

fn bytes(to_keep: &ToKeep) -> Vec<u8> {
    to_keep.parts().concat()
}

#[test]
fn an_earlier_run_changes_nothing() {
    let options = Options::default();
    let mut program = program();
    let mut numbers = Numbers(0x5e71_e3a0);
    let mut kept: Option<Vec<u8>> = None;
    let (mut looks, mut taken, mut small) = (0, 0, 0);
    for number in 0..=EDITS {
        let what = if number == 0 { "at first".to_owned() } else { edit(&mut program, &mut numbers, number) };
        let cold = analyse(files(&program), &options).expect("models");
        let (warm, to_keep) = analyse_again(files(&program), &options, kept.clone()).expect("models");
        assert_eq!(format!("{:#?}", cold.findings), format!("{:#?}", warm.findings), "{what}");
        assert_eq!(format!("{:#?}", cold.account), format!("{:#?}", warm.account), "{what}");
        if let Some(to_keep) = to_keep {
            if kept.is_some() {
                let (all, known) = to_keep.looks();
                looks += all;
                taken += known;
            }
            kept = Some(bytes(&to_keep));
        } else {
            small += 1;
        }
    }
    // Half of the edits change no more than a body. After these, so little is looked at again that it is not worth keeping,
    // or most looks are from an earlier run.
    assert!(small > EDITS / 2 && taken > 0, "{small} small edits; of {looks} looks {taken} were taken over");
}

#[test]
fn the_same_program_needs_no_second_look() {
    let options = Options::default();
    let program = program();
    let (_, first) = analyse_again(files(&program), &options, None).expect("models");
    let kept = bytes(&first.expect("something to keep"));
    let (_, second) = analyse_again(files(&program), &options, Some(kept)).expect("models");
    assert!(second.is_none(), "something was looked at again: {:?}", second.map(|kept| kept.looks()));
}

#[test]
fn what_cannot_be_read_is_left_aside() {
    let options = Options::default();
    let program: Program = program().into_iter().take(12).collect();
    let (_, first) = analyse_again(files(&program), &options, None).expect("models");
    let kept = bytes(&first.expect("something to keep"));
    let cold = analyse(files(&program), &options).expect("models");
    for end in [0, 1, 7, 8, 15, 16, 17, 100, kept.len() / 3] {
        let (warm, _) = analyse_again(files(&program), &options, Some(kept[..end].to_vec())).expect("models");
        assert_eq!(format!("{:#?}", cold.findings), format!("{:#?}", warm.findings), "the first {end} bytes");
    }
}
