//! Signs that this process runs in a container, where the host's nodes, modules and log may be hidden.
//!
//! Must not do: decide anything else by them; they are hints.

use crate::root::Root;

/// Words in `/proc/1/cgroup` that container engines leave.
const CGROUP_WORDS: &[&str] = &["docker", "kubepods", "libpod", "containerd", "/lxc/", "lxc.payload"];

/// The hints that were seen, in a fixed order; empty when there is none.
pub fn hints(root: &Root) -> Vec<String> {
    let mut hints = Vec::new();
    for file in ["run/.containerenv", ".dockerenv"] {
        if root.exists(file) {
            hints.push(format!("/{file} exists"));
        }
    }
    // Written by systemd and compatible engines; one word such as `podman` or `lxc`.
    if let Some(engine) = root.attribute("run/systemd/container") {
        let word: String =
            engine.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
        hints.push(format!("/run/systemd/container says {word}"));
    }
    if let Some(cgroup) = root.attribute("proc/1/cgroup")
        && let Some(word) = CGROUP_WORDS.iter().find(|word| cgroup.contains(**word))
    {
        hints.push(format!("/proc/1/cgroup names {}", word.trim_matches('/')));
    }
    hints
}
