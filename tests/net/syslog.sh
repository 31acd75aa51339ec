#!/bin/bash
# Log lines reach a real collector over the appliance's own port, by IPv4 and by
# IPv6: rsyslogd, which takes each message apart by RFC 5424.
. "$(dirname "$0")/lib.sh"
command -v rsyslogd >/dev/null || skip "rsyslogd is missing: tools/deps test"

# collector ADDRESS: on the TAP's host side; writes what it understood.
collector() {
	cat >"$tmp/rsyslog.conf" <<-END
	module(load="imudp")
	input(type="imudp" address="$1" port="5514" ruleset="wadi")
	template(name="parts" type="string"
	  string="%syslogfacility-text%|%syslogseverity-text%|%hostname%|%app-name%|%protocol-version%|%timereported:::date-rfc3339%|%msg%\n")
	ruleset(name="wadi") { action(type="omfile" file="$tmp/got" template="parts") }
	END
	start rsyslog "$host" rsyslogd -n -f "$tmp/rsyslog.conf" -i "$tmp/rsyslog.pid"
}

# round ADDRESS SYSLOG: the appliance with that collector, from start to end.
round() {
	rm -f "$tmp/got"
	conf dns tap:wadi0
	start dns "$host" "$dns" serve -c "$tmp/dns.json" --set "log.syslog=$2" --set log.hostname=guest7
	ready dns
	host_side "$host" wadi0
	collector "$1"
	poll 5 grep -q . "$tmp/got" || {
		"$ctl" "$tmp/dns.sock" reload >/dev/null
		poll 5 grep -q reloaded "$tmp/got" || fail "nothing came to $1"
	}
	zone dns.zone 2
	echo broken >>"$tmp/dns.zone"
	"$ctl" "$tmp/dns.sock" reload >/dev/null 2>&1 && fail "a broken zone was taken"
	poll 5 grep -q "reloaded in part" "$tmp/got" || fail "the error did not come to $1"
	stop dns
	poll 5 grep -q "stopping" "$tmp/got" || fail "the last line did not come to $1"
	stop rsyslog
	expect "daemon|err|guest7|wadi-dns|1" "$(sed -n '/reloaded in part/s/^\(.*|1\)|.*/\1/p' "$tmp/got" | head -n 1)" \
		"the parts of the error"
	grep -qE "^daemon\|info\|guest7\|wadi-dns\|1\|20[0-9-]+T[0-9:]+\.[0-9]{6}.*\| ?stopping$" "$tmp/got" ||
		fail "the last line has other parts: $(tail -n 1 "$tmp/got")"
}

netns "$host"
round 10.53.0.1 10.53.0.1:5514
round fd53::1 "[fd53::1]:5514"

"$dns" serve -c "$tmp/dns.json" --set log.syslog=nobody 2>"$tmp/refused.log" && fail "no collector was taken"
grep -q "log.syslog: \"nobody\" is not a collector, such as" "$tmp/refused.log" || fail "the refusal says: $(cat "$tmp/refused.log")"
