// folder: what several passes over a folder that changes meanwhile say together. The passes are
// scripts; real folders show that errors and types come through.
#include "harness.h"

#include "core/host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// One pass: a letter for each name in the order of readdir, or '!' for EIO. The last pass is
// repeated.
struct script {
	const char *passes[FOLDER_PASSES_MAX];
	const char *absent; // names that do not exist by name
	const char *want;   // the names of the result; NULL: -EIO
	unsigned taken;     // number of passes
};

struct play {
	const struct script *script;
	unsigned taken;
};

static int play_pass(void *ctx, struct folder_list *list)
{
	struct play *play = ctx;
	unsigned at = play->taken++;

	while (!play->script->passes[at])
		at--;
	for (const char *p = play->script->passes[at]; *p; p++) {
		if (*p == '!')
			return -EIO;
		assert_int_equal(folder_add(list, (const char[]){*p, '\0'}, DT_REG), 0);
	}
	return 0;
}

static bool play_exists(void *ctx, const char *name)
{
	const struct play *play = ctx;

	return !strchr(play->script->absent, *name);
}

static void test_passes_are_judged_together(void **state)
{
	static const struct script scripts[] = {
	        {{""}, "", "", 2},
	        {{"cab"}, "", "abc", 2},
	        {{"abba"}, "", "ab", 2},              // a name twice is one
	        {{"abc", "ab", "abc"}, "", "abc", 4}, // missing once, and back
	        {{"abc", "ac", "ac"}, "", "ac", 3},   // deleted meanwhile
	        {{"a", "ab"}, "", "ab", 3},
	        {{"!"}, "", NULL, 1},
	        {{"ab!"}, "", NULL, 1},
	        {{"ab", "a!"}, "", NULL, 2}, // an error is not the end of the folder
	        {{"ab", "b", "!"}, "", NULL, 3},
	        {{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"}, "", "ab", 10},
	        {{"a", "b", "a", "b", "a", "b", "a", "b", "a", "c"}, "b", "ac", 10},
	};

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct play play = {&scripts[i], 0};
		struct folder_source source = {play_pass, play_exists, &play};
		struct folder_list list = {0};
		char names[16] = "";
		int err = folder_settle(&source, &list);

		for (size_t k = 0; k < list.len; k++)
			strcat(names, list.items[k]->name);
		assert_int_equal(err, scripts[i].want ? 0 : -EIO);
		assert_string_equal(names, scripts[i].want ? scripts[i].want : "");
		assert_int_equal(play.taken, scripts[i].taken);
		folder_free(&list);
	}
}

static bool is_plain(const void *ctx, const char *name)
{
	return strchr(name, *(const char *)ctx) == NULL;
}

static void test_a_real_folder(void **state)
{
	static const struct {
		const char *name;
		uint8_t type;
	} want[] = {{".c", DT_REG}, {"a", DT_LNK}, {"b", DT_DIR}, {"d", DT_FIFO}};
	char path[] = "/tmp/wadi-folder-XXXXXX", from[64];
	struct folder_list list = {0};

	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	fclose(fopen(".c", "w"));
	fclose(fopen("x~", "w"));
	assert_int_equal(symlink("nowhere", "a") | mkdir("b", 0700) | mkfifo("d", 0600), 0);
	assert_int_equal(folder_read(".", is_plain, "~", &list), 0);
	assert_int_equal(list.len, ARRAY_LEN(want));
	for (size_t i = 0; i < list.len; i++) {
		assert_string_equal(list.items[i]->name, want[i].name);
		assert_int_equal(list.items[i]->type, want[i].type);
	}
	folder_free(&list);
	assert_int_equal(folder_read("none", NULL, NULL, &list), -ENOENT);
	assert_int_equal(folder_read(".c", NULL, NULL, &list), -ENOTDIR);
	snprintf(from, sizeof(from), "rm -r %s", path);
	assert_int_equal(system(from), 0); // NOLINT(cert-env33-c): the folder is of this test
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_passes_are_judged_together),
	        cmocka_unit_test(test_a_real_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
