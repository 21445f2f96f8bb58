package schema

import (
	"path"
	"regexp"
	"strings"
)

// IsView reports whether a file of an export, in any folder, is one of the views: it
// holds no records of its own.
func IsView(file string) bool {
	name := plainName(file)
	return name == ViewSessionHistory+".csv" || name == ViewProfileSummary+".csv"
}

// KindOfFile returns the kind whose records a file holds by its name, in any
// folder and any case; nil when the name is that of no kind.
func KindOfFile(file string) *Kind {
	name := plainName(file)
	for _, k := range Kinds {
		if name == k.File {
			return k
		}
	}
	return nil
}

// copyMarks are what browsers and systems put at the end of a name, before .csv, when
// there is a file of that name already: "(1)", " - Copy", " copy 2", " - Kopie (3)".
var copyMarks = regexp.MustCompile(`(?:\s*\(\d+\)|\s+copy(?:\s+\d+)?|\s+-\s+(?:copy|kopie|kopia|kopi|copie|copia|cópia|kópia|másolat))$`)

// plainName is the last part of a CSV's name, as any system writes it, in small
// letters and without what a second download or a copy adds to it.
func plainName(file string) string {
	name := strings.ToLower(path.Base(strings.ReplaceAll(file, `\`, "/")))
	stem, isCSV := strings.CutSuffix(name, ".csv")
	if !isCSV {
		return name
	}
	for before := ""; stem != before; {
		before = stem
		stem = copyMarks.ReplaceAllString(strings.TrimSuffix(stem, ".csv"), "")
	}
	return strings.TrimPrefix(stem, "copy of ") + ".csv"
}
