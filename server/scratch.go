package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"glow/schema"
	"glow/store"
)

// spool keeps a body in a scratch file, to be read from any place of it.
func (s *Server) spool(b io.Reader) (*store.TempFile, int64, error) {
	f, err := s.store.TempFile()
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(f, b)
	if err != nil {
		return nil, 0, errors.Join(scratchError(err), f.Close())
	}
	return f, size, nil
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
