# Sourced by run.sh: the signer, the server and what they need. Uses $home, $pids, $logs, $database_admin, $database_app, $chain_rpc,
# $chain_ws.
# shellcheck shell=bash

# cli <command...>: chainexec with this run's configuration. CHAINEXEC_DATABASE means an administrator's connection to run.sh and the
# service's own to the tool, so it is not passed on.
cli() { env -u CHAINEXEC_DATABASE CHAINEXEC_CONFIG="$home/config.json" dotnet src/ChainExec.Cli/bin/Release/net10.0/chainexec.dll "$@"; }

# One pass over the projects that run; the tests are not needed here.
build_services() {
  dotnet restore eng/services.slnf --locked-mode --nologo -v quiet && dotnet_build eng/services.slnf
}

migrate_database() { CHAINEXEC_ADMIN_DATABASE="$database_admin" cli migrate; }

random_hex() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }

signer_dll() { printf 'src/ChainExec.Signer/bin/Release/net10.0/chainexec-signer.dll'; }

# Password, token, keys and policy of a signer for this machine, made once. The password lies beside the keystore: these are keys of a
# local chain. Sets signer_socket.
prepare_signer() {
  local folder="$home/signer" old_umask
  old_umask="$(umask)"
  umask 077
  mkdir -p "$folder/keys"
  [[ -f $folder/password ]] || random_hex >"$folder/password"
  [[ -f $folder/token ]] || random_hex >"$folder/token"
  local name
  for name in payer treasury; do
    [[ -f $folder/$name ]] && continue
    # A key whose address was never recorded belongs to a run that was killed right here: nobody knows it, nothing lies there.
    rm -f "$folder/keys/$name.json"
    dotnet "$(signer_dll)" keygen --keystore "$folder/keys" --password-file "$folder/password" --name "$name" --cost light \
      | grep -oE '0x[0-9a-fA-F]{40}' | head -n 1 >"$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
  done
  node -e '
    const tokens = JSON.parse(require("fs").readFileSync(process.argv[1])).tokens;
    const contracts = {};
    for (const [name, { address }] of Object.entries(tokens)) {
      contracts[address] = {
        name, functions: ["transfer(address,uint256)", "approve(address,uint256)"],
        max_per_call: "100000000000", max_per_day: "10000000000000", destinations: ["*"],
      };
    }
    const native = { max_per_call: "1000000000000000000", max_per_day: "100000000000000000000", destinations: ["*"] };
    const chain = { contracts, native, max_fee_per_transaction: "100000000000000000" };
    console.log(JSON.stringify({ version: 1, chains: { 31337: chain } }, null, 2));' "$home/chain/tokens.json" >"$folder/policy.json"
  umask "$old_umask"
  # A Unix socket's path holds 107 characters at most.
  signer_socket="$folder/s"
  if ((${#signer_socket} > 100)); then
    signer_socket="/tmp/chainexec-$(id -u)-$(printf '%s' "$home" | sha256sum | cut -c1-16)/s"
    install -d -m 700 "$(dirname "$signer_socket")"
  fi
}

signer_ready_or_gone() { not_running signer || grep -q 'Signer ready' "$logs/signer.log"; }

start_signer() {
  local folder="$home/signer"
  # Without diagnostics nobody else's process can attach to the one that holds keys.
  launch signer TERM "$logs/signer.log" env DOTNET_EnableDiagnostics=0 dotnet "$(signer_dll)" run --socket "$signer_socket" \
    --token-file "$folder/token" --keystore "$folder/keys" --password-file "$folder/password" --policy "$folder/policy.json" \
    --journal "$folder/journal"
  wait_until 60 signer_ready_or_gone
  running signer || { tail -n 5 "$logs/signer.log"; return 1; }
}

# The sandbox's address and the secret of its webhooks, known to the server before either runs. Sets sandbox_url.
prepare_sandbox() {
  mkdir -p "$home/sandbox"
  [[ -s $home/sandbox/secret ]] \
    || (umask 077 && printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64 -w 0)" >"$home/sandbox/secret")
  sandbox_url="http://127.0.0.1:$(free_port)"
}

write_config() {
  DATABASE="$database_app" SOCKET="$signer_socket" TOKEN="$home/signer/token" RPC="$chain_rpc" WS="$chain_ws" \
    SANDBOX="$sandbox_url" SECRET="$home/sandbox/secret" node -e '
    const { DATABASE, SOCKET, TOKEN, RPC, WS, SANDBOX, SECRET } = process.env;
    console.log(JSON.stringify({
      Storage: { ConnectionString: DATABASE },
      Signer: { SocketPath: SOCKET, TokenFile: TOKEN },
      // Bank and exchange are the sandbox here, and sign with one secret.
      Flows: { Inbound: [{ Provider: "exchange", SecretFiles: SECRET }, { Provider: "bank", SecretFiles: SECRET }] },
      Payments: { Exchange: { Address: SANDBOX } },
      Chains: [{
        Id: 31337, Name: "local", NativeSymbol: "ETH", PollInterval: "00:00:00.500",
        // One local node: that one provider decides is declared, not assumed.
        Finality: { Mode: "tag", Quorum: 1 },
        Providers: [{ Name: "anvil", Http: RPC, WebSocket: WS }],
      }],
    }, null, 2));' | (umask 077 && cat >"$home/config.json")
}

# create_key <owner> <file>: once; a key cannot be shown again.
create_key() {
  [[ -s $2 ]] && return
  (umask 077 && cli key create --owner "$1" --name run.sh >"$2.new")
  mv "$2.new" "$2"
}

# The owners, accounts, tokens and API keys of the demonstration; each is found again on the next run.
register() {
  cli owner create house
  cli owner create acme
  cli account register --owner acme --chain 31337 --address "$(<"$home/signer/payer")"
  cli account register --owner acme --chain 31337 --address "$(<"$home/signer/treasury")"
  local name address
  while read -r name address; do
    cli asset add --chain 31337 --contract "$address" --symbol "$name" --decimals 6
  done < <(node -e '
    for (const [name, { address }] of Object.entries(JSON.parse(require("fs").readFileSync(process.argv[1])).tokens))
      console.log(name, address);' "$home/chain/tokens.json")
  cli credit set --owner acme --limit 1000000 --reason 'instant deposits of the demonstration'
  create_key acme "$home/api-key"
  create_key house "$home/house-key"
}

http_ok() { node -e 'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))' "$1"; }

server_ready_or_gone() { not_running server || http_ok "$server_url/health/ready"; }

start_server() {
  local wanted="${CHAINEXEC_PORT:-$(cat "$home/server.port" 2>/dev/null || echo 0)}" port
  port="$(free_port "$wanted")"
  [[ -z ${CHAINEXEC_PORT:-} || $port == "$CHAINEXEC_PORT" ]] || { say "port $CHAINEXEC_PORT is taken"; return 1; }
  printf '%s\n' "$port" >"$home/server.port"
  server_url="http://127.0.0.1:$port"
  launch server TERM "$logs/server.log" dotnet src/ChainExec.Server/bin/Release/net10.0/ChainExec.Server.dll \
    --config "$home/config.json" --urls "$server_url"
  wait_until 60 server_ready_or_gone || { tail -n 20 "$logs/server.log"; return 1; }
  running server || { tail -n 20 "$logs/server.log"; return 1; }
}

sandbox_ready_or_gone() { not_running sandbox || http_ok "$sandbox_url/truth"; }

# Every fifth request or webhook goes wrong in some way. Ids differ from those of earlier runs: what it told then is in the database.
start_sandbox() {
  launch sandbox TERM "$logs/sandbox.log" env CHAINEXEC_Sandbox__Target="$server_url" CHAINEXEC_Sandbox__SecretFile="$home/sandbox/secret" \
    CHAINEXEC_Sandbox__Run="$(now_ms)-" CHAINEXEC_Sandbox__Mischief=20 CHAINEXEC_Sandbox__SettleAfter=00:00:03 \
    dotnet src/ChainExec.Sandbox/bin/Release/net10.0/chainexec-sandbox.dll --urls "$sandbox_url"
  wait_until 30 sandbox_ready_or_gone || { tail -n 20 "$logs/sandbox.log"; return 1; }
  running sandbox || { tail -n 20 "$logs/sandbox.log"; return 1; }
}
