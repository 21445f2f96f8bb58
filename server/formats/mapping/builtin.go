package mapping

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"

	"glow/schema"
)

//go:embed builtin/*.json
var builtinFiles embed.FS

// Builtin lists the mappings of programs that are known, by name.
var Builtin = sync.OnceValue(func() (list []*schema.Mapping) {
	err := fs.WalkDir(builtinFiles, "builtin", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := builtinFiles.ReadFile(path)
		if err != nil {
			return err
		}
		m := &schema.Mapping{}
		if err := json.Unmarshal(text, m); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, m)
		return m.Validate()
	})
	if err != nil {
		panic(err) // the files are part of the program, and tests read them all
	}
	return list
})

// Named returns the built-in mapping of a name; nil where there is none.
func Named(name string) *schema.Mapping {
	for _, m := range Builtin() {
		if m.Name == name {
			return m
		}
	}
	return nil
}
