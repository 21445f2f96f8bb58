package eventlog

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

// sorter sorts records of one size by their bytes. It holds a limited number of them in
// memory; beyond that it writes sorted runs to a temporary file and merges them.
//
// Derive needs it because the rows of a log come in the order of their ids, and the
// people behind them are known only when all have been read. A temporary table of the
// database would do as well, but this package knows no database, and each event would
// have to go into the table and come back twice, value by value, through database/sql.
type sorter struct {
	dir   string
	name  string // starts the name of the temporary file
	size  int    // bytes of a record
	limit int    // records held in memory

	run  []byte   // the current run, one record after the other
	file *os.File // nil as long as one run holds everything
	ends []int64  // where each run ends in file
}

// defaultInMemory is how many records are held in memory unless a test wants fewer.
const defaultInMemory = 256 << 10

// add copies a record.
func (s *sorter) add(record []byte) error {
	if len(s.run) == s.limit*s.size {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.run = append(s.run, record...)
	return nil
}

// all returns the records in order, and may be ranged over again. Each record is valid
// until the next. Nothing may be added afterwards.
func (s *sorter) all() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if s.file == nil {
			for _, record := range s.sortedRun() {
				if !yield(record, nil) {
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

// close removes the temporary file.
func (s *sorter) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name()) // for systems on which spill could not remove the name
	}
	s.file, s.run = nil, nil
}

func (s *sorter) sortedRun() [][]byte {
	records := slices.Collect(slices.Chunk(s.run, s.size))
	slices.SortFunc(records, bytes.Compare)
	return records
}

// spill moves the current run to the file.
func (s *sorter) spill() (err error) {
	if len(s.run) == 0 {
		return nil
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp(s.dir, s.name+"*"); err != nil { // its mode is 0600
			return fmt.Errorf("sort the log: %w", err)
		}
		os.Remove(s.file.Name()) // so that nothing is left, however the program ends
	}
	w := bufio.NewWriterSize(s.file, 256<<10)
	for _, record := range s.sortedRun() {
		w.Write(record) // Flush returns the error
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sort the log: %w", err)
	}
	end, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("sort the log: %w", err)
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
	record []byte // the current one
}

// next reads the next record; its error is io.EOF at the end of the run.
func (r *runReader) next() error {
	if _, err := io.ReadFull(r.r, r.record); err != nil {
		return fmt.Errorf("sort the log: %w", err)
	}
	return nil
}

// runHeap is a heap.Interface: the run with the smallest record comes first.
type runHeap []*runReader

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return bytes.Compare(h[i].record, h[j].record) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(any)          {} // runs are only taken out
func (h *runHeap) Pop() any {
	*h = (*h)[:len(*h)-1]
	return nil
}
