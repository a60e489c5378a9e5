"""The callback's latency under concurrent load, ours beside an empty handler and beside what a team would write."""
