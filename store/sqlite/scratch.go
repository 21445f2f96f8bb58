package sqlite

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"regexp"
)

// TempFile is a scratch file that is gone when it is closed.
type TempFile struct {
	*os.File
	named bool
}

// TempFile makes a scratch file beside the database that only its owner can read.
func (d *DB) TempFile() (*TempFile, error) {
	f, err := os.OpenFile(d.TempPath("scratch"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, diskError(err, "cannot make a scratch file")
	}
	// Without a name it is gone even when this process is killed. Windows does
	// not release the names of open files.
	return &TempFile{File: f, named: os.Remove(f.Name()) != nil}, nil
}

// Close closes the file and removes it.
func (f *TempFile) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// TempPath returns the name of a file beside the database that is not there yet.
// The purpose, in small letters, is part of it. Files of such names are removed
// at the next Open.
func (d *DB) TempPath(purpose string) string {
	return filepath.Join(filepath.Dir(d.o.Path), "."+filepath.Base(d.o.Path)+"-"+purpose+"-"+rand.Text())
}

// scratchEnd is what follows the name of the database in that of a scratch file,
// or of one that SQLite puts beside it.
// Whoever needs more than one appends digits.
const scratchEnd = `-[a-z]*-[A-Z2-7]{26,}[0-9]*(-journal|-wal|-shm)?$`

// copyEnd is that of a copy which a restore, or an upgrade, was making of the database.
const copyEnd = `(\.restoring|\.schema-[0-9]+\.bak(-[0-9]+)?\.part)(-journal|-wal|-shm)?$`

// sweepScratch removes the scratch files that a killed process left. Only the
// holder of the lock may: no other process then has scratch files of this database.
// Those of another database in the same folder bear its name.
func (d *DB) sweepScratch() {
	folder, file := filepath.Split(d.o.Path)
	name := regexp.QuoteMeta(file)
	ours := regexp.MustCompile(`^\.` + name + scratchEnd + `|^` + name + copyEnd)
	entries, err := os.ReadDir(filepath.Clean(folder))
	for _, e := range entries {
		if e.Type().IsRegular() && ours.MatchString(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	if err != nil {
		d.o.Logger.Warn("scratch files of an earlier run are left", "error", err)
	}
}
