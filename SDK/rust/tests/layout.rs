//! `sys.rs` against the header, by a C compiler.

use std::fmt::Write as _;
use std::process::Command;

#[test]
fn the_structs_are_those_of_the_header() {
    let rows = taskhost::sys::layout();
    let mut source = String::from("#include <stdio.h>\n#include \"taskhost_ext.h\"\nint main(void) {\n");
    for (name, member, _) in &rows {
        // A keyword in Rust.
        let member = if *member == "imp" { "impl" } else { member };
        let value = if member.is_empty() { format!("sizeof({name})") } else { format!("offsetof({name}, {member})") };
        writeln!(source, "    printf(\"%zu\\n\", {value});").unwrap();
    }
    source.push_str("    return 0;\n}\n");

    let place = std::env::temp_dir().join(format!("taskhost-layout-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let (file, program) = (place.join("layout.c"), place.join("layout"));
    std::fs::write(&file, source).unwrap();
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/../include");
    let compiler = Command::new("cc").args(["-I", include, "-o"]).arg(&program).arg(&file).status().unwrap();
    assert!(compiler.success());
    let output = Command::new(&program).output().unwrap();
    std::fs::remove_dir_all(&place).unwrap();

    let numbers: Vec<usize> = String::from_utf8(output.stdout).unwrap().lines().map(|l| l.parse().unwrap()).collect();
    assert!(rows.len() > 100 && numbers.len() == rows.len());
    for ((name, member, offset), expected) in rows.iter().zip(numbers) {
        assert_eq!(*offset, expected, "{name}.{member}");
    }
}

#[test]
fn no_member_is_missing() {
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/../include/taskhost.h");
    let text = std::fs::read_to_string(header).unwrap();
    let start = text.find("typedef struct TH_SENDABLE th_kind {").unwrap();
    let table = &text[start..start + text[start..].find("} th_kind;").unwrap()];
    let members: Vec<_> =
        taskhost::sys::layout().into_iter().filter(|row| row.0 == "th_kind").map(|row| row.1).collect();
    let hooks: Vec<&str> = table.split("(*").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(hooks.len() > 15);
    assert_eq!(hooks, members[members.len() - hooks.len()..]);
}

#[test]
fn no_struct_is_missing() {
    let known: Vec<_> = taskhost::sys::layout().into_iter().map(|row| row.0).collect();
    for header in ["taskhost.h", "taskhost_ext.h"] {
        let path = format!("{}/../include/{header}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        for end in text.split("\n} ").skip(1) {
            let name = end.split(';').next().unwrap();
            assert!(known.contains(&name), "{name} of {header}");
        }
    }
}
