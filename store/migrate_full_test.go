package store

import (
	"fmt"
	"testing"

	"glow/schema"
	"glow/store/sqlite"
)

// What a migration has ordered to be derived is in no table yet. Without room for it the
// file is not opened: its answers would lack that, and nothing would say so.
func TestStartWithoutRoomForWhatAMigrationOrderedIsRefused(t *testing.T) {
	s := openStore(t, Options{})
	records := university()
	for i := range 600 {
		at := fmt.Sprintf("2025-%02d-%02dT%02d:00:00Z", 1+i%12, 1+i%28, i%24)
		records = append(records, rec("session", "id", fmt.Sprint("session-", i), "profile_id", "ann", "created_at", at))
	}
	mustPut(t, s, PutOptions{}, records...)
	s.StopRefreshing()
	err := s.db.Exclusive(func(c *sqlite.Conn) error {
		return c.Tx(ctx).ExecAll(append(emptySummaries(), `DELETE FROM record_count`, `DELETE FROM stale_day`, `DELETE FROM stale_session`,
			`INSERT INTO setting (name, value) VALUES ('derive_anew', 1)`, `VACUUM`)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	limitPages(t, s, "1") // as many as there are
	refused(t, s.adoptZone(ctx), schema.CodeNoSpace)
	limitPages(t, s, "1000000")
	if err := s.adoptZone(ctx); err != nil {
		t.Fatal(err)
	}
	if records, err := s.Holdings(ctx); records[schema.KindSession] != 602 || err != nil {
		t.Errorf("%v, %v", records, err)
	}
	checkRebuild(t, s)
}
