package schema

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Type is what a field holds. Reading, checking and printing belong to it, so
// that a CSV cell and a JSON value meet the same rule.
type Type uint8

// The field types.
const (
	Text Type = iota // Value.Text
	ID               // Value.Text: 1 to 128 printable characters, NFC, no blanks at the ends
	IDs              // Value.List: ids, each once, in the order of their bytes
	Time             // Value.Int: an Instant
	Date             // Value.Int: a Day
	Bool             // Value.Int: 0 or 1
	Int              // Value.Int: 0 to MaxInt
	Cost             // Value.Int: Money
)

// Limits of values.
const (
	MaxIDLength = 128               // characters
	MaxInt      = 1_000_000_000_000 // keeps sums far from overflow
)

// Value is one field of a record. The zero Value is "left out".
type Value struct {
	Set  bool
	Int  int64
	Text string
	List []string
}

// String returns the name under which JSON and error messages know the type.
func (t Type) String() string {
	return [...]string{"text", "id", "ids", "time", "date", "bool", "int", "decimal"}[t]
}

// Parse reads the text form of a value: a CSV cell, or the content of a JSON
// string. Empty text is "left out". Errors read on after the text they are about.
func (f *Field) Parse(s string, zone *time.Location) (Value, error) {
	if s == "" {
		return Value{}, nil
	}
	switch f.Type {
	case ID:
		if s = NormalID(s); s == "" {
			return Value{}, nil
		}
		return Value{Set: true, Text: s}, checkID(s)
	case IDs:
		return f.List(splitList(s))
	case Time:
		i, err := ParseInstant(s, zone)
		return Value{Set: true, Int: int64(i)}, err
	case Date:
		d, err := ParseDay(s)
		return Value{Set: true, Int: int64(d)}, err
	case Bool:
		return parseBool(s)
	case Int:
		return parseInt(s)
	case Cost:
		m, err := ParseMoney(s)
		return Value{Set: true, Int: int64(m)}, err
	}
	return Value{Set: true, Text: s}, f.checkText(s)
}

// NormalID is the form in which ids are kept and compared: without blanks at its
// ends, composed (NFC).
func NormalID(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

// List makes the value of an IDs field from its elements, which may repeat.
func (f *Field) List(ids []string) (Value, error) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = NormalID(id)
		if err := checkID(list[i]); err != nil {
			return Value{}, fmt.Errorf("has the id %q, which %w", Clip(id), err)
		}
	}
	list = sortedSet(list)
	return Value{Set: len(list) > 0, List: list}, nil
}

func (f *Field) checkText(s string) error {
	if err := checkUnicode(s); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(s); n > f.Max {
		return fmt.Errorf("has %d characters; at most %d", n, f.Max)
	}
	if f.Visible && !visible(s) {
		return errInvisible
	}
	if f.Check != nil {
		return f.Check(s)
	}
	return nil
}

var errInvisible = errors.New("has no character that can be seen")

// visible reports whether a text shows anything: blanks, control and format
// characters, marks without a letter and letters that are drawn as nothing do not.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) &&
			!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != brailleBlank
	})
}

const brailleBlank = '\u2800'

func checkUnicode(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("is not valid UTF-8")
	}
	if strings.IndexByte(s, 0) >= 0 {
		return errors.New("contains a NUL byte")
	}
	return nil
}

func checkID(s string) error {
	if err := checkUnicode(s); err != nil {
		return err
	}
	if s == "" {
		return errors.New("is empty; an id has 1 to 128 characters")
	}
	if n := utf8.RuneCountInString(s); n > MaxIDLength {
		return fmt.Errorf("has %d characters; an id has at most %d", n, MaxIDLength)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("contains the unprintable character %U", r)
		}
	}
	return nil
}

func parseBool(s string) (Value, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "1":
		return Value{Set: true, Int: 1}, nil
	case "false", "no", "0":
		return Value{Set: true}, nil
	}
	return Value{}, errors.New("is not a bool; write true or false")
}

func parseInt(s string) (Value, error) {
	d, ok := parseDecimal(s)
	if !ok || !d.whole() {
		return Value{}, errors.New("is not a whole number; write digits alone, as in 1200")
	}
	if d.negative() {
		return Value{}, errors.New("is negative; a count is 0 or more")
	}
	n, ok := d.round(0)
	if !ok || n > MaxInt {
		return Value{}, fmt.Errorf("is out of range; at most %d", int64(MaxInt))
	}
	return Value{Set: true, Int: n}, nil
}

// Append appends the text form of v, as it stands in a CSV cell before any
// quoting, to b; nothing when v is left out.
func (f *Field) Append(b []byte, v Value) []byte {
	if !v.Set {
		return b
	}
	switch f.Type {
	case IDs:
		return appendList(b, v.List)
	case Time:
		return Instant(v.Int).AppendTo(b)
	case Date:
		return Day(v.Int).AppendTo(b)
	case Bool:
		return strconv.AppendBool(b, v.Int != 0)
	case Int:
		return strconv.AppendInt(b, v.Int, 10)
	case Cost:
		return append(b, Money(v.Int).String()...)
	}
	return append(b, v.Text...)
}
