package server

import (
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

// keep keeps a body in a scratch file, unless it is a piece of one already.
func (s *Server) keep(b io.Reader) (kept, error) {
	if piece, ok := b.(*io.SectionReader); ok {
		return kept{piece, piece.Size(), func() error { return nil }}, nil
	}
	f, err := s.store.TempFile()
	if err != nil {
		return kept{}, err
	}
	size, err := io.Copy(f, b)
	if err != nil {
		return kept{}, errors.Join(scratchError(err), f.Close())
	}
	return kept{f, size, f.Close}, nil
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
