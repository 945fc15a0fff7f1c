//! Imported texts: real samples value by value, what is made of them, and mutilated texts.
//!
//! What the samples ([`crate::support::samples`]) say is in `tests/expected` (see [`samples`]).

mod mlxconfig;
mod properties;
mod samples;
mod together;
mod tools;

use mlx5_analyzer::case::{Case, open_bytes};
use mlx5_analyzer::import::import;
use mlx5_analyzer::import::source::Found;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Knowledge};

use crate::support::now;

const QUERY: &str = "\
Device #1:
----------

Device type:        ConnectX6DX
Device:             3b:00.0

Configurations:                        Default         Current         Next Boot
*       NUM_OF_VFS                     8               8               16
RO      SRIOV_EN                       True(1)         True(1)         True(1)
        LINK_TYPE_P1                   ETH(2)          ETH(2)          ETH(2)
        LINK_TYPE_P2                   ETH(2)          N/A             ETH(1)
        HOST_CHAINING_DESCRIPTORS      Array[0..7]     Array[0..7]     Array[0..7]
        NO_SUCH_NAME                   7               7               7
The '*' shows parameters with next value different from default/current value.
";

fn case(text: &str) -> Case {
    let opened = open_bytes(text.as_bytes(), "mails/query.txt".to_owned(), None, now()).unwrap();
    opened.decode(Catalog::embedded()).unwrap()
}

/// The facts of a text; none of one that is not known.
fn facts_of(bytes: &[u8]) -> Vec<Fact> {
    import(Found::loose("m.txt", bytes.to_vec()), now()).map(|imported| imported.facts).unwrap_or_default()
}

fn is_known_text(bytes: &[u8]) -> bool {
    import(Found::loose("m.txt", bytes.to_vec()), now()).is_ok()
}

/// A fact's value as `tests/expected` writes it: `-` where a text has no such column, `?` before what is not to be
/// believed or is no value.
fn written(fact: &Fact) -> String {
    match &fact.knowledge {
        Knowledge::Known { value } => value.to_string(),
        Knowledge::Unknown { reason, .. } if reason == "the text has no such column" => "-".to_owned(),
        Knowledge::Unknown { reason, .. } => {
            let said = reason.trim_start_matches("doubtful: ").trim_start_matches("the text says ");
            let end =
                [": it names", ": mstconfig prints", ", which is"].iter().find_map(|end| said.find(end));
            format!("?{}", &said[..end.unwrap_or(said.len())])
        }
    }
}
