#!/bin/bash
# Makes a database of one schema, and what the program of that time answered about
# it: make.sh GLOW NAME writes NAME.db.gz and NAME.answers.json. v1 was made by the
# program of commit 850db52, v2 by that of 4fbf2df, v6 by that of b59fd19, with
# rows of a full Glow's export, some of which wait for others, v11 by that of ad6446b, v13 by
# that of b4ff577.
# Such a file is made once, and never again.
# The tokens in v1 and v2 (1500, not 1507, and the digest of session_history.csv) follow
# the rule that came with schema 5: cached tokens are a part of the input.
set -euo pipefail
glow=$1 name=$2
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data GLOW_TOKEN=
db=$work/$name.db
on() { "$glow" "$@" --db "$db"; }

GLOW_TOKEN=secret-of-the-first-token-of-$name \
	"$glow" serve --db "$db" --timezone Asia/Ho_Chi_Minh --addr 127.0.0.1:8919 >"$work/log" &
until grep -q Ask: "$work/log"; do sleep 0.1; done
curl -s -o /dev/null http://127.0.0.1:8919/system/context -X POST -H 'Authorization: Bearer a-wrong-token'
kill %1 && wait %1

on system import --from moodle --department cs101 ../moodle/logstore_standard_log.csv >/dev/null
on system import v1.ndjson >/dev/null
on system import --from glow ../fullglow/problems.csv ../fullglow/grants.csv ../fullglow/groups.csv ../fullglow/runs.csv >/dev/null
on token create ana --role coordinator --department-ids cs101 >/dev/null
on token create lan --role ta --profile-id p-lan >/dev/null
on token create tool --role recorder >/dev/null
on token revoke tool >/dev/null
on system problem --type access --message 'Told by somebody.' --profile-id moodle-3 --idempotency-key once >/dev/null
on system resolve pr-lan >/dev/null
on system refresh --full >/dev/null
on system export -o "$work/all.zip" >/dev/null
on backup "$work/backup.db" >/dev/null

ask() { # PATH BODY COMMAND
	printf '{"path":"/system/%s","body":%s,"answer":%s},\n' "$1" "$2" "$(on system "$1" --json --body "$2")"
}
{
	echo '{"asked":['
	ask activity '{"interval":"month","compare":true}'
	ask activity '{"date_from":"2025-10-27","date_to":"2025-10-31","compare":true,"interval":"day"}'
	ask activity '{"department_ids":["bio"],"roles":["TA","coach"],"term":"2025-autumn"}'
	ask sessions '{"page_size":200}'
	ask sessions '{"department_ids":["cs101"],"sort_order":"asc","page":2,"page_size":10}'
	ask session '{"session_id":"s-lan"}'
	ask session '{"session_id":"s-kim"}'
	ask problems '{}'
	ask audit '{}'
	printf '{"path":"/system/tokens","body":{},"answer":%s}\n' "$(on token list --json)"
	printf '],\n"files":%s}\n' "$(unzip -p "$work/all.zip" manifest.json | python3 -c 'import json,sys; print(json.dumps(json.load(sys.stdin)["files"]))')"
} | python3 -c 'import json,sys; json.dump(json.load(sys.stdin), sys.stdout, indent=1, ensure_ascii=False)' >"$name.answers.json"

for kept in "$db"-*; do [ ! -e "$kept" ] || { echo "$kept is left" >&2; exit 1; }; done
gzip -9n <"$db" >"$name.db.gz"
