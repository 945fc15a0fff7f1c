//! What `baseline lint` prints, and its exit codes.
