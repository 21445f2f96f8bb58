package server

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"os"
	"strconv"

	"glow/schema"
	"glow/server/formats"
	"glow/store"
)

// export streams a ZIP, or one CSV. What leaves is on the audit list before its
// last bytes are out: a file that nobody answers for is never whole.
func (s *Server) export(w *reply, r *http.Request, caller schema.Caller, req schema.ExportRequest) error {
	out := newAttachment(w)
	rows := map[string]int64{}
	people, err := s.store.Export(r.Context(), caller.Scope(), req, func(tables []store.Table) error {
		if n := tables[0].SmallGroups; n > 0 {
			w.Header().Set(schema.HeaderSmallGroups, strconv.Itoa(n))
		}
		if req.Kind != "" {
			return s.exportCSV(out, tables[0], req, rows)
		}
		return s.exportZIP(out, tables, req, rows)
	})
	if err == nil || out.size > 0 {
		ctx := context.WithoutCancel(r.Context()) // what went out went out, whether or not somebody still reads
		audited := s.store.Audit(ctx, caller, schema.ActionExport, map[string]any{
			"request": req, "people": people, "rows": rows, "sha256": out.digest(), "bytes": out.size, "complete": err == nil,
		})
		if err == nil {
			err = audited
		}
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

func (s *Server) exportCSV(out *attachment, t store.Table, req schema.ExportRequest, rows map[string]int64) error {
	out.start(schema.TypeCSV+"; charset=utf-8; header=present", req.FileName(s.store.Now().In(s.store.Zone())))
	n, err := formats.WriteCSV(out, t.Fields, t.Rows)
	rows[t.File] = n
	return err
}

func (s *Server) exportZIP(out *attachment, tables []store.Table, req schema.ExportRequest, rows map[string]int64) error {
	now := s.store.Now()
	out.start(schema.TypeZIP, req.FileName(now.In(s.store.Zone())))
	z := formats.NewZIPWriter(out, now)
	m := schema.Manifest{
		FormatVersion: schema.ManifestFormatVersion, CreatedAt: schema.InstantOf(now), TimeZone: s.store.Zone().String(),
		Pseudonymized: req.Pseudonymize, Filters: req, SmallGroups: tables[0].SmallGroups,
	}
	if req.PseudonymizeDepartments { // their ids would give them away
		m.Filters.DepartmentIDs = nil
	}
	for _, t := range tables {
		file, err := z.Table(t.File, t.Fields, t.Rows)
		rows[t.File] = file.Rows
		if t.DataUntil != nil {
			m.DataUntil = t.DataUntil
		}
		if err != nil {
			return err
		}
		m.Files = append(m.Files, file)
	}
	if err := z.JSON(schema.ManifestName, m); err != nil {
		return err
	}
	return z.Close()
}

// attachment is a file on its way out. It holds the last bytes back until
// Flush, and knows the digest of all that was written to it.
type attachment struct {
	*bufio.Writer
	w    *reply
	hash hash.Hash
	size int64
}

func newAttachment(w *reply) *attachment {
	return &attachment{Writer: bufio.NewWriterSize(w, writeStep), w: w, hash: sha256.New()}
}

// start sets the header, which leaves with the first bytes.
func (a *attachment) start(contentType, name string) {
	h := a.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func (a *attachment) Write(p []byte) (int, error) {
	n, err := a.Writer.Write(p)
	a.hash.Write(p[:n])
	a.size += int64(n)
	return n, err
}

func (a *attachment) digest() string { return hex.EncodeToString(a.hash.Sum(nil)) }

// backup streams a consistent copy of the database file.
func (s *Server) backup(w *reply, r *http.Request, caller schema.Caller, _ schema.Empty) error {
	path := s.store.TempPath("backup")
	if err := s.store.Backup(r.Context(), path); err != nil {
		return err
	}
	defer os.Remove(path)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := newAttachment(w)
	out.start(schema.TypeSQLite, "glow-"+s.store.Now().In(s.store.Zone()).Format("2006-01-02-150405")+".db")
	// Both hidden behind what they are here: a file would copy itself, and the buffer
	// would read by itself, past the digest.
	if _, err := io.Copy(struct{ io.Writer }{out}, struct{ io.Reader }{f}); err != nil {
		return err
	}
	detail := map[string]any{"sha256": out.digest(), "bytes": out.size}
	if err := s.store.Audit(r.Context(), caller, schema.ActionBackup, detail); err != nil {
		return err
	}
	return out.Flush()
}
