package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"

	"glow/schema"
	"glow/server/formats"
	"glow/server/spool"
	"glow/store"
)

// input is a body that was made out: its records, still to be read.
type input struct {
	records iter.Seq2[*schema.Record, error]
	log     *store.LogImport                 // in the place of records: rows of which they are made
	keep    *store.PreserveProfiles          // of people, since the input says little of them
	live    bool                             // one record that somebody posts as it happens
	skipped func() (int64, map[string]int64) // rows of a foreign log, known when the records are read
	spans   func() map[string]schema.Instant // of sessions that are made of rows; nil: of none
	groups  bool                             // are known by nothing but the rows that name them
	waiting func() []schema.WaitingRow       // rows of an export that wait for others, likewise
	taken   []schema.Recognition             // what the files were found to be, where the request does not say it
	found   []schema.Recognition             // what they were found or said to be
	source  *source                          // for the history of imports; nil: the records are in no file
	courses func() int64                     // of a log of Moodle, known likewise; may be nil
	close   func() error
}

// takeIn serves imports. A body that breaks off, or whose reading fails
// anywhere, leaves nothing behind.
func (s *Server) takeIn(w *reply, r *http.Request, caller schema.Caller) error {
	query, err := decodeQuery[schema.ImportQuery](r.URL.RawQuery)
	if err != nil {
		return err
	}
	kind, err := contentType(r, bodyTypes(query)...)
	if err != nil {
		return err
	}
	limit := s.o.Limits.Import
	if kind == schema.TypeZIP { // a larger one unpacks to more than is allowed
		limit = min(limit, s.o.Limits.Formats.MaxUnpacked+directoryBytes)
	}
	b, err := limited(w, r, limit)
	if err != nil {
		return err
	}
	rest := follow(s.paced(b, w))
	var head []byte
	if kind == schema.TypeJSON {
		if head, err = io.ReadAll(io.LimitReader(rest, s.o.Limits.Query+1)); err != nil {
			return err
		}
		if int64(len(head)) <= s.o.Limits.Query {
			return s.takeInSmall(w, r, caller, query, head, rest)
		}
	}
	done, err := s.uploads.acquire(r.Context(), s.o.Limits.Wait)
	if err != nil {
		return err
	}
	defer done()
	in, err := s.open(r.Context(), kind, query, io.MultiReader(bytes.NewReader(head), rest))
	if err != nil {
		return err
	}
	in.source = rest
	return s.taken(w, r, caller, in, query)
}

// takeInSmall serves imports of a body that was read whole before their turn came,
// so that a single record waits neither for senders that are slow nor behind them.
func (s *Server) takeInSmall(w *reply, r *http.Request, caller schema.Caller, query schema.ImportQuery, text []byte, from *source) error {
	in, err := s.open(r.Context(), schema.TypeJSON, query, bytes.NewReader(text))
	if err != nil {
		return err
	}
	in.source = from
	limit := s.uploads
	if in.live {
		limit = s.posts
	}
	done, err := limit.acquire(r.Context(), s.o.Limits.Wait)
	if err != nil {
		return err
	}
	defer done()
	return s.taken(w, r, caller, in, query)
}

// taken has the store take what was made out, and answers.
func (s *Server) taken(w *reply, r *http.Request, caller schema.Caller, in input, query schema.ImportQuery) error {
	defer in.close()
	answer, err := s.put(r.Context(), caller, in, query)
	if err != nil && answer.Rejected > 0 {
		err = &importRefused{err, answer}
	}
	if err != nil {
		return err
	}
	return w.json(http.StatusOK, schema.TypeJSON, answer)
}

// put has the store take, or try, what was made out.
func (s *Server) put(ctx context.Context, caller schema.Caller, in input, q schema.ImportQuery) (schema.ImportResponse, error) {
	covers, err := s.covers(q)
	if err != nil {
		return schema.ImportResponse{}, err
	}
	o := store.PutOptions{
		DryRun: q.DryRun, SkipInvalid: q.SkipInvalid, Live: in.live, PreserveProfiles: in.keep, Covers: covers, SessionOwnedAt: in.spans, GroupsOfRuns: in.groups, Waiting: in.waiting, Caller: caller,
		Detail: func(answer schema.ImportResponse) map[string]any { return in.detail(q, answer) },
	}
	if in.source != nil && !in.live && (q.File != "" || caller.Role != schema.RoleRecorder) { // a program may post a batch every minute
		o.Source = in.history(q)
	}
	if caller.Role != schema.RoleAdmin && in.records != nil {
		in.records = withoutMappings(in.records)
	}
	var answer schema.ImportResponse
	if in.log != nil {
		answer, err = s.store.PutLog(ctx, *in.log, o)
	} else {
		answer, err = s.store.Put(ctx, in.records, o)
	}
	answer.Skipped, answer.SkippedReasons = in.skipped()
	answer.TakenFor = in.taken
	if in.courses != nil {
		answer.Courses = in.courses()
	}
	if caller.Role == schema.RoleRecorder {
		if q.DryRun || err != nil && answer.Rejected > 0 {
			if e := s.store.Audit(context.WithoutCancel(ctx), caller, schema.ActionImport, in.tried(q, answer, err)); e != nil {
				return schema.ImportResponse{}, e
			}
		}
		answer.Veil()
	}
	if !in.live {
		answer.About = aboutInput(answer, s.store.Zone())
	}
	switch {
	case err != nil:
		s.metrics.rejected(answer.Rejected)
	case !q.DryRun:
		s.metrics.imported(answer)
	}
	return answer, err
}

// covers is what an import says of how far the records reach; nil for nothing.
func (s *Server) covers(q schema.ImportQuery) (*store.Covers, error) {
	if q.From == "" && q.CoversUntil == "" {
		return nil, nil
	}
	c := &store.Covers{Log: q.From != "", Departments: q.Department}
	if q.CoversUntil == "" {
		return c, nil
	}
	until, err := schema.ParseCovers(q.CoversUntil, s.store.Zone(), schema.InstantOf(s.store.Now()))
	c.Until = &until
	return c, err
}

// directoryBytes is what a ZIP may have beside its files' contents.
const directoryBytes = 1 << 20

// bodyTypes lists the content types that an import takes.
func bodyTypes(q schema.ImportQuery) []string {
	if q.From == schema.FromGlow {
		return []string{schema.TypeCSV, schema.TypeZIP, schema.TypeAny}
	}
	records := []string{schema.TypeNDJSON, schema.TypeJSON, schema.TypeCSV, schema.TypeZIP}
	if q.Kind != "" {
		return records
	}
	return append(records, schema.TypeXLSX, schema.TypeText, schema.TypeAny)
}

// open makes out what a body holds.
func (s *Server) open(ctx context.Context, contentType string, q schema.ImportQuery, b io.Reader) (input, error) {
	zone, err := q.Zone(s.store.Zone())
	if err != nil {
		return input{}, err
	}
	if q.Kind != "" && contentType != schema.TypeCSV {
		return input{}, schema.Invalid("kind", "is for %s only; other bodies name the kind of each record", schema.TypeCSV)
	}
	o := formats.Options{Zone: zone, Name: q.File, Limits: s.o.Limits.Formats}
	switch {
	case q.From != "":
		return s.openForeign(ctx, contentType, q, o, b)
	case q.As != "" || q.Map != "" || isTable(contentType):
		return s.openRecognized(ctx, contentType, q, o, b)
	case contentType == schema.TypeZIP:
		return s.openZIP(ctx, q, o, b)
	case contentType == schema.TypeCSV:
		if q.Kind == "" && schema.KindOfFile(q.File) == nil {
			return s.openRecognized(ctx, contentType, q, o, b)
		}
		return s.openCSV(ctx, kindOf(q), q, o, b)
	case contentType == schema.TypeJSON:
		return s.openJSON(o, b)
	}
	return plain(formats.ReadNDJSON(b, o)), nil
}

func plain(records iter.Seq2[*schema.Record, error]) input {
	return input{
		records: records,
		skipped: func() (int64, map[string]int64) { return 0, nil },
		close:   func() error { return nil },
	}
}

// openJSON reads a single record whole before the store sees it: a write must
// not wait for the network.
func (s *Server) openJSON(o formats.Options, b io.Reader) (input, error) {
	records, single, err := formats.ReadJSON(b, o)
	if err != nil || !single {
		return plain(records), err
	}
	type item struct {
		record *schema.Record
		fault  error
	}
	var items []item
	for r, err := range records {
		if err != nil {
			if !errors.As(err, new(schema.Fault)) {
				return input{}, err
			}
			items = append(items, item{fault: err})
			continue
		}
		copied := *r
		copied.Values = slices.Clone(r.Values)
		items = append(items, item{record: &copied})
	}
	in := plain(func(yield func(*schema.Record, error) bool) {
		for _, it := range items {
			if !yield(it.record, it.fault) {
				return
			}
		}
	})
	in.live = true
	return in, nil
}

// openZIP keeps the body: a ZIP is read from its end. The files of an export of the full Glow have the
// names of ours.
func (s *Server) openZIP(ctx context.Context, q schema.ImportQuery, o formats.Options, b io.Reader) (input, error) {
	k, err := spool.Keep(ctx, s.store, b)
	if err != nil {
		return input{}, err
	}
	if files, err := filesOf(k, k.Size, schema.TypeZIP, o); err == nil {
		if glow, err := holdsGlow(files); err == nil && glow {
			q.As = schema.AsAuto
			return s.openKept(ctx, k, schema.TypeZIP, q, o)
		}
	} // what is wrong with the ZIP comes up as it is read
	in := plain(formats.ReadZIP(k, k.Size, o))
	in.close = k.Close
	return in, nil
}

// kindOf tells the kind of a CSV's records.
func kindOf(q schema.ImportQuery) *schema.Kind {
	if q.Kind != "" {
		return schema.KindNamed(q.Kind)
	}
	return schema.KindOfFile(q.File)
}

// importRefused is an error with the counts of the try.
type importRefused struct {
	error
	answer schema.ImportResponse
}

func (e *importRefused) Unwrap() error { return e.error }

// detail is what the audit list says of an import. A new record that was posted
// by itself says so on its own; the list has those that replaced another or were faulty.
func (in *input) detail(q schema.ImportQuery, answer schema.ImportResponse) map[string]any {
	if in.live && answer.Updated == 0 && answer.Rejected == 0 && q.CoversUntil == "" {
		return nil
	}
	return in.counts(q, answer)
}

// tried is what the audit list says of a dry run, or of an import that was refused.
func (in *input) tried(q schema.ImportQuery, answer schema.ImportResponse, err error) map[string]any {
	detail := in.counts(q, answer)
	detail["dry_run"], detail["refused"] = q.DryRun, err != nil
	return detail
}

func (in *input) counts(q schema.ImportQuery, answer schema.ImportResponse) map[string]any {
	skipped, _ := in.skipped()
	detail := map[string]any{
		"inserted": answer.Inserted, "updated": answer.Updated, "unchanged": answer.Unchanged,
		"rejected": answer.Rejected, "skipped": skipped, "by_kind": answer.ByKind,
	}
	if answer.ImportID != "" {
		detail["import_id"] = answer.ImportID
	}
	if answer.Known > 0 {
		detail["known"] = answer.Known
	}
	if q.From != "" {
		detail["from"] = q.From
	}
	if q.CoversUntil != "" {
		detail["covers_until"] = q.CoversUntil
	}
	return detail
}
