package sqlite

import (
	"context"
	"errors"
	"runtime"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite keeps an index of its log in a file that all who have the database open
// share, and makes that file again at each start. A full disk has no room for it.
// SQLite can also keep it in memory, for the connections of one process alone:
// other programs, such as sqlite3, then have to wait until that process ends.

// indexesInMemory are the paths of the databases of this process whose index is there.
var indexesInMemory sync.Map

// placeIndex has the index of a database kept in memory when there is no room for
// the file.
func placeIndex(ctx context.Context, path string) {
	indexesInMemory.Delete(path)
	if runtime.GOOS != "windows" && noRoomForIndex(ctx, path) { // Windows' SQLite has no such way
		indexesInMemory.Store(path, true)
	}
}

func noRoomForIndex(ctx context.Context, path string) bool {
	c, err := openReadOnly(ctx, path)
	if err == nil {
		_, err = c.Tx(ctx).QueryCount(`SELECT count(*) FROM sqlite_schema`)
		err = errors.Join(err, c.Close())
	}
	switch extendedCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN:
		return true
	}
	return false
}
