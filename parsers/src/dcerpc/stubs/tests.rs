//! Stubs that lie, are cut, or are sealed.
