package store

import (
	"fmt"
	"iter"
	"strings"

	"glow/schema"
	"glow/store/sqlite"
)

// exportQuery is a query and how its columns become values.
type exportQuery struct {
	x     *export
	from  string
	where string
	order string
	exprs []string
	cells []cell
}

// cell converts the content of a column to a value.
type cell struct {
	kind  cellKind
	value func(c content) schema.Value
}

type cellKind int

// content is the value of a column in one row: a text or a number, or NULL if not set.
type content struct {
	set    bool
	text   string
	number int64
}

func (q *exportQuery) add(expr string, c cell) {
	q.exprs = append(q.exprs, expr)
	q.cells = append(q.cells, c)
}

// addTime adds a time of the person whose key is the expression owner.
func (q *exportQuery) addTime(expr, owner string) {
	q.add(q.x.shifts.shift(expr, owner), numberCell)
}

// orderByTime orders rows by the exported times.
func (q *exportQuery) orderByTime(owner string) {
	q.order = q.x.shifts.shift("k.created_at", owner) + ", k.id"
}

// packed is an expression for all columns as one text, each ended by a NUL, which no text
// contains; "=" distinguishes an empty text from NULL. database/sql is slow per value: an
// export of 330,000 records takes 2.3 to 3.0 s this way, with ReadAhead, and 3.4 to 3.7 s
// with a scan of each column (BenchmarkExport of the server).
func (q *exportQuery) packed() string {
	parts := make([]string, len(q.exprs))
	for i, expr := range q.exprs {
		if parts[i] = expr; q.cells[i].kind == textual {
			parts[i] = "'=' || " + expr
		}
	}
	return "concat(" + strings.Join(parts, ", char(0), ") + ", char(0))"
}

// unpack splits a row of packed into values.
func (q *exportQuery) unpack(row string, values []schema.Value) {
	for i, c := range q.cells {
		end := strings.IndexByte(row, 0)
		cut := row[:end]
		row = row[end+1:]
		held := content{set: cut != ""}
		switch {
		case !held.set:
		case c.kind == textual:
			held.text = cut[1:]
		default:
			held.number = parseNumber(cut)
		}
		values[i] = c.value(held)
	}
}

// parseNumber parses an integer as SQLite prints it.
func parseNumber(text string) (n int64) {
	digits := strings.TrimPrefix(text, "-")
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	if len(digits) < len(text) {
		return -n
	}
	return n
}

// rows runs the query once it is ranged over.
func (q *exportQuery) rows() iter.Seq2[[]schema.Value, error] {
	return func(yield func([]schema.Value, error) bool) {
		query := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s", q.packed(), q.from, q.where, q.order)
		values := make([]schema.Value, len(q.cells))
		for batch, err := range q.x.t.ReadAhead(query, q.x.args()...) {
			if err != nil {
				yield(nil, sqlite.Translate(err))
				return
			}
			for _, row := range batch {
				if q.unpack(row, values); !yield(values, nil) {
					return
				}
			}
		}
	}
}

func textValue(s string) schema.Value { return schema.Value{Set: s != "", Text: s} }

// textCell and numberCell export a column as it is.
var (
	textCell   = cell{textual, func(c content) schema.Value { return schema.Value{Set: c.set, Text: c.text} }}
	numberCell = cell{numeric, func(c content) schema.Value { return schema.Value{Set: c.set, Int: c.number} }}
)
