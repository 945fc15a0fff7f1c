#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::atomic::AtomicBool;

use mlx5_schemas::bundle::{Bundle, Limits, open};
use mlx5_schemas::model::manifest::{ProbeReport, TransportKind};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::tool_run::ToolRuns;

use super::*;
use crate::discovery::Selection;
use crate::root::Root;
use crate::tools::Search;

const DEVICE: &str = "0000:3b:00.0";
const FUNCTION: &str = "sys/bus/pci/devices/0000:3b:00.0";

/// A folder that passes for the running system, and one for tools. No device in it can be asked: it has no nodes.
struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    /// With a ConnectX-5 whose driver is loaded, on a kernel older than fwctl.
    fn with_card() -> Self {
        let host = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(host.path("tools")).unwrap();
        for (path, content) in [
            ("proc/sys/kernel/tainted", "0\n"),
            ("proc/sys/kernel/osrelease", "6.12.9-amd64\n"),
            (&format!("{FUNCTION}/vendor"), "0x15b3\n"),
            (&format!("{FUNCTION}/device"), "0x1017\n"),
            (&format!("{FUNCTION}/driver"), "->../../../bus/pci/drivers/mlx5_core"),
            (&format!("{FUNCTION}/infiniband/mlx5_0/fw_ver"), "16.35.4506\n"),
            (&format!("{FUNCTION}/infiniband/mlx5_0/board_id"), "MT_0000000013\n"),
        ] {
            host.file(path, content);
        }
        host
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn file(&self, path: &str, content: &str) {
        let path = self.path("root").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content.strip_prefix("->") {
            Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
            None => std::fs::write(path, content).unwrap(),
        }
    }

    /// A tool that says this version, and else does what the script says; it leaves a mark whenever it runs.
    fn tool(&self, name: &str, version: &str, script: &str) {
        let file = self.path("tools").join(name);
        let marks = self.path("marks");
        let text = format!(
            "#!/bin/sh\necho \"{name} $*\" >> {}\nif [ \"$1\" = --version ]; then echo '{version}'; exit 0; fi\n{script}\n",
            marks.display()
        );
        mlx5_fixtures::script::write(&file, &text).unwrap();
    }

    /// All runs of tools, in order.
    fn marks(&self) -> Vec<String> {
        let marks = std::fs::read_to_string(self.path("marks")).unwrap_or_default();
        marks.lines().map(str::to_owned).collect()
    }

    fn settings(&self, tools: Option<Duration>) -> Settings {
        Settings {
            place: Place {
                root: Root::pretended(self.path("root")),
                models: Vec::new(),
                selection: Selection::default(),
                tools: Search::only(self.path("tools")),
            },
            probes: ProbeId::ALL.to_vec(),
            host: false,
            tools,
            deadline: Duration::from_secs(30),
            device_budget: None,
            signing: Choice::Unsigned,
            destination: Destination::File(self.path("bundle.zip")),
        }
    }

    fn run(&self, tools: Option<Duration>) -> (Finished, Bundle) {
        ran(&self.settings(tools))
    }
}

fn ran(settings: &Settings) -> (Finished, Bundle) {
    let finished = run(settings, &AtomicBool::new(false), &mut |_| {}, &|_| {}).unwrap();
    let bytes = std::fs::read(finished.path.as_deref().unwrap()).unwrap();
    (finished, open(&bytes, &Limits::default()).unwrap())
}

fn row<'a>(bundle: &'a Bundle, probe: &str) -> &'a ProbeReport {
    let fits = |row: &&ProbeReport| row.device.as_deref() == Some(DEVICE) && row.probe == probe;
    bundle.manifest.probes.iter().find(fits).unwrap()
}

fn runs(bundle: &Bundle) -> ToolRuns {
    serde_json::from_slice(&bundle.members["devices/0000-3b-00.0/tools.json"]).unwrap()
}

const LONG: Duration = Duration::from_secs(15);
/// Enough for a script to begin on a busy machine.
const SHORT: Duration = Duration::from_secs(1);
const OLD: &str = "mstconfig, mstflint 4.21.0, Git SHA Hash: N/A";
const QUERY: &str =
    "printf 'Device #1:\\n----------\\n\\nDevice type:    ConnectX5\\nNUM_OF_VFS   0   8   16\\n'";

#[test]
fn without_being_asked_for_no_tool_is_run_and_the_way_is_told() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, QUERY);
    let (finished, bundle) = host.run(None);
    assert_eq!(host.marks(), [""; 0]);
    assert!(!bundle.manifest.complete);
    assert_eq!(bundle.manifest.source, Source::Live);
    let [device] = bundle.manifest.devices.as_slice() else { panic!("{:?}", bundle.manifest.devices) };
    assert_eq!((device.id.as_str(), device.transport, &device.node), (DEVICE, TransportKind::Kernel, &None));
    assert_eq!(device.driver.as_deref(), Some("mlx5_core"));
    let note = &bundle.manifest.notes[0];
    for words in
        ["no device was asked: kernel 6.12.9-amd64 has no fwctl", "with --with-tools (installed: mstconfig)"]
    {
        assert!(note.contains(words), "{note}");
    }
    for probe in ["identity", "nv", "capabilities", "registers"] {
        assert_eq!(row(&bundle, probe).status, CollectionStatus::Skipped);
        assert!(row(&bundle, probe).reason.as_deref().unwrap().starts_with("no fwctl node: kernel 6.12.9"));
    }
    let route = &finished.routes[DEVICE];
    assert!(route.tools.is_empty());
    assert!(route.remedy.as_deref().unwrap().starts_with("run it again with --with-tools, or boot a kernel"));
    assert!(!bundle.members.keys().any(|name| name.contains("tools")));
}

#[test]
fn what_the_tools_print_is_kept_with_how_they_were_run() {
    let host = Host::with_card();
    host.tool(
        "mstconfig",
        OLD,
        &format!("if [ \"$3\" = -f ]; then echo '-E- no backup'; exit 1; fi\n{QUERY}"),
    );
    host.tool("mstflint", "mstflint, mstflint 4.21.0", "echo 'FW Version: 16.35.4506'; echo warned >&2");
    host.tool("flint", "flint, mft 4.22.0", "echo never");
    let (finished, bundle) = host.run(Some(LONG));
    assert_eq!(
        host.marks(),
        [
            "mstconfig --version",
            "mstflint --version",
            "flint --version",
            "mstconfig -d 0000:3b:00.0 -e q",
            "mstconfig -d 0000:3b:00.0 -f /dev/stdout backup",
            "mstflint -d 0000:3b:00.0 q full",
        ]
    );
    let manifest = &bundle.manifest;
    assert!(manifest.complete, "{:?}", manifest.probes);
    assert_eq!(manifest.devices[0].transport, TransportKind::VendorTool);
    assert!(manifest.notes[0].contains("PCI gateway"), "{:?}", manifest.notes);
    let runs = runs(&bundle);
    let [query, backup, image] = runs.runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(query.command[1..], ["-d", DEVICE, "-e", "q"]);
    assert_eq!((query.status, query.exit_code), (CollectionStatus::Captured, Some(0)));
    assert_eq!(query.program.version.as_deref(), Some(OLD));
    let file = std::fs::canonicalize(host.path("tools/mstconfig")).unwrap();
    assert_eq!(query.program.path, file.display().to_string());
    assert_eq!(query.program.sha256.as_deref(), Some(seal::sha256(&std::fs::read(file).unwrap()).as_str()));
    assert_eq!(query.stdout.as_deref(), Some("devices/0000-3b-00.0/tools/01-mstconfig-query.txt"));
    let printed = String::from_utf8_lossy(&bundle.members[query.stdout.as_deref().unwrap()]);
    assert!(printed.starts_with("Device #1:\n----------\n"), "{printed}");
    assert_eq!((backup.exit_code, backup.status), (Some(1), CollectionStatus::Captured));
    assert_eq!(&bundle.members["devices/0000-3b-00.0/tools/03-mstflint-query.err.txt"], b"warned\n");
    assert_eq!(image.stderr.as_deref(), Some("devices/0000-3b-00.0/tools/03-mstflint-query.err.txt"));
    let tools = row(&bundle, "tools");
    assert_eq!((tools.status, tools.items["captured"]), (CollectionStatus::Captured, 3));
    assert!(tools.members.iter().all(|name| bundle.members.contains_key(name)), "{tools:?}");
    assert_eq!(
        finished.routes[DEVICE].tools,
        ["firmware configuration by mstconfig 4.21.0", "firmware image by mstflint 4.21.0"]
    );
}

#[test]
fn the_vendors_other_package_is_run_where_the_first_is_missing() {
    let host = Host::with_card();
    host.tool("mlxconfig", "mlxconfig, mft 4.22.1-11, built on", QUERY);
    host.tool("mlxfwmanager", "mlxfwmanager, mft 4.22.1-11", "echo Querying");
    let (finished, _) = host.run(Some(LONG));
    assert_eq!(
        finished.routes[DEVICE].tools,
        ["firmware configuration by mlxconfig 4.22.1-11", "versions by mlxfwmanager 4.22.1-11"]
    );
    assert!(host.marks().contains(&"mlxfwmanager -d 0000:3b:00.0 --query".to_owned()));
}

#[test]
fn after_the_first_silence_the_device_is_left_alone() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, "echo begun; exec sleep 30");
    host.tool("mstflint", "mstflint, mstflint 4.21.0", "echo never");
    let started = Instant::now();
    let (_, bundle) = host.run(Some(SHORT));
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    assert_eq!(host.marks().last().unwrap(), "mstconfig -d 0000:3b:00.0 -e q");
    let runs = runs(&bundle);
    let statuses: Vec<CollectionStatus> = runs.runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [CollectionStatus::Timeout, CollectionStatus::Skipped, CollectionStatus::Skipped]);
    assert_eq!(runs.runs[2].reason.as_deref(), Some("left alone: mstconfig gave no answer in time"));
    // What it had printed is kept, and is no answer.
    assert_eq!(&bundle.members["devices/0000-3b-00.0/tools/01-mstconfig-query.txt"], b"begun\n");
    assert_eq!(bundle.manifest.devices[0].transport, TransportKind::Kernel);
    assert_eq!(row(&bundle, "tools").status, CollectionStatus::Timeout);
    assert!(!bundle.manifest.complete);
}

#[test]
fn a_flood_and_a_crash_are_told_and_no_answers() {
    let host = Host::with_card();
    host.tool(
        "mstconfig",
        OLD,
        "if [ \"$3\" = -f ]; then kill -SEGV $$; fi; while :; do echo 012345678901234567890123456789; done",
    );
    let (_, bundle) = host.run(Some(LONG));
    let runs = runs(&bundle);
    let [flood, crash] = runs.runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!((flood.status, flood.cut), (CollectionStatus::Error, true));
    assert_eq!(bundle.members[flood.stdout.as_deref().unwrap()].len(), crate::tools::process::OUTPUT_LIMIT);
    assert_eq!((crash.status, crash.signal), (CollectionStatus::Error, Some(11)));
    assert_eq!(bundle.manifest.devices[0].transport, TransportKind::Kernel);
    assert_eq!(row(&bundle, "tools").status, CollectionStatus::Error);
}

#[test]
fn a_program_that_is_another_one_by_the_time_it_is_to_be_run_is_not_run() {
    let host = Host::with_card();
    let file = host.path("tools/mstconfig");
    // Whenever it is run, it becomes another.
    let text = format!(
        "#!/bin/sh\necho \"$*\" >> {}\necho '# more' >> {}\necho '{OLD}'\nexit 0\n",
        host.path("marks").display(),
        file.display()
    );
    mlx5_fixtures::script::write(&file, &text).unwrap();
    let (_, bundle) = host.run(Some(LONG));
    assert_eq!(host.marks(), ["--version"]);
    for run in runs(&bundle).runs {
        assert_eq!(run.status, CollectionStatus::Error);
        assert!(run.reason.as_deref().unwrap().contains("changed after it had said its version"), "{run:?}");
    }
}

#[test]
fn where_the_card_has_a_node_a_version_that_would_taint_is_not_run() {
    let host = Host::with_card();
    host.tool("mstconfig", "mstconfig, mstflint 4.33.0, Git SHA Hash: N/A", QUERY);
    // The node of another function of the card, by another driver, so that nobody asks over it here.
    host.file("sys/class/fwctl/fwctl0/device", "->../../../bus/pci/devices/0000:3b:00.1");
    let (_, bundle) = host.run(Some(LONG));
    assert_eq!(host.marks(), ["mstconfig --version"]);
    let runs = runs(&bundle);
    assert_eq!(runs.runs[0].status, CollectionStatus::Skipped);
    assert!(runs.runs[0].reason.as_deref().unwrap().contains("tainting"), "{runs:?}");
    assert!(!bundle.manifest.complete);

    let newer = Host::with_card();
    newer.tool("mstconfig", "mstconfig, mstflint 4.36.0, Git SHA Hash: N/A", QUERY);
    newer.file("sys/class/fwctl/fwctl0/device", "->../../../bus/pci/devices/0000:3b:00.1");
    let (_, bundle) = newer.run(Some(LONG));
    assert_eq!(bundle.manifest.devices[0].transport, TransportKind::VendorTool);
}

#[test]
fn a_virtual_function_is_listed_and_not_missed() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, QUERY);
    host.tool("mstflint", "mstflint, mstflint 4.21.0", "echo 'FW Version: 16.35.4506'");
    for (path, content) in [
        ("vendor", "0x15b3\n"),
        ("device", "0x1018\n"),
        ("physfn", "->../0000:3b:00.0"),
        ("driver", "->../../../bus/pci/drivers/mlx5_core"),
    ] {
        host.file(&format!("sys/bus/pci/devices/0000:3b:00.2/{path}"), content);
    }
    let (_, bundle) = host.run(Some(LONG));
    let [_, function] = bundle.manifest.devices.as_slice() else { panic!("{:?}", bundle.manifest.devices) };
    assert_eq!(
        (function.transport, function.physical_function.as_deref()),
        (TransportKind::Kernel, Some(DEVICE))
    );
    assert!(bundle.manifest.complete, "{:?}", bundle.manifest);
    assert!(host.marks().iter().all(|mark| !mark.contains("00.2")), "{:?}", host.marks());
}

#[test]
fn a_configuration_that_is_told_in_part_is_an_answer_and_a_gap() {
    let host = Host::with_card();
    host.tool(
        "mstconfig",
        OLD,
        "if [ \"$3\" = -f ]; then exit 3; fi; echo 'Configurations:   Default'; echo 'NUM_OF_VFS 0'; echo '-E- Failed to query some of the TLVs'; exit 3",
    );
    let (_, bundle) = host.run(Some(LONG));
    assert_eq!(bundle.manifest.devices[0].transport, TransportKind::VendorTool);
    assert!(!bundle.manifest.complete);
    let reason = row(&bundle, "tools").reason.as_deref().unwrap();
    assert_eq!(reason, "mstconfig query: exit code 3: -E- Failed to query some of the TLVs");
}

#[test]
fn an_interruption_ends_the_tools_and_what_they_had_printed_is_sealed() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, "echo begun; exec sleep 30");
    let settings = host.settings(Some(LONG));
    let interrupted = AtomicBool::new(false);
    let finished = std::thread::scope(|scope| {
        scope.spawn(|| {
            let until = Instant::now() + LONG;
            while host.marks().len() < 2 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
            std::thread::sleep(SHORT);
            interrupted.store(true, Ordering::Relaxed);
        });
        run(&settings, &interrupted, &mut |_| {}, &|_| {}).unwrap()
    });
    assert_eq!(finished.manifest.ending, Ending::Interrupted);
    let bundle = open(&std::fs::read(finished.path.unwrap()).unwrap(), &Limits::default()).unwrap();
    let runs = runs(&bundle);
    assert_eq!(runs.runs[0].reason.as_deref(), Some("the run was interrupted"));
    assert_eq!(&bundle.members[runs.runs[0].stdout.as_deref().unwrap()], b"begun\n");
    // What it may have done in that time is said all the same.
    let notes = &bundle.manifest.notes;
    assert!(notes.iter().any(|note| note.contains("went through the PCI gateway")), "{notes:?}");
}

#[test]
fn the_deadline_of_the_run_ends_the_tools_too() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, "exec sleep 30");
    let settings =
        Settings { deadline: Duration::from_secs(2), ..host.settings(Some(Duration::from_secs(60))) };
    let started = Instant::now();
    let (_, bundle) = ran(&settings);
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    assert_eq!(bundle.manifest.ending, Ending::Deadline);
    assert_eq!(runs(&bundle).runs[0].status, CollectionStatus::Timeout);
}

#[test]
fn below_another_root_and_for_simulated_cards_no_tool_is_run() {
    let host = Host::with_card();
    host.tool("mstconfig", OLD, QUERY);
    let mut settings = host.settings(Some(LONG));
    settings.place.root = Root::alternate(host.path("root"));
    let (_, bundle) = ran(&settings);
    assert_eq!(bundle.manifest.devices[0].transport, TransportKind::Kernel);
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models/connectx-6-dx.json");
    settings.place.root = Root::pretended(host.path("root"));
    settings.place.models = vec![model];
    let found = find(&settings.place).unwrap();
    assert_eq!((found.devices.len(), found.for_tools().len(), found.tools.len()), (1, 0, 0));
    assert_eq!(host.marks(), [""; 0]);
}

#[test]
fn the_hosts_part_has_the_kernels_view_of_the_function() {
    let host = Host::with_card();
    let settings = Settings { host: true, ..host.settings(None) };
    let (finished, bundle) = ran(&settings);
    let text = String::from_utf8_lossy(&bundle.members["host/host.txt"]);
    assert!(text.contains("mlx5_0.fw_ver                                16.35.4506"), "{text}");
    let known: Vec<&str> = finished.facts.iter().map(|fact| fact.path.as_str()).collect();
    assert_eq!(known, ["rdma/mlx5_0.board_id", "rdma/mlx5_0.fw_ver"]);
}
