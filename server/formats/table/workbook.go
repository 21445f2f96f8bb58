package table

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"

	"glow/schema"
	"glow/server/formats"
)

// workbook is an Excel workbook: a ZIP of XML files (ECMA-376, part 1). It is read here and
// not by a library, because those that are kept well hold the whole of it in memory.
type workbook struct {
	zip    *zip.Reader
	limits formats.Limits
	kept   *os.File

	sheets  []sheet
	strings *sharedStrings
	styles  []timeFormat // of the cells, by the number of their style
	is1904  bool
}

// sheet is a sheet of a workbook.
type sheet struct {
	name, part string
	hidden     bool
}

// openWorkbook finds the sheet that has the table.
func (t *Table) openWorkbook(f formats.File, o Options) error {
	w := &workbook{limits: o.Limits}
	t.source.close = w.close
	if err := w.open(f, o); err != nil {
		return workbookError(err)
	}
	for _, s := range w.sheets {
		t.Sheets = append(t.Sheets, s.name)
	}
	chosen, err := w.choose(o.Sheet)
	if err != nil {
		return workbookError(err)
	}
	t.Sheet = chosen.name
	t.source.ragged = true
	t.source.rows = func(yield func(Row, error) bool) {
		if err := w.rows(chosen, yield); err != nil {
			yield(Row{}, workbookError(err))
		}
	}
	return nil
}

// workbookError says in plain words that a workbook is damaged.
func workbookError(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case err == nil, formats.IsFault(err), errors.As(err, new(*schema.Error)):
		return err
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return schema.Fault{Message: "the workbook is damaged; save or download it again"}
	}
	return err
}

func (w *workbook) open(f formats.File, o Options) error {
	at, size, err := w.readerAt(f, o)
	if err != nil {
		return err
	}
	if w.zip, err = zip.NewReader(at, size); err != nil {
		return err
	}
	w.zip.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	if w.part("xl/workbook.xml") == nil {
		return schema.Fault{Message: "the file is a ZIP, and not an Excel workbook"}
	}
	for _, read := range []func() error{w.readSheets, w.readStyles, func() error { return w.readStrings(o) }} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// readerAt returns the bytes of a file for reading anywhere. Those that come as a stream
// are kept in a temporary file.
func (w *workbook) readerAt(f formats.File, o Options) (io.ReaderAt, int64, error) {
	if f.At != nil {
		return f.At, f.Size, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	if w.kept, err = os.CreateTemp(o.TempDir, o.TempName); err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(w.kept, r)
	return w.kept, size, err
}

// close removes the temporary files.
func (w *workbook) close() error {
	var err error
	if w.strings != nil {
		err = w.strings.close()
	}
	return errors.Join(err, removeFile(w.kept))
}

func removeFile(f *os.File) error {
	if f == nil {
		return nil
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// part returns a file of the ZIP; nil where there is none of that name.
func (w *workbook) part(name string) *zip.File {
	for _, f := range w.zip.File {
		if strings.EqualFold(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"), name) {
			return f
		}
	}
	return nil
}

// Limits of a part, against archives that unpack to far more than they are.
const (
	maxRatio  = 400      // the XML of sheets with few different values packs 100 times
	ratioFrom = 64 << 20 // bytes from which the ratio counts
)

// boundedPart counts what comes out of a part of the ZIP.
type boundedPart struct {
	io.ReadCloser
	w      *workbook
	packed int64
	read   int64
}

func (b *boundedPart) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.read > b.w.limits.MaxUnpacked || b.read > ratioFrom && b.read/maxRatio > b.packed {
		return 0, &schema.Error{Code: schema.CodeTooLarge, Message: "the workbook unpacks to more than any real one; save it as CSV"}
	}
	return n, err
}

func (w *workbook) openPart(f *zip.File) (io.ReadCloser, error) {
	if f.Flags&1 != 0 {
		return nil, schema.Fault{Message: "the workbook is protected by a password; open it and save it without one"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &boundedPart{ReadCloser: r, w: w, packed: int64(f.CompressedSize64)}, nil
}

// decode hands the elements of a part to visit; a part that is not there has none.
func (w *workbook) decode(name string, visit func(d *xml.Decoder, e xml.StartElement) error) error {
	f := w.part(name)
	if f == nil {
		return nil
	}
	r, err := w.openPart(f)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := visit(d, e); err != nil {
				return err
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readSheets reads the names of the sheets, where they are, and which year their dates
// count from.
func (w *workbook) readSheets() error {
	targets := map[string]string{}
	err := w.decode("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if target := attribute(e, "Target"); strings.HasSuffix(attribute(e, "Type"), "/worksheet") {
			if !strings.HasPrefix(target, "/") {
				target = "xl/" + target
			}
			targets[attribute(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.decode("xl/workbook.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			is := attribute(e, "date1904")
			w.is1904 = is == "1" || is == "true"
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
			if part, ok := targets[id]; ok { // else it is a chart
				state := attribute(e, "state")
				w.sheets = append(w.sheets, sheet{attribute(e, "name"), part, state == "hidden" || state == "veryHidden"})
			}
		}
		return nil
	})
}

// choose returns the sheet of a name or, without one, the visible one that has most rows.
func (w *workbook) choose(name string) (sheet, error) {
	best, rows := -1, 0
	var names []string
	for i, s := range w.sheets {
		names = append(names, fmt.Sprintf("%q", s.name))
		if name != "" {
			if strings.EqualFold(s.name, name) {
				return s, nil
			}
			continue
		}
		if s.hidden {
			continue
		}
		n, err := w.countRows(s)
		if err != nil {
			return sheet{}, err
		}
		if s.name == formats.AboutSheet { // of our own files: it has more rows than a short table
			n = min(n, 1)
		}
		if best < 0 || n > rows {
			best, rows = i, n
		}
	}
	switch {
	case name != "":
		return sheet{}, schema.Fault{Field: "sheet", Message: fmt.Sprintf("the workbook has no sheet %q; it has %s", name, strings.Join(names, ", "))}
	case best < 0:
		return sheet{}, schema.Fault{Message: cmp.Or(map[bool]string{true: "the workbook has no visible sheet with rows"}[len(w.sheets) > 0], "the workbook has no sheets")}
	}
	return w.sheets[best], nil
}

// enoughRows is how many rows of a sheet are counted to compare it with others.
const enoughRows = 1000

// countRows counts the first rows of a sheet that have more than one cell.
func (w *workbook) countRows(s sheet) (n int, err error) {
	if len(w.sheets) == 1 {
		return 1, nil
	}
	err = w.rows(s, func(row Row, err error) bool {
		if err == nil && countFilled(texts(row.Cells)) > 1 {
			n++
		}
		return n < enoughRows
	})
	return n, err
}
