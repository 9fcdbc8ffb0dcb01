"""The command line that speaks to the event stream."""
