package formats

import (
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"strings"

	"glow/schema"
)

// ReadZIP reads the records of a ZIP: the CSV of each kind under the kind's file
// name, and files of any name that end in .ndjson, .jsonl or .json. The CSVs are
// read in the order of schema.Kinds, then the others. The views and the manifest
// of an export are passed over; any other file is a Fault. See ReadCSV for what is
// yielded; the file of a record is the name of its entry.
func ReadZIP(ra io.ReaderAt, size int64, o Options) iter.Seq2[*schema.Record, error] {
	o = o.orDefault()
	return func(yield func(*schema.Record, error) bool) {
		archive, err := OpenZIP(ra, size, o.Limits)
		if err != nil {
			yield(nil, inArchive(err, o.Name))
			return
		}
		known, unknown := sortEntries(archive.Entries())
		for _, e := range unknown {
			if !yield(nil, schema.Fault{File: e.Name, Message: "is not a file of an import; it holds " + kindFiles() + ", and .ndjson or .json files"}) {
				return
			}
		}
		if len(known)+len(unknown) == 0 {
			yield(nil, invalidArchive(o.Name, "the ZIP holds no records; they stand in %s, or in .ndjson or .json files", kindFiles()))
			return
		}
		for _, e := range known {
			for rec, err := range e.records(o) {
				if !yield(rec, err) || err != nil && !IsFault(err) {
					return
				}
			}
		}
	}
}

// HoldsRecords reports whether a ZIP is one of an export, or the like: a CSV of a kind is in it, and
// nothing whose name does not tell what it is.
func HoldsRecords(ra io.ReaderAt, size int64, o Options) (bool, error) {
	archive, err := OpenZIP(ra, size, o.Limits)
	if err != nil {
		return false, inArchive(err, o.Name)
	}
	known, unknown := sortEntries(archive.Entries())
	return len(unknown) == 0 && slices.ContainsFunc(known, func(e Entry) bool { return schema.KindOfFile(e.Name) != nil }), nil
}

// records reads one entry by the end of its name.
func (e Entry) records(o Options) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		r, err := e.Open()
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		o.Name = e.Name
		records := ReadNDJSON(r, o)
		if kind := schema.KindOfFile(e.Name); kind != nil {
			records = ReadCSV(r, kind, o)
		} else if e.hasExt(".json") {
			if records, _, err = ReadJSON(r, o); err != nil {
				yield(nil, err)
				return
			}
		}
		records(yield)
	}
}

// sortEntries puts the entries into the order in which they are read.
func sortEntries(entries []Entry) (known, unknown []Entry) {
	for _, k := range schema.Kinds {
		for _, e := range entries {
			if schema.KindOfFile(e.Name) == k {
				known = append(known, e)
			}
		}
	}
	for _, e := range entries {
		switch {
		case schema.KindOfFile(e.Name) != nil:
		case schema.IsView(e.Name) || strings.EqualFold(path.Base(e.Name), schema.ManifestName):
		case e.hasExt(".ndjson", ".jsonl", ".json"):
			known = append(known, e)
		default:
			unknown = append(unknown, e)
		}
	}
	return known, unknown
}

func (e Entry) hasExt(exts ...string) bool {
	return slices.Contains(exts, strings.ToLower(path.Ext(e.Name)))
}

func kindFiles() string { return strings.Join(schema.KindFiles(), ", ") }

// inArchive puts the archive's name into an error that is about all of it.
func inArchive(err error, name string) error {
	var e *schema.Error
	if errors.As(err, &e) && e.Fields[0].File == "" {
		e.Fields[0].File = name
	}
	return err
}
