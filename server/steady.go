package server

import (
	"io"
	"sync"
	"time"

	"glow/schema"
)

// trickleStep is how many bytes of an upload have to arrive in a tenth of the time
// that a body may stand still, when it is told to make haste.
const trickleStep = 64 << 10

// steady is the body of an upload. It puts the deadline for reading off as long as
// bytes arrive. When others wait for a turn, it may be told to make haste, and then
// gives way if a step of it takes too long.
type steady struct {
	io.Reader
	w    *reply
	turn *turns

	mu      sync.Mutex
	began   time.Time     // of the Read that is under way; zero: none is
	moved   time.Time     // when the deadline was last put off
	arrived int           // bytes of the step that is under way
	waited  time.Duration // for them
	hurried bool
	gaveWay error // for whoever reads on
}

// steadily reads an upload, until end.
func (s *Server) steadily(b io.Reader, w *reply) (up *steady, end func()) {
	up = &steady{Reader: b, w: w, turn: s.uploads}
	w.unsent = b
	s.uploads.enter(up)
	return up, func() { s.uploads.leave(up) }
}

// Read reads what arrives in time.
func (b *steady) Read(p []byte) (int, error) {
	if err := b.begin(); err != nil {
		return 0, err
	}
	n, err := b.Reader.Read(p)
	relieved, err := b.end(n, err)
	if relieved && b.turn.wanted() {
		b.turn.hurry() // another one
	}
	return n, err
}

func (b *steady) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gaveWay != nil {
		return b.gaveWay
	}
	b.began = time.Now()
	if b.hurried && !b.turn.wanted() {
		b.relieve()
	}
	switch {
	case b.hurried:
		b.hasten()
	case b.began.Sub(b.moved) > b.w.stall/8:
		b.moved = b.began
		_ = b.w.control.SetReadDeadline(b.began.Add(b.w.stall))
	}
	return nil
}

func (b *steady) end(n int, err error) (relieved bool, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrived += n
	b.waited += time.Since(b.began)
	b.began = time.Time{}
	switch late := b.waited >= b.w.stall/10; {
	case err == io.EOF:
		gotBody(b.w)
	case b.arrived >= trickleStep:
		relieved = b.hurried
		b.arrived, b.waited = 0, 0
		b.relieve()
	case late && b.hurried && (err != nil || b.turn.wanted()):
		b.w.Header().Set("Connection", "close")
		b.w.unsent = nil // the rest is not waited for
		b.gaveWay = schema.Errorf(schema.CodeUnavailable, "the body trickles while others wait for their turn; nothing was taken")
		err = b.gaveWay
	}
	return relieved, err
}

// hurry tells the upload to make haste.
func (b *steady) hurry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hurried = true; !b.began.IsZero() {
		b.hasten()
	}
}

// hasten leaves the Read that is under way no more time than a step may take.
func (b *steady) hasten() {
	_ = b.w.control.SetReadDeadline(b.began.Add(b.w.stall/10 - b.waited))
}

func (b *steady) relieve() {
	if b.hurried {
		b.hurried, b.moved = false, time.Time{} // the next Read puts the deadline off
	}
}

// waits is how long has been waited for the step that is under way, and whether
// the upload may still be told to make haste.
func (b *steady) waits() (waits time.Duration, idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waits = b.waited
	if !b.began.IsZero() {
		waits += time.Since(b.began)
	}
	return waits, !b.hurried
}
