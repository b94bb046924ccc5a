"""Pages for a browser, looked at in one."""
