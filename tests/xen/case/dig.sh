# dig: answers of each kind, as a client shows them.
# shellcheck shell=sh
expect "192.0.2.80 192.0.2.81" "$(ask $v4 www.example.org A)" "www.example.org A"
expect "2001:db8::80" "$(ask $v4 www.example.org AAAA)" "www.example.org AAAA"
expect "10 mail.example.org. 20 mail.example.net." "$(ask $v4 example.org MX)" "example.org MX"
for wanted in "NOERROR example.org SOA" "NXDOMAIN nothing.example.org A" "REFUSED example.com A"; do
	# shellcheck disable=SC2086 # the words of a line
	set -- $wanted
	dig "@$v4" "$2" "$3" +tries=1 >/tmp/dig
	expect "$1" "$(sed -n 's/.*status: \([A-Z]*\).*/\1/p' /tmp/dig)" "status of $2 $3"
done
