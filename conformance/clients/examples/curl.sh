#!/usr/bin/env bash
# curl and sed, as a script has them: bash conformance/clients/examples/curl.sh
# Shows the text of a stream, and fails when curl does. What sed cannot know it breaks: other line ends, an early end.
set -euo pipefail
body=$(printf '{"model":"%s","messages":[{"role":"user","content":"%s"}],"stream":true}' "$KIT_MODEL" "$KIT_PROMPT")
curl -sSN --fail-with-body "$OPENAI_BASE_URL/chat/completions" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -H 'Content-Type: application/json' -d "$body" |
  sed -un -e 's/^data: .*"content":"\(.*\)"},"finish_reason":null.*/\1/p;t' -e '/^data: /!{/./p}' |
  { text=$(cat) && printf '%b' "$(printf '%s' "$text" | tr -d '\n' | sed 's/\\"/"/g')"; }
