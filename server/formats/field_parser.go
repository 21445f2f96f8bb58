package formats

import (
	"fmt"
	"time"

	"glow/schema"
)

// fieldParser reads the values of one field, record after record. It remembers the
// last one: neighbouring records share ids, roles and the like, and a value that
// repeats costs neither parsing nor memory.
type fieldParser struct {
	field *schema.Field
	text  string // of value, as it stood in the input
	value schema.Value
}

// fieldParsers returns a fieldParser for each field of a kind.
func fieldParsers(k *schema.Kind) []fieldParser {
	c := make([]fieldParser, len(k.Fields))
	for i := range c {
		c[i].field = &k.Fields[i]
	}
	return c
}

// parse reads the text form of a value. The error, if any, is a whole message.
func (c *fieldParser) parse(text []byte, zone *time.Location) (schema.Value, error) {
	if string(text) == c.text {
		return c.value, nil
	}
	s := string(text)
	v, err := c.field.Parse(s, zone)
	if err != nil {
		return v, fmt.Errorf("%q %w", schema.Clip(s), err)
	}
	c.text, c.value = s, v
	return v, nil
}

// list makes a value of the elements of a JSON array; raw is that array.
func (c *fieldParser) list(raw []byte, elements [][]byte) (schema.Value, error) {
	if string(raw) == c.text {
		return c.value, nil
	}
	ids := make([]string, len(elements))
	for i, e := range elements {
		ids[i] = string(e)
	}
	v, err := c.field.List(ids)
	if err != nil {
		return v, err
	}
	c.text, c.value = string(raw), v
	return v, nil
}

// isText reports whether cells of the type hold what people wrote, which a
// spreadsheet might take for a formula.
func isText(t schema.Type) bool {
	return t == schema.Text || t == schema.ID || t == schema.IDs
}
