package cli

import (
	"bytes"
	"strings"
	"testing"
)

// runHelp runs a command line with no instance, home or file at hand.
func runHelp(args ...string) (exit int, out, errs string) {
	var stdout, stderr bytes.Buffer
	exit = Run(args, strings.NewReader(""), &stdout, &stderr, nil)
	return exit, stdout.String(), stderr.String()
}

func TestHelpReadsTheManualOffline(t *testing.T) {
	for _, test := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"help"}, exitDone, "  numbers "},
		{[]string{"help", "numbers"}, exitDone, "# The numbers\n"},
		{[]string{"help", "nothing"}, exitUsage, `the manual has no topic "nothing"`},
		{[]string{"help", "--help"}, exitDone, "Usage: glow help [<topic>]"},
		{[]string{"--help"}, exitDone, "Usage: glow <command>"},
	} {
		exit, out, errs := runHelp(test.args...)
		if exit != test.exit || !strings.Contains(out+errs, test.want) {
			t.Errorf("glow %s: exit %d, printed %.200s", strings.Join(test.args, " "), exit, out+errs)
		}
	}
}
