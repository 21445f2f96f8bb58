package schema

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of refusal an [Error] is. Each code has one HTTP status
// (see [Refusals]) and one exit code (see the command line).
type Code string

// The codes. Anything that is not an [Error] is internal.
const (
	CodeInvalid      Code = "invalid"      // the request or the records are at fault
	CodeUnauthorized Code = "unauthorized" // no valid token
	CodeForbidden    Code = "forbidden"    // what this role may never do
	CodeNotFound     Code = "not_found"    // no such row for this caller
	CodeConflict     Code = "conflict"     // contradicts what is there
	CodeTooLarge     Code = "too_large"    // over a limit
	CodeMediaType    Code = "media_type"   // a body of a type the route does not take
	CodeTooMany      Code = "too_many"     // try again later, more slowly
	CodeUnavailable  Code = "unavailable"  // not now: busy, shutting down, I/O error
	CodeNoSpace      Code = "no_space"     // the disk is full

	CodeMalformed   Code = "malformed"          // a body that is not what its type says, or breaks off
	CodeMethod      Code = "method_not_allowed" // a route asked by another method than its own
	CodeMisdirected Code = "misdirected"        // asked under a name that the instance does not have
	CodeInternal    Code = "internal"           // the program is at fault; the log says how
)

// Error is a refusal that a person can act on. It is made where the fault is
// known and wrapped on the way up.
type Error struct {
	Code    Code
	Message string
	Fields  []Fault
}

// Fault names one thing that is wrong. In a request only Field and Message are
// set; a record that was read from a file also has its place.
type Fault struct {
	File    string `json:"file,omitempty"`  // name of the file, as given
	Line    int    `json:"line,omitempty"`  // from 1; 0 where the input has no lines
	Field   string `json:"field,omitempty"` // key or column; empty when the whole record is meant
	Message string `json:"message"`         // what is wrong and what would be right

	Kind *Kind `json:"-"` // of the record, where that is known
}

// Error makes a Fault usable as the error a record reader yields for one bad record.
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
	}
	if f.Line > 0 {
		if f.File == "" {
			b.WriteString("line ")
		} else {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%d", f.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if f.Field != "" {
		b.WriteString(f.Field)
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	return b.String()
}

func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Message
	}
	parts := make([]string, 0, len(e.Fields))
	for _, f := range e.Fields {
		parts = append(parts, f.Error())
	}
	if e.Message == "" {
		return strings.Join(parts, "; ")
	}
	return e.Message + ": " + strings.Join(parts, "; ")
}

// Detail is the message with the first fault, for whoever is shown nothing else.
func (e *Error) Detail() string {
	if len(e.Fields) == 0 {
		return e.Message
	}
	return e.Message + ": " + e.Fields[0].Error()
}

// ParseDetail makes the Error of an answer's detail and errors.
func ParseDetail(code Code, detail string, faults []Fault) *Error {
	e := &Error{Code: code, Message: detail, Fields: faults}
	if len(faults) > 0 {
		e.Message = strings.TrimSuffix(detail, ": "+faults[0].Error())
	}
	return e
}

// Errorf makes an Error without fields.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes a CodeInvalid Error that names one field.
func Invalid(field, format string, args ...any) *Error {
	return &Error{
		Code:    CodeInvalid,
		Message: "the request is not valid",
		Fields:  []Fault{{Field: field, Message: fmt.Sprintf(format, args...)}},
	}
}

// ErrorCode returns the code of the Error in err's chain, or "" when there is none.
func ErrorCode(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Clip shortens a text from outside to 60 characters, for an error message.
func Clip(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
