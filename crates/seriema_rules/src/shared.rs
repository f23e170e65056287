//! What several rules ask of the code.
