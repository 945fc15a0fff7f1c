//! Files of tests that would hold of anything are refused.

use mlx5_analyzer::envelope::trial::load;

fn refusal(members: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    let text = format!(
        "// ours\n{{\"schema\": \"mlx5-baseline-test\", \"schema_version\": 1, \"name\": \"t\",\n{members}}}"
    );
    std::fs::write(&path, text).unwrap();
    load(&path).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn what_expects_nothing_is_refused() {
    let bundle = |members: &str| format!("\"baselines\": [\"b.json\"],\n\"bundles\": [\n{{{members}}}]");
    for (members, words) in [
        ("\"baselines\": [], \"bundles\": []".to_owned(), "3:14: `baselines` is empty"),
        ("\"baselines\": [\"b.json\"], \"bundles\": []".to_owned(), "3:37: `bundles` is empty"),
        (bundle("\"file\": \"x.zip\""), "5:1: nothing is expected of it: give `word`"),
        (bundle("\"file\": \" \", \"word\": \"inside\""), "5:10: `file` is empty"),
        (bundle("\"file\": \"x.zip\", \"word\": \"inisde\""), "did you mean `inside`?"),
        (bundle("\"file\": \"x.zip\", \"wrod\": \"inside\""), "did you mean `word`?"),
        (
            bundle("\"file\": \"x.zip\", \"devices\": {\"0000:3b:00.0\": {}}"),
            "5:47: nothing is expected of it: give `word` or `assurance`",
        ),
        (
            bundle("\"file\": \"x.zip\", \"findings\": [{\"rule\": \"r\", \"verdict\": \"otuside\"}]"),
            "did you mean `outside`?",
        ),
        (
            bundle("\"file\": \"x.zip\", \"findings\": [{\"rule\": \"\", \"verdict\": \"outside\"}]"),
            "`rule` is empty",
        ),
        (
            bundle(
                "\"file\": \"x.zip\", \"findings\": [{\"rule\": \"r\", \"verdict\": \"unknown\", \"reason\": \"timout\"}]",
            ),
            "unknown has no reason timout; did you mean timeout?",
        ),
        (
            bundle(
                "\"file\": \"x.zip\", \"findings\": [{\"rule\": \"r\", \"verdict\": \"within\", \"reason\": \"timeout\"}]",
            ),
            "within carries no reason",
        ),
    ] {
        let refusal = refusal(&members);
        assert!(refusal.contains("t.json:") && refusal.contains(words), "{refusal}\nshould hold\n{words}");
    }
    assert_eq!(refusal(&bundle("\"file\": \"x.zip\", \"nothing_else\": true")), "");
}
