//! mstflint's parameter database (`mlxconfig_host.db`): SQLite with one table of TLVs and one of parameters.
//!
//! The file is read into memory before SQLite sees it, so that no journal or lock file of it is opened and nothing
//! changes on disk. SQLite's own advice against hostile files is followed (sqlite.org/security.html): the schema is not
//! trusted, views, triggers and virtual tables are refused, lengths are limited, and the queries have a step budget.
//!
//! Must not do: run anything that the file says, read its prose (`description`), or evaluate its expressions.

mod parameter;

use std::collections::BTreeMap;

use mlx5_schemas::catalog::{Parameter, Tlv};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, MAIN_DB, OpenFlags, Row};

use super::notes::{Notes, plain};

/// Most rows of the table of TLVs. 4.36 has 203.
const MAX_TLVS: usize = 2048;
/// Most rows of the table of parameters. 4.36 has 1541.
const MAX_PARAMETERS: usize = 20_000;
/// SQLite counts virtual instructions; reading 4.36 takes some 60,000.
const STEPS_PER_CALL: i32 = 1000;
/// How many such calls a file may cost.
const MAX_CALLS: u32 = 20_000;
/// Longest text of any column.
const MAX_TEXT_BYTES: i32 = 1 << 20;
/// Bytes that MNVDA can carry.
const MNVDA_BYTES: u16 = 256;
/// Class of signed files, which are no stored settings.
const FILE_CLASS: u8 = 6;

/// Why the parameter database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refuses it, or it is not the database that was looked for.
    #[error("not mstflint's parameter database")]
    Sqlite {
        /// SQLite's word.
        #[from]
        source: rusqlite::Error,
    },
    /// It has something else under the name of a table.
    #[error("{table} is no table of its own")]
    NoTable {
        /// The table.
        table: &'static str,
    },
    /// It has more rows than any such database.
    #[error("more than {limit} rows in {table}")]
    TooMany {
        /// The table.
        table: &'static str,
        /// The most that is read.
        limit: usize,
    },
}

/// Reads all TLVs with their parameters.
///
/// # Errors
/// Where the file is not that database. What cannot be taken over of it is noted instead.
pub(super) fn read(bytes: &[u8], notes: &mut Notes) -> Result<Vec<Tlv>, DatabaseError> {
    let connection = open(bytes)?;
    for table in ["tlvs", "params"] {
        refuse_other_than_table(&connection, table)?;
    }
    let mut parameters = read_parameters(&connection, notes)?;
    let mut tlvs: BTreeMap<(u8, u32), Tlv> = BTreeMap::new();
    let sql = "select name, id, target, cap, version, size, class from tlvs order by class, id, name";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0_usize;
    while let Some(row) = rows.next()? {
        count = count.saturating_add(1);
        if count > MAX_TLVS {
            return Err(DatabaseError::TooMany { table: "tlvs", limit: MAX_TLVS });
        }
        let name: String = row.get(0)?;
        let Some(mut tlv) = tlv(row, &name)? else {
            notes.add(format!("TLV {name:?} is left out: its numbers are out of range"));
            continue;
        };
        tlv.parameters = parameters.remove(&name).unwrap_or_default();
        tlv.parameters
            .sort_by(|left, right| (left.bit_offset, &left.name).cmp(&(right.bit_offset, &right.name)));
        let key = (tlv.class, tlv.index);
        if let Some(first) = tlvs.get(&key) {
            notes.add(format!("TLV {name:?} is left out: {} has its class and index", first.name));
            continue;
        }
        tlvs.insert(key, tlv);
    }
    for (tlv, lost) in parameters {
        notes.add(format!("{} parameters of {tlv:?} are left out: there is no such TLV", lost.len()));
    }
    Ok(tlvs.into_values().collect())
}

/// Opens a copy of the file in memory, with everything shut that reading two tables does not need.
fn open(bytes: &[u8]) -> Result<Connection, DatabaseError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_in_memory_with_flags(flags)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_TEXT_BYTES),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_COLUMN, 64),
    ] {
        connection.set_limit(limit, most)?;
    }
    let mut calls = 0_u32;
    let is_over_budget = move || {
        calls = calls.saturating_add(1);
        calls > MAX_CALLS
    };
    connection.progress_handler(STEPS_PER_CALL, Some(is_over_budget));
    connection.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true)?;
    Ok(connection)
}

/// A view or a virtual table would be a program in the place of data.
fn refuse_other_than_table(connection: &Connection, table: &'static str) -> Result<(), DatabaseError> {
    let sql = "select count(*) from sqlite_schema where name = ?1 and type = 'table' and rootpage > 0";
    let count: i64 = connection.query_row(sql, [table], |row| row.get(0))?;
    if count == 1 { Ok(()) } else { Err(DatabaseError::NoTable { table }) }
}

/// The parameters by TLV.
fn read_parameters(
    connection: &Connection,
    notes: &mut Notes,
) -> Result<BTreeMap<String, Vec<Parameter>>, DatabaseError> {
    let sql = "select tlv_name, name, offset, size, type, textual_values, mlxconfig_name, dependency, valid_bit, \
               supported_from_version, array_length from params";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut parameters: BTreeMap<String, Vec<Parameter>> = BTreeMap::new();
    let mut count = 0_usize;
    while let Some(row) = rows.next()? {
        count = count.saturating_add(1);
        if count > MAX_PARAMETERS {
            return Err(DatabaseError::TooMany { table: "params", limit: MAX_PARAMETERS });
        }
        let (tlv, name): (String, String) = (row.get(0)?, row.get(1)?);
        match parameter::read(row, &name)? {
            Ok(parameter) => parameters.entry(tlv).or_default().push(parameter),
            Err(why) => notes.add(format!("parameter {tlv:?}.{name:?} is left out: {why}")),
        }
    }
    Ok(parameters)
}

/// One TLV without its parameters; `None` where a number has no room.
fn tlv(row: &Row<'_>, name: &str) -> Result<Option<Tlv>, rusqlite::Error> {
    let (index, target, capability): (i64, Option<String>, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let (version, size, class): (Option<String>, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
    let numbers = || {
        let index = u32::try_from(index).ok().filter(|index| *index <= 0x00ff_ffff)?;
        let (class, size) = (u8::try_from(class).ok()?, u16::try_from(size).ok()?);
        let version = version.as_deref().filter(|text| !text.is_empty()).map_or(Ok(0), str::parse).ok()?;
        Some((class, index, size, version))
    };
    let (Some(name), Some((class, index, size, version))) = (plain(name), numbers()) else {
        return Ok(None);
    };
    Ok(Some(Tlv {
        name,
        class,
        index,
        size,
        expansion_rom: target.as_deref() == Some("EXP_ROM"),
        capability: capability != 0,
        readable: class != FILE_CLASS && size <= MNVDA_BYTES,
        version,
        parameters: Vec::new(),
    }))
}
