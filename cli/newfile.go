package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file in the making. It bears its name only once it is whole, and
// only its owner can read it.
type newFile struct {
	*os.File
	path string
	kept bool
}

// createBeside starts a file that will be path.
func createBeside(path string) (*newFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".glow-*") // 0600
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, errors.Unwrap(err))
	}
	return &newFile{File: f, path: path}, nil
}

// keep gives the file its name. A file of that name is in the way unless
// overwrite is set.
func (f *newFile) keep(overwrite bool) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", f.path, err)
	}
	if !overwrite {
		if err := checkFree(f.path); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return fmt.Errorf("cannot write %s: %w", f.path, err)
	}
	f.kept = true
	return nil
}

// discard removes the file unless it was kept.
func (f *newFile) discard() {
	if !f.kept {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
}

// checkFree refuses a path where something is already.
func checkFree(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already; --yes overwrites it", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}
