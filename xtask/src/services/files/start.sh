#!/bin/sh
# Written by `cargo xtask services up`; changes here are lost.
# Starts {name} in the background, unless it runs. Its pid is then in the file `pid`, what it says
# before it can log in the file `out`. Stop it with `kill -{signal} $(cat pid)`.
set -eu
cd "$(dirname "$(readlink -f "$0")")"

running() {
    [ -s pid ] && grep -qsaF "$PWD/" "/proc/$(cat pid)/cmdline"
}

# Two who start it at once start one.
exec 9>lock
flock 9
if running; then
    exit 0
fi
setsid {command} >out 2>&1 </dev/null 9>&- &
echo $! >pid
