//go:build unix

package sqlite

import "golang.org/x/sys/unix"

// diskFree is how much more the disk of a file would take from this user; nil
// where nobody knows.
func diskFree(path string) *int64 {
	var disk unix.Statfs_t
	if unix.Statfs(path, &disk) != nil {
		return nil
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	return &free
}
