#!/bin/sh
# Runs a command with no network but loopback, where the system permits, and says which way:
#   netns   a network namespace of its own (root)
#   userns  the same inside a user namespace (no root needed, if the system's policy allows it)
#   none    neither is to be had; tests then rely on their own care
# The command finds the answer in COUNTERPOINT_GUARD.
set -eu
lo_up='ip link set lo up && exec "$@"'
if unshare -n sh -c 'ip link set lo up' 2>/dev/null; then
    echo "network guard: netns" >&2
    COUNTERPOINT_GUARD=netns exec unshare -n sh -c "$lo_up" sh "$@"
fi
if unshare -rn sh -c 'ip link set lo up' 2>/dev/null; then
    echo "network guard: userns" >&2
    COUNTERPOINT_GUARD=userns exec unshare -rn sh -c "$lo_up" sh "$@"
fi
echo "network guard: none (this system permits no network namespace)" >&2
COUNTERPOINT_GUARD=none exec "$@"
