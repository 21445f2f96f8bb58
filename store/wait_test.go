package store

import (
	"errors"
	"testing"
	"time"

	"glow/schema"
)

func TestWriteThatWaitsTooLongIsRefusedAndNeverApplied(t *testing.T) {
	s := openStore(t, Options{WriteWait: 200 * time.Millisecond})
	release := holdWriter(t, s)
	put := func(id string) error {
		_, err := s.Put(ctx, input(itemsOf(rec("department", "id", id, "name", "D"))), PutOptions{Live: true})
		return err
	}
	for _, id := range []string{"late-1", "late-2"} {
		refused(t, put(id), schema.CodeUnavailable)
	}
	refused(t, s.Audit(ctx, admin, schema.ActionRefresh, nil), schema.CodeUnavailable)
	ended := make(chan error, 1)
	go func() { ended <- s.AuditEnd(ctx, admin, schema.ActionBackup, nil) }()
	release()
	if err := <-ended; err != nil {
		t.Errorf("an entry of what has happened: %v", err)
	}
	if err := put("after"); err != nil {
		t.Error(err)
	}
	if got := idsIn(t, s, "department"); len(got) != 1 || got[0] != "after" {
		t.Errorf("got the departments %v", got)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil || list.TotalCount != 1 || list.Data[0].Action != schema.ActionBackup {
		t.Errorf("the audit list has %+v, %v", list.Data, err)
	}
}

func TestReadyWaitsForNoWriterAndWritesNothing(t *testing.T) {
	s := openStore(t, Options{})
	before := dump(t, s, allTables(t, s)...)
	release := holdWriter(t, s)
	soon(t, "readiness", func() error { return s.Ready(ctx) })
	release()
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it wrote something:\n%s", difference(after, before))
	}
}

func TestReadyIsNotWhenTheLatestWriteFailed(t *testing.T) {
	s := openStore(t, Options{})
	write := func() error {
		return s.write(ctx, func(t *tx) error {
			return t.Exec(`INSERT INTO setting (name, value) VALUES (hex(randomblob(8)), randomblob(100000))`)
		})
	}
	limitPages(t, s, "1") // as many as there are
	refused(t, write(), schema.CodeNoSpace)
	refused(t, s.Ready(ctx), schema.CodeNoSpace)
	limitPages(t, s, "1000000")
	if err := errors.Join(write(), s.Ready(ctx)); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

// Nobody waits for a turn at writing to be told that nothing will be written.
func TestImportFullOfFaultsWaitsForNoWriter(t *testing.T) {
	s := openStore(t, Options{})
	release := holdWriter(t, s)
	defer release()
	items := make([]item, schema.MaxFaults)
	for i := range items {
		items[i].fault = &schema.Fault{Line: i + 1, Field: "id", Message: "is missing"}
	}
	soon(t, "an import full of faults", func() error {
		_, err := s.Put(ctx, input(items), PutOptions{})
		refused(t, err, schema.CodeInvalid)
		return nil
	})
}
