//! test-gateway
