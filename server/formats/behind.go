package formats

import "io"

// behind writes to w on a goroutine of its own, so that whoever makes the bytes
// need not wait for them to be packed. One goroutine at a time uses it.
type behind struct {
	w    io.Writer
	full chan []byte
	free chan []byte
	done chan error // of the goroutine, once
}

// ahead is how many pieces may be on their way.
const ahead = 4

func newBehind(w io.Writer) *behind {
	b := &behind{w: w, full: make(chan []byte, ahead), free: make(chan []byte, ahead), done: make(chan error, 1)}
	for range ahead {
		b.free <- nil
	}
	go b.run()
	return b
}

// run writes until Close, or until w fails; then it lets pieces fall.
func (b *behind) run() {
	var err error
	for p := range b.full {
		if err == nil {
			_, err = b.w.Write(p)
		}
		if err != nil {
			b.done <- err
			for range b.full {
			}
			return
		}
		b.free <- p[:0]
	}
	b.done <- nil
}

// Write hands over a copy of p. An error of w reaches a later call.
func (b *behind) Write(p []byte) (int, error) {
	select {
	case piece := <-b.free:
		b.full <- append(piece, p...)
		return len(p), nil
	case err := <-b.done:
		b.done <- err
		return 0, err
	}
}

// Close waits until all is written and returns the error of w, if there was one.
func (b *behind) Close() error {
	close(b.full)
	return <-b.done
}
