package server

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"glow/schema"
	"glow/server/inbox"
)

// openInbox opens the inbox, if there is to be one.
func (s *Server) openInbox() (err error) {
	if s.o.Inbox == "" {
		return nil
	}
	s.inbox, err = inbox.Open(inbox.Options{Dir: s.o.Inbox, Take: s.takeFile, Log: s.log})
	return err
}

// RunInbox takes in what appears in the inbox until ctx ends; without an inbox it returns at once.
func (s *Server) RunInbox(ctx context.Context) {
	if s.inbox != nil {
		s.inbox.Run(ctx)
	}
}

// inboxCaller is who brings in the files of the inbox: whoever may write into that folder.
var inboxCaller = schema.Caller{TokenName: "inbox", Role: schema.RoleAdmin}

// typesByEnd are what the ends of names tell; of any other file the content does.
var typesByEnd = map[string]string{
	".zip": schema.TypeZIP, ".xlsx": schema.TypeXLSX, ".csv": schema.TypeCSV, ".ndjson": schema.TypeNDJSON, ".jsonl": schema.TypeNDJSON, ".json": schema.TypeJSON,
}

// takeFile imports a file of the inbox, if nothing has to be asked about it.
func (s *Server) takeFile(ctx context.Context, name string, content *io.SectionReader) (answer schema.ImportResponse, err error) {
	if limit := s.o.Limits.Import; content.Size() > limit {
		return answer, schema.Errorf(schema.CodeTooLarge, "the file is larger than %d bytes; --max-import allows more", limit)
	}
	contentType, ok := typesByEnd[strings.ToLower(path.Ext(name))]
	if !ok {
		contentType = schema.TypeAny
	}
	q := schema.ImportQuery{File: name, As: schema.AsAuto}
	if contentType == schema.TypeCSV && schema.KindOfFile(name) != nil {
		q.As = "" // its name tells
	}
	if err := q.Validate(); err != nil {
		return answer, err
	}
	in, err := s.open(ctx, contentType, q, content)
	if err != nil {
		return answer, err
	}
	defer in.close()
	if in.source, err = s.sourceOf(ctx, content); err != nil {
		return answer, err
	}
	in.live = false
	return s.put(ctx, inboxCaller, in, q)
}

// inboxState is what became of the files; nil without an inbox.
func (s *Server) inboxState() *schema.InboxState {
	if s.inbox == nil {
		return nil
	}
	state := s.inbox.State()
	return &state
}

// doctor checks the database, and the inbox.
func (s *Server) doctor(ctx context.Context) (schema.DoctorResponse, error) {
	answer, err := s.store.Doctor(ctx)
	state := s.inboxState()
	if err != nil || state == nil {
		return answer, err
	}
	check := schema.Check{Name: "inbox", OK: state.Fault == "", Detail: state.Fault}
	if check.OK {
		check.Detail = fmt.Sprintf("%s can be read; %d files wait, %d were refused and lie in its folder \"refused\"", state.Folder, state.Waiting, state.Refused)
	}
	answer.Checks = append(answer.Checks, check)
	answer.Healthy = answer.Healthy && check.OK
	return answer, nil
}

// exposeInbox prints what became of the files.
func exposeInbox(e *exposition, state *schema.InboxState) {
	if state == nil {
		return
	}
	e.counters("glow_inbox_files_total", "Files of the inbox since the start, by what became of them.", map[string]int64{
		`outcome="taken"`: state.TakenSince, `outcome="refused"`: state.RefusedSince,
	})
	e.gauge("glow_inbox_waiting", "Files that lie in the inbox.", state.Waiting)
	e.gauge("glow_inbox_refused", "Files that lie among those which were refused.", state.Refused)
}
