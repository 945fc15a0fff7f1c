//! What is said of everything that is not a plain card: one row for one cause, summaries that fit a screen, words that
//! claim no more than was read.

mod card;
mod cases;
mod covered;
mod folds;
mod said;
mod views;
