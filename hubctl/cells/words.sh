#!/bin/sh
# `hubctl` in a cell. It opens no database: it lays its words into a folder of this worker alone and waits at a pipe for
# the answer, whose first line is the exit code. Whose words they are the hub knows from the folder.
umask 077
name=$(date +%s%N)-$$
gate=$HUBCTL_WORDS/$name.gate
if ! { mkfifo "$gate" && printf '%s\0' "$@" >"$HUBCTL_WORDS/.$name" && mv "$HUBCTL_WORDS/.$name" "$HUBCTL_WORDS/$name.words"; } 2>/dev/null; then
    echo "hubctl: the folder for words to the hub cannot be written: is the disk full?" >&2
    exit 1
fi
answer=$(timeout 60 cat "$gate" 2>/dev/null; echo .)
rm -f "$gate"
code=$(printf '%s' "$answer" | head -n 1)
text=$(printf '%s' "${answer%.}" | tail -n +2)
case $code in
0) printf '%s\n' "$text" ;;
[1-9]*)
    printf '%s\n' "$text" >&2
    exit "$code"
    ;;
*)
    echo "hubctl: the hub does not answer now. It takes your words up when it is back: do not repeat them." >&2
    exit 1
    ;;
esac
