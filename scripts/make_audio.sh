#!/bin/sh
# Speaks the built-in announcements anew. Needs espeak-ng and lame (Debian: apt-get install espeak-ng lame).
set -eu

audio=$(dirname "$0")/../src/webhook_edge/audio
wave=$(mktemp)
trap 'rm -f "$wave"' EXIT

say() {
    espeak-ng -v en-gb+f3 -s 145 -p 42 -a 120 -w "$wave" "$2"
    lame --quiet -t -m m --resample 16 -b 16 "$wave" "$audio/$1.mp3"
}

say not-in-service "The number you have dialled is not in service. Please check the number and try again."
say not-allowed "This call cannot be connected. Please call from the phone that this number was given to."
say session-ended "The contact that this number was given for has ended, so your call cannot be connected."
say temporarily-unavailable "We cannot connect your call at the moment. Please try again in a few minutes."
say call-recorded "Please note that this call is recorded."
say enter-pin "Please enter your pin, followed by the hash key."
say pin-wrong "That was not right. Please enter your pin again, followed by the hash key."
