package dashboard

import (
	"archive/zip"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
	"glow/server/spool"
)

const (
	maxFields = 64 << 10 // bytes of all fields of a form with files that are not files
	maxParts  = 2000     // of a form: its fields and files
)

// receive reads a form with files into a scratch file. The form's own fields come
// first: without its token not a byte of a file is kept.
func (p *pageRequest) receive() (*upload, error) {
	r := uploadReader{p: p, up: &upload{id: rand.Text()}, fields: url.Values{}}
	kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return r.up, schema.Errorf(schema.CodeMediaType, "the form brings no files")
	}
	b, err := p.d.host.UploadBody(p.w, p.Request)
	if err != nil {
		return r.up, err
	}
	err = r.readParts(multipart.NewReader(b, params["boundary"]))
	if err == nil {
		err = r.finish()
	}
	if err != nil && r.up.file != nil {
		err = errors.Join(err, r.up.file.Close())
	}
	return r.up, uploadError(err)
}

// uploadError is an error of reading the form as whoever sent it is told.
func uploadError(err error) error {
	if err == nil || errors.As(err, new(*schema.Error)) {
		return err
	}
	return spool.WriteError(fmt.Errorf("%w: %w", schema.Errorf(schema.CodeMalformed, "the files did not arrive whole; nothing was taken"), err))
}

// uploadReader is a form with files that is being read. Its files go into one ZIP,
// so that several are one input; a file that comes alone is taken out of it again.
type uploadReader struct {
	p      *pageRequest
	up     *upload
	fields url.Values
	size   int // bytes of the fields
	zip    *zip.Writer
}

func (r *uploadReader) readParts(parts *multipart.Reader) error {
	for range maxParts {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF:
			return r.begin() // the fields are to be right even without a file
		case err != nil:
			return err
		case part.FormName() != "files":
			err = r.readField(part)
		case part.FileName() != "": // else nothing was chosen
			err = r.readFile(path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), part)
		}
		if err != nil {
			return err
		}
	}
	return schema.Errorf(schema.CodeTooLarge, "these are too many files at once; pack them into a ZIP")
}

func (r *uploadReader) readField(part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, int64(maxFields-r.size)+1))
	if r.size += len(part.FormName()) + len(text); r.size > maxFields {
		return schema.Errorf(schema.CodeTooLarge, "the fields of the form are too long")
	}
	r.fields.Add(part.FormName(), string(text))
	return err
}

func (r *uploadReader) readFile(name string, from io.Reader) error {
	if err := r.begin(); err != nil {
		return err
	}
	for _, other := range r.up.names {
		switch {
		case strings.EqualFold(name, other):
			return schema.Errorf(schema.CodeInvalid, "two files are named %s; rename one of them", schema.Clip(name))
		case isZIP(name) || isZIP(other):
			return schema.Errorf(schema.CodeInvalid, "a ZIP comes alone; choose it by itself, or choose the files that are in it")
		}
	}
	r.up.names = append(r.up.names, name)
	w, err := r.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, from)
	return err
}

func isZIP(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// begin checks the fields, and makes the scratch file, once.
func (r *uploadReader) begin() (err error) {
	if r.zip != nil {
		return nil
	}
	if err := r.p.checkForm(r.fields); err != nil {
		return err
	}
	if r.up.query, err = importQuery(r.fields); err != nil {
		return err
	}
	if r.up.file, err = r.p.d.store.TempFile(); err != nil {
		return err
	}
	r.zip = zip.NewWriter(r.up.file)
	return nil
}

// importQuery reads what the form says of its files.
func importQuery(fields url.Values) (schema.ImportQuery, error) {
	text := func(key string) string { return strings.TrimSpace(fields.Get(key)) }
	q := schema.ImportQuery{From: text("from"), Timezone: text("timezone"), CoversUntil: text("covers_until")}
	if q.Kind = text("kind"); q.From != "" {
		q.Kind = ""
	}
	if q.Kind == "" {
		if q.From == "" {
			q.As = schema.AsAuto
		}
		q.Sheet, q.Decimal = text("sheet"), text("decimal")
		q.Site, q.Role, q.DateOrder, q.Replace = text("site"), text("role"), text("date_order"), text("replace") != ""
		if year := text("year"); year != "" {
			n, err := strconv.Atoi(year)
			if err != nil {
				return q, schema.Invalid("year", "%q is not a year; write one as in 2025", schema.Clip(year))
			}
			q.Year = &n
		}
		for id := range strings.SplitSeq(text("department"), ",") {
			if id = strings.TrimSpace(id); id != "" {
				q.Department = append(q.Department, id)
			}
		}
	}
	return q, q.Validate()
}

// finish makes the upload of what was read.
func (r *uploadReader) finish() (err error) {
	if err := r.zip.Close(); err != nil {
		return err
	}
	if r.up.size, err = r.up.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	r.up.kind = schema.TypeZIP
	switch len(r.up.names) {
	case 0:
		return schema.Errorf(schema.CodeInvalid, "no file was chosen; choose one or more, or drop them on the field")
	case 1:
		if err := r.up.unwrap(); err != nil {
			return err
		}
	}
	if allowed := r.p.d.host.ImportTypes(r.up.query); !slices.Contains(allowed, r.up.kind) {
		return schema.Errorf(schema.CodeInvalid, "such an import comes as %s", strings.Join(allowed, " or "))
	}
	return nil
}

// contentTypes are what the ends of names tell.
var contentTypes = map[string]string{
	".zip": schema.TypeZIP, ".xlsx": schema.TypeXLSX, ".csv": schema.TypeCSV, ".ndjson": schema.TypeNDJSON, ".jsonl": schema.TypeNDJSON, ".json": schema.TypeJSON,
}

// unwrap makes the only file the upload, in place: a stored entry is its content.
func (up *upload) unwrap() error {
	name := up.names[0]
	up.kind = cmp.Or(contentTypes[strings.ToLower(path.Ext(name))], schema.TypeAny)
	if up.kind == schema.TypeCSV && up.query.As == schema.AsAuto && schema.KindOfFile(name) != nil {
		up.query.As = "" // its name tells
	}
	archive, err := zip.NewReader(up.file, up.size)
	if err != nil {
		return err
	}
	if up.start, err = archive.File[0].DataOffset(); err != nil {
		return err
	}
	up.size, up.query.File = int64(archive.File[0].UncompressedSize64), name
	return up.query.Validate()
}
