#!/bin/bash
# Zone files with every type and form: named-checkzone and ldns-read-zone find the
# same records in them as we do, and find them again in what we write.
. "$(dirname "$0")/lib.sh"

records=$(program records)
[ -n "$records" ] || skip "$build holds no tests/net/records; tools/test builds it"
for tool in named-checkzone ldns-read-zone; do
	command -v $tool >/dev/null || skip "$tool is not installed; tools/deps test installs it"
done

# Each puts the records of a file, in its own writing, into another file.
# ours FILE TO [-g]
ours() {
	"$records" ${3:+"$3"} example.org. "$1" >"$2" 2>"$tmp/ours.log" ||
		fail "we do not read all of $1: $(cat "$tmp/ours.log")"
}

# The records are to be read, not to make sense.
bind() {
	named-checkzone -i none -k ignore -m ignore -M ignore -n ignore -S ignore -W ignore \
		-r ignore -D -o "$2" -w "$(dirname "$1")" example.org "$(basename "$1")" \
		>"$tmp/bind.log" 2>&1 || fail "named-checkzone refuses $1: $(cat "$tmp/bind.log")"
}

ldns() {
	ldns-read-zone -c "$1" >"$2" 2>"$tmp/ldns.log" ||
		fail "ldns-read-zone refuses $1: $(cat "$tmp/ldns.log")"
}

# same FILE FILE SENTENCE
same() {
	diff -u <(LC_ALL=C sort -u "$1") <(LC_ALL=C sort -u "$2") >"$tmp/difference" ||
		fail "$3: $(head -n 40 "$tmp/difference")"
	[ -s "$1" ] || fail "$3: there are no records"
}

# judge READER FILE: our writing read by the other is what the other read in the
# first place; the other's writing read by us is what we read.
judge() {
	"$1" "$2" "$tmp/theirs.zone"
	ours "$2" "$tmp/ours.zone"
	"$1" "$tmp/ours.zone" "$tmp/again.zone"
	same "$tmp/theirs.zone" "$tmp/again.zone" "$1 reads $2 otherwise than we do"
	ours "$2" "$tmp/read" -g
	ours "$tmp/theirs.zone" "$tmp/read_again" -g
	same "$tmp/read" "$tmp/read_again" "we read what $1 writes of $2 otherwise"
	note "$1: $(wc -l <"$tmp/read") records"
}

judge bind "$root/tests/net/reader_plain.zone"
judge ldns "$root/tests/net/reader_plain.zone"
judge bind "$root/tests/net/reader_more.zone"
