package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"glow/store"
)

// newFile is a file in the making. It bears its name only once it is whole, and
// only its owner can read it.
type newFile struct {
	*os.File
	path   string
	direct bool // path is a pipe or a device, and File is that
	kept   bool
}

// createBeside starts a file that will be path, or what the link path points at.
// A pipe or a device cannot be replaced: it gets what is written as it comes.
func createBeside(path string) (*newFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, cannotWrite(path, err)
		}
		return &newFile{File: f, path: path, direct: true}, nil
	}
	target, err := store.FollowLinks(path)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".glow-*") // 0600
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return &newFile{File: f, path: target}, nil
}

// keep gives the file its name. A file of that name is in the way unless
// overwrite is set.
func (f *newFile) keep(overwrite bool) error {
	if f.direct {
		f.kept = true
		return cannotWrite(f.path, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return cannotWrite(f.path, err)
	}
	if !overwrite {
		if err := checkFree(f.path); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return cannotWrite(f.path, err)
	}
	f.kept = true
	return nil
}

// discard removes the file unless it was kept. A pipe or a device stays.
func (f *newFile) discard() {
	if f.kept {
		return
	}
	_ = f.Close()
	if !f.direct {
		_ = os.Remove(f.Name())
	}
}

// cannotWrite says which file err is about; nil when there is no error.
func cannotWrite(path string, err error) error {
	if err == nil {
		return nil
	}
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}

// checkFree refuses a path where something is already.
func checkFree(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already; --yes overwrites it", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(path, err)
	}
	return nil
}
