#!/usr/bin/env bash
# Makes every secret of the composed services once, each in a file of the volume that its readers mount, and the policy of the signer.
# Runs as the services' own user in the signer's image, before all of them. Nothing is printed but addresses.
set -euo pipefail
source /opt/chainexec/tokens.sh
umask 077
run=/run/chainexec
keys=/var/lib/chainexec/keys

random_hex() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# once <file> <command...>: the command's output, whole or not at all; a file that is there stays.
once() {
  local file="$1"
  shift
  [[ -s $file ]] && return
  "$@" >"$file.new"
  mv "$file.new" "$file"
}

# passfile <role> <password file>: a line as libpq and Npgsql read it.
passfile() { printf 'postgres:5432:*:%s:%s\n' "$1" "$(<"$2")"; }

generate() { dotnet /app/chainexec-signer.dll keygen --name "$1" --cost light; }

policy() {
  local name address separator=""
  printf '{ "version": 1, "chains": { "31337": { "max_fee_per_transaction": "100000000000000000",\n'
  printf '  "native": { "max_per_call": "1000000000000000000", "max_per_day": "100000000000000000000", "destinations": ["*"] },\n'
  printf '  "contracts": {'
  while read -r name address; do
    printf '%s\n    "%s": { "name": "%s", "functions": ["transfer(address,uint256)", "approve(address,uint256)"],\n' \
      "$separator" "$address" "$name"
    printf '      "max_per_call": "100000000000", "max_per_day": "10000000000000", "destinations": ["*"] }'
    separator=","
  done < <(tokens)
  printf '\n  } } } }\n'
}

once "$run/database-admin/password" random_hex
once "$run/database-app/password" random_hex
once "$run/database-admin/pgpass" passfile postgres "$run/database-admin/password"
once "$run/database-app/pgpass" passfile ce_app "$run/database-app/password"
once "$run/signer/token" random_hex
once "$keys/password" random_hex
mkdir -p "$keys/keystore"
for name in payer treasury; do
  once "$run/signer/$name" generate "$name"
  printf '%-8s %s\n' "$name" "$(<"$run/signer/$name")"
done
policy >"$keys/policy.json.new"
dotnet /app/chainexec-signer.dll policy check --policy "$keys/policy.json.new"
mv "$keys/policy.json.new" "$keys/policy.json"
