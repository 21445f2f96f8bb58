// Package inbox takes in by itself the files that appear in a folder.
//
// A file is taken once it is whole: it has not changed between two looks, and its name is none
// that a program gives to a file that it is still writing. It then lies in the folder "taken", or in
// "refused" beside a text that says what is wrong with it.
package inbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"glow/schema"
)

// Folders of the inbox.
const (
	taken   = "taken"
	refused = "refused"
)

// Options say what an inbox is.
type Options struct {
	Dir  string        // made if it is not there
	Look time.Duration // from one look at the folder to the next; default 2 s

	// Take imports a file, all or nothing. An error that is a schema.Error about the file refuses
	// it; after any other the file stays, for another try.
	Take func(ctx context.Context, name string, content *io.SectionReader) (schema.ImportResponse, error)

	Now func() time.Time // default time.Now
	Log *slog.Logger
}

// defaultLook is from one look to the next.
const defaultLook = 2 * time.Second

// maxWait is the longest wait before a file that could not be taken is tried again.
const maxWait = 10 * time.Minute

// Inbox watches a folder.
type Inbox struct {
	o    Options
	root *os.Root

	files map[string]*file // by name; Run alone uses it

	mu    sync.Mutex
	state schema.InboxState
}

// file is one of the folder, as it was at the last look.
type file struct {
	size     int64
	modified time.Time
	trouble  string        // why it is still here
	stays    bool          // it was taken or refused, and cannot be moved away
	wait     time.Duration // before the next try, after one that failed
	next     time.Time     // when that is
}

// Open opens an inbox, and makes its folders.
func Open(o Options) (*Inbox, error) {
	o.Look = cmp.Or(o.Look, defaultLook)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the inbox: %w", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("the inbox: %w", err)
	}
	for _, folder := range []string{taken, refused} {
		if err := root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, errors.Join(fmt.Errorf("the inbox: %w", err), root.Close())
		}
	}
	in := &Inbox{o: o, root: root, files: map[string]*file{}, state: schema.InboxState{Folder: o.Dir, Last: []schema.InboxFile{}}}
	return in, nil
}

// Run looks at the folder until ctx ends, and then closes the inbox.
func (in *Inbox) Run(ctx context.Context) {
	defer in.root.Close()
	tick := time.NewTicker(in.o.Look)
	defer tick.Stop()
	for {
		in.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// State returns what became of the files.
func (in *Inbox) State() schema.InboxState {
	in.mu.Lock()
	defer in.mu.Unlock()
	s := in.state
	s.Last = slices.Clone(s.Last)
	return s
}

func (in *Inbox) update(fn func(*schema.InboxState)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	fn(&in.state)
}

// look takes the files that are whole, the oldest first, since later parts of a log follow the
// earlier ones.
func (in *Inbox) look(ctx context.Context) {
	names, err := in.whole()
	for _, name := range names {
		if ctx.Err() != nil {
			return
		}
		in.take(ctx, name)
	}
	n, failed := in.countRefused()
	fault := ""
	for _, name := range slices.Sorted(maps.Keys(in.files)) {
		fault = cmp.Or(fault, in.files[name].trouble)
	}
	if err := cmp.Or(err, failed); err != nil {
		fault = err.Error()
	}
	in.update(func(s *schema.InboxState) { s.Waiting, s.Refused, s.Fault = int64(len(in.files)), n, fault })
}

func (in *Inbox) countRefused() (n int64, err error) {
	all, err := in.list(refused)
	for _, one := range all {
		if !isReport(one.Name(), all) {
			n++
		}
	}
	return n, err
}

func (in *Inbox) list(folder string) ([]fs.DirEntry, error) {
	return fs.ReadDir(in.root.FS(), folder)
}

// whole lists the files that are as they were at the look before, and notes the others.
func (in *Inbox) whole() (names []string, err error) {
	entries, err := in.list(".")
	if err != nil {
		return nil, err
	}
	now, seen := in.o.Now(), map[string]*file{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || isUnfinished(entry.Name()) {
			continue // it is gone again, or nothing that can be taken
		}
		one := in.files[entry.Name()]
		same := one != nil && one.size == info.Size() && one.modified.Equal(info.ModTime())
		if !same {
			one = &file{size: info.Size(), modified: info.ModTime()}
		}
		seen[entry.Name()] = one
		if same && !one.stays && !now.Before(one.next) {
			names = append(names, entry.Name())
		}
	}
	in.files = seen
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(seen[a].modified.Compare(seen[b].modified), cmp.Compare(a, b))
	})
	return names, nil
}

// take imports a file and moves it away.
func (in *Inbox) take(ctx context.Context, name string) {
	answer, err := in.importFile(ctx, name)
	one := schema.InboxFile{Name: name, At: schema.InstantOf(in.o.Now())}
	var about *schema.Error
	switch {
	case in.changed(name): // whoever writes it only paused; it is taken again when it is whole
		delete(in.files, name)
		return
	case err == nil:
		one.Taken, one.TakenFor, one.Tally = true, titleOf(answer), answer.Tally
		err = in.move(name, taken, "")
	case errors.As(err, &about) && isOfFile(about.Code):
		one.Fault = firstLine(about)
		err = in.move(name, refused, report(name, about, answer))
	default:
		in.retry(name, err)
		return
	}
	if err != nil { // the same file is not taken again and again
		in.files[name].stays, in.files[name].trouble = true, fmt.Sprintf("%s stays: %v", name, err)
		in.o.Log.Warn("a file stays in the inbox", "error", err)
	} else {
		delete(in.files, name)
	}
	in.update(func(s *schema.InboxState) {
		if one.Taken {
			s.TakenSince++
		} else {
			s.RefusedSince++
		}
		s.Last = append([]schema.InboxFile{one}, s.Last[:min(len(s.Last), maxLast-1)]...)
	})
}

// changed reports whether a file is another than at the last look.
func (in *Inbox) changed(name string) bool {
	info, err := in.root.Lstat(name)
	one := in.files[name]
	return err != nil || info.Size() != one.size || !info.ModTime().Equal(one.modified)
}

// maxLast is how many files the state tells of.
const maxLast = 10

// isOfFile reports whether an error says that the file is at fault, so that another try is of no use.
func isOfFile(code schema.Code) bool {
	return slices.Contains([]schema.Code{schema.CodeInvalid, schema.CodeMalformed, schema.CodeMediaType, schema.CodeTooLarge, schema.CodeConflict}, code)
}

// retry has a file tried again later, each time after a longer wait.
func (in *Inbox) retry(name string, err error) {
	one := in.files[name]
	one.wait = min(max(2*one.wait, in.o.Look), maxWait)
	one.next = in.o.Now().Add(one.wait)
	in.o.Log.Warn("a file of the inbox cannot be taken just now", "error", err, "again_in", one.wait)
	one.trouble = fmt.Sprintf("%s cannot be taken just now: %v", name, err)
}

func (in *Inbox) importFile(ctx context.Context, name string) (answer schema.ImportResponse, err error) {
	f, err := in.root.Open(name) // which leads nowhere out of the folder
	if err != nil {
		return answer, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return answer, err
	}
	return in.o.Take(ctx, name, io.NewSectionReader(f, 0, info.Size()))
}
