package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"glow/schema"
	"glow/store/sqlite"
)

// limitPages bounds the file as a full disk would.
func limitPages(t *testing.T, s *Store, pages string) {
	t.Helper()
	err := s.db.Exclusive(func(c *sqlite.Conn) error { return c.Tx(ctx).ExecAll(`PRAGMA max_page_count = ` + pages) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryWriteOfABatchIsToldOfAFullDisk(t *testing.T) {
	s := openStore(t, Options{})
	long := strings.Repeat("x", 900)
	put := func(name string) error {
		r := rec("department", "id", name, "name", long)
		_, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true})
		return err
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	limitPages(t, s, "1") // as many as there are
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			refused := 0
			for i := range 40 {
				err := put(fmt.Sprintf("w%d-%d", w, i))
				if err == nil {
					continue // there was room in a page
				}
				if refused++; schema.ErrorCode(err) != schema.CodeNoSpace {
					t.Error(err)
				}
			}
			if refused == 0 {
				t.Error("all of it went into a full file")
			}
		})
	}
	wg.Wait()
	limitPages(t, s, "1000000")
	if err := put("after"); err != nil {
		t.Error(err)
	}
}
