package cli

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"glow/schema"
)

// input is the body of an import, as one stream, and the query that goes with it.
type input struct {
	from io.Reader
	typ  string // content type
	name string // of the only file; empty for stdin and for several

	records bool  // they are files of an export, or the like, whose names tell their kinds
	size    int64 // of the stream in bytes; -1 when it is not known
	total   int64 // about how many bytes there are to read, for progress; -1 likewise
	query   url.Values
	close   func()

	failure atomic.Pointer[error] // what went wrong with reading
}

// Read notes what goes wrong, to tell it from the network's faults.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		in.failure.Store(&err)
	}
	return n, err
}

// interruptible returns a reader that ends with ctx, even when r waits for bytes
// that do not come.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Canceled) })
	return out
}

// contentTypes of files by the end of their names, and of --type.
func contentType(ext string) string {
	switch strings.ToLower(strings.TrimPrefix(ext, ".")) {
	case "csv":
		return schema.TypeCSV
	case "ndjson", "jsonl":
		return schema.TypeNDJSON
	case "json":
		return schema.TypeJSON
	case "zip":
		return schema.TypeZIP
	case "xlsx", "xlsm":
		return schema.TypeXLSX
	}
	return ""
}

// openSingle opens the only file of an import, or stdin for "-".
func openSingle(stdin io.Reader, file, typ string) (*input, error) {
	if file == "-" {
		if typ == "" {
			typ = "csv"
		}
		if contentType(typ) == "" {
			return nil, usagef("--type: %q is not one of csv, xlsx, ndjson, json, zip", typ)
		}
		return &input{from: stdin, typ: contentType(typ), size: -1, total: -1, close: func() {}}, nil
	}
	if typ == "" {
		typ = path.Ext(filepath.ToSlash(file))
	}
	f, size, err := openFile(file)
	if err != nil {
		return nil, err
	}
	in := &input{from: f, typ: cmp.Or(contentType(typ), schema.TypeAny), name: filepath.Base(file), size: size, total: size, close: func() { _ = f.Close() }}
	if size >= 0 { // a log may grow while it is read
		in.from = io.LimitReader(f, size)
	}
	return in, nil
}

// openFile opens a file and tells its size, -1 for a pipe and the like.
func openFile(file string) (*os.File, int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, fileError(file, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = fileError(file, err)
	case info.IsDir():
		err = fmt.Errorf("cannot read %s: it is a folder; name the files in it", file)
	case !info.Mode().IsRegular():
		return f, -1, nil
	default:
		return f, info.Size(), nil
	}
	_ = f.Close()
	return nil, 0, err
}

// part is one file of an import of several.
type part struct {
	name string // unique among the parts
	size int64
	open func() (io.ReadCloser, error)
}

// openSeveral makes one ZIP of several files on the fly, so that they are taken
// in all or nothing. Files in a ZIP among them are parts of their own. The files
// of a log may bear the same name; files of records may not.
func openSeveral(files []string, told bool) (*input, error) {
	var (
		parts   []part
		closers []io.Closer
	)
	closeAll := func() {
		for _, c := range closers {
			_ = c.Close()
		}
	}
	for _, file := range files {
		found, closer, err := partsOf(file)
		if err != nil {
			closeAll()
			return nil, err
		}
		parts = append(parts, found...)
		closers = append(closers, closer)
	}
	parts, records, err := uniqueNames(parts, told)
	if err != nil {
		closeAll()
		return nil, err
	}
	total := int64(0)
	for _, p := range parts {
		total += p.size
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeParts(w, parts)) }()
	stop := func() { _ = r.Close(); closeAll() }
	return &input{from: r, typ: schema.TypeZIP, size: -1, total: total, records: records, close: stop}, nil
}

// partsOf lists the parts in a file: itself, or what the ZIP holds.
func partsOf(file string) ([]part, io.Closer, error) {
	if file == "-" {
		return nil, nil, usagef("-: stdin cannot be taken in together with files")
	}
	f, size, err := openFile(file)
	if err != nil {
		return nil, nil, err
	}
	switch contentType(path.Ext(filepath.ToSlash(file))) {
	case schema.TypeZIP:
		archive, err := zip.NewReader(f, size)
		if err != nil {
			_ = f.Close()
			return nil, nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
		var parts []part
		for _, entry := range archive.File {
			if !entry.FileInfo().IsDir() && path.Base(entry.Name) != schema.ManifestName && !strings.HasPrefix(entry.Name, "__MACOSX/") {
				parts = append(parts, part{path.Base(entry.Name), int64(entry.UncompressedSize64), entry.Open})
			}
		}
		return parts, f, nil
	}
	return []part{{filepath.Base(file), size, func() (io.ReadCloser, error) { return f, nil }}}, f, nil
}

// uniqueNames gives each file a different name. Two files of records of the same name cannot
// stand in one ZIP, since the name tells their kind; records reports whether all names do.
func uniqueNames(parts []part, told bool) (unique []part, records bool, err error) {
	records = !told && !slices.ContainsFunc(parts, func(p part) bool { return !tellsRecords(p.name) })
	seen := map[string]bool{}
	for i := range parts {
		name := parts[i].name
		ext := path.Ext(name)
		for n := 2; seen[strings.ToLower(name)]; n++ {
			if records && strings.EqualFold(ext, ".csv") {
				return nil, false, usagef("%s: two files of this name cannot be taken in together; join them, or import one after the other", name)
			}
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(parts[i].name, ext), n, ext)
		}
		seen[strings.ToLower(name)] = true
		parts[i].name = name
	}
	return parts, records, nil
}

// tellsRecords reports whether the name of a file tells that it is one of an export, or the like.
func tellsRecords(name string) bool {
	return schema.KindOfFile(name) != nil || schema.IsView(name) || slices.Contains([]string{schema.TypeNDJSON, schema.TypeJSON}, contentType(path.Ext(name)))
}

// writeParts writes the parts as a ZIP, unpacked: they need not travel far.
func writeParts(w io.Writer, parts []part) error {
	archive := zip.NewWriter(w)
	for _, p := range parts {
		if err := writePart(archive, p); err != nil {
			return err
		}
	}
	return archive.Close()
}

func writePart(archive *zip.Writer, p part) error {
	from, err := p.open()
	if err != nil {
		return fileError(p.name, err)
	}
	to, err := archive.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Store})
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return from.Close()
}
