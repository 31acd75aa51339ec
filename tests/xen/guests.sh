# guests: the guests of tests/xen/plan, each a function that has it running and answering.
# Their images are those of tests/xen/run.
# shellcheck shell=sh

kernel_words="console=hvc0 quiet loglevel=4"

# One whose process 1 is a shell that starts the appliance, and kills it at a word.
guest_kill() {
	create kill lab "extra=\"$kernel_words rdinit=/lab/init\""
	answers "$v4"
}
