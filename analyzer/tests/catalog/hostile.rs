//! Files that are not what they say, or ask for more than any catalog.

use std::time::{Duration, Instant};

use super::{chosen, database, folder_of, refusal, tables};

fn written(name: &str, content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    folder
}

#[test]
fn what_is_no_such_file_is_refused_with_its_reason() {
    for (name, content, reason) in [
        (
            "mlxconfig_host.db",
            &b"no database, but long enough to be looked at"[..],
            "not mstflint's parameter database",
        ),
        ("mlxconfig_host.db", b"", "not mstflint's parameter database"),
        ("register_access_table.adb", b"<a>", "no XML"),
        ("register_access_table.adb", b"<NodesDefinition/>", "no node access_reg_summary_ctrl_ext"),
        ("register_access_table.adb", b"\xff\xfe", "not UTF-8"),
        ("catalog.tsv", b"X", "line 1: a name is missing"),
        ("catalog.tsv", b"\xff", "not UTF-8"),
        ("something.else", b"", "holds neither catalog.tsv nor"),
    ] {
        let folder = written(name, content);
        let refusal = refusal(folder.path());
        assert!(refusal.contains(reason), "{name}: {refusal}");
    }
    let nowhere = tempfile::tempdir().unwrap().path().join("x");
    assert!(refusal(&nowhere).contains("cannot be read"));
}

#[test]
fn no_file_is_read_beyond_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("mlxconfig_host.db")).unwrap();
    // A sparse file: nothing is written.
    file.set_len(1 << 40).unwrap();
    assert!(refusal(folder.path()).contains("longer than 16777216 bytes"));
}

#[test]
fn a_pipe_does_not_hold_us() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.tsv");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo here");
        return;
    }
    assert!(refusal(folder.path()).contains("not a regular file"));
    assert!(refusal(&path).contains("not a regular file"));
}

#[test]
fn views_and_virtual_tables_are_no_tables() {
    let view = folder_of(
        "create table params(x);
         create view tlvs as with recursive n(x) as (select 1 union all select x + 1 from n) select x from n;",
    );
    assert!(refusal(view.path()).contains("tlvs is no table of its own"));
    let nothing = folder_of("create table other(x);");
    assert!(refusal(nothing.path()).contains("tlvs is no table of its own"));
}

#[test]
fn too_many_rows_are_refused_in_bounded_time() {
    let folder = database(
        "insert into tlvs with recursive n(x) as (select 1 union all select x + 1 from n where x < 3000)
         select 't' || x, x, 'NIC', 0, '0', '', 4, 0, null from n;",
    );
    assert!(refusal(folder.path()).contains("more than 2048 rows in tlvs"));
    let folder = database(
        "insert into params with recursive n(x) as (select 1 union all select x + 1 from n where x < 30000)
         select 'p' || x, 't', '0x0.0', '0x0.1', 'BOOL', '', null, null, null, null, 0, 0 from n;",
    );
    assert!(refusal(folder.path()).contains("more than 20000 rows in params"));
}

#[test]
fn a_computed_column_has_a_step_budget() {
    // A generated column is a program that each row runs.
    let heavy = "replace(hex(zeroblob(100000)), '0', '12345')";
    let folder = folder_of(&format!(
        "create table params(x);
         create table tlvs(name text, id int, target text as (length({heavy}) || length({heavy}{}), cap int,
                           version text, size int, class int);
         insert into tlvs(name, id, cap, version, size, class) values ('a', 1, 0, '0', 4, 0);",
        ")"
    ));
    let start = Instant::now();
    let _ = refusal(folder.path());
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_damaged_database_is_refused_or_read_but_never_a_panic() {
    let folder = database(
        "insert into tlvs values ('first', 1, 'NIC', 0, '0', '', 4, 0, null);
         insert into params values ('a', 'first', '0x0.0', '0x0.1', 'BOOL', '', null, null, null, null, 0, 0);",
    );
    let path = folder.path().join("mlxconfig_host.db");
    let whole = std::fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xff;
        std::fs::write(&path, &damaged).unwrap();
        let _ = mlx5_analyzer::catalog::choose(Some(folder.path()));
    }
    for length in (0..whole.len()).step_by(509) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let _ = mlx5_analyzer::catalog::choose(Some(folder.path()));
    }
}

#[test]
fn nothing_is_written_beside_the_database() {
    let folder = database("insert into tlvs values ('first', 1, 'NIC', 0, '0', '', 4, 0, null);");
    let path = folder.path().join("mlxconfig_host.db");
    let before = std::fs::read(&path).unwrap();
    chosen(folder.path());
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mlxconfig_host.db"]);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn document_types_and_endless_nesting_are_refused() {
    let bomb =
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><NodesDefinition>&b;</NodesDefinition>";
    assert!(refusal(written("register_access_table.adb", bomb.as_bytes()).path()).contains("no XML"));
    let own = "<field name=\"x\" offset=\"0x0.0\" size=\"0x4.0\" subnode=\"mdsr\" />".repeat(20);
    let start = Instant::now();
    let folder = tables(
        "MDSR=0x9110",
        "<field name=\"a\" selected_by=\"MDSR\" subnode=\"mdsr\" />",
        &format!("<node name=\"mdsr\" size=\"0x4.0\">{own}</node>"),
    );
    let notes = chosen(folder.path()).notes.join("\n");
    assert!(
        notes.contains("MDSR (0x9110) stays the embedded catalog's: its layout is nested too deeply"),
        "{notes}"
    );
    let levels: String = (0..10)
        .map(|level| {
            let field =
                format!("<field name=\"f\" offset=\"0x0.0\" size=\"0x4.0\" subnode=\"n{}\" />", level + 1);
            format!("<node name=\"n{level}\" size=\"0x4.0\">{}</node>", field.repeat(8))
        })
        .collect();
    let leaf = "<node name=\"n10\" size=\"0x4.0\"><field name=\"f\" access=\"RO\" offset=\"0x0.0\" size=\"0x4.0\" /></node>";
    let folder = tables(
        "MDSR=0x9110",
        "<field name=\"a\" selected_by=\"MDSR\" subnode=\"n0\" />",
        &format!("{levels}{leaf}"),
    );
    let notes = chosen(folder.path()).notes.join("\n");
    assert!(notes.contains("the file unfolds without end"), "{notes}");
    assert!(start.elapsed() < Duration::from_secs(30));
}
