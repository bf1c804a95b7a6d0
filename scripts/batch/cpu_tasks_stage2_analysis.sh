#!/usr/bin/env bash
# Stage 2, shots, camera and composition: OUTPUT [--workers N].
exec "$(dirname "$0")/../studio" film analyze "$@"
