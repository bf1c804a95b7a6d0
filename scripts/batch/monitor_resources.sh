#!/usr/bin/env bash
# The machine, watched: [--interval 10] [--once] [--daemon --log-dir DIR].
exec "$(dirname "$0")/../studio" monitor "$@"
