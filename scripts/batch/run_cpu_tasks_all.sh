#!/usr/bin/env bash
# Stages 1 to 3: FILM_NAME INPUT OUTPUT [--workers N --monitor --resume].
exec "$(dirname "$0")/../studio" film all "$@"
