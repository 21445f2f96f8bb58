package cli

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

// asked are the questions that an import may leave open, by the name of the field that answers them.
var asked = map[string]struct {
	prompt  string
	answers []string
}{
	"date_order": {"In which order are day, month and year?", []string{"dmy", "mdy", "ymd"}},
	"decimal":    {"What parts the decimals?", []string{"comma", "point"}},
	"year":       {"Of which year are the dates?", nil},
}

// sendAsking sends the input. Where a question is left open and somebody sits at a terminal, they are
// asked, and the input is sent once more with the answer.
func (c *importCmd) sendAsking(a *app, to *client, in *input) (got answer[schema.ImportResponse], err error) {
	got, err = send(a, to, schema.Import, in)
	for err != nil && c.canAsk(a) {
		field, value, asking := c.ask(a, to, err)
		if asking != nil || field == "" {
			return got, errors.Join(asking, err)
		}
		again, failed := c.input(a)
		if failed != nil {
			return got, failed
		}
		in.query.Set(field, value)
		if field == "map" {
			in.query.Del("as")
		}
		again.query = in.query
		got, err = send(a, to, schema.Import, again)
		again.close()
	}
	return got, err
}

// canAsk reports whether a person can answer, and the files can be read again.
func (c *importCmd) canAsk(a *app) bool {
	return !c.Yes && isTerminal(a.in) && isTerminal(a.errs) && !slices.Contains(c.Files, "-")
}

// ask has a person answer the question that a refusal is. The field is empty where it is none, or where
// they do not answer.
func (c *importCmd) ask(a *app, to *client, refused error) (field, value string, err error) {
	var refusal *schema.Error
	if !errors.As(refused, &refusal) || len(refusal.Fields) != 1 {
		return "", "", nil
	}
	fault := refusal.Fields[0]
	if q, ok := asked[fault.Field]; ok {
		what, _, _ := strings.Cut(fault.Message, "; say")
		fmt.Fprintf(a.errs, "%s.\n%s ", clean(what), q.prompt)
		if len(q.answers) > 0 {
			fmt.Fprintf(a.errs, "[%s] ", strings.Join(q.answers, ", "))
		}
		value = a.readLine()
		if len(q.answers) > 0 && value != "" && !slices.Contains(q.answers, value) {
			return "", "", usagef("%q is none of %s", clean(value), strings.Join(q.answers, ", "))
		}
		if value == "" {
			return "", "", nil
		}
		return fault.Field, value, nil
	}
	if fault.Field == "as" && len(c.Files) == 1 {
		return c.offerMapping(a, to)
	}
	return "", "", nil
}

// offerMapping shows the proposal for a file that nothing recognizes, and asks whether to take it.
func (c *importCmd) offerMapping(a *app, to *client) (field, value string, err error) {
	got, err := c.look(a, to)
	if err != nil || len(got.value.Files) != 1 || !got.value.Files[0].Proposed {
		return "", "", err
	}
	one := &got.value.Files[0]
	sheet := &page{width: widthOf(a.errs)}
	showLooked(sheet, one)
	if err := sheet.writeTo(a.errs); err != nil {
		return "", "", err
	}
	fmt.Fprint(a.errs, "Take it in so? Type a name to keep this mapping for the next file like it, \"once\" to use it this once, or nothing to leave it: ")
	var text strings.Builder
	if err := writeMapping(&text, *one.Mapping); err != nil {
		return "", "", err
	}
	switch name := a.readLine(); name {
	case "":
		return "", "", nil
	case "once":
		return "map", text.String(), nil
	default:
		_, err := saveMapping(a, to, name, []byte(text.String()))
		return "map", name, err
	}
}

// readLine reads what a person types, without blanks at its ends; "" at the end of the input.
func (a *app) readLine() string {
	if a.typed == nil {
		a.typed = bufio.NewReader(a.in)
	}
	line, err := a.typed.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSpace(line)
}
