package store

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
)

// Eight writers post sessions, alone and while somebody asks one question after
// the other.
func BenchmarkLivePosts(b *testing.B) {
	for _, asked := range []bool{false, true} {
		b.Run(fmt.Sprintf("asked=%v", asked), func(b *testing.B) {
			s := openStore(b, Options{})
			mustPut(b, s, PutOptions{}, rec("profile", "id", "p", "name", "Ann"))
			stop, answers := make(chan struct{}), make(chan int)
			go func() {
				n := 0
				for {
					select {
					case <-stop:
						answers <- n
						return
					default:
					}
					if !asked {
						time.Sleep(10 * time.Millisecond)
						continue
					}
					if _, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil {
						b.Error(err)
					}
					n++
				}
			}()
			var next atomic.Int64
			b.SetParallelism(4) // with two cores: eight writers
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := rec("session", "id", fmt.Sprint("s", next.Add(1)), "profile_id", "p", "created_at", schema.InstantOf(time.Now()).String())
					if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true}); err != nil {
						b.Error(err)
					}
				}
			})
			b.StopTimer()
			close(stop)
			n := <-answers
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}
