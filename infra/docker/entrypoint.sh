#!/bin/sh
# The image's entry point: gives V8 a heap that fits into the memory of the container, and becomes the command.
set -eu
# cgroup v2, then v1; "max", or a number beyond any machine, is no limit.
limit=$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null | head -n 1)
case "$limit" in '' | *[!0-9]*) limit=0 ;; esac
mib=$((limit / 1048576))
# Three fifths: the rest is for the code, the SDK's core, buffers and threads.
if [ "$mib" -gt 0 ] && [ "$mib" -lt 65536 ]; then
  export NODE_OPTIONS="${NODE_OPTIONS:+$NODE_OPTIONS }--max-old-space-size=$((mib * 3 / 5))"
fi
exec "$@"
