package store_test

import (
	"fmt"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
	"glow/store/benchdb"
)

// BenchmarkWritesDuringImport posts one record after the other while an import of
// many comes in, and says how long a post waits at most: that is how long the import
// keeps the writer to itself. The records are logins and activity, strewn over a year.
func BenchmarkWritesDuringImport(b *testing.B) {
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))))
	people, sessions := ids(b, s, schema.KindProfile), ids(b, s, schema.KindSession)
	round := 0
	for _, count := range []int{50_000, 200_000} {
		b.Run(fmt.Sprintf("%d records", count), func(b *testing.B) {
			longest := time.Duration(0)
			for b.Loop() {
				round++
				stop, waited := make(chan struct{}), make(chan time.Duration)
				go postUntil(b, s, fmt.Sprint("live-", round), people[0], stop, waited)
				_, err := s.Put(b.Context(), news(round, count, 365, people, sessions), store.PutOptions{})
				close(stop)
				longest = max(longest, <-waited)
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(longest.Milliseconds()), "longest-wait-ms")
		})
	}
}

// postUntil posts a login every few milliseconds and sends how long the slowest took,
// posts that were refused and made again included.
func postUntil(b *testing.B, s *store.Store, id, profile string, stop <-chan struct{}, waited chan<- time.Duration) {
	longest := time.Duration(0)
	defer func() { waited <- longest }()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
		r := schema.KindNamed(schema.KindLogin).NewRecord()
		r.Put("id", fmt.Sprintf("%s-%d", id, i))
		r.Put("profile_id", profile)
		r.PutInt("created_at", int64(schema.InstantOf(time.Now())))
		started := time.Now()
		var err error
		for refused := true; refused; refused = schema.ErrorCode(err) == schema.CodeUnavailable { // and so posted again
			_, err = s.Put(b.Context(), func(yield func(*schema.Record, error) bool) { yield(&r, r.Finish()) }, store.PutOptions{Live: true})
		}
		if err != nil {
			b.Error(err)
			return
		}
		longest = max(longest, time.Since(started))
	}
}
