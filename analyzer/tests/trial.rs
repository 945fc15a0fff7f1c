//! `baseline test`: what holds, what does not, and what is refused; the tests of the shipped examples.

mod made;
mod printed;
mod refused;
mod shipped;
