# first_answer: how long the guest takes from the start of process 1 to its first answer,
# asked fifty times a second.
# shellcheck shell=sh
now_ms() {
	awk '{ printf "%d", $1 * 1000 }' /proc/uptime
}
until said "Run /init"; do
	runs || fail "the guest ended before process 1"
	usleep 10000
done
begin=$(now_ms)
until load -t 1 -s 0.02 $v4 1 ns1.example.org >/dev/null; do
	runs || fail "the guest ended before its first answer"
done
figure "from process 1 to the first answer: $(($(now_ms) - begin)) ms"
