package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how many bytes have gone through. It is a writer
// for the bytes, which never fails.
type progress struct{ bar *progressbar.ProgressBar }

// progress starts a bar where somebody looks at it. size is in bytes, -1 when it
// is not known.
func (a *app) progress(size int64, what string) progress {
	if a.globals.Quiet || !isTerminal(a.errs) {
		return progress{}
	}
	return progress{progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(a.errs),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)}
}

// Write counts p.
func (p progress) Write(b []byte) (int, error) {
	if p.bar != nil {
		_ = p.bar.Add(len(b)) // more bytes than were announced are no fault
	}
	return len(b), nil
}

// end takes the bar away.
func (p progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
