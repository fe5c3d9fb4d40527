//! Faults of guests, panics of the host and refusals, through the API.

mod fixture;

mod guard;

mod nest;

mod start;

mod refusal;

mod leak;
