package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// app is what a command has to work with.
type app struct {
	ctx     context.Context // ends when the person interrupts
	globals *globals
	parsed  *kong.Context
	in      io.Reader
	out     io.Writer
	errs    io.Writer
	env     map[string]string

	typed *bufio.Reader // of in, once a person was asked something
}

func newApp(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, environ []string) *app {
	env := make(map[string]string, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return &app{ctx: ctx, globals: &globals{}, in: stdin, out: stdout, errs: stderr, env: env}
}

// format is a way to print an answer.
type format int

const (
	formatTable format = iota
	formatJSON
	formatCSV
	formatXLSX
)

// format returns the format asked for: by default a table on a terminal and
// JSON into a pipe.
func (a *app) format() format {
	switch {
	case a.globals.JSON:
		return formatJSON
	case a.globals.CSV:
		return formatCSV
	case a.globals.XLSX:
		return formatXLSX
	case a.globals.Table || isTerminal(a.out):
		return formatTable
	}
	return formatJSON
}

// isTerminal reports whether a person reads or types at the other end.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// widthOf is how many columns a terminal has; 0 for anything else, and for one
// that does not tell.
func widthOf(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// url is the instance to ask.
func (a *app) url() string {
	if u := a.globals.InstanceURL; u != "" {
		return u
	}
	if u := a.env["GLOW_INSTANCE_URL"]; u != "" {
		return u
	}
	return defaultURL
}

// secret is the token that was given for this command, if any.
func (a *app) secret() string {
	if a.globals.Secret != "" {
		return a.globals.Secret
	}
	return a.env["GLOW_TOKEN"]
}
