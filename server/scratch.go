package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"glow/schema"
)

// kept is a body that can be read from any place of it.
type kept struct {
	io.ReaderAt
	size  int64 // bytes
	close func() error
}

// keep keeps a body in a scratch file, unless it is a piece of one already. It can be
// read until ctx ends: whatever reads it stops with the caller.
func (s *Server) keep(ctx context.Context, b io.Reader) (kept, error) {
	if piece, ok := b.(*io.SectionReader); ok {
		return kept{&readerOf{ctx, piece}, piece.Size(), func() error { return nil }}, nil
	}
	f, err := s.store.TempFile()
	if err != nil {
		return kept{}, err
	}
	size, err := io.Copy(f, b)
	if err != nil {
		return kept{}, errors.Join(scratchError(err), f.Close())
	}
	return kept{&readerOf{ctx, f}, size, f.Close}, nil
}

// readerOf reads for as long as its caller is there.
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

// scratchError says of a failed write that it is not the caller's fault.
func scratchError(err error) error {
	if !errors.As(err, new(*fs.PathError)) {
		return err
	}
	code, text := schema.CodeUnavailable, "a scratch file cannot be written just now; nothing was taken"
	if errors.Is(err, syscall.ENOSPC) {
		code, text = schema.CodeNoSpace, "the disk is full; nothing was taken"
	}
	return fmt.Errorf("%w: %w", schema.Errorf(code, "%s", text), err)
}
