//! Facts that change by themselves: clocks, counters, measurements, and what a log says of what happened.
//!
//! Must not do: hide what somebody changed. Everything here moves on an idle machine, or names a boot.

/// Registers whose fields measure, with the beginnings of the names of those fields.
const MEASURED: &[(&str, &[&str])] = &[
    ("MTMP", &["temperature", "max_temperature"]),
    ("MTUTC", &["utc_sec", "utc_nsec", "time_adjustment", "freq_adjustment"]),
    ("MTPPS", &["time_stamp"]),
    ("MVTS", &["ts_"]),
    ("MCC", &["time_elapsed", "control_progress"]),
    ("MPEIN", &["pci_power", "device_status"]),
    ("MPCS", &["power_capping_counter", "power_meas"]),
    (
        "PDDR",
        &[
            "temperature",
            "voltage",
            "rx_power_lane",
            "tx_power_lane",
            "total_time",
            "hi_ser_counter",
            "cdr_not_locked_cnt",
            "fall_from_cfg_idle",
            "eth_an_watchdog_cnt",
            "cnt_rx_frame",
            "last_",
        ],
    ),
];

/// Names of measured fields that are thresholds, which somebody sets.
const THRESHOLDS: &[&str] = &["_th", "_threshold_hi", "_threshold_lo"];

/// Whether a fact changes by itself, by its path.
pub fn is_volatile(path: &str) -> bool {
    let last = path.rsplit(['/', '.']).next().unwrap_or(path);
    if matches!(last, "uptime" | "uptime_s" | "boot_id" | "time_left" | "kernel_log_from_boot")
        || path.starts_with("log/event[")
    {
        return true;
    }
    if path.starts_with("devlink/health.") {
        return matches!(last, "error" | "recover" | "last_dump_date" | "last_dump_time");
    }
    let Some(rest) = path.strip_prefix("reg/") else { return false };
    MEASURED.iter().any(|(register, fields)| {
        rest.strip_prefix(register).is_some_and(|rest| rest.starts_with(['[', '.']))
            && fields.iter().any(|field| rest.split('.').any(|step| step.starts_with(field)))
            && !THRESHOLDS.iter().any(|end| last.ends_with(end))
    })
}

/// Whether a fact names one card among others of its kind: serial number, MAC, GUID.
pub(crate) fn is_identity(path: &str) -> bool {
    const PATHS: &[&str] = &[
        "fw/base_mac",
        "fw/base_guid",
        "flint/base_mac",
        "flint/base_guid",
        "mlxfwmanager/base_mac",
        "nv/0:0x002",
        "reg/MGIR.hw_info.manufacturing_base_mac_47_32",
        "reg/MGIR.hw_info.manufacturing_base_mac_31_0",
        "reg/MSGI.serial_number",
        "reg/MSECQ.local_clock_identity",
        "reg/PGUID",
    ];
    let below = |start: &&str| {
        path.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', '[']))
    };
    PATHS.iter().any(below)
        || (path.starts_with("rdma/") && (path.ends_with(".node_guid") || path.ends_with(".sys_image_guid")))
}

#[cfg(test)]
mod tests {
    use mlx5_schemas::catalog::Catalog;

    use super::*;

    #[test]
    fn clocks_are_volatile_and_settings_are_not() {
        for moving in [
            "host/uptime_s",
            "reg/MGIR.hw_info.uptime",
            "reg/MDSR[type_of_token=1].time_left",
            "reg/MTMP[sensor_index=0].temperature",
            "reg/PDDR[page_select=3].page_data.pddr_module_info_ext.rx_power_lane0",
            "reg/MPCS.power_meas[3]",
            "log/event[3].kind",
            "devlink/health.tx.port1.recover",
        ] {
            assert!(is_volatile(moving), "{moving}");
        }
        for setting in [
            "nv/0:0x080.total_vfs",
            "host/taint",
            "host/fwctl_requester",
            "fw/version",
            "reg/MTMP[sensor_index=0].temperature_threshold_hi",
            "reg/PDDR[page_select=3].page_data.pddr_module_info_ext.temperature_high_th",
            "reg/MTMPX.temperature",
            "devlink/health.tx.port1.auto_recover",
        ] {
            assert!(!is_volatile(setting), "{setting}");
        }
    }

    #[test]
    fn a_card_s_own_names_are_no_settings() {
        for own in
            ["nv/0:0x002.base_mac[3]", "nv/0:0x002/data", "reg/MSGI.serial_number[5]", "rdma/a.node_guid"]
        {
            assert!(is_identity(own), "{own}");
        }
        for other in ["nv/0:0x0020.x", "fw/psid", "reg/MSGI.part_number[0]", "rdma/a.fw_ver"] {
            assert!(!is_identity(other), "{other}");
        }
        let mgir = Catalog::embedded().register_by_name("MGIR").map(|register| &register.fields);
        let macs = mgir.into_iter().flatten().filter(|field| field.path.contains("manufacturing_base_mac"));
        for field in macs {
            assert!(is_identity(&format!("reg/MGIR.{}", field.path)), "{}", field.path);
        }
    }

    #[test]
    fn every_measured_field_is_in_the_catalog() {
        for (name, fields) in MEASURED {
            let register = Catalog::embedded().register_by_name(name);
            for field in *fields {
                let has = |register: &mlx5_schemas::catalog::Register| {
                    let is_it = |path: &str| path.split('.').any(|step| step.starts_with(field));
                    register.fields.iter().any(|known| is_it(&known.path))
                };
                assert!(register.is_some_and(has), "{name}.{field}");
            }
        }
    }
}
