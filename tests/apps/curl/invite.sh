#!/bin/sh
# Invitations with curl: `invite.sh CHANNEL USER EMAIL`.
set -eu
channel=$1 user=$2 email=$3

call() {
    method=$1
    shift
    curl -sS -H "Authorization: Bearer $SLACK_BOT_TOKEN" "$SLACK_API_URL$method" "$@" # http://127.0.0.1:3999/api/…
    echo
}

call conversations.invite -d channel="$channel" -d users="$user"
call conversations.invite -d channel="$channel" -d users="$user"
call conversations.inviteShared -d channel="$channel" --data-urlencode emails="$email" -d external_limited=false
