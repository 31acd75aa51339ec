# rounds: the same load for wadi-dns and for NSD, in turns and with the first place
# alternating. Told are the medians' ratios; under emulation the figures themselves mean
# nothing.
# shellcheck shell=sh
rounds=5
queries=10000

# round NAME ADDRESS: a line "answers/s, nanoseconds of the guest's processor for each" for
# the name.
round() {
	before=$(cputime "$(domid "$1")")
	load -n 1000 "$2" $queries ns1.example.org www.example.org www.example.org/28 \
		x%d.wild.example.org nothing%d.example.org/1/3 >/tmp/load || fail "$1: $(cat /tmp/load)"
	after=$(cputime "$(domid "$1")")
	rate=$(sed -n 's/.*: \([0-9]*\) answers.*/\1/p' /tmp/load)
	echo "$rate $(((after - before) / queries))" >>"/tmp/rounds.$1"
}

# median NAME COLUMN
median() {
	cut -d ' ' -f "$2" "/tmp/rounds.$1" | sort -n | sed -n "$((rounds / 2 + 1))p"
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'
}

for number in $(seq $rounds); do
	if [ $((number % 2)) = 1 ]; then
		round compare $v4
		round nsd 10.53.0.3
	else
		round nsd 10.53.0.3
		round compare $v4
	fi
done
figure "answers/s: wadi-dns $(median compare 1), NSD $(median nsd 1), ratio $(ratio "$(median compare 1)" "$(median nsd 1)")"
figure "guest CPU per answer: wadi-dns $(($(median compare 2) / 1000)) us, NSD $(($(median nsd 2) / 1000)) us, ratio $(ratio "$(median nsd 2)" "$(median compare 2)")"
