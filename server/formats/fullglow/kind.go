package fullglow

import (
	"path"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
)

// columnNames are the columns whose names are not those of our fields, by kind.
var columnNames = map[string]map[string]string{
	schema.KindSession: {"session_id": "id"},
	schema.KindGroup:   {"group_id": "id", "group_name": "name"},
	schema.KindRun:     {"run_id": "id", "run_date": "created_at", "models": "model"},
}

// needed are the columns that a file must have, by kind: what other versions of the
// full Glow leave out is not among them.
var needed = map[string][]string{
	schema.KindSession:   {"session_id", columnProfile, "created_at"},
	schema.KindActivity:  {"id", columnProfile, "session_id", "created_at"},
	schema.KindLogin:     {"id", columnProfile, "session_id", "created_at"},
	schema.KindProblem:   {"id", columnProfile, "session_id", "type", "message", "resolved", "created_at"},
	schema.KindGrant:     {"id", "session_id", "created_at"},
	schema.KindEmulation: {"id", columnProfile, "session_id", "created_at"},
	schema.KindGroup:     {"group_id", "session_id", "created_at"},
	schema.KindRun:       {"run_id", "group_id", "run_date"},
}

// kindOf tells what a file holds: what its name says, or else what its header can
// only be; nil where it is not of an export.
func kindOf(f formats.File) (*schema.Kind, error) {
	for _, name := range kinds {
		if kind := schema.KindNamed(name); strings.EqualFold(path.Base(f.Name), kind.File) {
			return kind, nil
		}
	}
	content, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	scan := formats.NewScanner(content, formats.ScanOptions{})
	if !scan.Scan() {
		return nil, nil // the fault, if it is one, is not of an export
	}
	var columns []string
	for _, cell := range scan.Cells() {
		columns = append(columns, columnName(cell))
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(columns, name) })
	}
	for _, name := range []string{schema.KindRun, schema.KindGroup, schema.KindProblem, schema.KindSession} {
		if has(needed[name]...) && (name != schema.KindSession || !has("id")) {
			return schema.KindNamed(name), nil
		}
	}
	switch {
	case has("id", columnProfile, "grant_id", "created_at"):
		return schema.KindNamed(schema.KindEmulation), nil
	case has("id", "session_id", "expires_at", "created_at"):
		return schema.KindNamed(schema.KindGrant), nil
	case has(needed[schema.KindActivity]...):
		return nil, schema.Invalid("file", "%s may hold activity or logins; name it activity.csv or logins.csv", schema.Clip(f.Name))
	}
	return nil, nil
}

// signs are columns that no records of ours have together, and each file of an export has some of.
var signs = [][]string{
	{columnProfile, "session_id", "created_at"},
	{"group_id", "session_id", "group_name", "created_at"},
	{"run_id", "group_id", "run_date"},
	{"id", "session_id", "expires_at", "created_at", "mcp", "generated"},
}

// IsHeader reports whether a header is that of a file of an export.
func IsHeader(header []string) bool {
	var columns []string
	for _, name := range header {
		columns = append(columns, columnName([]byte(name)))
	}
	lacks := func(name string) bool { return !slices.Contains(columns, name) }
	return lacks("profile_id") && slices.ContainsFunc(signs, func(all []string) bool { return !slices.ContainsFunc(all, lacks) })
}

func columnName(cell []byte) string { return strings.ToLower(strings.TrimSpace(string(cell))) }

// repeats counts rows that have no id and are alike to the letter, over all files:
// those that one file has several times are several, those that two files share are
// the same.
type repeats map[string]int

// fileRepeats counts those of one file.
type fileRepeats struct {
	all  repeats
	here map[string]int
}

func (r repeats) inFile() fileRepeats { return fileRepeats{r, map[string]int{}} }

// known reports whether a row that has no id was in a file before.
func (f fileRepeats) known(r *row) bool {
	if r.Values[0].Set || r.skip != "" {
		return false
	}
	key := r.Kind.Name + "\x00" + r.name
	for i := range r.Kind.Fields {
		key += "\x00" + string(r.Kind.Fields[i].Append(nil, r.Values[i]))
	}
	f.here[key]++
	if f.here[key] <= f.all[key] {
		return true
	}
	f.all[key] = f.here[key]
	return false
}
