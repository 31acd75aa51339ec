#!/bin/bash
# Two servers map one image of 300,000 names and share its memory, until somebody writes
# over the file: then each has a copy of its own.
. "$(dirname "$0")/lib.sh"

names=300000
others=(wadi-second-$$ wadi-asker-$$)
netns "$server" "$client" "${others[@]}"
veth "$server" w0 "$client" w1
veth "${others[0]}" w0 "${others[1]}" w1
image=$tmp/big.image

for name in one two; do
	conf $name af_packet:w0
	sed -i 's|"file": "[^"]*"|"image": "big.image"|' "$tmp/$name.json"
done
seq -f 'n%06.0f A 192.0.2.7' 0 $((names - 1)) >>"$tmp/one.zone"
"$dns" compile --zone example.org="$tmp/one.zone" -o "$image" >"$tmp/compile.log" 2>&1 ||
	fail "it was not compiled: $(cat "$tmp/compile.log")"
serve one "$server"
serve two "${others[0]}"

# both_answer: from both, names of all parts of the image.
both_answer() {
	local number
	for number in 000000 123456 299999; do
		expect 192.0.2.7 "$(ask "$client" n$number.example.org A)" "the first server"
		expect 192.0.2.7 "$(ask "${others[1]}" n$number.example.org A)" "the second server"
	done
}

# memory NAME KIND...: KiB of these kinds that the process has of the image.
memory() {
	local pid=${pid_of[$1]}
	shift
	python3 - "/proc/$pid/smaps" "$image" "$@" <<-'END'
	import sys
	smaps, image, *kinds = sys.argv[1:]
	total, inside = dict.fromkeys(kinds, 0), False
	for line in open(smaps):
	    words = line.split()
	    if not words[0].endswith(":"):
	        inside = words[-1] == image
	    elif inside and words[0][:-1] in total:
	        total[words[0][:-1]] += int(words[1])
	print(*total.values())
	END
}

both_answer
size=$(($(stat -c %s "$image") / 1024))
for name in one two; do
	# Of a file on tmpfs, which has no disk to be written to, each page is dirty.
	read -r rss pss clean written private dirty < <(memory $name Rss Pss Shared_Clean Shared_Dirty Private_Clean Private_Dirty)
	shared=$((clean + written))
	note "$name: of $size KiB $rss resident, $pss its share, $shared shared, $((private + dirty)) its own"
	[ "$rss" -ge $((size * 99 / 100)) ] || fail "$name has mapped $rss KiB of $size"
	[ "$shared" -ge $((size * 99 / 100)) ] || fail "$name shares $shared KiB of $size"
	[ "$pss" -le $((size * 51 / 100)) ] || fail "$name pays for $pss KiB of $size"
	expect 0 "$dirty" "KiB that $name has written to"
done

cp "$tmp/compile.log" "$image"
both_answer
for name in one two; do
	expect 0 "$(memory $name Rss)" "KiB of the file that $name has still mapped"
	grep -q 'big.image, which is served, for writing' "$tmp/$name.log" || fail "$name does not tell of it"
	stop $name
	expect 0 "$status" "exit status of $name"
done
