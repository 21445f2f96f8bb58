package server

import (
	"io"
	"net/http"
	"os"
	"strconv"

	"glow/schema"
	"glow/server/dashboard"
	"glow/server/formats"
	"glow/store"
)

// export streams a ZIP, or one CSV.
func (s *Server) export(w *reply, r *http.Request, caller schema.Caller, req schema.ExportRequest) error {
	out := s.newAttachment(w, r, caller, schema.ActionExport, map[string]any{"request": req})
	defer out.endOnPanic()
	rows := map[string]int64{}
	people, err := s.store.Export(r.Context(), caller.Scope(), req, func(tables []store.Table) error {
		if n := tables[0].SmallGroups; n > 0 {
			w.Header().Set(schema.HeaderSmallGroups, strconv.FormatInt(n, 10))
		}
		if req.Kind != "" {
			return s.exportCSV(out, tables[0], req, rows)
		}
		return s.exportZIP(out, tables, req, rows)
	})
	out.detail["people"], out.detail["rows"] = people, rows
	return out.end(err)
}

func (s *Server) exportCSV(out *attachment, t store.Table, req schema.ExportRequest, rows map[string]int64) error {
	if err := out.start(schema.TypeCSV+"; charset=utf-8; header=present", req.FileName(s.store.Now().In(s.store.Zone())), true); err != nil {
		return err
	}
	n, err := formats.WriteCSV(out, t.Fields, t.Rows)
	rows[t.File] = n
	return err
}

func (s *Server) exportZIP(out *attachment, tables []store.Table, req schema.ExportRequest, rows map[string]int64) error {
	now := s.store.Now()
	if err := out.start(schema.TypeZIP, req.FileName(now.In(s.store.Zone())), false); err != nil {
		return err
	}
	z := formats.NewZIPWriter(out, now)
	m := schema.Manifest{
		FormatVersion: schema.ManifestFormatVersion, CreatedAt: schema.InstantOf(now), TimeZone: s.store.Zone().String(),
		Pseudonymized: req.Pseudonymized(), TimesMoved: req.PseudonymizeStrict, Filters: req, SmallGroups: tables[0].SmallGroups,
	}
	if req.PseudonymizeDepartments { // their ids would give them away
		m.Filters.DepartmentIDs = nil
	}
	if req.PseudonymizeStrict { // a short window would tell by how much its times were moved
		m.Filters.DateFrom, m.Filters.DateTo, m.Filters.Term = "", "", ""
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

// attach streams a file that a page offers.
func (s *Server) attach(w *reply, r *http.Request, caller schema.Caller, file dashboard.File) error {
	out := s.newAttachment(w, r, caller, schema.ActionExport, file.Detail)
	defer out.endOnPanic()
	err := out.start(file.ContentType, file.Name, file.ContentType != schema.TypeXLSX)
	if err == nil {
		err = file.Write(out)
	}
	return out.end(err)
}

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
	out := s.newAttachment(w, r, caller, schema.ActionBackup, map[string]any{})
	defer out.endOnPanic()
	if err := out.start(schema.TypeSQLite, "glow-"+s.store.Now().In(s.store.Zone()).Format("2006-01-02-150405")+".db", false); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return out.end(err)
}
