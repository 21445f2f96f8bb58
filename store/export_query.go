package store

import (
	"errors"
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

// read converts a row to values.
func (q *exportQuery) read(row sqlite.Row, values []schema.Value) {
	for i, c := range q.cells {
		held := content{set: !row.Null(i)}
		switch {
		case !held.set:
		case c.kind == textual:
			held.text = row.Text(i)
		default:
			held.number = row.Int(i)
		}
		values[i] = c.value(held)
	}
}

// errStopped ends a query whose reader wants no more.
var errStopped = errors.New("stopped")

// rows runs the query once it is ranged over.
func (q *exportQuery) rows() iter.Seq2[[]schema.Value, error] {
	return func(yield func([]schema.Value, error) bool) {
		query := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s", strings.Join(q.exprs, ", "), q.from, q.where, q.order)
		values := make([]schema.Value, len(q.cells))
		err := q.x.t.Rows(func(row sqlite.Row) error {
			if q.read(row, values); !yield(values, nil) {
				return errStopped
			}
			return nil
		}, query, q.x.args()...)
		if err != nil && err != errStopped {
			yield(nil, sqlite.Translate(err))
		}
	}
}

func textValue(s string) schema.Value { return schema.Value{Set: s != "", Text: s} }

// textCell and numberCell export a column as it is.
var (
	textCell   = cell{textual, func(c content) schema.Value { return schema.Value{Set: c.set, Text: c.text} }}
	numberCell = cell{numeric, func(c content) schema.Value { return schema.Value{Set: c.set, Int: c.number} }}
)
