package cli

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// optionalBoolMapper reads the flags of three states: --active, --active=true and
// --active true are one, --no-active and --active false another, and a flag that is
// left out chooses neither. Only a word is taken as a value that stands apart: a
// number may be an id that follows the flag.
type optionalBoolMapper struct{}

// IsBool makes the value optional, and --no-… another form of the flag.
func (optionalBoolMapper) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (optionalBoolMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	chosen, next := true, ctx.Scan.Peek()
	word := strings.ToLower(next.String())
	joined := next.Type == kong.FlagValueToken
	switch {
	case word == "true", word == "yes", joined && word == "1":
		ctx.Scan.Pop()
	case word == "false", word == "no", joined && word == "0":
		ctx.Scan.Pop()
		chosen = false
	case joined:
		return fmt.Errorf("%q is neither true nor false", next.String())
	}
	target.Set(reflect.ValueOf(&chosen))
	return nil
}
