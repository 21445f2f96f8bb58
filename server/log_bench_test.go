package server

import (
	"fmt"
	"testing"
)

// benchLog is a log of some rows of 100 people, without ids, twenty rows a session.
func benchLog(from, rows int) piece {
	p := piece{header: plainTable}
	for i := from; i < from+rows; i++ {
		p.rows = append(p.rows, fmt.Sprintf(`%d,\core\event\course_viewed,%d,,,42`, 1_700_000_000+i*61, i/20*977%100+1))
	}
	return p
}

const benchRows = 50_000

func BenchmarkTakeLog(b *testing.B) {
	log := benchLog(0, benchRows)
	for b.Loop() {
		b.StopTimer()
		s := newSite(b)
		b.StartTimer()
		s.take("", log)
		b.StopTimer()
		s.close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchRows, "µs/row")
}

// A hundredth more of a log that is there.
func BenchmarkTakeMoreOfALog(b *testing.B) {
	s := newSite(b)
	defer s.close()
	s.take("", benchLog(0, benchRows))
	next := benchRows
	for b.Loop() {
		s.take("", benchLog(next, benchRows/100))
		next += benchRows / 100
	}
}
