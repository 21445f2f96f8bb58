package formats

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"glow/schema"
)

// Archive is a ZIP that was opened with limits. Nothing of it is ever unpacked to
// disk. What is wrong with an archive as a whole is a *schema.Error and not a
// Fault of one record: none of it may be taken.
type Archive struct {
	limits   Limits
	size     int64 // bytes, packed
	entries  []Entry
	unpacked work // of all entries so far
}

// work is what an entry costs. It takes longer to take a record in than to unpack it,
// so lines are counted as well as bytes.
type work struct{ bytes, lines int64 }

// minus returns by how much w is more than other.
func (w work) minus(other work) work {
	return work{max(0, w.bytes-other.bytes), max(0, w.lines-other.lines)}
}

func (w *work) add(more work) {
	w.bytes += more.bytes
	w.lines += more.lines
}

// Entry is a file in an Archive.
type Entry struct {
	Name    string // with folders; what cannot be printed in it is replaced
	archive *Archive
	file    *zip.File
	read    *work // the most that was ever read of it
}

// OpenZIP opens a ZIP and checks its directory: number and names of the files,
// and that they are neither encrypted nor lie over each other. Folders and what
// operating systems leave in archives are not among the entries.
func OpenZIP(ra io.ReaderAt, size int64, l Limits) (*Archive, error) {
	l = l.orDefault()
	source := &archiveReaderAt{ra, directoryBytes}
	r, err := zip.NewReader(source, size)
	source.left = math.MaxInt64
	if err != nil {
		return nil, archiveError("", err)
	}
	r.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	if len(r.File) > l.MaxEntries {
		return nil, tooLarge("", "the ZIP has %d files; at most %d", len(r.File), l.MaxEntries)
	}
	if err := checkOverlap(r.File, size); err != nil {
		return nil, err
	}
	a := &Archive{limits: l, size: size}
	var unpacked uint64
	seen := map[string]string{}
	for _, f := range r.File {
		name := entryName(f)
		if ignored(name) {
			continue
		}
		key := strings.ToLower(path.Base(name))
		if other, twice := seen[key]; twice {
			return nil, invalidArchive(name, "the ZIP holds two files of this name; the other is %s", other)
		}
		seen[key] = name
		switch {
		case f.Flags&0x1 != 0:
			return nil, invalidArchive(name, "the file is encrypted; pack it without a password")
		case f.Method != zip.Deflate && f.Method != zip.Store:
			return nil, invalidArchive(name, "the file is packed by method %d; pack it with deflate, as ZIP programs do by default", f.Method)
		}
		if unpacked += min(f.UncompressedSize64, math.MaxInt64/2); unpacked > uint64(l.MaxUnpacked) {
			return nil, a.sizeError(name)
		}
		a.entries = append(a.entries, Entry{name, a, f, new(work)})
	}
	if a.overRatio(work{bytes: int64(unpacked)}) {
		return nil, a.ratioError("")
	}
	return a, nil
}

// Entries returns the files in the order of the archive.
func (a *Archive) Entries() []Entry { return a.entries }

// Open starts to read the file.
func (e Entry) Open() (io.ReadCloser, error) {
	r, err := e.file.Open()
	if err != nil {
		return nil, archiveError(e.Name, err)
	}
	return &entryReader{ReadCloser: r, entry: e}, nil
}

// ignored reports whether an entry is a folder, or something that an operating
// system put there unasked.
func ignored(name string) bool {
	base := strings.ToLower(path.Base(name))
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || base == ".ds_store" || base == "thumbs.db"
}

// entryName is the name under which a file is told apart and shown. Programs on
// Windows are known to write its folders with backslashes.
func entryName(f *zip.File) string { return printable(strings.ReplaceAll(f.Name, `\`, "/")) }

// checkOverlap refuses archives whose files share bytes: a small one can unpack to
// any size that way.
func checkOverlap(files []*zip.File, size int64) error {
	const localHeader = 30 // bytes at least, before each file's data
	type span struct {
		start, end int64
		name       string
	}
	spans := make([]span, len(files))
	for i, f := range files {
		start, err := f.DataOffset()
		if err != nil {
			return archiveError(entryName(f), err)
		}
		if f.CompressedSize64 > uint64(size) || start+int64(f.CompressedSize64) > size {
			return archiveError(entryName(f), io.ErrUnexpectedEOF)
		}
		spans[i] = span{start - localHeader, start + int64(f.CompressedSize64), entryName(f)}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end {
			return invalidArchive(spans[i].name, "the file shares its bytes with %s; pack the ZIP again", spans[i-1].name)
		}
	}
	return nil
}

// entryReader counts the bytes that really come out of an entry: what its header
// says of them may be a lie.
type entryReader struct {
	io.ReadCloser
	entry Entry
	work
	feeds, returns int64 // the ends of lines, one or both of which a file has
}

// ratioFrom is how many bytes an archive may unpack to before its ratio is judged:
// small files of much repetition are no danger.
const ratioFrom = 8 << 20

func (a *Archive) overRatio(w work) bool {
	unpacked := max(w.bytes, w.lines*a.limits.MaxRatio)
	return unpacked > ratioFrom && unpacked/a.limits.MaxRatio > a.size
}

func (a *Archive) ratioError(name string) error {
	return tooLarge(name, "the ZIP unpacks to more than %d times its size, or to more than a line a byte, which no real log does; send its files as they are, unpacked", a.limits.MaxRatio)
}

func (r *entryReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.count(p[:n])
	e, a := r.entry, r.entry.archive
	more := r.work.minus(*e.read) // reading a file again costs nothing more
	e.read.add(more)
	a.unpacked.add(more)
	switch {
	case a.unpacked.bytes > a.limits.MaxUnpacked:
		return 0, a.sizeError(e.Name)
	case a.overRatio(a.unpacked):
		return 0, a.ratioError(e.Name)
	case err != nil && err != io.EOF:
		return n, archiveError(e.Name, err)
	}
	return n, err
}

func (r *entryReader) count(p []byte) {
	r.bytes += int64(len(p))
	r.feeds += int64(bytes.Count(p, []byte{'\n'}))
	r.returns += int64(bytes.Count(p, []byte{'\r'}))
	r.lines = max(r.feeds, r.returns)
}

func (a *Archive) sizeError(name string) error {
	return tooLarge(name, "the ZIP unpacks to more than %d MiB; import its files in several parts, or start the instance with a larger --max-import", a.limits.MaxUnpacked>>20)
}

// directoryBytes bounds what is read to learn an archive's directory: it would
// hold many times as many files as are allowed.
const directoryBytes = 1 << 20

// archiveReaderAt fails when more than left bytes were read, or where a damaged
// directory points before the archive.
type archiveReaderAt struct {
	io.ReaderAt
	left int64
}

var errDirectory = errors.New("the directory is too large")

func (r *archiveReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, zip.ErrFormat
	}
	if r.left -= int64(len(p)); r.left < 0 {
		return 0, errDirectory
	}
	return r.ReaderAt.ReadAt(p, off)
}

// archiveError tells damage, which is the archive's fault, from I/O errors.
func archiveError(name string, err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, errDirectory):
		return tooLarge(name, "the directory of the ZIP is larger than %d bytes", directoryBytes)
	case errors.Is(err, zip.ErrFormat) && name == "":
		return invalidArchive(name, "is not a ZIP file, or its end is missing; pack or download it again")
	case errors.Is(err, zip.ErrChecksum):
		return invalidArchive(name, "the file is damaged: its checksum is wrong; pack or download the ZIP again")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return invalidArchive(name, "the file is cut off; pack or download the ZIP again")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.As(err, &corrupt):
		return invalidArchive(name, "the file is damaged; pack or download the ZIP again")
	}
	return fmt.Errorf("read ZIP: %w", err)
}

func invalidArchive(name, format string, args ...any) error {
	return &schema.Error{Code: schema.CodeInvalid, Message: "the ZIP cannot be read", Fields: []schema.Fault{{File: name, Message: fmt.Sprintf(format, args...)}}}
}

func tooLarge(name, format string, args ...any) error {
	return &schema.Error{Code: schema.CodeTooLarge, Message: "the ZIP is over a limit", Fields: []schema.Fault{{File: name, Message: fmt.Sprintf(format, args...)}}}
}
