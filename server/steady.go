package server

import (
	"errors"
	"io"
	"os"
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
	keptUp, err := b.end(n, err)
	switch {
	case err != nil && !b.hasGivenWay():
		b.turn.leave(b) // what follows does not wait for bytes
	case keptUp:
		b.turn.rebalance()
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
	switch {
	case b.hurried:
		b.hasten()
	case b.began.Sub(b.moved) > b.w.stall/8:
		b.putOff()
	}
	return nil
}

func (b *steady) end(n int, err error) (keptUp bool, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	took := time.Since(b.began)
	b.arrived += n
	b.waited += took
	b.began = time.Time{}
	cut := errors.Is(err, os.ErrDeadlineExceeded) && (b.hurried || took < b.w.stall/2) // it had to make haste until just now
	switch late := b.waited >= b.w.stall/10; {
	case err == io.EOF:
		gotBody(b.w)
	case b.arrived >= trickleStep:
		keptUp = b.hurried
		b.arrived, b.waited = 0, 0
		b.hurried, b.moved = false, time.Time{}
	case late && (cut || b.hurried && err == nil):
		b.w.Header().Set("Connection", "close")
		b.w.unsent = nil // the rest is not waited for
		b.gaveWay = schema.Errorf(schema.CodeUnavailable, "the body trickles while others wait for their turn; nothing was taken")
		err = b.gaveWay
	}
	return keptUp, err
}

// hurry tells the upload to make haste.
func (b *steady) hurry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hurried = true; !b.began.IsZero() {
		b.hasten()
	}
}

// takeTime takes that back.
func (b *steady) takeTime() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hurried, b.moved = false, time.Time{}
	if !b.began.IsZero() {
		b.putOff()
	}
}

// hasten leaves the Read that is under way no more time than a step may take.
func (b *steady) hasten() {
	_ = b.w.control.SetReadDeadline(b.began.Add(b.w.stall/10 - b.waited))
}

func (b *steady) putOff() {
	b.moved = b.began
	_ = b.w.control.SetReadDeadline(b.began.Add(b.w.stall))
}

func (b *steady) hurries() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hurried
}

func (b *steady) hasGivenWay() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.gaveWay != nil
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
