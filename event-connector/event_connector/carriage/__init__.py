"""One message on its way: to its function, and to wherever it goes if that does not take it."""
