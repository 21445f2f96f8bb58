package cli

import (
	"strings"
	"time"

	"golang.org/x/text/language"

	"glow/schema"
	"glow/server/formats"
)

// templateCmd writes a table to fill in. It asks no instance.
type templateCmd struct {
	outputFlags
	Kind string `arg:"" help:"Kind of record, such as profile."`
}

// Run writes the table, with a row as an example.
func (c *templateCmd) Run(a *app) error {
	kind := schema.KindNamed(c.Kind)
	if kind == nil {
		return usagef("%q is no kind of record; there are %s", clean(c.Kind), strings.Join(schema.KindNames(), ", "))
	}
	if err := c.check(a); err != nil {
		return err
	}
	return c.write(a, func() error { return writeTemplate(a, kind) })
}

func writeTemplate(a *app, kind *schema.Kind) error {
	table := formats.Template(kind)
	switch {
	case a.globals.XLSX && isTerminal(a.out):
		return usagef("--xlsx: a workbook is not for a terminal; name a file with -o, or send it into a pipe")
	case a.globals.XLSX:
		return formats.WriteXLSX(a.out, time.UTC, formats.TemplateFacts(kind), table)
	case a.globals.Locale != "":
		lang, err := language.Parse(a.globals.Locale)
		if err != nil {
			return usagef("--locale: %q is not a language; write it as en or de", clean(a.globals.Locale))
		}
		return formats.WriteExcelCSV(a.out, lang, time.UTC, table)
	}
	_, err := formats.WriteCSV(a.out, table.Fields, table.Rows)
	return err
}
