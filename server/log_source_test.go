package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/server/formats/eventlog"
	"glow/server/formats/roster"
	"glow/store"
)

// A log of a program that is not Moodle and knows its people by their emails: lines such as
// "2025-03-03T10:00:00Z ana@uni.example login".

func (s *logSite) takeEvents(t rapid.TB, gap time.Duration, lines []string) {
	t.Helper()
	log, err := eventlog.New(eventlog.Options{Site: "lms", Gap: gap, Describe: func(profile *schema.Record, number uint64, text string) {
		if name, _, ok := strings.Cut(text, "@"); ok {
			profile.Put("name", "The "+name)
			profile.Put("email", text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	rows := func(yield func(*schema.LogRow, error) bool) {
		log.Begin()
		digester := eventlog.NewDigester([]string{"line"})
		for i, line := range lines {
			cells := strings.Fields(line)
			at, err := schema.ParseInstant(cells[0], nil)
			if err != nil {
				t.Fatal(err)
			}
			row := schema.LogRow{At: at, User: eventlog.NoUser, Name: log.Names().Position(cells[1]), Digest: digester.Of([][]byte{[]byte(line)}), File: "log", Line: i + 1, New: true}
			if cells[2] == "login" {
				row.Event = uint8(eventlog.EventLoggedIn)
			}
			if !yield(&row, nil) {
				return
			}
		}
	}
	names := func() []string { return log.Names().All() }
	if _, err := s.store.PutLog(s.t.Context(), store.LogImport{Site: log.Site(), Rows: rows, Names: names, Derive: log.Derive}, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestLogsOfOtherProgramsInPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("2025-03-03T%02d:%02d:00Z %s %s", rapid.IntRange(8, 12).Draw(t, "hour"), rapid.IntRange(0, 5).Draw(t, "minutes")*10,
				rapid.SampledFrom([]string{"ana@uni.example", "007", "Ben", "-"}).Draw(t, "person"), rapid.SampledFrom([]string{"login", "view", "view"}).Draw(t, "event"))
		})
		lines := rapid.SliceOfNDistinct(line, 1, 30, rapid.ID[string]).Draw(rt, "lines")
		gap := rapid.SampledFrom([]time.Duration{0, 10 * time.Minute, time.Hour}).Draw(rt, "gap")
		one, many := newSite(t), newSite(t)
		defer one.close()
		defer many.close()
		one.takeEvents(rt, gap, lines)
		pieces := rapid.Permutation(lines).Draw(rt, "order")
		for len(pieces) > 0 {
			n := rapid.IntRange(1, len(pieces)).Draw(rt, "lines of the import")
			piece := slices.Clone(pieces[:n])
			if !slices.Contains(piece, lines[0]) {
				piece = append(piece, lines[0]) // what comes again is not new
			}
			many.takeEvents(rt, gap, piece)
			pieces = pieces[n:]
		}
		sameDump(rt, many.dump(), one.dump())
	})
}

func TestAPersonKnownByAnEmailIsForgotten(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.takeEvents(t, 0, []string{"2025-03-03T10:00:00Z zacharias@uni.example login", "2025-03-03T10:00:00Z Ben view"})
	s.forget(roster.ID("lms", "zacharias@uni.example"), "acharias")
}
