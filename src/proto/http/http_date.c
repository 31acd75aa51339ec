// http_date: see the header. The calendar's years begin with March here, so that the day that
// leap years have more is their last one.
#include "proto/http/http_date.h"

#include "proto/http/http_char.h"

#define DAY_S     86400
#define ERA_DAYS  146097 // 400 years
#define EPOCH_DAY 719468 // 1 January 1970, counted from 1 March of the year 0
#define LAST_YEAR 9999

static const char days[] = "ThuFriSatSunMonTueWed"; // 1 January 1970 was a Thursday
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct date {
	unsigned year, month, day, hour, minute, second; // the month from 1 on
};

static void put_number(char *text, unsigned value, unsigned digits)
{
	for (; digits > 0; value /= 10)
		text[--digits] = (char)('0' + value % 10);
}

// Days since 1970 to year, month and day.
static void set_day(struct date *date, uint64_t day)
{
	uint64_t z = day + EPOCH_DAY, era = z / ERA_DAYS, of_era = z % ERA_DAYS;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153; // from March on

	date->day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
	date->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	date->year = (unsigned)(year + era * 400 + (date->month <= 2));
}

// Of a date of 1970 or later.
static uint64_t day_of(const struct date *date)
{
	uint64_t year = date->year - (date->month <= 2), era = year / 400, of_era = year % 400;
	uint64_t month = date->month > 2 ? date->month - 3 : date->month + 9;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 +
	       date->day - 1 - EPOCH_DAY;
}

void http_date_text(uint64_t unix_s, char text[HTTP_DATE_BYTES])
{
	static const char form[HTTP_DATE_BYTES] = "ddd, DD mmm YYYY HH:MM:SS GMT";
	struct date date;
	unsigned s = (unsigned)(unix_s % DAY_S);

	set_day(&date, unix_s / DAY_S);
	memcpy(text, form, sizeof(form));
	memcpy(text, days + 3 * (unix_s / DAY_S % 7), 3);
	put_number(text + 5, date.day, 2);
	memcpy(text + 8, months + (size_t)3 * (date.month - 1), 3);
	put_number(text + 12, date.year, 4);
	put_number(text + 17, s / 3600, 2);
	put_number(text + 20, s / 60 % 60, 2);
	put_number(text + 23, s % 60, 2);
}

static unsigned two_digits(const uint8_t *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

// Whether the text has the form: "9" is a digit, "_" a digit or a space, "m" any letter, others
// are themselves.
static bool has_form(struct span text, const char *form)
{
	if (span_left(&text) != strlen(form))
		return false;
	for (; *form; form++, text.p++) {
		bool digit = *text.p >= '0' && *text.p <= '9';
		bool letter = (*text.p | 0x20) >= 'a' && (*text.p | 0x20) <= 'z';

		if (*form == '9'   ? !digit
		    : *form == '_' ? !digit && *text.p != ' '
		    : *form == 'm' ? !letter
		                   : *text.p != (uint8_t)*form)
			return false;
	}
	return true;
}

// From 1 on; 0: it is none.
static unsigned month_of(const uint8_t *p)
{
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(months + (size_t)3 * i, p, 3) == 0)
			return i + 1;
	return 0;
}

static void read_time(struct date *date, const uint8_t *p)
{
	date->hour = two_digits(p);
	date->minute = two_digits(p + 3);
	date->second = two_digits(p + 6);
}

// RFC 9110: a year of two digits that seems to be more than 50 years ahead is a past one.
static unsigned full_year(unsigned digits, uint64_t now_s)
{
	struct date now;
	unsigned year;

	set_day(&now, now_s / DAY_S);
	year = now.year / 100 * 100 + digits;
	return year > now.year + 50 ? year - 100 : year + 50 < now.year ? year + 100 : year;
}

static bool read_rfc850(struct date *date, struct span text, uint64_t now_s)
{
	const uint8_t *comma = http_char_find(text, ',');

	// The name of the day has 6 to 9 letters, and says nothing that the date does not say.
	if (!comma || comma - text.p < 6 || comma - text.p > 9)
		return false;
	for (; text.p < comma; text.p++)
		if ((*text.p | 0x20) < 'a' || (*text.p | 0x20) > 'z')
			return false;
	if (!has_form(text, ", 99-mmm-99 99:99:99 GMT"))
		return false;
	date->day = two_digits(text.p + 2);
	date->month = month_of(text.p + 5);
	date->year = full_year(two_digits(text.p + 9), now_s);
	read_time(date, text.p + 12);
	return true;
}

static bool read_date(struct date *date, struct span text, uint64_t now_s)
{
	if (has_form(text, "mmm, 99 mmm 9999 99:99:99 GMT")) {
		date->day = two_digits(text.p + 5);
		date->month = month_of(text.p + 8);
		date->year = two_digits(text.p + 12) * 100 + two_digits(text.p + 14);
		read_time(date, text.p + 17);
		return true;
	}
	if (has_form(text, "mmm mmm _9 99:99:99 9999")) {
		date->day = text.p[8] == ' ' ? (unsigned)(text.p[9] - '0') : two_digits(text.p + 8);
		date->month = month_of(text.p + 4);
		date->year = two_digits(text.p + 20) * 100 + two_digits(text.p + 22);
		read_time(date, text.p + 11);
		return true;
	}
	return read_rfc850(date, text, now_s);
}

static bool is_valid(const struct date *date)
{
	struct date same;

	if (date->year < 1970 || date->year > LAST_YEAR || date->month == 0 || date->day == 0 ||
	    date->day > 31 || date->hour > 23 || date->minute > 59 || date->second > 60)
		return false;
	set_day(&same, day_of(date));
	return same.day == date->day && same.month == date->month;
}

bool http_date_parse(struct span text, uint64_t now_s, uint64_t *unix_s)
{
	struct date date;

	if (!read_date(&date, text, now_s) || !is_valid(&date))
		return false;
	*unix_s = day_of(&date) * DAY_S + date.hour * 3600u + date.minute * 60u + date.second;
	return true;
}
