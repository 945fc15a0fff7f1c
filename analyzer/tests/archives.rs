//! Archives of texts: what is read of them, what is refused, and the bundle that `import` makes.
//!
//! `hostile` refuses by name, `reports` reads sos reports and sysinfo-snapshots, `verb` is `import`.

mod hostile;
mod real_sos;
mod reports;
mod trees;
mod verb;
