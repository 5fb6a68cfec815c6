#!/usr/bin/env bash
# Owners, accounts, assets and API keys of the local chain; each is found again on the next run. Runs in the image of the CLI.
set -euo pipefail
source /opt/chainexec/tokens.sh
umask 077
signer=/run/chainexec/signer
api_keys=/var/lib/chainexec/api-keys

cli() { dotnet /app/chainexec.dll "$@"; }

cli owner create acme
cli owner create house
for name in payer treasury; do
  cli account register --owner acme --chain 31337 --address "$(<"$signer/$name")"
done
while read -r name address; do
  cli asset add --chain 31337 --contract "$address" --symbol "$name" --decimals 6
done < <(tokens)
for owner in acme house; do
  [[ -s $api_keys/$owner ]] && continue
  cli key create --owner "$owner" --name compose 2>/dev/null >"$api_keys/$owner.new"
  mv "$api_keys/$owner.new" "$api_keys/$owner"
done
