// completion: the script of a small program as it is printed, and what is refused. What a bash
// makes of scripts is in tests/net/command_line.sh.
#include "harness.h"

#include "core/host/completion.h"

#include <stdlib.h>

struct values {
	bool on;
	uint64_t size;
};

static const struct conf_key inner_keys[] = {
        {"size", CONF_UNSIGNED, offsetof(struct values, size), "1", .help = "How many."},
        {0},
};
static const struct conf_section inner = {sizeof(struct values), inner_keys};
static const struct conf_key keys[] = {
        {"on", CONF_BOOL, 0, "true", .help = "Whether."},
        {"one", CONF_SECTION, 0, .section = &inner, .help = "A section."},
        {"many", CONF_SECTIONS, 0, .section = &inner, .help = "A list of sections."},
        {0},
};
static const struct conf_section root = {sizeof(struct values), keys};

static const struct cmdline_option options[] = {
        {"config", 'c', CMDLINE_TEXT, 0, "FILE", .help = "Reads it."},
        {"set", 0, CMDLINE_LIST, 0, "KEY=VALUE", .help = "Sets it."},
        {"help", 'h', CMDLINE_FLAG, 0, .help = "Tells."},
        {0},
};
static const struct cmdline_option serve[] = {
        {"replace", 0, CMDLINE_FLAG, 0, .help = "Replaces."},
        {0},
};
static const struct cmdline_option check[] = {
        {"count", 'n', CMDLINE_NUMBER, 0, "N", .help = "So often."},
        {"by", 0, CMDLINE_TEXT, 0, "name|size", .help = "The order."},
        {0},
};
static const struct manual manual = {
        .name = "wadi-x.y",
        .commands =
                (const struct manual_item[]){{"serve", "Serves."}, {"check FILE", "Checks."}, {0}},
        .options = (const struct manual_options[]){{"Options", options},
                                                   {"Options of serve", serve, "serve"},
                                                   {"Options of check", check, "check"},
                                                   {0}},
        .conf = &root,
};

static void test_script(void **state)
{
	static const char *const parts[] = {
	        "# Completion of wadi-x.y in bash: wadi-x.y completion bash prints this.\n"
	        "_wadi_x_y() {\n",
	        "\tlocal options=' --config --set --help'\n"
	        "\tcase ${COMP_WORDS[1]} in\n"
	        "\tserve | -*) options+=' --replace' ;;\n"
	        "\tcheck) options+=' --count --by' ;;\n"
	        "\tesac\n"
	        "\tcase \"${COMP_WORDS[1]} $before\" in\n"
	        "\t*\" -c\" | *\" --config\") files=yes ;;\n"
	        "\t*\" --set\") compopt -o nospace 2>/dev/null; "
	        "words=' on= one.size= many[0].size=' ;;\n"
	        "\tcheck\" -n\" | check\" --count\") ;;\n"
	        "\tcheck\" --by\") words='name size' ;;\n",
	        "\t\t\twords='serve check'\n",
	        "}\ncomplete -F _wadi_x_y wadi-x.y\n",
	};
	char *text = NULL, *at;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	completion_print(&manual, out);
	fclose(out);
	at = text;
	for (size_t i = 0; at && i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("not there: %s\nbut: %s", parts[i], text);
	}
	free(text);
}

static void test_arguments(void **state)
{
	static const struct {
		const char *args[2], *why; // NULL: it is right
		int args_len;
	} cases[] = {
	        {{"bash"}, NULL, 1},
	        {{NULL}, "completion needs the name of the shell: bash", 0},
	        {{"zsh"}, "there is no completion for zsh, only for bash", 1},
	        {{""}, "completion needs the name of the shell: bash", 1},
	        {{"bash", "bash"}, "completion takes one argument, the name of the shell", 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *args[2] = {(char *)(uintptr_t)cases[i].args[0],
		                 (char *)(uintptr_t)cases[i].args[1]};
		struct why why = {""};

		assert_int_equal(completion_check(args, cases[i].args_len, &why), !cases[i].why);
		assert_string_equal(why.text, cases[i].why ? cases[i].why : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_script),
	        cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
