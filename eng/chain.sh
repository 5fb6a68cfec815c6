# Sourced by run.sh: the local chain with our test tokens, kept between runs. Uses $home, $pids, $logs.
# shellcheck shell=bash

json_field() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1]))'"$2" "$1"; }

chain_ready_or_gone() { not_running anvil || [[ -f $home/chain/tokens.json ]]; }

start_chain() {
  mkdir -p "$home/chain"
  rm -f "$home/chain/tokens.json" "$home/chain/anvil.json"
  local wanted="${CHAINEXEC_ANVIL_PORT:-$(cat "$home/anvil.port" 2>/dev/null || echo 0)}" port
  port="$(free_port "$wanted")"
  [[ -z ${CHAINEXEC_ANVIL_PORT:-} || $port == "$CHAINEXEC_ANVIL_PORT" ]] || { say "port $CHAINEXEC_ANVIL_PORT is taken"; return 1; }
  printf '%s\n' "$port" >"$home/anvil.port"
  launch anvil TERM "$logs/anvil.log" node anvil/start.mjs --dir "$home/chain" --port "$port" --deploy
  wait_until 60 chain_ready_or_gone
  running anvil || { tail -n 5 "$logs/anvil.log"; return 1; }
  chain_rpc="$(json_field "$home/chain/anvil.json" .rpc)"
  chain_ws="$(json_field "$home/chain/anvil.json" .ws)"
}
