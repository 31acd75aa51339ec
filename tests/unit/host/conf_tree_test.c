// conf_tree: comments, what is no text, files that a configuration includes, and where a
// key stands in them. The files lie in a folder of the test's own.
#include "harness.h"

#include "core/host/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct book {
	const char *title, *file;
	struct conf_list words;
};

struct desk {
	uint64_t lamps;
};

struct shelf {
	struct conf_list books;
	struct desk *desk;
	uint64_t width;
};

static const struct conf_key book_keys[] = {
        {"title", CONF_STRING, offsetof(struct book, title), .min = 1, .max = 20,
         .help = "Its title."},
        {"file", CONF_PATH, offsetof(struct book, file), ""},
        {"words", CONF_STRINGS, offsetof(struct book, words), ""},
        {0},
};
static const struct conf_section book = {sizeof(struct book), book_keys};
static const struct conf_key desk_keys[] = {
        {"lamps", CONF_UNSIGNED, offsetof(struct desk, lamps), "1", 1, 4},
        {0},
};
static const struct conf_section desk = {sizeof(struct desk), desk_keys};
static const struct conf_key shelf_keys[] = {
        {"books", CONF_SECTIONS, offsetof(struct shelf, books), "", .max = 50, .section = &book},
        {"desk", CONF_SECTION, offsetof(struct shelf, desk), .section = &desk},
        {"width", CONF_UNSIGNED, offsetof(struct shelf, width), "80", 1, 300},
        {0},
};
static const struct conf_section shelf = {sizeof(struct shelf), shelf_keys};

static struct conf conf;
static char folder[] = "/tmp/wadi-conf-tree-XXXXXX";

#define FILES_MAX 16

struct text {
	const char *name, *text;
	size_t len; // 0: up to its final zero
};

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_files(const struct text *files)
{
	for (; files->name; files++) {
		const char *slash = strchr(files->name, '/');
		FILE *out;

		if (slash) {
			char inner[32];

			snprintf(inner, sizeof(inner), "%.*s", (int)(slash - files->name),
			         files->name);
			mkdir(path_of(inner), 0700);
		}
		out = fopen(path_of(files->name), "w");
		assert_non_null(out);
		fwrite(files->text, 1, files->len ? files->len : strlen(files->text), out);
		fclose(out);
	}
}

static void remove_files(const struct text *files)
{
	for (; files->name; files++)
		unlink(path_of(files->name));
	rmdir(path_of("d"));
	rmdir(path_of("e"));
}

// The reports of c.json, one a line, without the folder's name.
static const char *reported(void)
{
	static char all[8192];
	struct conf_source source = {.file = path_of("c.json")};
	char prefix[64], *at;

	all[0] = '\0';
	conf_read(&conf, &shelf, &source);
	for (const struct conf_report *report = conf.reports; report; report = report->next)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s: %s%s\n", report->place,
		         report->warning ? "warning: " : "", report->text);
	snprintf(prefix, sizeof(prefix), "%s/", folder);
	while ((at = strstr(all, prefix)) != NULL)
		memmove(at, at + strlen(prefix), strlen(at + strlen(prefix)) + 1);
	return all;
}

static void close_conf(void)
{
	struct why why;

	(void)!conf_settle(&conf, &why);
	conf_close(&conf);
}

#define BOOK(title) "{\"title\": \"" title "\"}"

// Each is a configuration with the files that it includes, and all that is reported.
static const struct {
	struct text files[FILES_MAX];
	const char *reports;
} cases[] = {
        {{{"c.json", "// a \"comment\"\n{ /* one {\n more } */ \"width\": 0 // the end\n}"}},
         "c.json:3: width: must be from 1 to 300, not 0\n"},
        {{{"c.json", "{\"width\": 9, \"desk\": {\"lamps\": 2} /* \"lamps\": 7 */}"}}, ""},
        {{{"c.json", "{\"books\": [{\"title\": \"a//b /* c\"}],\n\n\"width\": 0}"}},
         "c.json:3: width: must be from 1 to 300, not 0\n"},
        {{{"c.json", "\xef\xbb\xbf// nothing\n/* at\nall */"}},
         "c.json:1: this file is empty; a configuration is a section {...}\n"},
        {{{"c.json", "{\"include\": \"one.json\",\n\"books\": [" BOOK("a") "]}"},
          {"one.json", "\n"}},
         "one.json:1: this file is empty; a configuration is a section {...}\n"},
        {{{"c.json", "{\"include\": \"one.json\",\n\"books\": [" BOOK("a") "]}"},
          {"one.json", "\"text\""}},
         "one.json:1: an included file holds a section {...}, not a string\n"},
        {{{"c.json", "{\n/* open"}}, "c.json:2: the comment that begins here has no */\n"},
        {{{"c.json", "{\n/ * /}"}},
         "c.json:2: this is not JSON: string or '}' expected near '/'\n"},
        {{{"c.json", "\xef\xbb\xbf{\n\"width\": 0}"}},
         "c.json:2: width: must be from 1 to 300, not 0\n"},
        {{{"c.json", "\xff\xfe{\0}\0", 6}}, "c.json:1: this is UTF-16 text; save it as UTF-8\n"},
        {{{"c.json", "\xfe\xff\0{\0}", 6}}, "c.json:1: this is UTF-16 text; save it as UTF-8\n"},
        {{{"c.json", "{\0}\0", 4}}, "c.json:1: this is UTF-16 text; save it as UTF-8\n"},
        {{{"c.json", "\xff\xfe\0\0{\0\0\0", 8}},
         "c.json:1: this is UTF-32 text; save it as UTF-8\n"},
        {{{"c.json", "\x1f\x8b\x08\0", 4}},
         "c.json:1: this file is compressed by gzip; unpack it first\n"},
        {{{"c.json", "\x7f"
                     "ELF"}},
         "c.json:1: this file is a program\n"},
        {{{"c.json", "{\n\0}", 4}},
         "c.json:2: there is a zero byte here: this is not a text file\n"},
        {{{"c.json", "{\n\"width\": \"\xe9\"}"}},
         "c.json:2: this is not JSON: unable to decode byte 0xe9 near '\"'\n"},

        // One file, a folder, a pattern; lists are joined in order, and each mistake is
        // found in its file.
        {{{"c.json", "{\"include\": \"one.json\",\n\"books\": [" BOOK("a") ",\n{\"titl\": 1}]}"},
          {"one.json", "{\"books\": [\n" BOOK("b") ",\n{}]}"}},
         "c.json:3: books[1].titl: is not a known key; did you mean \"title\"?\n"
         "c.json:3: books[1].title: this key is required: Its title.\n"
         "one.json:3: books[3].title: this key is required: Its title.\n"},
        {{{"c.json", "{\"include\": [\"d\", \"e/*.conf\"]}"},
          {"d/2.json", "{\"books\": [" BOOK("") "]}"},
          {"d/1.json", "{\"books\": [" BOOK("a") ",\n" BOOK("") "]}"},
          {"d/not.txt", "{"},
          {"e/x.conf", "{\"desk\": {\n\"lamps\": 0}}"},
          {"e/y.conf", "{\n\"books\": [\n" BOOK("") "]}"}},
         "d/1.json:2: books[1].title: must be 1 to 20 bytes long, not 0\n"
         "d/2.json:1: books[2].title: must be 1 to 20 bytes long, not 0\n"
         "e/y.conf:3: books[3].title: must be 1 to 20 bytes long, not 0\n"
         "e/x.conf:2: desk.lamps: must be from 1 to 4, not 0\n"},
        // In a section, and in an item of a list, by files that include others.
        {{{"c.json", "{\"desk\": {\"include\": \"d/desk.json\"},\n"
                     "\"books\": [" BOOK("a") ", {\"include\": \"d/book.json\"}]}"},
          {"d/desk.json", "{\"include\": \"lamps.json\"}"},
          {"d/lamps.json", "{\n\n\"lamps\": 9}"},
          {"d/book.json", "{\"words\": [\"x\",\n2]}"}},
         "c.json:2: books[1].title: this key is required: Its title.\n"
         "d/book.json:2: books[1].words[1]: must be a string, not a whole number\n"
         "d/lamps.json:3: desk.lamps: must be from 1 to 4, not 9\n"},
        {{{"c.json", "{\"width\": 5,\n\"include\": \"d\"}"},
          {"d/a.json", "{\"desk\": {\"lamps\": 2}}"},
          {"d/b.json", "{\n\"width\": 5, \"desk\": {\n\"lamps\": 2}}"}},
         "d/b.json:2: width: this key stands in c.json, or in a file that it includes, too\n"
         "d/b.json:3: desk.lamps: this key stands in c.json, or in a file that it includes, "
         "too\n"},
        {{{"c.json", "{\"books\": [],\n\"include\": [\"no.json\", \"d\", \"d/*\", 7, \"\", "
                     "\"no*.json\"]}"},
          {"d/x", "[]"}},
         "c.json:2: include: no.json cannot be read: No such file or directory\n"
         "c.json:2: warning: include: there is no file d/*.json\n"
         "d/x:1: an included file holds a section {...}, not a list\n"
         "c.json:2: include: must be a path or a list of paths, not a whole number\n"
         "c.json:2: include: must be a path or a list of paths, not empty\n"
         "c.json:2: warning: include: there is no file no*.json\n"},
        {{{"c.json", "{\"include\": \"a.json\"}"},
          {"a.json", "{\n\"include\": \"b.json\"}"},
          {"b.json", "{\"include\":\n[\"c.json\", \"a.json\", \"/dev/null\"]}"}},
         "b.json:1: include: c.json includes itself\n"
         "b.json:1: include: a.json includes itself\n"
         "b.json:1: include: /dev/null cannot be read: it is not a regular file\n"},
        {{{"c.json", "{\"include\": \"a.json\", \"width\": 0}"}, {"a.json", "{\n\"books\": ["}},
         "a.json:2: this is not JSON: ']' expected near end of file\n"
         "c.json:1: width: must be from 1 to 300, not 0\n"},
};

static void test_reports(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		write_files(cases[i].files);
		assert_string_equal(reported(), cases[i].reports);
		close_conf();
		remove_files(cases[i].files);
	}
}

// A path is relative to the file that it stands in.
static void test_paths_in_included_files(void **state)
{
	static const struct text files[] = {
	        {"c.json", "{\"books\": [{\"title\": \"a\", \"file\": \"a.txt\"}],\n"
	                   "\"include\": \"d\"}"},
	        {"d/x.json", "{\"books\": [{\"title\": \"b\", \"file\": \"b.txt\"}, {\"title\": "
	                     "\"c\", \"file\": \"/c.txt\"}], \"include\": \"../e/y.json\"}"},
	        {"e/y.json", "{\"books\": [{\"title\": \"d\", \"file\": \"d.txt\"}]}"},
	        {0}};
	static const char *const expected[] = {"/a.txt", "/d/b.txt", "", "/d/../e/d.txt"};
	const struct shelf *values;

	write_files(files);
	assert_string_equal(reported(), "");
	values = conf.values;
	assert_int_equal(values->books.len, ARRAY_LEN(expected));
	for (size_t i = 0; i < values->books.len; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s%s", *expected[i] ? folder : "/c.txt", expected[i]);
		assert_string_equal(((const struct book *)values->books.items)[i].file, path);
	}
	close_conf();
	remove_files(files);
}

static void test_depth_is_bounded(void **state)
{
	struct text files[FILES_MAX] = {{"c.json", "{\"include\": \"1.json\"}"}};
	char names[FILES_MAX][16], texts[FILES_MAX][40];

	for (int i = 1; i < 10; i++) {
		snprintf(names[i], sizeof(names[i]), "%d.json", i);
		snprintf(texts[i], sizeof(texts[i]), "{\"include\": \"%d.json\"}", i + 1);
		files[i] = (struct text){names[i], texts[i], 0};
	}
	write_files(files);
	assert_string_equal(reported(),
	                    "8.json:1: include: files include each other more than 8 deep\n");
	close_conf();
	remove_files(files);
}

static int group_setup(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int group_teardown(void **state)
{
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_reports),
	        cmocka_unit_test(test_paths_in_included_files),
	        cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
