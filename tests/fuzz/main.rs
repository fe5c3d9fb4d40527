//! Hostile input: whatever the bytes, the answer is an error or a plan, soon and in little memory.

mod meter;

mod exercise;

mod tree;

mod seeds;

mod strip;

mod corpus;

mod rewire;

mod mutate;

mod minimise;

mod campaign;

mod hostile;
