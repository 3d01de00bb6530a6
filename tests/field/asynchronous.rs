//! Chips without steps end, and say what they computed.
