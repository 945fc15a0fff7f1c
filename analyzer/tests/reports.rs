//! Reports of `check` in every format: what each says of each verdict, that nothing is lost, that what reads them
//! accepts them, and that nothing in a bundle acts in them.

mod browser;
mod files;
mod fingerprints;
mod frozen;
mod hostile;
mod made;
mod nothing_lost;
mod screen;
mod told;
mod truth;
mod validators;
