#!/usr/bin/env bash
# The demonstration payments against the composed services. Runs in the image of the CLI.
set -euo pipefail
source /opt/chainexec/tokens.sh
signer=/run/chainexec/signer
api_keys=/var/lib/chainexec/api-keys
token="$(tokens | sed -n 's/^TUSD //p')"
exec dotnet /app/chainexec.dll demo --api http://server:8080 --key-file "$api_keys/acme" --house-key-file "$api_keys/house" \
  --token "$token" --payer "$(<"$signer/payer")" --treasury "$(<"$signer/treasury")"
