package store

import (
	"context"
	"errors"
	"iter"
	"testing"

	"glow/schema"
)

// stopping is an input of which nothing follows once its caller has gone, as it may look
// from within: whoever reads on reads for nobody.
func stopping(stop context.CancelFunc, yield func() error) (records iter.Seq2[*schema.Record, error], readOn *int) {
	readOn = new(int)
	return func(send func(*schema.Record, error) bool) {
		for i := range 100_000 {
			if i == 100 {
				stop()
			}
			if i > 100 {
				*readOn++
			}
			if !send(nil, yield()) {
				return
			}
		}
	}, readOn
}

func TestReadingFaultsStopsWithTheCaller(t *testing.T) {
	s := openStore(t, Options{})
	caller, leave := context.WithCancel(t.Context())
	records, readOn := stopping(leave, func() error { return schema.Fault{Line: 1, Message: "is no record"} })
	if _, err := s.Put(caller, records, PutOptions{SkipInvalid: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if *readOn > 2048 {
		t.Errorf("%d rows were read for nobody", *readOn)
	}
}

func TestReadingFaultsOfALogStopsWithTheCaller(t *testing.T) {
	s := openStore(t, Options{})
	caller, leave := context.WithCancel(t.Context())
	records, readOn := stopping(leave, func() error { return schema.Fault{Line: 1, Message: "is no row"} })
	rows := func(yield func(*schema.LogRow, error) bool) {
		for _, err := range records {
			if !yield(nil, err) {
				return
			}
		}
	}
	log := LogImport{Site: "x", Rows: rows, Names: func() []string { return []string{""} }}
	if _, err := s.PutLog(caller, log, PutOptions{SkipInvalid: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if *readOn > 2048 {
		t.Errorf("%d rows were read for nobody", *readOn)
	}
}

// Whoever leaves while the records are merged leaves nothing behind, and whatever waits
// to be written waits no longer.
func TestMergingStopsWithTheCaller(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	caller, leave := context.WithCancel(t.Context())
	records := itemsOf(rec("department", "id", "new", "name", "New"))
	_, err := s.Put(caller, input(records), PutOptions{Detail: func(schema.ImportResponse) map[string]any {
		leave()
		return nil
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	unknown, err := s.UnknownDepartments(t.Context(), []string{"new"})
	if err != nil || len(unknown) != 1 {
		t.Errorf("it was taken: %v, %v", unknown, err)
	}
	mustPut(t, s, PutOptions{}, rec("department", "id", "other", "name", "Other"))
}
