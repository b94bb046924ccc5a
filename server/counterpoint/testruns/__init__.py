"""Runs of the user's tests: which command runs only some of them, what a run printed, and why tests failed.
Values in, values out; nothing here starts a process or reads a file."""
