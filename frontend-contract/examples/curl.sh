#!/bin/sh
# Reads a level, corrects it, sends the same correction again, and looks at the level live: with curl alone.
#
#   export TOKEN=$(.venv/bin/python -m server token --tenant meridian --role manager)
#   sh frontend-contract/examples/curl.sh OUT-TENT-1P-ORG LDS-DC     # a SKU, and the code of a location
#
# That is the demo of `make run`; API names another service. Each answer is a line of JSON. Operations are named by their
# hashes, which the service knows: docs/persisted-documents.md.
set -eu
[ $# -eq 2 ] && [ -n "${TOKEN-}" ] || { echo "usage: TOKEN=… sh $0 SKU LOCATION" >&2; exit 2; }
SKU=$1 LOCATION=$2 KEY=${KEY:-correction-$$}
API=${API:-http://127.0.0.1:5005}
CONTRACT=$(dirname "$0")/..

id_of() { grep -B 1 "\"name\": \"$1\"," "$CONTRACT/persisted-documents.json" | head -n 1 | cut -d '"' -f 4; }

post() { # PATH OPERATION VARIABLES
  curl -sN "$API$1" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
    -d "{\"documentId\": \"sha256:$(id_of "$2")\", \"variables\": $3}"
}

ask() { post /graphql "$@"; echo; }

correction="{\"input\": {\"idempotencyKey\": \"$KEY\", \"sku\": \"$SKU\", \"location\": \"$LOCATION\", \"quantityChange\": -1, \"reasonCode\": \"damaged\"}}"
ask StockLevels "{\"filter\": {\"skus\": [\"$SKU\"]}, \"first\": 5}"
ask AdjustStock "$correction"
# Whatever became of the first answer: under the same key it has one effect, and is told again.
ask AdjustStock "$correction"
# The first event, at which sed ends; curl does so when it has another to hand on.
post /graphql/stream StockLevelChanged "{\"filter\": {\"skus\": [\"$SKU\"]}, \"snapshot\": true}" | sed -n '/^data: /{s///p;q;}'
