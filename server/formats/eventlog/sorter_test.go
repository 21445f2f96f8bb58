package eventlog

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSorterSorts(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 5).Draw(t, "size")
		record := rapid.SliceOfN(rapid.Byte(), size, size)
		records := rapid.SliceOfN(record, 0, 60).Draw(t, "records")
		s := &sorter{dir: dir, size: size, limit: rapid.IntRange(1, 70).Draw(t, "limit")}
		defer s.close()
		for _, r := range records {
			if err := s.add(r); err != nil {
				t.Fatal(err)
			}
		}
		var got [][]byte
		for r, err := range s.all() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, bytes.Clone(r))
		}
		slices.SortFunc(records, bytes.Compare)
		if !slices.EqualFunc(got, records, bytes.Equal) {
			t.Fatalf("got %x, want %x", got, records)
		}
	})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSorterStopsAndFails(t *testing.T) {
	s := &sorter{dir: t.TempDir(), size: 1, limit: 2}
	for _, r := range "edcba" {
		if err := s.add([]byte{byte(r)}); err != nil {
			t.Fatal(err)
		}
	}
	for r := range s.all() {
		if r[0] == 'b' {
			break
		}
	}
	s.close()

	s = &sorter{dir: "/nowhere/at/all", size: 1, limit: 1}
	if err := s.add([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := s.add([]byte{2}); err == nil {
		t.Error("no error without a folder to sort in")
	}
}

func BenchmarkSorter(b *testing.B) {
	s := &sorter{dir: b.TempDir(), size: eventSize, limit: defaultInMemory}
	defer s.close()
	record := make([]byte, eventSize)
	b.SetBytes(eventSize)
	for i := range b.N {
		binary.LittleEndian.PutUint64(record, HashOf(binary.LittleEndian.AppendUint32(nil, uint32(i))))
		if err := s.add(record); err != nil {
			b.Fatal(err)
		}
	}
	for _, err := range s.all() {
		if err != nil {
			b.Fatal(err)
		}
	}
}
