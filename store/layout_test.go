package store

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which rooms the code of a room imports beside its own. The longest
// room that a package lies in counts. Imports run main → cli → server → store →
// store/sqlite → schema.
var mayImport = map[string][]string{
	".":              {"cli"},
	"cli":            {"schema", "server", "server/formats", "store"},
	"server":         {"schema", "server/formats", "store"},
	"server/formats": {"schema"},
	"store":          {"schema", "store/sqlite"},
	"store/sqlite":   {"schema"},
	"schema":         {},
}

// roomOf is the longest of the rooms that a folder lies in.
func roomOf(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := mayImport[folder]; ok {
			return folder
		}
	}
	return "."
}

func TestImportsRunOneWay(t *testing.T) {
	house := os.DirFS("..")
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(house, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := roomOf(path.Dir(name))
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			folder, ours := strings.CutPrefix(imported, "glow/")
			if to := roomOf(folder); ours && to != from && !slices.Contains(mayImport[from], to) {
				t.Errorf("%s imports %s: %s may import %v", name, imported, from, mayImport[from])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
