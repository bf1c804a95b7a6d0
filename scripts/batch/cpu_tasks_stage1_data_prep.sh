#!/usr/bin/env bash
# Stage 1, frames and sound: INPUT OUTPUT [--workers N --resume].
exec "$(dirname "$0")/../studio" film prepare "$@"
