package eventlog

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strings"
)

// Digester makes the name of a row that has no number of its own: a hash of all
// that the row says. Columns count by their names, in any order; a cell that is
// empty says as much as a column that is not there. A column without a name does not
// count: it is the index that some programs put in front of a table.
type Digester struct {
	hash    hash.Hash
	columns []digestColumn
	text    []byte
}

type digestColumn struct {
	key  string
	cell int
}

// NewDigester returns the Digester of the rows that have these columns.
func NewDigester(columns []string) *Digester {
	d := &Digester{hash: sha256.New()}
	for i, name := range columns {
		if key := ColumnKey(name); key != "" {
			d.columns = append(d.columns, digestColumn{key, i})
		}
	}
	slices.SortStableFunc(d.columns, func(a, b digestColumn) int { return cmp.Compare(a.key, b.key) })
	return d
}

// Of returns the digest of a row. Its time counts by its text: a file that is read
// once more, in another order of day and month or another zone, has the same rows.
func (d *Digester) Of(cells [][]byte) [2]uint64 {
	d.text = d.text[:0]
	for _, c := range d.columns {
		if c.cell >= len(cells) || Empty(cells[c.cell]) {
			continue
		}
		d.text = append(d.text, c.key...)
		d.text = append(d.text, 0)
		d.text = append(d.text, Clean(cells[c.cell])...)
		d.text = append(d.text, 0)
	}
	d.hash.Reset()
	d.hash.Write(d.text)
	var sum [sha256.Size]byte
	d.hash.Sum(sum[:0])
	return [2]uint64{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])}
}

// ColumnKey returns what a column counts as, whatever its blanks and capitals.
func ColumnKey(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), ""))
}
