#!/usr/bin/env bash
# Installs the pinned packages of this folder once, without their scripts; whoever comes at the same time waits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec 9>.install.lock
flock 9
stamp=node_modules/.chainexec-installed
want="$(sha256sum package-lock.json | cut -d' ' -f1)"
if [[ ! -f $stamp || "$(cat "$stamp")" != "$want" ]]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  echo "$want" >"$stamp"
fi
