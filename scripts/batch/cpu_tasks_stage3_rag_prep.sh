#!/usr/bin/env bash
# Stage 3, the knowledge base: FILM_NAME OUTPUT [--embedding-model M --documents DIR].
exec "$(dirname "$0")/../studio" film rag "$@"
