#!/bin/sh
# Keeps one host running: starts it again when it reboots itself (systemd-nspawn then ends with 133), and ends with it otherwise.
# Usage: watch.sh CGROUP... -- COMMAND...   It stays in CGROUP/watch and puts the host in CGROUP/machine.
groups=
while [ "$1" != -- ]; do
  groups="$groups $1"
  echo $$ >"$1/watch/cgroup.procs"
  shift
done
shift
status=133
while [ "$status" -eq 133 ]; do
  (
    for group in $groups; do echo 0 >"$group/machine/cgroup.procs"; done
    exec "$@"
  )
  status=$?
done
exit "$status"
