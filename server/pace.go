package server

import (
	"io"
	"time"
)

// pace is how long one direction of a request may still keep the server waiting: for
// Limits.Stall at first, and a second longer for each Limits.Rate bytes that have moved,
// but never longer than most at once. Whoever keeps up with that rate is never cut, in
// whatever bursts; whoever is slower is cut, and so is whoever stands still.
type pace struct {
	left, most time.Duration
	rate       int64 // bytes a second
}

// newPace returns the pace of one direction; most is in times of Limits.Stall.
func (l Limits) newPace(most time.Duration) pace {
	return pace{left: l.Stall, most: most * l.Stall, rate: l.Rate}
}

const (
	// A body is read as it comes, so its bytes come as evenly as they are sent.
	bodyPatience = 1

	// An answer lies in buffers on its way, some megabytes with a proxy, each of which
	// is filled up only when a third of it is empty: at the least rate that is minutes.
	answerPatience = 6
)

// deadline is when what is under way must have moved.
func (p *pace) deadline(now time.Time) time.Time { return now.Add(p.left) }

// moved counts what moved while the server waited.
func (p *pace) moved(bytes int, waited time.Duration) {
	p.left = min(p.left-waited+time.Duration(int64(bytes)*int64(time.Second)/p.rate), p.most)
}

// pacedReader is a body that is read for as long as it keeps its pace.
type pacedReader struct {
	io.Reader
	w    *reply
	pace pace
}

func (s *Server) paced(body io.Reader, w *reply) io.Reader {
	return &pacedReader{body, w, s.o.Limits.newPace(bodyPatience)}
}

func (b *pacedReader) Read(p []byte) (int, error) {
	began := time.Now()
	_ = b.w.control.SetReadDeadline(b.pace.deadline(began))
	n, err := b.Reader.Read(p)
	b.pace.moved(n, time.Since(began))
	if err == io.EOF {
		gotBody(b.w)
	}
	return n, err
}
