// Package spool keeps bodies in scratch files, so that they can be read more than once
// and from any place.
package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"glow/schema"
	"glow/store"
)

// File is a body that can be read from any place of it.
type File struct {
	io.ReaderAt
	Size  int64 // bytes
	Close func() error
}

// Keep copies a body to a scratch file, unless it is a section of a file already. The
// File can be read until ctx ends: whatever reads it stops with the caller.
func Keep(ctx context.Context, st *store.Store, body io.Reader) (File, error) {
	if section, ok := body.(*io.SectionReader); ok {
		return File{&readerOf{ctx, section}, section.Size(), func() error { return nil }}, nil
	}
	f, err := st.TempFile()
	if err != nil {
		return File{}, err
	}
	size, err := io.Copy(f, body)
	if err != nil {
		return File{}, errors.Join(WriteError(err), f.Close())
	}
	return File{&readerOf{ctx, f}, size, f.Close}, nil
}

// readerOf reads until its context ends.
type readerOf struct {
	ctx context.Context
	io.ReaderAt
}

func (r *readerOf) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.ReaderAt.ReadAt(p, off)
}

// WriteError makes an error of writing a scratch file, such as a full disk, one of the
// server and not of the caller. It returns other errors as they are.
func WriteError(err error) error {
	if !errors.As(err, new(*fs.PathError)) {
		return err
	}
	code, text := schema.CodeUnavailable, "a scratch file cannot be written just now; nothing was taken"
	if errors.Is(err, syscall.ENOSPC) {
		code, text = schema.CodeNoSpace, "the disk is full; nothing was taken"
	}
	return fmt.Errorf("%w: %w", schema.Errorf(code, "%s", text), err)
}
