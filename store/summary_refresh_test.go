package store

import (
	"testing"

	"glow/schema"
)

// Whatever a record counted for before it was replaced is counted anew: its old
// day, person, session and group as well as the new ones. Its time is the first
// instant of a day, then the last.
func TestReplacedRecordCountsWhereItIsAndNoLongerWhereItWas(t *testing.T) {
	alone(t)
	const first, last, later = "2025-03-14T17:00:00Z", "2025-03-15T16:59:59.999999Z", "2025-05-20T09:00:00Z"
	for name, history := range map[string][]schema.Record{
		"login to another day": {
			rec("login", "id", "x", "profile_id", "cy", "created_at", first), rec("login", "id", "x", "profile_id", "cy", "created_at", later),
			rec("login", "id", "x", "profile_id", "cy", "created_at", last), rec("login", "id", "x", "profile_id", "cy", "created_at", first)},
		"activity to another person": {
			rec("activity", "id", "x", "profile_id", "cy", "created_at", first), rec("activity", "id", "x", "profile_id", "ann", "created_at", first)},
		"emulation to another session": {
			rec("emulation", "id", "x", "profile_id", "cy", "session_id", "s1", "created_at", last), rec("emulation", "id", "x", "profile_id", "cy", "session_id", "s2", "created_at", last)},
		"session to another person, with its grants": {
			rec("session", "id", "s1", "profile_id", "cy", "created_at", first), rec("session", "id", "s1", "profile_id", "bob", "created_at", later, "ended_at", later)},
		"group to another session, with its runs": {
			rec("group", "id", "gr1", "session_id", "s2", "created_at", first), rec("group", "id", "gr1", "session_id", "s1", "created_at", later)},
		"run to another group": {
			rec("group", "id", "gr2", "session_id", "s2", "created_at", first),
			rec("run", "id", "x", "group_id", "gr1", "cost", "1.5", "created_at", first), rec("run", "id", "x", "group_id", "gr2", "cost", "2", "created_at", later)},
		"chat to another session, with its messages": {
			rec("chat", "id", "c1", "session_id", "s2", "created_at", first), rec("chat", "id", "c1", "session_id", "s1", "created_at", later)},
		"message to another chat": {
			rec("chat", "id", "c2", "session_id", "s2", "created_at", first),
			rec("message", "id", "x", "chat_id", "c1", "created_at", later), rec("message", "id", "x", "chat_id", "c2", "created_at", later)},
		"attempt to another session": {
			rec("attempt", "id", "at1", "session_id", "s2", "created_at", first, "completed_at", later), rec("attempt", "id", "at1", "session_id", "s1", "created_at", first)},
		"problem to nobody's session": {
			rec("problem", "id", "p1", "profile_id", "bob", "type", "t", "message", "m", "created_at", first, "resolved", "true")},
		"grant to another session": {
			rec("grant", "id", "g1", "session_id", "s2", "created_at", first), rec("grant", "id", "g1", "session_id", "s1", "created_at", later)},
		"person to other departments and roles": {
			rec("profile", "id", "ann", "name", "Ann", "department_ids", "bio"), rec("profile", "id", "ann", "name", "Ann", "role", "COACH", "department_ids", "bio|cs"),
			rec("profile", "id", "ann", "name", "Ann")},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, Options{Zone: mustZone("Asia/Ho_Chi_Minh")})
			mustPut(t, s, PutOptions{}, university()...)
			for _, r := range history {
				mustPut(t, s, PutOptions{}, r)
				checkRebuild(t, s)
			}
		})
	}
}

func TestAnotherTimeZoneRebuildsTheDays(t *testing.T) {
	o := Options{Path: t.TempDir() + "/glow.db"}
	for zone, want := range map[string]string{"UTC": "2025-03-14", "Asia/Ho_Chi_Minh": "2025-03-15", "America/New_York": "2025-03-14", "Pacific/Apia": "2025-03-15"} {
		o.Zone = mustZone(zone)
		s := openAt(t, o)
		mustPut(t, s, PutOptions{}, rec("profile", "id", "p", "name", "P"), rec("login", "id", "l", "profile_id", "p", "created_at", "2025-03-14T17:00:00Z"))
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: want, DateTo: want}, Interval: schema.IntervalDay})
		if err != nil || a.Logins != 1 || len(a.Series) != 1 || a.Series[0].Logins != 1 || a.Analytics.DateRangeEarliest.String() != want {
			t.Errorf("%s: got %s, %v", zone, asJSON(t, a), err)
		}
		checkRebuild(t, s)
		closeStore(t, s)
	}
}

// West of Greenwich the first instants of 1970 lie in 1969: that day counts, too.
func TestLocalDaysBefore1970Count(t *testing.T) {
	s := openStore(t, Options{Zone: mustZone("America/New_York")})
	mustPut(t, s, PutOptions{}, append(university(),
		rec("session", "id", "old", "profile_id", "ann", "created_at", "1970-01-01T00:00:00Z"),
		rec("login", "profile_id", "ann", "created_at", "1970-01-01T04:59:59Z"))...)
	for _, c := range []struct {
		filter           schema.Filter
		sessions, logins int64
	}{
		{schema.Filter{}, 3, 2},
		{schema.Filter{DateTo: "1970-01-01T04:59:59Z"}, 1, 1},
		{schema.Filter{DateFrom: "1970-01-01T00:00:00Z", DateTo: "1970-01-01"}, 1, 1},
		{schema.Filter{DateFrom: "1970-01-01"}, 2, 1},
	} {
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: c.filter})
		if err != nil || a.Sessions != c.sessions || a.Logins != c.logins || a.ProfileSummary[0].Logins != c.logins {
			t.Errorf("%+v: got %d sessions, %d logins, %+v, %v", c.filter, a.Sessions, a.Logins, a.ProfileSummary, err)
		}
		list, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Filter: c.filter})
		if err != nil || list.TotalCount != c.sessions || int64(len(list.Data)) != c.sessions {
			t.Errorf("%+v: %d sessions are listed, of %d, %v", c.filter, len(list.Data), list.TotalCount, err)
		}
	}
	checkRebuild(t, s)
}
