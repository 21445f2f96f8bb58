package server

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// Somebody of the full Glow is merged before, between or after the pieces of an export:
// all give the same.
func TestPeopleOfAFullGlowExportAreMergedAtAnyTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := glowRows(rt)
		whole, pieces := newGlowServer(t), newGlowServer(t)
		for _, s := range []glowServer{whole, pieces} { // whose id is in the order of ids where the merged one was
			s.ask(rt, schema.Import.Path, schema.TypeJSON, `{"kind":"profile","id":"glow-bo2","name":"Bo of the roster","email":"bo@x.edu"}`)
		}
		whole.take(rt, rows)
		whole.mergeBo()
		for _, piece := range cutGlow(rt, rows) {
			pieces.take(rt, piece)
			if rapid.Bool().Draw(rt, "merge") {
				pieces.mergeBo()
			}
		}
		pieces.mergeBo()
		if got, want := pieces.export(rt), whole.export(rt); got != want {
			rt.Fatalf("in pieces:\n%s\nas a whole:\n%s", got, want)
		}
		before := whole.export(rt)
		whole.take(rt, rows)
		if got := whole.export(rt); got != before {
			rt.Fatalf("a second time:\n%s\nonce:\n%s", got, before)
		}
	})
}

// mergeBo merges Bo, who may not be there or be merged already.
func (s glowServer) mergeBo() {
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+schema.Merge.Path, strings.NewReader(`{"from":"glow-bo","into":"glow-bo2"}`))
	r.Header.Set("Content-Type", schema.TypeJSON)
	s.ServeHTTP(httptest.NewRecorder(), r)
}

// Somebody of the roster who is merged with somebody of a log stays as the roster says,
// but for the departments, and the sessions keep their ids.
func TestPersonOfALogIsMergedIntoOneOfTheRoster(t *testing.T) {
	s := newSite(t)
	defer s.close()
	row := func(at, user string) piece {
		return piece{"timecreated,eventname,userid", []string{at + viewed + user}}
	}
	s.put(`{"kind":"profile","id":"ann","name":"Ann Lee","email":"ann@x.edu","role":"lead"}`)
	s.take("", row("1700003600", "5"))
	if !s.merge("moodle-5", "ann") {
		t.Fatal("not merged")
	}
	s.expectLines("profiles.csv", []int{0, 1, 2, 3, 4}, "ann Ann Lee ann@x.edu lead cs")
	s.take("", row("1700003660", "5"))
	s.take("&department=bio&role=coach", row("1700103600", "5"))
	s.expectLines("profiles.csv", []int{0, 1, 2, 3, 4}, "ann Ann Lee ann@x.edu coach bio|cs")
	s.expectLines("sessions.csv", []int{0, 1, 4}, "moodle-5-20231114T231320Z ann 2023-11-14T23:14:20Z", "moodle-5-20231116T030000Z ann 2023-11-16T03:00:00Z")

	// What two ids of one log did at a time is one session.
	s.take("", row("1700004000", "6"))
	if !s.merge("moodle-6", "ann") {
		t.Fatal("not merged")
	}
	s.healthy()
	s.take("", row("1700203600", "5"))
	s.expectLines("sessions.csv", []int{0, 4}, "moodle-5-20231114T231320Z 2023-11-14T23:20:00Z", "moodle-5-20231116T030000Z 2023-11-16T03:00:00Z", "moodle-5-20231117T064640Z 2023-11-17T06:46:40Z")
	s.healthy()
}

// Whoever was merged into somebody by hand stays, even when the log says nothing of them
// any more.
func TestMergedPersonStaysWithoutRowsOfTheLog(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.put(`{"kind":"profile","id":"ann","name":"Ann Lee"}`)
	s.take("", piece{"id,timecreated,eventname,userid", []string{`1,1700003600,\core\event\course_viewed,8`}})
	s.merge("ann", "moodle-8")
	s.take("", piece{"id,timecreated,eventname,userid,origin", []string{`1,1700003600,\core\event\course_viewed,8,cli`}})
	s.expectLines("profiles.csv", []int{0}, "moodle-8")
	s.healthy()
}

// Somebody of the full Glow whose id an older version made is known by the name that they
// had, and an input that names only merged people says how far their records reach.
func TestMergedPeopleAreKnownByWhatTheyWereCalled(t *testing.T) {
	in := newInstance(t, Options{})
	takeRecords(in, "", `{"kind":"profile","id":"glow-do-an","name":"Đỗ An"}`, `{"kind":"profile","id":"x","name":"An of the roster"}`)
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Merge.Path, `{"from":"glow-do-an","into":"x"}`))
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?from=glow&file=activity.csv", schema.TypeCSV,
		"id,profile,session_id,created_at\n1,Đỗ An,s1,2025-03-10 10:00:00\n"))
	var got schema.SessionsResponse
	in.decode(in.post(schema.RoleAdmin, "/system/sessions", `{}`), &got)
	if len(got.Data) != 1 || got.Data[0].ProfileID != "x" {
		t.Errorf("got %+v", got.Data)
	}
	takeRecords(in, "?covers_until="+daysPast(2)[:10], loginLine("l", "glow-do-an", daysPast(30)))
}

// A session of a log that was deleted is as if its rows had never been in the log, whatever
// of it is imported again.
func TestDeletedSessionOfALogIsAsIfItsRowsWereNeverThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, numberedTable)
		deleted, never := newSite(t), newSite(t)
		defer deleted.close()
		defer never.close()
		deleted.take("", piece{numberedTable, rows})
		merged := rapid.Bool().Draw(rt, "merge") && deleted.merge("moodle-2", "moodle-3")
		if merged {
			deleted.take("", piece{numberedTable, rows})
		}
		sessions, err := deleted.store.Sessions(rt.Context(), schema.Scope{All: true}, schema.SessionsRequest{})
		if err != nil || len(sessions.Data) == 0 {
			return
		}
		id := rapid.SampledFrom(sessions.Data).Draw(rt, "session").SessionID
		gone := map[string]bool{}
		activity, err := csv.NewReader(strings.NewReader(deleted.dump()["activity.csv"])).ReadAll()
		if err != nil {
			rt.Fatal(err)
		}
		for _, line := range activity {
			gone[line[0]] = line[2] == id
		}
		if w := deleted.ask(schema.Delete.Path, schema.TypeJSON, []byte(`{"kind":"session","id":"`+id+`"}`)); w.Code != http.StatusOK {
			rt.Fatalf("%d %s", w.Code, w.Body)
		}
		deleted.healthy()
		left := slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
			number, _, _ := strings.Cut(row, ",")
			return gone["moodle-"+number]
		})
		everybody := []string{} // rows near those that were deleted, too
		for n := range 12 {
			at := 1_700_000_000 + rapid.IntRange(0, 40).Draw(rt, "minutes")*600
			everybody = append(everybody, fmt.Sprintf(`%d,%d,\core\event\course_viewed,%d,,,,web,`, 1000+n, at, n%4+1))
		}
		never.take("", piece{numberedTable, append(left, everybody...)})
		if rapid.Bool().Draw(rt, "all again") {
			deleted.take("", piece{numberedTable, append(rows, everybody...)})
		} else {
			deleted.take("", piece{numberedTable, everybody})
		}
		if merged {
			never.merge("moodle-2", "moodle-3")
			never.take("", piece{numberedTable, []string{`2000,1720000000,\core\event\course_viewed,3,,,,web,`}})
			deleted.take("", piece{numberedTable, []string{`2000,1720000000,\core\event\course_viewed,3,,,,web,`}})
		}
		sameDump(rt, deleted.dump(), never.dump())
		deleted.healthy()
	})
}

// What is made of one row of a log is not deleted, as the row gives more; what somebody put
// into its session is.
func TestRecordsOfALogAreNotDeletedAlone(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.take("", piece{"timecreated,eventname,userid", []string{"1700003600" + viewed + "5", "1700003600" + viewed + "5"}})
	s.put(`{"kind":"chat","id":"talk","session_id":"moodle-5-20231114T231320Z","created_at":"2023-11-14T23:20:00Z"}`)
	ask := func(kind, id string, want int) {
		t.Helper()
		if w := s.ask(schema.Delete.Path, schema.TypeJSON, []byte(`{"kind":"`+kind+`","id":"`+id+`"}`)); w.Code != want {
			t.Errorf("%s %s: %d %s", kind, id, w.Code, w.Body)
		}
	}
	activity, err := csv.NewReader(strings.NewReader(s.dump()["activity.csv"])).ReadAll()
	if err != nil || len(activity) != 3 {
		t.Fatal(activity, err)
	}
	ask("activity", activity[1][0], http.StatusConflict)
	ask("chat", "talk", http.StatusOK)
	ask("session", "moodle-5-20231114T231320Z", http.StatusOK) // of two rows without a number
	s.take("", piece{"timecreated,eventname,userid", []string{"1700003600" + viewed + "5", "1700003600" + viewed + "5", "1700103600" + viewed + "5"}})
	s.expectLines("sessions.csv", []int{0}, "moodle-5-20231116T030000Z")
	s.healthy()
	s.forget("moodle-5")
}

// A recorder is not told whether an id was merged.
func TestRecorderIsNotToldWhoWasMerged(t *testing.T) {
	in := withPeople(t, Options{})
	post := func(id string) string {
		a := in.ask(schema.RoleRecorder, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"profile","id":"`+id+`","name":"Anybody"}`)
		in.want(http.StatusOK, a)
		return string(a.body)
	}
	known := post("bob")
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Merge.Path, `{"from":"bob","into":"ann"}`))
	if merged := post("bob"); merged != known {
		t.Errorf("of a known person\n%s\nof a merged one\n%s", known, merged)
	}
}
