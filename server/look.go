package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/eventlog"
	"glow/server/formats/mapping"
	"glow/server/formats/table"
	"glow/server/spool"
)

// look serves questions what files are. Nothing is taken, and nothing of the database is told.
func (s *Server) look(w *reply, r *http.Request, _ schema.Caller) error {
	query, err := decodeQuery[schema.ImportQuery](r.URL.RawQuery)
	if err != nil {
		return err
	}
	kind, err := contentType(r, bodyTypes(query)...)
	if err != nil {
		return err
	}
	b, err := limited(w, r, s.o.Limits.Import)
	if err != nil {
		return err
	}
	done, err := s.uploads.acquire(r.Context(), s.o.Limits.Wait)
	if err != nil {
		return err
	}
	defer done()
	k, err := spool.Keep(r.Context(), s.store, s.paced(b, w))
	if err != nil {
		return err
	}
	defer k.Close()
	answer, err := s.lookAt(r.Context(), kind, query, k, k.Size)
	if err != nil {
		return err
	}
	return w.json(http.StatusOK, schema.TypeJSON, answer)
}

// lookAt says what the files of a body are, and what would be made of their first rows.
func (s *Server) lookAt(ctx context.Context, contentType string, q schema.ImportQuery, body io.ReaderAt, size int64) (answer schema.LookResponse, err error) {
	o := formats.Options{Name: q.File, Limits: s.o.Limits.Formats}
	if o.Zone, err = q.Zone(s.store.Zone()); err != nil {
		return answer, err
	}
	files, records, glow, err := openBody(body, size, contentType, q, o)
	if err != nil {
		return answer, err
	}
	kept, err := s.store.Mappings(ctx)
	if err != nil {
		return answer, err
	}
	all, faults := make([]recognized, len(files)), make([]error, len(files))
	for i, f := range files {
		kind := schema.KindOfFile(f.Name)
		switch {
		case glow:
			all[i] = ofGlow(f.Name)
		case records && kind != nil:
			all[i] = recognized{Recognition: schema.Recognition{File: f.Name, As: kind.Name, Title: strings.TrimSuffix(kind.File, ".csv"), Why: "it is named as in an export"}}
		default:
			all[i], faults[i] = s.recognize(f, q, kept)
		}
	}
	joinBesides(all, faults)
	answer.Files = make([]schema.LookedAt, len(files))
	for i, f := range files {
		if answer.Files[i], err = s.lookAtFile(f, q, o, &all[i], faults[i]); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

// lookAtFile shows a file that was found to be something, or why it was not.
func (s *Server) lookAtFile(f formats.File, q schema.ImportQuery, o formats.Options, found *recognized, fault error) (one schema.LookedAt, err error) {
	one = schema.LookedAt{File: f.Name, Columns: []schema.LookedColumn{}, Rows: [][]string{}}
	if fault == nil {
		one.Mapping, one.TakenFor = found.mapping, &found.Recognition
	} else if one.Question, err = lineOf(fault); err != nil {
		return one, err
	}
	t, err := table.Open(f, s.tableOptions(q))
	if err != nil {
		one.Question, err = lineOf(refusal(err))
		return one, err
	}
	defer t.Close()
	one.Format, one.Charset, one.Sheets = t.Format, t.Charset, t.Sheets
	sample, err := sampleOf(t)
	if err != nil {
		one.Question, err = lineOf(refusal(err))
		return one, err
	}
	means := make([]mapping.Meaning, len(t.Header))
	if fault != nil {
		if proposed := mapping.Propose(f.Name, t.Header, sample); proposed != nil {
			one.Mapping, one.Proposed, one.Why = proposed.Mapping, true, proposed.Why
			means = proposed.Means
		}
	}
	s.describe(&one, t, sample, means, q, o)
	return one, nil
}

// describe shows the columns, the first rows, and what is made of them.
func (s *Server) describe(one *schema.LookedAt, t *table.Table, sample [][]string, means []mapping.Meaning, q schema.ImportQuery, o formats.Options) {
	gives := map[string][]string{}
	if one.Mapping != nil {
		gives = mapping.Gives(one.Mapping)
	}
	holds := mapping.Holds(t.Header, sample)
	for i, name := range t.Header {
		one.Columns = append(one.Columns, schema.LookedColumn{Name: name, Holds: holds[i], Gives: gives[mapping.Fold(name)], Means: string(means[i])})
	}
	one.Rows = sample[:min(len(sample), schema.MaxLookedRows)]
	if one.Mapping == nil {
		return
	}
	records, err := s.preview(one.Mapping, t.Header, sample, q, o)
	one.Records = records
	if err != nil && one.Question == "" {
		one.Question, _ = lineOf(refusal(err))
	}
}

// preview makes the first records of the first rows of a table.
func (s *Server) preview(m *schema.Mapping, header []string, sample [][]string, q schema.ImportQuery, o formats.Options) (list []map[string]any, err error) {
	q = q.Completed(m)
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := errors.Join(w.Write(header), w.WriteAll(sample)); err != nil {
		return nil, err
	}
	rows := formats.File{Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }}
	kept := s.store.TempPath("look")
	read, err := mapping.Read([]formats.File{rows}, m, mapping.Options{
		Zone: s.store.Zone(), TimesIn: timesIn(q, o), DateOrder: q.DateOrder, Year: yearOf(q), Decimal: q.Decimal, Prefix: q.Site, Role: q.Role,
		Table: s.tableOptions(schema.ImportQuery{}), TempDir: path.Dir(kept), TempName: path.Base(kept),
	})
	if err != nil {
		return nil, err
	}
	defer read.Close()
	log, err := read.Log()
	switch {
	case err != nil:
		return nil, err
	case log != nil:
		return previewEvents(log)
	}
	for r, err := range read.Records() {
		if err != nil {
			if !formats.IsFault(err) {
				return list, err
			}
			continue
		}
		if list = append(list, recordObject(r)); len(list) == schema.MaxLookedRows {
			break
		}
	}
	return list, nil
}

// previewEvents shows the first events of a log. Of which sessions they are is known when all rows are.
func previewEvents(log *mapping.Log) (list []map[string]any, err error) {
	for r, err := range log.Rows() {
		if err != nil {
			if !formats.IsFault(err) {
				return list, err
			}
			continue
		}
		kind := schema.KindActivity
		if r.Event == uint8(eventlog.EventLoggedIn) {
			kind = schema.KindLogin
		}
		who := log.Names()[r.Name]
		if r.User > 0 {
			who = strings.TrimSpace(fmt.Sprint(r.User, " ", who))
		}
		list = append(list, map[string]any{"kind": kind, "person": who, "created_at": r.At.String()})
		if len(list) == schema.MaxLookedRows {
			break
		}
	}
	return list, nil
}

// recordObject is a record as a JSON object of texts.
func recordObject(r *schema.Record) map[string]any {
	object := map[string]any{"kind": r.Kind.Name}
	for i := range r.Kind.Fields {
		if f := &r.Kind.Fields[i]; r.Values[i].Set && !r.Lacks(i) {
			object[f.Name] = string(f.Append(nil, r.Values[i]))
		}
	}
	return object
}

// lineOf is an error of the file in one line; any other is returned.
func lineOf(err error) (line string, _ error) {
	var refused *schema.Error
	if !errors.As(err, &refused) {
		return "", err
	}
	switch {
	case len(refused.Fields) == 0:
		return refused.Error(), nil
	case refused.Fields[0].Field == "as":
		return refused.Fields[0].Message, nil
	}
	return refused.Fields[0].Error(), nil
}
