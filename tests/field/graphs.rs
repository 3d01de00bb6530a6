//! Networks as strangers export them: converted to what they compute, or refused by name.

mod corpus;
mod ends;
mod exports;
mod functions;
mod numbers;
mod opsets;
mod shapes;
