package sqlite

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"

	"glow/schema"
)

// FollowLinks returns the file that path names once every symbolic link is
// followed. The file itself need not exist.
func FollowLinks(path string) (string, error) {
	const most = 40
	for range most {
		folder, name := filepath.Split(path)
		folder, err := filepath.EvalSymlinks(cmp.Or(folder, ".")) // first, because ".." is relative to where a link leads
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, name)
		to, err := os.Readlink(path)
		if err != nil { // not a link
			return path, nil
		}
		if path = to; !filepath.IsAbs(to) {
			path = folder + string(filepath.Separator) + to
		}
	}
	return "", errors.New("too many links")
}

// databasePath follows the links of the path of a database: SQLite keeps its log
// beside the file that they lead to, and so must everything else.
func databasePath(path string) (string, error) {
	real, err := FollowLinks(path)
	if err != nil {
		return "", schema.Errorf(schema.CodeUnavailable, "cannot follow the links of %s: %v", path, rootCause(err))
	}
	return real, nil
}

// otherNames lists the other names in its folder (hard links) of the file at path.
func otherNames(path string) (names []string) {
	info, err := os.Stat(path)
	if err != nil || nameCount(path, info) < 2 {
		return nil
	}
	folder := filepath.Dir(path)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		other := filepath.Join(folder, e.Name())
		if e.Name() == filepath.Base(path) {
			continue
		}
		if found, err := os.Lstat(other); err == nil && os.SameFile(info, found) {
			names = append(names, other)
		}
	}
	return names
}

// refuseOtherLog refuses to open a file under one name while the log beside another name
// of it holds acknowledged records: SQLite would not see them, and what is written
// meanwhile would no longer fit them.
func refuseOtherLog(path string) error {
	for _, other := range otherNames(path) {
		for _, end := range []string{"-wal", "-journal"} {
			if fileSize(other+end) > 0 {
				return schema.Errorf(schema.CodeConflict, "%s is the same file, and %s%s holds records that are not in it yet; open it under that name first", other, other, end)
			}
		}
	}
	return nil
}

// refuseManyNames refuses to replace a file that has other names: those would keep the old
// data.
func refuseManyNames(path string) error {
	info, err := os.Stat(path)
	if err != nil || nameCount(path, info) < 2 {
		return nil
	}
	others := "which are not in its folder"
	if names := otherNames(path); len(names) > 0 {
		others = "such as " + names[0]
	}
	return schema.Errorf(schema.CodeConflict, "cannot restore to %s: the file has other names (hard links), %s, which would keep the old data; remove those first", path, others)
}
