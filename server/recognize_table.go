package server

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/fullglow"
	"glow/server/formats/mapping"
	"glow/server/formats/moodle"
	"glow/server/formats/table"
)

// recognizeTable tells what a table is: what the request says, else what a mapping that is kept here says,
// records that name their kind, a log of Moodle, a report of a program that is known, or records of ours
// under the usual names.
func recognizeTable(t *table.Table, sample [][]string, q schema.ImportQuery, kept []*schema.Mapping) (recognized, error) {
	if q.Map != "" {
		return mappedBy(q.Map, t, kept)
	}
	if q.As != "" && q.As != schema.AsAuto {
		return namedAs(t, q.As, kept)
	}
	if fits := mapping.Recognize(t.Header, kept); len(fits) > 0 {
		return bestOf(t, fits)
	}
	if at := slices.Index(t.Header, "kind"); at >= 0 && t.HeaderLine == 0 && len(sample) > 0 && schema.KindNamed(sample[0][at]) != nil {
		return recognized{Recognition: schema.Recognition{As: asRecords, Title: "records", Why: `each object names its kind under "kind"`}}, nil
	}
	if _, why, ok := moodle.Recognize(t.Header, sample); ok {
		title, why, _ := strings.Cut(why, ": ")
		return recognized{Recognition: schema.Recognition{As: schema.FromMoodle, Title: title, Why: why}}, nil
	}
	if fullglow.IsHeader(t.Header) {
		return ofGlow(t.Name), nil
	}
	if fits := mapping.Recognize(t.Header, mapping.Builtin()); len(fits) > 0 {
		return bestOf(t, fits)
	}
	m, question := mapping.RecognizeOwn(t.Header)
	switch {
	case m != nil:
		return ofMapping(m, m.Columns), nil
	case question != "":
		return recognized{}, schema.Invalid("as", "%s: %s; say which with --as", inputName(t), question)
	}
	if kind, lacks := mapping.Nearest(t.Header); kind != nil && len(lacks) > 0 {
		return recognized{}, schema.Invalid("as", "%s may hold %s, but no column is that of %s; its columns are %s, and those of %s are %s",
			inputName(t), strings.TrimSuffix(kind.File, ".csv"), strings.Join(lacks, " or "), schema.JoinFirst(t.Header), kind.File, strings.Join(kind.Header(), ", "))
	}
	return recognized{}, schema.Invalid("as", "what %s holds cannot be told by its columns %s; say what they are with a mapping (glow map propose makes one to begin with), or with --as, or name them as glow does",
		inputName(t), schema.JoinFirst(t.Header))
}

// inputName is what a message calls a file.
func inputName(t *table.Table) string { return cmp.Or(t.Name, "the input") }

func ofMapping(m *schema.Mapping, columns []string) recognized {
	return recognized{Recognition: schema.Recognition{As: m.Name, Title: m.Title, Why: "it has the columns " + schema.JoinFirst(columns)}, mapping: m}
}

// bestOf is the mapping that fits a table best; two that fit alike are for a person to choose from.
func bestOf(t *table.Table, fits []mapping.Candidate) (recognized, error) {
	if len(fits) > 1 && fits[0].Known == fits[1].Known {
		return recognized{}, schema.Invalid("as", "%s may be %q or %q; say which with --as %s or --as %s",
			inputName(t), fits[0].Mapping.Title, fits[1].Mapping.Title, fits[0].Mapping.Name, fits[1].Mapping.Name)
	}
	return taking(fits[0].Mapping, t)
}

// mappedBy is a table that a request reads by a mapping: one in JSON, or the name of one.
func mappedBy(text string, t *table.Table, kept []*schema.Mapping) (recognized, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		m, err := schema.ParseMapping(text, "")
		if err != nil {
			return recognized{}, err
		}
		return taking(m, t)
	}
	m := mappingNamed(text, kept)
	if m == nil {
		return recognized{}, schema.Invalid("map", "there is no mapping %q; there are %s", schema.Clip(text), strings.Join(mappingNames(kept), ", "))
	}
	return taking(m, t)
}

// mappingNamed returns the mapping of a name: one that is kept here, else one of the program; nil where
// there is none.
func mappingNamed(name string, kept []*schema.Mapping) *schema.Mapping {
	for _, m := range kept {
		if m.Name == name {
			return m
		}
	}
	return mapping.Named(name)
}

// joinBesides finds the files that belong to what another is. It takes the place of what they were
// taken for by themselves, and of the faults.
func joinBesides(all []recognized, faults []error) {
	for _, main := range slices.Clone(all) {
		if main.mapping == nil || len(main.mapping.Beside) == 0 {
			continue
		}
		for i, one := range all {
			if columns := mapping.Beside(main.mapping, one.header); columns != nil && one.As != main.As {
				all[i], faults[i] = ofMapping(main.mapping, columns), nil
				all[i].File, all[i].PassedOver = one.File, mapping.Unknown(main.mapping, one.header)
			}
		}
	}
}

// ofGlow is a file of an export of the full Glow.
func ofGlow(name string) recognized {
	return recognized{Recognition: schema.Recognition{File: name, As: schema.FromGlow, Title: "an export of the full Glow", Why: "people stand in it by name, or sessions by their ids alone, as they do there"}}
}

// taking is a table as what a program wrote, unless such a table cannot be taken.
func taking(m *schema.Mapping, t *table.Table) (recognized, error) {
	if m.Refusal != "" {
		return recognized{}, schema.Invalid("file", "%s is %q: %s", inputName(t), m.Title, m.Refusal)
	}
	return ofMapping(m, m.Columns), nil
}

// holdsGlow reports whether one of the files of a ZIP is of an export of the full Glow.
func holdsGlow(files []formats.File) (bool, error) {
	for _, f := range files {
		if !strings.EqualFold(filepath.Ext(f.Name), ".csv") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return false, err
		}
		glow := fullglow.IsHeader(firstRow(r))
		if err := r.Close(); err != nil || glow {
			return glow, err
		}
	}
	return false, nil
}

// firstRow returns the cells of the first row of a CSV; none where it cannot be read.
func firstRow(r io.Reader) (cells []string) {
	scan := formats.NewScanner(r, formats.ScanOptions{})
	if !scan.Scan() {
		return nil
	}
	for _, cell := range scan.Cells() {
		cells = append(cells, string(cell))
	}
	return cells
}

// namedAs is the table as what a request says it is.
func namedAs(t *table.Table, as string, kept []*schema.Mapping) (recognized, error) {
	if m := mappingNamed(as, kept); m != nil {
		return taking(m, t)
	}
	kind := schema.KindNamed(as)
	if kind == nil {
		return recognized{}, schema.Invalid("as", "%q is nothing that is known; it is auto or one of %s", schema.Clip(as), strings.Join(asNames(kept), ", "))
	}
	own, lacks := mapping.Own(kind, t.Header)
	if len(lacks) > 0 {
		return recognized{}, &schema.Error{Code: schema.CodeInvalid, Message: "the file cannot be read", Fields: []schema.Fault{{
			File: t.Name, Line: t.HeaderLine, Kind: kind, Message: fmt.Sprintf("no column is that of %s; the columns are %s, and those of %s are %s",
				strings.Join(lacks, " or "), strings.Join(t.Header, ", "), kind.File, strings.Join(kind.Header(), ", "))}}}
	}
	return ofMapping(own, own.Columns), nil
}

// asNames lists what a request may say that an input is.
func asNames(kept []*schema.Mapping) []string {
	return slices.Concat(schema.KindNames(), []string{schema.FromMoodle, schema.FromGlow}, mappingNames(kept))
}

// mappingNames lists the names of the mappings that are kept here, then those of the program.
func mappingNames(kept []*schema.Mapping) (names []string) {
	for _, m := range slices.Concat(kept, mapping.Builtin()) {
		names = append(names, m.Name)
	}
	return names
}
