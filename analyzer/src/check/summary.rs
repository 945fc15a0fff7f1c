//! One paragraph that support could send on: what it is, the word and why, how much the evidence carries, what waits, what
//! was not judged, what to do next. At most six sentences.
//!
//! The two axes keep apart: sentences about values rest on findings alone, the sentence about evidence on levels and caps
//! alone; they meet in the word, as they do in [`super::review::judge`].
//!
//! Must not do: claim what no finding, cap or fact says; say "inside" under another word; repeat a secret.

mod bundle;
mod device;
mod next;
mod seen;
mod words;

pub(super) use bundle::of_bundle;
pub(super) use device::of_device;

/// Most characters of a summary: fourteen lines of a screen, where every name in it is as long as can be.
#[cfg(test)]
const MOST: usize = 1_100;

#[cfg(test)]
mod tests;
