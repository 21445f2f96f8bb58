package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"glow/schema"
	"glow/server/formats"
)

// containers are the keys under which programs put the list of what was asked for.
var containers = []string{"statements", "data", "items", "results", "records", "rows", "value", "values", "entries", "events", "traces", "observations", "logs"}

// openJSON finds the objects in a JSON file, and all their keys: an object a line, or an array
// of objects, by itself, in another array, or under a key. A value within another goes by the path
// to it, as in actor.account.name.
func (t *Table) openJSON(f formats.File, o Options) error {
	lines, err := isNDJSON(f, o)
	if err != nil {
		return err
	}
	j := &jsonFile{file: f, limits: o.Limits, keyed: o.Keyed}
	if t.Format = JSON; lines {
		t.Format = NDJSON
	} else if j.container, err = j.findContainer(); err != nil {
		return err
	}
	keys, err := j.allKeys(lines)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return schema.Fault{Line: 1, Message: "the file has no objects; it should hold an array of them"}
	}
	at := make(map[string]int, len(keys))
	for i, key := range keys {
		at[key] = i
	}
	t.source = source{keys: keys, rows: func(yield func(Row, error) bool) {
		cells := make([][]byte, len(keys))
		_ = j.each(lines, func(line int, members []member, err error) bool {
			if err != nil {
				return yield(Row{Line: line}, err)
			}
			clear(cells)
			for _, m := range members {
				if i, ok := at[m.key]; ok {
					cells[i] = m.value
				}
			}
			return yield(Row{line, cells}, nil)
		})
	}}
	return nil
}

// isNDJSON reports whether a file has an object on its first line, and more lines.
func isNDJSON(f formats.File, o Options) (bool, error) {
	r, err := f.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	lines := newLineReader(r, o.Limits.MaxLine)
	first, err := lines.nextFilled()
	if err == nil && (!bytes.HasPrefix(first, []byte("{")) || !jsontext.Value(first).IsValid()) {
		return false, nil
	}
	if err == nil {
		if _, err = lines.nextFilled(); err == nil || formats.IsFault(err) {
			return true, nil
		}
	}
	if err == io.EOF || formats.IsFault(err) {
		return false, nil
	}
	return false, err
}

// jsonFile is a file of JSON objects.
type jsonFile struct {
	file      formats.File
	limits    formats.Limits
	container string // key of the array of objects; "" where they stand at the top
	keyed     int    // how many objects are read for their keys; 0 for all
}

// member is a value of an object, under the path to it.
type member struct {
	key   string
	value []byte
}

// allKeys lists the keys of the objects, in the order in which they first stand there.
func (j *jsonFile) allKeys(lines bool) (keys []string, err error) {
	known, objects := map[string]bool{}, 0
	failed := j.each(lines, func(_ int, members []member, fault error) bool {
		for _, m := range members {
			if !known[m.key] {
				known[m.key] = true
				keys = append(keys, m.key)
			}
		}
		if len(keys) > j.limits.MaxColumns {
			err = schema.Fault{Line: 1, Message: fmt.Sprintf("the objects have more than %d keys", j.limits.MaxColumns)}
		}
		objects++
		return err == nil && objects != j.keyed
	})
	if failed != nil && (len(keys) == 0 || !formats.IsFault(failed)) {
		return nil, failed
	}
	return keys, err
}

// each hands the objects of the file to visit until it returns false: with an error where there is
// no object that can be read. It returns the last error.
func (j *jsonFile) each(lines bool, visit func(line int, members []member, err error) bool) (err error) {
	r, err := j.file.Open()
	if err != nil {
		visit(0, nil, err)
		return err
	}
	defer r.Close()
	report := func(line int, members []member, fault error) bool {
		err = fault
		return visit(line, members, fault)
	}
	if lines {
		j.eachLine(r, report)
	} else {
		j.eachElement(r, report)
	}
	return err
}

// eachLine reads an object a line.
func (j *jsonFile) eachLine(r io.Reader, visit func(int, []member, error) bool) {
	lines := newLineReader(r, j.limits.MaxLine)
	var o objectReader
	for {
		text, line, err := lines.next()
		if err == io.EOF {
			return
		}
		if err == nil && len(text) == 0 {
			continue
		}
		if err == nil {
			err = o.readWhole(text)
		}
		if err != nil {
			err = faultAt(line, err)
		}
		if !visit(line, o.members, err) || err != nil && !formats.IsFault(err) {
			return
		}
	}
}

// eachElement reads the objects of arrays. What is not JSON ends it.
func (j *jsonFile) eachElement(r io.Reader, visit func(int, []member, error) bool) {
	in := newJSONReader(r, j.limits.MaxLine)
	o := objectReader{d: in.d}
	var array func() bool
	one := func() bool {
		o.members = o.members[:0]
		in.begin()
		line := in.line()
		err := o.object("")
		if err != nil {
			visit(line, nil, in.fault(line, err))
			return false
		}
		return visit(line, o.members, nil)
	}
	element := func() bool {
		switch in.d.PeekKind() {
		case '[':
			return array()
		case '{':
			return one()
		}
		in.begin()
		line := in.line()
		if err := in.d.SkipValue(); err != nil {
			if err != io.EOF {
				visit(line, nil, in.fault(line, err))
			}
			return false
		}
		return visit(line, nil, schema.Fault{Line: line, Message: "is not an object"})
	}
	array = func() bool {
		if _, err := in.d.ReadToken(); err != nil {
			visit(in.line(), nil, in.fault(in.line(), err))
			return false
		}
		for in.d.PeekKind() != ']' {
			if !element() {
				return false
			}
		}
		_, err := in.d.ReadToken()
		return err == nil
	}
	if j.container != "" {
		if err := in.enter(j.container); err != nil {
			visit(1, nil, in.fault(1, err))
			return
		}
		array()
		return
	}
	for element() {
	}
}

// findContainer finds the key of the array of objects, where the file is one object around it.
func (j *jsonFile) findContainer() (string, error) {
	r, err := j.file.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	in := newJSONReader(r, j.limits.MaxLine)
	if in.d.PeekKind() != '{' {
		return "", nil
	}
	for _, err := in.d.ReadToken(); err == nil; {
		var name jsontext.Token
		if name, err = in.d.ReadToken(); err != nil || name.Kind() != '"' {
			return "", nil // the faults are those of reading
		}
		key := name.String()
		in.begin()
		if in.d.PeekKind() == '[' && slices.Contains(containers, key) {
			if _, err = in.d.ReadToken(); err == nil && in.d.PeekKind() == '{' {
				return key, nil
			}
			return "", nil
		}
		err = in.d.SkipValue()
	}
	return "", nil
}

// jsonReader reads JSON, knows the line, and bounds how much of it lies between two objects.
type jsonReader struct {
	d     *jsontext.Decoder
	r     io.Reader
	max   int64
	read  int64 // bytes
	mark  int64 // where the object at hand begins
	lines int   // before the first of ends
	ends  []int64
}

func newJSONReader(r io.Reader, max int) *jsonReader {
	in := &jsonReader{r: skipMark(r), max: int64(max), lines: 1}
	in.d = jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return in
}

// skipMark passes over a byte-order mark.
func skipMark(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, headBytes)
	if head, _ := b.Peek(3); string(head) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	return b
}

// errTooLong is the error of an object that is too long.
var errTooLong = errors.New("is too long")

func (in *jsonReader) Read(p []byte) (int, error) {
	if in.read-in.mark > in.max+headBytes {
		return 0, errTooLong
	}
	n, err := in.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			in.ends = append(in.ends, in.read+int64(i))
		}
	}
	in.read += int64(n)
	return n, err
}

// begin notes that what was read so far is done with.
func (in *jsonReader) begin() { in.mark = in.d.InputOffset() }

// line returns the line of the next value.
func (in *jsonReader) line() int {
	at := in.d.InputOffset()
	if unread := in.d.UnreadBuffer(); len(unread) > 0 {
		at += int64(len(unread) - len(bytes.TrimLeft(unread, " \t\r\n,")))
	}
	done := 0
	for done < len(in.ends) && in.ends[done] < at {
		done++
	}
	in.lines += done
	in.ends = in.ends[done:]
	return in.lines
}

// enter goes to the array under a key of the object that the file is.
func (in *jsonReader) enter(key string) error {
	if _, err := in.d.ReadToken(); err != nil {
		return err
	}
	for {
		name, err := in.d.ReadToken()
		if err != nil {
			return err
		}
		if name.String() == key {
			return nil
		}
		if err := in.d.SkipValue(); err != nil {
			return err
		}
		in.begin()
	}
}

func (in *jsonReader) fault(line int, err error) error {
	if errors.Is(err, errTooLong) {
		return schema.Fault{Line: line, Message: fmt.Sprintf("the object is longer than %d bytes", in.max)}
	}
	return faultAt(line, err)
}

// faultAt says in plain words what is wrong with JSON; an error of reading stays what it is.
func faultAt(line int, err error) error {
	var (
		syntax *jsontext.SyntacticError
		fault  schema.Fault
	)
	switch {
	case errors.As(err, &fault):
		fault.Line = line
		return fault
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return schema.Fault{Line: line, Message: "is cut off: the JSON does not end"}
	case errors.As(err, &syntax):
		return schema.Fault{Line: line, Message: fmt.Sprintf("is not valid JSON: %v", syntax.Err)}
	}
	return err
}

// objectReader reads objects as members.
type objectReader struct {
	d       *jsontext.Decoder
	members []member
}

// readWhole reads the one object that a text is.
func (o *objectReader) readWhole(text []byte) error {
	o.members = o.members[:0]
	o.d = jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if o.d.PeekKind() != '{' {
		return schema.Fault{Message: "is not an object"}
	}
	if err := o.object(""); err != nil {
		return err
	}
	if o.d.PeekKind() != jsontext.KindInvalid {
		return schema.Fault{Message: "there is text after the object"}
	}
	return nil
}

// object reads the members of an object, whose paths begin with prefix.
func (o *objectReader) object(prefix string) error {
	if _, err := o.d.ReadToken(); err != nil {
		return err
	}
	for {
		name, err := o.d.ReadToken()
		if err != nil {
			return err
		}
		if name.Kind() == '}' {
			return nil
		}
		if err := o.value(prefix + name.String()); err != nil {
			return err
		}
	}
}

// value reads a value as the member of a key, or as several.
func (o *objectReader) value(key string) error {
	switch o.d.PeekKind() {
	case '{':
		return o.object(key + ".")
	case '[':
		return o.array(key)
	}
	text, err := o.scalar()
	if err == nil {
		o.members = append(o.members, member{key, text})
	}
	return err
}

// scalar reads a value that is neither object nor array; null is empty.
func (o *objectReader) scalar() ([]byte, error) {
	token, err := o.d.ReadToken()
	if err != nil || token.Kind() == 'n' {
		return nil, err
	}
	return []byte(token.String()), nil
}

// array reads an array: plain values as one, joined by |, others each under their number.
func (o *objectReader) array(key string) error {
	if _, err := o.d.ReadToken(); err != nil {
		return err
	}
	var plain [][]byte
	for i := 0; ; i++ {
		switch o.d.PeekKind() {
		case ']':
			if plain != nil {
				o.members = append(o.members, member{key, bytes.Join(plain, []byte("|"))})
			}
			_, err := o.d.ReadToken()
			return err
		case '{', '[':
			if err := o.value(key + "." + strconv.Itoa(i)); err != nil {
				return err
			}
		default:
			text, err := o.scalar()
			if err != nil {
				return err
			}
			plain = append(plain, text)
		}
	}
}

// nextFilled returns the next line that is not blank.
func (l *lineReader) nextFilled() ([]byte, error) {
	for {
		if text, _, err := l.next(); err != nil || len(text) > 0 {
			return text, err
		}
	}
}

// lineReader reads lines of bounded length.
type lineReader struct {
	r    *bufio.Reader
	max  int
	line int
	buf  []byte
}

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(skipMark(r), headBytes), max: max}
}

// next returns the next line without blanks at its ends, and its number; io.EOF at the end.
func (l *lineReader) next() ([]byte, int, error) {
	l.line++
	l.buf = l.buf[:0]
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.buf)+len(part) > l.max {
			tooLong = true
		} else {
			l.buf = append(l.buf, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(l.buf) == 0 && !tooLong:
			return nil, l.line, io.EOF
		case err != nil && err != io.EOF:
			return nil, l.line, err
		case tooLong:
			return nil, l.line, schema.Fault{Line: l.line, Message: fmt.Sprintf("the line is longer than %d bytes", l.max)}
		}
		return bytes.TrimSpace(l.buf), l.line, nil
	}
}
