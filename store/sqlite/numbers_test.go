package sqlite

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// nine are whole numbers of which some are negative.
var nine = []string{"i", "-i", "i * 2", "i * 3", "i % 7", "i % 11 - 5", "i * i", "0", "i + 1"}

const fiveThousand = `(WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n)`

func rowByRow(t *Tx, fn func([]int64)) error {
	row, dest := make([]int64, len(nine)), make([]any, len(nine))
	for i := range row {
		dest[i] = &row[i]
	}
	return t.Query(func(scan func(...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		fn(row)
		return nil
	}, `SELECT `+strings.Join(nine, ", ")+` FROM `+fiveThousand)
}

func TestNumbersAreWhatQueryReads(t *testing.T) {
	d := openDB(t, Options{})
	var got, want [][]int64
	err := d.Read(ctx, func(t *Tx) error {
		return errors.Join(
			t.Numbers(nine, func(row []int64) { got = append(got, slices.Clone(row)) }, fiveThousand),
			rowByRow(t, func(row []int64) { want = append(want, slices.Clone(row)) }),
		)
	})
	if err != nil || len(got) != 5000 || !slices.EqualFunc(got, want, slices.Equal[[]int64]) {
		t.Errorf("%d rows, %d wanted, %v", len(got), len(want), err)
	}
}

// What Numbers is for.
func BenchmarkNumbers(b *testing.B) {
	d := openDB(b, Options{})
	for name, read := range map[string]func(*Tx) error{
		"Query":   func(t *Tx) error { return rowByRow(t, func([]int64) {}) },
		"Numbers": func(t *Tx) error { return t.Numbers(nine, func([]int64) {}, fiveThousand) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := d.Read(ctx, read); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
