package store

import (
	"errors"
	"iter"
)

const (
	aheadRows    = 256 // rows that are handed on at a time
	aheadBatches = 4   // batches that may wait
)

// readAhead yields batches of a query's one column of text, which is read on
// another goroutine meanwhile. Until it returns, nobody else may use t.
func (t *tx) readAhead(query string, args ...any) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		batches, stop := make(chan []string, aheadBatches), make(chan struct{})
		var err error // may be read when batches is closed
		go func() {
			defer close(batches)
			err = t.readBatches(batches, stop, query, args)
		}()
		defer func() { // t is in use until this ends, whatever made the reader stop: even a panic
			close(stop)
			for range batches {
			}
		}()
		for batch := range batches {
			if !yield(batch, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// errStopped ends a query whose reader wants no more.
var errStopped = errors.New("stopped")

func (t *tx) readBatches(to chan<- []string, stop <-chan struct{}, query string, args []any) error {
	batch := make([]string, 0, aheadRows)
	send := func() error {
		select {
		case to <- batch:
			batch = make([]string, 0, aheadRows)
			return nil
		case <-stop:
			return errStopped
		}
	}
	var row string
	err := t.Query(func(scan func(...any) error) error {
		if err := scan(&row); err != nil {
			return err
		}
		if batch = append(batch, row); len(batch) < aheadRows {
			return nil
		}
		return send()
	}, query, args...)
	if err != nil {
		return err
	}
	return send()
}
