#!/usr/bin/env bash
# Fetches the contracts that recordings are made with, each at its pinned version, as the packages ship them: nothing else is resolved.
# They are needed to record again, not to run the tests. The versions are data of the recordings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
../../../../anvil/install.sh
../../Differential/install.sh
for package in @account-abstraction/contracts@0.6.0 @account-abstraction/contracts@0.7.0 @account-abstraction/contracts@0.8.0 \
  @safe-global/safe-contracts@1.4.1 @safe-global/safe-4337@0.3.0; do
  folder="node_modules/$(tr '/@' '__' <<<"${package#@}")"
  [[ -d $folder ]] && continue
  archive="$(npm pack "$package" --silent --ignore-scripts)"
  mkdir -p "$folder.new"
  tar --extract --gzip --file "$archive" --directory "$folder.new" --strip-components 1
  rm "$archive"
  mv "$folder.new" "$folder"
done
