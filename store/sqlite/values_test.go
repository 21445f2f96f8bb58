package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
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

// What database/sql would store and read is what is stored and read.
func TestValuesAreReadAsTheyWereStored(t *testing.T) {
	type name string
	type instant int64
	d := openDB(t, Options{})
	err := d.Read(ctx, func(x *Tx) error {
		var (
			text   name
			at     instant
			small  uint32
			yes    bool
			half   float64
			blob   []byte
			absent *string
			there  *int64
			maybe  sql.NullString
			parsed int
		)
		two := int64(2)
		err := x.QueryRow([]any{&text, &at, &small, &yes, &half, &blob, &absent, &there, &maybe, &parsed},
			`SELECT :text, :at, :small, :yes, :half, :blob, :absent, :there, :maybe, '12'`,
			sql.Named("there", &two), sql.Named("text", name("a\x00b")), sql.Named("at", instant(-5)), sql.Named("small", uint32(7)),
			sql.Named("yes", true), sql.Named("half", 0.5), sql.Named("blob", []byte{}), sql.Named("absent", (*string)(nil)),
			sql.Named("maybe", sql.NullString{String: "x", Valid: true}), sql.Named("unused", 1))
		if err != nil {
			return err
		}
		if text != "a\x00b" || at != -5 || small != 7 || !yes || half != 0.5 || blob == nil || absent != nil || there == nil || *there != 2 || maybe.String != "x" || parsed != 12 {
			t.Error(text, at, small, yes, half, blob, absent, there, maybe, parsed)
		}
		for query, args := range map[string][]any{
			`SELECT NULL`: nil, `SELECT 'x'`: nil, `SELECT 1, 2`: nil, `SELECT 1e300`: nil,
			`SELECT ?`: nil, `SELECT :a`: {sql.Named("b", 1)}, `SELECT ?1`: {time.Now()},
		} {
			var n int64
			if err := x.QueryRow([]any{&n}, query, args...); err == nil {
				t.Errorf("%s was read as %d", query, n)
			}
		}
		var n int64
		if err := x.QueryRow([]any{&n}, `SELECT 1 WHERE false`); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A statement may be run while it is being read, and with another context.
func TestAQueryCanBeRunInsideItself(t *testing.T) {
	const query = `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n`
	d := openDB(t, Options{})
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var got []int64
	err := d.Read(ctx, func(x *Tx) error {
		return x.Rows(func(outer Row) error {
			defer x.SetContext(x.Context())
			x.SetContext(inner)
			return x.Rows(func(r Row) error { got = append(got, outer.Int(0)*10+r.Int(0)); return nil }, query)
		}, query)
	})
	if want := []int64{11, 12, 13, 21, 22, 23, 31, 32, 33}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

const endless = `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`

// The end of a context interrupts what runs, is told as what it is, and does not keep the
// connection from being used again.
func TestTheEndOfAContextInterruptsWhatRuns(t *testing.T) {
	d := openDB(t, Options{})
	for range 20 {
		within, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
		err := d.Read(within, func(x *Tx) error { _, err := x.QueryCount(endless); return err })
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	err := d.Read(gone, func(x *Tx) error {
		cancel()
		_, err := x.QueryCount(`SELECT 1`)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	set(t, d, "later", 1)
	if count(t, d, "later") != 1 {
		t.Error("it is not there")
	}
}

// A write that is interrupted leaves nothing, and its connection can be used again.
func TestAnInterruptedWriteIsRolledBack(t *testing.T) {
	d := openDB(t, Options{})
	err := d.Bulk(ctx, func(c *Conn) error {
		err := d.WriteOn(ctx, c, func(x *Tx) error {
			whole := x.Context()
			defer x.SetContext(whole)
			within, cancel := context.WithTimeout(whole, 20*time.Millisecond)
			defer cancel()
			x.SetContext(within)
			if err := x.Exec(`INSERT INTO setting VALUES ('half', 1)`); err != nil {
				return err
			}
			return x.Exec(`INSERT INTO setting ` + strings.Replace(endless, "count(*)", "'half' || i, i", 1))
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		return d.WriteOn(ctx, c, func(x *Tx) error { return x.Exec(`INSERT INTO setting VALUES ('whole', 1)`) })
	})
	if err != nil || count(t, d, "half") != 0 || count(t, d, "whole") != 1 {
		t.Error(err, count(t, d, "half"), count(t, d, "whole"))
	}
}
