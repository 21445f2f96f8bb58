package sqlite

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// diskFree is how much more the disk of a file would take from this user; nil
// where nobody knows.
func diskFree(path string) *int64 {
	folder, err := windows.UTF16PtrFromString(filepath.Dir(path))
	if err != nil {
		return nil
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(folder, &free, nil, nil) != nil {
		return nil
	}
	n := int64(free)
	return &n
}
