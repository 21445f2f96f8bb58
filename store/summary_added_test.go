package store

import (
	"testing"

	"glow/schema"
)

// An import adds its new records to the summaries. After each the doctor, who counts the
// records, finds nothing to object to.
func TestNewRecordsAreAddedToTheSummaries(t *testing.T) {
	alone(t)
	const day, before, after, nextMonth, nextYear = "2025-03-14T17:30:00Z", "2025-03-14T17:00:00Z", "2025-03-15T16:59:59.999999Z", "2025-04-01T09:00:00Z", "2026-01-01T09:00:00Z"
	login := func(id, profile, at string) schema.Record {
		return rec("login", "id", id, "profile_id", profile, "created_at", at)
	}
	problem := func(id, profile, at string) schema.Record {
		return rec("problem", "id", id, "profile_id", profile, "type", "bug", "message", "m", "created_at", at)
	}
	for name, imports := range map[string][][]schema.Record{
		"first and last of a stretch": {{login("a", "cy", day)}, {login("b", "cy", before)}, {login("c", "cy", after)}, {login("d", "cy", nextMonth), login("e", "cy", nextYear)}},
		"a stretch that had no sign of life": {
			{problem("a", "cy", day)}, {login("b", "cy", before), login("c", "cy", after)}, {problem("d", "cy", day), login("e", "cy", nextMonth)}},
		"the same once more, with more": {{login("a", "cy", day)}, {login("a", "cy", day), login("b", "cy", day)}},
		"a day that loses a record and gets others": {
			{login("a", "cy", day), login("b", "ann", day)}, {login("a", "cy", nextMonth), login("c", "cy", day), login("d", "cy", nextMonth), login("e", "cy", nextYear)}},
		"a day that a record comes to from another": {{login("a", "cy", day)}, {login("b", "ann", nextMonth), login("a", "bob", nextMonth)}},
		"a new person": {{rec("profile", "id", "dee", "name", "Dee", "department_ids", "cs"), login("a", "dee", day)}, {login("b", "dee", nextMonth)}},
		"a person who moves to other departments": {
			{login("a", "ann", day)}, {rec("profile", "id", "ann", "name", "Ann Lee", "department_ids", "bio"), login("b", "ann", day), login("c", "ann", nextMonth)}},
		"a grant of a session that comes with it": {
			{rec("session", "id", "s3", "profile_id", "cy", "created_at", day), rec("grant", "id", "a", "session_id", "s3", "created_at", nextMonth)},
			{rec("grant", "id", "b", "session_id", "s3", "created_at", nextMonth)}},
		"grants of a session that becomes somebody else's": {
			{rec("grant", "id", "a", "session_id", "s1", "created_at", day)},
			{rec("session", "id", "s1", "profile_id", "cy", "created_at", day), rec("grant", "id", "b", "session_id", "s1", "created_at", day), rec("grant", "id", "c", "session_id", "s1", "created_at", nextMonth)}},
		"a session that ends later":     {{rec("session", "id", "s3", "profile_id", "cy", "created_at", day)}, {rec("session", "id", "s3", "profile_id", "cy", "created_at", day, "ended_at", after), login("a", "cy", day)}},
		"a problem of nobody":           {{problem("a", "", day)}, {problem("a", "cy", day), problem("b", "", day), problem("c", "cy", nextMonth)}},
		"emulations of somebody":        {{rec("emulation", "id", "a", "profile_id", "cy", "session_id", "s1", "created_at", day)}, {rec("emulation", "id", "b", "profile_id", "cy", "created_at", day)}},
		"a day before 1970 in its zone": {{login("a", "cy", "1970-01-01T00:00:00Z")}, {login("b", "cy", "1970-01-01T05:00:00Z")}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, zone := range []string{"Asia/Ho_Chi_Minh", "America/New_York"} {
				s := openStore(t, Options{Zone: mustZone(zone)})
				mustPut(t, s, PutOptions{}, university()...)
				for i, records := range imports {
					mustPut(t, s, PutOptions{}, records...)
					if answer := doctor(t, s); !answer.Healthy {
						t.Errorf("%s, import %d: %+v", zone, i, answer.Checks)
					}
				}
				checkRebuild(t, s)
			}
		})
	}
}

// A day that a live record has made stale gets an import's new records, too, and neither
// is counted twice; a dry run and a refused import add nothing.
func TestNewRecordsOfAStaleDayCountOnce(t *testing.T) {
	alone(t)
	s := openStore(t, Options{})
	s.StopRefreshing()
	mustPut(t, s, PutOptions{}, university()...)
	const at = "2025-03-20T09:00:00Z"
	posted, imported := rec("login", "id", "a", "profile_id", "cy", "created_at", at), rec("login", "id", "b", "profile_id", "cy", "created_at", at)
	err := s.write(ctx, func(x *tx) error { // a post that comes between the refresh before an import and its turn
		live := s.newPut(PutOptions{Live: true})
		if err := live.stageAndMerge(x, input(itemsOf(posted))); err != nil {
			return err
		}
		return s.newPut(PutOptions{}).stageAndMerge(x, input(itemsOf(imported)))
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, PutOptions{DryRun: true}, rec("login", "id", "c", "profile_id", "cy", "created_at", at))
	_, err = s.Put(ctx, input(itemsOf(rec("login", "id", "c", "profile_id", "cy", "created_at", at), rec("login", "id", "d", "profile_id", "none", "created_at", at))), PutOptions{})
	refused(t, err, schema.CodeInvalid)
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{SummaryProfileID: "cy"})
	if err != nil || a.ProfileSummary[0].Logins != 2 {
		t.Errorf("got %s, %v", asJSON(t, a.ProfileSummary), err)
	}
	checkRebuild(t, s)
}
