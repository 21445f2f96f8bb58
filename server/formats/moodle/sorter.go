package moodle

import (
	"bufio"
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// sorter puts byte records of one size into order. It holds a limited number of
// them in memory; when there are more, it writes sorted runs to a temporary file
// and merges them.
type sorter struct {
	dir  string
	name string // begins that of the temporary file
	size int    // bytes of a record
	most int    // records held in memory

	run  []byte   // the run at hand, one record after the other
	file *os.File // nil as long as one run holds everything
	ends []int64  // where each run ends in file
}

// runLength is how many records are held in memory unless a test wants fewer.
const runLength = 256 << 10

// add takes a record, which it copies.
func (s *sorter) add(record []byte) error {
	if len(s.run) == s.most*s.size {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.run = append(s.run, record...)
	return nil
}

// all returns the records in the order of their bytes. Each is valid until the
// next. Nothing may be added afterwards.
func (s *sorter) all() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if s.file == nil {
			for _, at := range s.order() {
				if !yield(s.record(at), nil) {
					return
				}
			}
			return
		}
		if err := s.spill(); err != nil {
			yield(nil, err)
			return
		}
		s.run = nil
		s.merge(yield)
	}
}

// close gives the temporary file back.
func (s *sorter) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name()) // for systems that keep the names of open files
	}
	s.file, s.run = nil, nil
}

func (s *sorter) record(at int32) []byte {
	from := int(at) * s.size
	return s.run[from : from+s.size]
}

// order returns the positions of the run's records, sorted by what they hold.
func (s *sorter) order() []int32 {
	order := make([]int32, len(s.run)/s.size)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(s.record(a), s.record(b)) })
	return order
}

// spill moves the run at hand to the file.
func (s *sorter) spill() error {
	if len(s.run) == 0 {
		return nil
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, s.name+"*") // made with mode 0600
		if err != nil {
			return fmt.Errorf("sort the log: %w", err)
		}
		s.file = f
		os.Remove(f.Name()) // so that nothing stays behind, however the program ends
	}
	w := bufio.NewWriterSize(s.file, 256<<10)
	for _, at := range s.order() {
		w.Write(s.record(at)) // an error stays until Flush
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sort the log: %w", err)
	}
	end := int64(len(s.run))
	if n := len(s.ends); n > 0 {
		end += s.ends[n-1]
	}
	s.ends = append(s.ends, end)
	s.run = s.run[:0]
	return nil
}

func (s *sorter) merge(yield func([]byte, error) bool) {
	var runs runHeap
	var from int64
	for _, end := range s.ends {
		r := &runReader{r: bufio.NewReaderSize(io.NewSectionReader(s.file, from, end-from), 64<<10), record: make([]byte, s.size)}
		from = end
		if err := r.next(); err != nil { // no run is empty
			yield(nil, err)
			return
		}
		runs = append(runs, r)
	}
	heap.Init(&runs)
	for len(runs) > 0 {
		if !yield(runs[0].record, nil) {
			return
		}
		switch err := runs[0].next(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&runs)
		case err != nil:
			yield(nil, err)
			return
		default:
			heap.Fix(&runs, 0)
		}
	}
}

// runReader reads one run of the file.
type runReader struct {
	r      *bufio.Reader
	record []byte // the one at hand
}

// next returns an error that is io.EOF at the end of the run.
func (r *runReader) next() error {
	if _, err := io.ReadFull(r.r, r.record); err != nil {
		return fmt.Errorf("sort the log: %w", err)
	}
	return nil
}

// runHeap keeps the run with the least record first.
type runHeap []*runReader

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return bytes.Compare(h[i].record, h[j].record) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)        { *h = append(*h, x.(*runReader)) }
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}
