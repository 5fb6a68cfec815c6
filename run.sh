#!/usr/bin/env bash
# Runs ChainExec on this machine: private PostgreSQL, a local chain with test dollars, signer, server and a sandbox of
# bank and exchange; makes demonstration payments.
# Stays until Ctrl-C, then stops all it started.
#   ./run.sh [--reset] [--no-demo]
# --reset begins with an empty database and chain; --no-demo starts everything without making payments.
# CHAINEXEC_HOME (default .run/ here), CHAINEXEC_DATABASE (an existing server instead of a private one),
# CHAINEXEC_PORT, CHAINEXEC_ANVIL_PORT, CHAINEXEC_PG_PORT (free ones unless set).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source eng/common.sh
source eng/tools.sh
source eng/postgres.sh
source eng/chain.sh
source eng/services.sh

reset=""
demo=1
for argument in "$@"; do
  case "$argument" in
    --reset) reset=1 ;;
    --no-demo) demo="" ;;
    -h | --help) sed -n '2,8s/^# //p' "$0"; exit 0 ;;
    *) fail "unknown option $argument" ;;
  esac
done

home="$(realpath -m "${CHAINEXEC_HOME:-.run}")"
pids="$home/pids"
logs="$home/logs"

stop_all() {
  stop sandbox TERM 10
  stop server TERM 20
  stop signer TERM 10
  stop anvil TERM 15
  stop postgres INT 30
}

cleanup() {
  local status=$?
  trap '' INT TERM HUP
  if [[ -n ${started_any:-} ]]; then
    say "Stopping ..."
    stop_all
  fi
  stop_compiler
  exit "$status"
}

# A marker says that the folder is ours: nothing else is ever removed.
prepare_home() {
  [[ ! -e $home || -f $home/.chainexec || -z "$(ls -A "$home" 2>/dev/null)" ]] || fail "$home exists and is not a folder of ChainExec"
  mkdir -p "$home" "$pids"
  touch "$home/.chainexec"
  exec 8>"$home/lock"
  flock --timeout 3 8 || fail "ChainExec already runs in $home"
}

clear_home() {
  local data
  data="$(cat "$home/postgres.folder" 2>/dev/null || true)"
  # Only a cluster: the file that names the folder may have been edited.
  [[ -n $data && -f $data/PG_VERSION ]] && rm -rf "$data"
  find "$home" -mindepth 1 -maxdepth 1 ! -name .chainexec ! -name lock ! -name pids -exec rm -rf {} +
}

began="$(now_ms)"
say "ChainExec (everything it writes is under $home)"
require_tools || exit 1
prepare_home
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
started_any=1
stop_all
[[ -n $reset ]] && clear_home
rm -rf "$logs"
mkdir -p "$logs"

step 'packages of the local chain' "$logs/install.log" anvil/install.sh
step 'services: build' "$logs/build.log" build_services
stop_compiler
prepare_database
step 'local chain and test dollars' "$logs/anvil.log" start_chain
step 'signer: keys and policy' "$logs/signer.log" prepare_signer
step 'signer: start' "$logs/signer.log" start_signer
step 'database: migrations' "$logs/migrate.log" migrate_database
prepare_sandbox
write_config
step 'owner, account, assets, key' "$logs/register.log" register
step 'server: start' "$logs/server.log" start_server
step 'sandbox: bank and exchange' "$logs/sandbox.log" start_sandbox
say "Ready after $(seconds $(($(now_ms) - began)))."
if [[ -n $demo ]]; then
  cli demo --api "$server_url" --key-file "$home/api-key" --house-key-file "$home/house-key" \
    --token "$(json_field "$home/chain/tokens.json" .tokens.TUSD.address)" \
    --payer "$(<"$home/signer/payer")" --treasury "$(<"$home/signer/treasury")" \
    || fail "the demonstration did not end as it should; see $logs"
  cli demo off-ramp --sandbox "$sandbox_url" --owner acme || fail "the off-ramp did not end as it should; see $logs"
fi
say ""
say "  server    $server_url        (OpenAPI: $server_url/openapi/v1.json)"
say "  API key   in $home/api-key"
say "  accounts  $(<"$home/signer/payer") (payer), $(<"$home/signer/treasury") (treasury) on chain 31337"
say "  token     $(json_field "$home/chain/tokens.json" .tokens.TUSD.address) (TUSD, 6 decimals)"
say "  chain     $chain_rpc  $chain_ws"
say "  database  $database_app"
say "  sandbox   $sandbox_url        (bank and exchange)"
say "  logs      $logs"
say "Ctrl-C stops everything."
while running anvil && running signer && running server && running sandbox; do
  sleep 1 8>&-
done
for name in anvil signer server sandbox; do
  running "$name" || fail "the $name ended by itself; see $logs/$name.log"
done
