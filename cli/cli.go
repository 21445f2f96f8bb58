// Package cli is the command line: `glow serve` wires store and server; every
// other command is a client of an instance, over HTTP or, with --db, of the
// handlers in this process.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"glow/schema"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1 // refused, or failed on the way
	exitUsage       = 2 // the command line itself is wrong
	exitUnreachable = 3 // no instance answered
)

// Run runs one command line, without the program's name, and returns its exit
// code. environ has the form of os.Environ.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	a := newApp(ctx, stdin, stdout, stderr, environ)
	err := a.run(args)
	if err == nil {
		return exitDone
	}
	a.report(err)
	return exitCode(err)
}

// grammar is the whole command line. Flags of the system and token commands
// come from the request types in schema.
type grammar struct {
	globals `group:"Flags of every command:"`

	Serve      serveCmd      `cmd:"" help:"Serve an instance: API and dashboard."`
	System     systemCmds    `cmd:"" help:"Ask an instance, and move records in and out."`
	Map        mapCmds       `cmd:"" help:"Say what the columns of files of other programs are."`
	Token      tokenCmds     `cmd:"" help:"Make, list and end tokens."`
	Dashboard  dashboardCmd  `cmd:"" help:"Print a link that signs in to the dashboard, once."`
	Login      loginCmd      `cmd:"" help:"Save a token for an instance."`
	Logout     logoutCmd     `cmd:"" help:"Forget the saved token of an instance."`
	Backup     backupCmd     `cmd:"" help:"Copy the database, consistently, while it is in use."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup in the place of the database."`
	Doctor     doctorCmd     `cmd:"" help:"Check all of the database, and say what it holds."`
	Completion completionCmd `cmd:"" help:"Print the completion script of a shell."`
	Help       helpCmd       `cmd:"" help:"Read the manual: the list of its topics, or one of them."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// globals are the flags that every command takes.
type globals struct {
	InstanceURL string `name:"instance-url" placeholder:"URL" help:"The instance to ask. Default $$GLOW_INSTANCE_URL, else ${default_url}."`
	Secret      string `name:"token" placeholder:"TOKEN" help:"The token to show it. Default $$GLOW_TOKEN, else the saved one."`
	DB          string `name:"db" placeholder:"FILE" help:"The database file. A command other than serve works on it directly, with no server running."`
	Timezone    string `name:"timezone" placeholder:"ZONE" help:"Zone, such as Europe/Berlin, of the days (serve; --db of a new file, else its own; default this computer's), of times without one (import), and of the times that tables show."`
	JSON        bool   `name:"json" xor:"format" help:"Print JSON, as into a pipe."`
	CSV         bool   `name:"csv" xor:"format" help:"Print the main list as CSV."`
	XLSX        bool   `name:"xlsx" xor:"format" help:"Write the main list as an Excel workbook."`
	Locale      string `name:"locale" placeholder:"LANGUAGE" help:"With --csv: for Excel in this language, such as en or de."`
	Table       bool   `name:"table" xor:"format" help:"Print tables, as on a terminal."`
	Quiet       bool   `name:"quiet" short:"q" help:"Show no progress."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version, as the command of that name does."`
}

func newGrammar() *grammar {
	return &grammar{System: newSystemCmds(), Map: newMapCmds(), Token: newTokenCmds(), Doctor: newDoctorCmd()}
}

// run parses args and runs the command they name.
func (a *app) run(args []string) error {
	g := newGrammar()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	helped := false
	parser, err := newParser(g, kong.Writers(a.out, a.errs), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if helped { // kong goes on parsing after it has printed the help
		return nil
	}
	if err != nil {
		return parseError(err)
	}
	if err := refuseEmpty(parsed); err != nil {
		return err
	}
	a.globals, a.parsed = &g.globals, parsed
	return parsed.Run(a)
}

// refuseEmpty refuses flags and arguments with an empty text or list, as that of a variable
// that is not set: what stands for them when they are left out is more than was meant.
func refuseEmpty(parsed *kong.Context) error {
	for _, flag := range parsed.Flags() {
		if flag.Set && isEmpty(flag.Target) {
			return usagef("--%s: %s", flag.Name, schema.EmptyText)
		}
	}
	for _, argument := range parsed.Selected().Positional {
		if argument.Set && isEmpty(argument.Target) {
			return usagef("%s: %s", argument.Name, schema.EmptyText)
		}
	}
	return nil
}

func isEmpty(v reflect.Value) bool {
	return (v.Kind() == reflect.String || v.Kind() == reflect.Slice) && v.Len() == 0
}

// newParser builds the parser of g.
func newParser(g *grammar, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(g, append([]kong.Option{
		kong.Name("glow"),
		kong.Description("Answers who trains, and who needs follow-up, from the records of training tools. `glow serve --demo` shows it with sample data."),
		kong.Vars{"default_url": defaultURL, "version": versionSentence()},
		kong.TypeMapper(reflect.TypeFor[*bool](), optionalBoolMapper{}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		// The global flag does what import's own would: see importCmd.
		kong.IgnoreFields(`(importCmd|lookCmd|mapProposeCmd)\.Timezone`),
		kong.PostBuild(describeFlags),
	}, options...)...)
}

// describeFlags fits the flags that come from requests to the command line:
// what a request requires may also stand in --body, and the values to choose
// from are told.
func describeFlags(k *kong.Kong) error {
	return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			describeValue(flag)
			flag.Required = false
		}
		return next(nil)
	})
}

// describeValue says what sort of value a flag takes, unless its tag does.
func describeValue(flag *kong.Flag) {
	const short = 40
	choices := allowedValues(flag)
	switch list := strings.Join(choices, "|"); {
	case flag.PlaceHolder != "":
	case len(choices) > 0 && len(list) <= short:
		flag.PlaceHolder = list
	case len(choices) > 0:
		flag.PlaceHolder = "WORD"
		flag.Help += " One of " + strings.Join(choices, ", ") + "."
	case flag.Target.Kind() == reflect.String:
		flag.PlaceHolder = "TEXT"
	case flag.Target.Type() == reflect.TypeFor[*int]():
		flag.PlaceHolder = "N"
	}
}

// allowedValues lists the values that a flag may have; nil when there is no list.
func allowedValues(flag *kong.Flag) []string {
	if choices := flag.Tag.Get("oneof"); choices != "" {
		return strings.Split(choices, ",")
	}
	return nil
}

// usageError is a wrong command line.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func parseError(err error) error {
	hint := "glow --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			hint = node.FullPath() + " --help"
		}
	}
	return usagef("%v; see %s", err, hint)
}

func exitCode(err error) int {
	var (
		usage       usageError
		unreachable unreachableError
	)
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &unreachable):
		return exitUnreachable
	}
	return exitFailed
}

// report prints err as one line that a person can act on. Where JSON is asked
// for, the instance's whole answer goes to stdout; where tables are, the faults.
func (a *app) report(err error) {
	var (
		refused *refusal
		reason  *schema.Error
	)
	switch {
	case errors.As(err, &refused) && a.globals.JSON:
		_, _ = a.out.Write(indentJSON(refused.document))
	case errors.As(err, &reason) && len(reason.Fields) > 1 && a.format() == formatTable:
		sheet := &page{}
		showFaults(sheet, reason.Fields)
		_ = sheet.writeTo(a.out)
		err = errors.New(reason.Message)
	}
	fmt.Fprintf(a.errs, "glow: %s\n", clean(errorLine(err)))
}

func showFaults(p *page, faults []schema.Fault) {
	for _, fault := range faults {
		p.line("  %s", fault.Error())
	}
}

// errorLine is err in one line: of many faults the first.
func errorLine(err error) string {
	var e *schema.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.As(err, &e) && len(e.Fields) > 1:
		return fmt.Sprintf("%s; the first: %v; --json lists them", e.Message, e.Fields[0])
	}
	return err.Error()
}
