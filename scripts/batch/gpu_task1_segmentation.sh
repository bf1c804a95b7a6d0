#!/usr/bin/env bash
# Task 1, characters cut out: FRAMES OUTPUT [--model sam2_hiera_base --device cuda --resume].
exec "$(dirname "$0")/../studio" gpu segment "$@"
