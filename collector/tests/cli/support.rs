//! A place to run the program in, and what came of a run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mlx5_schemas::bundle::{Bundle, Limits, open};
use mlx5_schemas::model::host::HostCaptures;
use mlx5_schemas::model::manifest::ProbeReport;
use tempfile::TempDir;

/// Longest that any run here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A temporary folder with an empty working directory, a host's files and links to the sample models.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        std::fs::create_dir(folder.path().join("host")).unwrap();
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
        std::os::unix::fs::symlink(models, folder.path().join("models")).unwrap();
        let place = Self { folder };
        for (path, content) in HOST {
            place.host_file(path, content);
        }
        place
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn host_file(&self, path: &str, content: &str) {
        let path = self.folder.path().join("host").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content.strip_prefix("->") {
            Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
            None => std::fs::write(path, content).unwrap(),
        }
    }

    /// One of the sample models, by name without ending.
    pub(crate) fn sample(&self, name: &str) -> PathBuf {
        self.path(&format!("models/{name}.json"))
    }

    /// A ConnectX-6 Dx with faults (the JSON of the list).
    pub(crate) fn faulty(&self, faults: &str) -> PathBuf {
        let path = self.path("faulty.json");
        let model = format!(
            r#"{{"extends": "models/connectx-6-dx.json", "bdf": "0000:d8:00.0", "command_timeout_ms": 60000, "faults": {faults}}}"#
        );
        std::fs::write(&path, model).unwrap();
        path
    }

    /// The program in the working directory, with nothing of this environment.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-collector"));
        command.current_dir(self.path("work")).env_clear().stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Collects from the given models (as `--simulate`) on the example host.
    pub(crate) fn collector(&self, models: &[PathBuf]) -> Command {
        let mut command = self.program();
        command.arg("--root").arg(self.path("host"));
        for model in models {
            command.arg("--simulate").arg(model);
        }
        command
    }

    /// What is in the working directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("work")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The one bundle in the working directory.
    pub(crate) fn bundle(&self) -> Bundle {
        let names = self.names();
        let [name] = names.as_slice() else { panic!("not one file: {names:?}") };
        opened(&std::fs::read(self.path("work").join(name)).unwrap())
    }
}

pub(crate) fn opened(archive: &[u8]) -> Bundle {
    open(archive, &Limits::default()).unwrap()
}

pub(crate) fn row<'a>(bundle: &'a Bundle, device: Option<&str>, probe: &str) -> &'a ProbeReport {
    let fits = |row: &&ProbeReport| row.device.as_deref() == device && row.probe == probe;
    bundle.manifest.probes.iter().find(fits).unwrap()
}

pub(crate) fn captures(bundle: &Bundle) -> HostCaptures {
    mlx5_schemas::decode::host::read(&bundle.members["host/captures.json"]).unwrap()
}

/// Runs to the end, within a bound.
pub(crate) fn finish(mut command: Command) -> Output {
    wait(command.spawn().unwrap())
}

/// Waits within a bound; a program that takes longer is ended and fails the test.
pub(crate) fn wait(mut child: Child) -> Output {
    let drain = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut bytes).unwrap();
            }
            bytes
        })
    };
    let stdout = drain(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let stderr = drain(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let until = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A host with things that must not get into a bundle: they hold the word SECRET or an address.
const HOST: &[(&str, &str)] = &[
    ("proc/sys/kernel/tainted", "12288\n"),
    ("proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n"),
    ("proc/sys/kernel/osrelease", "7.3.4+deb13-amd64\n"),
    ("proc/sys/kernel/hostname", "SECRET-host\n"),
    ("proc/uptime", "1234.56 7890.12\n"),
    ("proc/version", "Linux version 7.3.4+deb13-amd64 (builder@SECRET-build) (gcc-14) #1 SMP\n"),
    (
        "proc/cmdline",
        "root=UUID=SECRET ip=192.0.2.7::192.0.2.1:255.255.255.0:SECRET pci=realloc mlx5_core.debug_mask=1\n",
    ),
    ("proc/self/mounts", "SECRET:/export /mnt nfs rw,addr=192.0.2.9 0 0\n"),
    ("etc/hostname", "SECRET-host\n"),
    ("etc/machine-id", "SECRET0123456789\n"),
    ("etc/os-release", "->../usr/lib/os-release"),
    ("usr/lib/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n"),
    ("sys/kernel/security/lockdown", "[none] integrity confidentiality\n"),
    ("sys/module/mlx5_core/taint", "\n"),
    ("sys/module/mlx5_fwctl/taint", "OE\n"),
    ("sys/module/nvidia/taint", "POE\n"),
    ("sys/module/ext4/taint", "\n"),
    (
        "dev/kmsg",
        "5,0,0,-;Linux version 7.3.4+deb13-amd64 (builder@SECRET-build)\n\
         5,1,0,-;Kernel command line: root=UUID=SECRET mlx5_core.debug_mask=1\n\
         30,1,1,-;udevd[77]: SECRET-host: mlx5_core and fwctl are here\n\
         6,1,1,-;systemd[1]: Hostname set to <SECRET-host>.\n\
         6,2,2,-;mlx5_core 0000:3b:00.0 eth2: Assigned random MAC address 02:ab:3c:00:11:22\n\
         4,3,3,-;fwctl fwctl0: mstconfig(412): has requested full access to the physical device\n",
    ),
];
