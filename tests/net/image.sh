#!/bin/bash
# A zone is compiled and served from the image; a new image takes its place beside
# queries; one that is not what it should be is refused with a sentence.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
image=$tmp/dns.image

# compile: the zone file as it is now.
compile() {
	"$dns" compile --zone example.org="$tmp/dns.zone" -o "$image" >"$tmp/compile.log" 2>&1 ||
		fail "it was not compiled: $(cat "$tmp/compile.log")"
}

# told STATUS PATTERN WORD...: what the command prints, and how it ends.
told() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	"$@" >"$tmp/told.log" 2>&1 || got=$?
	expect "$wanted" $got "exit status of $*: $(cat "$tmp/told.log")"
	grep -qE -- "$pattern" "$tmp/told.log" || fail "$* does not say '$pattern': $(cat "$tmp/told.log")"
}

# How the command is called, and what it does not take.
told 2 'both --zone ORIGIN=FILE and -o IMAGE are required' "$dns" compile --zone example.org=x
told 2 'a value is missing after -o' "$dns" compile -o
told 2 '--zone takes ORIGIN=FILE, not x' "$dns" compile --zone x -o y
told 2 'the origin is not a domain name' "$dns" compile --zone a..b=x -o y
told 2 'an image holds one zone' "$dns" compile --zone a=x --zone b=y -o z
told 2 'there is no option --no' "$dns" compile --no x
told 2 '"none" is not a check' "$dns" compile --as none=error
told 1 'nowhere: the zone file cannot be read' "$dns" compile --zone a="$tmp/nowhere" -o "$image"
told 1 'image cannot be written: No such file' "$dns" compile --zone example.org="$tmp/dns.zone" -o "$tmp/no/image"
[ ! -e "$image" ] || fail "an image was left behind"

compile
grep -q "^$image: serial 1, 27 records, [0-9]* names, [0-9]* bytes" "$tmp/compile.log" ||
	fail "compile says $(cat "$tmp/compile.log")"
expect 600 "$(stat -c %a "$image")" "rights of the image"
sed -i 's|"file": "[^"]*"|"image": "dns.image"|' "$tmp/dns.json"
told 0 '^1 zone, 27 records: 0 errors' "$dns" check -c "$tmp/dns.json"
serve dns "$server"
answers "$client"
expect '"anything"' "$(ask "$client" a.wild.example.org TXT)" "a wildcard of the image"
grep -q "$image" "/proc/${pid_of[dns]}/maps" || fail "the image is not mapped"

# New ones beside queries; what was mapped stays until the reload.
serial() {
	ask "$client" example.org SOA | cut -d ' ' -f 3
}
serves() {
	[ "$(serial)" = "$1" ]
}
mkfifo "$tmp/stop"
within "$client" python3 tests/net/queries.py 10.53.0.2 60 <"$tmp/stop" >"$tmp/queries.log" 2>&1 &
pid_of[queries]=$!
exec 3>"$tmp/stop"
for round in $(seq 2 60); do
	zone dns.zone "$round"
	compile
	"$ctl" "$tmp/dns.sock" reload >"$tmp/told.log" 2>&1 || fail "reload: $(cat "$tmp/told.log")"
done
serves 60 || fail "serial 60 is not served, but $(serial)"

# refused PATTERN: the image as it is now; the one before stays.
refused() {
	told 1 "$1" "$ctl" "$tmp/dns.sock" reload
	told 0 '^example.org. +60 .* older than its file ' "$ctl" "$tmp/dns.sock" zones
	serves 60 || fail "serial 60 is not served any more, but $(serial)"
	told 1 "$1" "$dns" check -c "$tmp/dns.json"
}

# other COMMAND...: in the image's place a copy of the sound one that the command has
# changed. What is mapped must not be written to.
other() {
	cp "$tmp/sound" "$tmp/other"
	"$@"
	mv "$tmp/other" "$image"
}
poke() {
	printf '%b' "$2" | dd of="$tmp/other" bs=1 seek="$1" conv=notrunc status=none
}
sleep 0.1
compile
cp "$image" "$tmp/sound"
other truncate -s -64 "$tmp/other"
refused 'dns.image: the image has [0-9]+ bytes, not the [0-9]+ that were written'
other poke 700 '\377\377'
refused 'dns.image: the image is damaged: its checksum is wrong; compile it again with wadi-dns compile'
other poke 8 '\143'
refused 'dns.image: the image has version 99, this program needs version 4; compile it again'
other poke 12 '\001\002\003\004'
refused 'dns.image: the image was made by another program or for another machine; compile it again'
other cp "$tmp/dns.zone" "$tmp/other"
refused 'dns.image: this is not a zone image'
other chmod 666 "$tmp/other"
refused 'dns.image: the image cannot be mapped: users other than its owner may write to it'
rm "$image"
refused 'dns.image: the image cannot be mapped: No such file'
compile
zone dns.zone 61
# stale: the image is sound, and served until a newer one is compiled.
stale() {
	told 0 'warnings +1' "$ctl" "$tmp/dns.sock" reload
	told 0 '^example.org. +60 .* older than its file ' "$ctl" "$tmp/dns.sock" zones
	grep -q 'warning: .*dns.image: the image is stale: .*/dns.zone has changed since it was compiled' "$tmp/dns.log" ||
		fail "the log does not say that the image is stale"
	serves 60 || fail "serial 60 is not served any more, but $(serial)"
	told 0 'warning: the image is stale' "$dns" check -c "$tmp/dns.json"
}
stale
echo "www A not-an-address" >>"$tmp/dns.zone"
told 1 'dns.zone:[0-9]+:7: ' "$dns" compile --zone example.org="$tmp/dns.zone" -o "$image"
stale
zone dns.zone 61
compile
"$ctl" "$tmp/dns.sock" reload >"$tmp/told.log" 2>&1 || fail "reload: $(cat "$tmp/told.log")"
serves 61 || fail "serial 61 is not served, but $(serial)"

# What must not be done: copied over, and cut short, while it is mapped. It goes on being
# served, from a copy that is made before.
mapped() {
	grep -q "$image" "/proc/${pid_of[dns]}/maps"
}
mapped || fail "the image is not mapped"
cp "$tmp/dns.zone" "$image"
mapped && fail "the image is mapped while another file was copied over it"
grep -q "dns.image, which is served, for writing: the server now serves a copy of its [0-9]* bytes" "$tmp/dns.log" ||
	fail "the log does not tell who writes to an image"
serves 61 || fail "serial 61 is not served, but $(serial)"
told 1 'dns.image: this is not a zone image' "$ctl" "$tmp/dns.sock" reload
serves 61 || fail "serial 61 is not served, but $(serial)"
rm "$image"
compile
told 0 '^example.org. +loaded +61' "$ctl" "$tmp/dns.sock" reload
poll 5 truncate -s 100 "$image" || fail "it cannot be cut short" # the first time it is told to try again
serves 61 || fail "serial 61 is not served, but $(serial)"
told 1 'the image has 100 bytes, not the' "$ctl" "$tmp/dns.sock" reload
exec 4>>"$image"
told 1 'dns.image: the image cannot be mapped: a process has it open for writing' "$ctl" "$tmp/dns.sock" reload
exec 4>&-
compile
told 0 '^example.org. +loaded +61' "$ctl" "$tmp/dns.sock" reload

exec 3>&-
queries=${pid_of[queries]}
unset 'pid_of[queries]'
wait "$queries" || fail "queries were lost during reloads: $(cat "$tmp/queries.log")"
note "$(cat "$tmp/queries.log")"
ls "$tmp"/dns.image.* 2>/dev/null && fail "temporary files are left"

# By hand: an image is added, stays one at a reload, and is served when it is stale, too.
cat >"$tmp/hand.zone" <<-END
	\$TTL 300
	@ SOA a b 1 3600 900 604800 300
	@ NS a.example.net.
	www A 192.0.2.81
END
hand() {
	"$dns" compile --zone hand.example="$tmp/hand.zone" -o "$tmp/hand.image" >"$tmp/told.log" 2>&1 ||
		fail "it was not compiled: $(cat "$tmp/told.log")"
}
sleep 0.1
hand
told 1 'use zone-add ORIGIN image FILE, not img' "$ctl" "$tmp/dns.sock" zone-add hand.example img "$tmp/hand.image"
told 1 'give the absolute path of the file' "$ctl" "$tmp/dns.sock" zone-add hand.example image hand.image
told 1 'hand.zone: this is not a zone image' "$ctl" "$tmp/dns.sock" zone-add hand.example image "$tmp/hand.zone"
told 1 'hand.image: .*it is an image of wadi-dns compile; give it as image' "$ctl" "$tmp/dns.sock" zone-add hand.example "$tmp/hand.image"
told 1 'the image holds the zone hand.example., not else.example.' \
	"$ctl" "$tmp/dns.sock" zone-add else.example image "$tmp/hand.image"
told 0 '^hand.example. +added +1' "$ctl" "$tmp/dns.sock" zone-add hand.example image "$tmp/hand.image"
expect 192.0.2.81 "$(ask "$client" www.hand.example A)" "an image that was added"
sleep 0.1
sed -i 's/a b 1/a b 2/' "$tmp/hand.zone"
told 0 '^hand.example. +loaded +1' "$ctl" "$tmp/dns.sock" reload
told 0 '^hand.example. +1 .* older than its file ' "$ctl" "$tmp/dns.sock" zones
hand
told 0 '^hand.example. +loaded +2' "$ctl" "$tmp/dns.sock" reload
told 0 '^hand.example. +removed' "$ctl" "$tmp/dns.sock" zone-remove hand.example

# Without the zone file an image is served; one that is stale, too, from the start on.
stop dns
expect 0 "$status" "exit status of the server"
rm "$tmp/dns.zone"
told 0 '^1 zone, 27 records' "$dns" check -c "$tmp/dns.json"
zone dns.zone 62
serve dns "$server"
grep -q 'warning: .*: the image is stale: ' "$tmp/dns.log" || fail "a start does not say that the image is stale"
told 0 '^example.org. +61 .* older than its file ' "$ctl" "$tmp/dns.sock" zones
