package server

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"glow/schema"
)

// attachment is a file on its way out. Two entries of the audit list account for it:
// one is on the disk before the first byte leaves, so that no byte leaves unseen even
// if the program is killed; the other says, when it ends, what left and whether that
// was all.
type attachment struct {
	buffer *bufio.Writer
	sent   sent
	gzip   *gzip.Writer // between sent and the connection; nil: not compressed

	s      *Server
	w      *reply
	r      *http.Request
	caller schema.Caller
	action string         // schema.ActionExport or schema.ActionBackup
	detail map[string]any // of the entries
	begun  bool
}

func (s *Server) newAttachment(w *reply, r *http.Request, caller schema.Caller, action string, detail map[string]any) *attachment {
	a := &attachment{sent: sent{to: w, hash: sha256.New()}, w: w, s: s, r: r, caller: caller, action: action, detail: detail}
	a.buffer = bufio.NewWriterSize(&a.sent, writeStep)
	return a
}

// start puts on the audit list that the file is about to leave, and sets the header,
// which leaves with the first bytes. A compressible file leaves compressed for those who ask.
func (a *attachment) start(contentType, name string, compressible bool) error {
	begins := map[string]string{schema.ActionExport: schema.ActionExportBegin, schema.ActionBackup: schema.ActionBackupBegin}
	if err := a.s.store.Audit(a.r.Context(), a.caller, begins[a.action], a.detail); err != nil {
		return err
	}
	a.begun = true
	h := a.w.Header()
	if compressible && a.w.mayCompress() {
		a.gzip = streamCompressors.writer(a.w)
		a.sent.to = a.gzip
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return nil
}

func (a *attachment) Write(p []byte) (int, error) { return a.buffer.Write(p) }

// end sends what is still held back and puts on the audit list what left; err is what
// was in the way of writing the file. Only after that the answer ends, so that a file
// whose end nobody answers for does not look whole.
func (a *attachment) end(err error) error {
	if !a.begun {
		return err
	}
	if err == nil {
		err = a.flush()
	}
	if a.gzip != nil {
		streamCompressors.release(a.gzip)
		a.gzip, a.sent.to = nil, nil
	}
	a.detail["sha256"], a.detail["bytes"], a.detail["complete"] = hex.EncodeToString(a.sent.hash.Sum(nil)), a.sent.size, err == nil
	ctx := context.WithoutCancel(a.r.Context()) // what went out went out, whether or not somebody still reads
	if audited := a.s.store.AuditEnd(ctx, a.caller, a.action, a.detail); audited != nil {
		a.s.log.Error("the end of a download was not put on the audit list", "request_id", a.caller.RequestID, "error", audited)
		if err == nil {
			err = audited
		}
	}
	return err
}

// endOnPanic accounts for what left when the program is at fault half-way.
func (a *attachment) endOnPanic() {
	if v := recover(); v != nil {
		_ = a.end(fmt.Errorf("panic: %v", v))
		panic(v)
	}
}

// flush sends all that was written to the caller's computer.
func (a *attachment) flush() error {
	if err := a.buffer.Flush(); err != nil {
		return err
	}
	if a.gzip != nil {
		if err := a.gzip.Close(); err != nil {
			return err
		}
	}
	if err := a.w.control.Flush(); !errors.Is(err, http.ErrNotSupported) { // then it is not a connection
		return err
	}
	return nil
}

// sent passes on what it is given and knows how much that was, and its digest: of the file as
// the caller will have it, not of its compressed form.
type sent struct {
	to   io.Writer
	hash hash.Hash
	size int64
}

func (s *sent) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	return n, err
}
