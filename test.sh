#!/usr/bin/env bash
# Everything that CI runs: restore, build with warnings as errors, every test. The last line is `N passed, N failed, N skipped` alone.
#   ./test.sh [--full] [filter]
# --full adds what takes longer (CHAINEXEC_TEST_FULL=1 for the tests); a filter runs only tests whose full name contains it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source eng/common.sh
source eng/tools.sh

filter=""
for argument in "$@"; do
  case "$argument" in
    --full) export CHAINEXEC_TEST_FULL=1 ;;
    -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
    -*) fail "unknown option $argument" ;;
    *) filter="$argument" ;;
  esac
done

# One test project may take this long; a test that hangs must not hang the build.
project_seconds_max=2400
results="$PWD/TestResults"
log="$results/build.log"
current=""
passed=0 failed=0 skipped=0
started="$(now_ms)"

cleanup() {
  [[ -n $current ]] && kill "$current" 2>/dev/null && wait "$current" 2>/dev/null
  stop_compiler
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Sums one results file into passed, failed and skipped. What was found but has no outcome of its own was skipped.
count() {
  local total ok bad
  read -r total ok bad < <(awk '
    match($0, /<Counters [^>]*>/) {
      line = substr($0, RSTART, RLENGTH)
      n = split(line, parts, /[ "]+/)
      for (i = 1; i < n; i++) if (parts[i] ~ /=$/) value[substr(parts[i], 1, length(parts[i]) - 1)] += parts[i + 1]
    }
    END { print value["total"] + 0, value["passed"] + 0, value["failed"] + value["error"] + value["timeout"] + value["aborted"] + 0 }' "$1")
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ok - bad))
  found=$total
}

run_project() {
  local project="$1" name status=0 found=0 before=$failed at
  name="$(basename "$project" .csproj)"
  at="$(now_ms)"
  say "== $name"
  timeout --kill-after=10 "$project_seconds_max" dotnet test "$project" --configuration Release --no-build --nologo \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" ${filter:+--filter "FullyQualifiedName~$filter"} &
  current=$!
  wait "$current" || status=$?
  current=""
  [[ -f $results/$name.trx ]] && count "$results/$name.trx"
  # A crashed or hung test host reports no failed test, and a project in which no test was found proves nothing: both are a failure.
  if ((status != 0 && failed == before)); then
    say "$name ended with exit code $status without naming a failed test"
    failed=$((failed + 1))
  elif ((found == 0)) && [[ -z $filter ]]; then
    say "$name ran no test"
    failed=$((failed + 1))
  fi
  say "   $found tests, $(seconds $(($(now_ms) - at)))"
}

rm -rf "$results"
mkdir -p "$results"
say "ChainExec: build and test"
require_tools with-postgres || exit 1
step 'packages of the local chain' "$log" anvil/install.sh
step 'packages of the second node' "$log" anvil/hardhat/install.sh
step 'packages of the reference' "$log" tests/ChainExec.Ethereum.Tests/Differential/install.sh
step 'restore (locked)' "$log" dotnet restore ChainExec.sln --locked-mode --nologo -v quiet
step 'build (warnings are errors)' "$log" dotnet_build ChainExec.sln
stop_compiler
for project in tests/*/*Tests.csproj; do
  run_project "$project"
done
((passed + failed > 0)) || { say "no test matches '$filter'"; failed=1; }
say "took $(seconds $(($(now_ms) - started)))"
say "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
