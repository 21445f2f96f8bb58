package cli

import (
	"path/filepath"
	"strings"
)

// outputFlags send what a command prints to a file.
type outputFlags struct {
	Output string `short:"o" placeholder:"FILE" help:"Write to this file, and not to stdout. A name that ends in .xlsx, .csv or .json tells the format, too."`
	Yes    bool   `help:"Do not ask, and overwrite the file."`
}

// check refuses a file that is there, and takes the format from the file's name where no
// flag has it.
func (o *outputFlags) check(a *app) error {
	g := a.globals
	if !g.JSON && !g.CSV && !g.XLSX && !g.Table {
		switch strings.ToLower(filepath.Ext(o.Output)) {
		case ".xlsx":
			g.XLSX = true
		case ".csv":
			g.CSV = true
		}
	}
	switch {
	case g.Locale != "" && !g.CSV:
		return usagef("--locale: is for --csv")
	case o.Output == "" || o.Output == "-" || o.Yes:
		return nil
	}
	return checkFree(o.Output)
}

// write has print write to the file, which appears when it is whole, or not at all.
func (o *outputFlags) write(a *app, print func() error) error {
	if o.Output == "" || o.Output == "-" {
		return print()
	}
	f, err := createBeside(o.Output)
	if err != nil {
		return err
	}
	defer f.discard()
	stdout := a.out
	a.out = f
	err = print()
	a.out = stdout
	if err != nil {
		return err
	}
	return f.keep(o.Yes)
}
