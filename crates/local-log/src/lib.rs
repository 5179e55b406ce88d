//! local-log
