# Sourced by run.sh and test.sh: progress, free ports, and processes that are stopped again.
# shellcheck shell=bash

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
# A compiler server of this run's own, so that it can be ended with the run without ending somebody else's.
compiler_id="chainexec-$$"

now_ms() { date +%s%3N; }

seconds() { awk -v ms="$1" 'BEGIN { printf "%.1f s", ms / 1000 }'; }

say() { printf '%s\n' "$*"; }

fail() {
  printf 'ERROR: %s\n' "$*" >&2
  exit 1
}

# step <what> <log file> <command...>: runs the command in this shell, its output in the log, and says what it took.
step() {
  local what="$1" log="$2" started
  shift 2
  started="$(now_ms)"
  [[ -t 1 ]] && printf '  %-34s ...' "$what"
  if "$@" >>"$log" 2>&1; then
    [[ -t 1 ]] && printf '\r'
    printf '  %-34s %9s\n' "$what" "$(seconds $(($(now_ms) - started)))"
  else
    [[ -t 1 ]] && printf '\n'
    tail -n 40 "$log" >&2
    fail "$what failed; the whole log is $log"
  fi
}

# A TCP port of the loopback interface that nobody listens on; the given one if it is free.
free_port() {
  node -e '
    const { createServer } = require("net");
    const listen = (port, otherwise) => {
      const server = createServer();
      server.once("error", otherwise);
      server.listen(port, "127.0.0.1", () => { const taken = server.address().port; server.close(() => console.log(taken)); });
    };
    listen(Number(process.argv[1] || 0), () => listen(0, (error) => { throw error; }));' "${1:-0}"
}

# wait_until <seconds> <command...>: until the command succeeds.
wait_until() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.1
  done
}

# Field 22 of /proc/PID/stat, the start time: with the process id it names one process for ever, the id alone does not.
# The command in parentheses may hold blanks itself, so what counts is what follows the last parenthesis.
start_time() {
  local stat
  stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 1
  set -- ${stat##*) }
  [[ $1 != Z ]] && printf '%s' "${20}"
}

# remember <name> <pid>: in $pids, for this run's end and for the next run, should this one be killed.
remember() { printf '%s %s\n' "$2" "$(start_time "$2")" >"$pids/$1"; }

running() {
  local pid started
  read -r pid started <"$pids/$1" 2>/dev/null && [[ -n $started && "$(start_time "$pid")" == "$started" ]]
}

not_running() { ! running "$1"; }

# stop <name> <signal> <seconds>: ends a remembered process, politely first.
stop() {
  local pid rest
  [[ -f $pids/$1 ]] || return 0
  if running "$1"; then
    read -r pid rest <"$pids/$1"
    kill -s "$2" "$pid" 2>/dev/null || true
    if ! wait_until "$3" not_running "$1"; then
      say "  $1 (process $pid) did not end within $3 s and is killed"
      kill -s KILL "$pid" 2>/dev/null || true
      wait_until 5 not_running "$1" || true
    fi
  fi
  rm -f "$pids/$1"
}

# launch <name> <signal at this shell's death> <log> <command...>: in a session of its own, so that a Ctrl-C in the terminal reaches this
# script alone and it stops things in order. The kernel signals the child when this script dies, also by SIGKILL.
launch() {
  local name="$1" at_death="$2" log="$3"
  shift 3
  setsid setpriv --pdeathsig "$at_death" "$@" >>"$log" 2>&1 </dev/null 8>&- &
  remember "$name" $!
}

dotnet_build() {
  dotnet build "$1" --configuration Release --no-restore --nologo -v quiet -warnaserror \
    "-p:SharedCompilationId=$compiler_id"
}

# The compiler server outlives `dotnet build` by ten minutes; it is found by the pipe name that only this run uses.
stop_compiler() {
  local entry
  for entry in /proc/[0-9]*/cmdline; do
    if { tr '\0' ' ' <"$entry"; } 2>/dev/null | grep -q -- "-pipename:$compiler_id"; then
      entry="${entry#/proc/}"
      kill "${entry%/cmdline}" 2>/dev/null || true
    fi
  done
}
