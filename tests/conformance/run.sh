#!/usr/bin/env bash
# The official conformance suites, the inspector and the TypeScript clients against the server, in both protocol eras.
#
#   tests/conformance/run.sh [FOLDER]
#
# Needs npm and the package installed in .venv. Node 22 and the suites are installed into FOLDER (default: a temporary
# one); give a folder to keep them for the next run. Takes about two minutes. Ends with 0 when everything passed.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD here=$root/tests/conformance
work=${1:-$(mktemp -d)}
mkdir -p "$work/old" "$work/new"
home=$(mktemp -d)
server= fixtures=
ended() {
  for process in $server $fixtures; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}
trap ended EXIT
export BOUNDED_HOME="$home/bounded"
unset OPENAI_API_KEY OPENAI_BASE_URL BOUNDED_MODEL BOUNDED_SITE BOUNDED_MCP_TOKEN

install() { # FOLDER PACKAGE...
  local folder=$1
  shift
  [ -x "$folder/node_modules/.bin/conformance" ] && return
  (cd "$folder" && npm init -y >/dev/null && npm install --silent --no-fund --no-audit node@22 "$@" &&
    { npm install-scripts approve node >/dev/null 2>&1 || true; } && npm rebuild --silent node)
}
install "$work/old" @modelcontextprotocol/conformance@0.1.16
install "$work/new" @modelcontextprotocol/conformance@0.2.0-alpha.12 @modelcontextprotocol/inspector@2.12.0 \
  @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2
export PATH="$work/new/node_modules/.bin:$PATH"
node --version

free_port() { .venv/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_up() { # URL: any answer will do
  for _ in $(seq 100); do curl -s -o /dev/null "$1" && return; sleep 0.2; done
  echo "nothing answers at $1" >&2 && return 1
}
port=$(free_port)
.venv/bin/bounded mcp --http "127.0.0.1:$port" &
server=$!
fixture_port=$(free_port)
.venv/bin/python "$here/fixtures.py" "$fixture_port" 2>"$work/fixtures.log" &
fixtures=$!
until_up "http://127.0.0.1:$port/health"
until_up "http://127.0.0.1:$fixture_port/mcp"
real="http://127.0.0.1:$port/mcp" fixture="http://127.0.0.1:$fixture_port/mcp"

failed=0
said() { grep -E '^(✓|✗|Total)' "$1" || true; }
check() { # NAME COMMAND...
  local name=$1 log=$work/log
  shift
  if "$@" >"$log" 2>&1; then
    echo "ok   $name: $(said "$log" | tail -n 1)"
  else
    failed=1
    echo "FAIL $name"
    tail -n 30 "$log"
  fi
}

# What needs no fixtures, on the product itself.
handshake="server-initialize server-session-lifecycle ping completion-complete tools-list resources-list prompts-list
  server-sse-multiple-streams dns-rebinding-protection"
modern="completion-complete tools-list resources-list prompts-list server-sse-multiple-streams dns-rebinding-protection
  caching http-header-validation sep-2164-resource-not-found"
for scenario in $handshake; do
  check "bounded, 2025-11-25, $scenario" "$work/new/node_modules/.bin/conformance" server --url "$real" \
    --scenario "$scenario" --spec-version 2025-11-25 -o "$work/out"
done
for scenario in $modern; do
  check "bounded, 2026-07-28, $scenario" "$work/new/node_modules/.bin/conformance" server --url "$real" \
    --scenario "$scenario" --spec-version 2026-07-28 -o "$work/out"
done
for scenario in server-initialize ping completion-complete tools-list resources-list prompts-list \
  dns-rebinding-protection; do
  check "bounded, suite 0.1.16, $scenario" "$work/old/node_modules/.bin/conformance" server --url "$real" \
    --scenario "$scenario" -o "$work/out"
done

# Everything, on the same server class with the fixtures.
for version in 2025-11-25 2026-07-28; do
  check "fixtures, $version, all" "$work/new/node_modules/.bin/conformance" server --url "$fixture" --suite all \
    --spec-version "$version" --expected-failures "$here/baseline.yml" -o "$work/out"
done
check "fixtures, suite 0.1.16, all" "$work/old/node_modules/.bin/conformance" server --url "$fixture" --suite all \
  --expected-failures "$here/baseline-0.1.16.yml" -o "$work/out"

# Real clients.
inspect() { mcp-inspector --cli "$@" --format json -q; }
for era in legacy modern; do
  for target in "$real" ".venv/bin/bounded mcp"; do
    for method in tools/list resources/list resources/templates/list prompts/list; do
      strict=$([ "$method" = tools/list ] && echo --strict || true)
      # shellcheck disable=SC2086  # a command of two words, an option that may be absent
      check "inspector, $era, ${target%% *}, $method" inspect $target -e "BOUNDED_HOME=$BOUNDED_HOME" \
        --protocol-era $era --method $method $strict
    done
    # shellcheck disable=SC2086
    check "inspector, $era, ${target%% *}, tools/call" inspect $target -e "BOUNDED_HOME=$BOUNDED_HOME" \
      --protocol-era $era --method tools/call --tool-name search_posts --tool-arg query=leapfrog
    # shellcheck disable=SC2086
    check "inspector, $era, ${target%% *}, resources/read" inspect $target -e "BOUNDED_HOME=$BOUNDED_HOME" \
      --protocol-era $era --method resources/read --uri blog://status
    # shellcheck disable=SC2086
    check "inspector, $era, ${target%% *}, prompts/get" inspect $target -e "BOUNDED_HOME=$BOUNDED_HOME" \
      --protocol-era $era --method prompts/get --prompt-name explain --prompt-args topic=leapfrog
  done
done
cp "$here/clients.mjs" "$work/new/clients.mjs"
check "TypeScript clients" node "$work/new/clients.mjs" "$real" "$root/.venv/bin/bounded"
cat "$work/log"
exit $failed
